"""A fit report as HTML for notebooks and for the report's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from labelwright._display.markup import Markup, el, join
from labelwright.diagnostics.finding import percent
from labelwright.diagnostics.text import MAX_CLASSES, facts, headline, lf_rows, range_note

if TYPE_CHECKING:
    from labelwright.diagnostics.fit_report import FitReport

STYLE: Final = Markup(
    ".lw-trust{font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;max-width:860px;"
    "color:CanvasText;color-scheme:light dark}"
    ".lw-trust .lw-head{font-weight:600;font-size:15px;margin:16px 0 8px}"
    ".lw-trust dl{display:grid;grid-template-columns:76px minmax(0,1fr);gap:3px 12px;margin:0 0 12px}"
    ".lw-trust dt{opacity:.65}.lw-trust dd{margin:0}"
    ".lw-trust ul{list-style:none;margin:0 0 12px;padding:0}"
    ".lw-trust li{padding:6px 12px;margin:0 0 4px;border-left:3px solid #8a94a3;"
    "background:rgba(127,140,160,.1)}"
    ".lw-trust li.warning{border-color:#c8621b;background:rgba(216,112,38,.13)}"
    ".lw-trust table{border-collapse:collapse;margin:0 0 12px;font-size:13px}"
    ".lw-trust caption{text-align:left;opacity:.65;padding:0 0 4px}"
    ".lw-trust th,.lw-trust td{text-align:right;padding:4px 10px;border:0;"
    "border-top:1px solid rgba(127,140,160,.3);font-variant-numeric:tabular-nums;background:none}"
    ".lw-trust thead th{border-top:0;font-weight:500;opacity:.65;vertical-align:bottom}"
    ".lw-trust th:first-child,.lw-trust .lw-text{text-align:left;font-weight:500;overflow-wrap:anywhere}"
    ".lw-trust td.lw-text{font-weight:400}.lw-trust .lw-wide{overflow-x:auto}"
    ".lw-trust p{margin:0 0 8px;opacity:.65;font-size:13px}"
    ".lw-trust b.up{color:#2e7d4f}.lw-trust b.down{color:#c8621b}"
)


def wrapped(*children: Markup) -> str:
    """Return children in a box that brings its own style and follows the reader's light or dark."""
    return str(el("div", el("style", STYLE), *children, class_="lw-trust"))


def report_page(report: FitReport) -> str:
    """Return the report as one element with its style; every name is escaped."""
    told = [(el("dt", name), el("dd", said)) for name, said in facts(report)]
    return wrapped(
        el("div", headline(report), class_="lw-head"),
        el("dl", told),
        findings_list(report),
        class_table(report),
        lf_table(report),
    )


def findings_list(report: FitReport) -> Markup:
    """Return the findings, warnings first."""
    if not report.findings:
        return el("p", "Nothing speaks against this fit. Gold labels alone can say how accurate it is.")
    return el(
        "ul",
        [
            el("li", el("strong", f"{one.urgency.capitalize()}: "), one.message, class_=one.urgency)
            for one in report.findings
        ],
    )


def class_table(report: FitReport) -> Markup:
    """Return the shares of the classes."""
    shown = sorted(report.classes, key=lambda one: -one.majority)[:MAX_CLASSES]
    rows = [(one.name, *map(percent, (one.votes, one.majority, one.predicted))) for one in shown]
    left = len(report.classes) - len(shown)
    caption = "Shares of the covered rows" + (f"; {left:,} more classes are not shown" if left else "")
    return table(("class", "of the votes", "majority vote", report.model), rows, caption=caption)


def lf_table(report: FitReport) -> Markup:
    """Return how far each LF is trusted."""
    heads, rows = lf_rows(report)
    shown = rows if len(rows) <= 200 else rows[:200]
    left = len(rows) - len(shown)
    more = f" {left:,} LFs with less coverage are not shown." if left else ""
    return join(
        [
            table(heads, shown, text=(1,), caption="How far each LF is trusted"),
            el("p", range_note(report) + more),
        ]
    )


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, caption: str = "", text: tuple[int, ...] = ()
) -> Markup:
    """Return a table; the first column and those in `text` are aligned left."""
    head = el("tr", [el("th", one, class_="lw-text" if i in text else None) for i, one in enumerate(heads)])
    body = [
        el(
            "tr",
            el("th", row[0], scope="row"),
            [el("td", cell, class_="lw-text" if i in text else None) for i, cell in enumerate(row[1:], 1)],
        )
        for row in rows
    ]
    whole = el("table", el("caption", caption) if caption else None, el("thead", head), el("tbody", body))
    return el("div", whole, class_="lw-wide")
