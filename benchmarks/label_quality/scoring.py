"""How good probabilities are, and how sure the difference to majority vote is."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from label_quality.cases import Case, Measure
from labelwright import analysis
from labelwright._types import BoolArray, FloatArray, IntArray

TIE_TOLERANCE = 1e-5  # as in labelwright.analysis; a test holds the two together
BLOCK = 50  # bootstrap draws made at once: bounds memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The measure minus that of the baseline, with a paired bootstrap interval, as shares."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is measured of one model on one case; shares, not percent.

    Attributes
    ----------
    value : float
        The case's measure over all rows with gold, uncovered rows uniform, ties shared.
    value_own : float
        The same with what the model itself says of uncovered rows.
    accuracy, f1 : float, float or None
        Both measures, uncovered rows uniform; F1 of class 1 where there are two classes.
    accuracy_covered : float
        Over covered rows.
    log_loss, calibration_error : float
        Over covered rows; in nats, and over ten bins.
    difference : Difference or None
        `value` minus the baseline's; None for the baseline.
    curve : list of (confidence, accuracy, rows)
        The calibration curve over covered rows.
    """

    value: float
    value_own: float
    accuracy: float
    f1: float | None
    accuracy_covered: float
    log_loss: float
    calibration_error: float
    difference: Difference | None
    curve: list[tuple[float, float, int]]


def measure_all(
    case: Case, probabilities: Mapping[str, FloatArray], *, baseline: str, draws: int = 1000, seed: int = 0
) -> dict[str, Quality]:
    """Measure every model on a case, and its difference to the baseline on the same resampled rows.

    Parameters
    ----------
    case : Case
        With gold labels; rows without are left out.
    probabilities : mapping of name to (n, k) float64
        What each model says of the rows of ``case.score``.
    baseline : str
        The model that others are compared to; without it there are no differences.
    draws : int, default 1000
        Bootstrap draws.
    seed : int, default 0
        Seeds the draws, together with the names of the block and the set.
    """
    known = case.gold >= 0
    covered, gold = case.score.covered[known], case.gold[known]
    own = {name: P[known] for name, P in probabilities.items()}
    even = {name: with_uniform(P, covered) for name, P in own.items()}
    stable = np.random.default_rng([seed, zlib.crc32(f"{case.block}/{case.name}".encode())])
    gaps = differences(even, gold, measure=case.measure, baseline=baseline, draws=draws, rng=stable)
    return {
        name: _quality(even[name], own[name], gold, covered, measure=case.measure, difference=gaps.get(name))
        for name in probabilities
    }


def with_uniform(P: FloatArray, covered: BoolArray) -> FloatArray:
    """Return the probabilities with equal shares on uncovered rows."""
    return np.where(covered[:, None], P, 1.0 / P.shape[1])


def value_of(P: FloatArray, gold: IntArray, measure: Measure) -> float:
    """Return accuracy or F1 of class 1, ties shared."""
    return analysis.f1_binary(P, gold) if measure == "F1" else analysis.expected_accuracy(P, gold)


def _quality(
    even: FloatArray,
    own: FloatArray,
    gold: IntArray,
    covered: BoolArray,
    *,
    measure: Measure,
    difference: Difference | None,
) -> Quality:
    seen, truth = even[covered], gold[covered]
    curve = analysis.calibration_curve(seen, truth).select("confidence", "accuracy", pl.col("rows"))
    return Quality(
        value=value_of(even, gold, measure),
        value_own=value_of(own, gold, measure),
        accuracy=analysis.expected_accuracy(even, gold),
        f1=analysis.f1_binary(even, gold) if even.shape[1] == 2 else None,
        accuracy_covered=analysis.expected_accuracy(seen, truth),
        log_loss=analysis.log_loss(seen, truth),
        calibration_error=analysis.expected_calibration_error(seen, truth),
        difference=difference,
        curve=curve.rows(),
    )


def differences(
    probabilities: Mapping[str, FloatArray],
    gold: IntArray,
    *,
    measure: Measure,
    baseline: str,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Difference]:
    """Return each model's difference to the baseline with its 95% percentile interval.

    Rows are drawn with replacement, the same ones for all models, so what both get right or wrong cancels.
    """
    if baseline not in probabilities:
        return {}
    names = list(probabilities)
    parts = np.concatenate([row_parts(probabilities[name], gold, measure) for name in names], axis=1)
    sums = np.concatenate([parts.sum(axis=0)[None], _resampled_sums(parts, draws, rng)])
    values = ratio(sums.reshape(len(sums), len(names), -1), measure)
    gaps = values - values[:, [names.index(baseline)]]
    low, high = np.quantile(gaps[1:], [0.025, 0.975], axis=0)
    found = zip(names, gaps[0], low, high, strict=True)
    return {
        name: Difference(estimate=float(gap), low=float(lo), high=float(hi))
        for name, gap, lo, hi in found
        if name != baseline
    }


def row_parts(P: FloatArray, gold: IntArray, measure: Measure) -> FloatArray:
    """Return what each row adds to the measure's numerator and denominator, (n, 2); ties shared."""
    tied = P.max(axis=1, keepdims=True) - TIE_TOLERANCE <= P
    shares = tied / tied.sum(axis=1, keepdims=True)
    if measure == "accuracy":
        return np.stack([shares[np.arange(len(gold)), gold], np.ones(len(gold))], axis=1)
    truth = (gold == 1).astype(np.float64)
    return np.stack([2 * shares[:, 1] * truth, shares[:, 1] + truth], axis=1)


def ratio(sums: FloatArray, measure: Measure) -> FloatArray:
    """Return the measure of summed parts (..., 2): 0 for F1 without a row of class 1, gold or predicted."""
    top, bottom = sums[..., 0], sums[..., 1]
    values: FloatArray = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    return values


def _resampled_sums(parts: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    n = len(parts)
    sums = []
    for start in range(0, draws, BLOCK):
        rows = rng.integers(0, n, size=(min(BLOCK, draws - start), n))
        weights = np.stack([np.bincount(drawn, minlength=n) for drawn in rows])
        sums.append(weights @ parts)
    return np.concatenate(sums)
