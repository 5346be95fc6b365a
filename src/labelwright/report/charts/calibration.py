"""Whether probabilities mean what they say."""

from __future__ import annotations

import polars as pl

from labelwright._display.markup import Markup, el
from labelwright.report.charts.svg import circle, label, line, rect, svg
from labelwright.report.words import percent

LEFT, TOP, SIDE, COUNTS = 40, 24, 250, 44
WIDTH, HEIGHT = LEFT + SIDE + 14, TOP + SIDE + COUNTS + 44


def calibration_plot(curve: pl.DataFrame, *, name: str) -> Markup:
    """Return how often each band of confidence is right, with its interval, above the number of rows."""
    most = max([*curve["rows"].to_list(), 1])
    bands = [_band(row, most) for row in curve.iter_rows(named=True)]
    return svg(WIDTH, HEIGHT, f"Calibration of the {name}: {_said(curve)}", _frame(), bands)


def _said(curve: pl.DataFrame) -> str:
    return "; ".join(
        f"says {percent(row['confidence'])}, right {percent(row['accuracy'])} of {row['rows']} rows"
        for row in curve.iter_rows(named=True)
    )


def _frame() -> list[Markup]:
    foot = TOP + SIDE
    ticks = [
        [
            line(LEFT, _y(at), LEFT + SIDE, _y(at), "grid"),
            label(LEFT - 6, _y(at) + 4, f"{at:.0%}", "tick", "end"),
            label(_x(at), foot + COUNTS + 18, f"{at:.0%}", "tick", "middle"),
        ]
        for at in (0, 0.5, 1)
    ]
    return [
        *(shape for tick in ticks for shape in tick),
        line(LEFT, foot, LEFT + SIDE, TOP, "diagonal"),
        line(LEFT, foot + COUNTS + 4, LEFT + SIDE, foot + COUNTS + 4, "axis"),
        label(LEFT, 10, "how often it is right", "tick"),
        label(LEFT + SIDE / 2, foot + COUNTS + 36, "how sure the model is", "tick", "middle"),
        label(LEFT - 6, foot + COUNTS, "rows", "tick", "end"),
    ]


def _band(row: dict[str, float], most: int) -> list[Markup]:
    x, foot = _x(row["confidence"]), TOP + SIDE + COUNTS + 4
    height = max((COUNTS - 18) * row["rows"] / most, 1)
    left, right = _x(row["from"]) + 2, _x(row["to"]) - 2
    said = el(
        "title",
        f"says {percent(row['confidence'])}, right {percent(row['accuracy'])} on {row['rows']:,} rows",
    )
    return [
        line(x, _y(row["low"]), x, _y(row["high"]), "whisker thin"),
        circle(x, _y(row["accuracy"]), 4.5, "dot", said),
        rect(left, foot - height, right - left, height, "bar soft"),
        label((left + right) / 2, foot - height - 3, f"{row['rows']:,}", "count", "middle"),
    ]


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return TOP + SIDE * (1 - share)
