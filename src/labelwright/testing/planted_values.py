"""Numeric votes and rankings with planted parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray, RandomState
from labelwright._validate import as_generator

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class PlantedNumbers:
    """Numeric votes drawn from known parameters.

    Attributes
    ----------
    votes : (n, m) float64
        nan where an LF abstains.
    gold : (n,) float64
        The truth.
    scales, biases : (m,) float64
        s_j and b_j.
    """

    votes: FloatArray
    gold: FloatArray
    scales: FloatArray
    biases: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PlantedRankings:
    """Rankings drawn from known parameters.

    Attributes
    ----------
    ranks : (n, m, d) int64
        -1 where an item is not ranked.
    gold : (n, d) int64
        The truth.
    dispersions : (m,) float64
        theta_j.
    """

    ranks: IntArray
    gold: IntArray
    dispersions: FloatArray


def sample_numbers(
    scales: ArrayLike,
    n: int,
    *,
    biases: ArrayLike = 0.0,
    propensities: ArrayLike = 1.0,
    mean: float = 0.0,
    spread: float = 1.0,
    random_state: RandomState = None,
) -> PlantedNumbers:
    """Draw n rows of votes ``y + b_j + s_j z``, ``y ~ N(mean, spread²)``, each cast with its propensity.

    Parameters
    ----------
    scales : (m,) array
        Standard deviations of the noise.
    n : int
        Rows.
    biases, propensities : float or (m,) array
        b_j, and P(LF votes).
    mean, spread : float
        Of the truth.
    random_state : int, numpy.random.Generator or None
        Seeds the draw.

    Examples
    --------
    >>> planted = sample_numbers([0.1, 1.0], 1000, biases=[0.0, 2.0], random_state=0)
    >>> (planted.votes - planted.gold[:, None]).std(axis=0).round(1).tolist()
    [0.1, 1.0]
    """
    generator = as_generator(random_state)
    noise = np.asarray(scales, dtype=np.float64)
    shift = np.broadcast_to(np.asarray(biases, dtype=np.float64), noise.shape)
    gold = mean + spread * generator.standard_normal(n)
    votes = gold[:, None] + shift + noise * generator.standard_normal((n, len(noise)))
    silent = generator.random(votes.shape) >= np.asarray(propensities, dtype=np.float64)
    return PlantedNumbers(np.where(silent, np.nan, votes), gold, noise, shift)


def sample_rankings(
    dispersions: ArrayLike,
    *,
    n_items: int,
    n: int,
    propensities: ArrayLike = 1.0,
    ranked: float = 1.0,
    random_state: RandomState = None,
) -> PlantedRankings:
    """Draw n rows of rankings from Mallows models around uniformly drawn truths, by repeated insertion.

    Parameters
    ----------
    dispersions : (m,) array
        theta_j; below 0 for an LF that is the wrong way round.
    n_items, n : int
        Items and rows.
    propensities : float or (m,) array, default 1.0
        P(LF ranks anything).
    ranked : float, default 1.0
        P(an LF that ranks includes an item).
    random_state : int, numpy.random.Generator or None
        Seeds the draw.

    Notes
    -----
    Source: repeated insertion (J.-P. Doignon, A. Pekeč, M. Regenwetter, 2004): item i of the truth is put
    before v of the i-1 better ones with probability ∝ ``exp(-theta v)``; Kendall's distance is the sum of v.

    Examples
    --------
    >>> planted = sample_rankings([50.0, -50.0], n_items=4, n=10, random_state=0)
    >>> bool((planted.ranks[:, 0] == planted.gold).all() and (planted.ranks[:, 1] == 3 - planted.gold).all())
    True
    """
    generator = as_generator(random_state)
    thetas = np.asarray(dispersions, dtype=np.float64)
    gold = np.argsort(generator.random((n, n_items)), axis=1)
    ranks = np.empty((n, len(thetas), n_items), dtype=np.int64)
    for j, theta in enumerate(thetas):
        near = _inserted(abs(float(theta)), n, n_items, generator)
        drawn = np.take_along_axis(near, gold, axis=1)
        ranks[:, j] = drawn if theta >= 0 else n_items - 1 - drawn
    silent = generator.random(ranks.shape[:2]) >= np.asarray(propensities, dtype=np.float64)
    left_out = generator.random(ranks.shape) >= ranked
    ranks[silent[:, :, None] | left_out] = -1
    return PlantedRankings(ranks, gold, thetas)


def _inserted(theta: float, n: int, d: int, generator: np.random.Generator) -> IntArray:
    """Return (n, d) ranks of items whose true ranks are 0..d-1."""
    ranks = np.zeros((n, d), dtype=np.int64)
    for i in range(1, d):
        chances = np.exp(-theta * np.arange(i + 1))
        before = (generator.random((n, 1)) > np.cumsum(chances / chances.sum())[:-1]).sum(axis=1)
        place = i - before
        ranks[:, :i] += ranks[:, :i] >= place[:, None]
        ranks[:, i] = place
    return ranks
