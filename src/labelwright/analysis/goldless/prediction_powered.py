"""What a few gold labels say once predictions on all rows help.

A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic, "Prediction-powered inference" (2023),
with the power tuning of A. N. Angelopoulos, J. C. Duchi, T. Zrnic, "PPI++" (2023): the mean of y over N rows,
known on n random ones, with guesses f on all of them, is ::

    mean_n(y)  -  weight * (mean_n(f) - mean_N(f)),      weight = cov_n(y, f) / ((1 + n / N) var(f))

It is right on average whatever the guesses, and its variance ``var(y - weight f) / n + weight² var(f) / N``
is never more than that of the mean of y, but for the noise in the weight.
"""

from __future__ import annotations

import math

import numpy as np

from labelwright._types import FloatArray
from labelwright.analysis.intervals import Interval


def powered_mean(
    y: FloatArray, guessed: FloatArray, everywhere: FloatArray, *, confidence: float
) -> Interval:
    """Return the mean of y and its interval.

    Parameters
    ----------
    y, guessed : (n,) float64
        The numbers on the rows where they are known, a random sample, and the guesses there.
    everywhere : (N,) float64
        The guesses on all rows.
    confidence : float
        Of the interval; Student's t with n - 1 degrees of freedom.

    Examples
    --------
    >>> y, everywhere = np.array([1.0, 0.0, 1.0, 0.0]), np.repeat([1.0, 0.0], [7500, 2500])
    >>> round(powered_mean(y, y, everywhere, confidence=0.95).estimate, 2)
    0.75
    """
    from scipy.stats import t

    n, total = len(y), len(everywhere)
    weight = _weight(y, guessed, everywhere)
    estimate = float(y.mean() - weight * (guessed.mean() - everywhere.mean()))
    variance = float(np.var(y - weight * guessed, ddof=1)) / n + weight**2 * float(np.var(everywhere)) / total
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * math.sqrt(max(variance, 0.0))
    return Interval(estimate, estimate - half, estimate + half)


def _weight(y: FloatArray, guessed: FloatArray, everywhere: FloatArray) -> float:
    spread = float(np.var(everywhere))
    if spread <= 0 or len(y) < 3:
        return 0.0
    tuned = float(np.cov(y, guessed, ddof=1)[0, 1]) / ((1 + len(y) / len(everywhere)) * spread)
    return float(np.clip(tuned, 0.0, 1.0))
