"""Set how sure the posteriors of anchored weights are, by what overlaps tell of the votes' precision."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray
from labelwright.label_models.cast import Cast
from labelwright.label_models.evidence import softmax
from labelwright.label_models.overlaps import Overlaps, Precisions, vote_precisions

LOOKED_AT = 1 << 13  # patterns on which confidences are compared
SHARPEST = 10.0  # most that weights are multiplied or divided by
TIED = 1e-6


def sharpness(cast: Cast, weights: FloatArray) -> float:
    """Return what to multiply (q, k) weights by for their posteriors to be as sure as the overlaps allow.

    The mean confidence in the labels that the weights give is set to the mean probability that those labels
    have under the precisions of `vote_precisions`. Labels do not change. 1 where most votes are cast by LFs
    that vote several classes: those are estimated as accuracies already.

    Notes
    -----
    Cost: that of `vote_precisions`, and O(votes cast * k) on at most 8,192 patterns.
    """
    from scipy.optimize import brentq

    single = (cast.size * ~cast.several_classes).sum()
    if single <= 0.5 * cast.size.sum():
        return 1.0
    some = cast.every(max(len(cast.counts) // LOOKED_AT, 1))
    covered = np.diff(some.seen.indptr) > 0
    scores, rows = some.scores(weights)[covered], some.counts[covered]
    target = rows @ _support(some, scores, covered) / rows.sum()

    def beyond(log_factor: float) -> float:
        return float(rows @ softmax(scores * np.exp(log_factor)).max(axis=1) / rows.sum() - target)

    most = float(np.log(SHARPEST))
    if beyond(-most) >= 0 or beyond(most) <= 0:
        return 1.0 / SHARPEST if beyond(-most) >= 0 else SHARPEST
    return float(np.exp(brentq(beyond, -most, most, xtol=1e-9)))


def _support(
    cast: Cast, scores: FloatArray, covered: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> FloatArray:
    """Return the probability that precisions give to the best class of each covered pattern, ties shared."""
    overlaps = Overlaps.of(cast)
    found = vote_precisions(overlaps)
    P = softmax(np.log(found.shares) + _precision_scores(cast, overlaps, found))[covered]
    best = scores >= scores.max(axis=1, keepdims=True) - TIED
    support: FloatArray = (P * best).sum(axis=1) / best.sum(axis=1)
    return support


def _precision_scores(cast: Cast, overlaps: Overlaps, found: Precisions) -> FloatArray:
    table = np.zeros((len(cast.columns), cast.k))
    table[overlaps.votes] = np.log(found.given_vote(overlaps.own)) - np.log(found.shares)
    return cast.scores(table)
