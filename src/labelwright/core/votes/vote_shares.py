"""Shares of votes and of labels: majority vote's posterior, class shares, how often votes are right."""

from __future__ import annotations

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core.votes.indicators import BLOCK_ROWS, votes_cast


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


def class_shares(P: FloatArray, counts: IntArray | FloatArray) -> FloatArray:
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
        rows, lfs, classes = votes_cast(votes[block])
        weight = counts[block][rows]
        total += np.bincount(lfs, weights=weight, minlength=m)
        right += np.bincount(lfs, weights=weight * P[block][rows, classes], minlength=m)
    with np.errstate(invalid="ignore"):
        shares: FloatArray = right / total
    return shares
