"""The default label model: accuracies from agreement, anchored near an assumed precision."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from labelwright._text import count, percent
from labelwright._types import BoolArray, FloatArray, IntArray, RandomState, VoteArray
from labelwright.core import LabelMatrix, VotePatterns, VoteStatistics
from labelwright.core.votes.log_space import safe_log, softmax
from labelwright.core.votes.vote_shares import vote_shares
from labelwright.core.votes.vote_sums import VoteWeights
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._default.anchored import (
    AnchoredFit,
    Anchoring,
    anchor_table,
    anchored_fit,
    anchored_with,
)
from labelwright.label_models._default.calibration import inverse_temperature
from labelwright.label_models._default.independent import (
    MAX_LACK_OF_FIT,
    Given,
    IndependentFit,
    independent_fit,
    lack_of_fit,
    worth_trying,
)
from labelwright.label_models._default.lf_priors import LFPriors, Prior
from labelwright.label_models._default.score_levels import FIT_ROWS, ScoreLevels
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.label_models._dependent.clique_tables import CliqueTables
from labelwright.label_models._dependent.dependence import taken_together
from labelwright.label_models._dependent.row_weights import RowWeights
from labelwright.label_models._dependent.setting import Dependencies, graph_given
from labelwright.label_models._dependent.vote_states import VoteStates
from labelwright.label_models._settings import ANYTHING, at_least, between, integer, one_of, positive
from labelwright.label_models.base import BaseLabelModel, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

INDEPENDENT = "given the class LFs err and abstain independently, each in its own way"
SEVERAL_WEIGHT = 1.0  # of the anchor of an LF that votes several classes, in votes cast


class LabelModel(BaseLabelModel):
    """Learns from their agreement how far to trust each vote; robust without any labels.

    Two models, and a rule that chooses between them without labels. Where LFs are wrong independently of one
    another, maximum likelihood is best; where they share words, lists or habits it goes wrong on any number
    of rows, and assuming little is best. How often votes are cast *together* tells which is the case.

    **Independent.** Every LF has a table of what it does, abstaining included, for each class; EM finds
    tables and class balance from two starts, and classes are named so that votes are right most often::

        P(y, votes)  =  balance_y  prod_j P_j(vote_j | y)

    It is kept where the *lack of fit* is at most 0.005: the squared relative error, beyond chance, of how
    often it expects any two votes on one row, 7%. Real labeling functions miss by 16% and more, planted
    independent votes by less than 1%. It is not tried with fewer than three LFs, with fewer than 100 votes
    for each number in the tables, where a class has no votes, or beyond 2,048 LFs times classes.

    **Anchored.** Otherwise a vote v of LF j counts for each class by how much more probable the class is
    where that vote is cast than overall::

        P(y | votes)  ∝  exp( h sum_j  w[j, vote_j, y] ),      abstaining adds nothing
        w[j, v, y]    =  log p[j, v, y] - log s[y]

        p[j, v, y]    =  (sum_i P_i(y) 1{vote_ij = v}  +  r a[v, y]) / (N[j, v] + r)
        r             =  anchor_weight N[j, v] + anchor_votes
        s[y]          =  (mean_i P_i(y) + balance_weight) / (1 + k balance_weight)

    An LF that votes several classes, such as a crowd worker, has one accuracy instead (the one-coin model)::

        w[j, v, y]    =  log(k c[j])  where y = v,  else  log(k (1 - c[j]) / (k - 1))
        c[j]          =  (sum_i P_i(vote_ij) + r anchor) / (N[j] + r),     r = N[j] + anchor_votes

    P_i are the posteriors of the round before (with h = 1), N[j, v] how often LF j votes v, and ``a[v, y]``
    the *anchor*: `anchor` where y = v, the rest shared equally by the other classes. Rounds repeat until w
    stands still. Its weight r grows with the votes, so that it never fades, and a vote favours its own class
    by at least 0.1 in log odds unless the other LFs contradict it. The inverse temperature h sets how sure
    the labels are, and changes none.

    **Scored votes.** Where LFs say how probable the classes are, EM learns from the posteriors above how
    often votes of each level of their score are right, and which class is the true one where they are not;
    a vote counts more or less accordingly (`ScoreLevels`). Scores are only compared with one another, so
    that one who is always too sure is not believed more; without other votes to judge it, an LF is taken at
    its word.

    In both, LFs with equal votes on 95% of the rows where either votes weigh as one, and LFs that depend on
    each other (`dependencies`) are taken together: by the junction tree of each connected group, or in the
    anchored model by lower weights on rows where similar LFs vote alike.

    The page on label models says what keeps this close to majority vote, and what dependencies and gold
    labels do. It is no promise to beat majority vote: compare with `MajorityVote`.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    method : {"auto", "anchored", "independent"}, default "auto"
        Choose by lack of fit, or take one of the two. The settings from `anchor` to `balance_weight` are
        those of the anchored model.
    anchor : float, default 0.75
        The precision that a vote is assumed to have, above 1/k (a smaller setting counts as halfway
        between 1/k and 1) and below 1.
    anchor_weight : float, default 0.5
        Weight of the anchor in multiples of the votes cast; larger stays closer to majority vote.
    anchor_votes : float, default 10
        Further weight of the anchor in votes, which steadies LFs that hardly vote.
    balance_weight : float, default 0.125
        What is added to each class' share before its logarithm is taken, as a fraction of the rows.
    dependencies : None, "auto", DependencyGraph, or list of (LF, LF) or (LF, LF, kind), default None
        Which LFs depend on each other beyond the class: none; learned by `learn_dependencies`; or as given,
        LFs by name or position.
    lf_priors : mapping of LF name or number to float or (float, float), optional
        What is known of single LFs: how often they are right where they vote, and for how many votes that
        counts. Without the second it counts as any anchor does, or under independence as many votes as the
        LF casts. ``{"kb": (0.99, 1e9)}`` trusts one source outright; a precision below chance turns an LF.
    scores : {"use", "ignore"}, default "use"
        Whether the scores of scored votes are read, or the votes alone.
    class_balance : (k,) array of positive shares, optional
        The class balance where it is known: multiplies the posteriors, so that rows are labeled with the
        balance in mind and agreeing votes for a rare class may be outweighed. Without, classes are alike.
    max_iter : int, default 300
        Most rounds.
    tol : float, default 1e-6
        Largest change of a weight w that counts as standing still.
    uncovered : {"uniform", "prior", "model"}, default "uniform"
        Rows without a vote: equal shares; `class_balance_`; or the model's own posterior of no votes,
        which is `class_balance` where given and equal shares otherwise.
    random_state : int, numpy.random.Generator or None
        Seeds ``predict(ties="random")``; the fit is deterministic.

    Attributes
    ----------
    method_ : {"anchored", "independent"}
        The model that was taken.
    lack_of_fit_ : float
        Squared relative error of independence on pairs of votes, at times below 0 by chance; nan where it
        was not tried.
    inverse_temperature_ : float
        h; 1 for the independent model.
    weights_ : (m, k, k) float64
        ``weights_[j, v, y]``: what vote v of LF j adds to the log score of class y over abstaining, h and
        the weights of near duplicates included.
    contradicted_ : (m, k) bool
        Votes that the other LFs contradict, or that under independence speak against their class; look at
        those LFs first.
    duplicate_weights_ : (m,) float64
        1, or 1 over the number of near duplicates; where dependencies are given, the weight that is left
        of an LF where all similar ones vote alike.
    dependencies_ : DependencyGraph or None
        The graph that was used.
    score_levels_ : ScoreLevels or None
        How often scored votes are right, by the level of their score; None where none were read.
    n_iter_ : int
        Rounds taken.
    converged_ : bool
        Whether `tol` was reached. Where not, the last round stands; the labels hardly change any more.
    lf_accuracies_ : (m,) float64
        Anchored: p[j, v, v], averaged over the LF's votes. Independent: the mean posterior of its votes.
    class_balance_ : (k,) float64
        As given, else the one learned (independent), else the mean posterior of the covered rows.

    Raises
    ------
    LabelModelError
        Settings that cannot be.
    DependencyError
        Dependencies that name unknown LFs, one LF twice, or a pair twice; "auto" with more LFs than whose
        pairs can be counted.

    Notes
    -----
    Source: labelwright's own. The independent model is that of A. Dawid and A. Skene (1979) with abstaining
    as an outcome; the anchored one starts from naive Bayes with one accuracy a vote, trained by EM (A. Ratner
    et al., "Data Programming", 2016, eq. 2, with a latent class and abstentions). Deviations: the points
    above, and that p and s are anchored apart, where maximum likelihood would tie them together. Leaving
    abstentions out gives up what silence tells; how often LFs vote is what differs most between training
    rows and later rows. ADR 7 tells what was tried.

    Cost of a round: O(votes cast in distinct patterns * k); lack of fit and temperature O(q²) beside, q being
    the number of (LF, vote) pairs that occur. Memory O(patterns * k + q * k); `weights_` is laid out
    when it is asked for.

    Examples
    --------
    >>> votes = [[0, 0, -1]] * 6 + [[1, -1, 1]] * 5 + [[0, 1, 0]] * 2 + [[-1, -1, -1]]
    >>> model = LabelModel().fit(votes)
    >>> model.predict(votes[-3:]).tolist()
    [0, 0, -1]
    >>> bool((model.lf_accuracies_ > 0.5).all())
    True
    """

    assumes = (
        "votes are more often right than not, and the others' agreement says by how much; "
        "estimates stay near an assumed precision, because votes that LFs cast for shared reasons mislead "
        "more than few rows do; abstaining says nothing"
    )
    discounts_duplicates = True
    _sums_votes = True
    _balance_settings = ()
    _saved_types = (RowWeights, CliqueTables, VoteStates, ScoreLevels)
    score_levels_: ScoreLevels | None = None
    _told_levels: tuple[VoteArray, IntArray] | None = None
    _constraints: ClassVar = {
        "method": one_of("auto", "anchored", "independent"),
        "anchor": between(0, 1, "a precision between 0 and 1, such as 0.75"),
        "anchor_weight": at_least(0),
        "anchor_votes": positive(),
        "balance_weight": positive(),
        "dependencies": ANYTHING,
        "lf_priors": ANYTHING,
        "scores": one_of("use", "ignore"),
        "max_iter": integer(1),
        "tol": at_least(0, infinite=True),
    }

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        method: Literal["auto", "anchored", "independent"] = "auto",
        anchor: float = 0.75,
        anchor_weight: float = 0.5,
        anchor_votes: float = 10.0,
        balance_weight: float = 0.125,
        dependencies: Dependencies = None,
        lf_priors: Mapping[str | int, Prior] | None = None,
        scores: Literal["use", "ignore"] = "use",
        class_balance: ArrayLike | None = None,
        max_iter: int = 300,
        tol: float = 1e-6,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.method = method
        self.anchor = anchor
        self.anchor_weight = anchor_weight
        self.anchor_votes = anchor_votes
        self.balance_weight = balance_weight
        self.dependencies = dependencies
        self.lf_priors = lf_priors
        self.scores = scores
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    # --- scored votes

    @property
    def _reads_scores(self) -> bool:
        return self.scores == "use"

    def _learn(self, stats: VoteStatistics, rows: Rows | None) -> None:
        self.score_levels_ = None
        super()._learn(stats, rows)
        if stats.scored is not None and self._reads_scores:
            scored = stats.scored.first(FIT_ROWS)
            self.score_levels_ = ScoreLevels.fit(scored, super().predict_proba(scored.votes))

    def predict_proba(self, L: LabelMatrix | ArrayLike) -> FloatArray:
        """Return the probabilistic labels P(y | votes, scores); see `BaseLabelModel.predict_proba`."""
        P = super().predict_proba(L)
        levels = self.score_levels_
        if levels is None or not isinstance(L, LabelMatrix) or not L.scores:
            return P
        scores = {L.lf_names.index(name): one for name, one in L.scores.items()}
        return softmax(safe_log(P) + levels.of_votes(L.votes, scores))

    def _reading(self, L: object) -> Self:
        """Return the model as it reads one row with its scores, which a vote keeps until it is another."""
        levels = self.score_levels_
        if levels is None or not isinstance(L, LabelMatrix) or not L.scores or len(L) != 1:
            return self
        reader = copy.copy(self)
        scores = {L.lf_names.index(name): one for name, one in L.scores.items() if len(one.rows)}
        reader._told_levels = (L.votes, levels.laid_out(L.votes, scores))
        return reader

    # --- the model

    def _settings_of_repeats(self, times: int) -> dict[str, Any] | None:
        return {"anchor_votes": times * self.anchor_votes}

    def _numbers_needed(self, u: int, m: int, k: int, s: int) -> float:
        return super()._numbers_needed(u, m, k, s) + 10.0 * s * k + 8.0 * k * k

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k = self.n_classes_
        votes = WeightedVotes.of_patterns(patterns, k)
        graph = None if self.dependencies is None else graph_given(self.dependencies, self.statistics_)
        self.dependencies_ = graph
        self._row_weights: RowWeights | None = None
        self._tables: CliqueTables | None = None
        if not graph:
            self._choose(votes, anchored_fit(votes, self._anchoring(k)), votes, balance)
            return
        weighted, fit, row_weights = anchored_with(graph, votes, patterns, self._anchoring(k))
        together = votes.depending(taken_together(graph, patterns, votes.indicators, k=k))
        self._choose(weighted, fit, together, balance)
        self._row_weights = row_weights if row_weights and self.method_ == "anchored" else None

    def _choose(
        self,
        weighted: WeightedVotes,
        anchored: AnchoredFit,
        together: WeightedVotes,
        balance: FloatArray | None,
    ) -> None:
        """Keep the independent fit to votes `together` if it is good enough, else the anchored one."""
        independent = self._independent(together, weighted, anchored, balance)
        if independent is None:
            self.duplicate_weights_ = weighted.duplicate_weights.copy()
            self._keep_anchored(weighted, anchored, balance)
        else:
            self.duplicate_weights_ = together.duplicate_weights.copy()
            self._keep_independent(together, *independent)

    def _anchoring(self, k: int) -> Anchoring:
        """Return how weights are held; an `anchor` no better than chance counts as halfway from it to 1."""
        return Anchoring(
            anchor=self.anchor if self.anchor > 1.0 / k else 0.5 + 0.5 / k,
            weight=self.anchor_weight,
            several_weight=SEVERAL_WEIGHT,
            votes=self.anchor_votes,
            balance_weight=self.balance_weight,
            priors=self._priors(),
            max_iter=self.max_iter,
            tol=self.tol,
        )

    def _priors(self) -> LFPriors:
        return LFPriors.of(self.lf_priors, m=self.n_features_in_, names=self.lf_names_)

    def _independent(
        self, votes: WeightedVotes, weighted: WeightedVotes, anchored: AnchoredFit, balance: FloatArray | None
    ) -> tuple[IndependentFit, Search] | None:
        """Return the fit of conditional independence if it is wanted, or if its lack of fit allows it.

        It starts from the posteriors of anchored weights on the votes as `weighted`, and from their shares.
        """
        self.lack_of_fit_ = np.nan
        if self.method == "anchored" or (self.method == "auto" and not worth_trying(votes)):
            return None
        shares = vote_shares(weighted.scores(weighted.own.astype(np.float64)))
        starts = [votes.known.clamp(P) for P in (softmax(weighted.scores(anchored.weights)), shares)]
        # What hand labels tell of the balance is in their rows already, beside what the votes tell of it.
        given = Given.of(votes, self._priors(), None if self.class_balance is None else balance)
        fit, search = independent_fit(votes, starts, given)
        self.lack_of_fit_, error = lack_of_fit(votes, fit)
        fits = self.lack_of_fit_ + 2.0 * error <= MAX_LACK_OF_FIT
        return (fit, search) if fits or self.method == "independent" else None

    def _keep_anchored(self, votes: WeightedVotes, fit: AnchoredFit, balance: FloatArray | None) -> None:
        k = self.n_classes_
        self.method_ = "anchored"
        self._keep_search(fit.search)
        self._intercept = np.zeros(k) if balance is None else np.log(balance * k)
        self.inverse_temperature_ = inverse_temperature(votes, fit.weights)
        self._keep_weights(votes, fit.weights * self.inverse_temperature_)
        self._keep_contradicted(votes, fit.contradicted)
        with np.errstate(invalid="ignore"):
            right = votes.by_lf(votes.size * fit.precision[votes.own]) / votes.lf_size
        self._precision: FloatArray | None = right
        self._balance: FloatArray | None = None

    def _keep_independent(self, votes: WeightedVotes, fit: IndependentFit, search: Search) -> None:
        self.method_ = "independent"
        self._keep_search(search)
        self._intercept, self._tables = fit.intercept(votes.lf_weights), fit.tables
        self.inverse_temperature_ = 1.0
        self._keep_weights(votes, fit.weights)
        given = fit.votes * fit.balance
        self._keep_contradicted(votes, given[votes.own] / given.sum(axis=1) < fit.balance[votes.vote])
        self._precision, self._balance = None, fit.balance

    def _keep_weights(self, votes: WeightedVotes, weights: FloatArray) -> None:
        """Keep the weights of votes that were cast, and what other votes count: as an anchor assumes."""
        k = self.n_classes_
        assumed = np.log(anchor_table(np.eye(k, dtype=bool), self._anchoring(k).anchor) * k)
        self._weights = VoteWeights(
            votes.m, votes.columns, weights * votes.vote_weights[:, None], assumed * self.inverse_temperature_
        )

    def _keep_contradicted(self, votes: WeightedVotes, against: BoolArray) -> None:
        self.contradicted_ = votes.of_lfs(against)

    @property
    def weights_(self) -> FloatArray:
        """(m, k, k) float64: what each vote adds to the log score of each class."""
        self._check_is_fitted()
        k = self.n_classes_
        return self._weights.table.reshape(-1, k, k)

    def _posterior(self, votes: VoteArray) -> FloatArray:
        scores = self._intercept + self._weights.scores(votes)
        if self._row_weights is not None:
            scores += self._row_weights.adjustment(votes, self._weights.of)
        if self._tables is not None:
            scores += self._tables.of_votes(votes)
        if self._told_levels is not None and self.score_levels_ is not None:
            row, levels = self._told_levels
            same = votes[:, self.score_levels_.lfs] == row[:, self.score_levels_.lfs]
            told = [np.where(same, one, -1) for one in levels]
            scores += self.score_levels_.of_levels(votes, *told)
        return softmax(scores)

    def _learned_balance(self) -> FloatArray | None:
        return self._balance

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> FloatArray:
        P = super()._describe(patterns, balance)
        if self._precision is not None:
            self.lf_accuracies_ = self._precision
        return P

    # --- what it says of a fit

    def _assumption(self) -> str:
        scored = self.score_levels_
        told = "" if scored is None else f"; scores of {count(len(scored.lfs), 'LF')} weigh their votes"
        return (
            f"{self._independence() if self.method_ == 'independent' else self.assumes}; {self._why()}{told}"
        )

    def _independence(self) -> str:
        if not self.dependencies_:
            return INDEPENDENT
        return INDEPENDENT.replace("LFs", "groups of dependent LFs") + ", and so do other LFs"

    def _why(self) -> str:
        """Say why the one of the two models was taken that was taken."""
        if self.method != "auto":
            return f"taken because method={self.method!r} says so"
        if math.isnan(self.lack_of_fit_):
            return "taken because LFs or votes are too few to fit tables to them and to judge these"
        missed = percent(math.sqrt(max(self.lack_of_fit_, 0.0)))
        if self.method_ == "independent":
            return (
                f"taken because pairs of votes occur as often as they then must ({missed} off beyond chance)"
            )
        return f"taken because pairs of votes occur {missed} more or less often than they would independently"
