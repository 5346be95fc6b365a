"""The default label model: accuracies from agreement, anchored near an assumed precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import BoolArray, FloatArray, RandomState, VoteArray
from labelwright.core import VotePatterns
from labelwright.label_models.base import BaseLabelModel
from labelwright.label_models.cast import Cast
from labelwright.label_models.evidence import class_shares, softmax
from labelwright.label_models.vote_sums import vote_sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEAST_LEAD = 0.1  # log odds by which a trusted vote must favour its own class over any other
MOST_ACCURATE = 0.99  # no finite number of agreements makes an LF infallible
ANCHOR_LABELS = 30.0  # hand labels beside a vote that weigh as much as the precision assumed of it
SIGNIFICANCE = 3.0  # standard errors below chance at which an LF counts as contradicted by the others


def anchor_table(own: BoolArray, anchor: float | FloatArray) -> FloatArray:
    """Return (m*k, k) P(y | vote) as assumed: `anchor` for the vote's class, the rest shared out."""
    return np.where(own, anchor, (1.0 - anchor) / (own.shape[1] - 1))


def precision_table(cast: Cast, totals: FloatArray, anchors: FloatArray, pull: FloatArray) -> FloatArray:
    """Return (m*k, k) P(y | vote): the posteriors where it was cast, and `pull` anchoring votes beside."""
    table: FloatArray = (totals + pull[:, None] * anchors) / (cast.size + pull)[:, None]
    return table


def contradicted(cast: Cast, table: FloatArray) -> BoolArray:
    """Return (m*k,): votes that the other LFs support less than they support a vote at random."""
    totals, number = cast.totals_of_others(table)
    if not totals.any():
        return np.zeros(len(table), dtype=bool)
    chance = np.broadcast_to(totals.sum(axis=0) / totals.sum(), totals.shape)[cast.own]
    counted = np.maximum(number, 1.0)
    error = np.sqrt(chance * (1.0 - chance) / counted)
    below: BoolArray = totals[cast.own] / counted < chance - SIGNIFICANCE * error
    return below & (number > 0)


def labeled_anchors(cast: Cast, anchor: float) -> FloatArray:
    """Return the anchor table with the precision of each vote as hand labels tell it, beside `anchor`."""
    totals = cast.totals(cast.known.clamp(np.zeros((len(cast.counts), cast.k))))
    labels = totals.sum(axis=1)
    shown = np.where(
        labels > 0, (totals[cast.own] + ANCHOR_LABELS * anchor) / (labels + ANCHOR_LABELS), anchor
    )
    return anchor_table(cast.own, shown[:, None])


def pooled_accuracies(cast: Cast, totals: FloatArray, *, anchor: float, votes: float) -> FloatArray:
    """Return (m,) P(vote right | LF votes) under posteriors, all classes of an LF taken together.

    `votes` further votes that are right with probability `anchor` steady LFs that hardly vote.
    """
    right = totals[cast.own].reshape(-1, cast.k).sum(axis=1)
    size = cast.size.reshape(-1, cast.k).sum(axis=1)
    accuracies: FloatArray = (right + votes * anchor) / (size + votes)
    return np.clip(accuracies, 0.5 / cast.k, MOST_ACCURATE)


def trusted(table: FloatArray, own: BoolArray, exempt: BoolArray) -> FloatArray:
    """Return the table with every vote leading for its own class, but for the exempt votes."""
    ceiling = table[own][:, None] - LEAST_LEAD
    return np.where(own | exempt[:, None], table, np.minimum(table, ceiling))


class LabelModel(BaseLabelModel):
    """Learns from their agreement how far to trust each vote; robust without any labels.

    The votes of a row add up. A vote v of LF j counts for each class by how much more probable the class
    is where that vote is cast than overall::

        P(y | votes)  ∝  exp( sum_j  w[j, vote_j, y] ),      abstaining adds nothing
        w[j, v, y]    =  log p[j, v, y] - log s[y]

        p[j, v, y]    =  (sum_i P_i(y) 1{vote_ij = v}  +  r a[v, y]) / (N[j, v] + r)
        r             =  anchor_weight N[j, v] + anchor_votes
        s[y]          =  (mean_i P_i(y) + balance_weight) / (1 + k balance_weight)

    An LF that votes several classes, such as a crowd worker, has one accuracy instead (the one-coin model)::

        w[j, v, y]    =  log(k c[j])  where y = v,  else  log(k (1 - c[j]) / (k - 1))
        c[j]          =  (sum_i P_i(vote_ij) + anchor_votes anchor) / (N[j] + anchor_votes)

    P_i are the posteriors of the round before, N[j, v] how often LF j votes v, and ``a[v, y]`` the *anchor*:
    `anchor` where y = v, the rest shared equally by the other classes. Rounds repeat until w stands still.

    What keeps it close to majority vote, since wrong assumptions and not few data break label models:

    - The anchor's weight grows with the number of votes, so it never fades: with all the data in the
      world an LF is believed to be between its estimate and `anchor`.
    - There is no free class balance: s only corrects for how often a class is found, pulled to equal
      shares, and classes have equal prior probability.
    - A vote favours its own class by at least 0.1 in log odds, so votes that agree are never overturned,
      *unless the other LFs contradict it*: leaving the LF's own vote out, they find its class where it
      votes more than 3 standard errors less often than they find it beside votes overall.
    - LFs with equal votes on 95 % of the rows where either votes share one voice.

    Gold labels given to `fit` clamp P_i on their rows and move the anchor of each vote to its precision on
    them, averaged with `anchor` as that of 30 labels more: what hand labels tell does not fade either. A vote
    whose anchor comes out below its share of the other classes counts as contradicted.

    It is no promise to beat majority vote. Where one class is rare and LFs conflict it finds more of the
    rare class, for some accuracy: it gained F1 and lost accuracy on two of eight public data sets, and on
    synthetic votes with skewed classes accuracy can fall by several points. Give `class_balance` where it
    is known, and compare with `MajorityVote`.

    Parameters
    ----------
    n_classes : int, optional
        The number of classes; from the data without.
    anchor : float, default 0.75
        The precision that a vote is assumed to have, above 1/k (a smaller setting counts as halfway
        between 1/k and 1) and below 1.
    anchor_weight : float, default 0.5
        Weight of the anchor in multiples of the votes cast; larger stays closer to majority vote.
    anchor_votes : float, default 10
        Further weight of the anchor in votes, which steadies LFs that hardly vote.
    balance_weight : float, default 0.125
        What is added to each class' share before its logarithm is taken, as a fraction of the rows.
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
    weights_ : (m, k, k) float64
        ``weights_[j, v, y]``: what vote v of LF j adds to the log score of class y.
    contradicted_ : (m, k) bool
        Votes that the other LFs contradict; look at those LFs first.
    voices_ : (m,) float64
        1, or 1 over the number of near duplicates.
    n_iter_ : int
        Rounds taken.
    converged_ : bool
        Whether `tol` was reached. Where not, the last round stands; the labels hardly change any more.
    lf_accuracies_ : (m,) float64
        The anchored precision p[j, v, v], averaged over the LF's votes.
    class_balance_ : (k,) float64
        As given, else the mean posterior of the covered rows.

    Raises
    ------
    LabelModelError
        Settings that cannot be.

    Notes
    -----
    Source: labelwright's own; the starting point is naive Bayes with one accuracy a vote, trained by EM
    (A. Ratner et al., "Data Programming", 2016, eq. 2, with a latent class and abstentions). Deviations:
    the four points above, and that p and s are anchored apart, where maximum likelihood would tie them
    together. Leaving abstentions out gives up what silence tells; how often LFs vote is what differs
    most between training rows and later rows.

    Cost of a round: O(votes cast in distinct patterns * k); memory O(patterns * k + m * k²).

    Examples
    --------
    >>> votes = [[0, 0, -1]] * 6 + [[1, -1, 1]] * 5 + [[0, 1, 0]] * 2 + [[-1, -1, -1]]
    >>> model = LabelModel().fit(votes)
    >>> model.predict(votes[-3:]).tolist()
    [0, 0, -1]
    >>> bool((model.lf_accuracies_ > 0.5).all())
    True
    """

    _sums_votes = True

    def __init__(
        self,
        *,
        n_classes: int | None = None,
        anchor: float = 0.75,
        anchor_weight: float = 0.5,
        anchor_votes: float = 10.0,
        balance_weight: float = 0.125,
        class_balance: ArrayLike | None = None,
        max_iter: int = 300,
        tol: float = 1e-6,
        uncovered: Literal["uniform", "prior", "model"] = "uniform",
        random_state: RandomState = None,
    ) -> None:
        self.n_classes = n_classes
        self.anchor = anchor
        self.anchor_weight = anchor_weight
        self.anchor_votes = anchor_votes
        self.balance_weight = balance_weight
        self.class_balance = class_balance
        self.max_iter = max_iter
        self.tol = tol
        self.uncovered = uncovered
        self.random_state = random_state

    def _check_settings(self) -> None:
        super()._check_settings()
        if not 0 < self.anchor < 1:
            raise LabelModelError(
                f"anchor={self.anchor!r}; expected a precision between 0 and 1, such as 0.75"
            )
        for name, least in (("anchor_weight", 0), ("tol", 0), ("max_iter", 1)):
            if not getattr(self, name) >= least:
                raise LabelModelError(f"{name}={getattr(self, name)!r}; expected at least {least}")
        for name in ("anchor_votes", "balance_weight"):
            if not getattr(self, name) > 0:
                raise LabelModelError(f"{name}={getattr(self, name)!r}; expected a number above 0")

    def _fit_patterns(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        k = self.n_classes_
        self._log_prior = np.zeros(k) if balance is None else np.log(balance * k)
        cast = Cast.of(patterns, k)
        anchors = labeled_anchors(cast, self._assumed_precision(k))
        table = np.log(anchors * k)
        self.converged_ = False
        for step in range(1, self.max_iter + 1):
            updated, precision, against = self._round(cast, table, anchors)
            change = float(np.abs(updated - table).max())
            table, self.n_iter_ = updated, step
            if change < self.tol:
                self.converged_ = True
                break
        self._keep(cast, table, precision, against)

    def _assumed_precision(self, k: int) -> float:
        """Return `anchor`, or where that is no better than chance halfway between chance and 1."""
        return self.anchor if self.anchor > 1.0 / k else 0.5 + 0.5 / k

    def _round(
        self, cast: Cast, table: FloatArray, anchors: FloatArray
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return the next weights, the precisions they come from, and the votes found contradicted."""
        P = cast.known.clamp(softmax(cast.scores(table)))
        pull = self.anchor_weight * cast.size + self.anchor_votes
        totals = cast.totals(P)
        precision = precision_table(cast, totals, anchors, pull)
        covered = np.diff(cast.seen.indptr) > 0
        shares = class_shares(P[covered], cast.counts[covered])
        found = (shares + self.balance_weight) / (1.0 + cast.k * self.balance_weight)
        weights = np.log(precision) - np.log(found)
        several = cast.several_classes
        if several.any():
            anchor = self._assumed_precision(cast.k)
            accuracies = pooled_accuracies(cast, totals, anchor=anchor, votes=self.anchor_votes)
            one_coin = anchor_table(cast.own, np.repeat(accuracies, cast.k)[:, None])
            precision = np.where(several[:, None], one_coin, precision)
            weights = np.where(several[:, None], np.log(one_coin * cast.k), weights)
        against = contradicted(cast, table) | (anchors[cast.own] < anchors.max(axis=1))
        return trusted(weights, cast.own, against), precision, against

    def _keep(self, cast: Cast, table: FloatArray, precision: FloatArray, against: BoolArray) -> None:
        k = self.n_classes_
        self._table = table * cast.voices[:, None]
        self.weights_ = self._table.reshape(-1, k, k)
        self.contradicted_ = against.reshape(-1, k)
        self.voices_ = cast.voices[::k].copy()
        size = cast.size.reshape(-1, k)
        with np.errstate(invalid="ignore"):
            right = (size * precision[cast.own].reshape(-1, k)).sum(axis=1) / size.sum(axis=1)
        self._precision: FloatArray = right

    def _posterior(self, votes: VoteArray) -> FloatArray:
        return softmax(self._log_prior + vote_sums(votes, self._table, k=self.n_classes_))

    def _describe(self, patterns: VotePatterns, balance: FloatArray | None) -> None:
        super()._describe(patterns, balance)
        self.lf_accuracies_ = self._precision
