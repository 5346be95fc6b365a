"""Votes laid out: a sparse matrix with a one for every vote cast, and a table of the votes that occur.

Patterns (u, m) become a sparse indicator matrix (u, m*k) with a one where LF j votes v, in column
``j*k + v``. A posterior is then one product with the log-likelihoods of the votes, an expected count one
product with the posteriors; both cost O(votes cast * k).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MIN_SHARE_SHOWN = 0.05  # of the patterns; an LF that votes on fewer costs less where abstaining is implied
BLOCK_ROWS = 1 << 12  # patterns at a time, where the votes cast take many bytes each


def indicators(votes: VoteArray, k: int) -> csr_array:
    """Return the (u, m*k) float64 matrix of the votes cast; abstaining leaves no entry.

    Examples
    --------
    >>> indicators(np.array([[1, -1], [0, 1]]), k=2).toarray().tolist()
    [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]
    """
    rows, lfs, classes = votes_cast(votes)
    return _ones(rows, lfs * k + classes, shape=(len(votes), votes.shape[1] * k))


def _ones(rows: IntArray, columns: IntArray, *, shape: tuple[int, int]) -> csr_array:
    """Return the sparse float64 matrix with a one at each of these places, which are in row order."""
    from scipy.sparse import csr_array

    starts = np.concatenate([[0], np.bincount(rows, minlength=shape[0]).cumsum()])
    return csr_array((np.ones(len(columns)), columns, starts), shape=shape)


def outcomes(votes: VoteArray, k: int, *, abstain: bool) -> csr_array:
    """Return the (u, m*v) indicators of what each LF did, abstaining being outcome k or no outcome.

    Examples
    --------
    >>> outcomes(np.array([[1, -1]]), k=2, abstain=True).toarray().tolist()
    [[0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]
    """
    return indicators(np.where(votes == ABSTAIN, k, votes), k + 1) if abstain else indicators(votes, k)


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What every LF did in every pattern, laid out so that LFs that seldom vote cost what they vote.

    Outcome l of LF j is row ``j*v + l`` of a table over outcomes. Where abstaining is an outcome, an LF that
    votes on few patterns has no entry for each that it does not vote on: what it does there is what is left.

    Attributes
    ----------
    shown : (u, m*v) sparse float64
        1 for each outcome that is written down.
    implied : (r,) int64
        The LFs whose abstaining is not.
    v : int
        Outcomes of an LF; where r > 0, abstaining is the last.

    Examples
    --------
    >>> votes = np.array([[1, -1], [0, -1]])
    >>> done = Outcomes.of(votes, k=2, abstain=True)
    >>> done.implied.tolist(), done.shown.nnz
    ([1], 2)
    >>> done.totals(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [[0.5, 0.5], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.5, 0.5]]
    """

    shown: csr_array
    implied: IntArray
    v: int

    @classmethod
    def of(cls, votes: VoteArray, k: int, *, abstain: bool) -> Outcomes:
        """Lay out (u, m) votes for k classes; with `abstain`, abstaining is outcome k."""
        u, m = votes.shape
        if not abstain:
            return cls(indicators(votes, k), np.zeros(0, dtype=np.int64), k)
        cast = votes != ABSTAIN
        implied = cast.sum(axis=0) < MIN_SHARE_SHOWN * u
        at = np.flatnonzero(cast | ~implied)
        rows, did = at // m, votes.reshape(-1)[at].astype(np.int64)
        columns = (at - rows * m) * (k + 1) + np.where(did == ABSTAIN, k, did)
        return cls(_ones(rows, columns, shape=(u, m * (k + 1))), np.flatnonzero(implied), k + 1)

    def sums(self, logs: FloatArray) -> FloatArray:
        """Return (u, p): (m*v, p) values of the outcomes, summed over what the LFs did; -inf stays -inf."""
        if not len(self.implied):
            left: FloatArray = self.shown @ logs
            return left
        by_lf = logs.reshape(-1, self.v, logs.shape[1])
        abstaining = by_lf[self.implied, -1]
        never = np.isneginf(abstaining)
        usual = np.where(never, 0.0, abstaining)
        instead = by_lf.copy()
        instead[self.implied, :-1] -= usual[:, None]
        summed: FloatArray = self.shown @ instead.reshape(logs.shape) + usual.sum(axis=0)
        if never.any():  # a row on which an LF abstains that never does under a class
            one_of = np.zeros(by_lf.shape)
            one_of[self.implied, :-1] = never[:, None]
            summed[self.shown @ one_of.reshape(logs.shape) < never.sum(axis=0)] = -np.inf
        return summed

    def totals(self, weights: FloatArray) -> FloatArray:
        """Return (m*v, p): (u, p) weights of the patterns, summed by what the LFs did."""
        totals: FloatArray = self.shown.T @ weights
        if len(self.implied):
            by_lf, of_all = totals.reshape(-1, self.v, weights.shape[1]), weights.sum(axis=0)
            left = of_all - by_lf[self.implied, :-1].sum(axis=1)
            by_lf[self.implied, -1] = np.maximum(left, np.finfo(np.float64).eps * of_all)
        return totals


def votes_cast(votes: VoteArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the row, the LF and the class of every vote cast, in row order."""
    flat = votes.reshape(-1)
    at = np.flatnonzero(flat != ABSTAIN)
    rows = at // votes.shape[1]
    return rows, at - rows * votes.shape[1], flat[at]


def cast_together(cast: csr_array, counts: IntArray | FloatArray) -> csr_array:
    """Return (q, q) rows on which two votes are cast together, given (u, q) indicators of u patterns.

    Examples
    --------
    >>> votes = np.array([[1, -1], [0, 1]])
    >>> cast_together(indicators(votes, k=2), np.array([3, 4])).toarray()[0].tolist()
    [4.0, 0.0, 0.0, 4.0]
    """
    from scipy.sparse import csr_array

    return cast.T @ csr_array(cast.multiply(counts[:, None]))


@dataclass(frozen=True, eq=False)
class VoteColumns:
    """The votes that occur: what the rows of a table over votes stand for.

    Vote v of LF j is named ``j*k + v``. Most LFs cast few of the votes there are, so that tables over the q
    votes that occur stay small where classes are many.

    Attributes
    ----------
    columns : (q,) int64
        The votes that occur, as ``j*k + v``, ascending.
    m : int
        LFs.
    k : int
        Votes that an LF can cast: classes; where a model counts them, also sets of classes, or to abstain.
    """

    columns: IntArray
    m: int
    k: int

    @cached_property
    def lf(self) -> IntArray:
        """(q,): the LF of each vote."""
        return self.columns // self.k

    @cached_property
    def vote(self) -> IntArray:
        """(q,): the class that each vote is for."""
        return self.columns % self.k

    @cached_property
    def own(self) -> BoolArray:
        """(q, k): the class that a vote is for, as a mask."""
        own: BoolArray = self.vote[:, None] == np.arange(self.k)
        return own

    @cached_property
    def votes_several_classes(self) -> BoolArray:
        """(q,): whether the vote's LF votes for more than one class."""
        several: BoolArray = np.bincount(self.lf, minlength=self.m)[self.lf] > 1
        return several

    def by_lf(self, values: FloatArray) -> FloatArray:
        """Return (m,) or (m, p): (q,) or (q, p) values summed over the votes of each LF."""
        sums = np.zeros((self.m, *values.shape[1:]))
        if len(values):
            lfs, first = np.unique(self.lf, return_index=True)
            sums[lfs] = np.add.reduceat(values, first, axis=0)
        return sums

    def of_lfs(self, values: BoolArray) -> BoolArray:
        """Return (m, k): the (q,) values of votes that occur, False elsewhere."""
        laid_out = np.zeros((self.m, self.k), dtype=bool)
        laid_out.reshape(-1)[self.columns] = values
        return laid_out


@dataclass(frozen=True, eq=False)
class VoteTable(VoteColumns):
    """Vote patterns laid out with a place only for the votes that occur.

    Attributes
    ----------
    indicators : (u, q) sparse float64
        1 where a vote is cast in a pattern.
    counts : (u,) float64
        How often each pattern occurs.

    Examples
    --------
    >>> table = VoteTable.of(np.array([[1, -1], [0, 1]]), k=3, counts=np.array([5, 2]))
    >>> table.columns.tolist(), table.lf.tolist(), table.vote.tolist()
    ([0, 1, 4], [0, 0, 1], [0, 1, 1])
    >>> table.indicators.toarray().astype(int).tolist(), table.size.tolist()
    ([[0, 1, 0], [1, 0, 1]], [2.0, 5.0, 2.0])
    >>> table.by_lf(np.array([[1.0], [2.0], [4.0]])).tolist()
    [[3.0], [4.0]]
    """

    indicators: csr_array
    counts: FloatArray

    @classmethod
    def of(cls, votes: VoteArray, k: int, *, counts: IntArray | FloatArray | None = None) -> VoteTable:
        """Lay out (u, m) votes; without counts each pattern counts once."""
        return VoteTable.of_indicators(indicators(votes, k), k, counts=counts)

    @classmethod
    def of_indicators(
        cls,
        cast: csr_array,
        k: int,
        *,
        counts: IntArray | FloatArray | None = None,
        without: IntArray | tuple[()] = (),
    ) -> VoteTable:
        """Drop the columns of (u, m*k) indicators that no pattern has, and those in `without`."""
        columns = np.setdiff1d(cast.indices, without).astype(np.int64)
        weights = np.ones(cast.shape[0]) if counts is None else np.asarray(counts, dtype=np.float64)
        m = cast.shape[1] // k
        return VoteTable(columns=columns, m=m, k=k, indicators=cast[:, columns], counts=weights)

    @cached_property
    def size(self) -> FloatArray:
        """(q,): how often each vote was cast."""
        size: FloatArray = self.indicators.T @ self.counts
        return size

    @cached_property
    def lf_size(self) -> FloatArray:
        """(m,): how often each LF voted."""
        return self.by_lf(self.size)

    @cached_property
    def rows(self) -> IntArray:
        """(votes cast,): the pattern of each vote."""
        return np.repeat(np.arange(self.indicators.shape[0]), np.diff(self.indicators.indptr))

    @cached_property
    def covered(self) -> BoolArray:
        """(u,): whether anybody votes."""
        covered: BoolArray = np.diff(self.indicators.indptr) > 0
        return covered

    def totals(self, P: FloatArray) -> FloatArray:
        """Return (q, p): (u, p) values of the patterns, times their counts, summed by vote."""
        totals: FloatArray = self.indicators.T @ (P * self.counts[:, None])
        return totals

    def together(self) -> FloatArray:
        """Return (q, q): rows on which two votes are cast together."""
        both: FloatArray = cast_together(self.indicators, self.counts).toarray()
        return both
