"""What models make of rows, pairwise, and what gold labels say of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.analysis.goldless.evaluation import PairEvidence
from labelwright.analysis.goldless.prediction_powered import powered_mean
from labelwright.analysis.intervals import Interval, normal_quantile
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_labels_judging
from labelwright.core.votes.ties import decision_shares

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel

CONFIDENCE: Final = 0.95
MAX_LABELS: Final = 10**9
MIN_DIFFERING: Final = 6
"""All of six labels on one side is the least that a sign test at 5% accepts."""


@dataclass(frozen=True, slots=True, eq=False)
class Labeled:
    """What a model fitted on all rows makes of the covered ones.

    `labels` (n, k) are shares of tied classes, `P` (n, k) probabilities, `known` the places of rows with a
    gold label among the covered ones and `gold` these labels.
    """

    labels: FloatArray
    P: FloatArray
    known: IntArray
    gold: IntArray

    @classmethod
    def by(cls, model: BaseLabelModel, L: LabelMatrix, gold: object) -> Labeled:
        """Fit a model on all rows and label the covered ones; `gold` is hand labels or None."""
        found = model.fit(L).predict_proba(L)
        labels = np.full(L.n, ABSTAIN) if gold is None else as_labels_judging(found, gold, L.space.names)
        P, told = found[L.covered], labels[L.covered]
        known = np.flatnonzero(told != ABSTAIN)
        return cls(decision_shares(P), P, known, told[known])

    @property
    def right(self) -> FloatArray:
        """Whether each known row is labeled right; a tied one in part."""
        right: FloatArray = self.labels[self.known, self.gold]
        return right

    @property
    def guessed(self) -> FloatArray:
        """How probably each covered row is labeled right, by the model itself."""
        guessed: FloatArray = (self.labels * self.P).sum(axis=1)
        return guessed


def pair_evidence(first: str, second: str, labeled: Mapping[str, Labeled], margin: float) -> PairEvidence:
    """Return what is known of two models by their names."""
    one, two = labeled[first], labeled[second]
    differ = 1.0 - float((one.labels * two.labels).sum(axis=1).mean())
    gap = _gap(one, two)
    settled = None if gap is None else bool(gap.low > 0 or gap.high < 0)
    more, chosen = (0, 0) if settled else _labels_needed(one, two, gap, margin)
    never = float(np.abs(one.labels - two.labels).max(initial=0.0)) == 0.0
    return PairEvidence(
        first=first,
        second=second,
        differ=differ,
        at_most=1.0 - differ / 2,
        gap=gap,
        settled=settled,
        more=None if never else more,
        more_chosen=None if never else chosen,
    )


def _gap(one: Labeled, two: Labeled) -> Interval | None:
    """Return the first one's accuracy above the second one's; what both believe on average is the guess."""
    if len(one.known) < 2:
        return None
    believed = (one.P + two.P) / 2
    guessed = ((one.labels - two.labels) * believed).sum(axis=1)
    return powered_mean(one.right - two.right, guessed[one.known], guessed, confidence=CONFIDENCE)


def _labels_needed(one: Labeled, two: Labeled, gap: Interval | None, margin: float) -> tuple[int, int]:
    """Return how many more gold labels settle a gap: of random rows, and of rows labeled differently.

    An interval of half width h from n labels is as wide as the gap d after n (h / d)² of them. Without gold
    labels, a gap d between labels that differ on a share s of the rows has a variance of at most s - d² a
    row. Rows that are labeled alike say nothing of the gap. Fewer than `MIN_DIFFERING` rows that differ
    settle nothing, even if they all say the same.
    """
    share = float(np.abs(one.labels - two.labels).sum(axis=1).mean() / 2)
    known = len(one.known)
    if gap is not None and gap.half_width > 0:
        needed = known * (gap.half_width / max(margin, abs(gap.estimate))) ** 2
    else:
        d = min(margin, share)
        needed = normal_quantile(CONFIDENCE) ** 2 * (share - d**2) / d**2 if d > 0 else 0.0
    if share <= 0:
        return 0, 0
    more = min(max(math.ceil(max(needed, MIN_DIFFERING / share)) - known, 1), MAX_LABELS)
    return more, math.ceil(more * share)
