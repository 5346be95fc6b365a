"""Tables that people read: polars frames with shares as percents, in a terminal and in a notebook."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from labelwright._display.notebook import Grid, Note, Part, notebook
from labelwright._display.table_cells import columns_of
from labelwright._display.text_table import WIDTH, text_table

MAX_LINES: Final = 40
"""Lines that people still read to the end in a terminal; the frame holds the others."""

MAX_ROWS: Final = 200
"""Rows in a notebook, where they scroll."""


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

    def filter(self, *predicates: Any, **constraints: Any) -> Table:
        """Return the rows that meet all conditions, as `polars.DataFrame.filter`."""
        return Table(super().filter(*predicates, **constraints))

    def select(self, *exprs: Any, **named_exprs: Any) -> Table:
        """Return some columns, as `polars.DataFrame.select`."""
        return Table(super().select(*exprs, **named_exprs))

    def with_columns(self, *exprs: Any, **named_exprs: Any) -> Table:
        """Return more columns, as `polars.DataFrame.with_columns`."""
        return Table(super().with_columns(*exprs, **named_exprs))

    def drop(self, *columns: Any, strict: bool = True) -> Table:
        """Return the other columns, as `polars.DataFrame.drop`."""
        return Table(super().drop(*columns, strict=strict))

    def sort(self, by: Any, *more_by: Any, **settings: Any) -> Table:
        """Return the rows in order, as `polars.DataFrame.sort`."""
        return Table(super().sort(by, *more_by, **settings))

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
        left = f"\n... and {self.height - most:,} more rows" if self.height > most else ""
        return text_table(shown, width) + left if self.height and shown else "no rows"

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        return notebook(*notebook_parts(self))


def notebook_parts(table: Table) -> list[Part]:
    """Return what notebooks show of a table: the first rows, and how many are left out."""
    shown = columns_of(table.head(MAX_ROWS), dash="–")
    left = table.height - MAX_ROWS
    more = [Note(f"... and {left:,} more rows")] if left > 0 else []
    return [Grid(shown) if shown else Note("no rows"), *more]
