"""A dependency graph as a picture: every group of labeling functions on a ring of its own."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labelwright.core.dependency import Dependency
    from labelwright.core.dependency_graph import DependencyGraph

WIDTH = 760.0
LABEL, LETTER = 18, 6.6  # letters that a label shows, and the width of one in pixels
COLORS = {"similar": "#2a6fdb", "reinforcing": "#1b8a5a", "fixing": "#c77700", "exclusive": "#c0392b"}
Point = tuple[float, float]


def as_picture(graph: DependencyGraph) -> str:
    """Return an SVG of the LFs that have dependencies; "" without any.

    A line is as thick as the dependency is strong, dashed where fewer than 9 in 10 bootstraps found it.
    """
    if not graph:
        return ""
    points, height = _placed(graph)
    lines = "".join(_line(graph, edge, points) for edge in graph)
    nodes = "".join(_node(graph.names[j], at, center) for j, (at, center) in points.items())
    title = f"Dependencies of {len(points)} labeling functions"
    return (
        f'<svg viewBox="0 0 {WIDTH:g} {height + 24:.0f}" width="{WIDTH:g}" role="img" aria-label="{title}" '
        f'style="max-width:100%;font:12px sans-serif"><title>{title}</title>{lines}{nodes}'
        f"{_legend(graph, height)}</svg>"
    )


def _placed(graph: DependencyGraph) -> tuple[dict[int, tuple[Point, Point]], float]:
    """Return every node's place and the center of its ring, and the height; rings fill lines like words."""
    points: dict[int, tuple[Point, Point]] = {}
    x = top = line = 0.0
    for group in graph.components():
        radius = max(26.0, len(group) * 28.0 / (2 * math.pi))
        letters = max(len(_shown(graph.names[j])) for j in group)
        width, height = 2 * (radius + letters * LETTER + 24), 44 + (2 * radius if len(group) > 2 else 0)
        if x and x + width > WIDTH:
            x, top, line = 0.0, top + line, 0.0
        center = (x + width / 2, top + height / 2)
        for place, j in enumerate(group):
            angle = 2 * math.pi * place / len(group) + (math.pi if len(group) == 2 else -math.pi / 2)
            points[j] = (
                (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle)),
                center,
            )
        x, line = x + width, max(line, height)
    return points, top + line


def _line(graph: DependencyGraph, edge: Dependency, points: dict[int, tuple[Point, Point]]) -> str:
    (x1, y1), (x2, y2) = points[edge.first][0], points[edge.second][0]
    width = 1.0 + 4.0 * abs(1.0 if edge.strength is None else edge.strength)
    doubtful = edge.support is not None and edge.support < 0.9
    dashes = ' stroke-dasharray="6 4"' if doubtful else ""
    said = f"{graph.names[edge.first]} and {graph.names[edge.second]}: {edge.kind}"
    measured = "" if edge.strength is None else f", strength {edge.strength:+.2f}"
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{COLORS[edge.kind]}" '
        f'stroke-width="{width:.1f}" stroke-opacity="0.7"{dashes}>'
        f"<title>{escape(said + measured)}</title></line>"
    )


def _node(name: str, at: Point, center: Point) -> str:
    x, y = at
    side = x - center[0]
    anchor = "middle" if abs(side) < 6 else "end" if side < 0 else "start"
    shift = 0 if abs(side) < 6 else -10 if side < 0 else 10
    lift = 4 if shift else (-11 if y < center[1] else 19)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="currentColor"><title>{escape(name)}</title></circle>'
        f'<text x="{x + shift:.1f}" y="{y + lift:.1f}" text-anchor="{anchor}" fill="currentColor">'
        f"{escape(_shown(name))}</text>"
    )


def _shown(name: str) -> str:
    return name if len(name) <= LABEL else name[: LABEL - 1] + "…"


def _legend(graph: DependencyGraph, height: float) -> str:
    kinds = [kind for kind in COLORS if any(edge.kind == kind for edge in graph)]
    return "".join(
        f'<text x="{12 + 110 * place}" y="{height + 16:.0f}" fill="{COLORS[kind]}">— {kind}</text>'
        for place, kind in enumerate(kinds)
    )
