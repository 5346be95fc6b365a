"""The label model for rankings: Mallows models whose dispersions show in how LFs agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import BoolArray, FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.label_models._input import (
    NOT_RANKED,
    as_ranks,
    check_gold_ranks,
)
from labelwright.label_models._numeric.repeats import repeat_weights, warn_of_what_is_not_told
from labelwright.label_models._ranking.kemeny import (
    borda_rankings,
    exact_rankings,
    improved_rankings,
    order_probabilities,
    ranks_of,
    scores,
    with_ties_broken,
)
from labelwright.label_models._ranking.mallows import expected_distance, mean_agreement
from labelwright.label_models._ranking.order_agreements import OrderAgreements, item_pairs, pair_orders, trust
from labelwright.label_models._settings import RANDOM_STATE, Constraint, between, integer, one_of, positive
from labelwright.label_models.base import Rows, VoteModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MAX_EXACT = 14  # 2^14 sets of items, 16384 * 14 numbers a row
BLOCK_CELLS = 1 << 20


class RankingLabelModel(VoteModel):
    """Votes that are rankings: every LF is a Mallows model around the truth, with a dispersion of its own.

    ::

        P(ranking_j | y)  ∝  exp(-theta_j K(ranking_j, y)) ,   K the number of item pairs in the other order
        mu_h(theta)       =  2 P(two items h places apart in y are in the right order) - 1
        E[agreement of j and k on an item pair]  =  sum over h of share_h mu_h(theta_j) mu_h(theta_k)
        y(votes)          =  argmin over rankings z of  sum_j theta_j K(ranking_j, z)

    LFs that err independently agree with each other as often as they agree with the truth, multiplied gap by
    gap. The agreements of all pairs of LFs are solved for theta, without gold. The truth is then the weighted
    Kemeny ranking, which is the most probable one.

    Ranks are compared within one LF and row only: gaps do not matter, equal ranks say nothing about their
    items (a "top 3" ranks three items 0, 1, 2 and the others 3), and -1 leaves an item out. An LF abstains
    by -1 for all items. An LF that is mostly the wrong way round has theta < 0 and counts in reverse. LFs
    that repeat each other (they order pairs apart less than a tenth as often as their errors predict) share
    one vote.

    Parameters
    ----------
    method : {"agreement", "triplets"}, default "agreement"
        ``"agreement"``: the equations above, exact for full rankings. ``"triplets"``: the paper's
        ``E[K(j, k)] = E[K(j, y)] + E[K(k, y)]``, inverted by the Mallows model's expected distance. That sum
        counts pairs that both got wrong as wrong twice, so theta comes out too large, more so for bad LFs.
    init_accuracy : float, default 0.75
        P(item pair in the right order) that is assumed of an LF before the data, between ½ and 1.
    prior_votes : float, default 2.0
        Rows of gold that this assumption weighs as much as; above 0. It fades as rows are added.
    max_exact_items : int, default 8
        Up to this number of items, at most 14, rankings and probabilities are exact, by dynamic programming
        over sets of items. Beyond, rankings are the best of local searches and `predict_pairs` looks at each
        pair alone.
    n_restarts : int, default 4
        Local searches from random orders, besides the one from the weighted Borda count.
    random_state : int, numpy.random.Generator or None, default 0
        Seeds these orders; nothing else is random.

    Attributes
    ----------
    lf_dispersions_ : (m,) float64
        theta_j; 0 is a random order, and within ±14.5. nan for an LF that never orders two items.
    lf_accuracies_ : (m,) float64
        P(item pair in the right order) of an item pair drawn at random.
    lf_expected_distances_ : (m,) float64
        E[K] from the truth, for a ranking of all items: between 0 and d(d-1)/2.
    identified_ : (m,) bool
        Whether the data tell theta_j: LF j is in a triangle (or odd circle) of LFs that meet, or meets gold.
    repeats_ : (m, m) bool
        LFs that share a vote.
    n_items_, n_features_in_ : int
        d and m.
    exact_ : bool
        Whether `predict` is exact for so many items.
    statistics_ : OrderAgreements
        What was learned from.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: C. Shin, W. Li, H. Vishwakarma, N. Roberts, F. Sala, "Universalizing Weak Supervision" (ICLR
    2022), the ranking case: Mallows models, dispersions from expected pairwise distances, weighted Kemeny
    inference; pairwise probabilities of the model: C. Mallows (1957). Deviations: the expected agreement of
    two LFs in its exact form instead of additive distances, all pairs in one system instead of one triplet an
    LF; signs; partial rankings and ties; repeats; gold; exact pairwise posteriors.

    Which items an LF leaves out is taken to be independent of their places, and two LFs that leave out the
    same do not count it as agreement. A posterior of partial rankings takes pairs that are left out as no
    evidence, which is exact for rankings of all items and an approximation otherwise. The direction of the
    truth is that of most LFs, or of gold.

    Cost: counts O(n m² d²) in matrix products, once; then O(m³) a step whatever n. Prediction is
    O(n (m d² + 2^d d)) exactly, O(n (m d² + d² passes)) by local search.

    Examples
    --------
    >>> from labelwright.testing import sample_rankings
    >>> planted = sample_rankings([2.0, 1.0, 0.5, 1.0], n_items=5, n=3000, random_state=0)
    >>> model = RankingLabelModel().fit(planted.ranks)
    >>> bool(np.abs(model.lf_dispersions_ - [2.0, 1.0, 0.5, 1.0]).max() < 0.2)
    True
    >>> model.predict([[[0, 1, 2, 3, 4], [0, 1, 2, 4, 3], [1, 0, 2, 4, 3], [-1, -1, -1, -1, -1]]]).tolist()
    [[0, 1, 2, 3, 4]]
    """

    assumes = "LFs err independently of each other, each as a Mallows model around the truth"
    _told, _input = "lf_dispersions_", "rankings"
    _of_lfs: ClassVar[Mapping[str, str]] = {
        "lf_accuracies_": "pairs in the right order (accuracy)",
        "lf_dispersions_": "dispersion",
    }
    _saved_types = (OrderAgreements,)
    _constraints: ClassVar = {
        "method": one_of("agreement", "triplets"),
        "init_accuracy": between(0.5, 1, "a probability between 0.5 and 1"),
        "prior_votes": positive(),
        "max_exact_items": Constraint(
            lambda items: 0 <= items <= MAX_EXACT, f"0..{MAX_EXACT}: sets of items are 2^d"
        ),
        "n_restarts": integer(0),
        "random_state": RANDOM_STATE,
    }

    def __init__(
        self,
        *,
        method: Literal["agreement", "triplets"] = "agreement",
        init_accuracy: float = 0.75,
        prior_votes: float = 2.0,
        max_exact_items: int = 8,
        n_restarts: int = 4,
        random_state: RandomState = 0,
    ) -> None:
        self.method = method
        self.init_accuracy = init_accuracy
        self.prior_votes = prior_votes
        self.max_exact_items = max_exact_items
        self.n_restarts = n_restarts
        self.random_state = random_state

    # --- what users call

    def fit(self, L: ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn dispersions from rankings, without the truth or with some of it.

        Parameters
        ----------
        L : (n, m, d) array of integers
            ``L[i, j, p]``: the rank that LF j gives item p of row i, 0 the first; -1 where it is not ranked.
        y : ignored
            Present for scikit-learn's pipelines: the truth cannot leak in through it.
        gold : (n, d) array of integers, optional
            True ranks, rows (or items) of -1 where unknown.

        Returns
        -------
        self

        Raises
        ------
        LabelModelError
            Rankings or gold of a wrong shape, ranks outside -1..d-1, no rows, or settings that cannot be.

        Warns
        -----
        UserWarning
            The rankings do not tell the dispersions of some LFs; `identified_` says which.
        """
        return super().fit(L, gold=gold)

    def partial_fit(self, L: ArrayLike, y: object = None, *, gold: object = None) -> Self:
        """Learn from these rankings and all before: leaves what one `fit` on all rows leaves.

        Raises
        ------
        LabelModelError
            As `fit`, and for another number of LFs or items.
        """
        return super().partial_fit(L, gold=gold)

    def predict(self, L: ArrayLike) -> IntArray:
        """Return (n, d) int64 ranks, the weighted Kemeny ranking of each row.

        Items that no LF compares with another on that row are not ranked (-1). Of equally good rankings, as
        partial ones leave, that which is nearest to the weighted Borda count; then lower indices go first.

        Parameters
        ----------
        L : (n, m, d) array of integers
            Rankings by the same LFs in the same order; no rows are allowed.

        Raises
        ------
        NotFittedError
            The model has not been fitted.
        LabelModelError
            Another number of LFs or items than in `fit`, or ranks outside -1..d-1.
        """
        ranks = self._checked_votes(L)
        generator = as_generator(self.random_state)
        return np.concatenate([self._rank(block, generator) for block in self._blocks(ranks)])

    def predict_pairs(self, L: ArrayLike) -> FloatArray:
        """Return (n, d, d) probabilities that item p comes before item q in the truth; ½ on the diagonal.

        The sum over all rankings by their posterior up to `max_exact_items` items; beyond, each pair alone:
        ``1/(1 + exp(-margin))``, as if the two were neighbours.

        Parameters
        ----------
        L : (n, m, d) array of integers
            As for `predict`, with the same errors.
        """
        ranks = self._checked_votes(L)
        return np.concatenate([self._pairs(self._margins(block)) for block in self._blocks(ranks)])

    # --- how it goes together

    def _read(self, L: object, *, reset: bool) -> IntArray:
        ranks = as_ranks(L)
        if reset:
            self.n_features_in_, self.n_items_ = ranks.shape[1:]
        elif ranks.shape[1:] != (self.n_features_in_, self.n_items_):
            raise LabelModelError(
                f"rankings have {ranks.shape[1]} LFs and {ranks.shape[2]} items, but RankingLabelModel was "
                f"fitted with {self.n_features_in_} LFs and {self.n_items_} items"
            )
        return ranks

    def _read_gold(self, gold: object, *, n: int) -> IntArray | None:
        return check_gold_ranks(gold, n=n, d=self.n_items_)

    def _count(self, rows: Rows, *, after: OrderAgreements | None = None) -> OrderAgreements:
        return OrderAgreements.of(rows.votes, rows.gold)

    def _learn(self, stats: OrderAgreements, rows: Rows | None) -> None:
        found = trust(
            stats,
            prior=2.0 * self.init_accuracy - 1.0,
            prior_votes=self.prior_votes,
            additive=self.method == "triplets",
        )
        d, voted = self.n_items_, np.diagonal(stats.together)[:-1] > 0
        self.statistics_, self.exact_ = stats, d <= self.max_exact_items
        self.repeats_, self.identified_ = found.repeats, found.identified & voted
        self.lf_dispersions_ = np.where(voted, found.thetas, np.nan)
        self.lf_accuracies_ = np.where(voted, 0.5 + 0.5 * mean_agreement(found.thetas, d), np.nan)
        self.lf_expected_distances_ = np.where(voted, expected_distance(found.thetas, d), np.nan)
        warn_of_what_is_not_told(voted, self.identified_, quality="good")

    def _margins(self, ranks: IntArray) -> FloatArray:
        """Return (n, d, d) the log odds that the votes give each pair of items, were they neighbours."""
        orders = pair_orders(ranks)
        weights = repeat_weights((orders != 0).any(axis=2), self.repeats_) * np.nan_to_num(
            self.lf_dispersions_
        )
        first, second = item_pairs(self.n_items_)
        margins = np.zeros((len(ranks), self.n_items_, self.n_items_))
        margins[:, first, second] = (weights[:, None, :] @ orders)[:, 0]
        return margins - margins.transpose(0, 2, 1)

    def _rank(self, ranks: IntArray, generator: np.random.Generator) -> IntArray:
        margins = with_ties_broken(self._margins(ranks))
        found = exact_rankings(margins) if self.exact_ else self._search(margins, generator)
        return _only(found, self._compared(ranks))

    def _search(self, margins: FloatArray, generator: np.random.Generator) -> IntArray:
        """Return the best of the local searches from Borda's order and from random ones."""
        best = improved_rankings(margins, borda_rankings(margins))
        reached = scores(margins, best)
        for _ in range(self.n_restarts):
            start = np.argsort(generator.random(best.shape), axis=1)
            tried = improved_rankings(margins, start)
            higher = scores(margins, tried)
            better = higher > reached + 1e-9 * np.maximum(np.abs(reached), 1.0)
            best, reached = np.where(better[:, None], tried, best), np.where(better, higher, reached)
        return best

    def _compared(self, ranks: IntArray) -> BoolArray:
        """Return (n, d) bool: whether an LF that counts compares the item with another."""
        first, second = item_pairs(self.n_items_)
        ordered = (pair_orders(ranks)[:, ~np.isnan(self.lf_dispersions_)] != 0).any(axis=1)
        compared = np.zeros((len(ranks), self.n_items_), dtype=bool)
        for pair, (p, q) in enumerate(zip(first, second, strict=True)):
            compared[:, p] |= ordered[:, pair]
            compared[:, q] |= ordered[:, pair]
        return compared

    def _pairs(self, margins: FloatArray) -> FloatArray:
        if self.exact_:
            return order_probabilities(margins)
        alone: FloatArray = 1.0 / (1.0 + np.exp(-np.clip(margins, -700.0, 700.0)))
        return alone

    def _blocks(self, ranks: IntArray) -> list[IntArray]:
        step = max(BLOCK_CELLS // (ranks.shape[1] * ranks.shape[2] ** 2), 1)
        return [ranks[start : start + step] for start in range(0, max(len(ranks), 1), step)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags


def _only(ranks: IntArray, kept: BoolArray) -> IntArray:
    """Return ranks among the items that are kept, -1 for the others."""
    behind = np.where(kept, ranks, ranks.shape[1] + ranks)
    closed = ranks_of(np.argsort(behind, axis=1, kind="stable"))
    return np.where(kept, closed, NOT_RANKED)
