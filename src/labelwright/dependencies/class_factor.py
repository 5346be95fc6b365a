"""The one factor behind all votes, the class: a rank-one fit of pair correlations that leaves pairs out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray

ASSUMED = 0.5  # correlation of votes and class of an LF that is right three times in four
ASSUMED_WEIGHT = 4.0  # rows of evidence that this is worth
MAX_CORRELATION = 0.97  # correlation with the class that no LF exceeds
BEND = 3.0  # standard errors beyond which a pair counts less for the fit
ROUNDS, TOLERANCE = 200, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """What the class leaves unexplained of each pair of LFs, as if the fit had not seen the pair.

    Attributes
    ----------
    loadings : (m,) float64
        Correlation of each LF's votes with the class.
    shared : (m, m) float64
        Correlation of two LFs' votes given the class.
    scores : (m, m) float64
        The unexplained correlation in standard errors; 0 where too few rows.
    """

    loadings: FloatArray
    shared: FloatArray
    scores: FloatArray


def fit_loadings(r: FloatArray, rows: FloatArray, left_out: BoolArray, start: FloatArray) -> FloatArray:
    """Return (m,) loadings a that minimise a robust sum of rows (r[i, j] - a[i] a[j])² over pairs kept.

    Votes that are independent given one of two classes correlate as ``a[i] a[j]``, whatever their confusion
    matrices and the class balance; with k classes so do those of LFs with one accuracy. Pairs more than 3
    standard errors off count in proportion to their distance only (P. Huber, 1964), so that a few dependent
    pairs do not bend the fit before they are found. Cost: O(m²) a round.

    Examples
    --------
    >>> truth = np.array([0.8, 0.6, 0.4, 0.5])
    >>> rows = np.full((4, 4), 1e6) - 1e6 * np.eye(4)
    >>> fitted = fit_loadings(np.outer(truth, truth), rows, np.zeros((4, 4), bool), np.full(4, 0.5))
    >>> fitted.round(3).tolist()
    [0.8, 0.6, 0.4, 0.5]
    """
    rows = np.where(left_out, 0.0, rows)
    precision = np.sqrt(rows)
    a = start.copy()
    for _ in range(ROUNDS):
        error = np.abs(r - np.outer(a, a)) * precision
        weight = rows * (BEND / np.maximum(error, BEND))
        wanted = ((weight * r) @ a + ASSUMED_WEIGHT * ASSUMED) / (weight @ (a * a) + ASSUMED_WEIGHT)
        updated = np.clip(0.5 * (a + wanted), -MAX_CORRELATION, MAX_CORRELATION)
        moved = np.abs(updated - a).max(initial=0.0)
        a = updated
        if moved < TOLERANCE:
            break
    return a if a.sum() >= 0 else -a


def residuals(r: FloatArray, rows: FloatArray, left_out: BoolArray, loadings: FloatArray) -> Residuals:
    """Return what remains of each pair, corrected for how far the pair itself drew the fit."""
    kept = np.where(left_out, 0.0, rows)
    power = kept @ (loadings**2) + ASSUMED_WEIGHT
    leverage = kept * loadings[None, :] ** 2 / power[:, None]
    unexplained = (r - np.outer(loadings, loadings)) / (1.0 - np.clip(leverage + leverage.T, 0.0, 0.9))
    unseen = 1.0 - loadings**2
    shared = np.clip(unexplained / np.sqrt(np.outer(unseen, unseen)), -1.0, 1.0)
    # a[i] a[j] is an estimate itself: its error comes on top of that of r[i, j]
    doubt = loadings[:, None] ** 2 / power[None, :] + loadings[None, :] ** 2 / power[:, None]
    known = rows > 0
    variance = 1.0 / np.where(known, rows, 1.0) + doubt
    return Residuals(
        loadings, np.where(known, shared, 0.0), np.where(known, unexplained / np.sqrt(variance), 0.0)
    )
