"""What to fix next: concrete sentences, each with the numbers behind it, the most pressing first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._text import count, listed, percent
from labelwright._types import FloatArray, IntArray
from labelwright.advisor.next_steps.votes import (
    class_findings,
    conflict_findings,
    coverage_findings,
    duplicate_findings,
    fault_findings,
    noise_findings,
    silence_findings,
    size_findings,
)
from labelwright.analysis._inputs import judged
from labelwright.analysis._metrics import expected_accuracy, macro_f1
from labelwright.analysis._scores import accuracy_difference, score
from labelwright.analysis.evaluation import Evaluation
from labelwright.analysis.intervals import Interval, normal_quantile
from labelwright.analysis.lf_accuracy import as_accuracies, lf_accuracies
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import LabelMatrix
from labelwright.core.finding import Finding, most_pressing_first


def advice(
    matrix: LabelMatrix,
    *,
    accuracies: object = None,
    test: Evaluation | None = None,
    faults: Mapping[str, int] | None = None,
) -> tuple[Finding, ...]:
    """Say what to fix next, the most pressing first.

    Every threshold is a named constant with its reason, in ``labelwright.advisor.next_steps``.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes on the training rows.
    accuracies : (m,) float, optional
        A label model's ``lf_accuracies_``; NaN where unknown.
    test : Evaluation, optional
        Rows with gold labels; without them, only votes and estimates speak.
    faults : mapping of LF name to int, optional
        On how many rows each LF raised.

    Returns
    -------
    tuple of Finding
        Sorted by urgency ("fix", "check", "note"), then by the share of rows concerned. Empty where there
        is nothing to say.

    Raises
    ------
    SchemaError
        Not one accuracy an LF, or test rows without any gold label.

    Notes
    -----
    Cost: that of `pair_counts`, O(n m^2 k / 64).

    Examples
    --------
    >>> L = LabelMatrix([[0, -1, -1], [0, 1, -1], [0, 0, -1]], lf_names=["all", "some", "none"])
    >>> [one.kind for one in advice(L)]
    ['never-votes', 'votes-for-nearly-everything', 'no-gold']
    >>> print(advice(L)[0])
    [fix] none votes on none of the 3 rows. Check spelling, upper case and the column it reads, or delete it.
    """
    guesses = as_accuracies(accuracies, m=matrix.m)
    found = _all_findings(matrix, guesses, test, faults or {}) if matrix.n else gold_findings(test)
    return most_pressing_first(found)


def _all_findings(
    matrix: LabelMatrix, accuracies: FloatArray, test: Evaluation | None, faults: Mapping[str, int]
) -> Iterator[Finding]:
    counts = NamedVoteCounts.of(matrix)
    yield from size_findings(counts)
    yield from fault_findings(faults, n=matrix.n)
    yield from silence_findings(counts)
    yield from class_findings(counts)
    yield from coverage_findings(counts)
    yield from accuracy_findings(matrix, accuracies, test)
    yield from noise_findings(counts)
    yield from duplicate_findings(counts)
    yield from conflict_findings(counts, accuracies)
    yield from model_findings(test)
    yield from calibration_findings(test)
    yield from gold_findings(test)


# --- what estimated and true accuracies tell about single LFs


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


# --- what the test rows tell about the models, and whether they are enough to tell


WIDE: Final = 0.05
"""A test that leaves more than five points either way cannot tell models apart that differ by as much."""

DISHONEST: Final = 0.1
"""Probabilities off by more than ten points mislead whoever sets a threshold on them."""

GOLD_TO_START: Final = 200
"""With 200 hand labels an accuracy near 90% is known to about four points either way."""


def gold_findings(test: Evaluation | None) -> Iterator[Finding]:
    """Find that there are no gold labels, or too few."""
    if test is None:
        yield Finding(
            kind="no-gold",
            urgency="note",
            finding="There are no hand labels, so every accuracy here is an estimate.",
            action=f"Label about {GOLD_TO_START} random rows by hand and keep them for testing only.",
            evidence={"rows to label": GOLD_TO_START},
        )
        return
    scores = score(test.label_model if test.end_model is None else test.end_model, test.gold)
    interval = scores.interval
    if interval.half_width > WIDE:
        needed = rows_needed(interval.estimate, half_width=WIDE)
        yield Finding(
            kind="small-test",
            urgency="note",
            finding=f"The test has {count(scores.n, 'row')} with hand labels, so the true accuracy lies "
            f"anywhere from {percent(interval.low)} to {percent(interval.high)}.",
            action=f"Label about {needed:,} rows to know it within {round(100 * WIDE)} points.",
            evidence={"rows": scores.n, "low": interval.low, "high": interval.high, "rows needed": needed},
        )


def calibration_findings(test: Evaluation | None) -> Iterator[Finding]:
    """Find probabilities of the last model that are much too high or much too low."""
    if test is None:
        return
    name, P = ("label model", test.label_model) if test.end_model is None else ("end model", test.end_model)
    right = expected_accuracy(P, test.gold)
    said = float(judged(P, test.gold)[0].max(axis=1).mean())
    if abs(said - right) > DISHONEST:
        yield Finding(
            kind="calibration",
            urgency="check",
            finding=f"The {name} is {'too sure' if said > right else 'not sure enough'} of itself: on "
            f"average it says {percent(said)}, and is right on {percent(right)} of the test rows.",
            action="Its classes can be used as they are, its probabilities only to rank rows.",
            evidence={"mean confidence": said, "accuracy": right},
        )


def model_findings(test: Evaluation | None) -> Iterator[Finding]:
    """Find a label model that loses to majority vote, and an end model that loses to the label model."""
    if test is None:
        return
    yield from _worse(
        test.label_model,
        test.majority_vote,
        test.gold,
        kind="label-model-worse",
        names=("the label model", "majority vote"),
        action="Look for copied or below-chance labeling functions; until then use majority vote.",
    )
    if test.end_model is not None:
        yield from _worse(
            test.end_model,
            test.label_model,
            test.gold,
            kind="end-model-worse",
            names=("the end model", "the label model"),
            action="Give it better features or more rows: it should go beyond the labeling functions.",
        )
        yield from _undecided(accuracy_difference(test.end_model, test.label_model, test.gold))


def rows_needed(share: float, *, half_width: float) -> int:
    """Return how many rows pin an accuracy down to this half width, rounded up to two digits.

    Examples
    --------
    >>> rows_needed(0.9, half_width=0.05), rows_needed(0.5, half_width=0.05)
    (140, 390)
    """
    careful = min(max(share, 0.1), 0.9)  # a small test that happens to be all right promises too much
    rows = normal_quantile(0.95) ** 2 * careful * (1 - careful) / half_width**2
    step: float = 10 ** (math.floor(math.log10(rows)) - 1)
    return int(math.ceil(rows / step) * step)


def _worse(
    P: FloatArray, baseline: FloatArray, gold: IntArray, *, kind: str, names: tuple[str, str], action: str
) -> Iterator[Finding]:
    difference = accuracy_difference(P, baseline, gold)
    # Where one class fills the data, a model that finds the rare one may lose accuracy and still be better.
    if difference.high < 0 and macro_f1(P, gold) <= macro_f1(baseline, gold):
        yield Finding(
            kind=kind,
            urgency="fix",
            finding=f"On the test rows {names[0]} is {-difference.estimate * 100:.1f} points less accurate "
            f"than {names[1]}.",
            action=action,
            evidence={"difference": difference.estimate, "low": difference.low, "high": difference.high},
            weight=-difference.estimate,
        )


def _undecided(difference: Interval) -> Iterator[Finding]:
    if difference.low <= 0 <= difference.high:
        yield Finding(
            kind="undecided",
            urgency="note",
            finding="The test cannot tell whether the end model beats the label model: the difference lies "
            f"between {difference.low * 100:+.1f} and {difference.high * 100:+.1f} points.".replace("-", "−"),
            action="More test rows would settle it; until then take the end model for rows without votes.",
            evidence={"difference": difference.estimate, "low": difference.low, "high": difference.high},
        )
