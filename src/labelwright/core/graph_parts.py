"""Parts of an undirected graph given by its pairs of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Pair = tuple[int, int]


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
