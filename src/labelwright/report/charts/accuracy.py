"""Accuracies side by side, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright._display.markup import Markup
from labelwright.analysis import Interval
from labelwright.report.charts.svg import label, line, rect, svg
from labelwright.report.words import exact_percent

WIDTH, ROW, BAR = 360, 46, 14


def accuracy_bars(names: Sequence[str], intervals: Sequence[Interval]) -> Markup:
    """Return one bar a model; the whisker spans the 95 % interval, the last bar stands out."""
    said = "; ".join(
        f"{name} {exact_percent(one.estimate)}" for name, one in zip(names, intervals, strict=True)
    )
    bars = [
        _bar(i * ROW, name, one, strong=i == len(names) - 1)
        for i, (name, one) in enumerate(zip(names, intervals, strict=True))
    ]
    height = len(names) * ROW
    return svg(WIDTH, height + 18, f"Accuracy on the test rows: {said}", bars, _axis(height))


def _bar(top: float, name: str, interval: Interval, *, strong: bool) -> list[Markup]:
    y, middle = top + 18, top + 18 + BAR / 2
    low, high = WIDTH * interval.low, min(WIDTH * interval.high, WIDTH - 1)
    return [
        label(0, top + 12, name, "name strong" if strong else "name"),
        label(WIDTH, top + 12, exact_percent(interval.estimate), "value", "end"),
        rect(0, y, WIDTH, BAR, "track"),
        rect(0, y, WIDTH * interval.estimate, BAR, "bar" if strong else "bar soft"),
        line(low, middle, high, middle, "whisker"),
        line(low, middle - 4, low, middle + 4, "whisker"),
        line(high, middle - 4, high, middle + 4, "whisker"),
    ]


def _axis(y: float) -> list[Markup]:
    places = ((0, "start"), (0.5, "middle"), (1, "end"))
    return [label(WIDTH * at, y + 10, f"{at:.0%}", "tick", anchor) for at, anchor in places]
