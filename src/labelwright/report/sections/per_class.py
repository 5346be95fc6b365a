"""How right each labeling function is, class by class."""

from __future__ import annotations

from typing import Any, Final

from labelwright._display.markup import Markup, el
from labelwright.analysis import lf_classes
from labelwright.report.data import EvaluatedSplit
from labelwright.report.elements import table, td, th
from labelwright.report.words import count, percent, percent_range

MAX_SHOWN: Final = 100
"""Rows of the folded table; the analysis has all."""


def per_class(test: EvaluatedSplit) -> Markup:
    """Return precision and recall of each LF on each class it votes for, least precise first."""
    found = lf_classes(test.matrix, test.gold).sort("precision", nulls_last=True, maintain_order=True)
    heads = [
        th("Labeling function"),
        th("Class"),
        *(th(name, number=True) for name in ("Votes", "Precision", "Recall")),
        th("Mostly wrong on"),
    ]
    left = found.height - MAX_SHOWN
    more = f" {count(left, 'more line')} not shown." if left > 0 else ""
    caption = (
        "On the test rows, least precise first. Precision is how often a vote for the class is right; recall "
        f"is how much of the class it finds, which is little by design. Ranges hold with 95% certainty.{more}"
    )
    lines = [_line(row) for row in found.head(MAX_SHOWN).iter_rows(named=True)]
    return el(
        "details",
        el("summary", "Precision and recall of each, class by class"),
        table(caption, heads, lines, class_="cards"),
    )


def _line(row: dict[str, Any]) -> Markup:
    return el(
        "tr",
        th(row["lf"], row=True),
        td(row["class"], label="Class"),
        td(f"{row['votes']:,}", number=True, label="Votes"),
        *(_share(row, name) for name in ("precision", "recall")),
        td(row["mostly_wrong_on"] or "–", label="Mostly wrong on"),
    )


def _share(row: dict[str, Any], name: str) -> Markup:
    if row[name] is None:
        return td("–", number=True, label=name.capitalize())
    spread = percent_range(row[f"{name}_low"], row[f"{name}_high"])
    value = el("span", percent(row[name]), el("small", spread))
    return td(value, number=True, label=name.capitalize())
