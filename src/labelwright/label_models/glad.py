"""GLAD: easy and hard rows, able and less able LFs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import LabelMatrix, VotePatterns, vote_patterns
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.log_space import log_sum_exp
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.em import Arrays, largest_change, run_em
from labelwright.label_models._settings import at_least, integer, numbers
from labelwright.label_models.base import BaseLabelModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array

BLOCK = 1 << 20  # numbers computed together: bounds the memory
NODES = 11  # points that stand for the prior of a row's ease
MEAN_AND_DEVIATION = numbers(  # of logarithms: what lies beyond would overflow
    2,
    lambda prior: abs(prior[0]) <= 100 and 1e-6 <= prior[1] <= 100,
    "a mean within -100..100 and a deviation within 0.000001..100",
)
BISECTIONS = 200  # more than halving the widest bracket down to rounding takes; Newton needs about 6


@dataclass(frozen=True, slots=True, eq=False)
class Ease:
    """A discrete stand-in for the prior of the log ease of a row: (g,) points and their log shares."""

    points: FloatArray
    log_shares: FloatArray

    @classmethod
    def normal(cls, mean: float, deviation: float) -> Ease:
        """Return the Gauss-Hermite quadrature of a normal distribution."""
        points, shares = np.polynomial.hermite_e.hermegauss(NODES)
        return cls(mean + deviation * points, np.log(shares / shares.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some vote patterns: sparse (u*k, m) votes by LF at ``row * k + vote``, and how often each occurs."""

    votes: csr_array
    counts: FloatArray
    known: KnownClasses
    k: int

    @classmethod
    def of(cls, votes: VoteArray, k: int, *, counts: IntArray, known: KnownClasses) -> Block:
        """Lay out (u, m) votes."""
        from scipy.sparse import csr_array

        rows, lfs = np.nonzero(votes != ABSTAIN)
        cells = rows * k + votes[rows, lfs].astype(np.int64)
        u, m = votes.shape
        cast = csr_array((np.ones(len(rows)), (cells, lfs)), shape=(u * k, m))
        return cls(cast, counts.astype(np.float64), known, k)

    def joint_log(self, abilities: FloatArray, ease: Ease, balance: FloatArray) -> FloatArray:
        """Return (u, k, g) log P(y, ease, votes)."""
        from scipy.special import log_expit

        logits = abilities[:, None] * np.exp(ease.points)
        wrong = log_expit(-logits) - np.log(self.k - 1)
        shape = (len(self.counts), self.k, len(ease.points))
        gain = (self.votes @ (log_expit(logits) - wrong)).reshape(shape)
        all_wrong = (self.votes @ wrong).reshape(shape).sum(axis=1, keepdims=True)
        joint: FloatArray = gain + all_wrong + ease.log_shares
        joint += np.log(balance)[:, None]
        return joint

    def posterior(
        self, abilities: FloatArray, ease: Ease, balance: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return (u, k, g) P(y, ease | votes) and (u,) log P(votes)."""
        joint = self.known.restrict(self.joint_log(abilities, ease, balance))
        evidence = log_sum_exp(joint.reshape(len(joint), -1))
        return np.exp(joint - evidence[:, None, None]), evidence

    def expected_votes(self, Q: FloatArray) -> Arrays:
        """Return (m, g) expected right votes and votes cast, on rows of each ease, under that posterior."""
        weighted = Q * self.counts[:, None, None]
        anywhere = np.broadcast_to(weighted.sum(axis=1, keepdims=True), Q.shape)
        flat = (-1, Q.shape[2])
        return self.votes.T @ weighted.reshape(flat), self.votes.T @ anywhere.reshape(flat)


def blocks(
    votes: VoteArray, k: int, *, counts: IntArray | None = None, known: KnownClasses | None = None
) -> Iterator[Block]:
    """Lay out patterns in blocks small enough for what is computed of one."""
    size = max(1, BLOCK // (k * NODES))
    weights = np.ones(len(votes), dtype=np.int64) if counts is None else counts
    classes = np.full(len(votes), -1) if known is None else known.classes
    for start in range(0, len(votes), size):
        rows = slice(start, start + size)
        yield Block.of(votes[rows], k, counts=weights[rows], known=KnownClasses(classes[rows]))


def best_abilities(
    right: FloatArray, cast: FloatArray, ease: Ease, *, prior: tuple[float, float], start: FloatArray
) -> FloatArray:
    """Return (m,) most probable abilities given (m, g) expected votes: Newton's method, kept in a bracket."""
    from scipy.special import expit

    mean, deviation = prior
    slopes = np.exp(ease.points)
    # The likelihood's slope is at most that of all votes right, which bounds its pull from the prior mean.
    reach = 1e-9 + deviation**2 * (cast @ slopes)
    low, high, abilities, last = mean - reach, mean + reach, start, 2 * reach
    for _ in range(BISECTIONS):
        share = expit(abilities[:, None] * slopes)
        slope = (right - cast * share) @ slopes - (abilities - mean) / deviation**2
        curvature = (cast * share * (1 - share)) @ slopes**2 + 1 / deviation**2
        low, high = np.where(slope > 0, abilities, low), np.where(slope > 0, high, abilities)
        step = slope / curvature
        inside = (abilities + step >= low) & (abilities + step <= high)
        # Where saturated votes lend no curvature, Newton's steps would swing from end to end for ever.
        step = np.where(inside & (np.abs(step) <= last / 2), step, (low + high) / 2 - abilities)
        abilities, last = abilities + step, np.abs(step)
        if last.max(initial=0.0) < 1e-12:
            break
    return abilities


class GLAD(BaseLabelModel):
    """LFs differ in ability and rows in ease; a vote is right as the product of both says.

    ::

        P(vote_ij = y_i)    = sigma(a_j e_i)
        P(vote_ij = l)      = (1 - sigma(a_j e_i)) / (k - 1)      for each other class l
        a_j ~ Normal(mean, deviation)     log e_i ~ Normal(mean, deviation)

    An ability a_j below 0 is that of an LF worse than a coin. EM finds the most probable abilities; the ease
    of a row is integrated out over its prior (Gauss-Hermite quadrature of 11 points), and its posterior is
    a by-product: see `log_ease`.

    Rows with the same votes by the same LFs are exchangeable: nothing in the votes tells one from the other,
    so their ease has one posterior, and learning from vote patterns with counts is exact.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    ability_prior : (mean, deviation), default (1.0, 1.0)
        Normal prior of every LF's ability.
    ease_prior : (mean, deviation), default (1.0, 1.0)
        Normal prior of every row's log ease; an average LF is right on an average row with probability
        sigma(1 * e) = 0.94.
    class_balance : (k,) array of positive shares, optional
        P(y), held fixed; equal shares without.
    max_iter : int, default 1000
        Most EM steps.
    tol : float, default 1e-5
        The largest change of an ability that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares; `class_balance_`, if not given the mean posterior of covered rows;
        or the balance that the model works with.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    abilities_ : (m,) float64
        a_j; the prior mean for an LF that never votes.
    n_iter_ : int
        EM steps taken.
    converged_ : bool
        Whether `tol` was reached; a ConvergenceWarning says when not.
    objective_ : (n_iter_,) float64
        Log marginal likelihood plus log prior of the abilities before each step; it never falls.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: J. Whitehill, P. Ruvolo, T. Wu, J. Bergsma and J. Movellan, "Whose Vote Should Count More:
    Optimal Integration of Labels from Labelers of Unknown Expertise" (2009), eq. 1 and 2, and for k classes
    its supplement. Deviation: the paper maximises over each row's ease by gradient ascent, one parameter a
    row; here it is integrated out, which has no parameters that grow with the rows, needs no step size
    and applies to votes that training never showed. Cost of a step: O(11 (votes cast + patterns * k)).

    Use it where rows differ in how hard they are and get many votes each: on rows with one or two votes
    ability and ease cannot be told apart. Ease makes heavily contradicted rows uncertain that `OneCoin`
    would be sure of.

    Examples
    --------
    >>> votes = [[0, 0, 0, 1], [1, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 0, 0]]
    >>> model = GLAD().fit(votes)
    >>> model.predict(votes).tolist(), model.converged_
    ([0, 1, 1, 0, 0], True)
    >>> contradicted, unanimous = model.log_ease([[0, 0, 1, 1], [0, 0, 0, 0]])
    >>> bool(contradicted < unanimous)
    True
    """

    assumes = "an LF errs equally often whatever the class, more on hard rows, and LFs err independently"
    _balance_settings = ()
    _constraints: ClassVar = {
        "ability_prior": MEAN_AND_DEVIATION,
        "ease_prior": MEAN_AND_DEVIATION,
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        ability_prior: tuple[float, float] = (1.0, 1.0),
        ease_prior: tuple[float, float] = (1.0, 1.0),
        class_balance: ArrayLike | None = None,
        max_iter: int = 1000,
        tol: float = 1e-5,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.ability_prior = ability_prior
        self.ease_prior = ease_prior
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def log_ease(self, L: LabelMatrix | ArrayLike) -> FloatArray:
        """Return the posterior mean of each row's log ease.

        Parameters
        ----------
        L : LabelMatrix or (n, m) array of integers
            As for `predict_proba`.

        Returns
        -------
        (n,) float64
            Large where the votes make the row look easy; the prior mean where nobody votes. It is a
            function of the row's votes alone.

        Raises
        ------
        NotFittedError, LabelModelError
            As for `predict_proba`.
        """
        patterns = vote_patterns(self._checked_votes(L))
        means: FloatArray = self._over_blocks(patterns.votes, lambda Q: Q.sum(axis=1) @ self._ease.points)
        return means[patterns.inverse]

    @property
    def _ease(self) -> Ease:
        return Ease.normal(*self.ease_prior)

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        mean, deviation = self.ability_prior
        return {"ability_prior": (mean, deviation / times**0.5)}

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k = self.n_classes_
        self._balance = np.full(k, 1.0 / k) if balance is None else balance
        known = KnownClasses.of(patterns)
        laid_out = list(blocks(patterns.votes, k, counts=patterns.counts, known=known))
        start = np.full(patterns.votes.shape[1], float(self.ability_prior[0]))
        if known:
            start = self._best(laid_out, starting_shares(patterns, k), start=start)
        (self.abilities_,), search = self._run(laid_out, start)
        self.objective_ = search.objective
        self._keep_search(search)
        self._warn_not_converged()

    def _best(self, laid_out: list[Block], P: FloatArray, *, start: FloatArray) -> FloatArray:
        """Return (m,) the most probable abilities given (u, k) posteriors and rows of any ease."""
        ease, done = self._ease, 0
        right, cast = np.zeros((2, len(start), len(ease.points)))
        for block in laid_out:
            Q = P[done : done + len(block.counts), :, None] * np.exp(ease.log_shares)
            more_right, more_cast = block.expected_votes(Q)
            right, cast, done = right + more_right, cast + more_cast, done + len(Q)
        return best_abilities(right, cast, ease, prior=self.ability_prior, start=start)

    def _run(self, laid_out: list[Block], start: FloatArray) -> tuple[Arrays, Search]:
        ease, (mean, deviation) = self._ease, self.ability_prior
        m = len(start)

        def step(parameters: Arrays) -> tuple[Arrays, float]:
            (abilities,) = parameters
            right, cast = np.zeros((2, m, len(ease.points)))
            objective = -float((((abilities - mean) / deviation) ** 2).sum() / 2)
            for block in laid_out:
                Q, evidence = block.posterior(abilities, ease, self._balance)
                objective += float(block.counts @ evidence)
                more_right, more_cast = block.expected_votes(Q)
                right, cast = right + more_right, cast + more_cast
            best = best_abilities(right, cast, ease, prior=self.ability_prior, start=abilities)
            return (best,), objective

        return run_em(step, (start,), change=largest_change, max_iter=self.max_iter, tol=self.tol)

    def _over_blocks(self, votes: VoteArray, of: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return something of the (u, k, g) posterior of patterns, for all of them."""
        found = [
            of(block.posterior(self.abilities_, self._ease, self._balance)[0])
            for block in blocks(votes, self.n_classes_)
        ]
        return np.concatenate(found) if found else of(np.zeros((0, self.n_classes_, NODES)))

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return self._over_blocks(votes, lambda Q: Q.sum(axis=2))
