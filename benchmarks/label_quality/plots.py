"""Small inline SVG plots: differences to the baseline, and reliability curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from label_quality.models import BASELINE
from label_quality.results import Result
from label_quality.scoring import Difference, Quality

PALETTE = [
    "#0b6e8f",
    "#c2571a",
    "#3f7d20",
    "#8a3ffc",
    "#b3123f",
    "#7a6a00",
    "#00796b",
    "#5b5bd6",
    "#99511f",
    "#667788",
    "#c43d8f",
    "#2f6f4f",
    "#9a6a9f",
    "#1f4fa3",
    "#a08000",
    "#556b2f",
]
LABELS, PLOT, LINE, TOP = 190, 260, 18, 8  # of the dot plot: width of names and of plot, height of a row
MIN_GAIN, MAX_GAIN = -0.2, 0.35  # differences beyond are drawn at the edge, hollow
SIDE, MARGIN = 190, 30  # of a reliability plot
MIN_BIN_ROWS = 5  # rows a bin of a reliability curve needs to be drawn


def colours(models: Sequence[str]) -> dict[str, str]:
    """Return a colour a model."""
    return {model: PALETTE[i % len(PALETTE)] for i, model in enumerate(models)}


def dot_plot(result: Result, colour: Mapping[str, str]) -> str:
    """Draw each model's difference to the baseline with its interval; the best on top."""
    found = [(name, q.difference) for name, q in result.qualities.items() if q.difference]
    gaps = sorted(found, key=lambda item: -item[1].estimate)
    left = max(min([gap.low for _, gap in gaps] + [-0.01]), MIN_GAIN)
    right = min(max([gap.high for _, gap in gaps] + [0.01]), MAX_GAIN)

    def x(value: float) -> float:
        return LABELS + PLOT * (min(max(value, left), right) - left) / (right - left)

    height = TOP + LINE * len(gaps) + 22
    rows = [_dot(name, gap, TOP + LINE * (i + 0.5), x, colour[name]) for i, (name, gap) in enumerate(gaps)]
    zero = f'<line class="zero" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{height - 20}"/>'
    ends = "".join(
        f'<text class="tick" x="{x(value):.1f}" y="{height - 6}" text-anchor="middle">'
        f"{f'{100 * value:+.0f}' if value else '0'}</text>"
        for value in (left, 0.0, right)
        if value == 0 or abs(value) > 0.12 * (right - left)
    )
    return _svg(
        LABELS + PLOT + 24, height, zero + "".join(rows) + ends, f"{result.name}: difference to {BASELINE}"
    )


def _dot(name: str, gap: Difference, y: float, x: Callable[[float], float], colour: str) -> str:
    shown = colour if MIN_GAIN <= gap.estimate <= MAX_GAIN else "var(--soft)"
    told = f"{name}: {100 * gap.estimate:+.1f} points, {100 * gap.low:+.1f} to {100 * gap.high:+.1f}"
    return (
        f'<g fill="{colour}" stroke="{colour}"><title>{escape(told)}</title>'
        f'<text class="name" x="{LABELS - 8}" y="{y + 4:.1f}" text-anchor="end" stroke="none">'
        f"{escape(name)}</text>"
        f'<line x1="{x(gap.low):.1f}" x2="{x(gap.high):.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke-width="2"/>'
        f'<circle cx="{x(gap.estimate):.1f}" cy="{y:.1f}" r="4" fill="{shown}"/></g>'
    )


def reliability_plot(result: Result, colour: Mapping[str, str]) -> str:
    """Draw accuracy over confidence on covered rows; on the diagonal a model is calibrated."""
    size = SIDE + 2 * MARGIN

    def at(confidence: float, accuracy: float) -> str:
        return f"{MARGIN + SIDE * confidence:.1f},{MARGIN + SIDE * (1 - accuracy):.1f}"

    frame = f'<rect class="frame" x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}"/>'
    diagonal = f'<polyline class="zero" points="{at(0, 0)} {at(1, 1)}"/>'
    curves = "".join(_curve(name, quality, at, colour[name]) for name, quality in result.qualities.items())
    words = (
        f'<text class="tick" x="{MARGIN + SIDE / 2}" y="{size - 8}" text-anchor="middle">confidence</text>'
        f'<text class="tick" x="12" y="{MARGIN + SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {MARGIN + SIDE / 2})">accuracy</text>'
    )
    return _svg(size, size, frame + diagonal + curves + words, f"{result.name}: reliability")


def _curve(name: str, quality: Quality, at: Callable[[float, float], str], colour: str) -> str:
    drawn = [at(confidence, right) for confidence, right, rows in quality.curve if rows >= MIN_BIN_ROWS]
    dots = "".join('<circle cx="{}" cy="{}" r="2.2"/>'.format(*point.split(",")) for point in drawn)
    told = f"{name}: calibration error {100 * quality.calibration_error:.1f} points"
    return (
        f'<g stroke="{colour}" fill="{colour}"><title>{escape(told)}</title>'
        f'<polyline class="curve{" base" if name == BASELINE else ""}" points="{" ".join(drawn)}"/>{dots}</g>'
    )


def _svg(width: float, height: float, inside: str, label: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{inside}</svg>'
    )
