"""Groups of LFs that vote nearly alike on nearly the same rows."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelwright._types import ABSTAIN, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.indicators import indicators
from labelwright.diagnostics.tally import thinned

MAX_PAIRS: Final = 1 << 21
"""Pairs of votes looked at: some 0.05 s. Beyond, evenly spaced patterns stand for all."""

ALIKE: Final = 0.95
"""Equal votes over the rows on which either votes, as in the default label model."""

AGREEING: Final = 0.98
"""Equal votes over the rows on which both vote: LFs written apart rarely agree so often."""

MIN_BOTH: Final = 50
"""On fewer equal votes than this, two LFs may be alike by chance."""


def near_duplicates(patterns: VotePatterns) -> IntArray:
    """Return (m,) the group of each LF: the lowest LF of those that it is a near duplicate of, or itself.

    Examples
    --------
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]], dtype=np.int8)
    >>> near_duplicates(VotePatterns(votes, np.array([50, 50]), np.zeros(0, dtype=np.int64))).tolist()
    [0, 0, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    m = patterns.votes.shape[1]
    pairs = _alike(thinned(patterns, (patterns.votes != ABSTAIN).sum(axis=1) ** 2, MAX_PAIRS))
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(m, m))
    _, groups = connected_components(graph, directed=False)
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    lowest: IntArray = first[place].astype(np.int64)
    return lowest


def _alike(patterns: VotePatterns) -> IntArray:
    """Return (pairs, 2) LFs that are near duplicates of each other."""
    from scipy.sparse import csr_array

    votes, weight = patterns.votes, patterns.counts[:, None].astype(np.float64)
    k = int(votes.max(initial=0)) + 1
    cast = indicators(votes, k)
    together = (cast.T @ csr_array(cast.multiply(weight))).tocoo()
    same = together.row % k == together.col % k
    i, j = together.row // k, together.col // k
    m = votes.shape[1]
    equal = csr_array((together.data[same], (i[same], j[same])), shape=(m, m))
    both = csr_array((together.data, (i, j)), shape=(m, m))
    voted = both.diagonal()
    found = equal.tocoo()
    i, j, number = found.row, found.col, found.data
    met = np.asarray(both[i, j]).ravel()
    alike = (i < j) & (number >= MIN_BOTH) & (number >= AGREEING * met)
    alike &= number >= ALIKE * (voted[i] + voted[j] - met)
    return np.stack([i[alike], j[alike]], axis=1).astype(np.int64)
