"""Weights of votes from their agreement, anchored near an assumed precision: robust when LFs depend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_shares import class_shares
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._default.lf_priors import LFPriors
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.label_models._dependent.dependence import weighted_by_row
from labelwright.label_models._dependent.row_weights import RowWeights

MIN_LEAD = 0.1  # log odds by which a trusted vote must favour its own class over any other
MAX_ACCURATE = 0.99  # no finite number of agreements makes an LF infallible
ANCHOR_LABELS = 30.0  # hand labels beside a vote that weigh as much as the precision assumed of it
IDENTIFIABLE = 3  # effective LFs from which agreement tells the accuracy of each
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

    def anchors(self, votes: WeightedVotes) -> FloatArray:
        """Return (q,) the precision assumed of each vote."""
        return self.priors.precision_or(self.anchor)[votes.lf]


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
    search : Search
        Rounds taken, and whether weights came to rest; no objective is followed.
    """

    weights: FloatArray
    precision: FloatArray
    contradicted: BoolArray
    search: Search


def anchored_fit(votes: WeightedVotes, how: Anchoring) -> AnchoredFit:
    """Repeat rounds until no weight changes by `tol` or more: the formulas are LabelModel's.

    One or two LFs keep the weights assumed of them, since how often two agree does not tell which is better.
    """
    anchors = labeled_anchors(votes, how.anchors(votes))
    weights = np.log(anchors * votes.k)
    if votes.effective_lfs < IDENTIFIABLE and not votes.known:
        return AnchoredFit(weights, anchors, np.zeros(len(weights), dtype=bool), _rounds(0))
    # Not `run_em`: rounds raise no objective, and standing still counts only in a round that looked anew
    # at which votes are contradicted.
    settled, against = False, np.zeros(len(weights), dtype=bool)
    for step in range(1, how.max_iter + 1):
        judged = settled or step <= FIRST_ROUNDS or step % JUDGED_EVERY == 0
        if judged:
            against = contradicted(votes, weights) | (anchors[votes.own] < anchors.max(axis=1))
        updated, precision = _round(votes, weights, anchors, how)
        updated = trusted(updated, votes.own, against)
        settled = float(np.abs(updated - weights).max(initial=0.0)) < how.tol
        weights = updated
        if settled and judged:
            return AnchoredFit(weights, precision, against, _rounds(step))
    return AnchoredFit(weights, precision, against, _rounds(how.max_iter, converged=False))


def _rounds(number: int, *, converged: bool = True) -> Search:
    return Search(np.zeros(0), converged, number)


def anchor_table(own: BoolArray, anchor: float | FloatArray) -> FloatArray:
    """Return (q, k) P(y | vote) as assumed: `anchor` for the vote's class, the rest shared out."""
    return np.where(own, anchor, (1.0 - anchor) / (own.shape[1] - 1))


def labeled_anchors(votes: WeightedVotes, anchor: FloatArray) -> FloatArray:
    """Return the anchor table: the precision of each vote as hand labels tell it, beside (q,) `anchor`."""
    totals = votes.totals(votes.known.clamp(np.zeros((len(votes.counts), votes.k))))
    labels = totals.sum(axis=1)
    shown = np.where(
        labels > 0, (totals[votes.own] + ANCHOR_LABELS * anchor) / (labels + ANCHOR_LABELS), anchor
    )
    return anchor_table(votes.own, shown[:, None])


def _round(
    votes: WeightedVotes, weights: FloatArray, anchors: FloatArray, how: Anchoring
) -> tuple[FloatArray, FloatArray]:
    """Return the next weights, before trust is bounded, and the precisions they come from."""
    P = votes.known.clamp(softmax(votes.scores(weights)))
    totals = votes.totals(P)
    precision = precision_table(votes, totals, anchors, _pull(votes, how))
    covered = votes.covered
    shares = class_shares(P[covered], votes.counts[covered])
    found = (shares + how.balance_weight) / (1.0 + votes.k * how.balance_weight)
    updated = np.log(precision) - np.log(found)
    several = votes.votes_several_classes
    if several.any():
        accuracies = pooled_accuracies(votes, totals, anchors, how)
        one_coin = anchor_table(votes.own, accuracies[votes.lf][:, None])
        precision = np.where(several[:, None], one_coin, precision)
        updated = np.where(several[:, None], np.log(one_coin * votes.k), updated)
    return updated, precision


def _pull(votes: WeightedVotes, how: Anchoring) -> FloatArray:
    """Return (q,) the votes that anchors count for; what a prior says of an LF is shared by its classes."""
    told = how.priors.votes[votes.lf] * votes.size / votes.lf_size[votes.lf]
    return np.where(np.isnan(told), how.weight * votes.size + how.votes, told)


def precision_table(
    votes: WeightedVotes, totals: FloatArray, anchors: FloatArray, pull: FloatArray
) -> FloatArray:
    """Return (q, k) P(y | vote): the posteriors where it was cast, and `pull` anchoring votes beside."""
    table: FloatArray = (totals + pull[:, None] * anchors) / (votes.size + pull)[:, None]
    return table


def contradicted(votes: WeightedVotes, weights: FloatArray) -> BoolArray:
    """Return (q,): votes that the other LFs support less than they support a vote at random."""
    totals, number = votes.totals_of_others(weights)
    if not totals.any():
        return np.zeros(len(weights), dtype=bool)
    chance = np.broadcast_to(totals.sum(axis=0) / totals.sum(), totals.shape)[votes.own]
    counted = np.maximum(number, 1.0)
    error = np.sqrt(chance * (1.0 - chance) / counted)
    below: BoolArray = totals[votes.own] / counted < chance - SIGNIFICANCE * error
    return below & (number > 0)


def pooled_accuracies(
    votes: WeightedVotes, totals: FloatArray, anchors: FloatArray, how: Anchoring
) -> FloatArray:
    """Return (m,) P(vote right | LF votes) under posteriors, all classes of an LF taken together.

    `how` says what holds them near their anchors: a weight in votes cast, and votes that steady LFs which
    hardly vote.
    """
    right, size = votes.by_lf(totals[votes.own]), votes.lf_size
    voted = np.maximum(size, 1.0)
    assumed = votes.by_lf(votes.size * anchors[votes.own]) / voted
    pull = how.priors.votes_or(how.several_weight * size + how.votes)
    accuracies: FloatArray = (right + pull * assumed) / (size + pull)
    return np.clip(accuracies, 0.5 / votes.k, MAX_ACCURATE)


def trusted(weights: FloatArray, own: BoolArray, exempt: BoolArray) -> FloatArray:
    """Return the weights with every vote leading for its own class, but for the exempt votes."""
    ceiling = weights[own][:, None] - MIN_LEAD
    return np.where(own | exempt[:, None], weights, np.minimum(weights, ceiling))


# --- anchored weights where labeling functions depend on each other


def anchored_with(
    graph: DependencyGraph, votes: WeightedVotes, patterns: VotePatterns, how: Anchoring
) -> tuple[WeightedVotes, AnchoredFit, RowWeights]:
    """Fit anchored weights to votes that weigh as a graph has it; also return the votes with these weights.

    A first fit counts exceptions and rules in full. Exceptions that the other LFs contradict there do not
    silence their rule in the second, unless people stated them.
    """
    row_weights = RowWeights.of(graph)
    weighted = _weighted(graph, votes, patterns, row_weights.only_shared())
    fit = anchored_fit(weighted, how)
    row_weights = row_weights.without(votes.of_lfs(fit.contradicted))
    if len(row_weights.rules):
        weighted = _weighted(graph, votes, patterns, row_weights)
        fit = anchored_fit(weighted, how)
    return weighted, fit, row_weights


def _weighted(
    graph: DependencyGraph, votes: WeightedVotes, patterns: VotePatterns, row_weights: RowWeights
) -> WeightedVotes:
    return votes.depending(weighted_by_row(graph, row_weights, patterns.votes, votes.indicators, votes.lf))
