"""The votes cast, one by one, for models in which a wrong vote tells the other classes apart from nothing.

Where P(vote | y) takes one value if the vote is right and another if it is wrong, whatever the true class
then is, a table of (m*k, k) log-likelihoods is a waste: two numbers a vote do. Everything here costs
O(votes cast + patterns * k), so hundreds of classes and thousands of LFs are no burden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core.votes.vote_shares import vote_shares


@dataclass(frozen=True, slots=True, eq=False)
class CastVotes:
    """The t votes cast in u patterns of m LFs over k classes.

    Attributes
    ----------
    rows, lfs, lf_class, row_class : (t,) int64
        The pattern and the LF of each vote; ``lf * k + vote``; ``row * k + vote``.
    counts : (u,) float64
        How often each pattern occurs.
    m, k : int
        The number of LFs and of classes.
    """

    rows: IntArray
    lfs: IntArray
    lf_class: IntArray
    row_class: IntArray
    counts: FloatArray
    m: int
    k: int

    @classmethod
    def of(cls, votes: VoteArray, k: int, *, counts: IntArray | FloatArray | None = None) -> CastVotes:
        """Lay out (u, m) votes; without counts each pattern counts once.

        Examples
        --------
        >>> cast_votes = CastVotes.of(np.array([[1, -1], [0, 1]]), k=2)
        >>> cast_votes.lfs.tolist(), cast_votes.lf_class.tolist(), cast_votes.row_class.tolist()
        ([0, 0, 1], [1, 0, 3], [1, 2, 3])
        """
        rows, lfs = np.nonzero(votes != ABSTAIN)
        cast = votes[rows, lfs].astype(np.int64)
        weights = np.ones(len(votes)) if counts is None else counts.astype(np.float64)
        return cls(rows, lfs, lfs * k + cast, rows * k + cast, weights, votes.shape[1], k)

    @property
    def size(self) -> FloatArray:
        """(m,): how often each LF votes."""
        return self.by_lf(np.ones(len(self.rows)))

    def by_lf(self, values: FloatArray) -> FloatArray:
        """Return (m,) sums of (t,) values over the rows on which each LF votes."""
        return _sums(self.lfs, values * self.counts[self.rows], self.m)

    def by_lf_class(self, values: FloatArray) -> FloatArray:
        """Return (m, k) sums of (t,) values over the rows on which each LF votes each class."""
        sums = _sums(self.lf_class, values * self.counts[self.rows], self.m * self.k)
        return sums.reshape(self.m, self.k)

    def right(self, P: FloatArray) -> FloatArray:
        """Return (t,) probabilities that the votes are right, of (u, k) posteriors."""
        shares: FloatArray = P.ravel()[self.row_class]
        return shares

    def shares(self) -> FloatArray:
        """Return (u, k) shares of the votes: the posterior of majority vote, where EM starts."""
        return vote_shares(self._by_row_class(np.ones(len(self.row_class))))

    @property
    def covered(self) -> BoolArray:
        """(u,): whether anybody votes."""
        covered: BoolArray = np.bincount(self.rows, minlength=len(self.counts)) > 0
        return covered

    def joint_log(self, log_balance: FloatArray, right: FloatArray, wrong: FloatArray) -> FloatArray:
        """Return (u, k) log P(y, votes).

        Parameters
        ----------
        log_balance : (k,) float64
            log P(y).
        right, wrong : (t,) float64
            log P(vote | y) where y is the class voted for, and where it is any other one; finite.
        """
        all_wrong = _sums(self.rows, wrong, len(self.counts))
        joint: FloatArray = log_balance + self._by_row_class(right - wrong) + all_wrong[:, None]
        return joint

    def _by_row_class(self, values: FloatArray) -> FloatArray:
        u = len(self.counts)
        return _sums(self.row_class, values, u * self.k).reshape(u, self.k)


def _sums(places: IntArray, values: FloatArray, size: int) -> FloatArray:
    return np.bincount(places, weights=values, minlength=size).astype(np.float64, copy=False)
