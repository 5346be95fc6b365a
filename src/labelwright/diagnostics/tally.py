"""What was voted, counted: all that the checks of a fit need to know of the votes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import VotePatterns

BLOCK: Final = 1 << 18  # votes at a time


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """The votes of n rows, counted.

    Attributes
    ----------
    n, covered, several : int
        Rows; rows with a vote; rows with two or more.
    cast : (m, k) float64
        How often each LF votes each class.
    sets : (m,) float64
        How often each LF votes a set of classes.
    parts : (m,) int64
        The connected part of the overlap graph that each LF is in; -1 for an LF that never votes.
    """

    n: int
    covered: int
    several: int
    cast: FloatArray
    sets: FloatArray
    parts: IntArray

    @classmethod
    def of(cls, patterns: VotePatterns, k: int) -> Tally:
        """Count the votes of patterns over k classes; votes from k on are sets. Cost: O(u m)."""
        votes, counts = patterns.votes, patterns.counts
        codes = max(int(votes.max(initial=0)) + 1, k)
        number = np.zeros(len(votes), dtype=np.int64)
        cast = np.zeros((votes.shape[1], codes + 1))
        step = max(BLOCK // max(votes.shape[1], 1), 1)
        for start in range(0, len(votes), step):
            block = votes[start : start + step]
            number[start : start + step] = (block != ABSTAIN).sum(axis=1)
            cast += _cast(block, counts[start : start + step], codes)
        return cls(
            n=int(counts.sum()),
            covered=int(counts[number > 0].sum()),
            several=int(counts[number > 1].sum()),
            cast=cast[:, 1 : k + 1],
            sets=cast[:, k + 1 :].sum(axis=1),
            parts=_parts(patterns, number),
        )

    @property
    def votes(self) -> FloatArray:
        """(m,): how often each LF votes."""
        votes: FloatArray = self.cast.sum(axis=1) + self.sets
        return votes

    @property
    def voting(self) -> IntArray:
        """The LFs that vote at all."""
        return np.flatnonzero(self.votes > 0)

    @property
    def coverage(self) -> FloatArray:
        """(m,): the share of the rows on which each LF votes."""
        return self.votes / max(self.n, 1)


def thinned(patterns: VotePatterns, cost: IntArray, budget: int) -> VotePatterns:
    """Return patterns whose summed cost is at most about `budget`: all, or evenly spaced ones."""
    total = int(cost.sum())
    if total <= budget:
        return patterns
    kept = np.arange(0, len(patterns), -(-total // budget))
    return VotePatterns(patterns.votes[kept], patterns.counts[kept], patterns.inverse[:0])


def weighted_part(patterns: VotePatterns, most: int) -> VotePatterns:
    """Return about `most` patterns or fewer that stand for all, with counts that sum to about as many rows.

    Patterns of many rows are all there; of the others evenly spaced ones, each counting for those between.
    """
    if len(patterns) <= most:
        return patterns
    heavy = patterns.counts * most >= 2 * int(patterns.counts.sum())
    light = np.flatnonzero(~heavy)
    step = -(-2 * len(light) // most)
    kept = np.concatenate([np.flatnonzero(heavy), light[::step]])
    counts = np.where(heavy, patterns.counts, patterns.counts * step)[kept]
    return VotePatterns(patterns.votes[kept], counts, patterns.inverse[:0])


def _cast(votes: VoteArray, counts: IntArray, codes: int) -> FloatArray:
    """Return (m, 1 + codes) how often each LF abstains and casts each vote."""
    m = votes.shape[1]
    places = votes.astype(np.int64) + 1 + (codes + 1) * np.arange(m)
    weights = np.repeat(counts.astype(np.float64), m)
    cast: FloatArray = np.bincount(places.ravel(), weights=weights, minlength=m * (codes + 1)).astype(
        np.float64
    )
    return cast.reshape(m, codes + 1)


def _parts(patterns: VotePatterns, number: IntArray) -> IntArray:
    """Return (m,) the part of the graph, whose edges are rows with both votes, that each LF is in.

    Most often all LFs hang together, which a part of the patterns shows.
    """
    voting = (patterns.votes != ABSTAIN).any(axis=0)
    found = _connected(thinned(patterns, number, BLOCK).votes)
    if len(np.unique(found[voting])) > 1:
        found = _connected(patterns.votes)
    return np.where(voting, found, ABSTAIN)


def _connected(votes: VoteArray) -> IntArray:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    u, m = votes.shape
    rows, lfs = np.nonzero(votes != ABSTAIN)
    edges = csr_array((np.ones(len(rows), dtype=np.int8), (rows, u + lfs)), shape=(u + m, u + m))
    parts: IntArray = connected_components(edges, directed=False)[1][u:].astype(np.int64)
    return parts
