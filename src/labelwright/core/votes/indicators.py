"""Sums over votes that every label model needs, as sparse matrix products on vote patterns.

Patterns (u, m) become a sparse indicator matrix (u, m*k) with a one where LF j votes v, in column
``j*k + v``. A posterior is then one product with the log-likelihoods of the votes, an expected count one
product with the posteriors; both cost O(votes cast * k).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray, VoteArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BLOCK_ROWS = 1 << 12  # patterns at a time, where the votes cast take many bytes each


def indicators(votes: VoteArray, k: int) -> csr_array:
    """Return the (u, m*k) float64 matrix of the votes cast; abstaining leaves no entry.

    Examples
    --------
    >>> indicators(np.array([[1, -1], [0, 1]]), k=2).toarray().tolist()
    [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]
    """
    from scipy.sparse import csr_array

    u, m = votes.shape
    rows, lfs, classes = _cast(votes)
    starts = np.concatenate([[0], np.bincount(rows, minlength=u).cumsum()])
    columns = lfs * k + classes
    return csr_array((np.ones(len(columns)), columns, starts), shape=(u, m * k))


def _cast(votes: VoteArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the row, the LF and the class of every vote cast, in row order."""
    flat = votes.reshape(-1)
    at = np.flatnonzero(flat != ABSTAIN)
    rows = at // votes.shape[1]
    return rows, at - rows * votes.shape[1], flat[at]


def cast_together(seen: csr_array, counts: IntArray) -> csr_array:
    """Return (q, q) rows on which two votes are cast together, given (u, q) indicators of u patterns.

    Examples
    --------
    >>> votes = np.array([[1, -1], [0, 1]])
    >>> cast_together(indicators(votes, k=2), np.array([3, 4])).toarray()[0].tolist()
    [4.0, 0.0, 0.0, 4.0]
    """
    from scipy.sparse import csr_array

    return seen.T @ csr_array(seen.multiply(counts[:, None]))


def softmax(scores: FloatArray) -> FloatArray:
    """Return (u, k) probabilities proportional to exp(scores); equal shares for a row of -inf.

    Examples
    --------
    >>> softmax(np.array([[-np.inf, -np.inf], [-9000.0, 9000.0]])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    by_class = np.array(scores.T, dtype=np.float64, order="C")  # long loops over rows, not short over classes
    top = by_class.max(axis=0)
    impossible = np.isneginf(top)
    if impossible.any():
        by_class[:, impossible], top[impossible] = 0.0, 0.0
    by_class -= top
    np.exp(by_class, out=by_class)
    by_class /= by_class.sum(axis=0)
    return np.ascontiguousarray(by_class.T)


def log_sum_exp(scores: FloatArray) -> FloatArray:
    """Return (u,) log of the row sums of exp(scores)."""
    top = scores.max(axis=1, keepdims=True)
    total: FloatArray = (top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True)))[:, 0]
    return total


def vote_counts(votes: VoteArray, k: int) -> FloatArray:
    """Return (u, k) float64: how many LFs vote each class.

    Examples
    --------
    >>> vote_counts(np.array([[1, -1, 1], [-1, -1, -1]]), k=2).tolist()
    [[0.0, 2.0], [0.0, 0.0]]
    """
    columns = np.ascontiguousarray(votes.T)  # adding up rows of it is fast, adding up within rows is not
    return np.stack([_count_down(columns == c) for c in range(k)], axis=1)


def _count_down(hits: BoolArray) -> FloatArray:
    dtype = np.uint8 if len(hits) < 256 else np.int64
    number: FloatArray = hits.sum(axis=0, dtype=dtype).astype(np.float64)
    return number


def vote_shares(counts: FloatArray) -> FloatArray:
    """Return (u, k) rows of weights divided by their sum; equal shares where the sum is zero."""
    total = counts.sum(axis=1, keepdims=True)
    shares: FloatArray = np.where(total > 0, counts, 1.0) / np.where(total > 0, total, counts.shape[1])
    return shares


def class_shares(P: FloatArray, counts: IntArray) -> FloatArray:
    """Return the (k,) mean of the patterns' probabilities; equal shares where there is no pattern."""
    total = counts.sum()
    k = P.shape[1]
    shares: FloatArray = (P * counts[:, None]).sum(axis=0) / total if total else np.full(k, 1.0 / k)
    return shares


def votes_right(votes: VoteArray, counts: IntArray, P: FloatArray) -> FloatArray:
    """Return (m,) P(vote right | LF votes) under the patterns' probabilities; nan where an LF never votes.

    Examples
    --------
    >>> votes_right(np.array([[0, -1], [1, -1]]), np.array([3, 1]), np.array([[1.0, 0.0], [0.6, 0.4]]))
    array([0.85,  nan])
    """
    m = votes.shape[1]
    right, total = np.zeros(m), np.zeros(m)
    for start in range(0, len(votes), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        rows, lfs, classes = _cast(votes[block])
        weight = counts[block][rows]
        total += np.bincount(lfs, weights=weight, minlength=m)
        right += np.bincount(lfs, weights=weight * P[block][rows, classes], minlength=m)
    with np.errstate(invalid="ignore"):
        shares: FloatArray = right / total
    return shares
