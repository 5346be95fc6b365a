r"""Each LF as the others see it: how often they find its votes right, never asking the LF itself.

The others' view of a row is a vote weighted by their own accuracies, near duplicates sharing one vote and
classes equally probable at first. Where they give the class that LF j votes the probability q_i, the votes of
j are a mixture of right and wrong ones, whose share a_j of right ones maximises ::

    sum_i  log( a_j q_i  +  (1 - a_j) (1 - q_i) / (k - 1) )

Its curvature says how sure that is. All accuracies are found together, one Newton step each a round. This
assumes that LFs of different groups err independently, as label models do; where they do not, every estimate
here is too good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.patterns import thinned

MAX_VOTES: Final = 1 << 17
"""Votes looked at; beyond, evenly spaced patterns stand for all."""

ROUNDS: Final = 6
EXPECTED: Final = 0.7
PRIOR_VOTES: Final = 10.0
ANCHOR: Final = 1.0
"""Prior votes a vote of an LF that votes one class: agreement cannot tell its accuracy from how common the
class is, and free estimates drift until every LF of one class is right and every other wrong."""
MIN_ACCURACY, MAX_ACCURACY = 0.01, 0.99
Z: Final = 1.959964
"""Standard normal quantile of a 95% range."""


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """What the others say of each of m LFs.

    Attributes
    ----------
    accuracies, errors : (m,) float64
        The share of right votes and its standard error; nan for an LF that never meets another.
    votes, met : (m,) float64
        Votes looked at, and those beside a vote of another group.
    support, chance : (m,) float64
        The mean probability that the others give to the LF's votes, and to votes of the same classes
        wherever votes are cast.
    chance_errors : (m,) float64
        The standard error of `support` for votes at random.
    """

    accuracies: FloatArray
    errors: FloatArray
    votes: FloatArray
    met: FloatArray
    support: FloatArray
    chance: FloatArray
    chance_errors: FloatArray

    def range_of(self, accuracies: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the ends of (m,) 95% ranges of accuracies that the others' votes tell.

        The others' votes on the rows of an LF tell as much of its accuracy as hand labels of

            n_eff  =  a (1 - a) / error**2

        rows would, far fewer than it votes on where the others are unsure; Wilson's interval for a share of
        so many. It holds sampling error given that the model is right, and no more. nan where nothing is
        told.
        """
        a = self.accuracies
        with np.errstate(divide="ignore", invalid="ignore"):
            n = np.where(self.errors > 0, a * (1 - a) / self.errors**2, np.nan)
            n = np.where(np.isfinite(n) & (n > 0), n, np.nan)
            centre = (accuracies + Z**2 / (2 * n)) / (1 + Z**2 / n)
            spread = Z * np.sqrt(accuracies * (1 - accuracies) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
        return np.clip(centre - spread, 0.0, 1.0), np.clip(centre + spread, 0.0, 1.0)


def peers(patterns: VotePatterns, k: int, groups: IntArray, *, rounds: int = ROUNDS) -> Peers:
    """Let LFs judge each other; `groups` (m,) tells near duplicates.

    Votes for sets of classes are left out. Cost: O(rounds * (votes + patterns * k)) of at most 131,072
    votes.
    """
    votes = np.where(patterns.votes < k, patterns.votes, ABSTAIN).astype(patterns.votes.dtype)
    cost = np.maximum((votes != ABSTAIN).sum(axis=1), k // 4)
    part = thinned(VotePatterns(votes, patterns.counts, patterns.inverse), cost, MAX_VOTES)
    judged = _Judged.of(CastVotes.of(part.votes, k, counts=part.counts), groups)
    accuracies = np.full(judged.cast.m, EXPECTED)
    information = np.zeros(judged.cast.m)
    for _ in range(rounds):
        accuracies, information = judged.improved(accuracies)
    return judged.summed(accuracies, information)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Votes that the others judge.

    Attributes
    ----------
    cast : CastVotes
        The t votes cast in u patterns.
    duplicate_weights : (m,) float64
        What a vote of each LF counts: a part of one where it has near duplicates.
    weights : (t,) float64
        The rows of a vote, if there is one of another group beside it.
    prior_votes : (m,) float64
        Votes of accuracy 0.7 that each LF starts with.
    """

    cast: CastVotes
    duplicate_weights: FloatArray
    weights: FloatArray
    prior_votes: FloatArray

    @classmethod
    def of(cls, cast: CastVotes, groups: IntArray) -> _Judged:
        shares = 1.0 / np.bincount(groups, minlength=cast.m)[groups]
        weighed = np.bincount(cast.rows, weights=shares[cast.lfs], minlength=len(cast.counts))
        beside = weighed[cast.rows] > 1.0 + 1e-9
        weights = np.where(beside, cast.counts[cast.rows], 0.0)
        met = np.bincount(cast.lfs, weights=weights, minlength=cast.m)
        classes = np.bincount(cast.lf_class, minlength=cast.m * cast.k).reshape(cast.m, cast.k) > 0
        one_class = classes.sum(axis=1) == 1
        return cls(cast, shares, weights, PRIOR_VOTES + ANCHOR * np.where(one_class, met, 0.0))

    def improved(self, accuracies: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return accuracies after a Newton step each, and the information on them that votes carry."""
        others = self.others(accuracies, self.views(accuracies))
        wrong = (1.0 - others) / (self.cast.k - 1)
        a = accuracies[self.cast.lfs]
        slope = (others - wrong) / (a * others + (1.0 - a) * wrong)
        information = self._by_lf(slope**2)
        a, p = accuracies, EXPECTED
        score = self._by_lf(slope) + self.prior_votes * (p / a - (1 - p) / (1 - a))
        curvature = information + self.prior_votes * (p / a**2 + (1 - p) / (1 - a) ** 2)
        return np.clip(a + score / curvature, MIN_ACCURACY, MAX_ACCURACY), information

    def views(self, accuracies: FloatArray) -> FloatArray:
        """Return (u, k) all LFs' view of each row: masses of its classes."""
        cast, k = self.cast, self.cast.k
        weights = (self._log_odds(accuracies) * self.duplicate_weights)[cast.lfs]
        scores = np.bincount(cast.row_class, weights=weights, minlength=len(cast.counts) * k)
        scores = scores.reshape(len(cast.counts), k)
        mass: FloatArray = np.exp(scores - scores.max(axis=1, keepdims=True, initial=0.0))
        return mass

    def others(self, accuracies: FloatArray, mass: FloatArray) -> FloatArray:
        """Return (t,) the others' probability of each vote.

        One whole vote is taken out, so that near duplicates do not vouch for each other.
        """
        own = mass.ravel()[self.cast.row_class]
        without = own * np.exp(-self._log_odds(accuracies))[self.cast.lfs]
        rest = np.maximum(mass.sum(axis=1)[self.cast.rows] - own, 0.0) + without
        probabilities: FloatArray = without / np.maximum(rest, 1e-300)
        return probabilities

    def summed(self, accuracies: FloatArray, information: FloatArray) -> Peers:
        """Return what the others say, once accuracies have come to rest."""
        mass = self.views(accuracies)
        others, P = self.others(accuracies, mass), mass / mass.sum(axis=1, keepdims=True)
        met = self._by_lf(np.ones_like(others))
        rows = np.bincount(self.cast.rows, weights=self.weights, minlength=len(P))
        shares = rows @ P / max(rows.sum(), 1.0)
        random = shares[self.cast.lf_class % self.cast.k]
        counted = np.maximum(met, 1.0)
        with np.errstate(divide="ignore"):
            errors = np.where(met > 0, 1.0 / np.sqrt(information), np.nan)
        return Peers(
            accuracies=np.where(met > 0, accuracies, np.nan),
            errors=errors,
            votes=self.cast.size,
            met=met,
            support=self._by_lf(others) / counted,
            chance=self._by_lf(random) / counted,
            chance_errors=np.sqrt(self._by_lf(random * (1 - random))) / counted,
        )

    def _log_odds(self, accuracies: FloatArray) -> FloatArray:
        weights: FloatArray = np.log((self.cast.k - 1) * accuracies / (1.0 - accuracies))
        return weights

    def _by_lf(self, values: FloatArray) -> FloatArray:
        sums = np.bincount(self.cast.lfs, weights=values * self.weights, minlength=self.cast.m)
        return sums.astype(np.float64, copy=False)
