"""Work that the time of a label model is told in, because it is the same on every machine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCK_ROWS = 1 << 11  # the fastest of 1,024 to 16,384 rows: a block's one-hot votes stay in the cache


def read_once(votes: npt.NDArray[np.int8]) -> int:
    """Look at every vote once: the largest."""
    return int(votes.max())


def co_occurrence(votes: npt.NDArray[np.int8], k: int) -> npt.NDArray[np.float64]:
    """Return O = Aᵀ A, (k*m, k*m), of the one-hot votes A (n, k*m), class by class.

    A is made and multiplied in float32, block by block, which is exact and the fastest way with BLAS that we
    know; sums over blocks are float64. Making A counts: there is no product without it.
    """
    n, m = votes.shape
    sums = np.zeros((k * m, k * m))
    onehot = np.empty((BLOCK_ROWS, k * m), np.float32)
    for start in range(0, n, BLOCK_ROWS):
        block = votes[start : start + BLOCK_ROWS]
        A = onehot[: len(block)]
        for c in range(k):
            A[:, c * m : (c + 1) * m] = block == c
        sums += A.T @ A
    return sums
