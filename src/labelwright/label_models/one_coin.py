"""The one-coin model: one accuracy an LF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.log_space import posteriors, softmax
from labelwright.label_models._em.em import Arrays, largest_change, run_em
from labelwright.label_models._settings import at_least, flag, integer, numbers
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EDGE = 1e-9  # keeps an accuracy off 0 and 1, where one LF would silence all others for ever


def joint_log(cast_votes: CastVotes, accuracies: FloatArray, balance: FloatArray) -> FloatArray:
    """Return (u, k) log P(y, votes | who votes)."""
    right = np.log(accuracies)[cast_votes.lfs]
    wrong = np.log((1 - accuracies) / (cast_votes.k - 1))[cast_votes.lfs]
    return cast_votes.joint_log(np.log(balance), right, wrong)


def m_step(
    cast_votes: CastVotes, P: FloatArray, *, prior_votes: tuple[float, float], balance: FloatArray | None
) -> Arrays:
    """Return the most probable accuracies and balance given (u, k) posteriors of the patterns."""
    right, wrong = prior_votes
    votes = cast_votes.size + right + wrong
    share = np.where(votes > 0, cast_votes.by_lf(cast_votes.right(P)) + right, 0.5) / np.where(
        votes > 0, votes, 1
    )
    if balance is None:
        balance = np.maximum(covered_shares(cast_votes, P), EDGE)
    return np.clip(share, EDGE, 1 - EDGE), balance / balance.sum()


def covered_shares(cast_votes: CastVotes, P: FloatArray) -> FloatArray:
    """Return the (k,) mean posterior of the rows on which anybody votes; equal shares without any."""
    weights = np.where(cast_votes.covered, cast_votes.counts, 0.0)
    shares: FloatArray = weights @ P / weights.sum() if weights.any() else np.full(P.shape[1], 1 / P.shape[1])
    return shares


def log_prior(accuracies: FloatArray, prior_votes: tuple[float, float]) -> float:
    """Return the log of the Beta prior's density, up to a constant."""
    right, wrong = prior_votes
    return float((right * np.log(accuracies) + wrong * np.log1p(-accuracies)).sum())


class OneCoin(BaseLabelModel):
    """Every LF is right with one probability, whatever the class; EM finds these accuracies.

    ::

        P(y, votes | who votes) = balance_y * prod_j a_j              if vote_j = y
                                                     (1 - a_j)/(k - 1)  if it is another class
        E step      q_i(y) ∝ balance_y exp(sum_{j: vote_ij = y} log(a_j (k - 1)/(1 - a_j)))
        M step      a_j    = (sum_i q_i(vote_ij) + right) / (votes of j + right + wrong)

    A vote's weight is the log-odds of its LF's accuracy, which for known accuracies is the best weighted
    vote there is. Abstaining carries no evidence. EM starts from the shares of the majority vote.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    prior_votes : (right, wrong), default (20.0, 5.0)
        Right and wrong votes that every LF is taken to have cast before the data: the mode under a
        Beta(right + 1, wrong + 1) prior. (20, 5) holds LFs with few votes near 0.8 and fades as votes come
        in; (0, 0) is maximum likelihood.
    learn_balance : bool, default False
        Whether to learn the class balance of covered rows where `class_balance` is not given. Without it
        the classes have equal shares: a free balance is the commonest way for maximum likelihood to find
        something other than the classes.
    class_balance : (k,) array of positive shares, optional
        Held fixed through EM.
    max_iter : int, default 1000
        Most EM steps.
    tol : float, default 1e-6
        The largest change of an accuracy or a share that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares; `class_balance_`, which without `learn_balance` is the mean
        posterior of covered rows; or the balance that the model works with.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    accuracies_ : (m,) float64
        a_j; the prior's for an LF that never votes, 0.5 without a prior.
    n_iter_ : int
        EM steps taken.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.
    objective_ : (n_iter_,) float64
        Log likelihood plus log prior before each step; it never falls.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: the one-coin model of A. Ghosh, S. Kale and P. McAfee, "Who moderates the moderators?" (2011),
    for k classes as in Y. Zhang, X. Chen, D. Zhou and M. I. Jordan, "Spectral methods meet EM" (2014),
    section 5. Deviations: the start (majority vote in place of spectral estimates), the Beta prior, and
    accuracies kept within 1e-9 of 0 and 1. Cost of a step: O(votes cast + patterns * k).

    Use it where LFs vote for all classes and err without a favourite, as crowds mostly do; it needs far
    fewer votes an LF than `DawidSkene`. LFs that vote for one class each get one accuracy all the same,
    which is sane, but EM can drift to call all LFs of one class wrong; see `LabelModel`. With one or two
    LFs of two classes the accuracies are not identified and stay where the start puts them.

    Examples
    --------
    >>> votes = [[0, 0, 1]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 0]] * 2 + [[1, 1, 0]] * 3
    >>> model = OneCoin(prior_votes=(2, 1)).fit(votes)
    >>> model.accuracies_.round(2).tolist(), model.converged_
    ([0.93, 0.93, 0.47], True)
    """

    assumes = "an LF errs equally often whatever the class, and LFs err independently"
    _balance_settings = ("learn_balance",)
    _constraints: ClassVar = {
        "prior_votes": numbers(
            2, lambda prior: min(prior) >= 0, "two numbers of votes, right and wrong, each at least 0"
        ),
        "learn_balance": flag(),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        prior_votes: tuple[float, float] = (20.0, 5.0),
        learn_balance: bool = False,
        class_balance: ArrayLike | None = None,
        max_iter: int = 1000,
        tol: float = 1e-6,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.prior_votes = prior_votes
        self.learn_balance = learn_balance
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        right, wrong = self.prior_votes
        return {"prior_votes": (times * right, times * wrong)}

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        votes = CastVotes.of(patterns.votes, self.n_classes_, counts=patterns.counts)
        known = KnownClasses.of(patterns)
        if balance is None and not self.learn_balance:
            balance = np.full(votes.k, 1.0 / votes.k)

        def step(parameters: Arrays) -> tuple[Arrays, float]:
            P, evidence = posteriors(known.restrict(joint_log(votes, *parameters)))
            return improved(P), float(votes.counts @ evidence + log_prior(parameters[0], self.prior_votes))

        def improved(P: FloatArray) -> Arrays:
            return m_step(votes, P, prior_votes=self.prior_votes, balance=balance)

        start = improved(starting_shares(patterns, votes.k))
        (self.accuracies_, self._balance), search = run_em(
            step, start, change=largest_change, max_iter=self.max_iter, tol=self.tol
        )
        self.objective_ = search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(joint_log(CastVotes.of(votes, self.n_classes_), self.accuracies_, self._balance))

    def _learned_balance(self) -> FloatArray | None:
        return self._balance if self.learn_balance else None
