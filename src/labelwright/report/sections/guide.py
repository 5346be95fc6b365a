"""How to read the page, and what to fix next."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright._display.markup import Markup, el
from labelwright.core.finding import Finding
from labelwright.report.elements import lead, section

_WORDS = (
    ("Labeling function", "a small program that looks at one row and votes for a class, or says nothing."),
    ("Coverage", "the share of rows on which a labeling function votes."),
    ("Conflict", "two labeling functions vote for different classes on the same row."),
    (
        "Probabilistic label",
        "what the votes on a row add up to: how probable each class is, such as 90% one and 10% the other.",
    ),
)
_URGENCY = {"fix": "Fix", "check": "Check", "note": "Note"}


def guide() -> Markup:
    """Return the four words that a reader needs."""
    words = [el("div", el("dt", word), el("dd", meaning)) for word, meaning in _WORDS]
    return section("guide", "How to read this page", el("dl", words, class_="words"))


def next_steps(found: Sequence[Finding]) -> Markup:
    """Return what to fix next."""
    if not found:
        return section("next", "What to fix next", lead("Nothing stands out. Read the examples below."))
    items = [
        el(
            "li",
            el("span", _URGENCY[one.urgency], class_=f"badge {one.urgency}"),
            el("div", el("b", one.finding), " ", one.action),
        )
        for one in found
    ]
    return section(
        "next",
        "What to fix next",
        lead(
            "The most pressing first: “fix” harms the labels, “check” probably does, “note” is good to know."
        ),
        el("ol", items, class_="steps"),
    )
