"""Votes, counted: all that findings about votes need, from rows or from statistics of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.analysis._pairs import PairCounts, pair_counts
from labelwright.core import LabelMatrix, LabelSpace, VotePatterns, VoteStatistics
from labelwright.core.statistics import MAX_MOMENT_COLUMNS

BLOCK: Final = 1 << 12  # patterns at a time


@dataclass(frozen=True, slots=True, eq=False)
class VoteCounts:
    """The votes of m LFs on n rows, counted.

    Attributes
    ----------
    space : LabelSpace
        The classes.
    lf_names : tuple of str
        The LFs in column order.
    n, covered, several : int
        Rows; rows with a vote; rows with two or more.
    cast : (m, k) int64
        How often each LF votes each class.
    votes : (m,) int64
        How often each LF votes, sets of classes included.
    class_rows : (k,) int64
        Rows on which each class gets a vote.
    pairs : PairCounts
        How LFs meet and agree.
    """

    space: LabelSpace
    lf_names: tuple[str, ...]
    n: int
    covered: int
    several: int
    cast: IntArray
    votes: IntArray
    class_rows: IntArray
    pairs: PairCounts

    @classmethod
    def of(cls, L: LabelMatrix | VoteStatistics) -> VoteCounts:
        """Count a label matrix, or read it off vote statistics.

        Of statistics that hold a sample of the rows, the counts are estimates. Cost: O(n m² k / 64) of a
        label matrix, O(u m² k) of statistics with u patterns.

        Examples
        --------
        >>> L = LabelMatrix([[0, 0], [1, -1], [-1, -1]])
        >>> counts = VoteCounts.of(L)
        >>> counts.covered, counts.several, counts.cast.tolist(), counts.class_rows.tolist()
        (2, 1, [[1, 1], [1, 0]], [1, 1])
        """
        return _of_rows(L) if isinstance(L, LabelMatrix) else _of_statistics(L)

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.space)

    @property
    def m(self) -> int:
        """The number of LFs."""
        return len(self.lf_names)

    @property
    def coverage(self) -> float:
        """The share of rows with a vote."""
        return self.covered / max(self.n, 1)

    @property
    def shares(self) -> FloatArray:
        """(m, k) the share of all rows on which each LF votes each class."""
        shares: FloatArray = self.cast / max(self.n, 1)
        return shares

    def named(self, mask: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the names of the LFs in an (m,) mask."""
        return tuple(self.lf_names[int(j)] for j in np.flatnonzero(mask))


def _of_rows(matrix: LabelMatrix) -> VoteCounts:
    votes = matrix.votes
    hits = [votes == c for c in range(matrix.k)]
    number = (votes != ABSTAIN).sum(axis=1)
    return VoteCounts(
        space=matrix.space,
        lf_names=matrix.lf_names,
        n=matrix.n,
        covered=int((number > 0).sum()),
        several=int((number > 1).sum()),
        cast=np.stack([hit.sum(axis=0) for hit in hits], axis=1),
        votes=(votes != ABSTAIN).sum(axis=0),
        class_rows=np.array([int(hit.any(axis=1).sum()) for hit in hits]),
        pairs=pair_counts(matrix),
    )


def _of_statistics(stats: VoteStatistics) -> VoteCounts:
    found = _of_patterns(stats)
    codes = stats.k + (0 if stats.vote_sets is None else len(stats.vote_sets))
    if stats.exact or stats.m * codes > MAX_MOMENT_COLUMNS:
        return found
    moments = stats.pair_moments()  # exact, where patterns are a sample that may lack a rare LF
    cast = moments.votes_per_class
    pairs = PairCounts(overlaps=moments.overlaps, agreements=moments.agreements)
    return replace(found, cast=cast[:, : stats.k], votes=cast.sum(axis=1), pairs=pairs)


def _of_patterns(stats: VoteStatistics) -> VoteCounts:
    patterns, k = stats.patterns(), stats.k
    rows = np.zeros((2, 1))
    votes, cast, reached = np.zeros(stats.m), np.zeros((stats.m, k)), np.zeros(k)
    for start in range(0, len(patterns), BLOCK):
        block = patterns.votes[start : start + BLOCK]
        weight = patterns.counts[start : start + BLOCK] * stats.weight
        number = (block != ABSTAIN).sum(axis=1)
        rows[:, 0] += weight @ (number > 0), weight @ (number > 1)
        votes += weight @ (block != ABSTAIN)
        for c in range(k):
            hit = block == c
            cast[:, c] += weight @ hit
            reached[c] += weight @ hit.any(axis=1)
    covered, several = _whole(rows[:, 0]).tolist()
    return VoteCounts(
        stats.space,
        stats.lf_names,
        stats.n,
        covered,
        several,
        _whole(cast),
        _whole(votes),
        _whole(reached),
        _pairs(patterns, k, stats.weight),
    )


def _pairs(patterns: VotePatterns, k: int, weight: float) -> PairCounts:
    """Count pairs by a matrix product a class: O(u m² k), where pair moments would take O(u m² k²)."""
    m = patterns.votes.shape[1]
    overlaps, agreements = np.zeros((m, m)), np.zeros((m, m))
    for start in range(0, len(patterns), BLOCK):
        block = patterns.votes[start : start + BLOCK]
        counts = (patterns.counts[start : start + BLOCK] * weight)[:, None]
        for number in range(-1, k):
            hit = (block != ABSTAIN if number < 0 else block == number).astype(np.float64)
            target = overlaps if number < 0 else agreements
            target += hit.T @ (hit * counts)
    return PairCounts(overlaps=_whole(overlaps), agreements=_whole(agreements))


def _whole(values: FloatArray) -> npt.NDArray[np.int64]:
    return np.rint(values).astype(np.int64)
