"""How much of one voice each LF has: LFs that cast the same votes on the same rows share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array


BLOCK_ROWS = 1 << 12  # patterns laid out densely at a time
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

    Examples
    --------
    >>> from labelwright.label_models.evidence import indicators
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]])
    >>> voices(indicators(votes, 2), np.array([5, 5]), k=2, at_least=0.95).tolist()
    [0.5, 0.5, 1.0]
    """
    m = cast.shape[1] // k
    equal = _agreements(cast, counts, m=m, k=k)
    voted = np.bincount(np.arange(m * k) // k, weights=cast.T @ counts, minlength=m)
    j, other, rows = equal.row, equal.col, equal.data
    alike = (rows >= at_least * (voted[j] + voted[other] - rows)) & (j != other) & (rows > 0)
    shares: FloatArray = 1.0 / (1 + np.bincount(j[alike], minlength=m))
    return shares


def _agreements(cast: csr_array, counts: IntArray, *, m: int, k: int) -> coo_array:
    """Return (m, m) rows on which two LFs cast equal votes."""
    from scipy.sparse import coo_array, csr_array

    per_row = np.diff(cast.indptr).astype(np.float64)
    if cast.shape[0] * m * m * k < DENSE_GAIN * (per_row @ per_row):
        return coo_array(_dense_agreements(cast, counts, m=m, k=k))
    pairs = (cast.T @ csr_array(cast.multiply(counts[:, None]))).tocoo()
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
