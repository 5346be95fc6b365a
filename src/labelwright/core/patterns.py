"""Vote patterns: the distinct rows of a label matrix with their counts.

Real label matrices hold far fewer distinct rows than rows. Whatever depends on a row's votes alone - a
posterior, an EM step - is computed once a pattern and weighted by its count, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelwright._types import VoteArray


@dataclass(frozen=True, slots=True, eq=False)
class VotePatterns:
    """Distinct rows of votes, sorted lexicographically, so that row order leaves no trace.

    Attributes
    ----------
    votes : (u, m) int8 or int16
        The distinct rows.
    counts : (u,) int64
        How many rows show each pattern.
    inverse : (n,) int64
        The pattern of every row: ``votes[inverse]`` is the label matrix again.
    """

    votes: VoteArray
    counts: npt.NDArray[np.int64]
    inverse: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.counts)


def vote_patterns(votes: VoteArray) -> VotePatterns:
    """Find the distinct rows of (n, m) votes.

    Rows are grouped by a 64-bit random-coefficient hash, and the grouping is then compared vote by vote
    with the input; should two different rows ever share a hash, the slower exact sort takes over. Cost:
    O(n m + n log n) time, 24 bytes a row beside the votes.

    Examples
    --------
    >>> found = vote_patterns(np.array([[0, 1], [-1, 1], [0, 1]], dtype=np.int8))
    >>> found.votes.tolist(), found.counts.tolist(), found.inverse.tolist()
    ([[-1, 1], [0, 1]], [1, 2], [1, 0, 1])
    """
    n, m = votes.shape
    if n == 0 or m == 0:
        return VotePatterns(
            votes=votes[: min(n, 1)],
            counts=np.full(min(n, 1), n, dtype=np.int64),
            inverse=np.zeros(n, dtype=np.int64),
        )
    _, first, inverse = np.unique(_row_hashes(votes), return_index=True, return_inverse=True)
    if not np.array_equal(votes[first][inverse], votes):
        _, first, inverse = np.unique(votes, axis=0, return_index=True, return_inverse=True)
        inverse = inverse.reshape(n)
    distinct = votes[first]
    order = np.lexsort(distinct.T[::-1])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    inverse = rank[inverse]
    return VotePatterns(
        votes=distinct[order], counts=np.bincount(inverse, minlength=len(order)), inverse=inverse
    )


def _row_hashes(votes: VoteArray) -> npt.NDArray[np.uint64]:
    # Fixed odd coefficients: the same rows hash alike in every process. Column by column keeps the
    # temporaries at (n,), where a matrix product would first widen all votes to 64 bits.
    generator = np.random.Generator(np.random.PCG64(0))
    halves = generator.integers(0, 2**63, size=(votes.shape[1],))
    coefficients = (halves * 2 + 1).view(np.uint64)
    hashes = np.zeros(len(votes), dtype=np.uint64)
    for j in range(votes.shape[1]):
        hashes += votes[:, j].astype(np.uint64) * coefficients[j]
    return hashes
