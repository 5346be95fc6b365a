"""How often each pair of labeling functions votes, and votes alike, in blocks of rows that can be redrawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelwright._types import FloatArray, IntArray, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.counts import count_pairs

MIN_ROWS = 30.0  # rows on which a pair of LFs both vote, below which nothing is said about it
MIN_COINCIDENCES = 20.0  # of the rarer votes: below, a correlation is no longer near normal


@dataclass(frozen=True, slots=True, eq=False)
class ClassPairCounts:
    """Counts over rows for all pairs of m LFs and k classes.

    Attributes
    ----------
    overlaps : (m, m) float64
        Rows on which both vote.
    agreements : (m, m) float64
        Rows on which both vote the same class.
    beside : (k, m, m) float64
        ``beside[a, i, j]``: rows on which i votes a while j votes.
    n : float
        Rows.
    """

    overlaps: FloatArray
    agreements: FloatArray
    beside: FloatArray
    n: float

    def correlations(self) -> tuple[FloatArray, FloatArray]:
        """Return (m, m) correlations of votes where both vote, and the rows they rest on.

        ::

            r[i, j] = (P(equal votes) - sum_a p_i(a) p_j(a)) / sqrt((1 - sum_a p_i(a)²) (1 - sum_a p_j(a)²))

        p_i(a) is the share of a among the votes of i on the common rows. For two classes it is the phi
        coefficient. Both are 0 where there are too few rows to tell: 30 at least are needed, and 20
        coincidences of the rarer votes that chance would make.
        """
        rows = np.maximum(self.overlaps, 1.0)
        shares = self.beside / rows
        chance = np.einsum("aij,aji->ij", shares, shares)
        spread = np.clip(1.0 - (shares**2).sum(axis=0), 0.0, None)
        scale = spread * spread.T
        enough = (self.overlaps >= MIN_ROWS) & (self.overlaps * scale >= MIN_COINCIDENCES)
        np.fill_diagonal(enough, False)
        found = (self.agreements / rows - chance) / np.sqrt(np.where(enough, scale, 1.0))
        return np.where(enough, np.clip(found, -1.0, 1.0), 0.0), np.where(enough, self.overlaps, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class PairBlocks:
    """The same counts in b blocks of rows, drawn at random; any sum of blocks is a sample of the rows.

    Attributes
    ----------
    overlaps, agreements : (b, m, m) float32
        As in `ClassPairCounts`.
    beside : (b, k, m, m) float32
        As in `ClassPairCounts`.
    sizes : (b,) float64
        Rows.
    """

    overlaps: npt.NDArray[np.float32]
    agreements: npt.NDArray[np.float32]
    beside: npt.NDArray[np.float32]
    sizes: FloatArray

    @classmethod
    def of(cls, patterns: VotePatterns, k: int, *, blocks: int, generator: np.random.Generator) -> PairBlocks:
        """Count blocks of rows, drawn from the patterns at random.

        Cost: O(b u m² k) for u patterns, O(u m² k) where most patterns occur once; memory O(b m² k).
        """
        m = patterns.votes.shape[1]
        overlaps, agreements = (np.zeros((blocks, m, m), dtype=np.float32) for _ in range(2))
        beside = np.zeros((blocks, k, m, m), dtype=np.float32)
        drawn = _dealt(patterns.counts, blocks, generator)
        for block, counts in enumerate(drawn):
            drawn_rows = np.flatnonzero(counts)
            votes, times = patterns.votes[drawn_rows], counts[drawn_rows]
            overlaps[block], agreements[block] = count_pairs(votes, times, k, dtype=np.float32)
            _count_beside(votes, times, beside[block])
        return cls(overlaps, agreements, beside, drawn.sum(axis=1).astype(np.float64))

    def counts(self, weights: FloatArray | None = None) -> ClassPairCounts:
        """Return the counts of all blocks, each taken as often as its weight says."""
        weight = np.ones(len(self.sizes)) if weights is None else weights
        light = weight.astype(np.float32)  # counts would all be copied to multiply them by float64
        overlaps, agreements, beside = (
            np.tensordot(light, part, axes=1).astype(np.float64)
            for part in (self.overlaps, self.agreements, self.beside)
        )
        return ClassPairCounts(overlaps, agreements, beside, float(weight @ self.sizes))


def _count_beside(votes: VoteArray, counts: IntArray, beside: npt.NDArray[np.float32]) -> None:
    """Fill in the (k, m, m) rows of one block on which an LF votes a class while another votes."""
    voted = (votes >= 0) & (votes < len(beside))
    weighted = voted * counts[:, None].astype(np.float32)
    for a in range(len(beside)):
        beside[a] = (votes == a).astype(np.float32).T @ weighted


def _dealt(counts: IntArray, blocks: int, generator: np.random.Generator) -> IntArray:
    """Deal the rows of patterns to blocks at random; return (b, u) counts."""
    shares = np.full(blocks, 1.0 / blocks)
    return np.ascontiguousarray(generator.multinomial(counts, shares).T)
