"""How much statistics of votes vary from one sample of rows to the next: the bootstrap, over patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from labelwright._display.shown import Shown
from labelwright._errors import SchemaError
from labelwright._types import BoolArray, FloatArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.analysis.intervals import wilson_interval
from labelwright.core import VotePatterns, vote_patterns

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Bounds: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]

DRAWS: Final = 1000
"""Samples drawn: the ends of a 95% range then stand on 25 samples each."""

MAX_CELLS: Final = 4096
"""More patterns than this are drawn in groups of rows, so that cost does not grow with the rows."""

MIN_DRAWS: Final = 10
"""With fewer rows for or against, a resampled share is too coarse, or cannot vary at all; see `shares`."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resampling(Shown):
    """Many samples of the same rows, drawn with replacement, as counts of their vote patterns.

    A sample of n rows is a multinomial draw of the pattern counts, which is exact and needs no rows. Where
    there are more than 4,096 patterns, rows are put into as many random groups of equal size and groups are
    drawn instead: the same variance in expectation, with an error of about 2% of it.

    Attributes
    ----------
    patterns : VotePatterns
        The distinct rows with their counts.
    weights : (draws, cells) float64
        How often each cell, a pattern or a group of rows, is in each sample.
    fold : (groups, patterns) sparse matrix, optional
        How many rows of each pattern each group has; None where cells are patterns.
    """

    patterns: VotePatterns
    weights: FloatArray
    fold: csr_array | None = None

    @classmethod
    def of(cls, votes: VoteArray, *, draws: int = DRAWS, random_state: RandomState = 0) -> Resampling:
        """Draw samples of (n, c) rows of integers.

        Parameters
        ----------
        votes : (n, c) integers
            Votes, with gold labels or predictions as further columns where a statistic needs them.
        draws : int, default 1000
            How many samples.
        random_state : int, numpy.random.Generator or None, default 0
            Seeds the samples; the same ranges come back each time by default.

        Notes
        -----
        Cost: O(draws * patterns) time and 8 bytes each.
        """
        if draws < 1:
            raise SchemaError(f"draws is {draws}; expected at least 1 sample, such as 1000")
        generator = as_generator(random_state)
        found = vote_patterns(votes)
        if len(found) > MAX_CELLS:
            even = np.full(MAX_CELLS, 1 / MAX_CELLS)
            weights = generator.multinomial(MAX_CELLS, even, size=draws)
            return cls(found, weights.astype(np.float64), _groups(found, generator))
        return cls(found, _counts(found, draws, generator))

    def shares(self, hits: BoolArray, among: BoolArray | None = None, *, confidence: float = 0.95) -> Bounds:
        """Return shares of rows with their ranges.

        Parameters
        ----------
        hits : (u, s) bool
            Which patterns count, for each of s statistics.
        among : (u, s) bool, optional
            Of which patterns; of all without. Only hits among these count.
        confidence : float, default 0.95
            How often a range is to hold the share in the population that the rows were drawn from.

        Returns
        -------
        share, low, high : (s,) float64
            NaN, 0 and 1 where there is nothing to take a share of. The range holds the middle of the
            samples' shares (percentile bootstrap); with fewer than 10 rows for or against, where that falls
            short of its confidence and shrinks to a point at 0 and 1, it is Wilson's.
        """
        base = np.ones_like(hits) if among is None else among
        right, counts = hits & base, self.patterns.counts
        won, total = counts @ right, counts @ base
        share = np.divide(won, total, out=np.full(len(won), np.nan), where=total > 0)
        low, high = wilson_interval(won, total, confidence=confidence)
        enough = np.flatnonzero((won >= MIN_DRAWS) & (total - won >= MIN_DRAWS))
        if len(enough):
            drawn = self._ratios(right[:, enough], base[:, enough])
            tail = (1 - confidence) / 2
            low[enough], high[enough] = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
        return share, low, high

    def _ratios(self, hits: BoolArray, among: BoolArray) -> FloatArray:
        """(draws, s) the share in each sample; NaN where a sample has nothing to take a share of."""
        won, total = self._totals(hits), self._totals(among)
        ratios: FloatArray = np.divide(won, total, out=np.full(won.shape, np.nan), where=total > 0)
        return ratios

    def _totals(self, hits: BoolArray) -> FloatArray:
        """(draws, s) rows in each sample."""
        features = hits.astype(np.float64)
        totals: FloatArray = self.weights @ (features if self.fold is None else self.fold @ features)
        return totals


def _counts(found: VotePatterns, draws: int, generator: np.random.Generator) -> FloatArray:
    """Return (draws, u) how often each pattern is in each sample of n rows."""
    n, u = len(found.inverse), len(found)
    if n > 4 * u:
        return generator.multinomial(n, found.counts / n, size=draws).astype(np.float64)
    counts = np.zeros((draws, u))
    for sample in counts if n else ():  # with few rows a pattern, drawing rows is several times faster
        sample += np.bincount(found.inverse[generator.integers(n, size=n)], minlength=u)
    return counts


def _groups(found: VotePatterns, generator: np.random.Generator) -> csr_array:
    from scipy.sparse import coo_array

    n = len(found.inverse)
    group = generator.permutation(n) % MAX_CELLS
    ones = np.ones(n)
    return coo_array((ones, (group, found.inverse)), shape=(MAX_CELLS, len(found))).tocsr()
