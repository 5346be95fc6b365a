"""What to fix next: concrete sentences, each with the numbers behind it, the most pressing first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from labelwright._text import count, percent
from labelwright._types import FloatArray
from labelwright.advisor.next_steps.accuracies import LFAccuracy, accuracy_findings, known_accuracies
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
from labelwright.analysis.evaluation import Evaluation, GoldRows
from labelwright.analysis.intervals import Interval, normal_quantile
from labelwright.analysis.lf_accuracy import as_accuracies
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import LabelMatrix
from labelwright.core.finding import Finding, most_pressing_first


def advice(
    matrix: LabelMatrix,
    *,
    accuracies: object = None,
    test: Evaluation | None = None,
    gold: GoldRows | None = None,
    taught: int = 0,
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
        Rows with gold labels that models are judged on; without them, only votes and estimates speak.
    gold : GoldRows, optional
        Rows with gold labels that LFs are judged by, of as many splits as have some; those of `test` without.
    taught : int, default 0
        Hand labels that the label model learned from, which score nothing.
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
    if gold is None and test is not None:
        gold = GoldRows.of({test.split: (test.matrix, test.labels)})
    if not matrix.n:
        return most_pressing_first(gold_findings(test, gold, taught))
    counts = NamedVoteCounts.of(matrix)
    known = known_accuracies(counts, guesses, gold)
    found = (*_vote_findings(counts, known, faults or {}), *model_findings(test))
    return most_pressing_first((*found, *calibration_findings(test), *gold_findings(test, gold, taught)))


def _vote_findings(
    counts: NamedVoteCounts, known: Sequence[LFAccuracy], faults: Mapping[str, int]
) -> Iterator[Finding]:
    yield from size_findings(counts)
    yield from fault_findings(faults, n=counts.n)
    yield from silence_findings(counts)
    yield from class_findings(counts)
    yield from coverage_findings(counts)
    yield from accuracy_findings(known, k=counts.k)
    yield from noise_findings(counts)
    yield from duplicate_findings(counts)
    yield from conflict_findings(counts, known)


# --- what rows with gold labels tell about the models, and whether they are enough to tell


WIDE: Final = 0.05
"""A test that leaves more than five points either way cannot tell models apart that differ by as much."""

DISHONEST: Final = 0.1
"""Probabilities off by more than ten points mislead whoever sets a threshold on them."""

GOLD_TO_START: Final = 200
"""With 200 hand labels an accuracy near 90% is known to about four points either way."""


def gold_findings(test: Evaluation | None, gold: GoldRows | None, taught: int = 0) -> Iterator[Finding]:
    """Find that there are no gold labels to judge by, or too few."""
    if test is None and gold is None:
        all_teach = f"{'The only' if taught == 1 else f'All {taught:,}'} hand label{'s' * (taught != 1)} "
        all_teach += f"{'teaches' if taught == 1 else 'teach'} the label model, and none is left to score by."
        yield Finding(
            kind="no-gold",
            urgency="note",
            finding=all_teach
            if taught
            else "There are no hand labels, so every accuracy here is an estimate.",
            action=f"Label about {GOLD_TO_START} random rows for testing only, as with labelwright label.",
            evidence={"rows to label": GOLD_TO_START, "hand labels that teach": taught}
            if taught
            else {"rows to label": GOLD_TO_START},
        )
    if test is None:
        return
    scores = score(test.label_model if test.end_model is None else test.end_model, test.labels)
    interval = scores.interval
    if interval.half_width > WIDE:
        needed = rows_needed(interval.estimate, half_width=WIDE)
        yield Finding(
            kind="small-test",
            urgency="note",
            finding=f"{_there_are(scores.n, test.row)} with a hand label to score by, so the true "
            f"accuracy lies anywhere from {percent(interval.low)} to {percent(interval.high)}.",
            action=f"Label about {needed:,} rows to know it within {round(100 * WIDE)} points.",
            evidence={"rows": scores.n, "low": interval.low, "high": interval.high, "rows needed": needed},
        )


def _there_are(n: int, noun: str) -> str:
    return f"There {'is' if n == 1 else 'are'} {count(n, noun)}"


def calibration_findings(test: Evaluation | None) -> Iterator[Finding]:
    """Find probabilities of the last model that are much too high or much too low."""
    if test is None:
        return
    name, P = ("label model", test.label_model) if test.end_model is None else ("end model", test.end_model)
    right = expected_accuracy(P, test.labels)
    said = float(judged(P, test.gold)[0].max(axis=1).mean())
    if abs(said - right) > DISHONEST:
        yield Finding(
            kind="calibration",
            urgency="check",
            finding=f"The {name} is {'too sure' if said > right else 'not sure enough'} of itself: on "
            f"average it says {percent(said)}, and is right on {percent(right)} of "
            f"the {_the_rows(test)}.",
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
        test,
        kind="label-model-worse",
        names=("the label model", "majority vote"),
        action="Look for copied or below-chance labeling functions; until then use majority vote.",
    )
    if test.end_model is not None:
        yield from _worse(
            test.end_model,
            test.label_model,
            test,
            kind="end-model-worse",
            names=("the end model", "the label model"),
            action="Give it better features or more rows: it should go beyond the labeling functions.",
        )
        yield from _undecided(accuracy_difference(test.end_model, test.label_model, test.labels), test)


def _the_rows(test: Evaluation) -> str:
    return f"{count(test.judged, test.row)} with a hand label"


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
    P: FloatArray, baseline: FloatArray, test: Evaluation, *, kind: str, names: tuple[str, str], action: str
) -> Iterator[Finding]:
    gold = test.gold
    difference = accuracy_difference(P, baseline, gold)
    # Where one class fills the data, a model that finds the rare one may lose accuracy and still be better.
    if difference.high < 0 and macro_f1(P, gold) <= macro_f1(baseline, gold):
        yield Finding(
            kind=kind,
            urgency="fix",
            finding=f"On the {_the_rows(test)} {names[0]} is {-difference.estimate * 100:.1f} points less "
            f"accurate than {names[1]}.",
            action=action,
            evidence={"difference": difference.estimate, "low": difference.low, "high": difference.high},
            weight=-difference.estimate,
        )


def _undecided(difference: Interval, test: Evaluation) -> Iterator[Finding]:
    if difference.low <= 0 <= difference.high:
        low, high = (f"{100 * end:+.1f}".replace("-", "−") for end in (difference.low, difference.high))
        yield Finding(
            kind="undecided",
            urgency="note",
            finding=f"The {_the_rows(test)} cannot tell whether the end model beats the label model: "
            f"the difference lies between {low} and {high} points.",
            action="More of them would settle it; until then take the end model for rows without votes.",
            evidence={"difference": difference.estimate, "low": difference.low, "high": difference.high},
        )
