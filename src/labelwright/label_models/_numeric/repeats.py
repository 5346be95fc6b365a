"""What pairs of LFs tell: which repeat each other, and whose errors can be known at all."""

from __future__ import annotations

import numpy as np

from labelwright._errors import warn_user
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


def repeat_weights(voted: BoolArray, repeats: BoolArray) -> FloatArray:
    """Return (n, m) float64: what share of a vote each LF has on each row, 0 where it abstains.

    LFs that repeat each other share one vote where several of them cast one; one that votes alone has all of
    it.

    Examples
    --------
    >>> pair = np.array([[False, True, False], [True, False, False], [False, False, False]])
    >>> repeat_weights(np.array([[True, True, True], [True, False, True]]), pair).tolist()
    [[0.5, 0.5, 1.0], [1.0, 0.0, 1.0]]
    """
    votes = voted.astype(np.float64)
    if not repeats.any():
        return votes
    together = votes @ (repeats | np.eye(len(repeats), dtype=bool)).astype(np.float64)
    return np.divide(votes, together, out=np.zeros_like(votes), where=voted)


def set_aside(weights: FloatArray, repeats: BoolArray) -> FloatArray:
    """Return (p, p) weights, gold last, that are 0 for LFs that repeat each other."""
    kept = weights.copy()
    kept[:-1, :-1][repeats] = 0.0
    return kept


def told_by_pairs(rows: FloatArray) -> BoolArray:
    """Return (m,) bool: whether one number an LF follows from one equation a pair, as ``V_jk = s_j + s_k``.

    It does where LFs form a triangle, or any odd circle, or are linked with gold: then the signless Laplacian
    of the graph of pairs has no direction of eigenvalue 0 that the LF takes part in.

    Parameters
    ----------
    rows : (m+1, m+1) float64
        What is known of pairs, 0 for nothing; gold is last.

    Examples
    --------
    >>> triangle, gold = np.ones((4, 4)) - np.eye(4), np.zeros(4)
    >>> triangle[3] = triangle[:, 3] = gold
    >>> told_by_pairs(triangle).tolist(), told_by_pairs(triangle[1:, 1:]).tolist()
    ([True, True, True], [False, False])
    """
    edges = (rows > 0).astype(np.float64)
    m = len(rows) - 1
    values, vectors = np.linalg.eigh(edges[:m, :m] + np.diag(edges.sum(axis=1)[:m]))
    free = vectors[:, values < 1e-9 * max(m, 1)]
    told: BoolArray = (np.abs(free) < 1e-6).all(axis=1)
    return told


def warn_of_what_is_not_told(voted: BoolArray, told: BoolArray, *, quality: str) -> None:
    """Warn the user of LFs that vote and whose `quality` the votes do not tell."""
    blind = int((voted & ~told).sum())
    if blind:
        warn_user(
            f"the votes do not tell how {quality} {blind} of {len(voted)} LFs are (identified_ says which); "
            "a third LF that votes on the same rows, or gold for some of them, would tell",
            UserWarning,
        )
