"""Completing the matrix of vote moments: its loss, its gradient, its symmetries, and its minimiser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.label_models._moments.vote_moments import VoteMoments

EASY_GRADIENT = 1e-7  # rounding can stop the line search short of the tolerance; below this it has arrived
SAME_LOSS = 1e-7  # relative difference of the losses of two starts that is no reason to prefer one


@dataclass(frozen=True, slots=True, eq=False)
class Completion:
    """Where the search stopped.

    Attributes
    ----------
    rates : (a, k) float64
        P(vote is cast | y).
    losses : (n_starts,) float64
        The loss each start came down to.
    trace : list of float
        The loss a step, from the start that was chosen.
    gradient : float
        The largest entry of the gradient there.
    converged : bool
        Whether that is within the tolerance.
    """

    rates: FloatArray
    losses: FloatArray
    trace: list[float]
    gradient: float
    converged: bool


def loss_and_gradient(
    rates: FloatArray,
    together: FloatArray,
    apart: BoolArray,
    balance: FloatArray,
    *,
    anchor: FloatArray,
    pull: FloatArray | float,
) -> tuple[float, FloatArray]:
    """Return MeTaL's loss and its gradient.

    ::

        || (O - μ P μᵀ)[different LFs] ||²  +  || μ P 1 - diag O ||²  +  pull || μ - anchor ||²

    Parameters
    ----------
    rates : (a, k) float64
        μ: P(vote is cast | y).
    together : (a, a) float64
        O: how often two votes are cast together.
    apart : (a, a) bool
        Whether two votes are of different LFs.
    balance : (k,) float64
        The diagonal of P.
    anchor : (a, k) float64
        What μ is held near.
    pull : float or (k,) float64
        How strongly; for each class.

    Returns
    -------
    float, (a, k) float64
    """
    joint = rates * balance
    residual = np.where(apart, joint @ rates.T - together, 0.0)
    marginal = rates @ balance - np.diagonal(together)
    away = rates - anchor
    loss = (residual**2).sum() + (marginal**2).sum() + (pull * away**2).sum()
    gradient: FloatArray = 4 * residual @ joint + 2 * np.outer(marginal, balance) + 2 * pull * away
    return float(loss), gradient


def assumed_rates(moments: VoteMoments, balance: FloatArray, *, precision: float) -> FloatArray:
    """Return (a, k) rates of votes that are right with one probability, each cast as often as it is seen.

    The probability is that of a vote under equal shares: how many times likelier each class makes the vote
    does not depend on the balance, so that votes for a common class are not taken for votes against it.
    """
    likely = np.where(moments.own, precision, (1.0 - precision) / (moments.k - 1))
    return np.minimum(likely * (moments.rate / (likely @ balance))[:, None], 1.0)


def agreed_rates(moments: VoteMoments) -> FloatArray:
    """Return (a, k) rates at which each vote is cast where other LFs vote y; its overall rate if none do."""
    others = moments.own.astype(np.float64)
    beside = np.where(moments.apart, moments.together, 0.0) @ others
    cast = np.where(moments.apart, moments.rate, 0.0) @ others
    return np.where(cast > 0, beside / np.where(cast > 0, cast, 1.0), moments.rate[:, None])


def rotate_towards(rates: FloatArray, anchor: FloatArray, balance: FloatArray) -> FloatArray:
    """Return the rates nearest to the anchor among all that have the same second moments.

    ``μ P^½ R P^-½`` leaves μ P μᵀ and μ P 1 as they are for every orthogonal R that keeps the vector P^½ 1.
    Two classes leave two such R, the identity and a reflection; k classes leave the rotations and
    reflections of k - 1 dimensions. The nearest is an orthogonal Procrustes problem, solved by one SVD.
    """
    root = np.sqrt(balance)
    plane = np.linalg.svd(root[None])[2][1:].T
    scaled = rates * root
    left, _, right = np.linalg.svd(plane.T @ scaled.T @ (anchor * root) @ plane)
    rotation = np.outer(root, root) + plane @ left @ right @ plane.T
    nearest: FloatArray = (scaled @ rotation) / root
    return nearest


def complete(
    moments: VoteMoments,
    balance: FloatArray,
    *,
    anchor: FloatArray,
    pull: FloatArray | float,
    n_starts: int,
    max_iter: int,
    tol: float,
    generator: np.random.Generator,
) -> Completion:
    """Minimise the loss from several starts and return the best minimiser.

    Each start goes down once, is rotated to the point of equal moments that is nearest to the anchor, and
    goes down again. Among starts of equal loss the first one counts.
    """
    found = [
        _descend(moments, balance, start, anchor=anchor, pull=pull, max_iter=max_iter, tol=tol)
        for start in _starts(moments, anchor, n_starts, generator)
    ]
    losses = np.array([trace[-1] for _, trace, _ in found])
    best = int(np.argmax(losses <= losses.min() * (1 + SAME_LOSS) + np.finfo(float).eps))
    rates, trace, gradient = found[best]
    return Completion(rates, losses, trace, gradient, gradient <= max(tol, EASY_GRADIENT))


def _starts(
    moments: VoteMoments, anchor: FloatArray, n_starts: int, generator: np.random.Generator
) -> Iterator[FloatArray]:
    """Yield the anchor, what the LFs agree on, and then anchors whose votes are scaled at random."""
    for start in range(n_starts):
        if start == 0:
            yield anchor
        elif start == 1:
            yield agreed_rates(moments)
        else:
            yield anchor * generator.uniform(0.5, 1.5, size=(len(anchor), 1))


def _descend(
    moments: VoteMoments,
    balance: FloatArray,
    start: FloatArray,
    *,
    anchor: FloatArray,
    pull: FloatArray | float,
    max_iter: int,
    tol: float,
) -> tuple[FloatArray, list[float], float]:
    """Return the minimiser, the losses on the way, and the largest entry of its gradient."""
    from scipy.optimize import minimize

    def objective(flat: FloatArray) -> tuple[float, FloatArray]:
        loss, gradient = loss_and_gradient(
            flat.reshape(anchor.shape), moments.together, moments.apart, balance, anchor=anchor, pull=pull
        )
        trace.append(loss)
        return loss, gradient.ravel()

    trace: list[float] = []
    rates = start
    for _ in range(2):
        result = minimize(
            objective,
            rates.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": max_iter, "maxfun": 2 * max_iter, "gtol": tol, "ftol": 0.0, "maxcor": 30},
        )
        rates = rotate_towards(result.x.reshape(anchor.shape), anchor, balance)
    rates = result.x.reshape(anchor.shape)
    trace.append(float(result.fun))
    return rates, trace, float(np.abs(result.jac).max(initial=0.0))
