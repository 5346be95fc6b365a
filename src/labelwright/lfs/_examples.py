"""Example rows that a labeling function must vote on, or must not: what it was written for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from labelwright._display.shown import Shown
from labelwright._errors import LabelingFunctionError
from labelwright._validate import shorten
from labelwright.core import LabelSpace
from labelwright.lfs._arguments import as_vote, vote_name

ExampleRow: TypeAlias = "str | Mapping[str, Any]"
Examples: TypeAlias = "Iterable[ExampleRow | Example] | Mapping[int | str, Iterable[ExampleRow]]"

SHOWN = 44  # characters of a text that a message shows


@dataclass(frozen=True, slots=True)
class Example(Shown):
    """A row that a labeling function must vote on, or must not vote on.

    Parameters
    ----------
    row : mapping of str to object
        The row as labeling functions see it.
    vote : int, str or None, default None
        The class that it is about; None: any class.

    Examples
    --------
    >>> str(Example({"text": "check out my channel"}))
    "'check out my channel'"
    """

    row: Mapping[str, Any]
    vote: int | str | None = None

    def __str__(self) -> str:
        return _said(next(iter(self.row.values())) if len(self.row) == 1 else dict(self.row))


def as_examples(
    given: Any, *, lf: str, columns: tuple[str, ...] | None, space: LabelSpace | None, parameter: str
) -> tuple[Example, ...]:
    """Return examples as rows, checked as far as that is possible without running the LF.

    Raises
    ------
    LabelingFunctionError
        No list of rows, an empty row, a bare string where the LF does not read just one column, or a class
        that ``space`` lacks.
    """
    who = f"LF {lf!r}: {parameter}"
    if not isinstance(given, Mapping):
        return tuple(_example(row, None, columns, who) for row in _listed(given, who))
    voted = [(_voted(vote, rows, space, lf, who), rows) for vote, rows in given.items()]
    return tuple(_example(row, vote, columns, who) for vote, rows in voted for row in rows)


def check_examples(should: tuple[Example, ...], should_not: tuple[Example, ...], lf: str) -> None:
    """Raise where one row is asked to get a vote and to get none."""
    for one in should:
        for other in should_not:
            if dict(one.row) == dict(other.row) and (other.vote is None or other.vote == one.vote):
                raise LabelingFunctionError(
                    f"LF {lf!r}: example {one} is in should= and in should_not=; keep one of them"
                )


def class_of(example: Example, space: LabelSpace | None) -> str:
    """Return the class that an example is about, as people read it; "" for any class."""
    return "" if example.vote is None else vote_name(example.vote, space)


def _voted(vote: Any, rows: object, space: LabelSpace | None, lf: str, who: str) -> int | str:
    if isinstance(rows, (str, Mapping)) or not isinstance(rows, Iterable):
        raise LabelingFunctionError(
            f"{who}={{{vote!r}: {_said(rows)}}} holds no list of rows; write [{{'column': value}}, ...], or "
            "{class: [rows]}"
        )
    return as_vote(vote, space, lf)


def _listed(given: object, who: str) -> Iterable[Any]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise LabelingFunctionError(f"{who}={_said(given)} is no list of rows; put it into brackets: [...]")
    return given


def _example(row: object, vote: int | str | None, columns: tuple[str, ...] | None, who: str) -> Example:
    if isinstance(row, Example):
        return row
    if isinstance(row, str):
        return Example({_only(columns, row, who): row}, vote)
    if isinstance(row, Mapping) and row and all(isinstance(name, str) for name in row):
        return Example(dict(row), vote)
    raise LabelingFunctionError(
        f"{who} holds {_said(row)} ({type(row).__name__}), which is no row; write {{'column': value}}, "
        "or a string where the LF reads one column"
    )


def _only(columns: tuple[str, ...] | None, text: str, who: str) -> str:
    if columns is not None and len(columns) == 1:
        return columns[0]
    read = "columns that its code does not show" if columns is None else f"columns {shorten(list(columns))}"
    cure = "write {'column': value}" + (", or say columns=['column']" if columns is None else "")
    raise LabelingFunctionError(f"{who} holds the bare string {_said(text)}, but the LF reads {read}; {cure}")


def _said(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}..."
