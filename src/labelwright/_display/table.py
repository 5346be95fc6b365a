"""Tables that people read: polars frames with shares as percents, in a terminal and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from labelwright._display.notebook import Grid, Note, Part, notebook
from labelwright._display.text_table import LONGEST_NAME, WIDTH, Column, text_table
from labelwright._text import count, one_line, percent

MAX_LINES: Final = 40
"""Lines that people still read to the end in a terminal; the frame holds the others."""

MAX_ROWS: Final = 200
"""Rows in a notebook, where they scroll."""

LONGEST_CELL: Final = 400
"""Characters of a text that is shown in a cell."""

LONGEST_LIST: Final = 32
"""Characters of a list that stands in its column; a longer one stands below its row."""

SHARES: Final = frozenset(
    (
        "accuracy",
        "agreement",
        "class_share",
        "confidence",
        "conflicts",
        "coverage",
        "covered_share",
        "emp_acc",
        "estimated",
        "first_confidence",
        "found",
        "from",
        "leans_share",
        "overlaps",
        "precision",
        "probability",
        "recall",
        "second_confidence",
        "share",
        "similarity",
        "to",
        "uncovered_share",
    )
)
"""Columns of floats that are shares, by their name; other floats are shown as numbers."""

LOW, HIGH = "_low", "_high"


class Table(pl.DataFrame):
    """A polars frame that reads well: shares as percents, a range beside its estimate, lists as words.

    It is a `polars.DataFrame` with all its methods; the common ones return a `Table` again, and
    ``Table(frame)`` makes one of any frame. Columns ``x_low`` and ``x_high`` are shown as the range of
    ``x``, ``low`` and ``high`` as the range of the column before them. Beyond the width, columns go on below,
    beside the first one again.

    Examples
    --------
    >>> print(Table({"lf": ["url", "short"], "coverage": [0.25, 0.051], "coverage_low": [0.2, 0.03],
    ...     "coverage_high": [0.3, 0.08], "votes_for": [["SPAM"], ["HAM", "SPAM"]]}))
    lf        coverage  votes for
    url    25.0% 20-30  SPAM
    short   5.1%   3-8  HAM, SPAM
    """

    _named: Mapping[str, Sequence[str]] = MappingProxyType({})

    def naming(self, **names: Sequence[str]) -> Table:
        """Return the same table that shows columns of indices, or of lists of them, by these names.

        The values stay what they are.

        Examples
        --------
        >>> table = Table({"lf": ["url"], "polarity": [[1]]}).naming(polarity=["HAM", "SPAM"])
        >>> print(table)
        lf   polarity
        url  SPAM
        >>> table["polarity"].to_list()
        [[1]]
        """
        table = Table(self)
        table._named = MappingProxyType({**self._named, **names})
        return table

    def _like(self, frame: pl.DataFrame) -> Table:
        """Return a frame made of this one as a table with its names."""
        table = Table(frame)
        table._named = self._named
        return table

    def head(self, n: int = 5) -> Table:
        """Return the first rows, as `polars.DataFrame.head`."""
        return self._like(super().head(n))

    def filter(self, *predicates: Any, **constraints: Any) -> Table:
        """Return the rows that meet all conditions, as `polars.DataFrame.filter`."""
        return self._like(super().filter(*predicates, **constraints))

    def select(self, *exprs: Any, **named_exprs: Any) -> Table:
        """Return some columns, as `polars.DataFrame.select`."""
        return self._like(super().select(*exprs, **named_exprs))

    def with_columns(self, *exprs: Any, **named_exprs: Any) -> Table:
        """Return more columns, as `polars.DataFrame.with_columns`."""
        return self._like(super().with_columns(*exprs, **named_exprs))

    def drop(self, *columns: Any, strict: bool = True) -> Table:
        """Return the other columns, as `polars.DataFrame.drop`."""
        return self._like(super().drop(*columns, strict=strict))

    def sort(self, by: Any, *more_by: Any, **settings: Any) -> Table:
        """Return the rows in order, as `polars.DataFrame.sort`."""
        return self._like(super().sort(by, *more_by, **settings))

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def to_text(self, width: int = WIDTH, *, most: int = MAX_LINES) -> str:
        """Return the first rows as text.

        Parameters
        ----------
        width : int, default 80
            Characters a line.
        most : int, default 40
            Rows to show at most; a last line says how many are left out.
        """
        shown = columns_of(self.head(most), dash="-")
        left = f"\n... and {count(self.height - most, 'more row')}" if self.height > most else ""
        return text_table(shown, width) + left if self.height and shown else "no rows"

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        return notebook(*notebook_parts(self))


def notebook_parts(table: Table) -> list[Part]:
    """Return what notebooks show of a table: the first rows, and how many are left out."""
    shown = columns_of(table.head(MAX_ROWS), dash="–")
    left = table.height - MAX_ROWS
    more = [Note(f"... and {count(left, 'more row')}")] if left > 0 else []
    return [Grid(shown) if shown else Note("no rows"), *more]


def columns_of(frame: pl.DataFrame, *, dash: str) -> list[Column]:
    """Return what is shown of a frame; columns that are ends of a range join the column they belong to."""
    names = frame.columns
    if isinstance(frame, Table):
        frame = _with_names(frame)
    return [_column(frame, name, dash) for name in names if not _is_end(name, names)]


def _with_names(table: Table) -> pl.DataFrame:
    """Return a table with names where it has indices of them."""
    shown = {
        column: [_name_of(value, names) for value in table[column].to_list()]
        for column, names in table._named.items()
        if column in table.columns
    }
    return table.with_columns(**{column: pl.Series(column, cells) for column, cells in shown.items()})


def _name_of(value: Any, names: Sequence[str]) -> str | None:
    if value is None:
        return None
    indices = value if isinstance(value, list) else [value]
    return ", ".join(names[one] if 0 <= one < len(names) else str(one) for one in indices) or None


def _column(frame: pl.DataFrame, name: str, dash: str) -> Column:
    low, high = _ends(name, frame.columns)
    ranges = [] if low is None else _ranges(frame[low].to_list(), frame[str(high)].to_list(), dash)
    share = name.removesuffix(LOW).removesuffix(HIGH) in SHARES
    values, dtype = frame[name].to_list(), frame.schema[name]
    cells = [_cell(value, share=share, dash=dash) for value in values]
    items = None
    if dtype == pl.List(pl.String):
        items = tuple(tuple(_flat(one) for one in value or ()) for value in values)
        if _stand_beside(items, cells):
            cells, items = [_shortened(part, dash) for part in items], None
    return Column(
        one_line(name.replace("_", " "), None), cells, number=dtype.is_numeric(), ranges=ranges, items=items
    )


def _stand_beside(items: Sequence[Sequence[str]], cells: Sequence[str]) -> bool:
    """Whether lists of names are short enough, but for a few, to stand in their column."""
    names = all(len(one) <= LONGEST_NAME for part in items for one in part)
    return names and 3 * sum(len(cell) > LONGEST_LIST for cell in cells) <= len(cells)


def _shortened(items: Sequence[str], dash: str) -> str:
    """Return a list of names, cut to its first where it is long."""
    whole = ", ".join(items)
    return whole or dash if len(whole) <= LONGEST_LIST else f"{items[0]} and {len(items) - 1} more"


def _is_end(name: str, names: Sequence[str]) -> bool:
    if name in ("low", "high"):
        return {"low", "high"} <= set(names) and _owner(names) is not None
    return any(name.endswith(end) and name.removesuffix(end) in names for end in (LOW, HIGH))


def _ends(name: str, names: Sequence[str]) -> tuple[str | None, str | None]:
    if {name + LOW, name + HIGH} <= set(names):
        return name + LOW, name + HIGH
    if {"low", "high"} <= set(names) and _owner(names) == name:
        return "low", "high"
    return None, None


def _owner(names: Sequence[str]) -> str | None:
    """Return the column that ``low`` and ``high`` are the range of: the share that stands before them."""
    before = names[: names.index("low")]
    return before[-1] if before and before[-1] in SHARES else None


def _ranges(low: list[float | None], high: list[float | None], dash: str) -> list[str]:
    return [
        "" if a is None or b is None or math.isnan(a) else _range(a, b, dash)
        for a, b in zip(low, high, strict=True)
    ]


def _range(low: float, high: float, dash: str) -> str:
    """Return a range in whole percents, or in tenths where it lies below one percent."""
    digits = 1 if high < 0.01 else 0
    return f"{100 * low:.{digits}f}{dash}{100 * high:.{digits}f}"


def _cell(value: Any, *, share: bool, dash: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return dash
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return percent(value, 1) if share else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        # A comma parts the items, so the numbers of rows have none.
        return ", ".join(str(one) if isinstance(one, int) else _flat(one) for one in value) or dash
    return _flat(value)


def _flat(value: object) -> str:
    """Return a text on one line, cut where it is very long."""
    text = one_line(str(value).replace("\ufeff", ""), None)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
