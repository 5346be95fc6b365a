"""Noise and biases of numeric LFs from how far pairs of them are apart, whatever the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.label_models._numeric.differences import DifferenceMoments
from labelwright.label_models._numeric.repeats import (
    repeat_each_other,
    repeat_weights,
    set_aside,
    told_by_pairs,
)

Anchor: TypeAlias = Literal["median", "mean"] | int

MAX_STEPS = 200
STILL = 1e-12  # of the objective: a step that lowers it by less is the last one
ROUNDS = 5  # of setting repeats aside and solving again
MIN_VARIANCE = 1e-6  # of the typical variance: keeps an LF's precision finite
ROUNDING = 1e-12  # of the largest variance: what equal votes can come out as


@dataclass(frozen=True, slots=True, eq=False)
class PairVariances:
    """How far columns are apart: (p, p) variances of differences, the rows behind them; gold is last."""

    variances: FloatArray
    rows: FloatArray

    @classmethod
    def of(cls, moments: DifferenceMoments, *, biases: bool) -> PairVariances:
        """Take the moments about the pairs' means, or about 0 where LFs have no biases."""
        lost = 1.0 if biases else 0.0
        squares = moments.squares if biases else moments.squares + moments.together * moments.differences**2
        degrees = moments.together - lost
        known = (degrees > 0) & ~np.eye(len(degrees), dtype=bool)
        variances = np.where(known, squares / np.maximum(degrees, 1.0), 0.0)
        return cls(variances, np.where(known, degrees, 0.0))

    @property
    def typical(self) -> float:
        """Half of what the median LF is from the median other that it is apart from; nan without a pair."""
        between = self.rows[:-1, :-1] > 0
        if not between.any():  # gold only
            gold = self.variances[-1][self.rows[-1] > 0]
            return float(np.median(gold)) if gold.size else float("nan")
        found = self.variances[:-1, :-1]
        apart = between & (found > ROUNDING * found.max())
        medians = [np.median(found[j][apart[j]]) for j in range(len(apart)) if apart[j].any()]
        return 0.5 * float(np.median(medians)) if medians else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """The noise variances of m LFs, which LFs repeat each other, and which variances pairs tell."""

    variances: FloatArray
    repeats: BoolArray
    identified: BoolArray
    typical: float


def noise(pairs: PairVariances, *, prior_weight: float) -> Noise:
    """Solve ``V_jk = s_j² + s_k²`` for s², LFs that repeat each other set aside.

    Minimises the pairwise composite likelihood of the differences,
    ``sum over pairs n_jk (log P_jk + V_jk / P_jk) / 2`` with ``P_jk = s_j² + s_k²``, and for each LF
    ``prior_weight / 2`` times the square of ``log s² - log typical``. Gold is a column without noise.
    """
    m, typical = len(pairs.rows) - 1, pairs.typical
    if not typical > 0:  # no pairs, or none that ever disagrees: nothing tells one LF from another
        alike = repeat_each_other(pairs.variances, np.ones((m + 1, m + 1)), pairs.rows)[:-1, :-1]
        none = set_aside(pairs.rows, alike)
        return Noise(np.ones(m), alike, told_by_pairs(none), typical)
    variances, rows = pairs.variances / typical, pairs.rows
    found, repeats = _first_guess(variances, rows), np.zeros((m, m), dtype=bool)
    for _ in range(ROUNDS):
        before, repeats = repeats, _repeats(variances, rows, found)
        found = _descend(variances, set_aside(rows, repeats), found, prior_weight)
        if (before == repeats).all():
            break
    return Noise(found * typical, repeats, told_by_pairs(set_aside(rows, repeats)), typical)


def _repeats(variances: FloatArray, rows: FloatArray, found: FloatArray) -> BoolArray:
    expected = found[:, None] + found[None, :]
    return repeat_each_other(variances[:-1, :-1], expected, rows[:-1, :-1])


def _first_guess(variances: FloatArray, rows: FloatArray) -> FloatArray:
    """Return (m,) least squares; a pair counts by its noisier LF's median distance from the others.

    Its own variance would not do as a weight: pairs that repeat each other would outweigh all others.
    """
    known = rows > 0
    medians = np.array([np.median(v[k]) if k.any() else 1.0 for v, k in zip(variances, known, strict=True)])
    size = np.maximum(np.maximum(medians[:, None], medians[None, :]), MIN_VARIANCE)
    weights = rows / size**2
    ridge = 1e-3 * weights.sum(axis=1)[:-1] + 1e-12 * max(weights.max(), 1.0)
    matrix = weights[:-1, :-1] + np.diag(weights.sum(axis=1)[:-1] + ridge)
    solved = np.linalg.solve(matrix, (weights * variances).sum(axis=1)[:-1] + ridge)
    floor: FloatArray = np.maximum(solved, 0.02 * np.maximum(medians[:-1], MIN_VARIANCE))
    return floor


def _descend(variances: FloatArray, rows: FloatArray, start: FloatArray, prior_weight: float) -> FloatArray:
    """Minimise the composite likelihood by Fisher scoring in log s², halving steps that do not lower it."""
    found, objective = start, _objective(variances, rows, start, prior_weight)
    for _ in range(MAX_STEPS):
        step, length = _scoring_step(variances, rows, found, prior_weight), 1.0
        while True:
            tried = np.maximum(found * np.exp(np.clip(length * step, -3.0, 3.0)), MIN_VARIANCE)
            lowered = objective - _objective(variances, rows, tried, prior_weight)
            if lowered >= 0 or length < 1e-4:
                break
            length /= 2.0
        if lowered < 0:
            break
        found, objective = tried, objective - lowered
        if lowered <= STILL * rows.sum():
            break
    return found


def _objective(variances: FloatArray, rows: FloatArray, found: FloatArray, prior_weight: float) -> float:
    P = _predicted(found)
    pairs = rows * (np.log(P) + variances / P)
    own = prior_weight * np.log(found) ** 2
    return float(0.5 * np.triu(pairs, 1).sum() + 0.5 * own.sum())


def _predicted(found: FloatArray) -> FloatArray:
    """Return (p, p) variances of differences; the diagonal, which has no rows, is 1."""
    with_gold = np.append(found, 0.0)
    P: FloatArray = with_gold[:, None] + with_gold[None, :]
    P[np.diag_indices(len(P))] = 1.0
    return P


def _scoring_step(
    variances: FloatArray, rows: FloatArray, found: FloatArray, prior_weight: float
) -> FloatArray:
    P = _predicted(found)
    slope = 0.5 * found * (rows * (1.0 / P - variances / P**2)).sum(axis=1)[:-1]
    slope += prior_weight * np.log(found)
    information = 0.5 * rows / P**2
    own = found**2 * information.sum(axis=1)[:-1] + prior_weight
    matrix = information[:-1, :-1] * np.outer(found, found) + np.diag(own * (1 + 1e-9) + 1e-12)
    step: FloatArray = -np.linalg.solve(matrix, slope)
    return step


def biases(moments: DifferenceMoments, found: Noise, *, anchor: Anchor) -> FloatArray:
    """Return (m,) biases by least squares over the mean differences of pairs, and of LFs with gold.

    LFs that are linked to gold, directly or through others, have a level. Elsewhere only differences are
    told: the median, or the mean weighted by precision, of the biases of linked LFs is 0, or that of one LF.
    """
    m = len(found.variances)
    spread = np.append(found.variances, 0.0)
    size = np.maximum(spread[:, None] + spread[None, :], MIN_VARIANCE * found.variances.max())
    weights = moments.together / size
    weights[np.diag_indices(m + 1)] = 0.0
    laplacian = np.diag(weights.sum(axis=1)) - weights
    pulls = (weights * moments.differences).sum(axis=1)
    level = np.zeros(m)
    if weights.any():
        unit = weights.max()
        level = np.linalg.lstsq(laplacian[:m, :m] / unit, pulls[:m] / unit, rcond=None)[0]
    return _anchored(level, linked(weights), found, anchor)


def linked(weights: FloatArray) -> IntArray:
    """Return (p,) the number of the group of columns that each is linked with."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    groups: IntArray = connected_components(csr_array(weights > 0), directed=False)[1]
    return groups


def _anchored(level: FloatArray, groups: IntArray, found: Noise, anchor: Anchor) -> FloatArray:
    moved = level.copy()
    for group in np.unique(groups[:-1]):
        if group != groups[-1]:
            inside = np.flatnonzero(groups[:-1] == group)
            moved[inside] -= middle(level, inside, found, anchor)
    return moved


def middle(level: FloatArray, inside: IntArray, found: Noise, anchor: Anchor) -> float:
    """Return what counts as no bias among the LFs `inside`."""
    if isinstance(anchor, int) and anchor in inside:
        return float(level[anchor])
    inside_only = np.zeros((1, len(level)), dtype=bool)
    inside_only[0, inside] = True
    share = repeat_weights(inside_only, found.repeats)[0, inside]
    if anchor == "mean":
        return float(np.average(level[inside], weights=share / found.variances[inside]))
    return weighted_median(level[inside], share)


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Return the median, the middle of two values where the weights leave both.

    Examples
    --------
    >>> weighted_median(np.array([5.0, 0.0, 1.0]), np.array([0.5, 0.5, 1.0]))
    1.0
    >>> weighted_median(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    0.5
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order]) / weights.sum()
    low, high = (int(np.searchsorted(below, 0.5 + away)) for away in (-1e-9, 1e-9))
    last = len(values) - 1
    return float(0.5 * (values[order][min(low, last)] + values[order][min(high, last)]))


# --- what numeric votes tell of the truth as a whole: where it lies, and how far it spreads


def spread_of_truth(moments: DifferenceMoments, noise: Noise) -> float:
    """Return tau²: the mean covariance of LFs that do not repeat each other, weighted by its precision.

    It is kept above its own standard error, so that noise in it draws no row to the mean; inf where no two
    LFs meet, or none ever disagree.
    """
    rows = np.triu(moments.together, 1) * (moments.together > 1)
    rows[:-1, :-1][noise.repeats] = 0.0
    if not (rows > 0).any() or not noise.typical > 0:
        return float("inf")
    covariances = moments.products / np.maximum(moments.together - 1.0, 1.0)
    rough = max(float(np.median(covariances[rows > 0])), noise.typical)
    total = np.append(noise.variances, 0.0) + rough
    if not total.min() > 0:
        return float("inf")
    weights = rows / np.outer(total, total)
    error = 1.0 / np.sqrt(weights.sum())
    return float(max((weights * covariances).sum() / weights.sum(), error))


def mean_of_truth(moments: DifferenceMoments, noise: Noise, biases: FloatArray, spread: float) -> float:
    """Return mu: the mean of the votes without their biases, an LF's by its votes' precision."""
    centre = np.diagonal(moments.means) - np.append(biases, 0.0)
    total = np.append(noise.variances, 0.0) + (0.0 if np.isinf(spread) else spread)
    weights = np.diagonal(moments.together) / np.maximum(total, 1e-12 * total.max())
    return float(np.average(centre, weights=weights)) if weights.any() else float("nan")
