"""Partial labels: LFs that vote for sets of classes, one of which is right."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import BoolArray, FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import LabelMatrix, VotePatterns, VoteStatistics
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import VoteTable
from labelwright.core.votes.log_space import posteriors, softmax
from labelwright.core.votes.vote_sets import allowed_classes
from labelwright.label_models._em.em import run_em
from labelwright.label_models._input import as_votes
from labelwright.label_models._settings import at_least, between, flag, integer, one_of, positive
from labelwright.label_models.base import BaseLabelModel, Rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Parameters: (k,) balance and (m, k) P(the set LF j votes contains y | y, LF j votes)."""

    balance: FloatArray
    accuracies: FloatArray

    def distance(self, other: Parameters) -> float:
        """Return the largest absolute difference, the measure of convergence."""
        gaps = (self.balance - other.balance, self.accuracies - other.accuracies)
        return float(max(np.abs(gap).max(initial=0.0) for gap in gaps))


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """How many of its sets each LF can choose from: (m, k) `within` contain class y, `without` do not."""

    within: FloatArray
    without: FloatArray

    @classmethod
    def of(cls, table: VoteTable, allowed: BoolArray) -> Choices:
        """Count the sets an LF voted, and those without which its accuracies would mean nothing.

        Classes in none of an LF's sets become one more set, and where a class is in all of them, so do the
        classes that are not.
        """
        sets = allowed[table.vote, :].astype(np.float64)
        within, without = table.by_lf(sets), table.by_lf(1.0 - sets)
        within, without = _with_set(within == 0, within, without)
        within, without = _with_set(without > 0, within, without)
        return cls(np.maximum(within, 1.0), np.maximum(without, 1.0))


def _with_set(added: BoolArray, within: FloatArray, without: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Count one more set of each LF, (m, k) bool, where it is one: neither no class nor all."""
    is_set = np.logical_and(added.any(axis=1), ~added.all(axis=1)).reshape(-1, 1)
    return within + (is_set & added), without + (is_set & ~added)


def vote_logs(
    accuracies: FloatArray, choices: Choices, allowed: BoolArray, *, lfs: IntArray, codes: IntArray
) -> FloatArray:
    """Return (s, k) log P(LF votes the set | y, LF votes) of (s,) LFs and codes."""
    right = np.log(accuracies) - np.log(choices.within)
    wrong = np.log1p(-accuracies) - np.log(choices.without)
    logs: FloatArray = np.where(allowed[codes], right[lfs], wrong[lfs])
    return logs


class PartialLabels(BaseLabelModel):
    """LFs vote for sets of classes; each has an accuracy a class, learned by EM.

    ::

        P(LF j votes set G | y, LF j votes)  =  a_jy / w_jy              where y in G
                                                (1 - a_jy) / o_jy        where not
        w_jy, o_jy = how many of LF j's sets contain y, and how many do not

        E step   q_i(y) ∝ balance_y prod_j P(G_ij | y)
        M step   a_jy  =  (p s + sum_i q_i(y) 1{y in G_ij}) / (s + sum_i q_i(y) 1{LF j votes})
                 p, s  =  prior_accuracy, prior_votes

    Votes for one class are sets of one, so it takes any label matrix; it is the model for LFs that know a
    part of the answer ("some kind of number", "not a verb"). When an LF votes does not depend on the class:
    an abstention is no evidence.

    The sets of an LF are those it voted in training. If they leave out classes, the left-out classes are
    one more; if some class is in all of them, its opposite is. So an LF that only ever votes "cat" chooses
    between "cat" and "anything else".

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    accuracy : {"class", "lf"}, default "class"
        Whether an LF has an accuracy for each class, as in the paper, or one. An LF that always votes the
        same set tells next to nothing under "class" - whenever it votes, its vote was certain - and takes
        part under "lf".
    prior_accuracy : float, default 0.7
        Where EM starts, and the mean of the prior of every accuracy; between 0 and 1.
    prior_votes : float, default 1.0
        The strength of that prior in votes, above 0; also the rows of each class seen beforehand where the
        class balance is learned.
    learn_balance : bool, default False
        Whether to learn the class balance where `class_balance` is not given. Without it the classes have
        equal shares. The paper learns it; on LFs that vote one set each, a free balance finds other
        structure than the classes, while crowds and LFs with several sets support it.
    class_balance : (k,) array of positive shares, optional
        Held fixed through EM.
    max_iter : int, default 10000
        Most EM steps.
    tol : float, default 1e-6
        Largest change of a parameter that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, or the class balance (which is also what the model says).
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    accuracies_ : (m, k) float64
        P(the set contains y | y, LF votes); nan for an LF that never votes.
    propensities_ : (m,) float64
        The share of rows on which each LF votes.
    vote_sets_ : (c, k) bool
        The sets of the training votes, as in `LabelMatrix.vote_sets`; no rows without.
    lf_accuracies_ : (m,) float64
        Estimated P(the set contains the class | LF votes).
    n_iter_ : int
        EM steps.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.
    objective_ : (n_iter_,) float64
        Log likelihood plus log prior before each step, up to a constant; it never falls.

    Raises
    ------
    LabelModelError
        Settings that cannot be, or votes that do not fit.

    Notes
    -----
    Source: P. Yu, T. Ding and S. H. Bach, "Learning from Multiple Noisy Partial Labelers" (2022).
    Deviations: EM on distinct vote patterns, to convergence, instead of Adam for 30 epochs; equal class
    shares unless asked for; a prior on the accuracies; the sets of an LF are read off its votes, and
    propensities, which do not enter the posterior, are counted. A set never seen in training is scored by
    the same formula. Cost of a step: O(votes cast * k); memory O((patterns + different votes) * k).

    Examples
    --------
    >>> from labelwright import LabelMatrix
    >>> pet, wild, feline, canine = {"cat", "dog"}, {"lynx", "fox"}, {"cat", "lynx"}, {"dog", "fox"}
    >>> rows = [[pet, feline], [pet, canine], [wild, feline], [wild, canine], [None, feline]]
    >>> L = LabelMatrix.from_sets(rows, space=["cat", "dog", "lynx", "fox"])
    >>> model = PartialLabels().fit(L)
    >>> model.predict(L).tolist(), model.predict_proba(L)[4].round(2)
    ([0, 1, 2, 3, -1], array([0.34, 0.16, 0.34, 0.16]))
    """

    assumes = "given the class LFs are right independently, and wrong votes favour no class"
    _balance_settings = ("learn_balance",)

    vote_sets_: BoolArray
    _saved_types = (Parameters, Choices)
    _constraints: ClassVar = {
        "accuracy": one_of("class", "lf"),
        "prior_accuracy": between(0, 1, "a number between 0 and 1"),
        "prior_votes": positive(),
        "learn_balance": flag(),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        accuracy: Literal["class", "lf"] = "class",
        prior_accuracy: float = 0.7,
        prior_votes: float = 1.0,
        learn_balance: bool = False,
        class_balance: ArrayLike | None = None,
        max_iter: int = 10_000,
        tol: float = 1e-6,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.accuracy = accuracy
        self.prior_accuracy = prior_accuracy
        self.prior_votes = prior_votes
        self.learn_balance = learn_balance
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    # --- votes for sets

    def predict_proba(self, L: LabelMatrix | ArrayLike) -> FloatArray:
        """Return the probabilistic labels P(y | votes); see `BaseLabelModel.predict_proba`.

        Sets that training never showed are no error: what was learned is about classes.
        """
        return super(PartialLabels, self._reading(L)).predict_proba(L)

    def _reading(self, L: object) -> Self:
        if not isinstance(L, LabelMatrix) or L.vote_sets is None:
            return self
        reader = copy.copy(self)
        reader.vote_sets_ = L.vote_sets
        return reader

    def _as_votes(self, L: object, array: IntArray) -> VoteArray:
        sets = L.vote_sets if isinstance(L, LabelMatrix) else None
        if sets is None:
            return as_votes(L, array, self.n_classes_, self.lf_names_)
        if sets.shape[1] != self.n_classes_:
            raise LabelModelError(
                f"label matrix has sets of {sets.shape[1]} classes, PartialLabels has {self.n_classes_}; "
                "give both the same classes"
            )
        return as_votes(L, array, self.n_classes_ + len(sets), self.lf_names_)

    def _learn(self, stats: VoteStatistics, rows: Rows | None) -> None:
        none = np.zeros((0, self.n_classes_), dtype=bool)
        self.vote_sets_ = none if stats.vote_sets is None else stats.vote_sets
        super()._learn(stats, rows)

    # --- the model

    def _table(self, votes: VoteArray, counts: IntArray | None = None) -> VoteTable:
        return VoteTable.of(votes, self.n_classes_ + len(self.vote_sets_), counts=counts)

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"prior_votes": times * self.prior_votes}

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        table, k = self._table(patterns.votes, patterns.counts), self.n_classes_
        equal = np.full(k, 1.0 / k)
        if balance is None and not self.learn_balance:
            balance = equal
        self._choices = Choices.of(table, allowed_classes(self.vote_sets_, k=k))
        known = KnownClasses.of(patterns)
        start = self._start(table, known, equal if balance is None else balance)

        def step(before: Parameters) -> tuple[Parameters, float]:
            P, evidence = posteriors(known.restrict(self._joint_log(table, before)))
            objective = float(table.counts @ evidence) + self._log_prior(before, balance)
            return self._m_step(table, P, balance), objective

        self._parameters, search = run_em(
            step, start, change=Parameters.distance, max_iter=self.max_iter, tol=self.tol
        )
        self.objective_ = search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _start(self, table: VoteTable, known: KnownClasses, balance: FloatArray) -> Parameters:
        """Return what the rows with hand labels tell on their own; without any, the prior."""
        one_hot = known.clamp(np.zeros((len(table.counts), self.n_classes_)))
        return self._m_step(table, one_hot, balance)

    def _joint_log(self, table: VoteTable, parameters: Parameters) -> FloatArray:
        """Return (u, k) log P(y, sets | which LFs vote)."""
        allowed = allowed_classes(self.vote_sets_, k=self.n_classes_)
        logs = vote_logs(parameters.accuracies, self._choices, allowed, lfs=table.lf, codes=table.vote)
        joint: FloatArray = np.log(parameters.balance) + table.indicators @ logs
        return joint

    def _m_step(self, table: VoteTable, P: FloatArray, balance: FloatArray | None) -> Parameters:
        right, voted = self._right_and_voted(table, P)
        if self.accuracy == "lf":
            right, voted = (
                np.broadcast_to(sums.sum(axis=1, keepdims=True), sums.shape) for sums in (right, voted)
            )
        s = self.prior_votes
        if balance is None:
            rows = table.counts @ P + s
            balance = rows / rows.sum()
        return Parameters(balance, (right + s * self.prior_accuracy) / (voted + s))

    def _right_and_voted(self, table: VoteTable, P: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (m, k) expected votes by class: those whose set contains it, and all."""
        number = table.totals(P)
        inside = allowed_classes(self.vote_sets_, k=self.n_classes_)[table.vote, :]
        return table.by_lf(np.where(inside, number, 0.0)), table.by_lf(number)

    def _log_prior(self, parameters: Parameters, balance: FloatArray | None) -> float:
        a, p = parameters.accuracies, self.prior_accuracy
        of_accuracies = p * np.log(a) + (1 - p) * np.log1p(-a)
        distinct = of_accuracies[:, :1] if self.accuracy == "lf" else of_accuracies
        of_balance = np.log(parameters.balance).sum() if balance is None else 0.0
        return float(self.prior_votes * (distinct.sum() + of_balance))

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(self._joint_log(self._table(votes), self._parameters))

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> FloatArray:
        table = self._table(patterns.votes, patterns.counts)
        found = self._posterior(patterns.votes)
        P = KnownClasses.of(patterns).clamp(found)
        right, voted = (sums.sum(axis=1) for sums in self._right_and_voted(table, P))
        with np.errstate(invalid="ignore"):
            self.lf_accuracies_ = right / voted
        self.accuracies_ = np.where(voted[:, None] > 0, self._parameters.accuracies, np.nan)
        self.propensities_ = voted / patterns.counts.sum()
        self.class_balance_ = self._parameters.balance
        return found
