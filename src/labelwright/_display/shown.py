"""Values that say themselves what people see of them: one line of parts, told as text and as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePath
from textwrap import wrap
from typing import Any, Final

from labelwright._display.notebook import Facts, Grid, Heading, Note, Part, Picture, Points, Source, notebook
from labelwright._display.text_table import WIDTH, text_table
from labelwright._files import shown_path
from labelwright._text import count, one_line, printable

MAX_ITEMS: Final = 6
"""Values of a collection that are shown."""

MAX_LINES: Final = 40
LONGEST_SAID: Final = 160
LONGEST_LINE: Final = 110


class Shown:
    """What notebooks and terminals show of a value, made of the same parts.

    A dataclass with ``repr=False`` is shown by its `_display_parts` in both; one that keeps its own text has
    them in notebooks alone. Without parts of its own a dataclass shows its fields: arrays by their shapes,
    tables by their size, never their values.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> @dataclass(frozen=True, repr=False)
    ... class Found(Shown):
    ...     votes: np.ndarray
    ...     class_names: tuple[str, ...]
    >>> Found(np.zeros((1000, 10)), ("HAM", "SPAM"))
    Found: votes 1,000 x 10 float64, class names HAM, SPAM
    """

    __slots__ = ()

    def _display_parts(self) -> Sequence[Part]:
        """Return what is shown."""
        return [Heading(type(self).__name__), Facts(facts_of(self))]

    def __repr__(self) -> str:
        return as_text(*self._display_parts())

    def _repr_html_(self) -> str:
        return notebook(*self._display_parts())


def facts_of(value: Any, *names: str) -> list[tuple[str, str]]:
    """Return fields of a dataclass as words and what there is to say; all public ones without names."""
    if not names and is_dataclass(value):
        names = tuple(one.name for one in fields(value) if not one.name.startswith("_"))
    return [(name.strip("_").replace("_", " "), said(getattr(value, name))) for name in names]


def said(value: object) -> str:
    """Say a value on one line, large ones by their size.

    Examples
    --------
    >>> said(1200), said(0.123456), said(None), said({"train": 3, "test": 1200}), said(["a"] * 9)
    ('1,200', '0.123', 'none', 'train 3, test 1,200', 'a, a, a, a, a, a and 3 more')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return "unknown" if math.isnan(value) else f"{value:.3g}"
    if isinstance(value, Path):
        return one_line(shown_path(value), LONGEST_SAID)
    if isinstance(value, str | PurePath):
        return one_line(value, LONGEST_SAID) or "none"
    if isinstance(value, Mapping):
        return _several([f"{one_line(key)} {said(one)}" for key, one in _first(value.items())], len(value))
    if isinstance(value, tuple | list | set | frozenset):
        return _several([said(one) for one in _first(value)], len(value))
    return _said_of_object(value)


def _said_of_object(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if hasattr(value, "columns") and hasattr(value, "height"):
        return f"{count(value.height, 'row')} with {count(len(value.columns), 'column')}"
    if isinstance(shape, tuple) and hasattr(value, "dtype") and shape != ():
        if len(shape) == 1 and shape[0] <= MAX_ITEMS:
            return _several([said(one) for one in value.tolist()], len(value))
        return f"{' x '.join(f'{one:,}' for one in shape)} {value.dtype}"
    if isinstance(names := getattr(value, "names", None), tuple):
        return said(names)  # the classes of a space
    if callable(value) and hasattr(value, "__name__"):
        return one_line(value.__name__)
    text = repr(value) if "__str__" not in vars(type(value)) else str(value)
    return one_line(text, LONGEST_SAID)


def _first(values: Any) -> list[Any]:
    return [one for one, _ in zip(values, range(MAX_ITEMS), strict=False)]


def _several(shown: Sequence[str], number: int) -> str:
    more = f" and {number - len(shown):,} more" if number > len(shown) else ""
    return one_line((", ".join(shown) or "none") + more, LONGEST_SAID)


def as_text(*parts: Part, width: int = WIDTH) -> str:
    """Return parts as lines of text; a heading and facts that are short, as one line.

    Examples
    --------
    >>> print(as_text(Heading("Trained"), Facts([("rows", "12"), ("end model", "text")])))
    Trained: rows 12, end model text
    """
    if (line := _as_line(parts)) is not None:
        return line
    blocks: list[list[str]] = []
    after_table = False
    for part in parts:
        lines = _lines(part, width)
        if not blocks or isinstance(part, Heading | Grid) or after_table:
            blocks.append([])
        blocks[-1] += lines
        after_table = isinstance(part, Grid)
    return printable("\n\n".join("\n".join(block) for block in blocks if block))


def _as_line(parts: Sequence[Part]) -> str | None:
    """Return a heading with its facts on one line, where that is all there is and it fits."""
    told = [part for part in parts if not isinstance(part, Heading | Facts)]
    heads = [part.text for part in parts if isinstance(part, Heading)]
    pairs = [f"{word} {text}" for part in parts if isinstance(part, Facts) for word, text in part.pairs]
    line = printable(f"{heads[0] if heads else ''}{': ' if pairs else ''}{', '.join(pairs)}")
    fits = not told and len(heads) == 1 and len(line) <= LONGEST_LINE and "\n" not in line
    return line if fits else None


def _lines(part: Part, width: int) -> list[str]:
    if isinstance(part, Heading | Note):
        return wrap(one_line(part.text, None), width)
    if isinstance(part, Facts):
        room = max((len(word) for word, _ in part.pairs), default=0) + 2
        return [
            line
            for word, text in part.pairs
            for line in wrap(
                one_line(text, None),
                width,
                initial_indent=f"  {word:<{room}}",
                subsequent_indent=" " * (room + 2),
            )
        ]
    if isinstance(part, Points):
        marked = [f"{one.mark} {one.text}".strip() for one in part.points]
        return [
            line
            for one in marked
            for line in wrap(one_line(one, None), width, initial_indent="  - ", subsequent_indent="    ")
        ]
    if isinstance(part, Picture):
        return []
    if isinstance(part, Source):
        return [f"  {line}" for line in part.text.splitlines()[:MAX_LINES]]
    return _table_lines(part, width)


def _table_lines(part: Grid, width: int) -> list[str]:
    from dataclasses import replace

    rows = len(part.columns[0].cells)
    columns = [
        replace(
            one,
            cells=one.cells[:MAX_LINES],
            ranges=one.ranges[:MAX_LINES],
            items=None if one.items is None else one.items[:MAX_LINES],
        )
        for one in part.columns
    ]
    left = [f"... and {count(rows - MAX_LINES, 'more row')}"] if rows > MAX_LINES else []
    return [*text_table(columns, width).splitlines(), *left] if rows else []
