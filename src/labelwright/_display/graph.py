"""A dependency graph for people: in 80 columns, as a table, as a picture."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from labelwright._display.graph_picture import as_picture

if TYPE_CHECKING:
    from labelwright.core.dependency import Dependency
    from labelwright.core.dependency_graph import DependencyGraph

WIDTH = 80
LONGEST_NAME = 22
MAX_LINES = 40
COLUMNS = ("LFs", "kind", "strength", "support", "from")


def headline(graph: DependencyGraph) -> str:
    """Return how many dependencies there are, in a line."""
    edges, groups = len(graph), len(graph.components())
    found = f"{edges} dependenc{'y' if edges == 1 else 'ies'} among {graph.m} LFs"
    return f"DependencyGraph: {found}" + (f", in {groups} group{'s' * (groups > 1)}" if groups else "")


def as_text(graph: DependencyGraph) -> str:
    """Return the headline and one line a dependency, the strongest first where there are many."""
    edges = strongest_first(graph)[:MAX_LINES] if len(graph) > MAX_LINES else list(graph)
    cells = [_cells(graph, edge, LONGEST_NAME) for edge in edges]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  " + "   ".join(text.ljust(width) for text, width in zip(row, widths, strict=True) if width)
        for row in cells
    ]
    more = [f"  ... and {len(graph) - len(edges)} more"] if len(graph) > len(edges) else []
    return "\n".join([headline(graph), *(line.rstrip()[:WIDTH] for line in lines), *more])


def as_html(graph: DependencyGraph) -> str:
    """Return the headline, a picture and a table."""
    head = "".join(f"<th>{title}</th>" for title in COLUMNS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(graph, edge, None)) + "</tr>"
        for edge in strongest_first(graph)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if graph else ""
    return f"<p>{escape(headline(graph))}</p>{as_picture(graph)}{table}"


def strongest_first(graph: DependencyGraph) -> list[Dependency]:
    """Return the dependencies by falling strength, those that were stated first."""
    return sorted(graph, key=lambda edge: -2.0 if edge.strength is None else -abs(edge.strength))


def _cells(graph: DependencyGraph, edge: Dependency, longest: int | None) -> tuple[str, ...]:
    first, second = (clip(graph.names[j], longest) for j in (edge.first, edge.second))
    arrow = {"reinforcing": "->", "fixing": "->"}.get(edge.kind, "-")
    return (
        f"{first} {arrow} {second}",
        edge.kind,
        "" if edge.strength is None else f"{edge.strength:+.2f}",
        "" if edge.support is None else f"in {edge.support:.0%}",
        edge.origin,
    )


def clip(name: str, longest: int | None) -> str:
    """Return a name, cut in its middle where it is too long."""
    if longest is None or len(name) <= longest:
        return name
    half = (longest - 3) // 2
    return f"{name[: longest - 3 - half]}...{name[-half:]}"
