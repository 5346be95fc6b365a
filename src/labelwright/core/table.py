"""Tables that people read: polars frames with shares as percents, in a terminal and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from labelwright._markup import Markup, el

WIDTH: Final = 80
"""Columns of a terminal that nobody widened."""

MOST_LINES: Final = 40
"""Lines that people still read to the end in a terminal; the frame holds the others."""

MOST_ROWS: Final = 200
"""Rows in a notebook, where they scroll."""

LONGEST_CELL: Final = 400
"""Characters of a text that is shown in a cell."""

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

    def to_text(self, width: int = WIDTH, *, most: int = MOST_LINES) -> str:
        """Return the first rows as text.

        Parameters
        ----------
        width : int, default 80
            Characters a line.
        most : int, default 40
            Rows to show at most; a last line says how many are left out.
        """
        shown = _columns(self.head(most), dash="-")
        blocks = [_text_block(block, width) for block in _blocks(shown, width)]
        left = [f"... and {self.height - most:,} more rows"] if self.height > most else []
        return "\n\n".join(blocks) + "".join(f"\n{line}" for line in left) if self.height else "no rows"

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        shown = _columns(self.head(MOST_ROWS), dash="–")
        left = self.height - MOST_ROWS
        more = el("p", f"... and {left:,} more rows") if left > 0 else None
        return str(el("div", el("style", STYLE), _page_table(shown), more, class_="lw-table"))


@dataclass(frozen=True, slots=True)
class _Column:
    """One column as it is shown."""

    head: str
    cells: tuple[str, ...]
    ranges: tuple[str, ...]
    number: bool

    @property
    def whole(self) -> list[str]:
        """The cells with their ranges, aligned under each other."""
        widest = max(map(len, self.ranges), default=0)
        return [f"{a} {b:>{widest}}" if widest else a for a, b in zip(self.cells, self.ranges, strict=True)]

    @property
    def natural(self) -> int:
        return max(map(len, [*self.head.split(" "), *self.whole]), default=0)

    @property
    def narrowest(self) -> int:
        """Numbers are not broken; words may be, but not into a column of letters."""
        heads = max(map(len, self.head.split(" ")))
        return self.natural if self.number else max(heads, min(self.natural, 14))


def _columns(frame: pl.DataFrame, *, dash: str) -> list[_Column]:
    """Return what is shown of a frame; columns that are ends of a range join the column they belong to."""
    found: list[_Column] = []
    names = frame.columns
    for name in names:
        if _is_end(name, names):
            continue
        low, high = _ends(name, names)
        ranges = [] if low is None else _ranges(frame[low].to_list(), frame[str(high)].to_list(), dash)
        share = name.removesuffix(LOW).removesuffix(HIGH) in SHARES
        cells = [_cell(value, share=share, dash=dash) for value in frame[name].to_list()]
        number = frame.schema[name].is_numeric()
        found.append(
            _Column(name.replace("_", " "), tuple(cells), tuple(ranges or [""] * len(cells)), number)
        )
    return found


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
        "" if a is None or b is None or math.isnan(a) else f"{100 * a:.0f}{dash}{100 * b:.0f}"
        for a, b in zip(low, high, strict=True)
    ]


def _cell(value: Any, *, share: bool, dash: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return dash
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _percent(value) if share else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_cell(one, share=share, dash=dash) for one in value) or dash
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _blocks(columns: list[_Column], width: int) -> list[list[_Column]]:
    """Split columns into blocks that fit the width, each with the first column before it."""
    if not columns:
        return []
    key = columns[0]
    blocks: list[list[_Column]] = [[key]]
    for column in columns[1:]:
        taken = sum(one.narrowest + 2 for one in blocks[-1])
        if taken + column.narrowest > width and len(blocks[-1]) > 1:
            blocks.append([key])
        blocks[-1].append(column)
    return blocks


def _text_block(columns: list[_Column], width: int) -> str:
    import io

    from rich.console import Console
    from rich.table import Table as RichTable

    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for one in columns:
        table.add_column(
            one.head,
            justify="right" if one.number else "left",
            no_wrap=one.number and " " not in one.head,
            min_width=one.narrowest if one.number else None,
            overflow="fold",
        )
    for cells in zip(*(one.whole for one in columns), strict=True):
        table.add_row(*cells)
    told = io.StringIO()
    Console(file=told, width=width, color_system=None, highlight=False, markup=False, emoji=False).print(
        table
    )
    return "\n".join(line.rstrip() for line in told.getvalue().rstrip("\n").split("\n"))


def _page_table(columns: list[_Column]) -> Markup:
    heads = [el("th", one.head, class_=_kind(one)) for one in columns]
    rows = zip(*(_page_cells(one) for one in columns), strict=True)
    return el(
        "div", el("table", el("thead", el("tr", heads)), el("tbody", [el("tr", cells) for cells in rows]))
    )


def _page_cells(column: _Column) -> list[Markup]:
    return [
        el("td", cell, el("small", spread) if spread else None, class_=_kind(column))
        for cell, spread in zip(column.cells, column.ranges, strict=True)
    ]


def _kind(column: _Column) -> str:
    return "n" if column.number else "t"


# Colours are the notebook's own, so that it may be dark where the reader's system is light.
STYLE: Final = Markup(
    ".lw-table{font:13px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:inherit}"
    ".lw-table div{overflow-x:auto}.lw-table table{border-collapse:collapse;margin:4px 0}"
    ".lw-table th,.lw-table td{padding:4px 10px;border:0;border-top:1px solid rgba(127,140,160,.3);"
    "background:none;vertical-align:top;color:inherit}"
    ".lw-table thead th{border-top:0;font-weight:500;opacity:.65;vertical-align:bottom}"
    ".lw-table .n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    ".lw-table thead .n{white-space:normal}"
    ".lw-table .t{text-align:left;max-width:460px;overflow-wrap:anywhere}"
    ".lw-table td:first-child{font-weight:500}.lw-table p{opacity:.65;margin:4px 0}"
    ".lw-table small{display:inline-block;min-width:46px;margin-left:6px;opacity:.65;font-size:11px}"
)
