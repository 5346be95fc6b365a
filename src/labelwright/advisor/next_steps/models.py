"""What the test rows tell about the models, and whether they are enough to tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from labelwright._text import count, percent
from labelwright._types import FloatArray, IntArray
from labelwright.analysis._inputs import judged
from labelwright.analysis._metrics import expected_accuracy, macro_f1
from labelwright.analysis._scores import accuracy_difference, score
from labelwright.analysis.evaluation import Evaluation
from labelwright.analysis.intervals import Interval, normal_quantile
from labelwright.core.finding import Finding

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
