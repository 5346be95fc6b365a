"""Which LFs repeat each other, told by pairs that disagree far less than their errors would have it."""

from __future__ import annotations

import numpy as np

from labelwright._types import BoolArray, FloatArray

FAR_LESS = 0.1  # of the disagreement that independent errors would give
NONE_AT_ALL = 1e-9  # of the same
ENOUGH_ROWS = 10  # fewer rows in common show nothing: they can agree by luck


def repeat_each_other(disagreement: FloatArray, expected: FloatArray, rows: FloatArray) -> BoolArray:
    """Return (m, m) bool: pairs of LFs that are no two witnesses.

    Parameters
    ----------
    disagreement : (m, m) float64
        How far two LFs are apart.
    expected : (m, m) float64
        How far apart errors that are independent, of the size that the model gives the LFs, would put them.
        Two LFs that agree because both are accurate are expected to.
    rows : (m, m) float64
        Rows on which both vote.

    Examples
    --------
    >>> apart, expected = np.array([[0, 0.1], [0.1, 0]]), np.full((2, 2), 2.0)
    >>> repeat_each_other(apart, expected, np.full((2, 2), 50.0)).tolist()
    [[False, True], [True, False]]
    """
    typical = np.median(expected[rows > 0]) if (rows > 0).any() else 0.0
    bound = np.maximum(FAR_LESS * expected, NONE_AT_ALL * typical)
    found: BoolArray = (rows >= ENOUGH_ROWS) & (disagreement <= bound)
    return found & ~np.eye(len(found), dtype=bool)


def voices(voted: BoolArray, repeats: BoolArray) -> FloatArray:
    """Return (n, m) float64: what share of a vote each LF has on each row, 0 where it abstains.

    LFs that repeat each other share one vote where several of them are heard; one that is heard alone has
    all of it.

    Examples
    --------
    >>> pair = np.array([[False, True, False], [True, False, False], [False, False, False]])
    >>> voices(np.array([[True, True, True], [True, False, True]]), pair).tolist()
    [[0.5, 0.5, 1.0], [1.0, 0.0, 1.0]]
    """
    heard = voted.astype(np.float64)
    if not repeats.any():
        return heard
    together = heard @ (repeats | np.eye(len(repeats), dtype=bool)).astype(np.float64)
    return np.divide(heard, together, out=np.zeros_like(heard), where=voted)
