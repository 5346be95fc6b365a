"""How much of one voice each LF has: LFs that cast the same votes on the same rows share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray
from labelwright.core.votes.indicators import cast_together

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array


BLOCK_ROWS = 1 << 12  # patterns laid out densely at a time
FIRST_LOOK = 8  # one pattern in so many is looked at first
MIN_PATTERNS = 1 << 13  # from so many patterns on
MAX_LFS = 1 << 10  # up to so many LFs: pairs of more take too much memory
DENSE_GAIN = 50  # multiplications of a matrix product in the time of one of a sparse product


def voices(cast: csr_array, counts: IntArray, *, k: int, at_least: float) -> FloatArray:
    """Return (m,) float64: 1 over the number of LFs that vote like this one, itself included.

    Two LFs vote alike where they cast equal votes on at least `at_least` of the rows on which either of
    them votes. Agreement where *both* vote would not do: LFs for the same class always agree there.

    Parameters
    ----------
    cast : (u, m*k) sparse array
        Indicators of the votes in u patterns, as `evidence.indicators` makes them.
    counts : (u,) integers
        Rows a pattern.
    k : int
        Classes.
    at_least : float
        Share of equal votes, above 0; above 1 nothing counts as alike.

    Notes
    -----
    Cost: O(sum over patterns of votes cast squared), or where votes are dense k matrix products of O(u m²).
    Where patterns are many, an eighth of them is enough to rule out all pairs that could not become alike
    even if their votes were equal everywhere else.

    Examples
    --------
    >>> from labelwright.core.votes.indicators import indicators
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]])
    >>> voices(indicators(votes, 2), np.array([5, 5]), k=2, at_least=0.95).tolist()
    [0.5, 0.5, 1.0]
    """
    m = cast.shape[1] // k
    voted = _voted(cast, counts, k)
    lfs = np.arange(m)
    if cast.shape[0] >= MIN_PATTERNS and m <= MAX_LFS:
        lfs = _suspects(cast, counts, voted, k=k, at_least=at_least)
        if not len(lfs):
            return np.ones(m)
        cast = cast[:, (lfs[:, None] * k + np.arange(k)).reshape(-1)]
    equal = _agreements(cast, counts, m=len(lfs), k=k)
    j, other, rows = lfs[equal.row], lfs[equal.col], equal.data
    alike = (rows >= at_least * (voted[j] + voted[other] - rows)) & (j != other) & (rows > 0)
    shares: FloatArray = 1.0 / (1 + np.bincount(j[alike], minlength=m))
    return shares


def _voted(cast: csr_array, counts: IntArray, k: int) -> FloatArray:
    """Return (m,) rows on which each LF votes."""
    voted: FloatArray = (cast.T @ counts.astype(np.float64)).reshape(-1, k).sum(axis=1)
    return voted


def _suspects(cast: csr_array, counts: IntArray, voted: FloatArray, *, k: int, at_least: float) -> IntArray:
    """Return the LFs that may be alike another one, going by some of the patterns: none too few."""
    some, times = cast[::FIRST_LOOK], counts[::FIRST_LOOK]
    rest = voted - _voted(some, times, k)
    most = _agreements(some, times, m=len(voted), k=k).toarray() + np.minimum(rest[:, None], rest)
    # Alike: equal >= at_least * (voted + voted - equal). The slack is for rounding.
    possible = most * (1.0 + at_least) >= at_least * (voted[:, None] + voted) * (1.0 - 1e-9)
    np.fill_diagonal(possible, False)
    return np.flatnonzero(possible.any(axis=1))


def _agreements(cast: csr_array, counts: IntArray, *, m: int, k: int) -> coo_array:
    """Return (m, m) rows on which two LFs cast equal votes."""
    from scipy.sparse import coo_array

    per_row = np.diff(cast.indptr).astype(np.float64)
    if cast.shape[0] * m * m * k < DENSE_GAIN * (per_row @ per_row):
        return coo_array(_dense_agreements(cast, counts, m=m, k=k))
    pairs = cast_together(cast, counts).tocoo()
    same_class = pairs.row % k == pairs.col % k
    j, other = pairs.row[same_class] // k, pairs.col[same_class] // k
    by_class = coo_array((pairs.data[same_class], (j, other)), shape=(m, m))
    return by_class.tocsr().tocoo()  # adds up the classes


def _dense_agreements(cast: csr_array, counts: IntArray, *, m: int, k: int) -> FloatArray:
    equal = np.zeros((m, m))
    for start in range(0, len(counts), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        by_class = np.ascontiguousarray(cast[block].toarray().reshape(-1, m, k).transpose(2, 1, 0))
        for hits in by_class:
            equal += (hits * counts[block]) @ hits.T  # whole numbers, exact below 2**53
    return equal
