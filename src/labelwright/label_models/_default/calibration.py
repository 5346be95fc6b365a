"""Set how sure the posteriors of anchored weights are, by what overlaps tell of the votes' precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core.votes.indicators import cast_together
from labelwright.core.votes.log_space import softmax
from labelwright.label_models._default.weighted_votes import WeightedVotes

if TYPE_CHECKING:
    import numpy.typing as npt

LOOKED_AT = 1 << 13  # patterns on which confidences are compared
SHARPEST = 10.0  # most that weights are multiplied or divided by
TIED = 1e-6


def inverse_temperature(votes: WeightedVotes, weights: FloatArray) -> float:
    """Return what to multiply (q, k) weights by for their posteriors to be as sure as the overlaps allow.

    The mean confidence in the labels that the weights give is set to the mean probability that those labels
    have under the precisions of `vote_precisions`. Labels do not change. 1 where most votes are cast by LFs
    that vote several classes: those are estimated as accuracies already.

    Notes
    -----
    Cost: that of `vote_precisions`, and O(votes cast * k) on at most 8,192 patterns.
    """
    from scipy.optimize import brentq

    single = (votes.size * ~votes.votes_several_classes).sum()
    if single <= 0.5 * votes.size.sum():
        return 1.0
    some = votes.every(max(len(votes.counts) // LOOKED_AT, 1))
    covered = some.covered
    scores, rows = some.scores(weights)[covered], some.counts[covered]
    target = rows @ _support(some, scores, covered) / rows.sum()

    def beyond(log_factor: float) -> float:
        return float(rows @ softmax(scores * np.exp(log_factor)).max(axis=1) / rows.sum() - target)

    most = float(np.log(SHARPEST))
    if beyond(-most) >= 0 or beyond(most) <= 0:
        return 1.0 / SHARPEST if beyond(-most) >= 0 else SHARPEST
    return float(np.exp(brentq(beyond, -most, most, xtol=1e-9)))


def _support(
    votes: WeightedVotes, scores: FloatArray, covered: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> FloatArray:
    """Return the probability that precisions give to the best class of each covered pattern, ties shared."""
    overlaps = Overlaps.of(votes)
    found = vote_precisions(overlaps)
    P = softmax(np.log(found.shares) + _precision_scores(votes, overlaps, found))[covered]
    best = scores >= scores.max(axis=1, keepdims=True) - TIED
    support: FloatArray = (P * best).sum(axis=1) / best.sum(axis=1)
    return support


def _precision_scores(votes: WeightedVotes, overlaps: Overlaps, found: Precisions) -> FloatArray:
    table = np.zeros((len(votes.columns), votes.k))
    table[overlaps.votes] = np.log(found.given_vote(overlaps.own)) - np.log(found.shares)
    return votes.scores(table)


# --- how precise one-class votes are, from how often they are cast together: what confidences are set by

MAX_VOTES = 512  # one-class votes that are looked at, the most frequent ones
NESTED = 0.8  # share of the rarer vote's rows that the other covers, from which a pair tells nothing
USUAL_LOGIT = 1.1  # of a precision of .75
SPREAD = 0.7
SPECIFIC = 0.15
USUAL_COVERAGE = 0.05
TALK_WEIGHT = 4.0
EQUAL_SHARES = 0.5  # weight of equal class shares beside those found
SHARE_ROUNDS = 6
STEPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Pairs of one-class votes a < b, counted.

    Attributes
    ----------
    votes : (q,) int64
        The votes' places in `WeightedVotes.columns`.
    own : (q, k) bool
        The class each is for.
    rate : (q,) float64
        Share of the rows on which each is cast.
    pair : (2, z) int64
        Positions a and b in `votes`.
    together : (z,) float64
        Rows on which both are cast.
    weight : (z,) float64
        Product of the weights of their LFs.
    n : float
        Rows.
    """

    votes: IntArray
    own: BoolArray
    rate: FloatArray
    pair: npt.NDArray[np.int64]
    together: FloatArray
    weight: FloatArray
    n: float

    @classmethod
    def of(cls, table: WeightedVotes) -> Overlaps:
        """Count the pairs of the most frequent votes of LFs that vote one class."""
        single = np.flatnonzero((table.size > 0) & ~table.votes_several_classes)
        votes = np.sort(single[np.argsort(-table.size[single], kind="stable")[:MAX_VOTES]])
        size = table.size[votes]
        together = cast_together(table.indicators[:, votes], table.counts).toarray()
        nested = together >= NESTED * np.minimum(size[:, None], size)
        pair = np.array(np.nonzero(np.triu(~nested, 1)))
        weights = table.duplicate_weights[table.lf[votes]]
        return cls(
            votes=votes,
            own=table.own[votes],
            rate=size / table.counts.sum(),
            pair=pair,
            together=together[pair[0], pair[1]],
            weight=weights[pair[0]] * weights[pair[1]],
            n=float(table.counts.sum()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Precisions:
    """(q,) precisions of the votes of `Overlaps`, and (k,) class shares."""

    precision: FloatArray
    shares: FloatArray

    def given_vote(self, own: BoolArray) -> FloatArray:
        """Return (q, k) P(y | vote)."""
        return _given_vote(self.precision, self.shares, own)


def vote_precisions(overlaps: Overlaps) -> Precisions:
    """Alternate between the precisions given class shares and the shares given precisions.

    Notes
    -----
    Cost: O(z k + q² k) a step, a few hundred steps.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    q, k = overlaps.own.shape
    usual = SPECIFIC * np.log(USUAL_COVERAGE / overlaps.rate)
    x = np.concatenate([USUAL_LOGIT + usual, np.zeros(q), [USUAL_LOGIT, 0.0]])
    shares = np.full(k, 1.0 / k)
    for _ in range(SHARE_ROUNDS):
        x = minimize(
            _loss, x, args=(overlaps, shares, usual), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
        ).x
        given = _given_vote(expit(x[:q]), shares, overlaps.own)
        found = overlaps.rate @ given / overlaps.rate.sum()
        shares = (found + EQUAL_SHARES / k) / (1.0 + EQUAL_SHARES)
    return Precisions(expit(x[:q]), shares)


def _given_vote(precision: FloatArray, shares: FloatArray, own: BoolArray) -> FloatArray:
    others = shares / (1.0 - own @ shares)[:, None]
    return np.where(own, precision[:, None], (1.0 - precision)[:, None] * others)


def _loss(
    x: FloatArray, overlaps: Overlaps, shares: FloatArray, usual: FloatArray
) -> tuple[float, FloatArray]:
    """Return minus the log posterior of (logits, talk, usual logit, log r), and its gradient."""
    from scipy.special import expit

    q = len(overlaps.votes)
    logits, talk, middle, r = x[:q], x[q : 2 * q], x[-2], np.exp(x[-1])
    p = expit(logits)
    given = _given_vote(p, shares, overlaps.own)
    a, b = overlaps.pair
    chance = ((given / shares) @ given.T)[a, b]
    base = np.log(overlaps.n * overlaps.rate[a] * overlaps.rate[b])
    value, by_log, by_r = _negative_binomial(overlaps, np.log(chance) + talk[a] + talk[b] + base, r)
    off = (logits - middle - usual) / SPREAD**2
    value -= 0.5 * SPREAD**2 * off @ off + 0.5 * TALK_WEIGHT * talk @ talk
    value -= 0.5 * (middle - USUAL_LOGIT) ** 2 + 0.5 * x[-1] ** 2
    slope = np.zeros((q, q))
    slope[a, b] = slope[b, a] = by_log / chance
    by_given = slope @ (given / shares)
    others = shares / (1.0 - overlaps.own @ shares)[:, None]
    by_p = np.where(overlaps.own, by_given, -by_given * others).sum(axis=1)
    by_talk = np.bincount(a, by_log, q) + np.bincount(b, by_log, q) - TALK_WEIGHT * talk
    by_middle = off.sum() - (middle - USUAL_LOGIT)
    gradient = np.concatenate([by_p * p * (1.0 - p) - off, by_talk, [by_middle, r * by_r - x[-1]]])
    return -value / q, -gradient / q


def _negative_binomial(overlaps: Overlaps, log_mean: FloatArray, r: float) -> tuple[float, FloatArray, float]:
    """Return the weighted log likelihood, its slopes in the (z,) log means, and that in r."""
    from scipy.special import digamma, gammaln

    o, w = overlaps.together, overlaps.weight
    mean = np.exp(log_mean)
    each = gammaln(o + r) - gammaln(r) + r * np.log(r) + o * log_mean - (o + r) * np.log(mean + r)
    by_log = w * (o - mean * (o + r) / (mean + r))
    by_r = digamma(o + r) - digamma(r) + np.log(r) + 1.0 - np.log(mean + r) - (o + r) / (mean + r)
    return float(w @ each), by_log, float(w @ by_r)
