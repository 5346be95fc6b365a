"""What numeric votes tell of the truth as a whole: where it lies, and how far it spreads."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray
from labelwright.label_models.differences import DifferenceMoments
from labelwright.label_models.disagreement import Noise


def spread_of_truth(moments: DifferenceMoments, noise: Noise) -> float:
    """Return tau²: the mean covariance of LFs that do not repeat each other, weighted by its precision.

    It is kept above its own standard error, so that noise in it draws no row to the mean; inf where no two
    LFs meet, or none ever disagree.
    """
    rows = np.triu(moments.together, 1) * (moments.together > 1)
    rows[:-1, :-1][noise.repeats] = 0.0
    if not (rows > 0).any() or not noise.typical > 0:
        return float("inf")
    covariances = moments.products / np.maximum(moments.together - 1.0, 1.0)
    rough = max(float(np.median(covariances[rows > 0])), noise.typical)
    total = np.append(noise.variances, 0.0) + rough
    if not total.min() > 0:
        return float("inf")
    weights = rows / np.outer(total, total)
    error = 1.0 / np.sqrt(weights.sum())
    return float(max((weights * covariances).sum() / weights.sum(), error))


def mean_of_truth(moments: DifferenceMoments, noise: Noise, biases: FloatArray, spread: float) -> float:
    """Return mu: the mean of the votes without their biases, an LF's by its votes' precision."""
    centre = np.diagonal(moments.means) - np.append(biases, 0.0)
    total = np.append(noise.variances, 0.0) + (0.0 if np.isinf(spread) else spread)
    weights = np.diagonal(moments.together) / np.maximum(total, 1e-12 * total.max())
    return float(np.average(centre, weights=weights)) if weights.any() else float("nan")
