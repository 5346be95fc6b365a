"""How many hand labels the labeling functions replace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelwright._display.markup import Child, Markup, el
from labelwright._text import percent
from labelwright.report.charts.learning import learning_curves
from labelwright.report.data import ReportData
from labelwright.report.elements import figure, lead, missing, scrolled, section, table, td, th
from labelwright.report.words import exact_percent

if TYPE_CHECKING:
    from labelwright.worth import LabelWorth, LearningCurve

TITLE = "What the labeling functions are worth"


def worth(data: ReportData) -> Markup:
    """Return the learning curves in unlabeled rows and in hand labels, where they were measured."""
    if data.worth is None:
        return section(
            "worth",
            TITLE,
            missing(
                "Not measured, or measured before the last change. ",
                el("code", "labelwright worth"),
                " finds out how many hand labels the labeling functions replace; it needs hand labels of "
                "training rows (or validation rows) and of test rows, and takes as long as training the end "
                "model some thirty times. Then run again.",
            ),
        )
    found = data.worth
    return section(
        "worth",
        TITLE,
        lead(found.said()),
        figure(learning_curves(found), "Errors fall with rows", _caption(found)),
        el("details", el("summary", "The numbers"), scrolled(_numbers(found), label="Errors by rows")),
    )


def _caption(found: LabelWorth) -> str:
    return (
        f"Blue: the end model learned from so many rows that only the labeling functions labeled. Orange: it "
        f"learned from so many hand labels. Means of {found.draws} random draws, judged on "
        f"{found.test_rows:,} rows; the shades hold 95% of what other draws and other test rows would give. "
        f"Both axes are logarithmic, so a straight line is a rate. {_rates(found)}"
    )


def _rates(found: LabelWorth) -> str:
    steps = [2**curve.slope.estimate - 1 for curve in (found.unlabeled, found.supervised)]
    if not all(math.isfinite(step) for step in steps):
        return ""
    fall = " and ".join(f"{percent(abs(step))} {'fewer' if step < 0 else 'more'}" for step in steps)
    gap = found.slope_difference
    same = "the two rates cannot be told apart" if gap.low <= 0 <= gap.high else "the two rates differ"
    return f"Twice the rows gave {fall} errors; {same}."


def _numbers(found: LabelWorth) -> Markup:
    curves = (found.unlabeled, found.supervised)
    sizes = sorted({size for curve in curves for size in curve.sizes})
    rows = [
        el("tr", th(f"{size:,}", row=True), *(td(*_at(curve, size), number=True) for curve in curves))
        for size in sizes
    ]
    heads = [th("Rows"), th("Wrong, unlabeled rows", number=True), th("Wrong, hand labels", number=True)]
    return table("Share of judged rows that are wrong, with its 95% range.", heads, rows)


def _at(curve: LearningCurve, size: int) -> tuple[Child, ...]:
    if size not in curve.sizes:
        return ("–",)
    error = curve.errors[curve.sizes.index(size)]
    spread = f"{exact_percent(error.low)} to {exact_percent(error.high)}"
    return exact_percent(error.estimate), " ", el("small", spread)
