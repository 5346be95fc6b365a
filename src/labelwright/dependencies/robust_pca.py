"""Dependencies as the sparse part of an inverse covariance, the class being its low-rank part."""

from __future__ import annotations

import numpy as np

from labelwright._types import FloatArray
from labelwright.core import Dependency
from labelwright.dependencies.votes_seen import VotesSeen

ROUNDS, TOLERANCE = 500, 1e-6
MIN_PARTIAL = 0.1
STANDARD_ERRORS = 4.5


def robust_pca_edges(votes: VotesSeen) -> list[Dependency]:
    """Find LFs with an entry in the sparse part of the inverse correlation matrix of their votes.

    ::

        inverse(R) = S - L        S sparse: the LFs given the class;  L of low rank: the class

        minimise  ½ ||S - L - inverse(R)||²  +  penalty ||S off its diagonal||_1  +  weight trace(L),  L >= 0

    The weight is the penalty times sqrt(m). An edge is an entry with a partial correlation of at least 0.1
    and 4.5 standard errors.

    Notes
    -----
    Source: P. Varma, F. Sala, A. He, A. Ratner and C. Ré, "Learning dependency structures for weak
    supervision models" (2019), sections 3 and 4. Deviations: correlations where both LFs vote, one a pair of
    LFs, in place of covariances of all votes, so that abstaining together is no dependence; the threshold
    from standard errors; alternating minimisation. LFs that vote one class are never linked.
    Cost: O(m³) a round.
    """
    r, rows = votes.counts.correlations()
    m = len(r)
    typical = float(np.median(rows[rows > 0])) if (rows > 0).any() else 1.0
    precision = _inverse(r, ridge=1.0 / np.sqrt(typical))
    penalty = float(np.sqrt(2.0 * np.log(max(m, 2)) / typical))
    S = sparse_part(precision, penalty=penalty, weight=penalty * float(np.sqrt(m)))
    scale = np.sqrt(np.clip(np.diagonal(S), 1e-6, None))
    partial = np.clip(-S / np.outer(scale, scale), -1.0, 1.0)
    least = np.maximum(MIN_PARTIAL, STANDARD_ERRORS / np.sqrt(np.maximum(rows, 1.0)))
    found = np.argwhere(np.triu((rows > 0) & (np.abs(partial) >= least), 1))
    return [_edge(i, j, float(partial[i, j])) for i, j in found.tolist()]


def sparse_part(precision: FloatArray, *, penalty: float, weight: float) -> FloatArray:
    """Return S of ``precision = S - L`` with S sparse off its diagonal and L positive and of low rank.

    Examples
    --------
    >>> z = np.full((6, 1), 0.4)
    >>> exact = np.eye(6) * 2 - z @ z.T
    >>> exact[0, 1] = exact[1, 0] = -1.16
    >>> S = sparse_part(exact, penalty=0.02, weight=0.02)
    >>> np.argwhere(np.triu(np.abs(S) > 0.3, 1)).tolist()
    [[0, 1]]
    """
    diagonal = np.eye(len(precision), dtype=bool)
    low = np.zeros_like(precision)
    S = precision
    for _ in range(ROUNDS):
        raw = precision + low
        S = np.where(diagonal, raw, np.sign(raw) * np.maximum(np.abs(raw) - penalty, 0.0))
        updated = _shrunk(S - precision, weight)
        moved = np.abs(updated - low).max(initial=0.0)
        low = updated
        if moved < TOLERANCE:
            break
    return S


def _shrunk(matrix: FloatArray, weight: float) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    shrunk: FloatArray = (vectors * np.maximum(values - weight, 0.0)) @ vectors.T
    return shrunk


def _inverse(r: FloatArray, *, ridge: float) -> FloatArray:
    """Return the inverse of a correlation matrix whose entries come from different rows."""
    values, vectors = np.linalg.eigh(np.where(np.eye(len(r), dtype=bool), 1.0, r))
    inverse: FloatArray = (vectors / (np.maximum(values, 0.0) + ridge)) @ vectors.T
    return inverse


def _edge(i: int, j: int, strength: float) -> Dependency:
    return Dependency(i, j, "similar" if strength > 0 else "exclusive", strength, origin="robust_pca")
