"""Errors by the number of rows that a model learned from, on logarithmic axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from labelwright._display.markup import Markup, el
from labelwright.report.charts.svg import circle, label, line, svg
from labelwright.report.words import exact_percent

if TYPE_CHECKING:
    from labelwright.worth import LabelWorth, LearningCurve

LEFT, TOP, WIDE, HIGH, FOOT = 40, 30, 330, 220, 42
WIDTH = LEFT + WIDE + 12
ERRORS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the error axis has lines."""


def learning_curves(worth: LabelWorth) -> Markup:
    """Return both curves with their 95 % ranges; a line goes from the LFs' last error to the hand labels."""
    frame = _Frame(worth)
    by_votes, by_hand = worth.unlabeled, worth.supervised
    return svg(
        WIDTH,
        TOP + HIGH + FOOT,
        f"Test error by rows: {_said('by the labeling functions', by_votes)}; {_said('by hand', by_hand)}",
        frame.grid(),
        frame.meeting(worth),
        frame.curve(by_hand, "warm", "hand labels"),
        frame.curve(by_votes, "cool", "unlabeled rows"),
        _legend(),
    )


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

    def grid(self) -> list[Markup]:
        low, high = (math.exp(end) for end in self._errors)
        marks = [mark for mark in ERRORS if low * 0.999 <= mark <= high]
        foot = TOP + HIGH
        return [
            *(line(LEFT, self.y(mark), LEFT + WIDE, self.y(mark), "grid") for mark in marks),
            *(label(LEFT - 6, self.y(mark) + 4, f"{100 * mark:g}%", "tick", "end") for mark in marks),
            *(label(self.x(size), foot + 18, f"{size:,}", "tick", "middle") for size in self._powers()),
            *(line(self.x(size), foot, self.x(size), foot + 4, "axis") for size in self._powers()),
            line(LEFT, foot, LEFT + WIDE, foot, "axis"),
            label(LEFT + WIDE / 2, foot + 36, "rows that the model learned from", "tick", "middle"),
        ]

    def curve(self, curve: LearningCurve, kind: str, name: str) -> list[Markup]:
        points = list(zip(curve.sizes, curve.errors, strict=True))
        there = [(self.x(size), self.y(error.low)) for size, error in points]
        back = [(self.x(size), self.y(error.high)) for size, error in reversed(points)]
        middle = [(self.x(size), self.y(error.estimate)) for size, error in points]
        return [
            el("polygon", points=_path(there + back), class_=f"band {kind}"),
            el("polyline", points=_path(middle), class_=f"curve {kind}"),
            *(
                circle(*place, 3.5, f"dot {kind}", _tip(size, error.estimate, name))
                for place, (size, error) in zip(middle, points, strict=True)
            ),
        ]

    def meeting(self, worth: LabelWorth) -> list[Markup]:
        labels, error = worth.hand_labels.estimate, worth.unlabeled.errors[-1].estimate
        if not (0 < labels < math.inf):
            return []
        x, y, right = self.x(labels), self.y(error), self.x(worth.unlabeled.sizes[-1])
        return [line(x, y, right, y, "diagonal"), line(x, y, x, TOP + HIGH, "diagonal")]

    def _powers(self) -> list[int]:
        low, high = (math.exp(end) for end in self._sizes)
        marks = [mark * 10**power for power in range(1, 10) for mark in (1, 3)]
        return [mark for mark in marks if low * 0.99 <= mark <= high]


def _legend() -> list[Markup]:
    return [
        label(LEFT, 10, "rows that are wrong", "tick"),
        circle(LEFT + 124, 6, 3.5, "dot cool"),
        label(LEFT + 132, 10, "unlabeled rows", "tick"),
        circle(LEFT + 230, 6, 3.5, "dot warm"),
        label(LEFT + 238, 10, "hand labels", "tick"),
    ]


def _tip(size: int, error: float, name: str) -> Markup:
    return el("title", f"{size:,} {name}: {exact_percent(error)} wrong")


def _path(places: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _said(name: str, curve: LearningCurve) -> str:
    first, last = curve.errors[0], curve.errors[-1]
    return (
        f"{name} from {exact_percent(first.estimate)} wrong with {curve.sizes[0]:,} rows "
        f"to {exact_percent(last.estimate)} with {curve.sizes[-1]:,}"
    )
