"""The Mallows model of rankings: how often it orders two items rightly, and how far it is from its centre.

``P(ranking | centre) = exp(-theta * distance) / Z(theta)``, with Kendall's distance: the number of item pairs
in the other order. A negative theta is a ranking that tends to be the wrong way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MAX_THETA = 14.5  # an order that is wrong once in two million times
HALVINGS = 60
SMALL = 0.05


def order_agreement(theta: ArrayLike, d: int) -> FloatArray:
    """Return (..., d-1) ``2 P(right order) - 1`` of two items 1, ..., d-1 places apart in the centre.

    ``P = (h+1)/(1 - q^(h+1)) - h/(1 - q^h)`` with ``q = exp(-theta)`` (Mallows 1957); written with the
    Langevin function ``coth x - 1/x`` it loses no digits near theta = 0.

    Examples
    --------
    >>> order_agreement(np.log(3), 3).round(3).tolist()
    [0.5, 0.731]
    """
    x = np.asarray(theta, dtype=np.float64)[..., None] / 2.0
    places = np.arange(1, d)
    agreement: FloatArray = (places + 1) * _langevin((places + 1) * x) - places * _langevin(places * x)
    return agreement


def order_agreement_slope(theta: ArrayLike, d: int) -> FloatArray:
    """Return (..., d-1) the derivative of `order_agreement` by theta."""
    x = np.asarray(theta, dtype=np.float64)[..., None] / 2.0
    places = np.arange(1, d)
    one, two = (places + 1.0) ** 2, places.astype(np.float64) ** 2
    slope: FloatArray = 0.5 * (one * _langevin_slope((places + 1) * x) - two * _langevin_slope(places * x))
    return slope


def gap_shares(d: int) -> FloatArray:
    """Return (d-1,) how many of all item pairs are 1, ..., d-1 places apart, as shares."""
    gaps = d - np.arange(1.0, d)
    shares: FloatArray = gaps / gaps.sum()
    return shares


def mean_agreement(theta: ArrayLike, d: int) -> FloatArray:
    """Return (...) ``2 P(right order) - 1`` of an item pair drawn at random."""
    mean: FloatArray = order_agreement(theta, d) @ gap_shares(d)
    return mean


def expected_distance(theta: ArrayLike, d: int) -> FloatArray:
    """Return (...) the expected Kendall distance from the centre, between 0 and d(d-1)/2.

    Examples
    --------
    >>> float(expected_distance(0.0, 4)), float(expected_distance(np.log(3), 2).round(3))
    (3.0, 0.25)
    """
    distance: FloatArray = 0.25 * d * (d - 1) * (1.0 - mean_agreement(theta, d))
    return distance


def log_normaliser(theta: float, d: int) -> float:
    """Return ``log Z(theta) = sum over i = 1..d of log (1 - q^i)/(1 - q)``.

    Examples
    --------
    >>> round(float(np.exp(log_normaliser(np.log(2), 3))), 6)  # 1 + 2/2 + 2/4 + 1/8
    2.625
    """
    powers = np.exp(-theta * np.arange(d))
    return float(np.log(np.cumsum(powers)).sum())


def theta_of_agreement(agreement: ArrayLike, d: int) -> FloatArray:
    """Return (...) theta of a mean agreement in -1..1, by bisection; within ±14.5.

    The expected distance falls with theta, so that this inverts it too: ``agreement = 1 - 4 D / (d(d-1))``.
    """
    wanted = np.asarray(agreement, dtype=np.float64)
    low, high = np.full(wanted.shape, -MAX_THETA), np.full(wanted.shape, MAX_THETA)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = mean_agreement(middle, d) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    theta: FloatArray = 0.5 * (low + high)
    return theta


def _langevin(x: FloatArray) -> FloatArray:
    small = np.abs(x) < SMALL
    safe = np.where(small, 1.0, x)
    series = x / 3.0 - x**3 / 45.0 + 2.0 * x**5 / 945.0 - x**7 / 4725.0
    return np.where(small, series, 1.0 / np.tanh(safe) - 1.0 / safe)


def _langevin_slope(x: FloatArray) -> FloatArray:
    small = np.abs(x) < SMALL
    safe = np.where(small, 1.0, np.clip(x, -300.0, 300.0))
    series = 1.0 / 3.0 - x**2 / 15.0 + 2.0 * x**4 / 189.0 - x**6 / 675.0
    return np.where(small, series, 1.0 / safe**2 - 1.0 / np.sinh(safe) ** 2)
