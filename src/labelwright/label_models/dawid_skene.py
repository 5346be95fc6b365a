"""Dawid and Skene's model of observers with confusion matrices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.indicators import outcomes
from labelwright.core.votes.log_space import log_sum_exp, safe_log, softmax
from labelwright.label_models._em.em import warn_not_converged
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Parameters of the model: (k,) balance and (m*v, k) P(LF j gives outcome | class)."""

    balance: FloatArray
    confusion: FloatArray

    def distance(self, other: Parameters) -> float:
        """Return the larger of the two summed absolute differences, the measure of convergence."""
        return float(
            max(
                np.abs(self.balance - other.balance).sum(),
                np.abs(self.confusion - other.confusion).sum(),
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Where EM stopped: parameters, whether they had converged, and the log likelihood a step."""

    parameters: Parameters
    converged: bool
    log_likelihood: list[float]


def m_step(seen: csr_array, counts: IntArray, P: FloatArray, *, v: int, pseudo_count: float) -> Parameters:
    """Return the most probable parameters given (u, k) posteriors of the patterns."""
    weighted = P * counts[:, None]
    expected = (seen.T @ weighted).reshape(-1, v, P.shape[1]) + pseudo_count
    total = expected.sum(axis=1, keepdims=True)
    # An LF that did nothing under a class tells nothing about it.
    confusion = np.where(total > 0, expected, 1.0) / np.where(total > 0, total, v)
    balance = weighted.sum(axis=0) + pseudo_count
    return Parameters(balance / balance.sum(), confusion.reshape(-1, P.shape[1]))


def joint_log(seen: csr_array, parameters: Parameters) -> FloatArray:
    """Return (u, k) log P(y, what the LFs did)."""
    joint: FloatArray = safe_log(parameters.balance) + seen @ safe_log(parameters.confusion)
    return joint


def expectation_maximization(
    seen: csr_array,
    counts: IntArray,
    P: FloatArray,
    *,
    known: KnownClasses,
    v: int,
    pseudo_count: float,
    balance: FloatArray | None,
    max_iter: int,
    tol: float,
) -> Fit:
    """Alternate M and E steps from (u, k) starting posteriors until the parameters stand still."""
    trace: list[float] = []
    last: Parameters | None = None
    while True:
        parameters = m_step(seen, counts, P, v=v, pseudo_count=pseudo_count)
        if balance is not None:
            parameters = Parameters(balance, parameters.confusion)
        joint = known.restrict(joint_log(seen, parameters))
        trace.append(float(counts @ log_sum_exp(joint)))
        converged = last is not None and last.distance(parameters) < tol
        if converged or len(trace) == max_iter:
            return Fit(parameters, converged, trace)
        P, last = softmax(joint), parameters


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
    together, gets equal shares; any pseudo-count prevents that. Cost of a step: O(patterns * m * k), or
    O(votes cast * k) when abstentions are ignored.

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
    _saved_types = (Parameters,)

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

    def _check_settings(self) -> None:
        super()._check_settings()
        if self.abstain not in ("outcome", "ignore"):
            raise LabelModelError(f"abstain={self.abstain!r} is unknown; choose 'outcome' or 'ignore'")
        for name, least in (("pseudo_count", 0), ("max_iter", 1), ("tol", 0)):
            if not getattr(self, name) >= least:
                raise LabelModelError(f"{name}={getattr(self, name)!r}; expected at least {least}")

    def _outcomes(self, votes: VoteArray) -> csr_array:
        return outcomes(votes, self.n_classes_, abstain=self.abstain == "outcome")

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        v = self.n_classes_ + (self.abstain == "outcome")
        fit = expectation_maximization(
            self._outcomes(patterns.votes),
            patterns.counts,
            starting_shares(patterns, self.n_classes_),
            known=KnownClasses.of(patterns),
            v=v,
            pseudo_count=self.pseudo_count,
            balance=balance,
            max_iter=self.max_iter,
            tol=self.tol,
        )
        self._parameters = fit.parameters
        self.confusion_ = fit.parameters.confusion.reshape(-1, v, self.n_classes_).transpose(0, 2, 1)
        self.log_likelihood_ = np.array(fit.log_likelihood)
        self._keep_search(self.log_likelihood_, converged=fit.converged)
        if not fit.converged:
            warn_not_converged(self, self.max_iter)

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(joint_log(self._outcomes(votes), self._parameters))

    def _learned_balance(self) -> FloatArray | None:
        return self._parameters.balance
