"""Votes counted: by LF and class, by row, and by pair of LFs; each of it counted here and nowhere else.

Votes may be the rows of a label matrix, or distinct rows with counts of how often each occurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core.votes.pair_moments import pair_moments
from labelwright.core.votes.patterns import thinned_rows
from labelwright.core.votes.vote_sets import allowed_classes, conflicting_sets

BLOCK: Final = 1 << 18  # votes at a time
FIRST_LOOK: Final = 1 << 14  # votes that most often show that all LFs hang together
PAIR_ROWS: Final = 1 << 12  # patterns at a time, where every class makes a matrix of them
MIN_SHARE: Final = 0.02  # of an LF's votes, or a fifth of an equal share: a class that gets fewer is a slip


@dataclass(frozen=True, slots=True, eq=False)
class VoteCounts:
    """The votes of m LFs on n rows, counted.

    Attributes
    ----------
    n, covered, several : int
        Rows; rows with a vote; rows with two or more.
    by_class : (m, k) int64
        How often each LF votes each class.
    votes : (m,) int64
        How often each LF votes, sets of classes included.
    """

    n: int
    covered: int
    several: int
    by_class: IntArray
    votes: IntArray

    @classmethod
    def of_votes(
        cls, votes: VoteArray, k: int, *, counts: IntArray | None = None, weight: float = 1.0
    ) -> VoteCounts:
        """Count (u, m) votes for k classes; votes from k on are for sets of them.

        Parameters
        ----------
        votes : (u, m) int8 or int16
        k : int
        counts : (u,) int64, optional
            How often each row occurs; once each without.
        weight : float
            Rows that a row stands for; numbers are rounded.

        Notes
        -----
        Cost: O(u m).

        Examples
        --------
        >>> counts = VoteCounts.of_votes(np.array([[0, 0], [1, -1], [-1, -1]]), k=2)
        >>> counts.n, counts.covered, counts.several, counts.by_class.tolist(), counts.votes.tolist()
        (3, 2, 1, [[1, 1], [1, 0]], [2, 1])
        """
        u, m = votes.shape
        codes = max(int(votes.max(initial=0)) + 1, k)
        rows = np.zeros(3)
        cast = np.zeros((m, codes + 1))
        step = max(BLOCK // max(m, 1), 1)
        for start in range(0, u, step):
            block = votes[start : start + step]
            times = None if counts is None else counts[start : start + step].astype(np.float64)
            number = (block != ABSTAIN).sum(axis=1)
            marks = (np.ones(len(block)), number > 0, number > 1)
            rows += [float(mark.sum()) if times is None else float(times @ mark) for mark in marks]
            cast += _by_vote(block, times, codes)
        n, covered, several = _whole(rows * weight).tolist()
        by_vote = _whole(cast * weight)
        return VoteCounts(
            n, covered, several, by_vote[:, 1 : k + 1], _whole(cast[:, 1:].sum(axis=1) * weight)
        )

    @property
    def sets(self) -> IntArray:
        """(m,): how often each LF votes a set of classes."""
        sets: IntArray = self.votes - self.by_class.sum(axis=1)
        return sets

    @property
    def voting(self) -> IntArray:
        """The LFs that vote at all."""
        return np.flatnonzero(self.votes > 0)

    @property
    def lf_coverage(self) -> FloatArray:
        """(m,): the share of the rows on which each LF votes."""
        return self.votes / max(self.n, 1)

    @property
    def shares(self) -> FloatArray:
        """(m, k): the share of the rows on which each LF votes each class."""
        shares: FloatArray = self.by_class / max(self.n, 1)
        return shares

    @property
    def classes_meant(self) -> IntArray:
        """(m,): the number of classes that each LF votes not only by a slip, in more than 2% of its votes.

        With more than ten classes, in more than a fifth of an equal share.

        Examples
        --------
        >>> by_class, votes = np.array([[99, 1], [50, 50]]), np.array([100, 100])
        >>> VoteCounts(200, 200, 0, by_class, votes).classes_meant.tolist()
        [1, 2]
        """
        least = min(MIN_SHARE, 0.2 / self.by_class.shape[1])
        often = (self.by_class > least * self.by_class.sum(axis=1, keepdims=True)) & (self.by_class > 0)
        meant: IntArray = often.sum(axis=1)
        return meant


def _by_vote(votes: VoteArray, counts: FloatArray | None, codes: int) -> FloatArray:
    """Return (m, 1 + codes) how often each LF abstains and casts each vote."""
    m = votes.shape[1]
    places = votes.astype(np.int64) + 1 + (codes + 1) * np.arange(m)
    weights = None if counts is None else np.repeat(counts, m)
    by_vote = np.bincount(places.ravel(), weights=weights, minlength=m * (codes + 1))
    return by_vote.reshape(m, codes + 1).astype(np.float64)


def _whole(values: FloatArray) -> npt.NDArray[np.int64]:
    return np.rint(values).astype(np.int64)


# --- rows


def polarities(votes: VoteArray, vote_sets: BoolArray | None = None) -> list[list[int]]:
    """List the classes that each LF votes for at least once, alone or in a set, ascending."""
    codes = [np.unique(column[column != ABSTAIN]) for column in votes.T]
    if vote_sets is None:
        return [cast.tolist() for cast in codes]
    allowed = allowed_classes(vote_sets, k=vote_sets.shape[1])
    return [np.flatnonzero(allowed[cast].any(axis=0)).tolist() for cast in codes]


def overlapping(voted: BoolArray) -> BoolArray:
    """Return (n, m) bool: the LF votes, and at least one other votes on the same row."""
    beside: BoolArray = voted & (voted.sum(axis=1) > 1)[:, None]
    return beside


def conflicting(votes: VoteArray, vote_sets: BoolArray | None = None) -> BoolArray:
    """Return (n, m) bool: the LF votes, and at least one other votes against it on the same row.

    Votes are against each other where they are for different classes, or for sets without a common class.
    """
    if vote_sets is not None:
        return conflicting_sets(votes, allowed_classes(vote_sets, k=vote_sets.shape[1]))
    voted = votes != ABSTAIN
    highest = votes.max(axis=1, initial=ABSTAIN)
    lowest = np.where(voted, votes, np.iinfo(votes.dtype).max).min(axis=1, initial=np.iinfo(votes.dtype).max)
    # Where a row's votes are not all equal, every voting LF there disagrees with some other one.
    against: BoolArray = voted & (highest > lowest)[:, None]
    return against


def class_meetings(
    votes: VoteArray, k: int, *, counts: IntArray | None = None, weight: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return (k, k) rows on which two classes both get votes, and (k,) rows on which a class meets others.

    The diagonal has the rows on which each class gets a vote. Cost: O(u (m + k²)).

    Examples
    --------
    >>> meetings, contested = class_meetings(np.array([[0, 1], [0, -1]], dtype=np.int8), k=2)
    >>> meetings.tolist(), contested.tolist()
    ([[2.0, 1.0], [1.0, 1.0]], [1.0, 1.0])
    """
    meetings, contested = np.zeros((k, k)), np.zeros(k)
    step = max(4 * BLOCK // max(votes.shape[1] + k, 1), 1)
    for start in range(0, len(votes), step):
        block = votes[start : start + step]
        times = np.ones(len(block)) if counts is None else counts[start : start + step].astype(np.float64)
        rows, lfs = np.nonzero((block >= 0) & (block < k))
        there = np.zeros((len(block), k))
        there[rows, block[rows, lfs]] = 1.0
        meetings += there.T @ (there * (weight * times)[:, None])
        contested += (weight * times * (there.sum(axis=1) > 1)) @ there
    return meetings, contested


def overlap_parts(votes: VoteArray) -> IntArray:
    """Return (m,) the part of the graph, whose edges are rows with both votes, that each LF is in.

    -1 for an LF that never votes. Most often all LFs hang together, which a part of the rows shows.

    Examples
    --------
    >>> overlap_parts(np.array([[0, 1, -1, -1], [-1, -1, 0, -1]])).tolist()
    [0, 0, 1, -1]
    """
    voted = votes != ABSTAIN
    voting = voted.any(axis=0)
    found = _connected(votes[thinned_rows(voted.sum(axis=1), FIRST_LOOK)])
    if len(np.unique(found[voting])) > 1:
        found = _connected(votes)
    return np.where(voting, found, ABSTAIN)


def _connected(votes: VoteArray) -> IntArray:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    u, m = votes.shape
    rows, lfs = np.nonzero(votes != ABSTAIN)
    edges = csr_array((np.ones(len(rows), dtype=np.int8), (rows, u + lfs)), shape=(u + m, u + m))
    parts: IntArray = connected_components(edges, directed=False)[1][u:].astype(np.int64)
    return parts


# --- pairs


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairCounts:
    """How often each pair of LFs meets on a row, and how often it agrees there.

    Attributes
    ----------
    overlaps : (m, m) int64
        Rows on which both vote; on the diagonal, on which the LF votes.
    agreements : (m, m) int64
        Rows on which both vote the same: one class, or one set of classes.
    """

    overlaps: npt.NDArray[np.int64]
    agreements: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        return f"PairCounts: how often {len(self.overlaps)} LFs meet and agree"

    @classmethod
    def of_rows(cls, votes: VoteArray) -> PairCounts:
        """Count (n, m) votes on bit planes, O(n m² k / 64), memory O(m²)."""
        planes = (_meetings(votes == code) for code in range(int(votes.max(initial=0)) + 1))
        agreements = sum(planes, start=np.zeros((votes.shape[1],) * 2, dtype=np.int64))
        return cls(overlaps=_meetings(votes != ABSTAIN), agreements=agreements)

    @classmethod
    def of_patterns(
        cls, votes: VoteArray, counts: IntArray, codes: int, *, weight: float = 1.0
    ) -> PairCounts:
        """Count distinct rows by a matrix product a vote, O(u m² k); pair moments would take O(u m² k²)."""
        overlaps, agreements = count_pairs(votes, counts * weight, codes)
        return cls(overlaps=_whole(overlaps), agreements=_whole(agreements))

    @property
    def agreement(self) -> FloatArray:
        """(m, m) the share of the rows where both vote on which they agree; NaN where they never meet."""
        none = np.full(self.overlaps.shape, np.nan)
        share: FloatArray = np.divide(self.agreements, self.overlaps, out=none, where=self.overlaps > 0)
        return share

    @property
    def similarity(self) -> FloatArray:
        """(m, m) rows with the same vote over rows with any vote of the two: 1 for copies."""
        votes = np.diagonal(self.overlaps)
        either = votes[:, None] + votes[None, :] - self.overlaps
        share: FloatArray = np.divide(self.agreements, either, out=np.zeros(either.shape), where=either > 0)
        return share


def count_pairs(
    votes: VoteArray, weights: npt.NDArray[Any], codes: int, *, dtype: type[np.floating[Any]] = np.float64
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return (m, m) sums of (u,) row weights where both LFs vote below `codes`, and where they vote the same.

    In float32 sums of whole numbers are exact below 2**24.

    Examples
    --------
    >>> both, same = count_pairs(np.array([[0, 0], [0, 1]]), np.array([2, 3]), 2)
    >>> both.tolist(), same.tolist()
    ([[5.0, 5.0], [5.0, 5.0]], [[5.0, 2.0], [2.0, 5.0]])
    """
    m = votes.shape[1]
    overlaps, agreements = np.zeros((m, m), dtype=dtype), np.zeros((m, m), dtype=dtype)
    for start in range(0, len(votes), PAIR_ROWS):
        block = votes[start : start + PAIR_ROWS]
        times = weights[start : start + PAIR_ROWS, None].astype(dtype)
        voted = ((block >= 0) & (block < codes)).astype(dtype)
        overlaps += voted.T @ (voted * times)
        for code in range(codes):
            cast = (block == code).astype(dtype)
            agreements += cast.T @ (cast * times)
    return overlaps, agreements


def _meetings(voted: BoolArray) -> npt.NDArray[np.int64]:
    """(m, m) on how many rows both columns are true."""
    return pair_moments(voted.astype(np.int8) - np.int8(1), k=1).overlaps
