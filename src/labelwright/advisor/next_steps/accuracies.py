"""What estimated and true accuracies tell about single LFs: the true ones where hand labels tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._text import count, listed, percent
from labelwright._types import FloatArray
from labelwright.analysis.evaluation import GoldRows
from labelwright.analysis.lf_accuracy import lf_accuracies
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core.finding import Finding

WEAK_ACCURACY: Final = 0.6
"""Right three times in five: such a vote adds little for two classes, and misleads where LFs are few."""

MIN_JUDGED: Final = 20
"""With fewer judged votes the 95% interval of an accuracy spans 40 points: it speaks where all of it lies on
one side of the question, else the estimate does."""

MIN_GAP: Final = 0.1
"""An estimate up to ten points too high weighs an LF about as it deserves; too low ones do little harm."""


@dataclass(frozen=True, slots=True)
class LFAccuracy:
    """What is known of one LF's accuracy.

    Attributes
    ----------
    name : str
        The LF.
    coverage : float
        The share of rows on which it votes.
    estimated : float
        The label model's estimate; NaN without one.
    judged : int
        Votes on rows with a hand label.
    accuracy, low, high : float
        The share of these that are right, NaN without any, and its 95% interval.
    """

    name: str
    coverage: float
    estimated: float
    judged: int
    accuracy: float
    low: float
    high: float

    def below(self, share: float, *, surely: bool = False) -> bool:
        """Whether it is less often right than that, by hand labels where they tell, else by the estimate."""
        if self.told(share):
            return self.high < share if surely else self.accuracy < share
        return bool(self.estimated < share)

    def told(self, share: float) -> bool:
        """Whether hand labels tell on which side of a share its accuracy lies."""
        return self.judged >= MIN_JUDGED or self.high < share or self.low > share

    def said(self, share: float) -> str:
        """Return its name with the accuracy that decides whether it is below a share, and where from."""
        if self.told(share):
            return f"{self.name} ({self.measured})"
        few = f"; {self.measured}" if self.judged else ""
        return f"{self.name} (estimated {percent(self.estimated)}{few})"

    @property
    def measured(self) -> str:
        """Its true accuracy with its interval, and the number of hand labels."""
        ends = f"{100 * self.low:.0f}–{100 * self.high:.0f}%"
        return f"{percent(self.accuracy)}, {ends} by {count(self.judged, 'hand label')}"

    def evidence(self, share: float) -> dict[str, float | int | str]:
        """Return the numbers behind what is said."""
        if not self.told(share):
            return {self.name: self.estimated}
        ends = {f"{self.name} low": self.low, f"{self.name} high": self.high}
        return {self.name: self.accuracy, **ends, f"{self.name} hand labels": self.judged}


def known_accuracies(
    counts: NamedVoteCounts, estimated: FloatArray, gold: GoldRows | None
) -> tuple[LFAccuracy, ...]:
    """Return what is known of each LF: its estimate, and its accuracy on all hand labels there are."""
    judged: Mapping[str, Mapping[str, float]] = {}
    if gold is not None:
        judged = {row["lf"]: row for row in lf_accuracies(gold.matrix, gold.labels).iter_rows(named=True)}
    coverage = counts.votes / max(counts.n, 1)
    return tuple(
        _of(name, float(share), float(guess), judged.get(name))
        for name, share, guess in zip(counts.lf_names, coverage, estimated, strict=True)
    )


def _of(name: str, coverage: float, estimated: float, row: Mapping[str, float] | None) -> LFAccuracy:
    if row is None or not row["judged"]:
        return LFAccuracy(name, coverage, estimated, 0, np.nan, 0.0, 1.0)
    return LFAccuracy(name, coverage, estimated, int(row["judged"]), row["accuracy"], row["low"], row["high"])


def accuracy_findings(known: Sequence[LFAccuracy], *, k: int) -> Iterator[Finding]:
    """Find LFs that are below chance, weak, or trusted too much by the label model; the worst first.

    Those of which hand labels tell stand before those that are only estimated.
    """
    chance = 1 / k
    below = [one for one in known if one.below(chance, surely=True)]
    weak = [one for one in known if one.below(WEAK_ACCURACY) and one not in below]
    told = {one.name for one in (*below, *weak)}
    yield from _below_chance(below, chance)
    yield from _weak(weak)
    yield from _overrated([one for one in known if _is_overrated(one) and one.name not in told])


def _is_overrated(one: LFAccuracy) -> bool:
    return one.judged >= MIN_JUDGED and one.estimated > max(one.high, one.accuracy + MIN_GAP)


def _below_chance(lfs: Sequence[LFAccuracy], chance: float) -> Iterator[Finding]:
    if lfs:
        one = len(lfs) == 1
        yield Finding(
            kind="below-chance",
            urgency="fix",
            finding=f"{_said(lfs, chance)} {'is' if one else 'are'} right less often than guessing "
            f"({percent(chance)}).",
            action="Check whether it votes for the wrong class, or delete it."
            if one
            else "Check whether they vote for the wrong class, or delete them.",
            evidence=_evidence(lfs, chance),
            lfs=tuple(one.name for one in _worst_first(lfs, chance)),
            weight=max(one.coverage for one in lfs),
        )


def _weak(lfs: Sequence[LFAccuracy]) -> Iterator[Finding]:
    if lfs:
        yield Finding(
            kind="weak",
            urgency="check",
            finding=f"{_said(lfs, WEAK_ACCURACY)} {'is' if len(lfs) == 1 else 'are'} right less than "
            f"{percent(WEAK_ACCURACY)} of the time.",
            action="Add words that must or must not be there, so that fewer and better votes remain.",
            evidence=_evidence(lfs, WEAK_ACCURACY),
            lfs=tuple(one.name for one in _worst_first(lfs, WEAK_ACCURACY)),
            weight=max(one.coverage for one in lfs),
        )


def _overrated(lfs: Sequence[LFAccuracy]) -> Iterator[Finding]:
    if lfs:
        worst = sorted(lfs, key=lambda one: one.accuracy - one.estimated)
        said = [f"{one.name} ({percent(one.estimated)}, in truth {one.measured})" for one in worst]
        yield Finding(
            kind="overrated",
            urgency="check",
            finding=f"The label model trusts {count(len(lfs), 'labeling function')} too much: "
            f"{listed(said, 3)}.",
            action="Labeling functions that share words or mistakes cause this: look for copies among them.",
            evidence={one.name: one.accuracy - one.estimated for one in worst},
            lfs=tuple(one.name for one in worst),
            weight=max(one.coverage for one in lfs),
        )


def _said(lfs: Iterable[LFAccuracy], share: float) -> str:
    return listed([one.said(share) for one in _worst_first(lfs, share)])


def _evidence(lfs: Iterable[LFAccuracy], share: float) -> dict[str, float | int | str]:
    return {name: value for one in _worst_first(lfs, share) for name, value in one.evidence(share).items()}


def _worst_first(lfs: Iterable[LFAccuracy], share: float) -> list[LFAccuracy]:
    """Put LFs whose accuracy is known before those with an estimate, the least accurate first."""

    def place(one: LFAccuracy) -> tuple[bool, float]:
        told = one.told(share)
        return not told, one.accuracy if told else one.estimated

    return sorted(lfs, key=place)
