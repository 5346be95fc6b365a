"""How many hand labels the labeling functions replace: errors by rows that a model learned from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from labelwright._text import percent
from labelwright.report.charts import Circle, Label, Line, Path, Shape, svg
from labelwright.report.data import ReportData
from labelwright.report.elements import Cell, Table, section

if TYPE_CHECKING:
    from labelwright.worth import LabelWorth, LearningCurve

LEFT, TOP, WIDE, HIGH, FOOT = 40, 30, 330, 220, 42
WIDTH = LEFT + WIDE + 12
ERRORS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the error axis has lines."""


def worth(data: ReportData) -> Markup:
    """Return the learning curves in unlabeled rows and in hand labels, where they were measured."""
    found = data.worth
    if found is None:
        return section("worth", said=None)
    return section(
        "worth",
        said=found.said(),
        chart=learning_curves(found),
        draws=found.draws,
        rows=f"{found.test_rows:,}",
        rates=_rates(found),
        numbers=_numbers(found),
    )


def _rates(found: LabelWorth) -> str:
    steps = [2**curve.slope.estimate - 1 for curve in (found.unlabeled, found.supervised)]
    if not all(math.isfinite(step) for step in steps):
        return ""
    fall = " and ".join(f"{percent(abs(step))} {'fewer' if step < 0 else 'more'}" for step in steps)
    gap = found.slope_difference
    same = "the two rates cannot be told apart" if gap.low <= 0 <= gap.high else "the two rates differ"
    return f"Twice the rows gave {fall} errors; {same}."


def _numbers(found: LabelWorth) -> Table:
    curves = (found.unlabeled, found.supervised)
    sizes = sorted({size for curve in curves for size in curve.sizes})
    rows = [(f"{size:,}", *(_at(curve, size) for curve in curves)) for size in sizes]
    heads = ("Rows", "Wrong, unlabeled rows", "Wrong, hand labels")
    return Table("Share of judged rows that are wrong, with its 95% range.", heads, rows, numbers=(1, 2))


def _at(curve: LearningCurve, size: int) -> Cell | str:
    if size not in curve.sizes:
        return "–"
    error = curve.errors[curve.sizes.index(size)]
    return Cell(percent(error.estimate, 1), f"{percent(error.low, 1)} to {percent(error.high, 1)}")


def learning_curves(worth: LabelWorth) -> Markup:
    """Return both curves with their 95% ranges; a line goes from the LFs' last error to the hand labels."""
    frame = _Frame(worth)
    by_votes, by_hand = worth.unlabeled, worth.supervised
    shapes = [
        *frame.grid(),
        *frame.meeting(worth),
        *frame.curve(by_hand, "warm", "hand labels"),
        *frame.curve(by_votes, "cool", "unlabeled rows"),
        *_legend(),
    ]
    said = f"{_said('by the labeling functions', by_votes)}; {_said('by hand', by_hand)}"
    return svg(WIDTH, TOP + HIGH + FOOT, f"Test error by rows: {said}", shapes)


class _Frame:
    """Where sizes and errors lie on the chart."""

    def __init__(self, worth: LabelWorth) -> None:
        curves = (worth.unlabeled, worth.supervised)
        sizes = [size for curve in curves for size in curve.sizes]
        ends = [end for curve in curves for error in curve.errors for end in (error.low, error.high)]
        self._sizes = math.log(min(sizes)), math.log(max(sizes) * 1.05)
        low = max((mark for mark in ERRORS if mark <= max(min(ends), ERRORS[0])), default=ERRORS[0])
        self._errors = math.log(low), math.log(min(max(*ends, 2 * low) * 1.1, 1.0))

    def x(self, size: float) -> float:
        low, high = self._sizes
        return LEFT + 8 + (WIDE - 8) * (math.log(size) - low) / (high - low)

    def y(self, error: float) -> float:
        low, high = self._errors
        share = (math.log(max(error, math.exp(low))) - low) / (high - low)
        return TOP + HIGH * (1 - min(share, 1.0))

    def grid(self) -> list[Shape]:
        low, high = (math.exp(end) for end in self._errors)
        marks = [mark for mark in ERRORS if low * 0.999 <= mark <= high]
        foot = TOP + HIGH
        return [
            *(Line(LEFT, self.y(mark), LEFT + WIDE, self.y(mark), "grid") for mark in marks),
            *(Label(LEFT - 6, self.y(mark) + 4, f"{100 * mark:g}%", "tick", "end") for mark in marks),
            *(Label(self.x(size), foot + 18, f"{size:,}", "tick", "middle") for size in self._powers()),
            *(Line(self.x(size), foot, self.x(size), foot + 4, "axis") for size in self._powers()),
            Line(LEFT, foot, LEFT + WIDE, foot, "axis"),
            Label(LEFT + WIDE / 2, foot + 36, "rows that the model learned from", "tick", "middle"),
        ]

    def curve(self, curve: LearningCurve, kind: str, name: str) -> list[Shape]:
        points = list(zip(curve.sizes, curve.errors, strict=True))
        there = [(self.x(size), self.y(error.low)) for size, error in points]
        back = [(self.x(size), self.y(error.high)) for size, error in reversed(points)]
        middle = [(self.x(size), self.y(error.estimate)) for size, error in points]
        return [
            Path(there + back, f"band {kind}", closed=True),
            Path(middle, f"curve {kind}"),
            *(
                Circle(*place, 3.5, f"dot {kind}", f"{size:,} {name}: {percent(error.estimate, 1)} wrong")
                for place, (size, error) in zip(middle, points, strict=True)
            ),
        ]

    def meeting(self, worth: LabelWorth) -> list[Shape]:
        labels, error = worth.hand_labels.estimate, worth.unlabeled.errors[-1].estimate
        if not (0 < labels < math.inf):
            return []
        x, y, right = self.x(labels), self.y(error), self.x(worth.unlabeled.sizes[-1])
        return [Line(x, y, right, y, "diagonal"), Line(x, y, x, TOP + HIGH, "diagonal")]

    def _powers(self) -> list[int]:
        low, high = (math.exp(end) for end in self._sizes)
        marks = [mark * 10**power for power in range(1, 10) for mark in (1, 3)]
        return [mark for mark in marks if low * 0.99 <= mark <= high]


def _legend() -> list[Shape]:
    return [
        Label(LEFT, 10, "rows that are wrong", "tick"),
        Circle(LEFT + 124, 6, 3.5, "dot cool"),
        Label(LEFT + 132, 10, "unlabeled rows", "tick"),
        Circle(LEFT + 230, 6, 3.5, "dot warm"),
        Label(LEFT + 238, 10, "hand labels", "tick"),
    ]


def _said(name: str, curve: LearningCurve) -> str:
    first, last = curve.errors[0], curve.errors[-1]
    return (
        f"{name} from {percent(first.estimate, 1)} wrong with {curve.sizes[0]:,} rows "
        f"to {percent(last.estimate, 1)} with {curve.sizes[-1]:,}"
    )
