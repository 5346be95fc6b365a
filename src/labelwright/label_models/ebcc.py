"""Enhanced Bayesian combination of classifiers: classes have subtypes, on which LFs err together."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, FloatArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses, starting_shares
from labelwright.core.votes.indicators import indicators, votes_cast
from labelwright.core.votes.log_space import softmax
from labelwright.label_models._em.em import best_run
from labelwright.label_models._em.variational import ascend
from labelwright.label_models._settings import integer, positive
from labelwright.label_models.ibcc import IBCC

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from scipy.sparse import csr_array


TYPICAL_UPDATES = 50  # until a start stands still; hard votes take several times as many
DIGAMMA = 5  # numbers computed in the time of one digamma
MAX_WORK = 4e10  # numbers computed in a fit: some ten minutes on a slow processor


class EBCC(IBCC):
    """Classes are mixtures of subtypes with their own confusion matrices, so that LFs may err together.

    ::

        balance ~ Dirichlet(a),   shares_y ~ Dirichlet(share_votes / n_subtypes)
        C_jyg ~ Dirichlet(b_y)            b_yl = right_votes where l = y, else wrong_votes
        y_i ~ balance,   g_i ~ shares_{y_i},   vote_ij ~ C_{j y_i g_i}

        q_i(y, g) ∝ exp( E log balance_y + E log shares_yg + sum_j E log C_jyg[vote_ij] )

    Given class *and subtype*, LFs are independent; given the class alone they are not: rows on which
    several LFs make the same mistake become a subtype, in which their agreement counts once. The prior on
    shares is so small that subtypes without need stay empty. `IBCC` is the case of one subtype.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    n_subtypes : int, default 10
        Most subtypes of a class.
    abstain : {"ignore", "outcome"}, default "ignore"
        As for `IBCC`: no observation, or one more outcome. Under "ignore", an LF that votes for one class
        only tells next to nothing.
    share_votes : float, default 0.1
        The prior of a class' subtypes, in rows seen beforehand in all of them.
    right_votes, wrong_votes : float, default 4.0 and 1.0
        The prior of each confusion matrix' row: votes seen beforehand for the own class, and for each other
        outcome.
    balance_votes : float, default 1.0
        The prior of the class balance, in rows of each class seen beforehand.
    empirical_prior : bool, default False
        Add the shares of the majority vote, summed over the rows, to that prior.
    n_init : int, default 5
        Starts; the one with the highest evidence lower bound is kept.
    class_balance : (k,) array of positive shares, optional
        Held fixed; learned without.
    max_iter : int, default 500
        Most updates of one start.
    tol : float, default 1e-4
        Largest change of a row's class probability that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, the class balance, or the posterior given that all LFs abstain.
    random_state : int, numpy.random.Generator or None
        Seeds the starts and ``predict(ties="random")``; None starts from the same seeds every time.

    Attributes
    ----------
    subtype_shares_ : (k, n_subtypes) float64
        Expected shares of the subtypes in their class, the largest first.
    confusion_ : (m, k, v) float64
        Expected P(LF j gives outcome l | y), over subtypes. Made when asked for.
    elbos_ : (n_init,) float64
        The bound that each start reached.
    elbo_ : (n_iter_,) float64
        The bound after each update of the start that was kept; it never falls.
    n_iter_ : int
        Updates of the start that was kept.
    converged_ : bool
        Whether that start reached `tol`; a ConvergenceWarning says when not.

    Raises
    ------
    LabelModelError
        Settings that cannot be, or so many classes, LFs and rows that a fit would take hours.

    Notes
    -----
    Source: Y. Li, B. Rubinstein and T. Cohn, "Exploiting Worker Correlation for Label Aggregation in
    Crowdsourcing" (2019). Deviations: abstaining as an outcome; and a start splits the majority vote into
    subtypes by random profiles of which LFs vote and agree there, where the paper draws a split a row:
    equal rows start alike, so that vote patterns are exact, and the result depends on no order of rows, LFs
    or classes. LFs that vote equally often share a profile.
    Cost of an update: O(votes cast * k * n_subtypes); memory O((patterns + different votes) * k *
    n_subtypes).

    Examples
    --------
    >>> votes = [[0, 0, 0]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]]
    >>> model = EBCC(n_subtypes=2).fit(votes)
    >>> model.predict([[0, 0, 1], [1, 1, 0]]).tolist(), model.elbos_.shape
    ([0, 1], (5,))
    """

    assumes = "each class has subtypes, given which LFs err independently; needs many votes a row"
    _constraints: ClassVar = {
        "n_subtypes": integer(1),
        "share_votes": positive(),
        "n_init": integer(1),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        n_subtypes: int = 10,
        abstain: Literal["ignore", "outcome"] = "ignore",
        share_votes: float = 0.1,
        right_votes: float = 4.0,
        wrong_votes: float = 1.0,
        balance_votes: float = 1.0,
        empirical_prior: bool = False,
        n_init: int = 5,
        class_balance: ArrayLike | None = None,
        max_iter: int = 500,
        tol: float = 1e-4,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        super().__init__(
            n_classes=n_classes,
            abstain=abstain,
            right_votes=right_votes,
            wrong_votes=wrong_votes,
            balance_votes=balance_votes,
            empirical_prior=empirical_prior,
            class_balance=class_balance,
            max_iter=max_iter,
            tol=tol,
            uncovered=uncovered,
            random_state=random_state,
        )
        self.n_subtypes = n_subtypes
        self.share_votes = share_votes
        self.n_init = n_init

    def _share_votes(self) -> float:
        return self.share_votes / self.n_subtypes

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return super()._numbers_needed(u, m, k, s) + self.n_subtypes * (6.0 * u * k + 12.0 * s * k)

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        self._check_work(patterns)
        generator = as_generator(0 if self.random_state is None else self.random_state)
        prior = self._prior(patterns, balance, subtypes=self.n_subtypes)
        table = self._table(patterns.votes, patterns.counts)
        runs = [
            ascend(
                table,
                split_majority(patterns, self.n_classes_, self.n_subtypes, generator),
                prior,
                known=KnownClasses.of(patterns),
                max_iter=self.max_iter,
                tol=self.tol,
            )
            for _ in range(self.n_init)
        ]
        self._keep(*best_run(runs))
        self.elbos_ = np.array([search.objective[-1] for _, search in runs])
        self.subtype_shares_ = -np.sort(-self._belief.mean_shares(), axis=1)

    def _check_work(self, patterns: VotePatterns) -> None:
        """Refuse a fit that would take hours, and say how many classes it can take.

        Raises
        ------
        LabelModelError
            Some `TYPICAL_UPDATES` of each start would compute more than `MAX_WORK` numbers.
        """
        k, u = self.n_classes_, len(patterns)
        votes = patterns.votes.astype(np.int64)
        lf = np.arange(votes.shape[1])
        s = len(np.unique((lf * (k + 1) + votes)[votes != ABSTAIN]))
        updates = self.n_init * min(self.max_iter, TYPICAL_UPDATES)
        each = updates * self.n_subtypes * (u + DIGAMMA * s)
        if each * k > MAX_WORK:
            raise LabelModelError(
                f"{type(self).__name__} would take hours for {k:,} classes of {self.n_subtypes} subtypes, "
                f"{u:,} distinct rows and {s:,} different votes (LF, class); with these rows and votes it "
                f"can take {int(MAX_WORK // each):,} classes, and more with fewer n_subtypes or n_init; or "
                "use IBCC"
            )


def split_majority(
    patterns: VotePatterns, k: int, subtypes: int, generator: np.random.Generator
) -> FloatArray:
    """Return (u, k*M): the shares of the majority vote, each split over the subtypes of its class.

    An LF has a random weight a subtype where it votes with the class, and another where it votes against
    it. LFs with equally many votes get equal weights, so that their order cannot matter; LFs without votes
    draw none, so that their number cannot.
    """
    votes, counts = patterns.votes, patterns.counts
    number = counts @ (votes != ABSTAIN)
    kinds, kind = np.unique(number[number > 0], return_inverse=True)
    profiles = np.zeros((2, len(number), subtypes))
    profiles[:, number > 0] = generator.normal(size=(2, len(kinds), subtypes))[:, kind]
    against, on_top = profiles
    cast = indicators(votes, k)
    by_class = _by_class(votes, k)
    # A sum of more votes must not be a harder split.
    scale = 1.0 / np.sqrt(np.maximum((votes != ABSTAIN).sum(axis=1), 1))[:, None]
    base = cast @ np.repeat(against, k, axis=0)
    scores = (base[:, None] + (by_class @ on_top).reshape(len(votes), k, subtypes)) * scale[:, None]
    splits = softmax(scores.reshape(-1, subtypes)).reshape(scores.shape)
    shares = starting_shares(patterns, k)
    start: FloatArray = (shares[:, :, None] * splits).reshape(len(votes), -1)
    return start


def _by_class(votes: VoteArray, k: int) -> csr_array:
    """Return the sparse (u*k, m) LFs that vote class c on row i, in row ``i*k + c``."""
    from scipy.sparse import csr_array

    rows, lfs, classes = votes_cast(votes)
    return csr_array((np.ones(len(lfs)), (rows * k + classes, lfs)), shape=(len(votes) * k, votes.shape[1]))
