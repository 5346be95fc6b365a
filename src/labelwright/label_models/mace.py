"""MACE: which votes were meant, and which are spam."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import VotePatterns
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.log_space import posteriors, softmax
from labelwright.core.votes.vote_shares import vote_shares
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.dirichlet import divergence, expected_log
from labelwright.label_models._em.em import Arrays, best_run, largest_change, run_em
from labelwright.label_models._settings import Constraint, at_least, integer, numbers, one_of
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PSEUDO_COUNTS = 'positive pseudo-counts (zero is allowed with method="em")'
TINY = 1e-12  # keeps logarithms finite where maximum likelihood says never


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """Pseudo-counts and expected counts: (m, 2) votes meant and spam, (m, k) spam for each class."""

    meant_or_spam: FloatArray
    habits: FloatArray

    @property
    def means(self) -> Arrays:
        """(m,) shares of votes meant, (m, k) shares of the spam votes."""
        return vote_shares(self.meant_or_spam)[:, 0], vote_shares(self.habits)

    def mode(self) -> Arrays:
        """Return (m,) P(a vote is meant) and (m, k) P(it is spam, for this class)."""
        shares = vote_shares(self.meant_or_spam)
        return shares[:, 0], shares[:, 1:] * vote_shares(self.habits)

    def mean_logs(self) -> Arrays:
        """Return the same as exponentials of the mean logarithms, as variational Bayes takes them."""
        shares = np.exp(expected_log(self.meant_or_spam))
        return shares[:, 0], shares[:, 1:] * np.exp(expected_log(self.habits))


def vote_logs(cast_votes: CastVotes, honest: FloatArray, spam: FloatArray) -> Arrays:
    """Return (t,) log P(vote) where it is right and where it is wrong, from (m,) and (m, k) shares."""
    wrong = np.maximum(spam.ravel()[cast_votes.lf_class], TINY)
    return np.log(honest[cast_votes.lfs] + wrong), np.log(wrong)


def expected_shares(cast_votes: CastVotes, P: FloatArray, honest: FloatArray, spam: FloatArray) -> Arrays:
    """Return (m,) and (m, k): the shares of each LF's votes that were meant, and were spam for a class."""
    share = honest[cast_votes.lfs]
    meant = cast_votes.right(P) * share / np.maximum(share + spam.ravel()[cast_votes.lf_class], TINY)
    size = np.maximum(cast_votes.size, 1)
    return cast_votes.by_lf(meant) / size, cast_votes.by_lf_class(1 - meant) / size[:, None]


class MACE(BaseLabelModel):
    """A vote is either meant, and right, or spam from the LF's own habit; both are learned.

    ::

        y_i      ~ balance
        s_ij     ~ Bernoulli(theta_j)            is the vote spam?
        vote_ij  = y_i                           if s_ij = 0
                 ~ Categorical(xi_j)             if s_ij = 1
        P(vote_j = l | y) = (1 - theta_j) 1{l = y} + theta_j xi_j[l]

    ``method="vb"`` puts priors theta_j ~ Beta and xi_j ~ Dirichlet and updates their posteriors by
    variational Bayes: mean logarithms (digamma) take the place of the parameters' logarithms in the E step.
    ``method="em"`` is expectation maximization with the same pseudo-counts added to the expected counts.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    method : {"vb", "em"}, default "vb"
        Variational Bayes or expectation maximization.
    honesty_prior : (meant, spam), default (0.5, 0.5)
        Beta pseudo-counts of votes meant and of spam; "em" takes zeros too.
    spam_prior : float, default 10.0
        Dirichlet pseudo-count of every class in an LF's habit: holds the habits of LFs with few votes near
        uniform.
    restarts : int, default 0
        Further starts from random shares of spam and random habits; the one with the best objective is
        kept.
    class_balance : (k,) array of positive shares, optional
        P(y), held fixed; equal shares without, as in the paper.
    max_iter : int, default 1000
        Most steps of a start.
    tol : float, default 1e-6
        The largest change of a share that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares; `class_balance_`, if not given the mean posterior of covered rows;
        or the balance that the model works with.
    random_state : int, numpy.random.Generator or None
        Seeds the restarts and ``predict(ties="random")``; without restarts the fit is deterministic.

    Attributes
    ----------
    honesty_ : (m,) float64
        1 - theta_j, the (posterior mean) share of votes meant: the trust in an LF.
    habits_ : (m, k) float64
        xi_j, what an LF votes when it does not mean it.
    start_objectives_ : (1 + restarts,) float64
        The objective that each start ended at; the first of the highest was taken.
    n_iter_ : int
        Steps taken by the start that was kept.
    converged_ : bool
        Whether it reached `tol`; a ConvergenceWarning says when not.
    objective_ : (n_iter_,) float64
        The evidence lower bound ("vb") or log likelihood plus log prior ("em") before each step; it
        never falls.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: D. Hovy, T. Berg-Kirkpatrick, A. Vaswani and E. Hovy, "Learning Whom to Trust with MACE" (2013),
    sections 2 and 3; the default priors are the paper's. Deviations: the first start is the majority
    vote, so that results do not hang on a seed, and random starts, of which the paper takes 100, are left
    to choice. Cost of a step: O(votes cast + patterns * k).

    No LF is ever taken to be worse than chance: a vote never speaks against its own class. Use it where
    some voters do not look at the data, and answer by habit. "vb" is quick to distrust LFs with few votes,
    which suits crowds; with many sparse LFs, "em" with the same pseudo-counts keeps closer to the majority.
    LFs that vote for one class only cannot be told from spam for that class, so MACE may distrust the best
    of them; see `LabelModel`.

    Examples
    --------
    >>> honest, spammer = [0, 1, 0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1, 1, 1]
    >>> votes = np.column_stack([honest, honest, spammer, honest])
    >>> model = MACE().fit(votes)
    >>> model.honesty_.round(2).tolist(), model.predict(votes).tolist()
    ([0.93, 0.93, 0.09, 0.93], [0, 1, 0, 1, 0, 1, 0, 1])
    """

    assumes = "an LF either knows the class or votes by habit, and LFs do so independently"
    _balance_settings = ()
    _constraints: ClassVar = {
        "method": one_of("vb", "em"),
        "honesty_prior": numbers(
            2, lambda prior: 0 <= min(prior) <= max(prior) < np.inf, f"two {PSEUDO_COUNTS}"
        ),
        "spam_prior": Constraint(lambda prior: 0 <= prior < np.inf, PSEUDO_COUNTS),
        "restarts": integer(0),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        method: Literal["vb", "em"] = "vb",
        honesty_prior: tuple[float, float] = (0.5, 0.5),
        spam_prior: float = 10.0,
        restarts: int = 0,
        class_balance: ArrayLike | None = None,
        max_iter: int = 1000,
        tol: float = 1e-6,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.method = method
        self.honesty_prior = honesty_prior
        self.spam_prior = spam_prior
        self.restarts = restarts
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def _check_settings(self) -> None:
        super()._check_settings()
        for name in ("honesty_prior", "spam_prior"):
            if self.method == "vb" and not np.min(getattr(self, name)) > 0:
                raise LabelModelError(f"{name}={getattr(self, name)!r}; expected {PSEUDO_COUNTS}")

    # --- fitting

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        if self.method == "vb":
            return None  # the average over parameters is the surer the more rows there are
        honest, spamming = self.honesty_prior
        return {
            "honesty_prior": (times * honest, times * spamming),
            "spam_prior": times * self.spam_prior,
        }

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        cast_votes = CastVotes.of(patterns.votes, self.n_classes_, counts=patterns.counts)
        self._balance = np.full(cast_votes.k, 1.0 / cast_votes.k) if balance is None else balance
        known, shares = KnownClasses.of(patterns), starting_shares(patterns, cast_votes.k)
        runs = [self._run(cast_votes, known, start) for start in self._starts(cast_votes, shares)]
        found, search = best_run(runs)
        trust = self._trust(cast_votes, *found)
        self.honesty_, self.habits_ = trust.means
        self._honest, self._spam = self._effective(trust)
        self.start_objectives_ = np.array([search.objective[-1] for _, search in runs])
        self.objective_ = search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _starts(self, cast_votes: CastVotes, shares: FloatArray) -> Iterator[Arrays]:
        """Yield shares of votes meant and of spam: from (u, k) posteriors, then at random."""
        m, k = cast_votes.m, cast_votes.k
        yield expected_shares(cast_votes, shares, np.full(m, 0.5), np.full((m, k), 0.5 / k))
        generator = as_generator(self.random_state)
        for _ in range(self.restarts):
            meant = generator.random(m)
            yield meant, (1 - meant)[:, None] * generator.dirichlet(np.ones(k), size=m)

    def _run(self, cast_votes: CastVotes, known: KnownClasses, start: Arrays) -> tuple[Arrays, Search]:
        def step(shares: Arrays) -> tuple[Arrays, float]:
            trust = self._trust(cast_votes, *shares)
            effective = self._effective(trust)
            joint = cast_votes.joint_log(np.log(self._balance), *vote_logs(cast_votes, *effective))
            P, evidence = posteriors(known.restrict(joint))
            objective = float(cast_votes.counts @ evidence) - self._penalty(trust)
            return expected_shares(cast_votes, P, *effective), objective

        return run_em(step, start, change=largest_change, max_iter=self.max_iter, tol=self.tol)

    def _trust(self, cast_votes: CastVotes, meant: FloatArray, spam: FloatArray) -> Trust:
        """Return the counts: of the prior, and expected from shares of the votes."""
        kinds = np.stack([meant, spam.sum(axis=1)], axis=1)
        size = cast_votes.size[:, None]
        return Trust(kinds * size + self.honesty_prior, spam * size + self.spam_prior)

    def _effective(self, trust: Trust) -> Arrays:
        return trust.mean_logs() if self.method == "vb" else trust.mode()

    def _penalty(self, trust: Trust) -> float:
        """Return what the prior takes from the objective: a divergence, or minus its log density."""
        meant_or_spam = np.array(self.honesty_prior)
        habits = np.full(self.n_classes_, self.spam_prior)
        if self.method == "vb":
            return divergence(trust.meant_or_spam, meant_or_spam) + divergence(trust.habits, habits)
        from scipy.special import xlogy

        honest, spam = trust.means
        shares = np.stack([honest, 1 - honest], axis=1)
        return -float(xlogy(meant_or_spam, shares).sum() + xlogy(habits, spam).sum())

    def _posterior(self, votes: VoteArray) -> FloatArray:
        cast_votes = CastVotes.of(votes, self.n_classes_)
        logs = vote_logs(cast_votes, self._honest, self._spam)
        return softmax(cast_votes.joint_log(np.log(self._balance), *logs))
