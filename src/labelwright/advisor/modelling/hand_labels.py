"""What hand labels say of a promise, and what they would bring to a label model: both measured."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._text import count, percent
from labelwright._types import BoolArray, FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.advisor.modelling.trial_fit import few_rows
from labelwright.analysis._metrics import macro_f1
from labelwright.analysis._scores import accuracy_difference, score
from labelwright.analysis.evaluation import GoldRows
from labelwright.analysis.intervals import Interval
from labelwright.core import LabelMatrix, VoteStatistics
from labelwright.core.votes.checks import equal_tables
from labelwright.core.votes.vote_shares import vote_counts, vote_shares

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel

MAX_TAUGHT: Final = 100
"""Hand labels that are tried: what people have after an hour or two."""

MIN_LABELS: Final = 20
"""With fewer hand labels, half of which score, no gain that labels bring could be told from none."""

FOLDS: Final = 5
MAX_ROWS: Final = 2048
"""Rows of votes beside the labels in each fit: shares of more rows hardly move, and there are six fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredGain:
    """How much the label model on trial gains over majority vote in truth, beside what it expects.

    Attributes
    ----------
    labels : int
        Hand labels that it is judged by; it learned from none of them.
    splits : mapping of str to int
        How many of them each split has; empty where that is not known.
    model, majority_vote : float
        Expected accuracies on these rows.
    gain : Interval
        Their difference with its 95% interval.
    expected : float
        The gain that the trial fit expected.
    finds_more : bool
        Whether the model has the higher macro F1: where classes are skewed, it may be less accurate and
        still the better one.
    where : str
        The rows in words; empty where it is not known of which split they are.
    """

    labels: int
    splits: Mapping[str, int]
    model: float
    majority_vote: float
    gain: Interval
    expected: float
    finds_more: bool
    where: str = ""

    @property
    def verdict(self) -> str:
        """How the promise compares with what was measured, in words."""
        if self.expected > self.gain.high:
            return "less than it expects"
        return (
            "more than it expects" if self.expected < self.gain.low else "which agrees with what it expects"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldGain:
    """How much more often a label model is right for hand labels that it learns from.

    Attributes
    ----------
    model : str
        The label model.
    labels : int
        All hand labels there are to teach and to score.
    taught : int
        Hand labels that it learns from in each fit.
    scored : int
        Hand labels that it is judged by: of each fit those that did not teach.
    with_labels, without : float
        Expected accuracies on the scored rows.
    gain : Interval
        Their difference with its 95% interval.
    in_use : bool, default False
        Whether the labels teach already; else they were tried, each scoring once (cross-fitted).
    splits : mapping of str to int
        How many of the labels each split has; empty where that is not known.
    """

    model: str
    labels: int
    taught: int
    scored: int
    with_labels: float
    without: float
    gain: Interval
    in_use: bool = False
    splits: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """What hand labels bring, or would, in a sentence."""
        right, without = f"{percent(self.with_labels, 1)} of ", f"{percent(self.without, 1)} without"
        if self.in_use:
            right += f"the {count(self.scored, 'hand label')} that score, {without}"
            teach = "teaches" if self.taught == 1 else "teach"
            head = f"{count(self.taught, 'hand label')} {teach} {self.model}"
            return f"{head}: it is right on {right} ({gained(self.gain)})."
        right += f"the others, {without} ({gained(self.gain)})"
        learner = f"{self.model}, learning from {self.taught:,} of them"
        return f"You have {count(self.labels, 'hand label')}: {learner}, is right on {right}."


def gained(gain: Interval) -> str:
    """Write a difference of accuracies in points, with its 95% interval.

    Examples
    --------
    >>> gained(Interval(0.031, 0.012, 0.05)), gained(Interval(-0.004, -0.02, 0.012))
    ('+3.1 points, 95%: +1.2 to +5.0', '−0.4 points, 95%: −2.0 to +1.2')
    """
    points = [f"{100 * share:+.1f}".replace("-", "−") for share in (gain.estimate, gain.low, gain.high)]
    return f"{points[0]} points, 95%: {points[1]} to {points[2]}"


@dataclass(frozen=True, slots=True, eq=False)
class LabeledVotes:
    """Votes, and the hand labels of some of their rows or of others.

    Attributes
    ----------
    votes : LabelMatrix or VoteStatistics
        The votes to learn from, without hand labels.
    gold : GoldRows
        Rows with hand labels.
    rows : (g,) int64
        Which row of the votes each of them is; -1 for rows that are none of these.
    """

    votes: LabelMatrix | VoteStatistics
    gold: GoldRows
    rows: IntArray

    @classmethod
    def elsewhere(cls, votes: LabelMatrix | VoteStatistics, gold: GoldRows) -> LabeledVotes:
        """Return hand labels of rows that are none of the votes'."""
        return cls(votes, gold, np.full(len(gold), -1))

    def few(self, stats: VoteStatistics) -> FewRows:
        """Return the same with at most 2,048 rows of votes, evenly spaced; those that teach come on top."""
        if isinstance(self.votes, VoteStatistics) or self.votes.n <= MAX_ROWS:
            few = stats if stats.n <= MAX_ROWS else few_rows(stats, MAX_ROWS)
            return FewRows(few, self.gold, self.rows >= 0)
        kept = np.linspace(0, self.votes.n - 1, MAX_ROWS).astype(np.int64)
        return FewRows(VoteStatistics.of(self.votes[kept]), self.gold, np.isin(self.rows, kept))


@dataclass(frozen=True, slots=True, eq=False)
class FewRows:
    """Some of the votes, counted, and the hand labels.

    Attributes
    ----------
    stats : VoteStatistics
        The votes, all patterns of them.
    gold : GoldRows
        Rows with hand labels.
    counted : (g,) bool
        Which of these rows are among the votes.
    """

    stats: VoteStatistics
    gold: GoldRows
    counted: BoolArray

    @property
    def fits(self) -> bool:
        """Whether votes for sets of classes have the same codes in both."""
        return equal_tables(self.stats.vote_sets, self.gold.matrix.vote_sets)

    def taught(self, labels: IntArray) -> VoteStatistics:
        """Return the counted votes with the hand labels at some positions of `gold` to learn from."""
        inside, outside = labels[self.counted[labels]], labels[~self.counted[labels]]
        found = self.stats.with_gold(self.gold.matrix[inside], self.gold.gold[inside])
        if not len(outside):
            return found
        more, known = self.gold.matrix[outside], self.gold.gold[outside]
        return found + VoteStatistics.of(more, gold=known, first_row=found.n)


@dataclass(frozen=True, slots=True, eq=False)
class GivenLabels:
    """The hand labels that the advisor goes by.

    Attributes
    ----------
    scoring : GoldRows or None
        Those that score.
    labeled : LabeledVotes
        The votes with the labels that a label model learns from, or could.
    in_use : bool
        Whether it learns from them already; else they are those that score, tried in parts.
    model : label model or None
        Which one learns from them; None for the one on trial.
    how_to_teach : str
        What to do so that they teach it, in words.
    """

    scoring: GoldRows | None
    labeled: LabeledVotes
    in_use: bool = False
    model: BaseLabelModel | None = None
    how_to_teach: str = "Pass them on: fit(L, gold=gold)."

    def gain(
        self, trial: BaseLabelModel, stats: VoteStatistics, random_state: RandomState
    ) -> GoldGain | None:
        """Measure what the labels bring, or would."""
        model = trial if self.model is None else self.model
        if self.in_use:
            return gain_in_use(model, self.labeled.few(stats), self.scoring)
        return gold_gain(model, self.labeled.few(stats), random_state=random_state)


def measured_gain(model: BaseLabelModel, gold: GoldRows, *, expected: float) -> MeasuredGain:
    """Hold a model that was fitted without these hand labels beside majority vote on them."""
    P, majority = model.predict_proba(gold.matrix), _majority(gold.matrix)
    return MeasuredGain(
        labels=len(gold),
        splits=dict(gold.splits),
        model=score(P, gold.labels).accuracy,
        majority_vote=score(majority, gold.labels).accuracy,
        gain=accuracy_difference(P, majority, gold.labels),
        expected=expected,
        finds_more=macro_f1(P, gold.gold) > macro_f1(majority, gold.gold),
        where=gold.where,
    )


def gold_gain(model: BaseLabelModel, few: FewRows, *, random_state: RandomState = 0) -> GoldGain | None:
    """Measure what hand labels would bring to a label model: each scores once, and teaches when others score.

    Of g labels, at most 100 and at most half teach at a time. They are dealt to five parts, or to two where
    four of five parts hold too few; for each part the model learns from labels of the others, beside the
    votes. The interval is that of one comparison on g rows: which labels were drawn to teach is not in it.

    Parameters
    ----------
    model : label model
        Any that takes ``gold``; it is copied, not fitted.
    few : FewRows
        The votes and the hand labels.
    random_state : int, numpy.random.Generator or None, default 0
        Deals the labels.

    Returns
    -------
    GoldGain or None
        None where there are fewer than 20 labels, where the model learns nothing from them, or where votes on
        them stand for other sets of classes than those on the other rows.

    Notes
    -----
    On many more rows than 2,048, labels weigh less beside the votes, and may bring less. Cost: six fits to as
    many rows, or three.
    """
    g = len(few.gold)
    if g < MIN_LABELS or not (model.learns_from_gold and few.fits):
        return None
    without = _fitted(model, few, np.zeros(0, dtype=np.int64)).predict_proba(few.gold.matrix)
    order = as_generator(random_state).permutation(g)
    taught = min(MAX_TAUGHT, g // 2)
    parts = np.array_split(order, FOLDS if g - -(-g // FOLDS) >= taught else 2)
    teachers = [
        rows[few.gold.single[rows]]
        for rows in (np.concatenate([*parts[i + 1 :], *parts[:i]]) for i in range(len(parts)))
    ]
    taught = min(taught, *map(len, teachers))
    if not taught:
        return None
    P = np.empty_like(without)
    for part, rows in zip(parts, teachers, strict=True):
        learner = _fitted(model, few, rows[:taught])
        P[part] = learner.predict_proba(few.gold.matrix[part])
    return _gain(model, few.gold, P, without, taught=taught, labels=g)


def gain_in_use(model: BaseLabelModel, few: FewRows, scoring: GoldRows | None) -> GoldGain | None:
    """Measure what the hand labels that teach a label model bring, on those that score; None without any."""
    if scoring is None or not len(scoring) or not len(few.gold) or not few.fits:
        return None
    n = len(few.gold)
    without, P = (_fitted(model, few, np.arange(labels)).predict_proba(scoring.matrix) for labels in (0, n))
    return _gain(model, scoring, P, without, taught=n, labels=n + len(scoring), in_use=True)


def _gain(
    model: BaseLabelModel,
    gold: GoldRows,
    P: FloatArray,
    without: FloatArray,
    *,
    taught: int,
    labels: int,
    in_use: bool = False,
) -> GoldGain:
    return GoldGain(
        model=type(model).__name__,
        labels=labels,
        taught=taught,
        scored=len(gold),
        with_labels=score(P, gold.labels).accuracy,
        without=score(without, gold.labels).accuracy,
        gain=accuracy_difference(P, without, gold.labels),
        in_use=in_use,
        splits=dict(gold.splits),
    )


def _fitted(model: BaseLabelModel, few: FewRows, taught: IntArray) -> BaseLabelModel:
    from sklearn.base import clone

    learner: BaseLabelModel = clone(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what speaks against a fit is told of the one that is used
        return learner.fit_statistics(few.taught(taught))


def _majority(matrix: LabelMatrix) -> FloatArray:
    """Return the shares of the votes for one class each; votes for sets of classes are left out."""
    return vote_shares(vote_counts(matrix.votes, matrix.k))
