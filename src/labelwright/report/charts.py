"""Charts as SVG: the few shapes that they are made of, and counts as upright bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from markupsafe import Markup

from labelwright._display.page import render

WIDTH: Final = 360
TOP, PLOT, FOOT = 18, 130, 40


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; its title is what people read who point at it."""

    tag: ClassVar = "rect"
    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    tag: ClassVar = "line"
    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc."""

    tag: ClassVar = "circle"
    x: float
    y: float
    radius: float
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points, or the area that it goes around."""

    tag: ClassVar = "path"
    points: Sequence[tuple[float, float]]
    kind: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text."""

    tag: ClassVar = "text"
    x: float
    y: float
    text: str
    kind: str = "tick"
    anchor: str = "start"


Shape: TypeAlias = Rect | Line | Circle | Path | Label


def svg(width: float, height: float, title: str, shapes: Sequence[Shape], *, fixed: bool = False) -> Markup:
    """Return a chart, read out as its title; it scales with its column, or keeps its size where fixed."""
    return render(
        "chart",
        package="labelwright.report",
        width=width,
        height=height,
        title=title,
        shapes=shapes,
        fixed=fixed,
    )


def column_chart(
    names: Sequence[str], counts: Sequence[int], *, title: str, axis: str, dim: int | None = None
) -> Markup:
    """Return one bar a count with the number above it; the bar at place ``dim`` is greyed."""
    step = WIDTH / max(len(names), 1)
    tallest = max([*counts, 1])
    base = TOP + PLOT
    shapes = [
        shape
        for i, (name, number) in enumerate(zip(names, counts, strict=True))
        for shape in _column(i * step, step, name, number, PLOT * number / tallest, dim=i == dim)
    ]
    foot = (Line(0, base, WIDTH, base, "axis"), Label(WIDTH / 2, base + 34, axis, "tick", "middle"))
    return svg(WIDTH, base + FOOT, title, [*shapes, *foot])


def _column(x: float, step: float, name: str, number: int, height: float, *, dim: bool) -> list[Shape]:
    middle, y = x + step / 2, TOP + PLOT - height
    width = min(step * 0.72, 44)
    return [
        Rect(middle - width / 2, y, width, height, "bar dim" if dim else "bar", f"{name}: {number:,}"),
        Label(middle, y - 5, _short_count(number) if number else "", "count", "middle"),
        Label(middle, TOP + PLOT + 15, name, "tick", "middle"),
    ]


def _short_count(number: int) -> str:
    """Write a count in at most four characters, so that neighbours do not touch."""
    if number < 10_000:
        return str(number)
    return f"{number / 1_000:.0f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"
