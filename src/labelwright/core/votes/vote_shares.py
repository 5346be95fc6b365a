"""Shares of votes and of labels: majority vote's posterior, class shares, how often votes are right."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray, IntArray, VoteArray
from labelwright.core.votes.indicators import BLOCK_ROWS, votes_cast

MANY_LFS = 255  # more than a byte counts


def vote_counts(votes: VoteArray, k: int) -> FloatArray:
    """Return (u, k) float64: how many LFs vote each class.

    Examples
    --------
    >>> vote_counts(np.array([[1, -1, 1], [-1, -1, -1]]), k=2).tolist()
    [[0.0, 2.0], [0.0, 0.0]]
    """
    if votes.shape[1] > MANY_LFS:
        return np.concatenate(
            [_count_cast(votes[at : at + BLOCK_ROWS], k) for at in range(0, len(votes) or 1, BLOCK_ROWS)]
        )
    columns = np.ascontiguousarray(votes.T)  # adding up rows of it is fast, adding up within rows is not
    counts: FloatArray = np.stack([(columns == c).sum(axis=0, dtype=np.uint8) for c in range(k)], axis=1)
    return counts.astype(np.float64)


def _count_cast(votes: VoteArray, k: int) -> FloatArray:
    """Count the votes that are cast one by one, of which many LFs seldom cast many on a row."""
    rows, _, classes = votes_cast(votes)
    known = classes < k  # not those for sets of classes
    counts = np.bincount(rows[known] * k + classes[known], minlength=len(votes) * k)
    return counts.reshape(-1, k).astype(np.float64)


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
    return np.clip(shares, 0.0, 1.0)  # which sums leave by rounding
