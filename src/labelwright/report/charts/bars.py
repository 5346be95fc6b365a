"""Counts as upright bars."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright._display.markup import Markup, el
from labelwright.report.charts.svg import label, line, rect, svg

WIDTH, TOP, PLOT, FOOT = 360, 18, 130, 40


def column_chart(
    names: Sequence[str], counts: Sequence[int], *, title: str, axis: str, dim: int | None = None
) -> Markup:
    """Return one bar a count with the number above it; the bar at place ``dim`` is greyed."""
    step = WIDTH / max(len(names), 1)
    tallest = max([*counts, 1])
    shapes = [
        _column(i * step, step, name, number, PLOT * number / tallest, dim=i == dim)
        for i, (name, number) in enumerate(zip(names, counts, strict=True))
    ]
    base = TOP + PLOT
    foot = [line(0, base, WIDTH, base, "axis"), label(WIDTH / 2, base + 34, axis, "tick", "middle")]
    return svg(WIDTH, base + FOOT, title, shapes, foot)


def _column(x: float, step: float, name: str, number: int, height: float, *, dim: bool) -> list[Markup]:
    middle, y = x + step / 2, TOP + PLOT - height
    width = min(step * 0.72, 44)
    said = el("title", f"{name}: {number:,}")
    return [
        rect(middle - width / 2, y, width, height, "bar dim" if dim else "bar", said),
        label(middle, y - 5, _short_count(number) if number else "", "count", "middle"),
        label(middle, TOP + PLOT + 15, name, "tick", "middle"),
    ]


def _short_count(number: int) -> str:
    """Write a count in at most four characters, so that neighbours do not touch."""
    if number < 10_000:
        return str(number)
    return f"{number / 1_000:.0f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"
