"""Sums of a table's rows over the votes cast: what an additive label model predicts with.

``vote_sums(votes, table, k=k)`` is ``indicators(votes, k) @ table`` without the sparse matrix. Neighbouring
LFs are taken together: their votes are the digits of a number, and a table has the sum of every such number
ready, so that one look-up adds up several LFs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core.votes.indicators import indicators

TABLE_ENTRIES = 1 << 14  # numbers in one table of sums: 128 kB, which stays in the cache
MIN_USE = 8  # rows for every entry of a table: making it must cost little beside its use
BLOCK_ROWS = 1 << 14  # rows at a time, so that a block's columns stay in the cache


def vote_sums(votes: VoteArray, table: FloatArray, *, k: int, columns: IntArray | None = None) -> FloatArray:
    """Return (n, q): the sum of the table's rows over each row's votes.

    Parameters
    ----------
    votes : (n, m) int8 or int16
        Votes of k classes.
    table : (m*k, q) float64
        What vote v of LF j adds, in row ``j*k + v``.
    k : int
        Classes.
    columns : (s,) integers, optional
        The votes ``j*k + v`` that the table's rows are of, ascending, where it has s rows only; the others
        add nothing.

    Notes
    -----
    Cost: O(n m + n m q / g) with g LFs a table, 6 for two classes and falling to one for many; where few
    LFs vote, O(n m + votes cast * q) by a sparse product instead. Memory beside the result: that of a block
    of 16,384 rows. The two ways, and blocks of other sizes, differ by rounding.

    Examples
    --------
    >>> votes = np.array([[1, -1], [0, 1]], dtype=np.int8)
    >>> vote_sums(votes, np.array([[1.0], [2.0], [4.0], [8.0]]), k=2).tolist()
    [[2.0], [9.0]]
    """
    if len(votes) <= BLOCK_ROWS:
        return _block_sums(votes, table, k, columns)
    sums = np.empty((len(votes), table.shape[1]))
    for start in range(0, len(votes), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        sums[block] = _block_sums(votes[block], table, k, columns)
    return sums


def _block_sums(votes: VoteArray, table: FloatArray, k: int, columns: IntArray | None) -> FloatArray:
    n, m = votes.shape
    together = lfs_together(n, k=k, q=table.shape[1])
    lookups = -(-m // together) * n
    if lookups <= 2 * np.count_nonzero(votes != ABSTAIN):  # a vote in a sparse product costs two look-ups
        full = table if columns is None else _spread(table, columns, m * k)
        return _by_lookup(votes, _tables(full, k, together), k=k, together=together)
    cast = indicators(votes, k)
    sums: FloatArray = (cast if columns is None else cast[:, columns]) @ table
    return sums


def lfs_together(n: int, *, k: int, q: int) -> int:
    """Return how many LFs of k classes share one table of sums of q numbers each, for n rows.

    Examples
    --------
    >>> lfs_together(16_384, k=2, q=2), lfs_together(16_384, k=10, q=10), lfs_together(16_384, k=200, q=200)
    (6, 3, 1)
    """
    most = min(TABLE_ENTRIES // q, n // MIN_USE)
    together = 1
    while (k + 1) ** (together + 1) <= most:
        together += 1
    return together


def _spread(table: FloatArray, columns: IntArray, size: int) -> FloatArray:
    full = np.zeros((size, table.shape[1]))
    full[columns] = table
    return full


def _tables(table: FloatArray, k: int, together: int) -> list[FloatArray]:
    """Return for each group of LFs the sums of all combinations of their votes, the first LF's highest."""
    silent = np.zeros((len(table) // k, 1, table.shape[1]))
    by_lf = np.concatenate([silent, table.reshape(-1, k, table.shape[1])], axis=1)
    return [_combinations(by_lf[j : j + together]) for j in range(0, len(by_lf), together)]


def _combinations(by_lf: FloatArray) -> FloatArray:
    sums: FloatArray = by_lf[0]
    for rows in by_lf[1:]:
        sums = (sums[:, None] + rows).reshape(-1, sums.shape[1])
    return sums


def _by_lookup(votes: VoteArray, tables: list[FloatArray], *, k: int, together: int) -> FloatArray:
    sums = np.zeros((len(votes), tables[0].shape[1]))
    for table, number in zip(tables, _numbers(votes, k + 1, together), strict=True):
        sums += table.take(number, axis=0)
    return sums


def _numbers(votes: VoteArray, radix: int, together: int) -> Iterator[npt.NDArray[np.uint16]]:
    """Give for each group of LFs the number whose digits are their votes + 1."""
    digits = (np.ascontiguousarray(votes.T) + 1).astype(np.uint16)
    for j in range(0, len(digits), together):
        number = digits[j].copy()
        for digit in digits[j + 1 : j + together]:
            number *= np.uint16(radix)
            number += digit
        yield number


# --- what votes add to the log scores of classes, kept for the votes that occurred

DENSE = 1 << 22  # numbers up to which weights are laid out for every vote of every LF


@dataclass(frozen=True, eq=False)
class VoteWeights:
    """Weights of votes, and of a vote that did not occur in training.

    Attributes
    ----------
    m : int
        LFs.
    columns : (q,) int64
        The votes that occurred, ``j*k + v``, ascending.
    weights : (q, k) float64
        What each adds.
    assumed : (k, k) float64
        What another vote v adds, in row v.
    """

    m: int
    columns: IntArray
    weights: FloatArray
    assumed: FloatArray

    @cached_property
    def table(self) -> FloatArray:
        """(m*k, k) float64: the weights of every vote."""
        table = np.tile(self.assumed, (self.m, 1))
        table[self.columns] = self.weights
        return table

    def of(self, lf: int, votes: VoteArray) -> FloatArray:
        """Return (r, k) the weights of (r,) votes of an LF."""
        codes = lf * len(self.assumed) + votes.astype(np.int64)
        at = np.minimum(np.searchsorted(self.columns, codes), max(len(self.columns) - 1, 0))
        if not len(self.columns):
            return self.assumed[votes]
        return np.where((self.columns[at] == codes)[:, None], self.weights[at], self.assumed[votes])

    def scores(self, votes: VoteArray) -> FloatArray:
        """Return (n, k): the weights summed over each row of (n, m) votes.

        Examples
        --------
        >>> weights = VoteWeights(2, np.array([0]), np.array([[2.0, 0.0]]), np.eye(2))
        >>> weights.scores(np.array([[0, -1], [1, 0], [-1, -1]], dtype=np.int8)).tolist()
        [[2.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
        """
        k = len(self.assumed)
        if self.m * k * k <= DENSE:
            return vote_sums(votes, self.table, k=k)
        known = vote_sums(votes, self.weights, k=k, columns=self.columns)
        return known + self._new_votes(votes) @ self.assumed

    def _new_votes(self, votes: VoteArray) -> FloatArray:
        """Return (n, k): how often each class is voted by votes that did not occur in training."""
        k = len(self.assumed)
        cast = indicators(votes, k)
        new = np.ones(cast.shape[1])
        new[self.columns] = 0.0
        rows = np.repeat(np.arange(len(votes)), np.diff(cast.indptr))
        cells = rows * k + cast.indices % k
        counts = np.bincount(cells, weights=new[cast.indices], minlength=len(votes) * k)
        return counts.astype(np.float64).reshape(-1, k)
