"""Conditional independence, fitted by maximum a posteriori, and tested against how LFs vote together.

::

    P(y, votes) = balance_y  prod_j P_j(vote_j | y)        abstaining is one of the outcomes of an LF

Where this holds nothing beats it. Whether it does can be seen without labels: it says how often each pair of
votes is cast together, ``e = n sum_y balance_y P_i(v | y) P_j(w | y)``, and the squared relative errors of
that, less what chance explains, are the *lack of fit*. It is a size, not a test statistic: written LFs that
share words miss by 16 to 150% (0.026 to 2.1) whatever the number of rows, planted independent votes by less
than 1% once rows are many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core.votes.log_space import posteriors
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._default.anchored import IDENTIFIABLE
from labelwright.label_models._default.lf_priors import LFPriors
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.label_models._dependent.clique_tables import CliqueTables
from labelwright.label_models._em.em import run_em

MIN_VOTES = 100  # votes for each number in the tables, in the mean: fewer do not fill them
MAX_OUTCOMES = 1 << 11  # (LF, vote) pairs up to which pairs of them are counted
MAX_LACK_OF_FIT = 0.005  # squared relative error of a pair's count, 7%
MIN_EXPECTED = 10.0  # rows that a pair of votes must be expected on to be judged
FEW_PATTERNS = 1 << 13  # patterns that EM starts on, where there are more
ROUGH_TOL = 1e-3
TOL = 1e-5
MAX_ITER = 300
MAX_LEFT = 0.05  # share of the votes of LFs that depend on each other without tables for it
PSEUDO_COUNT = 0.5  # Jeffreys' prior of a probability


@dataclass(frozen=True, slots=True, eq=False)
class IndependentFit:
    """Conditional independence as fitted.

    Attributes
    ----------
    lf : (q,) int64
        The LF of each vote.
    balance : (k,) float64
    votes : (q, k) float64
        P(vote is cast | y).
    silence : (m, k) float64
        P(LF j abstains | y).
    tables : CliqueTables or None
        What LFs that depend on each other do beside what each does alone.
    """

    lf: IntArray
    balance: FloatArray
    votes: FloatArray
    silence: FloatArray
    tables: CliqueTables | None = None

    @property
    def weights(self) -> FloatArray:
        """(q, k): what a vote adds to the log score of each class, over abstaining."""
        weights: FloatArray = np.log(self.votes) - np.log(self.silence)[self.lf]
        return weights

    def intercept(self, lf_weights: FloatArray) -> FloatArray:
        """Return (k,) the log score of a row of abstentions, given (m,) weights of LFs."""
        score: FloatArray = np.log(self.balance) + lf_weights @ np.log(self.silence)
        return score

    def distance(self, other: IndependentFit) -> float:
        """Return the largest absolute difference of votes and balances; silence is what votes leave."""
        votes = np.abs(self.votes - other.votes).max()
        return float(max(votes, np.abs(self.balance - other.balance).max()))


def worth_trying(votes: WeightedVotes) -> bool:
    """Whether votes are enough, and for all classes, to fit conditional independence to and to judge it.

    LFs that depend on each other must have tables of their votes taken together, but for few votes.
    """
    return bool(
        (votes.dependence is None or votes.dependence.left(votes.lf_size) <= MAX_LEFT)
        and len(votes.columns) <= MAX_OUTCOMES
        and votes.effective_lfs >= IDENTIFIABLE
        and len(np.unique(votes.vote)) == votes.k
        and votes.size.sum() >= MIN_VOTES * len(votes.columns) * votes.k
    )


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What is known beforehand: (k,) the class balance, if it is, and (q, k) votes counted in addition."""

    balance: FloatArray | None
    votes: FloatArray | float = 0.0

    @classmethod
    def of(cls, votes: WeightedVotes, priors: LFPriors, balance: FloatArray | None) -> Given:
        """Count what is known of LFs as votes: as many as said, or as the LF casts."""
        counted = np.where(np.isnan(priors.precision), 0.0, priors.votes_or(votes.lf_size))
        each = (counted / np.maximum(votes.lf_size, 1.0))[votes.lf] * votes.size
        right = priors.precision_or(1.0)[votes.lf][:, None]
        spread = np.where(votes.own, right, (1.0 - right) / (votes.k - 1))
        return cls(balance, each[:, None] * spread)


def independent_fit(
    votes: WeightedVotes, starts: Sequence[FloatArray], given: Given
) -> tuple[IndependentFit, Search]:
    """Run EM from each of some (u, k) posteriors, and on from where it found the votes most likely.

    Where patterns are many, an even choice of them decides between the starts.
    """
    step = max(len(votes.counts) // FEW_PATTERNS, 1)
    some = votes.every(step)
    found = [_em(some, P[::step], given, tol=ROUGH_TOL)[0] for P in starts]
    best = max(found, key=lambda fit: float(some.counts @ _e_step(some, fit)[1]))
    fit, search = _em(votes, _e_step(votes, best)[0], given, tol=TOL)
    return _named_by_votes(votes, fit, given), search


def _em(votes: WeightedVotes, P: FloatArray, given: Given, *, tol: float) -> tuple[IndependentFit, Search]:
    def step(before: IndependentFit) -> tuple[IndependentFit, float]:
        P, evidence = _e_step(votes, before)
        return _m_step(votes, P, given), float(votes.counts @ evidence)

    return run_em(step, _m_step(votes, P, given), change=IndependentFit.distance, max_iter=MAX_ITER, tol=tol)


def _m_step(votes: WeightedVotes, P: FloatArray, given: Given) -> IndependentFit:
    """Return the most probable parameters given posteriors, every table cell counted `PSEUDO_COUNT` more."""
    rows = votes.counts @ P
    cast_on = votes.totals(P)
    # Known votes tell how they spread over the classes; how often the LF is silent stays as it is.
    spread = cast_on + given.votes
    cast_on = spread * (cast_on.sum(axis=1) / np.maximum(spread.sum(axis=1), 1e-300))[:, None]
    voted = np.zeros((votes.m, votes.k))
    np.add.at(voted, votes.lf, cast_on)
    outcomes = 1 + np.bincount(votes.lf, minlength=votes.m)
    total = rows + PSEUDO_COUNT * outcomes[:, None]
    rates = (cast_on + PSEUDO_COUNT) / total[votes.lf]
    silence = (np.maximum(rows - voted, 0.0) + PSEUDO_COUNT) / total
    shares = (rows + PSEUDO_COUNT) / (rows + PSEUDO_COUNT).sum()
    tables = None
    if votes.dependence is not None and votes.dependence.cliques is not None:
        weights = P * votes.counts[:, None]
        tables = votes.dependence.cliques.tables(weights, votes.columns, rates, silence)
    balance = shares if given.balance is None else given.balance
    return IndependentFit(votes.lf, balance, rates, silence, tables=tables)


def _joint(votes: WeightedVotes, fit: IndependentFit) -> FloatArray:
    """Return (u, k) log P(y, votes); an LF of a weight below 1 counts less."""
    joint: FloatArray = fit.intercept(votes.lf_weights) + votes.scores(fit.weights)
    if fit.tables is not None and votes.dependence is not None and votes.dependence.cliques is not None:
        joint += fit.tables.at(votes.dependence.cliques)
    return joint


def _e_step(votes: WeightedVotes, fit: IndependentFit) -> tuple[FloatArray, FloatArray]:
    """Return (u, k) posteriors and (u,) log P(votes)."""
    return posteriors(votes.known.restrict(_joint(votes, fit)))


def _named_by_votes(votes: WeightedVotes, fit: IndependentFit, given: Given) -> IndependentFit:
    """Name the classes so that votes are right most often, unless something else names them.

    The likelihood does not know the names; EM keeps those it starts with, even where few LFs that are right
    hold against many that are wrong.
    """
    from scipy.optimize import linear_sum_assignment

    if votes.known or given.balance is not None or np.any(given.votes):
        return fit
    right = np.zeros((votes.k, votes.k))
    np.add.at(right, votes.vote, fit.votes * fit.balance * votes.duplicate_weights[votes.lf][:, None])
    order = linear_sum_assignment(right, maximize=True)[1]  # class v is the one found as order[v]
    return replace(
        fit,
        balance=fit.balance[order],
        votes=fit.votes[:, order],
        silence=fit.silence[:, order],
        tables=None if fit.tables is None else fit.tables.of_classes(order),
    )


def lack_of_fit(votes: WeightedVotes, fit: IndependentFit) -> tuple[float, float]:
    """Return the lack of fit, a squared relative error, and its standard error; infinite if none shows.

    Pairs of LFs that are near duplicates or depend on each other, directly or through others, are left out:
    that they vote together is taken care of.
    """
    observed, expected = _pairs(votes, fit)
    judged = expected >= MIN_EXPECTED
    o, e = observed[judged], expected[judged]
    if not len(e):
        return np.inf, np.inf
    return float((((o - e) ** 2 - e) / e).sum() / e.sum()), float(np.sqrt(2.0 * len(e)) / e.sum())


def _pairs(votes: WeightedVotes, fit: IndependentFit) -> tuple[FloatArray, FloatArray]:
    """Return how often each two votes of different LFs are cast together, and are expected to be."""
    together = votes.together()
    expected = votes.counts.sum() * (fit.votes * fit.balance) @ fit.votes.T
    upper = _judged(votes.lf, votes.vote_weights < 1.0)
    if votes.dependence is not None:
        upper &= ~votes.dependence.explains(votes.lf)
    return together[upper], expected[upper]


def _judged(lf: IntArray, shared: BoolArray) -> BoolArray:
    different = lf[:, None] < lf
    judged: BoolArray = different & ~(shared[:, None] & shared)
    return judged
