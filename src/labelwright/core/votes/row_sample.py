"""A uniform sample of rows of bounded size that two machines can draw apart and merge.

Every row has a number, and the number's hash is the row's priority: 64 bits that have nothing to do with the
votes. A sample is the rows of lowest priority, so the sample of a whole is the lowest of the samples of its
parts, however the rows were cut into parts and in whatever order those come.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from labelwright._types import ABSTAIN, IntArray, VoteArray

BLOCK_ROWS = 1 << 16
NO_LIMIT = 2**64  # above every priority


@dataclass(frozen=True, slots=True, eq=False)
class RowSample:
    """The rows whose priority lies below a limit, of all rows counted.

    Attributes
    ----------
    votes : (r, m) int8 or int16
        The rows, by ascending priority.
    priorities : (r,) uint64
        Their priorities.
    limit : int
        Rows from here on have been left out; 2**64 where none has been.
    labels : (r,) int16
        The hand labels of the rows, -1 where unknown.
    """

    votes: VoteArray
    priorities: npt.NDArray[np.uint64]
    limit: int
    labels: IntArray

    @classmethod
    def draw(
        cls, votes: VoteArray, size: int, *, first_row: int, labels: IntArray | None = None
    ) -> RowSample:
        """Draw at most ``size`` of (n, m) votes whose rows are numbered from ``first_row``.

        Their (n,) labels go with them, -1 where unknown.

        Cost: O(n), memory O(size).
        """
        rows, priorities, limit = _drawn(len(votes), size, first_row)
        drawn = (
            np.full(len(rows), ABSTAIN, dtype=np.int16) if labels is None else labels[rows].astype(np.int16)
        )
        return cls(votes.take(rows, axis=0), priorities, limit, drawn)

    def merge(self, other: RowSample, size: int) -> RowSample:
        """Return the sample of both parts' rows."""
        limit = min(self.limit, other.limit)
        priorities = np.concatenate([self.priorities, other.priorities])
        votes = np.concatenate([self.votes, other.votes])
        labels = np.concatenate([self.labels, other.labels])
        kept, limit = _below(priorities, size, limit)
        priorities, votes, labels = priorities[kept], votes[kept], labels[kept]
        order = np.argsort(priorities)
        if has_repeats(priorities[order]):  # row numbers used twice: let the votes decide the order
            order = np.lexsort((labels, *votes.T[::-1], priorities))
        return RowSample(votes[order], priorities[order], limit, labels[order])

    def __len__(self) -> int:
        return len(self.priorities)


def priority(row_numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Hash row numbers, one to one, to 64 bits (the finaliser of Steele, Lea and Flood's SplitMix, 2014).

    Examples
    --------
    >>> priority(np.array([0, 1], dtype=np.uint64)).tolist()
    [16294208416658607535, 7960286522194355700]
    """
    z = (row_numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    hashed: npt.NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return hashed


def has_repeats(ascending: npt.NDArray[np.uint64]) -> bool:
    """Whether a priority, and so a row number, occurs twice."""
    return bool((ascending[1:] == ascending[:-1]).any())


@lru_cache(maxsize=4)
def _drawn(n: int, size: int, first_row: int) -> tuple[IntArray, npt.NDArray[np.uint64], int]:
    """Return `_lowest` in the order of priorities: the same for all votes on as many rows, so kept."""
    rows, priorities, limit = _lowest(n, size, first_row)
    order = np.argsort(priorities)
    rows, priorities = rows[order], priorities[order]
    rows.flags.writeable = priorities.flags.writeable = False
    return rows, priorities, limit


def _lowest(n: int, size: int, first_row: int) -> tuple[IntArray, npt.NDArray[np.uint64], int]:
    """Return the rows of lowest priority with these, and the limit they lie below."""
    rows, priorities = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    limit = NO_LIMIT
    for start in range(0, n, BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, n))
        hashed = priority(block.astype(np.uint64) + np.uint64(first_row))
        low = hashed < limit
        rows = np.concatenate([rows, block[low]])
        priorities = np.concatenate([priorities, hashed[low]])
        kept, limit = _below(priorities, size, limit)
        rows, priorities = rows[kept], priorities[kept]
    return rows, priorities, limit


def _below(priorities: npt.NDArray[np.uint64], size: int, limit: int) -> tuple[npt.NDArray[np.bool_], int]:
    """Return which priorities to keep, at most ``size`` of those below the limit, and the new limit.

    Equal priorities stay or go together: which of them a sample kept would depend on the order of merging.
    """
    kept = priorities < limit
    if np.count_nonzero(kept) > size:
        limit = int(np.partition(priorities[kept], size)[size])
        kept = priorities < limit
    return kept, limit
