"""Dawid and Skene's model of observers with confusion matrices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np

from labelwright._types import FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.indicators import Outcomes
from labelwright.core.votes.log_space import posteriors, softmax
from labelwright.label_models._em.em import ConfusionTable, run_em
from labelwright.label_models._settings import at_least, integer, one_of
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class State(NamedTuple):
    """The parameters after an M step, and (u, k) posteriors under them."""

    table: ConfusionTable
    posteriors: FloatArray


def m_step(done: Outcomes, counts: IntArray, P: FloatArray, *, pseudo_count: float) -> ConfusionTable:
    """Return the most probable parameters given (u, k) posteriors of the patterns."""
    weighted = P * counts[:, None]
    expected = done.totals(weighted).reshape(-1, done.v, P.shape[1])
    if pseudo_count and done.v > P.shape[1]:  # or an LF that never votes would speak, by how often beforehand
        silent = ~expected[:, :-1].any(axis=(1, 2))
        expected[silent, -1] = expected[silent, -1].mean(axis=1, keepdims=True)
    expected += pseudo_count
    total = expected.sum(axis=1, keepdims=True)
    # An LF that did nothing under a class tells nothing about it.
    confusion = np.where(total > 0, expected, 1.0) / np.where(total > 0, total, done.v)
    balance = weighted.sum(axis=0) + pseudo_count
    return ConfusionTable(balance / balance.sum(), confusion.reshape(-1, P.shape[1]))


class DawidSkene(BaseLabelModel):
    """Every LF has a confusion matrix; EM finds the matrices and the class balance.

    ::

        P(y, votes) = balance_y * prod_j C_j[y, vote_j]
        E step      q_i(y)    ∝  balance_y prod_j C_j[y, vote_ij]
        M step      C_j[y, l] ∝  sum_i q_i(y) 1{vote_ij = l} + pseudo_count
                    balance_y ∝  sum_i q_i(y) + pseudo_count

    EM starts from the shares of the majority vote, runs in log space over distinct vote patterns, and stops
    when both the balance and the confusion matrices change by less than `tol` in sum.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    abstain : {"outcome", "ignore"}, default "outcome"
        Whether abstaining is one more outcome of an LF that depends on the class, or no observation. LFs
        that vote for one class only tell nothing unless it is an outcome; crowds, whose workers are handed
        tasks at random, want "ignore".
    pseudo_count : float, default 0.0
        Added to every expected count: 0 is maximum likelihood, as in the paper and in WRENCH; larger is
        the mode under a Dirichlet prior, which keeps rare classes from dying out.
    class_balance : (k,) array of positive shares, optional
        Held fixed through EM; learned without.
    max_iter : int, default 10000
        Most EM steps.
    tol : float, default 1e-5
        Summed absolute change of the parameters that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, the class balance, or the posterior given that all LFs abstain.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    confusion_ : (m, k, v) float64
        ``confusion_[j, y, l]`` = P(LF j gives outcome l | y); v = k + 1 with abstaining last, or k.
    n_iter_ : int
        EM steps taken.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.
    log_likelihood_ : (n_iter_,) float64
        Log likelihood before each E step; it never falls while `pseudo_count` is 0.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the
    EM algorithm" (1979), eq. 2.3-2.5. Deviations: abstaining as an outcome (after WRENCH) and
    pseudo-counts. A row that no class can explain, because it shows votes that training never showed
    together, gets equal shares; any pseudo-count prevents that. Cost of a step: O(votes cast * k), and
    O(patterns * k) more for each LF that votes on a twentieth of the patterns or more, unless abstentions
    are ignored.

    WRENCH's published Dawid-Skene figures are those of ``uncovered="model"`` and ``ties="wrench"``.

    Maximum likelihood with a free balance often finds other structure than the classes where LFs are few,
    sparse and vote for one class each; see `LabelModel` for a default that does not.

    Examples
    --------
    >>> votes = [[0, 0, 0]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]]
    >>> model = DawidSkene(pseudo_count=0.1).fit(votes)
    >>> model.predict([[0, 0, 1], [1, 1, 0]]).tolist(), model.converged_
    ([0, 1], True)
    """

    assumes = "given the class LFs err independently, each in its own way; needs many votes a row"
    _saved_types = (ConfusionTable,)
    _constraints: ClassVar = {
        "abstain": one_of("outcome", "ignore"),
        "pseudo_count": at_least(0),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        abstain: Literal["outcome", "ignore"] = "outcome",
        pseudo_count: float = 0.0,
        class_balance: ArrayLike | None = None,
        max_iter: int = 10_000,
        tol: float = 1e-5,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.abstain = abstain
        self.pseudo_count = pseudo_count
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def _outcomes(self, votes: VoteArray) -> Outcomes:
        return Outcomes.of(votes, self.n_classes_, abstain=self.abstain == "outcome")

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"pseudo_count": times * self.pseudo_count}

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return (
            super()._numbers_needed(u, m, k, s) + 4.5 * m * (k + 1) * k
        )  # confusion matrices, before and after a step

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k, counts, known = self.n_classes_, patterns.counts, KnownClasses.of(patterns)
        done = self._outcomes(patterns.votes)

        def step(before: State) -> tuple[State, float]:
            table = m_step(done, counts, before.posteriors, pseudo_count=self.pseudo_count)
            if balance is not None:
                table = replace(table, balance=balance)
            P, evidence = posteriors(known.restrict(table.joint_log(done)))
            return State(table, P), float(counts @ evidence)

        start = State(ConfusionTable.unknown(), starting_shares(patterns, k))
        (self._table, _), search = run_em(
            step,
            start,
            change=lambda before, after: after.table.distance(before.table),
            max_iter=self.max_iter,
            tol=self.tol,
        )
        self.confusion_ = self._table.confusion.reshape(-1, done.v, k).transpose(0, 2, 1)
        self.log_likelihood_ = search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(self._table.joint_log(self._outcomes(votes)))

    def _learned_balance(self) -> FloatArray | None:
        return self._table.balance
