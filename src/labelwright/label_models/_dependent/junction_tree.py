"""The junction tree of a dependency graph: cliques, and what neighbouring cliques share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from labelwright.core.dependency_graph import Pair, neighbors

Nodes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JunctionTree:
    """A forest of cliques, one tree a connected component of two nodes or more.

    What a graph says of a distribution is then exact in products::

        P(all)  =  prod over cliques  P(clique)  /  prod over separators  P(separator)

    Attributes
    ----------
    cliques : tuple of tuples of int
        The maximal cliques of the graph, after chords are added that leave no cycle of more than three nodes
        without one.
    separators : tuple of tuples of int
        What the two cliques of each edge of the tree share, never nothing; one may occur several times.
    """

    cliques: tuple[Nodes, ...]
    separators: tuple[Nodes, ...]


def junction_tree(pairs: Iterable[Pair], *, widest: int | None = None) -> JunctionTree | None:
    """Return the junction tree of a graph given by its pairs of nodes; None if a clique is too wide.

    Chords are added by elimination: always of the node whose neighbors lack the fewest chords (the minimum
    fill heuristic; the fewest chords overall are hard to find). The tree has the largest separators, which
    makes it a junction tree (F. Jensen and F. Jensen, "Optimal junction trees", 1994). Where the graph needs
    no chords cliques and separators do not depend on the order of the nodes; where it does, ties do.

    Parameters
    ----------
    pairs : iterable of (int, int)
        The edges.
    widest : int, optional
        Most nodes of a clique; at the first that has more the search ends.

    Notes
    -----
    Cost: O(c d²) a node eliminated, for components of c nodes with d neighbors.

    Examples
    --------
    >>> junction_tree([(0, 1), (1, 2), (0, 2), (2, 3)])
    JunctionTree(cliques=((0, 1, 2), (2, 3)), separators=((2,),))
    """
    found = []
    for nodes in _eliminated(neighbors(pairs)):
        if widest is not None and len(nodes) > widest:
            return None
        found.append(nodes)
    cliques = _maximal(found)
    return JunctionTree(tuple(cliques), tuple(_separators(cliques)))


def _eliminated(near: dict[int, set[int]]) -> Iterator[Nodes]:
    """Yield each node with the neighbors that it has when it is eliminated."""
    near = {node: set(others) for node, others in near.items()}
    missing = {node: _missing(near, node) for node in near}
    while near:
        node = min(near, key=lambda each: (missing[each], len(near[each]), each))
        others = near.pop(node)
        yield tuple(sorted({node, *others}))
        for one in others:
            near[one] = (near[one] | others) - {one, node}
        for one in others.union(*(near[each] for each in others)):
            missing[one] = _missing(near, one)


def _missing(near: dict[int, set[int]], node: int) -> int:
    return sum(two not in near[one] for one, two in combinations(near[node], 2))


def _maximal(found: list[Nodes]) -> list[Nodes]:
    """Return the sets that no larger one holds, sorted."""
    kept: list[set[int]] = []
    for nodes in sorted(map(set, found), key=len, reverse=True):
        if not any(nodes <= larger for larger in kept):
            kept.append(nodes)
    return sorted(tuple(sorted(nodes)) for nodes in kept)


def _separators(cliques: list[Nodes]) -> Iterator[Nodes]:
    """Yield what is shared along a spanning forest of the cliques that shares most."""
    shared = ((set(one) & set(two), a, b) for (a, one), (b, two) in combinations(enumerate(cliques), 2))
    tree = list(range(len(cliques)))
    for nodes, a, b in sorted((each for each in shared if each[0]), key=lambda each: -len(each[0])):
        if tree[a] != tree[b]:
            joined, kept = tree[b], tree[a]
            tree = [kept if number == joined else number for number in tree]
            yield tuple(sorted(nodes))
