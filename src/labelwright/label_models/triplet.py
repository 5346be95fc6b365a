"""FlyingSquid's triplets: accuracies in closed form from how pairs of LFs agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_sums import vote_sums
from labelwright.label_models._dependent.clique_rates import Alone, CliqueEvidence
from labelwright.label_models._dependent.clique_tables import CliqueTables
from labelwright.label_models._dependent.moment_terms import DependentTerms, Taken, one_against_rest
from labelwright.label_models._dependent.setting import Dependencies, graph_given, lfs_err
from labelwright.label_models._dependent.vote_states import VoteStates
from labelwright.label_models._moments.triplets import OneVsRest, centred_rates, raw_rates
from labelwright.label_models._moments.vote_moments import VoteMoments
from labelwright.label_models._settings import ANYTHING, between, flag, one_of, positive
from labelwright.label_models.base import BaseLabelModel
from labelwright.label_models.class_balance import balance_from_votes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


MIN_SHARE = (
    1e-12  # of the rows; beside a rarer class "the rest" is 1 after rounding, and its odds are infinite
)


class Triplet(BaseLabelModel):
    """Three LFs that are independent given the class give away each other's accuracies.

    Take one class c against the rest, and let ``d_a = P(vote a is cast | c) - P(vote a is cast | rest)`` for
    each LF's votes for c and for another class. For votes of different LFs::

        cov(a, b)  =  P(c) (1 - P(c)) d_a d_b ,    so   d_a² P(c) (1 - P(c)) = cov(a,b) cov(a,e) / cov(b,e)

    All pairs together are one linear system, ``log |M_ab| = log |d_a| + log |d_b|``, solved by least squares
    with the inverse variances of the logarithms as weights, so that no triplet divides by a product that is
    all noise. With the rates at which votes are cast this gives P(vote | c) and P(vote | rest), and::

        log odds_c  =  log P(c) / (1 - P(c))  +  sum over the votes cast  log P(vote | c) / P(vote | rest)
        P(y | votes)  ∝  odds_y / (1 + odds_y)

    With gold labels the d that are assumed where pairs say nothing (see `init_precision`) are averaged, by
    inverse variance, with the differences of rates on the labeled rows; under ``moments="raw"`` labels give
    the class balance only.

    Votes for c are taken to be likelier under c, votes for another class less likely, except where the
    other LFs contradict that by more than 3 standard errors.

    *Dependencies.* Only pairs of LFs that the graph does not join, directly or through others, make triplets.
    The votes of a group's cliques and separators are variables of their own, whose covariances with the votes
    of other groups give ``P(clique votes | c)``, and take the place of the product over the group's LFs::

        log odds_c  +=  sum over cliques  log P(votes | c) / P(votes | rest)  -  the same of separators

    Of groups too large for that (see `LabelModel`) similar LFs weigh less.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    class_balance : (k,) array of positive shares, optional
        P(y). Without: see `estimate_balance`.
    estimate_balance : bool, default False
        Where no class balance is given, estimate it by `estimate_class_balance` instead of taking equal
        shares.
    dependencies : None, "auto", DependencyGraph, or list of (LF, LF) or (LF, LF, kind), default None
        Which LFs depend on each other beyond the class: none; learned by `learn_dependencies`; or as given.
    moments : {"centred", "raw"}, default "centred"
        ``"centred"``: as above, for LFs of any kind. ``"raw"``: as in FlyingSquid, an LF's vote is 1 for c,
        -1 for another class and 0, and ``E[vote_i vote_j] = a_i a_j`` with ``a_i = E[vote_i Y]``. That needs
        LFs that are right equally often under c and under the rest, and vote equally often under both; it
        is more precise then, and wrong for LFs that vote for one class only. No LF is contradicted there.
    init_precision : float, default 0.7
        The precision that is assumed where pairs say nothing, above 1/k.
    prior_weight : float, default 4.0
        Weight of that assumption: the inverse variance of log d. 4 takes it to be right within a factor
        1.6; it fades as rows are added.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares, or the class balance, which is also the model's own word.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    vote_ratios_ : (m, k, k) float64
        ``vote_ratios_[j, v, c]`` = P(v or, for v ≠ c, another class than c | c) over the same given the
        rest; 1 for a vote that LF j never casts.
    contradicted_ : (m, k) bool
        Votes that the others contradict.
    dependencies_ : DependencyGraph or None
        The graph that was used.
    lf_accuracies_ : (m,) float64
        P(vote right | LF votes), the mean over its votes of P(c | vote for c).
    class_balance_ : (k,) float64
        As given, estimated, or equal shares.

    Raises
    ------
    LabelModelError
        Settings that cannot be, or more than 4096 different votes (LF, class): the moments of all pairs
        would take more than 128 MiB.

    Notes
    -----
    Source: D. Y. Fu, M. F. Chen, F. Sala, S. M. Hooper, K. Fatahalian, C. Ré, "Fast and Three-rious:
    Speeding Up Weak Supervision with Triplet Methods" (2020); one against the rest for
    more than two classes, as in WRENCH. Deviations: one weighted system instead of the mean over
    triplets; a prior for LFs without pairs; covariances of single votes instead of products of signed
    votes (``moments="raw"`` has those), so that LFs need be neither symmetric nor bipolar; log space;
    floors instead of absolute values for probabilities that come out negative; probabilities normalised
    over the classes instead of a softmax of them.

    For two classes all parameters are consistent, whatever the confusion matrices. For more, "the rest" is
    a mixture, given which LFs are independent only if wrong votes do not tell the wrong classes apart.

    Cost: the moments once, O(pairs of votes cast in distinct patterns); then k linear systems of at most 2m
    unknowns, O(k m³), whatever the number of rows. No iterations, so nothing that could fail to converge.

    Use it where the fit must be instant, as in streams. Prefer `LabelModel` where LFs are sparse.

    Examples
    --------
    >>> votes = [[0, 0, 0]] * 4 + [[1, 1, 1]] * 3 + [[0, 0, 1]] * 2 + [[1, 1, 0]]
    >>> model = Triplet().fit(votes)
    >>> model.predict([[0, 0, 1], [1, 1, 0]]).tolist()
    [0, 1]
    >>> bool(model.lf_accuracies_[0] > model.lf_accuracies_[2] > 0.5)
    True
    """

    assumes = "given the class LFs err independently, so that triples of LFs tell their rates"
    _sums_votes = True
    _balance_settings = ("estimate_balance",)
    _saved_types = (DependentTerms, CliqueTables, VoteStates)
    _constraints: ClassVar = {
        "estimate_balance": flag(),
        "dependencies": ANYTHING,
        "moments": one_of("centred", "raw"),
        "init_precision": between(0, 1, "a precision between 1/k and 1, such as 0.7"),
        "prior_weight": positive(),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        class_balance: ArrayLike | None = None,
        estimate_balance: bool = False,
        dependencies: Dependencies = None,
        moments: Literal["centred", "raw"] = "centred",
        init_precision: float = 0.7,
        prior_weight: float = 4.0,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.class_balance = class_balance
        self.estimate_balance = estimate_balance
        self.dependencies = dependencies
        self.moments = moments
        self.init_precision = init_precision
        self.prior_weight = prior_weight
        self.uncovered = uncovered
        self.random_state = random_state

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"prior_weight": times * self.prior_weight}

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return super()._numbers_needed(u, m, k, s) + 6.0 * s * s + 3.0 * s * k

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k = self.n_classes_
        if self.init_precision <= 1.0 / k + MIN_SHARE:
            raise LabelModelError(f"init_precision={self.init_precision!r}; expected more than chance, 1/{k}")
        taken = self._taken(patterns)
        component = None if taken is None else taken.component
        moments = VoteMoments.of(patterns, k, model="Triplet", component=component)
        if balance is None:
            balance = balance_from_votes(patterns, k, estimate=self.estimate_balance)
        self._balance = np.clip(balance, MIN_SHARE, 1.0 - MIN_SHARE)
        self._columns = moments.columns
        self._weights = np.zeros((len(self._columns), k))
        self.contradicted_ = np.zeros((patterns.votes.shape[1], k), dtype=bool)
        self._terms: DependentTerms | None = None
        if taken is None:
            for c in range(k):
                self._fit_class(moments, c)
            self._weighted = self._weights
        else:
            self._fit_dependent(moments, taken)
        self._accuracies = self._right(moments)

    def _assumption(self) -> str:
        return self.assumes.replace("LFs err", lfs_err(self.dependencies_))

    def _taken(self, patterns: VotePatterns) -> Taken | None:
        """Return the dependency graph laid out, if there is one with edges."""
        graph = None if self.dependencies is None else graph_given(self.dependencies, self.statistics_)
        self.dependencies_ = graph
        return Taken.of(graph, patterns, k=self.n_classes_) if graph else None

    def _fit_dependent(self, moments: VoteMoments, taken: Taken) -> None:
        """Learn each class against the rest, and what the votes of dependent LFs add taken together."""
        tables, silence = [], np.zeros((len(self.contradicted_), self.n_classes_))
        for c in range(self.n_classes_):
            view, rates = self._fit_class(moments, c)
            share = float(self._balance[c])
            alone = Alone(rates[view.place], view.silence(rates, m=len(silence)))
            evidence = CliqueEvidence(rates, view.rate, view.lf, view.merge, np.array([share, 1.0 - share]))
            tables.append([each.tables(self._columns, alone, evidence) for each in taken.components])
            silence[:, c] = np.log(alone.silence[:, 0] / alone.silence[:, 1])
        joined = [one_against_rest(by_class) for by_class in zip(*tables, strict=True)]
        pairs = [(each.lfs, table) for each, table in zip(taken.components, joined, strict=True)]
        self._terms = DependentTerms(tuple(pairs), silence, counted=False)
        self._weighted = self._weights * taken.lf_weights[moments.lf][:, None]

    def _fit_class(self, moments: VoteMoments, c: int) -> tuple[OneVsRest, FloatArray]:
        """Learn one class against the rest, and what each vote adds to its log odds; return the rates."""
        solve = centred_rates if self.moments == "centred" else raw_rates
        view = OneVsRest.of(moments, c)
        rates, contradicted = solve(
            view,
            float(self._balance[c]),
            precision=self.init_precision,
            prior_weight=float(np.clip(self.prior_weight, MIN_SHARE, 1.0 / MIN_SHARE)),
        )
        self._weights[:, c] = np.log(rates[view.place, 0] / rates[view.place, 1])
        own = ~view.against
        self.contradicted_[view.lf[own], c] = contradicted[own]
        return view, rates

    @property
    def vote_ratios_(self) -> FloatArray:
        """(m, k, k) float64: how many times likelier class c makes LF j's vote v than the rest does."""
        k = self.n_classes_
        table = np.ones((len(self.contradicted_) * k, k))
        table[self._columns] = np.exp(self._weights)
        return table.reshape(-1, k, k)

    def _right(self, moments: VoteMoments) -> FloatArray:
        """Return (m,) the mean over an LF's votes of P(c | vote for c)."""
        own = moments.vote
        share = self._balance[own]
        odds = np.exp(self._weights[np.arange(len(own)), own]) * share / (1.0 - share)
        return moments.mean_by_lf(odds / (1.0 + odds))

    def _posterior(self, votes: VoteArray) -> FloatArray:
        prior = np.log(self._balance) - np.log1p(-self._balance)
        odds = prior + vote_sums(votes, self._weighted, k=self.n_classes_, columns=self._columns)
        if self._terms is not None:
            odds += self._terms.of_votes(votes)
        return softmax(-np.logaddexp(0.0, -odds))

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> FloatArray:
        P = super()._describe(patterns, self._balance)
        self.lf_accuracies_ = self._accuracies
        return P
