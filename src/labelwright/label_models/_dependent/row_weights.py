"""How much each vote of a row counts, where labeling functions that depend on it vote beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core import Dependency, DependencyGraph

SURE = 1.0  # strength of a dependency that was stated and not measured


@dataclass(frozen=True, slots=True, eq=False)
class RowWeights:
    """What dependencies make of the votes of a row: copies weigh as one, exceptions silence the rule.

    ::

        weight of LF j  =  1 / (1 + sum of r[i, j] over the LFs i with the same vote),
                          0 where an exception to LF j votes otherwise

    r is the strength of a similar pair, and along a chain of them the product (of the strongest chain): g LFs
    with errors that correlate by r tell as much as g / (1 + (g - 1) r) that are independent.

    Attributes
    ----------
    lfs : (c,) int64
        The LFs whose votes may count less than 1.
    likeness : (c, c) float64
        r; 0 on the diagonal.
    rules : (e, 2) int64
        Positions in `lfs` of a broad LF and of its exception ("fixing").
    stated : (e,) bool
        Whether people said so.
    """

    lfs: IntArray
    likeness: FloatArray
    rules: IntArray
    stated: BoolArray

    @classmethod
    def of(cls, graph: DependencyGraph, *, lfs: Iterable[int] | None = None) -> RowWeights:
        """Read what a graph says of its LFs, or of some of them.

        Examples
        --------
        >>> graph = DependencyGraph.from_edges([("a", "b"), ("b", "c"), ("d", "e", "fixing")])
        >>> weights = RowWeights.of(graph)
        >>> weights.of_votes(np.array([[0, 0, 1, 0, 1], [0, 0, 0, 0, -1]], dtype=np.int8)).round(2).tolist()
        [[0.5, 0.5, 1.0, 0.0, 1.0], [0.33, 0.33, 0.33, 1.0, 1.0]]
        """
        some = range(graph.m) if lfs is None else set(lfs)
        edges = [edge for edge in graph if edge.first in some and edge.second in some and _matters(edge)]
        used = np.array(sorted({lf for edge in edges for lf in edge.pair}), dtype=np.int64)
        place = {int(lf): at for at, lf in enumerate(used)}
        fixing = [edge for edge in edges if edge.kind == "fixing"]
        rules = np.array([(place[e.first], place[e.second]) for e in fixing], dtype=np.int64)
        return cls(
            used,
            _likeness(edges, place),
            rules.reshape(-1, 2),
            np.array([edge.origin == "stated" for edge in fixing], dtype=bool),
        )

    def __bool__(self) -> bool:
        return len(self.lfs) > 0

    @property
    def shared(self) -> IntArray:
        """The LFs that are similar to another."""
        return self.lfs[self.likeness.any(axis=1)]

    @property
    def alike(self) -> FloatArray:
        """(c,): the weight of each LF where all that are similar vote alike."""
        weights: FloatArray = 1.0 / (1.0 + self.likeness.sum(axis=1))
        return weights

    def only_shared(self) -> RowWeights:
        """Return the same without exceptions."""
        return replace(self, rules=self.rules[:0], stated=self.stated[:0])

    def without(self, contradicted: BoolArray) -> RowWeights:
        """Return the same without the exceptions that the other LFs contradict, (m, k), unless stated."""
        refuted = np.asarray(contradicted[self.lfs].any(axis=1))
        kept = self.stated | ~refuted[self.rules[:, 1]]
        return replace(self, rules=self.rules[kept], stated=self.stated[kept])

    def of_votes(self, votes: VoteArray) -> FloatArray:
        """Return (n, c) weights for rows of (n, m) votes, 1 where an LF abstains. Cost: O(n c²)."""
        some = votes[:, self.lfs]
        weights = np.ones(some.shape)
        if self.likeness.any():
            for vote in np.unique(some[some != ABSTAIN]):
                hits = (some == vote).astype(np.float64)
                weights += hits * (hits @ self.likeness)
            weights = 1.0 / weights
        for broad, narrow in self.rules:
            weights[_overruled(some[:, broad], some[:, narrow]), broad] = 0.0
        return weights

    def adjustment(
        self, votes: VoteArray, added: Callable[[int, VoteArray], FloatArray]
    ) -> FloatArray | float:
        """Return (n, q): what is too much in the sum over each row's votes, as a number to add.

        `added` gives what votes (r,) of an LF add to the sum, (r, q), in full.
        """
        weights = self.of_votes(votes)
        total: FloatArray | float = 0.0
        for at, lf in enumerate(self.lfs.tolist()):
            rows = np.flatnonzero((weights[:, at] < 1.0) & (votes[:, lf] != ABSTAIN))
            if len(rows):
                less = (weights[rows, at] - 1.0)[:, None] * added(lf, votes[rows, lf])
                total = np.zeros((len(votes), less.shape[1])) if isinstance(total, float) else total
                total[rows] += less
        return total


def _matters(edge: Dependency) -> bool:
    """Whether an edge changes weights: of LFs that err against each other both count in full."""
    return edge.kind == "fixing" or (edge.kind == "similar" and _strength(edge) > 0)


def _strength(edge: Dependency) -> float:
    return SURE if edge.strength is None else edge.strength


def _likeness(edges: list[Dependency], place: dict[int, int]) -> FloatArray:
    """Return (c, c) the strengths of similar LFs, multiplied along the strongest chains."""
    likeness = np.zeros((len(place), len(place)))
    for edge in edges:
        if edge.kind == "similar":
            i, j = place[edge.first], place[edge.second]
            likeness[i, j] = likeness[j, i] = _strength(edge)
    for via in range(len(place)):  # R. Floyd, "Algorithm 97" (1962), for products in place of sums
        likeness = np.maximum(likeness, np.outer(likeness[via], likeness[via]))
    np.fill_diagonal(likeness, 0.0)
    return likeness


def _overruled(broad: VoteArray, narrow: VoteArray) -> BoolArray:
    both: BoolArray = (broad != ABSTAIN) & (narrow != ABSTAIN) & (broad != narrow)
    return both
