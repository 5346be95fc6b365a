"""Vote patterns: the distinct rows of a label matrix with their counts.

Real label matrices hold far fewer distinct rows than rows. Whatever depends on a row's votes alone - a
posterior, an EM step - is computed once a pattern and weighted by its count, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from labelwright._types import IntArray, VoteArray

Grouping: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

SAMPLE_ROWS = 1 << 12
TABLE_SIZE = 1 << 20  # up to so many possible rows, a table of all of them is faster than sorting


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class VotePatterns:
    """Distinct rows of votes, sorted lexicographically, so that row order leaves no trace.

    Attributes
    ----------
    votes : (u, m) int8 or int16
        The distinct rows.
    counts : (u,) int64
        How many rows show each pattern.
    inverse : (n,) int64
        The pattern of every row: ``votes[inverse]`` is the label matrix again. Empty where the patterns come
        from `VoteStatistics`, which holds no rows.
    """

    votes: VoteArray
    counts: npt.NDArray[np.int64]
    inverse: npt.NDArray[np.int64]

    def __repr__(self) -> str:
        return f"VotePatterns: {len(self):,} distinct ones among {self.counts.sum():,} rows of votes"

    def __len__(self) -> int:
        return len(self.counts)


def vote_patterns(votes: VoteArray) -> VotePatterns:
    """Find the distinct rows of (n, m) votes.

    Rows are packed into 64-bit words whose order is that of the rows. Where a row takes one word, words are
    counted in a table or sorted; where it takes several, rows are grouped by a hash of their words, and the
    grouping is then compared with the words: should two different rows ever share a hash, a slower exact
    sort takes over. Cost: O(n m + n log n) time, beside the votes 24 bytes a row and 8 for every 64 bits of
    votes.

    Examples
    --------
    >>> found = vote_patterns(np.array([[0, 1], [-1, 1], [0, 1]], dtype=np.int8))
    >>> found.votes.tolist(), found.counts.tolist(), found.inverse.tolist()
    ([[-1, 1], [0, 1]], [1, 2], [1, 0, 1])
    """
    distinct, inverse = _group(votes)
    return VotePatterns(distinct, np.bincount(inverse, minlength=len(distinct)), inverse)


def rows_repeat(votes: VoteArray) -> bool:
    """Tell from a sample of (n, m) votes whether there are at most half as many patterns as rows.

    In a sample of s rows with f1 patterns that occur once and f2 that occur twice, the number of patterns is
    about ``s' + f1 (f1 - 1) / (2 (f2 + 1))``, s' of them in the sample (A. Chao, "Nonparametric estimation of
    the number of classes in a population", 1984): rather too few, so in doubt rows repeat. Cost: O(m) and
    the sample, the same rows each time; up to 4,096 rows the answer is always yes.

    Examples
    --------
    >>> few, many = np.zeros((10_000, 2), dtype=np.int8), np.arange(20_000, dtype=np.int16).reshape(-1, 2)
    >>> rows_repeat(few), rows_repeat(many)
    (True, False)
    """
    n = len(votes)
    if n <= SAMPLE_ROWS:
        return True
    step = n // SAMPLE_ROWS
    rows = np.arange(SAMPLE_ROWS) * step
    rows += np.random.Generator(np.random.PCG64(0)).integers(0, step, size=SAMPLE_ROWS)
    counts = vote_patterns(votes[rows]).counts
    once, twice = np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
    return bool(len(counts) + once * (once - 1) / (2 * (twice + 1)) <= n / 2)


def merge_patterns(votes: VoteArray, counts: npt.NDArray[np.int64]) -> VotePatterns:
    """Return the distinct rows of (r, m) votes with the sums of their counts, and no inverse.

    Examples
    --------
    >>> merged = merge_patterns(np.array([[1], [0], [1]], dtype=np.int8), np.array([5, 2, 1]))
    >>> merged.votes.tolist(), merged.counts.tolist()
    ([[0], [1]], [2, 6])
    """
    distinct, inverse = _group(votes)
    # bincount adds in float64, which is exact for counts below 2**53
    sums = np.bincount(inverse, weights=counts, minlength=len(distinct)).astype(np.int64)
    return VotePatterns(distinct, sums, np.zeros(0, dtype=np.int64))


def thinned_rows(cost: IntArray, budget: int) -> IntArray:
    """Return which of (u,) rows to keep for a summed cost of at most about `budget`: all, or evenly spaced.

    Examples
    --------
    >>> thinned_rows(np.array([1, 1, 1, 1]), budget=2).tolist()
    [0, 2]
    """
    return np.arange(0, len(cost), max(1, -(-int(cost.sum()) // budget)))


def thinned(patterns: VotePatterns, cost: IntArray, budget: int) -> VotePatterns:
    """Return patterns whose summed cost is at most about `budget`: all, or evenly spaced ones."""
    kept = thinned_rows(cost, budget)
    if len(kept) == len(patterns):
        return patterns
    return VotePatterns(patterns.votes[kept], patterns.counts[kept], patterns.inverse[:0])


def weighted_rows(counts: npt.NDArray[np.int64], most: int) -> tuple[IntArray, npt.NDArray[np.int64]]:
    """Return which of (u,) patterns stand for all, about `most` or fewer, and how many rows each stands for.

    Patterns of many rows are all there; of the others evenly spaced ones, each counting for those between.

    Examples
    --------
    >>> weighted_rows(np.array([9, 1, 1, 1, 1, 1, 1]), most=4)
    (array([0, 1, 4]), array([9, 3, 3]))
    """
    if len(counts) <= most:
        return np.arange(len(counts)), counts
    heavy = counts * most >= 2 * int(counts.sum())
    light = np.flatnonzero(~heavy)
    step = -(-2 * len(light) // most)
    kept = np.concatenate([np.flatnonzero(heavy), light[::step]])
    return kept, np.where(heavy, counts, counts * step)[kept]


def without_patterns(patterns: VotePatterns, taken: VotePatterns) -> VotePatterns:
    """Return the rows that are left where some are taken away, and no inverse.

    Examples
    --------
    >>> of = lambda votes, counts: merge_patterns(np.array(votes, dtype=np.int8), np.array(counts))
    >>> left = without_patterns(of([[0], [1]], [3, 2]), of([[0], [1]], [1, 2]))
    >>> left.votes.tolist(), left.counts.tolist()
    ([[0]], [2])
    """
    left = merge_patterns(
        np.concatenate([patterns.votes, taken.votes]), np.concatenate([patterns.counts, -taken.counts])
    )
    some = left.counts > 0
    return VotePatterns(left.votes[some], left.counts[some], left.inverse)


def count_patterns(votes: VoteArray, *, bound: int, block_rows: int) -> VotePatterns | None:
    """Count the patterns of (n, m) votes block by block; None once there are more than the bound."""
    first = min(2 * bound, block_rows)  # where rows hardly repeat, this is enough to know
    found: VotePatterns | None = _bounded(vote_patterns(votes[:first]), bound)
    for start in range(first, len(votes), block_rows):
        found = add_patterns(found, vote_patterns(votes[start : start + block_rows]), bound=bound)
        if found is None:
            return None
    return found


def _bounded(found: VotePatterns, bound: int) -> VotePatterns | None:
    return VotePatterns(found.votes, found.counts, found.inverse[:0]) if len(found) <= bound else None


def add_patterns(one: VotePatterns | None, two: VotePatterns | None, *, bound: int) -> VotePatterns | None:
    """Return the patterns of the rows of both; None where there are more than the bound, or were."""
    if one is None or two is None or max(len(one), len(two)) > bound:
        return None
    votes, counts = np.concatenate([one.votes, two.votes]), np.concatenate([one.counts, two.counts])
    return _bounded(merge_patterns(votes, counts), bound)


def spaced_rows(
    counts: npt.NDArray[np.int64], most: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the patterns of `most` evenly spaced rows, or of all if there are no more, and their rows.

    Examples
    --------
    >>> spaced_rows(np.array([6, 1, 1]), most=4)
    (array([0, 2]), array([3, 1]))
    """
    total = int(counts.sum())
    if total <= most:
        return np.arange(len(counts)), counts
    places = ((np.arange(most) + 0.5) * (total / most)).astype(np.int64)
    return np.unique(np.searchsorted(np.cumsum(counts), places, side="right"), return_counts=True)


def _group(votes: VoteArray) -> tuple[VoteArray, npt.NDArray[np.int64]]:
    """Return the distinct rows in lexicographic order, and the position of every row among them."""
    n, m = votes.shape
    if n == 0 or m == 0:
        return votes[: min(n, 1)], np.zeros(n, dtype=np.int64)
    radix = max(int(votes.max()), 0) + 2  # 2 where no LF votes: one digit would be told apart in no base
    words = pack_rows(votes, radix)
    if len(words) > 1:
        rows, inverse = _by_hash(words)
    elif radix**m <= min(TABLE_SIZE, 8 * n):
        rows, inverse = _by_table(words[0], radix**m)
    else:
        rows, inverse = _runs(words[0])
    return votes[rows], inverse


# Each way of grouping returns one row of every pattern, patterns ascending, and the pattern of every row.


def _by_table(keys: npt.NDArray[np.uint64], size: int) -> Grouping:
    cells = keys.astype(np.int64)
    row = np.full(size, -1)
    row[cells] = np.arange(len(cells))
    occurs = row >= 0
    rank = np.cumsum(occurs) - 1
    return row[occurs], rank[cells]


def _by_hash(words: npt.NDArray[np.uint64]) -> Grouping:
    rows, inverse = _runs(_hashes(words))
    if not all(np.array_equal(word[rows][inverse], word) for word in words):
        _, rows, inverse = np.unique(words.T, axis=0, return_index=True, return_inverse=True)
        return rows, inverse.reshape(-1)
    order = np.lexsort(words[::-1, rows])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rows[order], rank[inverse]


def _runs(keys: npt.NDArray[np.uint64]) -> Grouping:
    # Any of equal keys may represent them, so the sort need not be stable, which makes it twice as fast.
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    inverse = np.empty(len(keys), dtype=np.int64)
    inverse[order] = np.cumsum(starts) - 1
    return order[starts], inverse


def _hashes(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # Fixed odd coefficients: the same rows hash alike in every process.
    generator = np.random.Generator(np.random.PCG64(0))
    hashes = np.zeros(words.shape[1], dtype=np.uint64)
    for word, half in zip(words, generator.integers(0, 2**63, size=len(words)), strict=True):
        hashes += word * np.uint64(2 * int(half) + 1)
        hashes ^= hashes >> np.uint64(32)
    return hashes


# --- rows of votes packed into 64-bit words: equal rows have equal words, and words sort as rows do

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
