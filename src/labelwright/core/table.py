"""Tables that people read: polars frames with shares as percents, in a terminal and in a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
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

LONGEST_NAME: Final = 28
"""Characters of a name that is not broken; most LFs and classes have shorter ones."""

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
        left = f"\n... and {self.height - most:,} more rows" if self.height > most else ""
        return _text(shown, width) + left if self.height and shown else "no rows"

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        shown = _columns(self.head(MOST_ROWS), dash="–")
        left = self.height - MOST_ROWS
        more = el("p", f"... and {left:,} more rows") if left > 0 else None
        return str(el("div", el("style", STYLE), _page_table(shown), more, class_="lw-table"))


@dataclass(frozen=True, slots=True)
class _Column:
    """One column as it is shown; the items of long lists go on lines of their own."""

    head: str
    cells: tuple[str, ...]
    ranges: tuple[str, ...]
    number: bool
    items: tuple[tuple[str, ...], ...] | None = None

    @property
    def whole(self) -> list[str]:
        """The cells with their ranges, aligned under each other."""
        widest = max(map(len, self.ranges), default=0)
        return [f"{a} {b:>{widest}}" if widest else a for a, b in zip(self.cells, self.ranges, strict=True)]

    @property
    def natural(self) -> int:
        return max(map(_width, [*self.head.split(" "), *self.whole]), default=0)

    def narrowest(self, *, key: bool = False) -> int:
        """Return the width below which it is not pressed: numbers and names are not broken, texts are."""
        heads = max(map(len, self.head.split(" ")))
        return self.natural if self.number else max(heads, min(self.natural, LONGEST_NAME if key else 14))


def _columns(frame: pl.DataFrame, *, dash: str) -> list[_Column]:
    """Return what is shown of a frame; columns that are ends of a range join the column they belong to."""
    names = frame.columns
    return [_column(frame, name, dash) for name in names if not _is_end(name, names)]


def _column(frame: pl.DataFrame, name: str, dash: str) -> _Column:
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
    return _Column(
        name.replace("_", " "), tuple(cells), tuple(ranges or [""] * len(cells)), dtype.is_numeric(), items
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
        return _percent(value) if share else f"{value:.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        # A comma parts the items, so the numbers of rows have none.
        return ", ".join(str(one) if isinstance(one, int) else _flat(one) for one in value) or dash
    return _flat(value)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _flat(value: object) -> str:
    """Return a text on one line, cut where it is very long."""
    text = " ".join(str(value).replace("\ufeff", "").split())
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _text(columns: list[_Column], width: int) -> str:
    """Return columns beside each other, long lists below their row; what does not fit goes on below."""
    beside = [one for one in columns if one.items is None] or [replace(columns[0], items=None)]
    first, *more = _blocks(beside, width)
    lists = [one for one in columns if one.items is not None and one.head != beside[0].head]
    return "\n\n".join([_block(first, lists, width), *(_block(block, [], width) for block in more)])


def _blocks(columns: list[_Column], width: int) -> list[list[_Column]]:
    """Split columns into blocks that fit the width, each with the first column before it."""
    key, *others = columns
    blocks = [[key]]
    for column in others:
        taken = key.narrowest(key=True) + sum(one.narrowest() + 2 for one in blocks[-1][1:])
        if taken + 2 + column.narrowest() > width and len(blocks[-1]) > 1:
            blocks.append([key])
        blocks[-1].append(column)
    return blocks


def _block(columns: list[_Column], lists: list[_Column], width: int) -> str:
    widths = _widths(columns, width)
    lines = _lines([one.head for one in columns], columns, widths, foot=True)
    for i, cells in enumerate(zip(*(one.whole for one in columns), strict=True)):
        lines += _lines(cells, columns, widths)
        for one in lists:
            lines += _below(one, i, width)
    return "\n".join(line.rstrip() for line in lines)


def _widths(columns: list[_Column], width: int) -> list[int]:
    """Give each column what it needs, and share out what is missing among the widest texts."""
    least = [one.narrowest(key=i == 0) for i, one in enumerate(columns)]
    widths = [max(one.natural, len(one.head)) for one in columns]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        spare = [wide - small for wide, small in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widths[max(range(len(widths)), key=lambda i: (spare[i] > 0) * widths[i])] -= 1
    return widths


def _lines(
    cells: Sequence[str], columns: list[_Column], widths: list[int], *, foot: bool = False
) -> list[str]:
    wrapped = [
        [cell] if _width(cell) <= wide else _wrapped(cell, wide)
        for cell, wide in zip(cells, widths, strict=True)
    ]
    height = max(map(len, wrapped))
    blank = [[""] * (height - len(part)) for part in wrapped]
    parts = [(gap + part) if foot else (part + gap) for part, gap in zip(wrapped, blank, strict=True)]
    return [
        "  ".join(
            " " * (wide - _width(text)) + text if one.number else text + " " * (wide - _width(text))
            for text, wide, one in zip(line, widths, columns, strict=True)
        )
        for line in zip(*parts, strict=True)
    ]


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines, and a name that is longer than a line behind an underscore."""
    return wrap(" ".join(part for word in text.split() for part in _broken(word, width)), width) or [""]


def _broken(word: str, width: int) -> list[str]:
    parts = []
    while len(word) > width:
        at = word.rfind("_", 0, width) + 1 or width
        parts.append(word[:at])
        word = word[at:]
    return [*parts, word]


def _below(column: _Column, i: int, width: int) -> list[str]:
    """Return a long list under its row: each text on a line, names one after the other."""
    items = (column.items or ())[i]
    if not items:
        return []
    if max(map(len, items)) > LONGEST_NAME:
        return [
            line
            for item in items
            for line in wrap(item, width, initial_indent="  | ", subsequent_indent="    ")
        ]
    head = f"  {column.head}: "
    return wrap(", ".join(items), width, initial_indent=head, subsequent_indent=" " * len(head))


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes: some signs take two or none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _page_table(columns: list[_Column]) -> Markup:
    heads = [el("th", one.head, class_=_kind(one)) for one in columns]
    rows = zip(*(_page_cells(one) for one in columns), strict=True)
    return el(
        "div", el("table", el("thead", el("tr", heads)), el("tbody", [el("tr", cells) for cells in rows]))
    )


def _page_cells(column: _Column) -> list[Markup]:
    return [
        el("td", _page_cell(column, i), el("small", spread) if spread else None, class_=_kind(column))
        for i, spread in enumerate(column.ranges)
    ]


def _page_cell(column: _Column, i: int) -> Markup | str:
    if column.items is None or max(map(len, column.items[i]), default=0) <= LONGEST_NAME:
        return column.cells[i]
    return el("ul", [el("li", item) for item in column.items[i]])


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
    ".lw-table .t{text-align:left;max-width:460px;overflow-wrap:break-word}"
    ".lw-table td:first-child{font-weight:500}.lw-table p{opacity:.65;margin:4px 0}"
    ".lw-table ul{list-style:none;margin:0;padding:0}.lw-table li{margin:0 0 3px}"
    ".lw-table small{display:inline-block;min-width:46px;margin-left:6px;opacity:.65;font-size:11px}"
)
