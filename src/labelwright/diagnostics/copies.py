"""Groups of LFs that vote nearly alike on nearly the same rows."""

from __future__ import annotations

from typing import Final

from labelwright._types import ABSTAIN, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes import near_duplicates as core
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.patterns import thinned

MAX_PAIRS: Final = 1 << 21
"""Pairs of votes looked at: some 0.05 s. Beyond, evenly spaced patterns stand for all."""

NEAR_DUPLICATES: Final = core.Likeness(0.95, of_both=0.98, rows=50)
"""Stricter than the default label model, which bets where a report asserts: LFs written apart rarely agree on
98 % of the rows where both vote, and on fewer than 50 rows two may be alike by chance."""


def near_duplicates(patterns: VotePatterns) -> IntArray:
    """Return (m,) the group of each LF: the lowest LF of those that it is a near duplicate of, or itself.

    Examples
    --------
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]], dtype=np.int8)
    >>> near_duplicates(VotePatterns(votes, np.array([50, 50]), np.zeros(0, dtype=np.int64))).tolist()
    [0, 0, 2]
    """
    part = thinned(patterns, (patterns.votes != ABSTAIN).sum(axis=1) ** 2, MAX_PAIRS)
    k = int(part.votes.max(initial=0)) + 1
    pairs = core.near_duplicates(indicators(part.votes, k), part.counts, k=k, likeness=NEAR_DUPLICATES)
    return core.duplicate_groups(pairs, m=part.votes.shape[1])
