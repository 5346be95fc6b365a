"""Rows of votes packed into 64-bit words: equal rows have equal words, and words sort as rows do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from labelwright._types import VoteArray

BLOCK_ROWS = 1 << 14  # rows packed at a time, so that a block's columns stay in the cache


def pack_rows(votes: VoteArray, radix: int) -> npt.NDArray[np.uint64]:
    """Return (w, n) words of (n, m) votes in -1..radix-2: as many votes a word as 64 bits can tell apart.

    A word holds its votes as the digits of a number, the first one highest, so rows compare like the tuples
    of their words. Cost: O(n m) time; w = m / 40 words for two classes, m / 18 for ten.

    Examples
    --------
    >>> pack_rows(np.array([[-1, 0], [1, 1]], dtype=np.int8), radix=3).tolist()
    [[1, 8]]
    """
    n, m = votes.shape
    width = votes_per_word(radix)
    words = np.empty((-(-m // width), n), dtype=np.uint64)
    for start in range(0, n, BLOCK_ROWS):
        columns = np.ascontiguousarray(votes[start : start + BLOCK_ROWS].T)
        for w, word in enumerate(words):
            word[start : start + BLOCK_ROWS] = _as_number(columns[w * width : (w + 1) * width], radix)
    return words


def votes_per_word(radix: int) -> int:
    """Return how many digits of a base fit into 64 bits.

    Examples
    --------
    >>> votes_per_word(3), votes_per_word(11), votes_per_word(32768)
    (40, 18, 4)
    """
    width = 1
    while radix ** (width + 1) <= 2**64:
        width += 1
    return width


def _as_number(columns: VoteArray, radix: int) -> npt.NDArray[np.uint64]:
    number = np.zeros(columns.shape[1], dtype=np.uint64)
    for column in columns:
        number *= np.uint64(radix)
        number += (column.astype(np.int64) + 1).astype(np.uint64)
    return number
