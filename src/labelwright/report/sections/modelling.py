"""Which modelling is worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labelwright._display.markup import Markup, el
from labelwright.advisor.modelling.html import reasons_list
from labelwright.advisor.modelling.text import headline
from labelwright.report.data import ReportData
from labelwright.report.elements import lead, missing, scrolled, section, table, td, th
from labelwright.report.words import count, percent

if TYPE_CHECKING:
    from labelwright.advisor import ClassVotes, ModellingAdvice

MAX_SHOWN: Final = 40
"""Rows of a table that people still read to its end."""


def modelling(data: ReportData) -> Markup:
    """Return the advisor's answer: majority vote or a label model, and why."""
    title = "Which modelling is worth it"
    advice = data.modelling
    if advice is None:
        return section("modelling", title, missing("Not shown: the advisor was not asked."))
    return section(
        "modelling",
        title,
        lead(headline(advice)),
        el("details", el("summary", "Why"), reasons_list(advice)),
        scrolled(_classes(advice), label="What votes each class gets"),
    )


def _classes(advice: ModellingAdvice) -> Markup:
    shown = sorted(advice.classes, key=lambda one: one.reached)[:MAX_SHOWN]
    heads = [
        th("Class"),
        *(th(name, number=True) for name in ("Labeling functions", "Rows with a vote", "Contested")),
        th("Most often with"),
    ]
    left = len(advice.classes) - len(shown)
    more = f" {count(left, 'class', 'classes')} with more votes not shown." if left else ""
    caption = f"What votes each class gets, the fewest first; contested: with a vote for another class.{more}"
    return table(caption, heads, [_class_row(one) for one in shown])


def _class_row(one: ClassVotes) -> Markup:
    return el(
        "tr",
        th(one.name, row=True),
        td(str(one.lfs), number=True),
        td(percent(one.reached), number=True),
        td(percent(one.contested), number=True),
        td(one.rival or "–"),
    )
