"""Weights of votes from their agreement, anchored near an assumed precision: robust when LFs depend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.core.votes.indicators import class_shares, softmax
from labelwright.label_models._default.lf_priors import LFPriors
from labelwright.label_models._default.vote_table import Cast
from labelwright.label_models._dependent.dependence import weighed
from labelwright.label_models._dependent.row_weights import RowWeights

MIN_LEAD = 0.1  # log odds by which a trusted vote must favour its own class over any other
MAX_ACCURATE = 0.99  # no finite number of agreements makes an LF infallible
ANCHOR_LABELS = 30.0  # hand labels beside a vote that weigh as much as the precision assumed of it
IDENTIFIABLE = 3  # voices from which agreement tells the accuracy of each
FIRST_ROUNDS, JUDGED_EVERY = 5, 10  # when it is looked at anew which votes are contradicted: it costs most
SIGNIFICANCE = 3.0  # standard errors below chance at which an LF counts as contradicted by the others


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How firmly weights are held: settings of `LabelModel`, `anchor` already above chance."""

    anchor: float
    weight: float
    several_weight: float
    votes: float
    balance_weight: float
    priors: LFPriors
    max_iter: int
    tol: float

    def anchors(self, cast: Cast) -> FloatArray:
        """Return (q,) the precision assumed of each vote."""
        return self.priors.precision_or(self.anchor)[cast.lf]


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredFit:
    """What the rounds end with.

    Attributes
    ----------
    weights : (q, k) float64
        What each vote adds to the log score of each class.
    precision : (q, k) float64
        P(y | vote), anchored.
    contradicted : (q,) bool
        Votes that the other LFs contradict.
    n_iter : int
    converged : bool
    """

    weights: FloatArray
    precision: FloatArray
    contradicted: BoolArray
    n_iter: int
    converged: bool


def anchored_fit(cast: Cast, how: Anchoring) -> AnchoredFit:
    """Repeat rounds until no weight changes by `tol` or more: the formulas are LabelModel's.

    One or two LFs keep the weights assumed of them, since how often two agree does not tell which is better.
    """
    anchors = labeled_anchors(cast, how.anchors(cast))
    weights = np.log(anchors * cast.k)
    if cast.voting_voices < IDENTIFIABLE and not cast.known:
        return AnchoredFit(weights, anchors, np.zeros(len(weights), dtype=bool), 0, converged=True)
    settled, against = False, np.zeros(len(weights), dtype=bool)
    for step in range(1, how.max_iter + 1):
        judged = settled or step <= FIRST_ROUNDS or step % JUDGED_EVERY == 0
        if judged:
            against = contradicted(cast, weights) | (anchors[cast.own] < anchors.max(axis=1))
        updated, precision = _round(cast, weights, anchors, how)
        updated = trusted(updated, cast.own, against)
        settled = float(np.abs(updated - weights).max()) < how.tol
        weights = updated
        if settled and judged:
            return AnchoredFit(weights, precision, against, step, converged=True)
    return AnchoredFit(weights, precision, against, how.max_iter, converged=False)


def anchor_table(own: BoolArray, anchor: float | FloatArray) -> FloatArray:
    """Return (q, k) P(y | vote) as assumed: `anchor` for the vote's class, the rest shared out."""
    return np.where(own, anchor, (1.0 - anchor) / (own.shape[1] - 1))


def labeled_anchors(cast: Cast, anchor: FloatArray) -> FloatArray:
    """Return the anchor table: the precision of each vote as hand labels tell it, beside (q,) `anchor`."""
    totals = cast.totals(cast.known.clamp(np.zeros((len(cast.counts), cast.k))))
    labels = totals.sum(axis=1)
    shown = np.where(
        labels > 0, (totals[cast.own] + ANCHOR_LABELS * anchor) / (labels + ANCHOR_LABELS), anchor
    )
    return anchor_table(cast.own, shown[:, None])


def _round(
    cast: Cast, weights: FloatArray, anchors: FloatArray, how: Anchoring
) -> tuple[FloatArray, FloatArray]:
    """Return the next weights, before trust is bounded, and the precisions they come from."""
    P = cast.known.clamp(softmax(cast.scores(weights)))
    totals = cast.totals(P)
    precision = precision_table(cast, totals, anchors, _pull(cast, how))
    covered = np.diff(cast.seen.indptr) > 0
    shares = class_shares(P[covered], cast.counts[covered])
    found = (shares + how.balance_weight) / (1.0 + cast.k * how.balance_weight)
    updated = np.log(precision) - np.log(found)
    several = cast.several_classes
    if several.any():
        accuracies = pooled_accuracies(cast, totals, anchors, how)
        one_coin = anchor_table(cast.own, accuracies[cast.lf][:, None])
        precision = np.where(several[:, None], one_coin, precision)
        updated = np.where(several[:, None], np.log(one_coin * cast.k), updated)
    return updated, precision


def _pull(cast: Cast, how: Anchoring) -> FloatArray:
    """Return (q,) the votes that anchors count for; what a prior says of an LF is shared by its classes."""
    told = how.priors.votes[cast.lf] * cast.size / cast.lf_size[cast.lf]
    return np.where(np.isnan(told), how.weight * cast.size + how.votes, told)


def precision_table(cast: Cast, totals: FloatArray, anchors: FloatArray, pull: FloatArray) -> FloatArray:
    """Return (q, k) P(y | vote): the posteriors where it was cast, and `pull` anchoring votes beside."""
    table: FloatArray = (totals + pull[:, None] * anchors) / (cast.size + pull)[:, None]
    return table


def contradicted(cast: Cast, weights: FloatArray) -> BoolArray:
    """Return (q,): votes that the other LFs support less than they support a vote at random."""
    totals, number = cast.totals_of_others(weights)
    if not totals.any():
        return np.zeros(len(weights), dtype=bool)
    chance = np.broadcast_to(totals.sum(axis=0) / totals.sum(), totals.shape)[cast.own]
    counted = np.maximum(number, 1.0)
    error = np.sqrt(chance * (1.0 - chance) / counted)
    below: BoolArray = totals[cast.own] / counted < chance - SIGNIFICANCE * error
    return below & (number > 0)


def pooled_accuracies(cast: Cast, totals: FloatArray, anchors: FloatArray, how: Anchoring) -> FloatArray:
    """Return (m,) P(vote right | LF votes) under posteriors, all classes of an LF taken together.

    `how` says what holds them near their anchors: a weight in votes cast, and votes that steady LFs which
    hardly vote.
    """
    right, size = cast.by_lf(totals[cast.own]), cast.lf_size
    voted = np.maximum(size, 1.0)
    assumed = cast.by_lf(cast.size * anchors[cast.own]) / voted
    pull = how.priors.votes_or(how.several_weight * size + how.votes)
    accuracies: FloatArray = (right + pull * assumed) / (size + pull)
    return np.clip(accuracies, 0.5 / cast.k, MAX_ACCURATE)


def trusted(weights: FloatArray, own: BoolArray, exempt: BoolArray) -> FloatArray:
    """Return the weights with every vote leading for its own class, but for the exempt votes."""
    ceiling = weights[own][:, None] - MIN_LEAD
    return np.where(own | exempt[:, None], weights, np.minimum(weights, ceiling))


# --- anchored weights where labeling functions depend on each other


def anchored_with(
    graph: DependencyGraph, cast: Cast, patterns: VotePatterns, how: Anchoring
) -> tuple[Cast, AnchoredFit, RowWeights]:
    """Fit anchored weights to votes that share voices as a graph has it; also return the votes so heard.

    A first fit hears exceptions and rules in full. Exceptions that the other LFs contradict there do not
    silence their rule in the second, unless people stated them.
    """
    voices = RowWeights.of(graph)
    heard = _heard(graph, cast, patterns, voices.only_shared())
    fit = anchored_fit(heard, how)
    voices = voices.without(votes_at(cast, fit.contradicted))
    if len(voices.rules):
        heard = _heard(graph, cast, patterns, voices)
        fit = anchored_fit(heard, how)
    return heard, fit, voices


def votes_at(cast: Cast, values: BoolArray) -> BoolArray:
    """Return (m, k) the (q,) values of votes that occur, False elsewhere."""
    table = np.zeros((cast.m, cast.k), dtype=bool)
    table.reshape(-1)[cast.columns] = values
    return table


def _heard(graph: DependencyGraph, cast: Cast, patterns: VotePatterns, voices: RowWeights) -> Cast:
    return cast.depending(weighed(graph, voices, patterns.votes, cast.seen, cast.lf))
