"""What estimated and true accuracies tell about single LFs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._text import count, listed, percent
from labelwright._types import FloatArray
from labelwright.analysis.evaluation import Evaluation
from labelwright.analysis.lf_accuracy import lf_accuracies
from labelwright.core import LabelMatrix
from labelwright.core.finding import Finding

WEAK_ACCURACY: Final = 0.6
"""Right three times in five: such a vote adds little for two classes, and misleads where LFs are few."""

MIN_JUDGED: Final = 20
"""With fewer judged votes the 95% interval of an accuracy spans 40 points, and estimates are better."""

MIN_GAP: Final = 0.1
"""An estimate up to ten points too high weighs an LF about as it deserves; too low ones do little harm."""


@dataclass(frozen=True, slots=True)
class _Accuracy:
    """What is known of one LF's accuracy."""

    name: str
    coverage: float
    value: float
    measured: bool
    estimated: float
    surely_below_chance: bool
    overrated: bool


def accuracy_findings(
    matrix: LabelMatrix, accuracies: FloatArray, test: Evaluation | None
) -> Iterator[Finding]:
    """Find LFs that are below chance, weak, or trusted too much by the label model."""
    known = [one for one in _known(matrix, accuracies, test) if not np.isnan(one.value)]
    below = [one for one in known if one.surely_below_chance]
    weak = [one for one in known if one.value < WEAK_ACCURACY and one not in below]
    yield from _below_chance(below, chance=1 / matrix.k)
    yield from _weak(weak)
    yield from _overrated([one for one in known if one.overrated and one not in below and one not in weak])


def _below_chance(lfs: Sequence[_Accuracy], *, chance: float) -> Iterator[Finding]:
    if lfs:
        yield Finding(
            kind="below-chance",
            urgency="fix",
            finding=f"{_said(lfs)} {'is' if len(lfs) == 1 else 'are'} right less often than guessing "
            f"({percent(chance)}).",
            action="Check whether it votes for the wrong class, or delete it."
            if len(lfs) == 1
            else "Check whether they vote for the wrong class, or delete them.",
            evidence={one.name: one.value for one in lfs},
            lfs=tuple(one.name for one in lfs),
            weight=max(one.coverage for one in lfs),
        )


def _weak(lfs: Sequence[_Accuracy]) -> Iterator[Finding]:
    if lfs:
        yield Finding(
            kind="weak",
            urgency="check",
            finding=f"{_said(lfs)} {'is' if len(lfs) == 1 else 'are'} right less than "
            f"{percent(WEAK_ACCURACY)} of the time.",
            action="Add words that must or must not be there, so that fewer and better votes remain.",
            evidence={one.name: one.value for one in lfs},
            lfs=tuple(one.name for one in lfs),
            weight=max(one.coverage for one in lfs),
        )


def _overrated(lfs: Sequence[_Accuracy]) -> Iterator[Finding]:
    if lfs:
        worst = sorted(lfs, key=lambda one: one.value - one.estimated)
        said = [f"{one.name} ({percent(one.estimated)}, in truth {percent(one.value)})" for one in worst]
        yield Finding(
            kind="overrated",
            urgency="check",
            finding=f"The label model trusts {count(len(lfs), 'labeling function')} too much: "
            f"{listed(said, 3)}.",
            action="Labeling functions that share words or mistakes cause this: look for copies among them.",
            evidence={one.name: one.value - one.estimated for one in worst},
            lfs=tuple(one.name for one in worst),
            weight=max(one.coverage for one in lfs),
        )


def _said(lfs: Sequence[_Accuracy]) -> str:
    worst = sorted(lfs, key=lambda one: one.value)
    return listed(
        [f"{one.name} ({'' if one.measured else 'estimated '}{percent(one.value)})" for one in worst]
    )


def _known(matrix: LabelMatrix, accuracies: FloatArray, test: Evaluation | None) -> list[_Accuracy]:
    """Take the measured accuracy where enough votes were judged, else the estimate."""
    coverage = (matrix.votes >= 0).mean(axis=0)
    chance = 1 / matrix.k
    found = {
        name: _Accuracy(
            name, float(share), float(guess), False, float(guess), bool(guess < chance), overrated=False
        )
        for name, share, guess in zip(matrix.lf_names, coverage, accuracies, strict=True)
    }
    if test is not None:
        for row in lf_accuracies(test.matrix, test.gold).iter_rows(named=True):
            if row["judged"] >= MIN_JUDGED and row["lf"] in found:
                one = found[row["lf"]]
                found[row["lf"]] = _Accuracy(
                    one.name,
                    one.coverage,
                    row["accuracy"],
                    True,
                    one.estimated,
                    row["high"] < chance,
                    overrated=one.estimated > max(row["high"], row["accuracy"] + MIN_GAP),
                )
    return list(found.values())
