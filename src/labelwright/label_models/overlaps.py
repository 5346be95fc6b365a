"""How precise one-class votes are, from how often they are cast together: what confidences are set by.

Votes a and b of different LFs, for the classes v and w, are cast together on about ::

    e_ab  =  n f_a f_b  exp(t_a + t_b)  sum_y q_a(y) q_b(y) / s_y
    q_a(v) = p_a,   q_a(y) = (1 - p_a) s_y / (1 - s_v)  elsewhere

rows: f is how often a vote is cast, p_a = P(y = v | a) its precision, s the class shares, and t how talkative
the LF is, since long texts draw votes of all kinds. Counts scatter about that far more than chance would
have them where LFs share words, so they are negative binomial with a dispersion 1/r that is estimated too:
on votes that the formula explains the counts decide, on others the prior does::

    logit p_a ~ Normal(u + SPECIFIC log(.05 / f_a), SPREAD²),  u ~ Normal(logit .75, 1),  t ~ Normal(0, 1/4)

Broad LFs are thus expected to be less precise. A pair of which the rarer vote nearly always comes with the
other tells nothing, as one of them is built into the other, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.label_models.cast import Cast
from labelwright.label_models.evidence import cast_together

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_VOTES = 512  # one-class votes that are looked at, the most frequent ones
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
        The votes' places in `Cast.columns`.
    own : (q, k) bool
        The class each is for.
    rate : (q,) float64
        Share of the rows on which each is cast.
    pair : (2, z) int64
        Positions a and b in `votes`.
    together : (z,) float64
        Rows on which both are cast.
    weight : (z,) float64
        Product of their voices.
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
    def of(cls, cast: Cast) -> Overlaps:
        """Count the pairs of the most frequent votes of LFs that vote one class."""
        single = np.flatnonzero((cast.size > 0) & ~cast.several_classes)
        votes = np.sort(single[np.argsort(-cast.size[single], kind="stable")[:MOST_VOTES]])
        seen, size = cast.seen[:, votes], cast.size[votes]
        together = cast_together(seen, cast.counts).toarray()
        nested = together >= NESTED * np.minimum(size[:, None], size)
        pair = np.array(np.nonzero(np.triu(~nested, 1)))
        voices = cast.lf_shares[cast.lf[votes]]
        return cls(
            votes=votes,
            own=cast.own[votes],
            rate=size / cast.counts.sum(),
            pair=pair,
            together=together[pair[0], pair[1]],
            weight=voices[pair[0]] * voices[pair[1]],
            n=float(cast.counts.sum()),
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
