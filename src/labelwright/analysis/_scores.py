"""How good probabilities are, in both conventions: over all rows, and over covered rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from labelwright._display.notebook import Grid, Heading, Part
from labelwright._display.shown import Shown
from labelwright._display.text_table import Column
from labelwright._text import count, percent
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.analysis._calibration import expected_calibration_error
from labelwright.analysis._inputs import Classes, as_mask, as_probabilities, gold_of, judged, rightness
from labelwright.analysis._metrics import brier_score, f1_binary, log_loss, macro_f1
from labelwright.analysis.intervals import Interval, normal_quantile, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Metrics(Shown):
    """Measures over one set of rows.

    Attributes
    ----------
    n : int
        Rows with a gold label.
    accuracy, accuracy_low, accuracy_high : float
        Expected accuracy, ties shared, with its 95% Wilson interval.
    macro_f1 : float
        Mean F1 over the classes that occur.
    f1 : float or None
        F1 of class 1 where there are two classes, else None.
    log_loss : float
        In nats.
    brier : float
        Brier score, 0 to 2.
    calibration_error : float
        Expected calibration error over ten bins.
    """

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    f1: float | None
    log_loss: float
    brier: float
    calibration_error: float

    def _display_parts(self) -> list[Part]:
        head = f"Metrics on {count(self.n, 'row')}: accuracy {percent(self.accuracy, 1)}"
        return [Heading(head), Grid(_score_columns({"all": self}))]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Scores(Shown):
    """What `score` returns: the same measures over all rows and over covered rows.

    Attributes
    ----------
    all_rows : Metrics
        Every row with a gold label; uncovered rows count as whatever their probabilities say.
    covered_rows : Metrics or None
        Only rows on which at least one LF voted; None where there is none.
    coverage : float
        The share of rows with a gold label that are covered.
    """

    all_rows: Metrics
    covered_rows: Metrics | None
    coverage: float

    @property
    def n(self) -> int:
        """Rows with a gold label."""
        return self.all_rows.n

    @property
    def accuracy(self) -> float:
        """Expected accuracy over all rows."""
        return self.all_rows.accuracy

    @property
    def interval(self) -> Interval:
        """Expected accuracy over all rows with its 95% interval."""
        rows = self.all_rows
        return Interval(rows.accuracy, rows.accuracy_low, rows.accuracy_high)

    def as_dict(self) -> dict[str, object]:
        """Return all values as nested plain dictionaries, ready for JSON."""
        return asdict(self)

    def _display_parts(self) -> list[Part]:
        rows = {"all": self.all_rows, "covered": self.covered_rows}
        found = {name: metrics for name, metrics in rows.items() if metrics is not None}
        return [Heading(f"Scores: {self}"), Grid(_score_columns(found))]

    def __str__(self) -> str:
        covered = "no row covered" if self.covered_rows is None else percent(self.covered_rows.accuracy, 1)
        return (
            f"accuracy {percent(self.accuracy, 1)} on all {self.n} rows; {covered} on the "
            f"{percent(self.coverage, 1)} that are covered"
        )


def _score_columns(found: Mapping[str, Metrics]) -> list[Column]:
    """Return measures as columns, a line for all rows and one for the covered ones."""
    rows = found.values()
    columns = [
        Column("rows", list(found)),
        Column("judged", [f"{one.n:,}" for one in rows], number=True),
        Column(
            "accuracy",
            [percent(one.accuracy, 1) for one in rows],
            number=True,
            ranges=[f"{100 * one.accuracy_low:.0f}-{100 * one.accuracy_high:.0f}" for one in rows],
        ),
        Column("macro F1", [f"{one.macro_f1:.3f}" for one in rows], number=True),
    ]
    if all(one.f1 is not None for one in rows):
        columns.append(Column("F1", [f"{one.f1:.3f}" for one in rows], number=True))
    others = {"log loss": "log_loss", "Brier": "brier", "calibration error": "calibration_error"}
    return columns + [
        Column(head, [f"{getattr(one, name):.3f}" for one in rows], number=True)
        for head, name in others.items()
    ]


def score(P: object, gold: object, *, covered: object = None, space: Classes = None) -> Scores:
    """Measure probabilities against gold labels, over all rows and over covered rows.

    Papers and tools differ in which of the two they mean by "accuracy": a label model that answers half of
    the rows and is right on nine in ten of those has 0.90 by one convention and, with two classes, 0.70 by
    the other. Both are given, with the coverage that explains the gap.

    Parameters
    ----------
    P : (n, k) float
        Probabilities.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out. Where rows have several (lists
        of labels, or an (n, k) array of 0 and 1), any of them is right: accuracy counts a class among them,
        and the other measures judge a row by the one of its labels that is held most likely.
    covered : (n,) bool, optional
        Rows with at least one vote, ``LabelMatrix.covered``; all rows without.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Raises
    ------
    SchemaError
        Probabilities or mask of a wrong shape or type, or no row with a gold label.
    LabelMatrixError
        Gold labels of another length, or that are no classes.

    Examples
    --------
    >>> scores = score([[0.9, 0.1], [0.5, 0.5]], [0, 1], covered=[True, False])
    >>> print(scores)
    accuracy 75.0% on all 2 rows; 100% on the 50.0% that are covered
    >>> scores.covered_rows.n
    1
    """
    probabilities = as_probabilities(P, space)
    n = len(probabilities)
    labels = gold_of(probabilities, gold, space)
    judged(probabilities, labels)
    mask = as_mask(np.ones(n, dtype=bool) if covered is None else covered, n=n, what="covered")
    known, right = labels != ABSTAIN, rightness(probabilities, gold, space)
    covers = (known & mask).any()
    return Scores(
        all_rows=_metrics(probabilities, labels, right, known),
        covered_rows=_metrics(probabilities, labels, right, known & mask) if covers else None,
        coverage=float(mask[known].mean()),
    )


def accuracy_difference(
    P: object, baseline: object, gold: object, *, confidence: float = 0.95, space: Classes = None
) -> Interval:
    """Estimate by how much P is more accurate than a baseline on the same rows.

    Both models are judged on each row, so rows that both get right or wrong cancel; this is far sharper
    than to compare two separate intervals. Ties are shared.

    Parameters
    ----------
    P, baseline : (n, k) float
        Probabilities of the two models for the same rows.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    confidence : float, default 0.95
        How often the interval is to hold the true difference.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Returns
    -------
    Interval
        The difference in expected accuracy (positive: P is better). It is settled where 0 lies outside.

    References
    ----------
    A. Agresti and Y. Min, "Simple improved confidence intervals for comparing matched proportions" (2005):
    half a row is added to each cell of the 2 x 2 table of right and wrong.

    Examples
    --------
    >>> difference = accuracy_difference([[0.9, 0.1]] * 20, [[0.1, 0.9]] * 20, [0] * 18 + [1] * 2)
    >>> round(difference.estimate, 2), difference.low > 0
    (0.8, True)
    """
    gains = _rightness(P, gold, space) - _rightness(baseline, gold, space)
    n = len(gains) + 2.0
    won, lost = np.maximum(gains, 0).sum() + 0.5, np.maximum(-gains, 0).sum() + 0.5
    centre = (won - lost) / n
    spread = normal_quantile(confidence) * np.sqrt(max(won + lost - (won - lost) ** 2 / n, 0.0)) / n
    return Interval(float(gains.mean()), float(max(centre - spread, -1)), float(min(centre + spread, 1)))


def _rightness(P: object, gold: object, space: Classes) -> FloatArray:
    """(n,) how right each judged row is: 1, 0, or between where tied."""
    judged(P, gold, space)
    right = rightness(as_probabilities(P, space), gold, space)
    return right[~np.isnan(right)]


def _metrics(P: FloatArray, gold: IntArray, rightness: FloatArray, rows: BoolArray) -> Metrics:
    chosen, labels = P[rows], gold[rows]
    n, right = len(labels), float(rightness[rows].mean())
    low, high = wilson_interval(right * n, n)
    return Metrics(
        n=n,
        accuracy=right,
        accuracy_low=float(low),
        accuracy_high=float(high),
        macro_f1=macro_f1(chosen, labels),
        f1=f1_binary(chosen, labels) if P.shape[1] == 2 else None,
        log_loss=log_loss(chosen, labels),
        brier=brier_score(chosen, labels),
        calibration_error=expected_calibration_error(chosen, labels),
    )
