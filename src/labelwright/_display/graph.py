"""A dependency graph for people: in 80 columns, and as a picture with a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labelwright._display.notebook import Grid, Heading, Picture, notebook
from labelwright._display.page import render
from labelwright._display.text_table import WIDTH, columns_of_rows, text_table
from labelwright._text import percent

if TYPE_CHECKING:
    from markupsafe import Markup

LONGEST_NAME: Final = 22
MAX_LINES: Final = 40
HEADS: Final = ("LFs", "kind", "strength", "support", "from")

WIDE: Final = 760.0
LABEL, LETTER = 18, 6.6  # letters that a label shows, and the width of one in pixels
COLORS: Final = {
    "similar": "#2a6fdb",
    "reinforcing": "#1b8a5a",
    "fixing": "#c77700",
    "exclusive": "#c0392b",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One dependency; a strength of None was stated, not measured."""

    first: str
    second: str
    kind: str
    strength: float | None
    support: float | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What there is to draw: how many LFs there are, the edges, and the groups that they make, by name."""

    m: int
    edges: Sequence[Edge]
    groups: Sequence[Sequence[str]]

    def strongest_first(self) -> list[Edge]:
        """Return the dependencies by falling strength, those that were stated first."""
        return sorted(self.edges, key=lambda edge: -2.0 if edge.strength is None else -abs(edge.strength))


def headline(graph: Graph) -> str:
    """Return how many dependencies there are, in a line."""
    edges, groups = len(graph.edges), len(graph.groups)
    found = f"{edges} dependenc{'y' if edges == 1 else 'ies'} among {graph.m} LFs"
    return f"DependencyGraph: {found}" + (f", in {groups} group{'s' * (groups > 1)}" if groups else "")


def as_text(graph: Graph) -> str:
    """Return the headline and one line a dependency, the strongest first where there are many."""
    edges = graph.strongest_first()[:MAX_LINES] if len(graph.edges) > MAX_LINES else graph.edges
    if not edges:
        return headline(graph)
    rows = [_cells(edge, LONGEST_NAME) for edge in edges]
    columns = columns_of_rows([""] * len(HEADS), rows, texts=range(len(HEADS)))
    told = [column for column in columns if any(column.cells)]
    lines = [f"  {line}" for line in text_table(told, WIDTH - 2, heads=False).splitlines()]
    left = len(graph.edges) - len(edges)
    return "\n".join([headline(graph), *lines, *([f"  ... and {left} more"] if left else [])])


def as_html(graph: Graph) -> str:
    """Return the headline, a picture and a table."""
    if not graph.edges:
        return notebook(Heading(headline(graph)))
    rows = [_cells(edge, None) for edge in graph.strongest_first()]
    table = Grid(columns_of_rows(HEADS, rows, texts=range(len(HEADS))))
    return notebook(Heading(headline(graph)), Picture(as_picture(graph)), table)


def as_picture(graph: Graph) -> Markup:
    """Return an SVG of the LFs that have dependencies, every group on a ring of its own.

    A line is as thick as the dependency is strong, dashed where fewer than 9 in 10 bootstraps found it.
    """
    points, height = _placed(graph.groups)
    kinds = [kind for kind in COLORS if any(edge.kind == kind for edge in graph.edges)]
    return render(
        "graph",
        width=WIDE,
        height=height,
        title=f"Dependencies of {len(points)} labeling functions",
        lines=[_line(edge, points) for edge in graph.edges],
        nodes=[_node(name, at, center) for name, (at, center) in points.items()],
        kinds=[(12 + 110 * place, kind, COLORS[kind]) for place, kind in enumerate(kinds)],
    )


def _cells(edge: Edge, longest: int | None) -> tuple[str, ...]:
    arrow = {"reinforcing": "->", "fixing": "->"}.get(edge.kind, "-")
    return (
        f"{_clipped(edge.first, longest)} {arrow} {_clipped(edge.second, longest)}",
        edge.kind,
        "" if edge.strength is None else f"{edge.strength:+.2f}",
        "" if edge.support is None else f"in {percent(edge.support)}",
        edge.origin,
    )


def _clipped(name: str, longest: int | None) -> str:
    """Return a name, cut in its middle where it is too long."""
    if longest is None or len(name) <= longest:
        return name
    half = (longest - 3) // 2
    return f"{name[: longest - 3 - half]}...{name[-half:]}"


Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    start: Point
    end: Point
    color: str
    width: float
    dashed: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    name: str
    shown: str
    at: Point
    label: Point
    anchor: str


def _placed(groups: Sequence[Sequence[str]]) -> tuple[dict[str, tuple[Point, Point]], float]:
    """Return every node's place and the center of its ring, and the height; rings fill lines like words."""
    points: dict[str, tuple[Point, Point]] = {}
    x = top = line = 0.0
    for group in groups:
        radius = max(26.0, len(group) * 28.0 / (2 * math.pi))
        letters = max(len(_shown(name)) for name in group)
        width, height = 2 * (radius + letters * LETTER + 24), 44 + (2 * radius if len(group) > 2 else 0)
        if x and x + width > WIDE:
            x, top, line = 0.0, top + line, 0.0
        center = (x + width / 2, top + height / 2)
        for place, name in enumerate(group):
            angle = 2 * math.pi * place / len(group) + (math.pi if len(group) == 2 else -math.pi / 2)
            at = (center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle))
            points[name] = (at, center)
        x, line = x + width, max(line, height)
    return points, top + line


def _line(edge: Edge, points: dict[str, tuple[Point, Point]]) -> _Line:
    measured = "" if edge.strength is None else f", strength {edge.strength:+.2f}"
    return _Line(
        start=points[edge.first][0],
        end=points[edge.second][0],
        color=COLORS[edge.kind],
        width=1.0 + 4.0 * abs(1.0 if edge.strength is None else edge.strength),
        dashed=edge.support is not None and edge.support < 0.9,
        said=f"{edge.first} and {edge.second}: {edge.kind}{measured}",
    )


def _node(name: str, at: Point, center: Point) -> _Node:
    side = at[0] - center[0]
    anchor = "middle" if abs(side) < 6 else "end" if side < 0 else "start"
    shift = 0 if abs(side) < 6 else -10 if side < 0 else 10
    lift = 4 if shift else (-11 if at[1] < center[1] else 19)
    return _Node(name=name, shown=_shown(name), at=at, label=(at[0] + shift, at[1] + lift), anchor=anchor)


def _shown(name: str) -> str:
    return name if len(name) <= LABEL else name[: LABEL - 1] + "…"
