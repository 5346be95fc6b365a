"""Pair moments: how often LF i votes a while LF j votes b, counted exactly on bit planes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelwright._errors import LabelMatrixError
from labelwright._types import VoteArray

BLOCK_ROWS = 1 << 17  # rows packed at a time: the planes of 50 LFs x 2 classes take 1.6 MB, inside the cache
PATTERN_BLOCK = 1 << 12  # patterns at a time, where their indicators take 8 bytes


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairMoments:
    """Exact co-occurrence counts of votes; two of them add, so blocks of rows can be counted anywhere.

    Attributes
    ----------
    counts : (m, k, m, k) int64
        ``counts[i, a, j, b]`` is the number of rows on which LF i votes a and LF j votes b.
    n : int
        The number of rows counted.
    """

    counts: npt.NDArray[np.int64]
    n: int

    def __repr__(self) -> str:
        m, k = self.counts.shape[:2]
        return f"PairMoments: counts of {m} x {m} LFs and {k} classes over {self.n:,} rows"

    def __add__(self, other: PairMoments) -> PairMoments:
        if self.counts.shape != other.counts.shape:
            raise LabelMatrixError(
                f"pair moments of shapes {self.counts.shape} and {other.counts.shape} do not add; "
                "count both over the same LFs and classes"
            )
        return PairMoments(counts=self.counts + other.counts, n=self.n + other.n)

    def over(self, k: int) -> PairMoments:
        """Return the same counts over k classes, of which the later ones have no votes."""
        more = (0, k - self.counts.shape[1])
        return PairMoments(np.pad(self.counts, ((0, 0), more, (0, 0), more)), self.n)

    @property
    def votes_per_class(self) -> npt.NDArray[np.int64]:
        """(m, k) int64: how often each LF votes each class."""
        m, k = self.counts.shape[:2]
        flat = self.counts.reshape(m * k, m * k)
        return np.diagonal(flat).reshape(m, k).copy()

    @property
    def overlaps(self) -> npt.NDArray[np.int64]:
        """(m, m) int64: on how many rows both LFs vote."""
        overlaps: npt.NDArray[np.int64] = self.counts.sum(axis=(1, 3))
        return overlaps

    @property
    def agreements(self) -> npt.NDArray[np.int64]:
        """(m, m) int64: on how many rows both LFs vote the same class."""
        agreements: npt.NDArray[np.int64] = np.einsum("iaja->ij", self.counts)
        return agreements


def pair_moments(votes: VoteArray, k: int) -> PairMoments:
    """Count all pairs of votes of (n, m) votes over k classes.

    Each (LF, class) becomes a plane of one bit a row; a pair's count is the population count of the AND of
    two planes. Cost: O(n (m k)^2 / 64) word operations, exact, memory O((m k)^2) beside one block.

    Examples
    --------
    >>> moments = pair_moments(np.array([[0, 0], [0, 1], [1, -1]], dtype=np.int8), k=2)
    >>> moments.counts[0, :, 1, :].tolist()
    [[1, 1], [0, 0]]
    >>> moments.overlaps.tolist(), moments.agreements.tolist()
    ([[3, 2], [2, 2]], [[3, 1], [1, 2]])
    """
    n, m = votes.shape
    counts = np.zeros((m * k, m * k), dtype=np.int64)
    for start in range(0, n, BLOCK_ROWS):
        _add_block(counts, votes[start : start + BLOCK_ROWS], k)
    upper = np.triu(counts, 1)
    return PairMoments(counts=(counts + upper.T).reshape(m, k, m, k), n=n)


def weighted_pair_moments(votes: VoteArray, counts: npt.NDArray[np.int64], k: int) -> PairMoments:
    """Count all pairs of votes of (u, m) vote patterns that occur (u,) times each.

    Cost: O(u (m k)^2) in matrix products, exact while no sum exceeds 2**53; memory O((m k)^2) beside a block.

    Examples
    --------
    >>> moments = weighted_pair_moments(np.array([[0, 1]], dtype=np.int8), np.array([3]), k=2)
    >>> moments.counts[0, :, 1, :].tolist(), moments.n
    ([[0, 3], [0, 0]], 3)
    """
    m = votes.shape[1]
    sums = np.zeros((m * k, m * k))
    for start in range(0, len(votes), PATTERN_BLOCK):
        block = slice(start, start + PATTERN_BLOCK)
        cast = (votes[block, :, None] == np.arange(k)).reshape(-1, m * k).astype(np.float64)
        sums += cast.T @ (cast * counts[block, None])
    return PairMoments(counts=sums.astype(np.int64).reshape(m, k, m, k), n=int(counts.sum()))


def _add_block(counts: npt.NDArray[np.int64], votes: VoteArray, k: int) -> None:
    """Add the upper triangle of one block's pair counts."""
    planes = _bit_planes(votes, k)
    for row, plane in enumerate(planes):
        counts[row, row:] += np.bitwise_count(planes[row:] & plane).sum(axis=1, dtype=np.int64)


def _bit_planes(votes: VoteArray, k: int) -> npt.NDArray[np.uint64]:
    """(m*k, words) uint64: bit i of plane j*k + c says whether LF j votes c on row i."""
    n, m = votes.shape
    padded = np.full((m, -(-n // 64) * 64), -1, dtype=votes.dtype)
    padded[:, :n] = votes.T
    onehot = padded[:, None, :] == np.arange(k, dtype=votes.dtype)[None, :, None]
    return np.packbits(onehot, axis=2).view(np.uint64).reshape(m * k, -1)
