r"""Each LF as the others see it: how often they find its votes right, never asking the LF itself.

The others' view of a row is a vote weighted by their own accuracies, near duplicates sharing one voice and
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


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """What the others say of each of m LFs.

    Attributes
    ----------
    accuracies, errors : (m,) float64
        The share of right votes and its standard error; nan for an LF that never meets another.
    seen, met : (m,) float64
        Votes looked at, and those beside another voice.
    support, chance : (m,) float64
        The mean probability that the others give to the LF's votes, and to votes of the same classes
        wherever votes are cast.
    chance_errors : (m,) float64
        The standard error of `support` for votes at random.
    """

    accuracies: FloatArray
    errors: FloatArray
    seen: FloatArray
    met: FloatArray
    support: FloatArray
    chance: FloatArray
    chance_errors: FloatArray


def peers(patterns: VotePatterns, k: int, groups: IntArray) -> Peers:
    """Let LFs judge each other; `groups` (m,) tells near duplicates.

    Votes for sets of classes are left out. Cost: O(ROUNDS * (votes + patterns * k)) of at most 131,072
    votes.
    """
    votes = np.where(patterns.votes < k, patterns.votes, ABSTAIN).astype(patterns.votes.dtype)
    cost = np.maximum((votes != ABSTAIN).sum(axis=1), k // 4)
    part = thinned(VotePatterns(votes, patterns.counts, patterns.inverse), cost, MAX_VOTES)
    heard = _Heard.of(CastVotes.of(part.votes, k, counts=part.counts), groups)
    accuracies = np.full(heard.cast_votes.m, EXPECTED)
    information = np.zeros(heard.cast_votes.m)
    for _ in range(ROUNDS):
        accuracies, information = heard.improved(accuracies)
    return heard.judged(accuracies, information)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """Votes, the voice of each LF, rows a vote beside another voice, and prior votes an LF."""

    cast_votes: CastVotes
    voices: FloatArray
    weights: FloatArray
    pull: FloatArray

    @classmethod
    def of(cls, cast_votes: CastVotes, groups: IntArray) -> _Heard:
        voices = 1.0 / np.bincount(groups, minlength=cast_votes.m)[groups]
        loud = np.bincount(cast_votes.rows, weights=voices[cast_votes.lfs], minlength=len(cast_votes.counts))
        beside = loud[cast_votes.rows] > 1.0 + 1e-9
        weights = np.where(beside, cast_votes.counts[cast_votes.rows], 0.0)
        met = np.bincount(cast_votes.lfs, weights=weights, minlength=cast_votes.m)
        lf_class = np.unique(cast_votes.lf_class)
        one_class = np.bincount(lf_class // cast_votes.k, minlength=cast_votes.m) == 1
        return cls(cast_votes, voices, weights, PRIOR_VOTES + ANCHOR * np.where(one_class, met, 0.0))

    def improved(self, accuracies: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return accuracies after a Newton step each, and the information on them that votes carry."""
        others, _ = self.views(accuracies)
        wrong = (1.0 - others) / (self.cast_votes.k - 1)
        a = accuracies[self.cast_votes.lfs]
        slope = (others - wrong) / (a * others + (1.0 - a) * wrong)
        information = self._by_lf(slope**2)
        a, p = accuracies, EXPECTED
        score = self._by_lf(slope) + self.pull * (p / a - (1 - p) / (1 - a))
        curvature = information + self.pull * (p / a**2 + (1 - p) / (1 - a) ** 2)
        return np.clip(a + score / curvature, MIN_ACCURACY, MAX_ACCURACY), information

    def views(self, accuracies: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (t,) the others' probability of each vote, and (u, k) all LFs' view of each row."""
        b, k = self.cast_votes, self.cast_votes.k
        weight = np.log((k - 1) * accuracies / (1.0 - accuracies))[b.lfs]
        added = np.bincount(b.row_class, weights=weight * self.voices[b.lfs], minlength=len(b.counts) * k)
        scores = added.reshape(len(b.counts), k)
        mass = np.exp(scores - scores.max(axis=1, keepdims=True, initial=0.0))
        total = mass.sum(axis=1)
        own = mass.ravel()[b.row_class]
        # One whole voice is taken out, so that near duplicates do not vouch for each other.
        without = own * np.exp(-weight)
        rest = np.maximum(total[b.rows] - own, 0.0) + without
        return without / np.maximum(rest, 1e-300), mass / total[:, None]

    def judged(self, accuracies: FloatArray, information: FloatArray) -> Peers:
        """Sum up."""
        others, P = self.views(accuracies)
        met = self._by_lf(np.ones_like(others))
        rows = np.bincount(self.cast_votes.rows, weights=self.weights, minlength=len(P))
        shares = rows @ P / max(rows.sum(), 1.0)
        random = shares[self.cast_votes.lf_class % self.cast_votes.k]
        counted = np.maximum(met, 1.0)
        with np.errstate(divide="ignore"):
            errors = np.where(met > 0, 1.0 / np.sqrt(information), np.nan)
        return Peers(
            accuracies=np.where(met > 0, accuracies, np.nan),
            errors=errors,
            seen=self.cast_votes.size,
            met=met,
            support=self._by_lf(others) / counted,
            chance=self._by_lf(random) / counted,
            chance_errors=np.sqrt(self._by_lf(random * (1 - random))) / counted,
        )

    def _by_lf(self, values: FloatArray) -> FloatArray:
        sums = np.bincount(self.cast_votes.lfs, weights=values * self.weights, minlength=self.cast_votes.m)
        return sums.astype(np.float64, copy=False)
