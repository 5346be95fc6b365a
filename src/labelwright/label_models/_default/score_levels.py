"""What the scores of votes say beyond the votes: how often votes of each level are right.

Whatever a label model makes of the votes, a scored vote for class c says more::

    P(y | votes, scores)  ∝  P(y | votes) prod_j  P(b_j, s_j | y, c_j)

    P(b, s | y, c)  =  right[b] / (k - 1)                                       where y = c
                       wrong[b] * (second  if y = s  else  (1 - second) / (k - 2))   where not

b is the bin of the level of the score and s the second choice: the class with the highest score of the
others, of which `second` is how often it is the true one where the vote is wrong. Scores are thus compared
with one another only, so that an LF which says 0.99 where it should say 0.7 is read as one which says 0.7;
and where its scores tell nothing, right and wrong are the same, and its vote counts as it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.log_space import posteriors
from labelwright.core.votes.row_scores import RowScores
from labelwright.core.votes.scored_sample import ScoredSample, claimed, leveled
from labelwright.label_models._em.em import largest_change, run_em

BEYOND = np.iinfo(np.int64).max  # every level
BINS = 10  # of an LF's levels, with about as many votes each
CLAIM_VOTES = 10.0  # for how many votes an LF's own word on how sure it is counts
MAX_ITER, TOL = 100, 1e-4
FIT_ROWS = 1 << 14  # of the sample, which tell shares of ten bins well; more cost seconds and tell no more
MIN_BIN = 100  # votes in a bin, so that few votes make few bins
MAX_POWER = 64.0
FLOOR = 1e-3  # of a bin's share, so that no level is a proof


@dataclass(frozen=True, slots=True, eq=False)
class ScoreLevels:
    """How often scored votes are right, by the bin of their level.

    Attributes
    ----------
    lfs : (s,) int64
        The columns of the LFs that score.
    edges : (s, bins - 1) int64
        The lowest level of each bin but the first; bins that are not needed begin beyond every level.
    right, wrong : (s, bins) float64
        P(bin | the vote is right) and P(bin | it is wrong); rows sum to 1.
    second : (s,) float64
        P(the second choice is the class | the vote is wrong).
    k : int
        Classes.
    """

    lfs: IntArray
    edges: IntArray
    right: FloatArray
    wrong: FloatArray
    second: FloatArray
    k: int

    @classmethod
    def fit(cls, scored: ScoredSample, P: FloatArray) -> ScoreLevels:
        """Learn by EM from a sample of rows and (r, k) what the votes alone make of them.

        ::

            E step   q_i(y)    ∝  P_i(y) prod_j P(b_ij, s_ij | y, c_ij),   0 and 1 where there is a hand label
            M step   right[b]  ∝  sum_i q_i(c_i) 1{b_i = b}        +  10 prior(b)
                     wrong[b]  ∝  sum_i (1 - q_i(c_i)) 1{b_i = b}  +  10 prior(b)

        The priors are what the LF itself claims: where nothing else tells how far to trust its scores, it is
        taken at its word, and with more votes it is judged by the others.
        """
        lfs, edges = np.array(scored.lfs), _edges(scored.levels)
        rows = ScoredRows.of(scored.votes, scored.levels, scored.seconds, lfs=lfs, edges=edges, k=P.shape[1])
        known = KnownClasses(scored.sample.labels.astype(np.int64))
        prior = _claims(rows, scored.levels, P, lfs=lfs, edges=edges)
        logs = known.restrict(np.log(np.maximum(P, np.finfo(np.float64).tiny)))

        def step(before: ScoreLevels) -> tuple[ScoreLevels, float]:
            Q, evidence = posteriors(logs + before.log_factors(rows))
            return prior.updated(rows, Q), float(evidence.sum())

        found, _ = run_em(step, prior, change=ScoreLevels.distance, max_iter=MAX_ITER, tol=TOL)
        return found

    def updated(self, rows: ScoredRows, Q: FloatArray) -> ScoreLevels:
        """Return what (r, k) posteriors say, these levels being the prior."""
        right, wrong = np.empty_like(self.right), np.empty_like(self.wrong)
        second = np.empty_like(self.second)
        for place in range(len(self.lfs)):
            at = rows.at[place]
            is_right = Q[at, rows.cast[place]]
            right[place] = _shares(rows.bins[place], is_right, self.right[place])
            wrong[place] = _shares(rows.bins[place], 1.0 - is_right, self.wrong[place])
            named = rows.second[place] >= 0
            hit = Q[at[named], rows.second[place][named]].sum()
            second[place] = (hit + CLAIM_VOTES * self.second[place]) / (
                (1.0 - is_right)[named].sum() + CLAIM_VOTES
            )
        return ScoreLevels(self.lfs, self.edges, right, wrong, second, self.k)

    def distance(self, other: ScoreLevels) -> float:
        """Return the largest absolute difference of any parameter."""
        return largest_change((self.right, self.wrong, self.second), (other.right, other.wrong, other.second))

    def log_factors(self, rows: ScoredRows) -> FloatArray:
        """Return (r, k) what the scores of rows add to the log probability of each class."""
        k, factors = self.k, np.zeros((rows.n, self.k))
        log_right, log_wrong = (np.log(np.maximum(shares, 1e-300)) for shares in (self.right, self.wrong))
        for place, (at, cast, bins, second) in enumerate(rows.of_lfs()):
            right, wrong = log_right[place, bins], log_wrong[place, bins]
            factors[at] += wrong[:, None]
            factors[at, cast] += right - wrong
            if k > 2:
                named = second >= 0
                hit, miss = self.second[place], (1.0 - self.second[place]) / (k - 2)
                factors[at[named]] += np.log(miss * (k - 1))
                factors[at[named], cast[named]] -= np.log(miss * (k - 1))
                factors[at[named], second[named]] += np.log(hit / miss)
        return factors

    def of_votes(self, votes: VoteArray, scores: Mapping[int, RowScores]) -> FloatArray:
        """Return (n, k) log factors of votes, given the scores of LFs by column; others count for nothing."""
        return self.of_levels(votes, *self.laid_out(votes, scores))

    def laid_out(self, votes: VoteArray, scores: Mapping[int, RowScores]) -> IntArray:
        """Return (2, n, s) the levels and second choices of the LFs that scored in training."""
        known = {int(lf): scores[int(lf)] for lf in self.lfs if int(lf) in scores}
        places = [place for place, lf in enumerate(self.lfs) if int(lf) in known]
        told = leveled(votes, known)
        levels = np.full((2, len(votes), len(self.lfs)), -1, dtype=np.int64)
        levels[0][:, places], levels[1][:, places] = told[:, : len(known)], told[:, len(known) :]
        return levels

    def of_levels(self, votes: VoteArray, levels: IntArray, seconds: IntArray) -> FloatArray:
        """Return (n, k) log factors of votes, given (n, s) levels and second choices."""
        rows = ScoredRows.of(votes, levels, seconds, lfs=self.lfs, edges=self.edges, k=self.k)
        return self.log_factors(rows)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """The scored votes of n rows laid out, one array an LF: rows, classes, bins and second choices."""

    n: int
    at: tuple[IntArray, ...]
    cast: tuple[IntArray, ...]
    bins: tuple[IntArray, ...]
    second: tuple[IntArray, ...]

    @classmethod
    def of(
        cls,
        votes: VoteArray,
        levels: IntArray,
        seconds: IntArray,
        *,
        lfs: IntArray,
        edges: IntArray,
        k: int,
    ) -> ScoredRows:
        """Lay out (n, m) votes, and (n, s) levels and second choices, -1 where there are none."""
        parts = []
        for place, lf in enumerate(lfs):
            has: BoolArray = (levels[:, place] >= 0) & (votes[:, lf] >= 0) & (votes[:, lf] < k)
            at = np.flatnonzero(has)
            bins = np.searchsorted(edges[place], levels[at, place], side="right")
            parts.append((at, votes[at, lf].astype(np.int64), bins, seconds[at, place].astype(np.int64)))
        return cls(len(votes), *zip(*parts, strict=True))

    def of_lfs(self) -> list[tuple[IntArray, IntArray, IntArray, IntArray]]:
        """Return rows, classes, bins and second choices by LF."""
        return list(zip(self.at, self.cast, self.bins, self.second, strict=True))


def _edges(levels: IntArray) -> IntArray:
    """Return (s, bins - 1) the levels at which bins of about equal numbers of votes begin."""
    edges = np.full((levels.shape[1], BINS - 1), BEYOND)
    for place, column in enumerate(levels.T):
        given = np.sort(column[column >= 0]).astype(np.int64)
        if len(given):
            bins = min(BINS, 1 + len(given) // MIN_BIN)
            cuts = np.unique(given[[len(given) * i // bins for i in range(1, bins)]])
            cuts = cuts[cuts > given[0]]
            edges[place, : len(cuts)] = cuts
    return edges


def _claims(
    rows: ScoredRows, levels: IntArray, P: FloatArray, *, lfs: IntArray, edges: IntArray
) -> ScoreLevels:
    """Return what holds if votes are right as often as their scores say, once these fit the votes.

    Scores are tempered until their mean is what (r, k) posteriors say of the votes. So a vote with no other
    beside it is as probable as its tempered score, and never turned.
    """
    k = P.shape[1]
    right, wrong = np.zeros((len(lfs), BINS)), np.zeros((len(lfs), BINS))
    for place, (at, bins) in enumerate(zip(rows.at, rows.bins, strict=True)):
        sure = _tempered(claimed(levels[at, place]), float(P[at, rows.cast[place]].sum()), k=k)
        right[place] = np.bincount(bins, weights=sure, minlength=BINS)
        wrong[place] = np.bincount(bins, weights=1.0 - sure, minlength=BINS)
    used = 1 + (edges < BEYOND).sum(axis=1, keepdims=True) > np.arange(BINS)
    right, wrong = (_normalised(np.where(used, one, 0.0), used) for one in (right, wrong))
    return ScoreLevels(lfs, edges, right, wrong, np.full(len(lfs), 1.0 / max(k - 1, 1)), k)


def _tempered(shares: FloatArray, total: float, *, k: int) -> FloatArray:
    """Return scores raised to a power, and made shares again, such that they sum to a total if they can.

    The other k - 1 classes share alike what the class that was voted has not.
    """
    chance = np.log(k - 1.0)
    clipped = np.clip(shares, 1e-6, 1.0 - 1e-6)
    away = np.log(clipped) - np.log1p(-clipped) + chance

    def raised(power: float) -> FloatArray:
        found: FloatArray = 1.0 / (1.0 + np.exp(np.clip(chance - power * away, -30.0, 30.0)))
        return found

    low, high = 0.0, MAX_POWER
    for _ in range(40):  # the sum grows with the power where scores are above chance
        middle = (low + high) / 2
        low, high = (middle, high) if raised(middle).sum() < total else (low, middle)
    return raised(low)


def _normalised(counts: FloatArray, used: BoolArray) -> FloatArray:
    totals = counts.sum(axis=1, keepdims=True)
    equal = used / used.sum(axis=1, keepdims=True)
    shares: FloatArray = np.where(totals > 0, counts / np.where(totals > 0, totals, 1.0), equal)
    mixed: FloatArray = (1.0 - FLOOR) * shares + FLOOR * equal
    return mixed


def _shares(bins: IntArray, weights: FloatArray, prior: FloatArray) -> FloatArray:
    counts = np.bincount(bins, weights=weights, minlength=BINS) + CLAIM_VOTES * prior
    shares: FloatArray = counts / counts.sum()
    return shares
