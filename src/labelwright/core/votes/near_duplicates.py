"""Near duplicates: LFs that cast the same votes on the same rows, and so tell once what they vote twice."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Likeness:
    """From when on two LFs are near duplicates.

    Attributes
    ----------
    of_either : float
        Rows with equal votes over rows on which either LF votes, above 0; above 1 nothing is alike. Agreement
        where *both* vote would not do: LFs for the same class always agree there.
    of_both : float
        Rows with equal votes over rows on which both vote, in addition.
    rows : int
        Rows with equal votes, in addition: on fewer, two LFs may be alike by chance.
    """

    of_either: float
    of_both: float = 0.0
    rows: int = 1


def near_duplicates(
    cast: csr_array, counts: IntArray | FloatArray, *, k: int, likeness: Likeness
) -> IntArray:
    """Return (pairs, 2) LFs i < j that are near duplicates of each other.

    Parameters
    ----------
    cast : (u, m*k) sparse array
        Indicators of the votes in u patterns, as `indicators` makes them.
    counts : (u,) numbers
        Rows a pattern.
    k : int
        Different votes.
    likeness : Likeness
        From when on; a row with two different votes counts as two on which either votes.

    Notes
    -----
    Cost: O(sum over patterns of votes cast squared), or where votes are dense k matrix products of O(u m²).
    Where patterns are many, an eighth of them is enough to rule out all pairs that could not become alike
    even if their votes were equal everywhere else.

    Examples
    --------
    >>> from labelwright.core.votes.indicators import indicators
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]])
    >>> found = near_duplicates(indicators(votes, 2), np.array([5, 5]), k=2, likeness=Likeness(0.95))
    >>> found.tolist(), duplicate_weights(found, m=3).tolist(), duplicate_groups(found, m=3).tolist()
    ([[0, 1]], [0.5, 0.5, 1.0], [0, 0, 2])
    """
    m = cast.shape[1] // k
    voted = _voted(cast, counts, k)
    lfs = np.arange(m)
    if cast.shape[0] >= MIN_PATTERNS and m <= MAX_LFS:
        lfs = _suspects(cast, counts, voted, k=k, at_least=likeness.of_either)
        if not len(lfs):
            return np.zeros((0, 2), dtype=np.int64)
        cast = cast[:, (lfs[:, None] * k + np.arange(k)).reshape(-1)]
    equal = _agreements(cast, counts, m=len(lfs), k=k)
    i, j, rows = equal.row, equal.col, equal.data
    either = voted[lfs[i]] + voted[lfs[j]] - rows
    alike = (i < j) & (rows >= likeness.of_either * either) & (rows >= likeness.rows)
    i, j, rows = i[alike], j[alike], rows[alike]
    if likeness.of_both > 0 and len(i):
        both = _meetings(cast, counts, m=len(lfs), k=k)
        agreeing = rows >= likeness.of_both * np.asarray(both[i, j]).ravel()
        i, j = i[agreeing], j[agreeing]
    return np.stack([lfs[i], lfs[j]], axis=1)


def duplicate_weights(pairs: IntArray, *, m: int) -> FloatArray:
    """Return (m,) 1 over the number of LFs that are near duplicates of this one, itself included."""
    weights: FloatArray = 1.0 / (1 + np.bincount(pairs.ravel(), minlength=m))
    return weights


def duplicate_groups(pairs: IntArray, *, m: int) -> IntArray:
    """Return (m,) the group of each LF: the lowest LF that pairs join it to, directly or not, or itself."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(m, m))
    _, groups = connected_components(graph, directed=False)
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    lowest: IntArray = first[place].astype(np.int64)
    return lowest


def _voted(cast: csr_array, counts: IntArray | FloatArray, k: int) -> FloatArray:
    """Return (m,) rows on which each LF votes."""
    voted: FloatArray = (cast.T @ counts.astype(np.float64)).reshape(-1, k).sum(axis=1)
    return voted


def _suspects(
    cast: csr_array, counts: IntArray | FloatArray, voted: FloatArray, *, k: int, at_least: float
) -> IntArray:
    """Return the LFs that may be alike another one, going by some of the patterns: none too few."""
    some, times = cast[::FIRST_LOOK], counts[::FIRST_LOOK]
    rest = voted - _voted(some, times, k)
    most = _agreements(some, times, m=len(voted), k=k).toarray() + np.minimum(rest[:, None], rest)
    # Alike: equal >= at_least * (voted + voted - equal). The slack is for rounding.
    possible = most * (1.0 + at_least) >= at_least * (voted[:, None] + voted) * (1.0 - 1e-9)
    np.fill_diagonal(possible, False)
    return np.flatnonzero(possible.any(axis=1))


def _agreements(cast: csr_array, counts: IntArray | FloatArray, *, m: int, k: int) -> coo_array:
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


def _dense_agreements(cast: csr_array, counts: IntArray | FloatArray, *, m: int, k: int) -> FloatArray:
    equal = np.zeros((m, m))
    for start in range(0, len(counts), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        by_class = np.ascontiguousarray(cast[block].toarray().reshape(-1, m, k).transpose(2, 1, 0))
        for hits in by_class:
            equal += (hits * counts[block]) @ hits.T  # whole numbers, exact below 2**53
    return equal


def _meetings(cast: csr_array, counts: IntArray | FloatArray, *, m: int, k: int) -> csr_array:
    """Return (m, m) rows on which both LFs vote."""
    from scipy.sparse import csr_array

    voted = csr_array((cast.data, cast.indices // k, cast.indptr), shape=(cast.shape[0], m))
    return _agreements(voted, counts, m=m, k=1).tocsr()
