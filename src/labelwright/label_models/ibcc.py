"""Independent Bayesian combination of classifiers: confusion matrices under Dirichlet priors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.indicators import VoteTable, outcomes
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_shares import vote_counts, vote_shares
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.variational import Belief, Prior, ascend, classes_of
from labelwright.label_models._settings import at_least, flag, integer, one_of, positive
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class IBCC(BaseLabelModel):
    """Every LF has a confusion matrix with a Dirichlet prior; variational Bayes averages over them.

    ::

        balance ~ Dirichlet(a)            a = balance_votes, the same for all classes
        C_j[y, .] ~ Dirichlet(b_y)        b_yl = right_votes where l = y, else wrong_votes
        y_i ~ balance,   vote_ij ~ C_j[y_i, .]

        q_i(y) ∝ exp( E log balance_y + sum_j E log C_j[y, vote_ij] )
        balance | q ~ Dirichlet(a + sum_i q_i),   C_j[y, l] counts b_yl + sum_i q_i(y) 1{vote_ij = l}

    Where Dawid and Skene's maximum likelihood takes three votes of a worker at face value, the prior holds
    rarely voting LFs near "right more often than each error", and the averages make their votes count less.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    abstain : {"ignore", "outcome"}, default "ignore"
        Whether abstaining is no observation, as for workers who were not asked, or one more outcome of an
        LF that depends on the class. Under "ignore", an LF that votes for one class only ("unipolar")
        tells next to nothing: whatever the class, its vote, *given that it votes*, was certain. For
        written LFs take "outcome", or another model.
    right_votes, wrong_votes : float, default 4.0 and 1.0
        The prior of each row of a confusion matrix: votes seen beforehand for the row's own class, and for
        each other outcome.
    balance_votes : float, default 1.0
        The prior of the class balance, in rows of each class seen beforehand.
    empirical_prior : bool, default False
        Add the shares of the majority vote, summed over the n rows, to the prior of the class balance:
        holds the balance near that of the majority vote, however many rows there are.
    class_balance : (k,) array of positive shares, optional
        Held fixed; learned without.
    max_iter : int, default 500
        Most updates.
    tol : float, default 1e-4
        Largest change of a row's class probability that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, the class balance, or the posterior given that all LFs abstain.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic, from the shares of the majority vote.

    Attributes
    ----------
    confusion_ : (m, k, v) float64
        Expected P(LF j gives outcome l | y); v = k + 1 with abstaining last under "outcome", else k. Made
        when asked for.
    elbo_ : (n_iter_,) float64
        The evidence lower bound after each update, which never falls.
    n_iter_ : int
        Updates.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Sources: H.-C. Kim and Z. Ghahramani, "Bayesian Classifier Combination" (2012), the independent model;
    E. Simpson, S. Roberts, I. Psorakis and A. Smith, "Dynamic Bayesian Combination of Multiple Imperfect
    Classifiers" (2013), its variational inference. Deviation: abstaining as an outcome. Cost of an update:
    O(votes cast * k); memory O((patterns + different votes) * k).

    Examples
    --------
    >>> votes = [[0, 0, 0]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]]
    >>> model = IBCC().fit(votes)
    >>> model.predict([[0, 0, 1], [1, 1, 0]]).tolist(), model.converged_
    ([0, 1], True)
    """

    assumes = "given the class LFs err independently, each in its own way, under a prior that fades with rows"
    _saved_types = (Belief, Prior)
    _constraints: ClassVar = {
        "abstain": one_of("ignore", "outcome"),
        "right_votes": positive(),
        "wrong_votes": positive(),
        "balance_votes": positive(),
        "empirical_prior": flag(),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        abstain: Literal["ignore", "outcome"] = "ignore",
        right_votes: float = 4.0,
        wrong_votes: float = 1.0,
        balance_votes: float = 1.0,
        empirical_prior: bool = False,
        class_balance: ArrayLike | None = None,
        max_iter: int = 500,
        tol: float = 1e-4,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.abstain = abstain
        self.right_votes = right_votes
        self.wrong_votes = wrong_votes
        self.balance_votes = balance_votes
        self.empirical_prior = empirical_prior
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    @property
    def confusion_(self) -> FloatArray:
        """(m, k, v) float64: expected P(LF j gives outcome l | y)."""
        return self._belief.mean_votes()

    def _table(self, votes: VoteArray, counts: IntArray | None = None) -> VoteTable:
        """Return what LFs did; with the counts to learn from, of an LF that never votes nothing.

        Its silence tells no class from another, but beside a prior it would.
        """
        both = self.abstain == "outcome"
        cast, v = outcomes(votes, self.n_classes_, abstain=both), self.n_classes_ + both
        never = (votes == ABSTAIN).all(axis=0) & both & (counts is not None)
        without = np.flatnonzero(never) * v + self.n_classes_
        return VoteTable.of_indicators(cast, v, counts=counts, without=without)

    def _prior(self, patterns: VotePatterns, balance: FloatArray | None, *, subtypes: int) -> Prior:
        rows = np.full(self.n_classes_, float(self.balance_votes))
        if self.empirical_prior:
            shares = vote_shares(vote_counts(patterns.votes, self.n_classes_))
            rows = rows + patterns.counts @ shares
        return Prior(
            balance=rows if balance is None else balance,
            known=balance is not None,
            share=self._share_votes(),
            right=self.right_votes,
            wrong=self.wrong_votes,
            v=self.n_classes_ + (self.abstain == "outcome"),
            subtypes=subtypes,
        )

    def _share_votes(self) -> float:
        """Return the prior of a subtype's share; there is one subtype, the class itself."""
        return 1.0

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return None  # the average over parameters is the surer the more rows there are

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return super()._numbers_needed(u, m, k, s) + 8.0 * s * k

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        start, known = starting_shares(patterns, self.n_classes_), KnownClasses.of(patterns)
        prior = self._prior(patterns, balance, subtypes=1)
        table = self._table(patterns.votes, patterns.counts)
        self._keep(*ascend(table, start, prior, known=known, max_iter=self.max_iter, tol=self.tol))

    def _keep(self, belief: Belief, search: Search) -> None:
        self._belief, self.elbo_ = belief, search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _posterior(self, votes: VoteArray) -> FloatArray:
        table = self._table(votes)
        joint = self._belief.log_states() + table.indicators @ self._belief.log_votes(table.columns)
        return classes_of(softmax(joint), self.n_classes_)

    def _learned_balance(self) -> FloatArray | None:
        return self._belief.mean_balance()
