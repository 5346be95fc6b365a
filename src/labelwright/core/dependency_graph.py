"""Which labeling functions depend on each other beyond the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from labelwright._errors import DependencyError
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright._validate import duplicates, shorten
from labelwright.core.dependency import Dependency, named, position, read_edge

if TYPE_CHECKING:
    import polars as pl

    from labelwright._display.graph import Graph

Lf: TypeAlias = "str | int"
Pair: TypeAlias = tuple[int, int]
MAX_GROUP = 64


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """Which labeling functions depend on each other given the class, and how.

    An edge says that two LFs share more than the class: knowing the class, what one votes still tells what
    the other votes. Edges are direct: three LFs that copy a fourth have an edge to it each, and none among
    themselves. The graph is a value: what "changes" it returns a new one. `learn_dependencies` learns one
    from votes; people write theirs with `from_edges` and `from_groups` and correct learned ones with
    `with_edge`, `without_edge` and `merge`.

    Parameters
    ----------
    names : tuple of str
        All LFs, in column order.
    edges : tuple of Dependency
        At most one a pair of LFs; kept by ascending pair.

    Raises
    ------
    DependencyError
        An edge that names an LF which is not there, an LF twice, or a pair twice.

    Examples
    --------
    >>> lfs = ["url", "link", "www", "short"]
    >>> graph = DependencyGraph.from_edges([("url", "link"), ("url", "www")], names=lfs)
    >>> graph.pairs(), graph.components()
    ([(0, 1), (0, 2)], ((0, 1, 2),))
    >>> print(graph)
    DependencyGraph: 2 dependencies among 4 LFs, in 1 group
      url - link   similar   stated
      url - www    similar   stated
    """

    names: tuple[str, ...]
    edges: tuple[Dependency, ...] = ()

    def __post_init__(self) -> None:
        names = tuple(self.names)
        if twice := duplicates(names):
            raise DependencyError(f"LF names occur twice: {shorten(twice)}; give each LF its own name")
        edges = tuple(sorted((read_edge(edge, names) for edge in self.edges), key=lambda edge: edge.pair))
        for edge, following in pairwise(edges):
            if edge.pair == following.pair:
                i, j = edge.pair
                raise DependencyError(
                    f"LFs {names[i]!r} and {names[j]!r} have two dependencies; state one, or merge graphs"
                )
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "edges", edges)

    # --- stated by people

    @classmethod
    def from_edges(cls, edges: Iterable[Any], *, names: Iterable[str] | None = None) -> DependencyGraph:
        """Make a graph of ``(lf, lf)``, ``(lf, lf, kind)`` or `Dependency` edges.

        Parameters
        ----------
        edges : iterable
            LFs by name, or by position where `names` are given.
        names : iterable of str, optional
            All LFs. Without them the graph has the LFs that edges name; `over` places it among others.

        Raises
        ------
        DependencyError
            An unknown LF or kind, an LF that depends on itself, or a pair twice.
        """
        listed = list(edges)
        known = named(listed) if names is None else tuple(names)
        return cls(known, tuple(read_edge(edge, known) for edge in listed))

    @classmethod
    def from_groups(
        cls, groups: Iterable[Iterable[Lf]], *, names: Iterable[str] | None = None, kind: str = "similar"
    ) -> DependencyGraph:
        """Make a graph in which all LFs of a group depend on one another; groups may overlap.

        Raises
        ------
        DependencyError
            As `from_edges`; also a group of fewer than two LFs or more than 64.

        Examples
        --------
        >>> DependencyGraph.from_groups([["a", "b", "c"], ["c", "d"]]).cliques()
        ((0, 1, 2), (2, 3))
        """
        listed = [_group(group) for group in groups]
        known = named(listed) if names is None else tuple(names)
        edges: dict[tuple[int, int], Dependency] = {}
        for group in listed:
            for pair in combinations(group, 2):
                edge = read_edge((*pair, kind), known)
                edges[edge.pair] = edge
        return cls(known, tuple(edges.values()))

    # --- what it tells

    @property
    def m(self) -> int:
        """The number of LFs."""
        return len(self.names)

    def pairs(self) -> list[tuple[int, int]]:
        """Return the positions (i, j), i < j, of LFs that depend on each other directly, ascending."""
        return [edge.pair for edge in self.edges]

    def named_pairs(self) -> list[tuple[str, str]]:
        """Return the same by name."""
        return [(self.names[i], self.names[j]) for i, j in self.pairs()]

    def edge(self, one: Lf, other: Lf) -> Dependency | None:
        """Return the dependency of two LFs, None where they have none."""
        pair = self._pair(one, other)
        return next((edge for edge in self.edges if edge.pair == pair), None)

    def neighbors(self, lf: Lf) -> tuple[int, ...]:
        """Return the positions of the LFs that depend on this one directly."""
        return tuple(sorted(neighbors(self.pairs()).get(position(lf, self.names), ())))

    def components(self) -> tuple[tuple[int, ...], ...]:
        """Return the connected groups of two LFs or more, as ascending positions."""
        return components(self.pairs())

    def groups(self) -> tuple[IntArray, ...]:
        """Return all connected groups as index arrays, an LF that depends on none being one of its own."""
        joined = self.components()
        alone = set(range(self.m)).difference(*joined)
        return tuple(np.array(group, dtype=np.int64) for group in sorted([*joined, *((j,) for j in alone)]))

    def cliques(self) -> tuple[tuple[int, ...], ...]:
        """Return the largest sets of two LFs or more that all depend on one another directly."""
        return cliques(self.pairs())

    def adjacency(self) -> BoolArray:
        """Return (m, m) bool: which LFs depend on each other directly; symmetric, False on the diagonal."""
        matrix = np.zeros((self.m, self.m), dtype=bool)
        for i, j in self.pairs():
            matrix[i, j] = matrix[j, i] = True
        return matrix

    def strengths(self, *, stated: float = 1.0) -> FloatArray:
        """Return (m, m) float64: strengths, 0 without a dependency, `stated` where none was measured."""
        matrix = np.zeros((self.m, self.m))
        for edge in self.edges:
            i, j = edge.pair
            matrix[i, j] = matrix[j, i] = stated if edge.strength is None else edge.strength
        return matrix

    def to_polars(self) -> pl.DataFrame:
        """Return one row a dependency, with its ``first`` and ``second`` LF by name and its attributes.

        Examples
        --------
        >>> DependencyGraph.from_edges([("a", "b")]).to_polars().row(0)
        ('a', 'b', 'similar', None, None, 'stated')
        """
        import polars as pl

        texts, numbers = ("first", "second", "kind"), ("strength", "support")
        schema = {
            **dict.fromkeys(texts, pl.String),
            **dict.fromkeys(numbers, pl.Float64),
            "origin": pl.String,
        }
        rows = [
            (self.names[e.first], self.names[e.second], e.kind, e.strength, e.support, e.origin)
            for e in self.edges
        ]
        return pl.DataFrame(rows, schema=schema, orient="row")

    # --- variants

    def with_edge(self, one: Lf, other: Lf, kind: str = "similar") -> DependencyGraph:
        """Return the graph with this dependency, in place of what the two LFs had.

        Examples
        --------
        >>> DependencyGraph(("a", "b", "c")).with_edge("c", "a").pairs()
        [(0, 2)]
        """
        stated = read_edge((one, other, kind), self.names)
        others = (edge for edge in self.edges if edge.pair != stated.pair)
        return replace(self, edges=(*others, stated))

    def without_edge(self, one: Lf, other: Lf) -> DependencyGraph:
        """Return the graph without the dependency of two LFs.

        Raises
        ------
        DependencyError
            They have none.
        """
        gone = self.edge(one, other)
        if gone is None:
            i, j = self._pair(one, other)
            near = [self.names[k] for k in self.neighbors(i)]
            hint = f"{self.names[i]!r} depends on {shorten(near) or 'none'}"
            raise DependencyError(
                f"LFs {self.names[i]!r} and {self.names[j]!r} have no dependency to remove; {hint}"
            )
        return replace(self, edges=tuple(edge for edge in self.edges if edge is not gone))

    def merge(self, other: DependencyGraph) -> DependencyGraph:
        """Return the dependencies of both over the LFs of this graph; where both have one, the other's."""
        theirs = other.over(self.names)
        changed = set(theirs.pairs())
        kept = (edge for edge in self.edges if edge.pair not in changed)
        return replace(self, edges=(*kept, *theirs.edges))

    def over(self, names: Sequence[str]) -> DependencyGraph:
        """Return the same dependencies among these LFs, matched by name.

        Raises
        ------
        DependencyError
            An LF with a dependency is not among them.
        """
        known = tuple(names)
        if known == self.names:
            return self
        used = {j: position(self.names[j], known) for j in sorted({j for pair in self.pairs() for j in pair})}
        return DependencyGraph(
            known, tuple(replace(e, first=used[e.first], second=used[e.second]) for e in self.edges)
        )

    def above(self, *, strength: float = 0.0, support: float = 0.0) -> DependencyGraph:
        """Return only dependencies of at least this absolute strength and support; unmeasured ones stay."""
        kept = (
            e
            for e in self.edges
            if (e.strength is None or abs(e.strength) >= strength)
            and (e.support is None or e.support >= support)
        )
        return replace(self, edges=tuple(kept))

    # --- Python

    def __len__(self) -> int:
        return len(self.edges)

    def __bool__(self) -> bool:
        return bool(self.edges)

    def __iter__(self) -> Iterator[Dependency]:
        return iter(self.edges)

    def __contains__(self, pair: object) -> bool:
        return isinstance(pair, tuple) and len(pair) == 2 and self.edge(*pair) is not None

    def __str__(self) -> str:
        from labelwright._display.graph import as_text

        return as_text(self._drawn())

    def __repr__(self) -> str:
        from labelwright._display.graph import headline

        return headline(self._drawn())

    def _repr_html_(self) -> str:
        from labelwright._display.graph import as_html

        return as_html(self._drawn())

    def _drawn(self) -> Graph:
        """Return it as plain names and numbers, as it is shown."""
        from labelwright._display.graph import Edge, Graph

        names = self.names
        edges = [
            Edge(
                first=names[edge.first],
                second=names[edge.second],
                kind=edge.kind,
                strength=edge.strength,
                support=edge.support,
                origin=edge.origin,
            )
            for edge in self.edges
        ]
        groups = [[names[j] for j in group] for group in self.components()]
        return Graph(m=self.m, edges=edges, groups=groups)

    def _pair(self, one: Lf, other: Lf) -> tuple[int, int]:
        return read_edge((one, other), self.names).pair


def _group(group: Iterable[Lf]) -> tuple[Lf, ...]:
    if isinstance(group, str) or not isinstance(group, Iterable):
        raise DependencyError(f"{group!r} is no group; a group is a list of LFs")
    lfs = tuple(dict.fromkeys(group))
    if not 2 <= len(lfs) <= MAX_GROUP:
        raise DependencyError(
            f"a group of {len(lfs)} LFs ({shorten(lfs)}); expected 2 to {MAX_GROUP}: "
            "where many copy one LF, state their edges to that LF with from_edges"
        )
    return lfs


# --- parts of an undirected graph given by its pairs of nodes


def neighbors(pairs: Iterable[Pair]) -> dict[int, set[int]]:
    """Return the neighbors of every node that has any.

    Examples
    --------
    >>> neighbors([(0, 2), (1, 2)])[2]
    {0, 1}
    """
    found: dict[int, set[int]] = {}
    for i, j in pairs:
        found.setdefault(i, set()).add(j)
        found.setdefault(j, set()).add(i)
    return found


def components(pairs: Iterable[Pair]) -> tuple[tuple[int, ...], ...]:
    """Return the connected components of the nodes that have neighbors, by their first node.

    Examples
    --------
    >>> components([(4, 5), (0, 2), (2, 3)])
    ((0, 2, 3), (4, 5))
    """
    near, left, found = neighbors(pairs), set[int](), []
    left |= set(near)
    while left:
        reached, border = set[int](), {min(left)}
        while border:
            reached |= border
            border = set().union(*(near[node] for node in border)) - reached
        left -= reached
        found.append(tuple(sorted(reached)))
    return tuple(found)


def cliques(pairs: Iterable[Pair]) -> tuple[tuple[int, ...], ...]:
    """Return the maximal cliques of at least two nodes, sorted.

    Source: C. Bron and J. Kerbosch, "Algorithm 457" (1973), with E. Tomita's choice of the pivot (2006): time
    O(3^(n/3)) at worst, and in proportion to their number on the sparse graphs of LFs.

    Examples
    --------
    >>> cliques([(0, 1), (0, 2), (1, 2), (2, 3)])
    ((0, 1, 2), (2, 3))
    """
    near = neighbors(pairs)
    return tuple(sorted(_extended((), set(near), set(), near)))


def _extended(
    clique: tuple[int, ...], more: set[int], done: set[int], near: dict[int, set[int]]
) -> Iterator[tuple[int, ...]]:
    """Yield the maximal cliques that hold this one, further nodes of `more` and none of `done`."""
    if not more and not done:
        if clique:
            yield tuple(sorted(clique))
        return
    pivot = max(more | done, key=lambda node: (len(near[node] & more), -node))
    for node in sorted(more - near[pivot]):
        yield from _extended((*clique, node), more & near[node], done & near[node], near)
        more = more - {node}
        done = done | {node}
