"""Which pairs of labeling functions share more than the class: residuals that stand out, one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.dependencies.class_factor import Residuals, fit_loadings, residuals
from labelwright.dependencies.direct_edges import components

MIN_SHARED = 0.15  # correlation given the class below which a dependency is not looked for
MIN_SHARED_EXPECTED = 0.10  # the same where the code of both LFs reads the same things
FALSE_ALARMS = 0.01  # chance of any false pair among independent LFs
CLOSE = 0.6  # two independent LFs that are right on 89% of rows correlate so; more is presumed to be copying
TURNS_WITH_RETURN = 15  # then pairs are only left out, so that it ends
MEDIAN_OF_CHI_SQUARE = 0.4549


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The pairs that share more than the class, directly or through others.

    Attributes
    ----------
    pairs : (m, m) bool
        Symmetric.
    residuals : Residuals
        Of the last fit, in which these pairs had no part.
    """

    pairs: BoolArray
    residuals: Residuals


def screen(r: FloatArray, rows: FloatArray, *, expected: FloatArray | None = None) -> Screened:
    """Find pairs whose correlation one common factor does not explain.

    The factor is fitted without the pairs found so far; the pairs that stand out most, each the most of its
    LFs, are left out next; pairs that no longer stand out return. LFs that correlate by 0.6 and more are left
    out to begin with: where they are accurate rather than copies, the other LFs know, and they return.

    Parameters
    ----------
    r, rows : (m, m) float64
        Correlations of votes, and the rows they rest on.
    expected : (m, m) float64, optional
        How strongly one expects each pair to depend, 0 to 1; such pairs get a larger share of the chance of
        false alarms (C. Genovese, K. Roeder and L. Wasserman, "False discovery control with p-value
        weighting", 2006), and a smaller effect suffices.

    Notes
    -----
    Cost: O(m²) a round of the fit, a few hundred rounds.
    """
    m = len(r)
    known = rows > 0
    limits = _limits(m, expected)
    least = _least(m, expected)
    left_out, loadings = presumed_copies(r, known), np.full(m, 0.5)
    for turn in range(3 * m + 3):
        loadings = fit_loadings(r, rows, left_out, loadings)
        found = residuals(r, rows, left_out, loadings)
        clear = known & (np.abs(found.shared) >= least)
        clear &= np.abs(found.scores) > limits * _overdispersion(found.scores[known & ~left_out])
        kept = left_out & clear if turn < TURNS_WITH_RETURN else left_out
        new = clear & ~left_out
        if not new.any() and (kept == left_out).all():
            break
        left_out = kept | _most_of_both(np.where(new, np.abs(found.scores), 0.0))
    return Screened(left_out & clear, found)


def presumed_copies(r: FloatArray, known: BoolArray) -> BoolArray:
    """Return (m, m) which LFs are so much alike, directly or in a chain, that one may copy the other.

    Not where fewer than three groups would remain: nobody could then tell accurate LFs from copies, and the
    votes are taken at their word.
    """
    m = len(r)
    groups = components(known & (r >= CLOSE))
    copies = np.zeros((m, m), dtype=bool)
    if m - sum(len(group) - 1 for group in groups) < 3:
        return copies
    for group in groups:
        copies[np.ix_(group, group)] = True
    np.fill_diagonal(copies, False)
    return copies


def _limits(m: int, expected: FloatArray | None) -> FloatArray:
    """Return (m, m) standard errors beyond which a pair is found, all pairs together (Bonferroni)."""
    from scipy.special import ndtri

    share = np.ones((m, m)) if expected is None else 1.0 + 9.0 * expected
    pairs = max(m * (m - 1), 1)
    share *= pairs / max(share.sum() - np.trace(share), 1.0)
    limits: FloatArray = -ndtri(FALSE_ALARMS * share / pairs)
    return limits


def _least(m: int, expected: FloatArray | None) -> FloatArray:
    return np.where(
        (np.zeros((m, m)) if expected is None else expected) >= 0.5, MIN_SHARED_EXPECTED, MIN_SHARED
    )


def _overdispersion(scores: FloatArray) -> float:
    """Return by how much scores spread more than chance would: where one factor is too simple for all."""
    if not len(scores):
        return 1.0
    return max(1.0, float(np.sqrt(np.median(scores**2) / MEDIAN_OF_CHI_SQUARE)))


def _most_of_both(scores: FloatArray) -> BoolArray:
    """Return which pairs have the largest score of either LF."""
    top = scores.max(axis=1, initial=0.0)
    most: BoolArray = (scores > 0) & (scores >= top[:, None]) & (scores >= top[None, :])
    return most
