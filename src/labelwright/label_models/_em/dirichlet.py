"""Dirichlet distributions by their counts, over the last axis: what variational Bayes asks of them."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray


def expected_log(counts: FloatArray) -> FloatArray:
    """Return E[log p] for p ~ Dirichlet(counts)."""
    from scipy.special import digamma

    return np.asarray(digamma(counts) - digamma(counts.sum(axis=-1, keepdims=True)), dtype=np.float64)


def divergence(after: FloatArray, before: FloatArray) -> float:
    """Return KL(Dirichlet(after) || Dirichlet(before)), summed over all axes but the last.

    `before` may be one prior for all.

    Examples
    --------
    >>> divergence(np.array([3.0, 1.0]), np.array([3.0, 1.0]))
    0.0
    >>> round(divergence(np.array([2.0, 1.0]), np.array([1.0, 1.0])), 6)  # log 2 - 1/2
    0.193147
    """
    from scipy.special import gammaln

    totals = gammaln(after.sum(axis=-1)) - gammaln(before.sum(axis=-1))
    counts = gammaln(after) - gammaln(before)
    return float(totals.sum() - counts.sum() + ((after - before) * expected_log(after)).sum())
