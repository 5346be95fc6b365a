"""What LFs did in vote patterns, with a place only for outcomes that occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Patterns as (u, s) indicators of the s outcomes that occur.

    Outcome o of LF j is named ``j*v + o``; `columns` lists those that occur, ascending. Most LFs give few of
    the outcomes there are, so that tables over `columns` stay small where k is large.

    Examples
    --------
    >>> from labelwright.core.votes.indicators import indicators
    >>> votes = np.array([[1, -1], [0, 1]])
    >>> seen = Seen.of(indicators(votes, 3), np.array([5, 2]), v=3)
    >>> seen.columns.tolist(), seen.lfs.tolist(), seen.cast.toarray().astype(int).tolist()
    ([0, 1, 4], [0, 0, 1], [[0, 1, 0], [1, 0, 1]])
    >>> seen.by_lf(np.array([[1.0], [2.0], [4.0]])).tolist()
    [[3.0], [4.0]]
    """

    cast: csr_array
    columns: IntArray
    counts: FloatArray
    m: int
    v: int

    @classmethod
    def of(cls, indicators: csr_array, counts: IntArray | FloatArray, *, v: int) -> Seen:
        """Drop the columns of outcomes that nobody gave."""
        columns = np.unique(indicators.indices).astype(np.int64)
        weights = np.asarray(counts, dtype=np.float64)
        return cls(indicators[:, columns], columns, weights, indicators.shape[1] // v, v)

    @property
    def lfs(self) -> IntArray:
        """(s,): the LF of each column."""
        return self.columns // self.v

    @property
    def outcomes(self) -> IntArray:
        """(s,): the outcome of each column."""
        return self.columns % self.v

    def totals(self, R: FloatArray) -> FloatArray:
        """Return (s, q): the patterns' (u, q) values, times their counts, summed over where each occurs."""
        totals: FloatArray = self.cast.T @ (R * self.counts[:, None])
        return totals

    def by_lf(self, rows: FloatArray) -> FloatArray:
        """Return (m, q): the (s, q) rows summed over the columns of each LF."""
        sums = np.zeros((self.m, rows.shape[1]))
        if len(rows):
            lfs, first = np.unique(self.lfs, return_index=True)
            sums[lfs] = np.add.reduceat(rows, first, axis=0)
        return sums
