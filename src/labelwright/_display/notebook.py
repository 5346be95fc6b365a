"""What notebooks show of a value: a column of parts, each of plain values, with one style for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias

from labelwright._display.page import render
from labelwright._display.text_table import Column

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that says what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph of small type."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Words, each with what there is to say under it."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Point:
    """One of several things to know.

    Attributes
    ----------
    text : str
        What there is to know.
    mark : str, default ""
        Stands before it in bold type.
    kind : str, default ""
        "warning" stands out.
    numbers : str, default ""
        What it rests on, in small type below it.
    """

    text: str
    mark: str = ""
    kind: str = ""
    numbers: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """Several things to know, one below the other."""

    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; its first column names the rows."""

    columns: Sequence[Column]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Code, or a definition, as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that is markup already."""

    svg: Markup


Part: TypeAlias = "Heading | Note | Facts | Points | Grid | Source | Picture"


def notebook(*parts: Part) -> str:
    """Return parts as one element of HTML that brings its style and runs no script; every text is escaped.

    Examples
    --------
    >>> print(notebook(Note("a < b")).partition("</style>")[2])
    <p>a &lt; b</p>
    </div>
    """
    told = [(type(part).__name__, part) for part in parts]
    return str(render("notebook", parts=told, style=_style()))


@cache
def _style() -> Markup:
    from markupsafe import Markup

    css = (files("labelwright._display") / "templates" / "notebook.css").read_text(encoding="utf-8")
    return Markup("".join(line.strip() for line in css.splitlines()))
