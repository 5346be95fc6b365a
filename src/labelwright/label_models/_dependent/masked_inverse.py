"""MeTaL's dependent case: what the class adds to the inverse covariance of votes is of low rank."""

from __future__ import annotations

import numpy as np

from labelwright._types import BoolArray, FloatArray

RIDGE_ROWS = 10.0  # added to the variance of each vote, divided by the rows
STEPS = 2000
PULL = 1e-6  # of the low-rank part towards nothing, relative to the entries it has to fit


def class_covariance(covariance: FloatArray, apart: BoolArray, *, rank: int, n: int) -> FloatArray:
    """Return (a, a) the covariance of votes that goes back to the class, within dependent LFs too.

    ::

        inverse(covariance)[apart]  =  - (Z Zᵀ)[apart],        Z of (a, rank)
        part of the class           =  C Z (I + Zᵀ C Z)⁻¹ Zᵀ C,    C the covariance

    Exact where LFs that depend on each other do so in groups that do not overlap, each pair of a group being
    left out of `apart`; near it otherwise.

    Parameters
    ----------
    covariance : (a, a) float64
        Of vote indicators.
    apart : (a, a) bool
        Pairs of votes whose LFs are different and have no dependency.
    rank : int
        Classes less one.
    n : int
        Rows that the covariance was counted on.

    Notes
    -----
    Source: A. Ratner et al., "Training Complex Models with Multi-Task Weak Supervision" (2019), section 3 and
    algorithm 1. Deviation: variances are raised by 10 / n of themselves, so that an inverse exists where LFs
    copy each other on all rows; votes are scaled to unit variance. Cost: O(a³), then O(a² rank) a step.

    Examples
    --------
    >>> load = np.array([0.5, 0.4, 0.3, 0.45])
    >>> covariance = np.outer(load, load) + np.diag(1 - load**2)
    >>> found = class_covariance(covariance, ~np.eye(4, dtype=bool), rank=1, n=10**9)
    >>> bool(np.allclose(found, np.outer(load, load), atol=1e-3))
    True
    """
    from scipy.optimize import minimize

    scale = np.sqrt(np.maximum(np.diagonal(covariance), 1e-12))
    correlation = covariance / np.outer(scale, scale)
    correlation = correlation + (RIDGE_ROWS / n) * np.eye(len(scale))
    inverse = np.linalg.inv(correlation)
    target = np.where(apart, -inverse, 0.0)
    shape = (len(scale), rank)
    pull = PULL * float((target**2).sum()) / max(apart.sum(), 1)

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        Z = flat.reshape(shape)
        error = np.where(apart, Z @ Z.T - target, 0.0)
        return float((error**2).sum() + pull * (Z**2).sum()), (4 * error @ Z + 2 * pull * Z).ravel()

    start = _leading(target, rank)
    found = minimize(
        loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 30}
    )
    seen = correlation @ found.x.reshape(shape)
    middle = np.eye(rank) + found.x.reshape(shape).T @ seen
    part: FloatArray = seen @ np.linalg.solve(middle, seen.T) * np.outer(scale, scale)
    return part


def _leading(target: FloatArray, rank: int) -> FloatArray:
    """Return (a, rank) a start: the leading eigenvectors of what is to be fitted."""
    values, vectors = np.linalg.eigh(target)
    start: FloatArray = vectors[:, -rank:] * np.sqrt(np.maximum(values[-rank:], 1e-3))
    return start
