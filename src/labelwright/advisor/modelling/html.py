"""The advisor's answer as HTML for notebooks and for the report's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labelwright._display.markup import Markup, el
from labelwright.advisor.modelling.text import class_cells, evidence_text, headline, subject
from labelwright.core.finding import Finding

if TYPE_CHECKING:
    from labelwright.advisor.modelling.modelling_advice import ModellingAdvice

STYLE: Final = Markup(
    ".lw-advice{font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;max-width:860px;"
    "color:CanvasText;color-scheme:light dark}"
    ".lw-advice .lw-head{font-weight:600;font-size:15px;margin:12px 0 4px}"
    ".lw-advice li{margin:0 0 6px}.lw-advice small{opacity:.65;display:block}"
    ".lw-advice table{border-collapse:collapse;margin:8px 0;font-size:13px}"
    ".lw-advice th,.lw-advice td{text-align:left;padding:4px 10px;border-top:1px solid rgba(127,140,160,.3)}"
)
HEADS: Final = ("Class", "LFs", "Rows with a vote", "Contested", "Most often with")


def advice_page(advice: ModellingAdvice) -> str:
    """Return the answer as one element with its style; every name is escaped."""
    return str(
        el(
            "div",
            el("style", STYLE),
            el("div", headline(advice), class_="lw-head"),
            el("div", subject(advice)),
            reasons_list(advice),
            el("div", "What to write next", class_="lw-head") if advice.next_steps else None,
            el("ul", [_step(one) for one in advice.next_steps]) if advice.next_steps else None,
            _classes(advice),
            class_="lw-advice",
        )
    )


def reasons_list(advice: ModellingAdvice, *, class_: str | None = None) -> Markup:
    """Return the reasons, each with its numbers."""
    items = [el("li", el("div", one.finding, _numbers(one.evidence))) for one in advice.reasons]
    return el("ul", items, class_=class_)


def _step(one: Finding) -> Markup:
    return el("li", el("b", f"{one.urgency}: {one.finding}"), " ", one.action, _numbers(one.evidence))


def _numbers(evidence: object) -> Markup | None:
    return el("small", evidence_text(evidence)) if isinstance(evidence, dict) and evidence else None


def _classes(advice: ModellingAdvice) -> Markup:
    rows = [el("tr", [el("td", cell) for cell in class_cells(one)]) for one in advice.classes]
    return el("table", el("thead", el("tr", [el("th", head) for head in HEADS])), el("tbody", rows))
