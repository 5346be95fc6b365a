"""What every method of learning dependencies looks at, counted once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import TooManyPairsError
from labelwright._types import FloatArray
from labelwright.core import LabelMatrix, VotePatterns, VoteStatistics
from labelwright.dependencies.pair_counts import ClassPairCounts, PairBlocks
from labelwright.dependencies.same_rows import class_reach

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

BLOCKS, MIN_BLOCKS = 50, 10
MEMORY = 1 << 28  # bytes of counts; fewer blocks where they would take more


@dataclass(frozen=True, slots=True, eq=False)
class VotesSeen:
    """The votes of m LFs over k classes, as counts of pairs and as patterns.

    Attributes
    ----------
    counts : ClassPairCounts
        Of all rows, or of one bootstrap sample of them.
    patterns : VotePatterns
        The distinct rows, of all rows or of a sample.
    reach : (k,) float64
        The size of each class, as `class_reach` takes it.
    expected : (m, m) float64 or None
        How strongly each pair is expected to depend, from what the LFs read.
    """

    counts: ClassPairCounts
    patterns: VotePatterns
    reach: FloatArray
    expected: FloatArray | None

    def redrawn(self, blocks: PairBlocks, generator: np.random.Generator) -> VotesSeen:
        """Return a row bootstrap: as many blocks of rows, drawn with replacement."""
        count = len(blocks.sizes)
        weights = generator.multinomial(count, np.full(count, 1.0 / count)).astype(np.float64)
        return replace(self, counts=blocks.counts(weights))


def statistics_of(L: LabelMatrix | VoteStatistics | ArrayLike) -> VoteStatistics:
    """Return the statistics of votes given in any way."""
    return L if isinstance(L, VoteStatistics) else VoteStatistics.of(L)


def blocks_of(stats: VoteStatistics, generator: np.random.Generator) -> PairBlocks:
    """Count pairs in blocks of rows, as many blocks as memory allows.

    Raises
    ------
    TooManyPairsError
        Too many LFs for the pairs to fit.
    """
    one_block = 4 * stats.m**2 * (2 + stats.k)
    if one_block * MIN_BLOCKS > MEMORY:
        raise TooManyPairsError(
            f"{stats.m} LFs over {stats.k} classes have too many pairs to count ({one_block / 2**20:.0f} MiB "
            "a block of rows); learn the dependencies of a part of the LFs, or state them"
        )
    blocks = min(BLOCKS, MEMORY // one_block)
    return PairBlocks.of(stats.patterns(), stats.k, blocks=blocks, generator=generator)


def seen(stats: VoteStatistics, blocks: PairBlocks, expected: FloatArray | None) -> VotesSeen:
    """Return the votes as methods look at them."""
    patterns = stats.patterns()
    return VotesSeen(blocks.counts(), patterns, class_reach(patterns, stats.k), expected)
