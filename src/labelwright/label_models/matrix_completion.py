"""MeTaL's matrix completion: the label model of Snorkel, solved to its minimum."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import VotePatterns
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_sums import vote_sums
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._dependent.clique_rates import Alone, CliqueEvidence
from labelwright.label_models._dependent.clique_tables import CliqueTables
from labelwright.label_models._dependent.masked_inverse import class_covariance
from labelwright.label_models._dependent.moment_terms import DependentTerms, Taken
from labelwright.label_models._dependent.setting import Dependencies, graph_given, lfs_err
from labelwright.label_models._dependent.vote_states import VoteStates
from labelwright.label_models._moments.completion import assumed_rates, complete
from labelwright.label_models._moments.vote_moments import VoteMoments, lfs_apart
from labelwright.label_models._settings import ANYTHING, at_least, between, flag, integer, one_of
from labelwright.label_models.base import BaseLabelModel
from labelwright.label_models.class_balance import balance_from_votes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MIN_RATE = 0.01  # no class makes a vote more than a hundred times rarer than it is overall


class MatrixCompletion(BaseLabelModel):
    """How often votes are cast together tells how often each class makes them.

    With ``O[a, b]`` the share of rows on which votes a and b are both cast, and LFs that are independent
    given the class, ``O[a, b] = sum_y P(y) mu[a, y] mu[b, y]`` for votes of different LFs, where
    ``mu[a, y] = P(vote a is cast | y)``. The entries of O that one LF gives alone are not of this form: mu is
    found by completing the matrix without them::

        mu  =  argmin  || O - mu P muᵀ ||²  over votes of different LFs
                     + || mu P 1 - diag O ||²  +  l2 / n || mu - mu_0 ||²

        P(y | votes)  ∝  P(y) prod over the votes cast  mu[vote, y]

    The search is L-BFGS with the exact gradient, from several starts. ``mu_0`` and the first start hold
    every vote to be right with `init_precision`; the second start is what the other LFs make of each vote;
    further ones are drawn.

    With gold labels ``mu_0`` is the mean of that assumption, counted as `l2` rows a class, and of the rates
    on the n_y labeled rows of class y; the last term becomes ``sum_y (l2 + n_y) / n || mu_y - mu_0y ||²``.

    *What the moments leave open.* ``mu P^½ R P^-½`` has the same second moments as mu for every orthogonal R
    that keeps the vector ``P^½ 1``. For two classes these are two points, mirror images; of which the one
    nearer to ``mu_0`` is taken: LFs are better than chance on the whole. For three and more classes they are
    a continuum; again the nearest is taken, which is the truth where confusions are symmetric on average
    over the LFs, and near it otherwise. No amount of data changes that, nor does it for any other solver of
    this loss.

    *Dependencies.* Pairs of LFs that are joined by the graph, directly or through others, are left out of the
    loss as those of one LF are. What the LFs of a group do together follows from moments with the others::

        E[1{group votes g} 1{vote b}]  =  sum_y P(y) P(g | y) mu[b, y]        for b of other groups

    by least squares, for the cliques and separators of the group's junction tree, and takes the place of the
    product over its LFs. Of groups too large for that (see `LabelModel`) similar LFs weigh less.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    class_balance : (k,) array of positive shares, optional
        P(y). Without: see `estimate_balance`.
    estimate_balance : bool, default False
        Where no class balance is given, estimate it by `estimate_class_balance` instead of taking equal
        shares. It needs LFs that really are independent given the class.
    abstain : {"ignore", "outcome"}, default "ignore"
        ``"ignore"`` leaves the LFs that do not vote out of the posterior, as Snorkel does; how often an LF
        votes under each class still counts where it votes. ``"outcome"`` lets silence speak:
        ``1 - sum_v mu[j v, y]`` for each silent LF.
    dependencies : None, "auto", DependencyGraph, or list of (LF, LF) or (LF, LF, kind), default None
        Which LFs depend on each other beyond the class: none; learned by `learn_dependencies`; or as given.
    masked : {"moments", "inverse"}, default "moments"
        With dependencies: ``"moments"`` as above, right for every graph; ``"inverse"`` completes what the
        inverse covariance of the votes says of the class, as MeTaL does: it uses pairs within a group that
        have no edge too, is exact where groups are cliques, and needs tens of thousands of rows.
    init_precision : float, default 0.7
        The precision that mu_0 assumes, above 0 and below 1.
    l2 : float, default 10.0
        Weight of mu_0, divided by the number of rows: sampling noise in O is of order 1/n, so mu_0 steadies
        votes that are seldom cast and fades as rows are added.
    n_starts : int, default 3
        Starts of the search.
    max_iter : int, default 5000
        Most steps of each search.
    tol : float, default 1e-10
        Largest entry of the gradient that counts as arrived.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, the class balance, or the posterior of no votes (which is the
        class balance again where `abstain` is "ignore").
    random_state : int, numpy.random.Generator or None
        Seeds the starts that are drawn (None draws the same ones every time) and ties at random.

    Attributes
    ----------
    vote_rates_ : (m, k, k) float64
        ``vote_rates_[j, y, v]`` = P(LF j votes v | y), never below a hundredth of P(LF j votes v).
    start_losses_ : (n_starts,) float64
        The loss that each start came down to; the first of the lowest was taken.
    losses_ : array of float64
        The loss at each step from that start.
    gradient_ : float
        The largest entry of the gradient where it ended.
    n_iter_ : int
        Evaluations of the loss from that start.
    converged_ : bool
        Whether the gradient vanished; a ConvergenceWarning says when not.
    dependencies_ : DependencyGraph or None
        The graph that was used.
    lf_accuracies_ : (m,) float64
        ``sum_v P(v) mu[j v, v]`` over how often the LF votes.
    class_balance_ : (k,) float64
        As given, estimated, or equal shares.

    Raises
    ------
    LabelModelError
        Settings that cannot be, or more than 4096 different votes (LF, class): the moments of all pairs
        would take more than 128 MiB.

    Notes
    -----
    Source: A. Ratner, B. Hancock, J. Dunnmon, F. Sala, S. Pandey, C. Ré, "Training Complex Models with
    Multi-Task Weak Supervision" (2019), and the loss of Snorkel 0.10's ``LabelModel`` (MeTaL's
    ``loss_mu``); MeTaL's dependent case is ``masked="inverse"``. Deviations: dependent LFs are left out of
    the moments rather than of their inverse; cliques are estimated by least squares; the minimum is found,
    where Snorkel takes 100 steps of gradient descent at a fixed rate and stays near its start where votes are
    sparse; several
    starts instead of one scaled at random; ``mu_0`` spreads the mass of wrong votes over the other classes
    instead of giving them none; the pull towards it is counted in rows; the class balance may be
    estimated; and rates are floored relative to how often a vote is cast, instead of clipped during the
    search. One or two LFs are accepted and stay near ``mu_0``: their moments identify nothing.

    The minimum is not always what one wants: where LFs are sparse or depend on each other it fits that, and
    stopping early or a large `l2` labels better. `l2` = 10 stands for ten rows of belief in ``mu_0``, by
    argument and not by tuning.

    Cost: the moments once, O(pairs of votes cast in distinct patterns); then O(a² k) a step for the a
    different votes that occur, whatever the number of rows. Memory O(a²).

    Use it where many LFs vote on many rows and rows are too many to go through more than once. Prefer
    `LabelModel` where LFs copy each other or are sparse.

    Examples
    --------
    >>> votes = [[0, 0, 0]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]]
    >>> model = MatrixCompletion().fit(votes)
    >>> model.predict([[0, 0, 1], [1, 1, 0]]).tolist(), model.converged_
    ([0, 1], True)
    >>> bool(model.lf_accuracies_[0] > model.lf_accuracies_[2] > 0.5)
    True
    """

    assumes = "given the class LFs err independently, so that pairs of votes tell their rates"
    _sums_votes = True
    _balance_settings = ("estimate_balance",)
    _saved_types = (DependentTerms, CliqueTables, VoteStates)
    _constraints: ClassVar = {
        "estimate_balance": flag(),
        "abstain": one_of("ignore", "outcome"),
        "dependencies": ANYTHING,
        "masked": one_of("moments", "inverse"),
        "init_precision": between(0, 1, "a precision between 0 and 1, such as 0.7"),
        "l2": at_least(0),
        "n_starts": integer(1),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        class_balance: ArrayLike | None = None,
        estimate_balance: bool = False,
        abstain: Literal["ignore", "outcome"] = "ignore",
        dependencies: Dependencies = None,
        masked: Literal["moments", "inverse"] = "moments",
        init_precision: float = 0.7,
        l2: float = 10.0,
        n_starts: int = 3,
        max_iter: int = 5000,
        tol: float = 1e-10,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.class_balance = class_balance
        self.estimate_balance = estimate_balance
        self.abstain = abstain
        self.dependencies = dependencies
        self.masked = masked
        self.init_precision = init_precision
        self.l2 = l2
        self.n_starts = n_starts
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"l2": times * self.l2}

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return (
            super()._numbers_needed(u, m, k, s) + 3.0 * s * s + 75.0 * s * k + 3.0 * k * k
        )  # 60 of them are L-BFGS

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k = self.n_classes_
        taken = self._taken(patterns)
        component = None if taken is None else taken.component
        moments = VoteMoments.of(patterns, k, model="MatrixCompletion", component=component)
        if balance is None:
            balance = balance_from_votes(patterns, k, estimate=self.estimate_balance)
        self._balance = balance
        anchor, rows = moments.labeled.mixed(
            assumed_rates(moments, balance, precision=self.init_precision), rows=self.l2
        )
        found = complete(
            moments if taken is None else self._without_dependent(moments),
            self._balance,
            anchor=anchor,
            pull=rows / moments.n,
            n_starts=self.n_starts,
            max_iter=self.max_iter,
            tol=self.tol,
            generator=as_generator(0 if self.random_state is None else self.random_state),
        )
        self.start_losses_, self.losses_ = found.losses, np.array(found.trace)
        ends = tuple((-found.losses).tolist()) if self.n_starts > 1 else ()
        self._keep_search(Search(-self.losses_, found.converged, len(found.trace) - 1, ends))
        self.gradient_ = found.gradient
        self._keep(moments, found.rates, m=patterns.votes.shape[1])
        self._terms: DependentTerms | None = None
        self._lf_weights = np.ones(len(self._silence))
        if taken is not None:
            self._keep_dependent(moments, taken)
        self._warn_not_converged(raised="max_iter or l2")

    def _assumption(self) -> str:
        return self.assumes.replace("LFs err", lfs_err(self.dependencies_))

    def _taken(self, patterns: VotePatterns) -> Taken | None:
        """Return the dependency graph laid out, if there is one with edges."""
        graph = None if self.dependencies is None else graph_given(self.dependencies, self.statistics_)
        self.dependencies_ = graph
        return Taken.of(graph, patterns, k=self.n_classes_) if graph else None

    def _without_dependent(self, moments: VoteMoments) -> VoteMoments:
        """Return the moments to complete: without those of dependent LFs, or with what the class leaves."""
        if self.masked == "moments" or self.dependencies_ is None:
            return moments
        joined = self.dependencies_.adjacency()[np.ix_(moments.lf, moments.lf)]
        apart = lfs_apart(moments.lf, None) & ~joined
        between = np.outer(moments.rate, moments.rate)
        part = class_covariance(moments.together - between, apart, rank=moments.k - 1, n=moments.n)
        together = part + between
        np.fill_diagonal(together, moments.rate)
        return replace(moments, together=together, component=None)

    def _keep_dependent(self, moments: VoteMoments, taken: Taken) -> None:
        """Keep what the votes of dependent LFs tell taken together."""
        from scipy.sparse import eye_array

        single = eye_array(len(self._columns), format="csr")
        evidence = CliqueEvidence(self._rates, moments.rate, moments.lf, single, self._balance)
        alone = Alone(self._rates, self._silence)
        tables = [(each.lfs, each.tables(self._columns, alone, evidence)) for each in taken.components]
        counted = self.abstain == "outcome"
        self._terms = DependentTerms(tuple(tables), np.log(self._silence), counted=counted)
        self._lf_weights = taken.lf_weights

    def _keep(self, moments: VoteMoments, rates: FloatArray, *, m: int) -> None:
        """Keep the rates, floored, and what silence is worth."""
        self._columns, overall = moments.columns, moments.rate[:, None]
        self._rates = np.clip(rates, MIN_RATE * overall, 1.0)
        voting = np.zeros((m, self.n_classes_))
        np.add.at(voting, moments.lf, self._rates)
        silent = 1.0 - np.bincount(moments.lf, weights=moments.rate, minlength=m)[:, None]
        # An LF that was never silent tells nothing by being silent.
        self._silence = np.where(silent > 1e-12, np.clip(1.0 - voting, MIN_RATE * silent, 1.0), 1.0)
        self._accuracies = self._right(moments)

    def _right(self, moments: VoteMoments) -> FloatArray:
        joint = self._rates * self._balance
        precision = joint[moments.own] / joint.sum(axis=1)
        return moments.mean_by_lf(precision)

    @property
    def vote_rates_(self) -> FloatArray:
        """(m, k, k) float64: ``vote_rates_[j, y, v]`` = P(LF j votes v | y)."""
        k = self.n_classes_
        table = np.zeros((len(self._silence) * k, k))
        table[self._columns] = self._rates
        return table.reshape(-1, k, k).transpose(0, 2, 1)

    def _posterior(self, votes: VoteArray) -> FloatArray:
        lf = self._columns // self.n_classes_
        weights, constant = np.log(self._rates), np.log(self._balance)
        if self.abstain == "outcome":
            silence = np.log(self._silence)
            weights, constant = weights - silence[lf], constant + self._lf_weights @ silence
        weights = weights * self._lf_weights[lf][:, None]
        scores = constant + vote_sums(votes, weights, k=self.n_classes_, columns=self._columns)
        return softmax(scores if self._terms is None else scores + self._terms.of_votes(votes))

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> FloatArray:
        P = super()._describe(patterns, self._balance)
        self.lf_accuracies_ = self._accuracies
        return P
