"""Row views: what a Python labeling function sees of a data point while blocks run."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import polars as pl

from labelwright._validate import did_you_mean


class RowView(Mapping[str, Any]):
    """A data point with attribute and item access: ``x.text`` is ``x["text"]``.

    `row_class` makes a subclass with one slot a column: about 0.1 microseconds to make and as quick to read
    as any Python object. It has no ``__getattr__``, with which reading would take twice as long.
    """

    __slots__ = ()
    __getters__: ClassVar[Mapping[str, Any]] = {}

    def __getitem__(self, column: str) -> Any:
        try:
            return self.__getters__[column](self)
        except KeyError:
            raise MissingColumnError(column) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.__getters__)

    def __len__(self) -> int:
        return len(self.__getters__)

    def __repr__(self) -> str:
        return f"Row({dict(self)!r})"


class MissingColumnError(KeyError):
    """An LF read a column that its row lacks."""


def row_class(columns: Sequence[str]) -> type[RowView]:
    """Make the class of rows with these columns, called with one value a column.

    A column whose name cannot be an attribute, or is the name of a method of mappings, is an item only.

    Examples
    --------
    >>> row = row_class(["text", "my column"])("free prizes", 3)
    >>> row.text, row["text"], row["my column"], row.get("other", 0)
    ('free prizes', 'free prizes', 3, 0)
    """
    slots = [_slot(column, index) for index, column in enumerate(columns)]
    arguments = [f"value_{index}" for index in range(len(columns))]
    body = "; ".join(f"self.{slot} = {value}" for slot, value in zip(slots, arguments, strict=True)) or "pass"
    made: dict[str, Any] = {}
    # As collections.namedtuple does it: an __init__ of plain assignments is the quickest there is.
    exec(f"def __init__({', '.join(['self', *arguments])}): {body}", {}, made)
    view: type[RowView] = type("Row", (RowView,), {"__slots__": tuple(slots), "__init__": made["__init__"]})
    view.__getters__ = {
        column: getattr(view, slot).__get__ for column, slot in zip(columns, slots, strict=True)
    }
    return view


def _slot(column: str, index: int) -> str:
    plain = column.isidentifier() and not keyword.iskeyword(column) and not column.startswith("_")
    return column if plain and not hasattr(RowView, column) else f"_column_{index}"


def make_rows(view: type[RowView], frame: pl.DataFrame, count: int) -> list[RowView]:
    """Return one row view a row of a frame that has just the view's columns, perhaps none."""
    columns = [column.to_list() for column in frame.get_columns()]
    return list(map(view, *columns)) if columns else [view() for _ in range(count)]


def missing_column(error: Exception) -> str | None:
    """Return the column that a row lacked, where that is what the exception says."""
    if isinstance(error, MissingColumnError):
        return str(error.args[0])
    if isinstance(error, AttributeError) and isinstance(error.obj, RowView):
        return error.name
    return None


def missing_column_message(
    lf: str, row: int, column: str, *, held: Sequence[str], data: Sequence[str]
) -> str:
    """Say which column an LF read that its row lacked, and what to do."""
    start = f"LF {lf!r} reads column {column!r} at row {row}"
    if column in data and column not in held:
        return f"{start}, but it declares other columns; add {column!r} to its columns="
    return f"{start}, which the data lack{did_you_mean(column, data)}; columns: {', '.join(data)}"
