"""The sampling-free generative model of Snorkel DryBell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright.core import VotePatterns, vote_patterns
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.hand_labels import KnownClasses, LabeledPatterns, starting_shares
from labelwright.core.votes.log_space import log_sum_exp, softmax
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._settings import at_least, between, flag, integer
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BOUND = 15.0  # of a weight: an LF there is wrong once in 1e13 votes
ROUNDING = 1e-7  # of the gradient a row: a line search in doubles may see no further than that
EDGE = 1e-12  # keeps a propensity's weight finite where an LF votes always or never


def joint_log(cast_votes: CastVotes, alpha: FloatArray, balance: FloatArray) -> FloatArray:
    """Return (u, k) log P(y, votes | who votes)."""
    from scipy.special import log_expit

    right = log_expit(2 * alpha)[cast_votes.lfs]
    wrong = (log_expit(-2 * alpha) - np.log(cast_votes.k - 1))[cast_votes.lfs]
    return cast_votes.joint_log(np.log(balance), right, wrong)


def log_likelihood(
    cast_votes: CastVotes, alpha: FloatArray, logits: FloatArray, known: KnownClasses | None = None
) -> tuple[float, FloatArray, FloatArray]:
    """Return the log likelihood of the votes given who votes, and its gradient.

    Parameters
    ----------
    cast_votes : CastVotes
        The votes, with the counts of their patterns.
    alpha : (m,) float64
        Weights of the LFs.
    logits : (k,) float64
        The class balance before softmax.
    known : KnownClasses, optional
        Hand labels of the patterns, which are as likely as the votes then.

    Returns
    -------
    float, (m,) float64, (k,) float64
        The value; its derivatives by `alpha` and by `logits`.
    """
    from scipy.special import expit

    # A share that underflows stays a number: its logarithm is finite.
    balance = np.maximum(softmax(logits[None])[0], np.finfo(np.float64).tiny)
    joint = joint_log(cast_votes, alpha, balance)
    joint = joint if known is None else known.restrict(joint)
    P = softmax(joint)
    by_alpha = 2 * (cast_votes.by_lf(cast_votes.right(P)) - cast_votes.size * expit(2 * alpha))
    by_logits = cast_votes.counts @ P - cast_votes.counts.sum() * balance
    return float(cast_votes.counts @ log_sum_exp(joint)), by_alpha, by_logits


def propensity_weights(alpha: FloatArray, propensities: FloatArray) -> FloatArray:
    """Return (m,) beta, with which an LF of weight alpha votes as often as it does."""
    share = np.clip(propensities, EDGE, 1 - EDGE)
    weights: FloatArray = np.log(share) - np.log1p(-share) - np.logaddexp(alpha, -alpha)
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the search ended, and how it went: its objective is that of the start and of each step."""

    alpha: FloatArray
    balance: FloatArray
    search: Search


@dataclass(frozen=True, slots=True, eq=False)
class PenalizedLikelihood:
    """The penalised log likelihood of a row, as a function of one array, and its maximum."""

    cast_votes: CastVotes
    known: KnownClasses
    first: FloatArray
    prior: float
    prior_weight: float
    balance: FloatArray
    learn_balance: bool

    @property
    def scale(self) -> FloatArray:
        """(m,): what alpha is multiplied by, so that rare LFs bend the objective as much as frequent ones."""
        scale: FloatArray = np.sqrt(
            (self.cast_votes.size + self.prior_weight + 1) / self.cast_votes.counts.sum()
        )
        return scale

    def start(self) -> FloatArray:
        """Return the (m + k,) point of the (m,) alpha to start from."""
        return np.concatenate([self.first * self.scale, np.log(self.balance)])

    def parts(self, point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (m,) alpha and (k,) logits of a point."""
        m = self.cast_votes.m
        return point[:m] / self.scale, point[m:]

    def loss(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return minus the objective, a row, and its gradient."""
        alpha, logits = self.parts(point)
        value, by_alpha, by_logits = log_likelihood(self.cast_votes, alpha, logits, self.known)
        away = alpha - self.prior
        value -= self.prior_weight * float(away @ away)
        by_alpha = (by_alpha - 2 * self.prior_weight * away) / self.scale
        n = self.cast_votes.counts.sum()
        gradient = np.concatenate([by_alpha, by_logits * self.learn_balance])
        return -value / n, -gradient / n

    def maximum(self, *, max_iter: int, tol: float) -> Optimum:
        """Find the maximum by L-BFGS."""
        from scipy.optimize import minimize

        limit = np.concatenate([BOUND * self.scale, np.full(self.cast_votes.k, np.inf)])
        trace = [self.loss(self.start())[0]]
        found = minimize(
            self.loss,
            self.start(),
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([-limit, limit], axis=1),
            callback=lambda intermediate_result: trace.append(intermediate_result.fun),
            options={"maxiter": max_iter, "gtol": tol, "ftol": 0.0, "maxls": 50},
        )
        alpha, logits = self.parts(found.x)
        uphill = np.clip(found.x - found.jac, -limit, limit) - found.x
        converged = bool(np.abs(uphill).max(initial=0.0) <= max(tol, ROUNDING))
        objective = -self.cast_votes.counts.sum() * np.array(trace)
        return Optimum(alpha, softmax(logits[None])[0], Search(objective, converged, len(trace) - 1))


class Generative(BaseLabelModel):
    """Accuracies and propensities that make the votes most likely, by gradient instead of sampling.

    ::

        P(vote_j = y)           = exp(beta_j + alpha_j) / Z_j
        P(vote_j = l)           = exp(beta_j - alpha_j) / ((k - 1) Z_j)     for each other class l
        P(LF j abstains)        = 1 / Z_j
        Z_j                     = exp(beta_j + alpha_j) + exp(beta_j - alpha_j) + 1
        maximise  sum_i log sum_y balance_y prod_j P(vote_ij | y) - prior_weight sum_j (alpha_j - alpha_0)²

    The sum over the latent class is exact, so there is nothing to sample; its gradient is that of the
    complete data with the posterior in place of the class. L-BFGS maximises it over distinct vote patterns.
    Abstaining depends on no class here, so it carries no evidence about one, and given alpha the best
    beta is known: that with which LF j votes as often as it does. So alpha is searched for alone.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    prior_accuracy : float, default 0.9
        The accuracy that the prior is centred on and the search starts from, above 0.5: the weight
        alpha_0 = log(0.9/0.1)/2. Starting better than chance is what tells a solution from its mirror image.
    prior_weight : float, default 1.0
        Strength of the quadratic prior; 1 weighs about as much as one vote an LF and fades as rows come in,
        0 is maximum likelihood.
    learn_balance : bool, default False
        Whether to learn the class balance where `class_balance` is not given, in place of equal shares.
    class_balance : (k,) array of positive shares, optional
        P(y), held fixed.
    max_iter : int, default 1000
        Most L-BFGS steps.
    tol : float, default 1e-7
        The largest component of the gradient, per row and in scaled weights, at which the search ends. Below
        1e-7 the search may end sooner, for rounding, and counts as converged.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares; `class_balance_`, which without `learn_balance` is the mean
        posterior of covered rows; or the balance that the model works with.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    alpha_, beta_ : (m,) float64
        The weights.
    accuracies_ : (m,) float64
        sigma(2 alpha_j) = P(vote right | LF votes).
    propensities_ : (m,) float64
        P(LF votes).
    n_iter_ : int
        L-BFGS steps taken.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.
    objective_ : (n_iter_ + 1,) float64
        Penalised log likelihood at the start and after each step; it never falls.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: S. H. Bach et al., "Snorkel DryBell: A Case Study in Deploying Weak Supervision at Industrial
    Scale" (2019), section 5.2, which is the independent model of A. Ratner et al., "Data Programming"
    (2016), in other parameters. Deviations: k classes, with wrong votes spread evenly; the prior; full
    gradients and L-BFGS in place of stochastic gradients; weights kept within ±15. Cost of a step:
    O(votes cast + patterns * k), whatever the number of rows.

    The likelihood is that of `OneCoin`, times that of who votes, which does not depend on the class; the
    prior and the way up differ. Use it as the reference of this family: for LFs that vote for all classes,
    and where gradients converge sooner than EM. On LFs that vote for one class each the same drift threatens;
    see `LabelModel`.

    Examples
    --------
    >>> votes = [[0, 0, 1]] * 40 + [[1, 1, 1]] * 30 + [[0, 0, 0]] * 20 + [[1, 0, 1]] * 10
    >>> model = Generative().fit(votes)
    >>> model.accuracies_.round(1).tolist(), model.converged_
    ([1.0, 0.9, 0.6], True)
    """

    assumes = "an LF errs equally often whatever the class, and LFs err independently"
    _balance_settings = ("learn_balance",)
    _constraints: ClassVar = {
        "prior_accuracy": between(0.5, 1, "a probability above 0.5 and below 1"),
        "prior_weight": at_least(0),
        "learn_balance": flag(),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        prior_accuracy: float = 0.9,
        prior_weight: float = 1.0,
        learn_balance: bool = False,
        class_balance: ArrayLike | None = None,
        max_iter: int = 1000,
        tol: float = 1e-7,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.prior_accuracy = prior_accuracy
        self.prior_weight = prior_weight
        self.learn_balance = learn_balance
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    # --- fitting

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"prior_weight": times * self.prior_weight}

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        patterns = _canonical(patterns)
        cast_votes = CastVotes.of(patterns.votes, self.n_classes_, counts=patterns.counts)
        likelihood = PenalizedLikelihood(
            cast_votes,
            known=KnownClasses.of(patterns),
            first=self._first_alpha(cast_votes, patterns),
            prior=self._prior_alpha,
            prior_weight=self.prior_weight,
            balance=np.full(cast_votes.k, 1.0 / cast_votes.k) if balance is None else balance,
            learn_balance=balance is None and self.learn_balance,
        )
        self._keep(cast_votes, likelihood.maximum(max_iter=self.max_iter, tol=self.tol))
        self._warn_not_converged()

    @property
    def _prior_alpha(self) -> float:
        return float(np.log(self.prior_accuracy / (1 - self.prior_accuracy)) / 2)

    def _first_alpha(self, cast_votes: CastVotes, patterns: VotePatterns) -> FloatArray:
        """Return (m,) weights to start from: the prior's, or what hand labels make of the LFs."""
        if not KnownClasses.of(patterns):
            return np.full(cast_votes.m, self._prior_alpha)
        right = (
            cast_votes.by_lf(cast_votes.right(starting_shares(patterns, cast_votes.k))) + self.prior_accuracy
        )
        wrong = cast_votes.size + 1 - right
        return np.clip((np.log(right) - np.log(wrong)) / 2, -BOUND, BOUND)

    def _keep(self, cast_votes: CastVotes, found: Optimum) -> None:
        from scipy.special import expit

        self.alpha_, self._balance = found.alpha, found.balance
        self.accuracies_ = expit(2 * found.alpha)
        self.propensities_ = cast_votes.size / cast_votes.counts.sum()
        self.beta_ = propensity_weights(found.alpha, self.propensities_)
        self.objective_ = found.search.objective
        self._keep_search(found.search)

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(joint_log(CastVotes.of(votes, self.n_classes_), self.alpha_, self._balance))

    def _learned_balance(self) -> FloatArray | None:
        return self._balance if self.learn_balance else None


def _canonical(patterns: VotePatterns) -> LabeledPatterns:
    """Return patterns sorted and each one once."""
    # L-BFGS magnifies rounding, so the order of the patterns must not reach it.
    known = KnownClasses.of(patterns).classes.astype(patterns.votes.dtype)
    distinct = vote_patterns(np.column_stack([known, patterns.votes]))
    counts = np.bincount(distinct.inverse, weights=patterns.counts).astype(np.int64)
    return LabeledPatterns(distinct.votes[:, 1:], counts, distinct.inverse, known=distinct.votes[:, 0])
