"""Sums of a table's rows over the votes cast: what an additive label model predicts with.

``vote_sums(votes, table, k=k)`` is ``indicators(votes, k) @ table`` without the sparse matrix. Neighbouring
LFs are taken together: their votes are the digits of a number, and a table has the sum of every such number
ready, so that one look-up adds up several LFs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.label_models.evidence import indicators

TABLE_ENTRIES = 1 << 14  # numbers in one table of sums: 128 kB, which stays in the cache
LEAST_USE = 8  # rows for every entry of a table: making it must cost little beside its use
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
    most = min(TABLE_ENTRIES // q, n // LEAST_USE)
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
