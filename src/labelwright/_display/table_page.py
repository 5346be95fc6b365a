"""A table as HTML for notebooks."""

from __future__ import annotations

from typing import Final

from labelwright._display.markup import Markup, el
from labelwright._display.table_cells import LONGEST_NAME, Column


def page_table(columns: list[Column]) -> Markup:
    """Return columns as a table, ranges in small type."""
    heads = [el("th", one.head, class_=_kind(one)) for one in columns]
    rows = zip(*(_page_cells(one) for one in columns), strict=True)
    return el(
        "div", el("table", el("thead", el("tr", heads)), el("tbody", [el("tr", cells) for cells in rows]))
    )


def _page_cells(column: Column) -> list[Markup]:
    return [
        el("td", _page_cell(column, i), el("small", spread) if spread else None, class_=_kind(column))
        for i, spread in enumerate(column.ranges)
    ]


def _page_cell(column: Column, i: int) -> Markup | str:
    if column.items is None or max(map(len, column.items[i]), default=0) <= LONGEST_NAME:
        return column.cells[i]
    return el("ul", [el("li", item) for item in column.items[i]])


def _kind(column: Column) -> str:
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
