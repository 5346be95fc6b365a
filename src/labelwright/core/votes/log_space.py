"""Sums and shares of probabilities kept as logarithms, so that the smallest do not vanish."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray

IMPOSSIBLE = 1e-300  # EM drives probabilities towards 0; below this they are 0, as a product of them would be


def safe_log(probabilities: FloatArray) -> FloatArray:
    """Return the logarithms, -inf for what is impossible.

    Examples
    --------
    >>> safe_log(np.array([0.0, 1.0])).tolist()
    [-inf, 0.0]
    """
    possible = probabilities > IMPOSSIBLE
    return np.where(possible, np.log(np.where(possible, probabilities, 1.0)), -np.inf)


def softmax(scores: FloatArray) -> FloatArray:
    """Return (u, k) probabilities proportional to exp(scores); equal shares for a row of -inf.

    Examples
    --------
    >>> softmax(np.array([[-np.inf, -np.inf], [-9000.0, 9000.0]])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    return np.ascontiguousarray(_normalised(scores)[0].T)


def posteriors(joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (u, k) P(y | votes) and (u,) log P(votes), given (u, k) log P(y, votes).

    `softmax` and `log_sum_exp` in one go, as an E step needs both; log P(votes) is -inf for a row of -inf.

    Examples
    --------
    >>> P, evidence = posteriors(np.log(np.array([[0.125, 0.375]])))
    >>> P.round(2).tolist(), np.exp(evidence).round(2).tolist()
    ([[0.25, 0.75]], [0.5])
    """
    by_class, top, total = _normalised(joint)
    return np.ascontiguousarray(by_class.T), top + np.log(total)


def _normalised(scores: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (k, u) shares of the exponentials in each row, (u,) largest scores, and (u,) sums over them."""
    by_class = np.array(scores.T, dtype=np.float64, order="C")  # long loops over rows, not short over classes
    top = by_class.max(axis=0)
    impossible = np.isneginf(top)
    if impossible.any():
        by_class[:, impossible] = 0.0
    by_class -= np.where(impossible, 0.0, top)
    np.exp(by_class, out=by_class)
    total = by_class.sum(axis=0)
    by_class /= total
    return by_class, top, total


def log_sum_exp(scores: FloatArray) -> FloatArray:
    """Return (u,) log of the row sums of exp(scores).

    Examples
    --------
    >>> log_sum_exp(np.log(np.array([[0.25, 0.5]]))).round(3).tolist()
    [-0.288]
    """
    top = scores.max(axis=1, keepdims=True)
    total: FloatArray = (top + np.log(np.exp(scores - top).sum(axis=1, keepdims=True)))[:, 0]
    return total
