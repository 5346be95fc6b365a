"""From right and wrong on test rows to learning curves, slopes and hand labels, with their ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._types import FloatArray, IntArray
from labelwright.analysis import Interval
from labelwright.worth.value import HandLabels, LabelWorth, LearningCurve

SAMPLES: Final = 1000
"""Bootstrap samples: the ends of a 95% range then stand on 25 samples each."""


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """What models were wrong about.

    Attributes
    ----------
    sizes : (s,) int
        Rows trained on, ascending.
    wrong : (s, d, t) float64
        For each of d draws of training rows and each of t test rows, 1 where wrong, else 0.
    """

    sizes: IntArray
    wrong: FloatArray

    def errors(self, draws: FloatArray, rows: FloatArray) -> FloatArray:
        """Return the (b, s) mean errors where draws count (b, d) times and test rows (b, t) times."""
        sums = np.einsum("sdb,bd->bs", self.wrong @ rows.T, draws)
        means: FloatArray = sums / (draws.sum(axis=1) * rows.sum(axis=1))[:, None]
        return means


def best_of(trials: Sequence[Trials]) -> Trials:
    """Return trials of the same sizes joined: at each size those with the lowest mean error."""
    means = np.array([one.wrong.mean(axis=(1, 2)) for one in trials])
    wrong = [trials[best].wrong[place] for place, best in enumerate(means.argmin(axis=0))]
    return Trials(trials[0].sizes, np.array(wrong))


def summed(unlabeled: Trials, supervised: Trials, generator: np.random.Generator) -> LabelWorth:
    """Return the curves and the number of hand labels, with 95% ranges by the bootstrap.

    A sample takes draws of training rows and test rows, each with replacement, the same for all points. The
    first line of every array is no sample but all draws and rows as they are: the estimate.
    """
    _, d, t = unlabeled.wrong.shape
    weights = [_weights(size, generator) for size in (d, t)]
    by_votes, by_hand = unlabeled.errors(*weights), supervised.errors(*weights)
    least_error = 0.5 / t
    return LabelWorth(
        unlabeled=_curve(unlabeled.sizes, by_votes, least_error),
        supervised=_curve(supervised.sizes, by_hand, least_error),
        hand_labels=_hand_labels(supervised.sizes, by_hand, by_votes[:, -1]),
        slope_difference=_slope_difference(unlabeled.sizes, by_votes, supervised.sizes, by_hand, least_error),
        draws=d,
        test_rows=t,
    )


def slopes(sizes: IntArray, errors: FloatArray, least_error: float) -> FloatArray:
    """Return the (b,) least-squares slopes of log (b, s) errors over log sizes; NaN for fewer than 2 sizes.

    Examples
    --------
    >>> slopes(np.array([10, 40, 160]), np.array([[0.4, 0.2, 0.1]]), 1e-3).round(3).tolist()
    [-0.5]
    """
    x = np.log(sizes) - np.log(sizes).mean()
    spread = (x**2).sum()
    found: FloatArray = np.log(np.maximum(errors, least_error)) @ x
    return found / spread if spread else np.full(len(errors), np.nan)


def labels_for(sizes: IntArray, errors: FloatArray, wanted: float) -> float:
    """Return how many hand labels lead to an error, the fewest: 0 for fewer than tried, infinity for more.

    The (s,) errors are first made to fall (isotonic regression), then joined by straight lines over log
    sizes.

    Examples
    --------
    >>> sizes, errors = np.array([10, 100, 1000]), np.array([0.4, 0.2, 0.1])
    >>> [round(labels_for(sizes, errors, wanted), 1) for wanted in (0.5, 0.3, 0.2, 0.05)]
    [0.0, 31.6, 100.0, inf]
    """
    from sklearn.isotonic import isotonic_regression

    falling = isotonic_regression(errors, increasing=False)
    reached = np.flatnonzero(falling <= wanted)
    if not len(reached):
        return math.inf
    after = int(reached[0])
    if after == 0:
        return 0.0 if falling[0] < wanted else float(sizes[0])
    share = (falling[after - 1] - wanted) / (falling[after - 1] - falling[after])
    low, high = np.log(sizes[after - 1 : after + 1])
    return float(np.exp(low + share * (high - low)))


def _weights(size: int, generator: np.random.Generator) -> FloatArray:
    drawn = generator.multinomial(size, np.full(size, 1 / size), SAMPLES).astype(np.float64)
    return np.vstack([np.ones(size), drawn])


def _curve(sizes: IntArray, errors: FloatArray, least_error: float) -> LearningCurve:
    return LearningCurve(
        sizes=tuple(sizes.tolist()),
        errors=tuple(_interval(column) for column in errors.T),
        slope=_interval(slopes(sizes, errors, least_error)),
    )


def _slope_difference(
    sizes: IntArray, errors: FloatArray, other_sizes: IntArray, other_errors: FloatArray, least_error: float
) -> Interval:
    both, here, there = np.intersect1d(sizes, other_sizes, return_indices=True)
    ours, theirs = (
        slopes(both, errors[:, here], least_error),
        slopes(both, other_errors[:, there], least_error),
    )
    return _interval(ours - theirs)


def _hand_labels(sizes: IntArray, errors: FloatArray, wanted: FloatArray) -> HandLabels:
    found = np.array([labels_for(sizes, line, goal) for line, goal in zip(errors, wanted, strict=True)])
    # Quantiles by order, not by interpolation: between a number and infinity there is nothing.
    low, high = np.quantile(found[1:], [0.025, 0.975], method="inverted_cdf")
    return HandLabels(
        estimate=float(found[0]), low=float(low), high=float(high), least=int(sizes[0]), most=int(sizes[-1])
    )


def _interval(values: FloatArray) -> Interval:
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Interval(float(values[0]), float(low), float(high))
