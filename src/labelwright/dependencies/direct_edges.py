"""Which of the pairs that share something do so directly, and not through a third labeling function."""

from __future__ import annotations

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.core import dependency_graph

MIN_PARTIAL = 0.05
STANDARD_ERRORS = 3.5
RIDGE = 0.005  # keeps the inverse finite where LFs are equal


def direct(pairs: BoolArray, shared: FloatArray, rows: FloatArray) -> BoolArray:
    """Return (m, m) the direct pairs among those that share something.

    Given the class and all other LFs of its component, a direct pair remains correlated: it has an entry in
    the inverse of the correlation matrix given the class. (Exact where the pairs form a tree: P.-L. Loh and
    M. Wainwright, "Structure estimation for discrete graphical models", 2013.) An indirect pair is only
    dropped while another path joins it.

    Parameters
    ----------
    pairs : (m, m) bool
        Pairs that share something.
    shared : (m, m) float64
        Their correlations given the class.
    rows : (m, m) float64
        Rows that these rest on.

    Notes
    -----
    Cost: O(c³) for a component of c LFs.

    Examples
    --------
    >>> shared = np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.81], [0.9, 0.81, 1.0]])
    >>> everything = ~np.eye(3, dtype=bool)
    >>> direct(everything, shared, np.full((3, 3), 1000.0)).astype(int).tolist()
    [[0, 1, 1], [1, 0, 0], [1, 0, 0]]
    """
    kept = pairs.copy()
    for group in components(pairs):
        if len(group) > 2:
            block = np.ix_(group, group)
            kept[block] = _direct_within(pairs[block], shared[block], rows[block])
    return kept


def components(pairs: BoolArray) -> tuple[tuple[int, ...], ...]:
    """Return the connected components of a symmetric matrix of pairs."""
    return dependency_graph.components([(i, j) for i, j in np.argwhere(np.triu(pairs, 1)).tolist()])


def _direct_within(pairs: BoolArray, shared: FloatArray, rows: FloatArray) -> BoolArray:
    partial = partial_correlations(shared)
    least = STANDARD_ERRORS / np.sqrt(np.maximum(rows, 1.0))
    # Copies abstain with their source, so common rows are richer in copied votes than the product of two
    # correlations says: what remains of an indirect pair is then a little below zero.
    remaining = partial * np.sign(shared)
    kept = pairs & (remaining >= np.maximum(MIN_PARTIAL, least))
    return kept | _joining(pairs & ~kept, kept, np.abs(shared))


def partial_correlations(shared: FloatArray) -> FloatArray:
    """Return the correlations of all pairs given all others, of a matrix that is nearly a correlation's."""
    values, vectors = np.linalg.eigh(np.where(np.eye(len(shared), dtype=bool), 1.0, shared))
    inverse = (vectors / np.maximum(values, RIDGE)) @ vectors.T
    scale = np.sqrt(np.diagonal(inverse))
    partial: FloatArray = -inverse / np.outer(scale, scale)
    return partial


def _joining(dropped: BoolArray, kept: BoolArray, strength: FloatArray) -> BoolArray:
    """Return the strongest dropped pairs that are needed to keep a component in one piece."""
    needed = np.zeros_like(kept)
    candidates = np.argwhere(np.triu(dropped, 1))
    order = np.argsort(-strength[candidates[:, 0], candidates[:, 1]], kind="stable")
    piece = np.arange(len(kept))
    for i, j in np.argwhere(np.triu(kept, 1)):
        piece[piece == piece[j]] = piece[i]
    for i, j in candidates[order]:
        if piece[i] != piece[j]:
            needed[i, j] = needed[j, i] = True
            piece[piece == piece[j]] = piece[i]
    return needed
