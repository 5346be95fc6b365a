"""What three LFs do together: their tables of outcomes, summed over rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class TripleTables:
    """What three LFs do together, for several triples: one row an outcome that occurs.

    Attributes
    ----------
    indicators : (c, m*v) sparse array
        Indicators of the three outcomes; outcome v - 1 is abstaining.
    counts : (c, 1 + b) float64
        How often it occurs: in the data, and in b bootstrap draws of the rows.
    triples : (t, 3) integers
        The LFs of each triple.
    v : int
        Outcomes of an LF: k + 1.
    """

    indicators: csr_array
    counts: FloatArray
    triples: IntArray
    v: int

    @classmethod
    def of(cls, votes: VoteArray, weights: FloatArray, triples: IntArray, k: int) -> TripleTables:
        """Sum the weights (u, 1 + b) of the rows by what each triple does on them."""
        from scipy.sparse import csr_array

        m, v = votes.shape[1], k + 1
        outcomes = np.where(votes == ABSTAIN, k, votes).astype(np.int64)
        columns, counts = zip(*_cells(outcomes, weights, triples, v), strict=True)
        stacked = np.concatenate(columns)
        starts = np.arange(0, stacked.size + 1, 3)
        indicators = csr_array((np.ones(stacked.size), stacked.ravel(), starts), shape=(len(stacked), m * v))
        return cls(indicators, np.concatenate(counts), triples, v)

    def enough(self) -> bool:
        """Whether there are at least as many rows, and free numbers in the tables, as parameters to find.

        Necessary for the parameters to be told apart, not sufficient.
        """
        free = np.bincount(np.unique(self.indicators.indices) // self.v) - 1
        pairs = np.unique(self.triples[:, [[0, 1], [0, 2], [1, 2]]].reshape(-1, 2), axis=0)
        numbers = free.sum() + free[pairs].prod(axis=1).sum() + free[self.triples].prod(axis=1).sum()
        rows = self.counts[:, 0].sum() / len(self.triples)
        k = self.v - 1
        return bool(min(rows, numbers) >= k - 1 + k * free.sum())


def choose_triples(votes: VoteArray, counts: IntArray, most: int, generator: np.random.Generator) -> IntArray:
    """Return (t, 3) LFs: all triples if there are few enough, else drawn by how often the LFs vote."""
    m = votes.shape[1]
    if comb(m, 3) <= most:
        return np.array(list(combinations(range(m), 3)))
    voted = (votes != ABSTAIN).T @ counts.astype(np.float64)
    keys = np.log(voted) + generator.gumbel(size=(2 * most, m))
    drawn = np.sort(np.argpartition(-keys, 2, axis=1)[:, :3], axis=1)
    _, first = np.unique(drawn, axis=0, return_index=True)
    return drawn[np.sort(first)[:most]]


def _cells(
    outcomes: IntArray, weights: FloatArray, triples: IntArray, v: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield, a triple, the columns (c, 3) of the outcomes that occur and their summed weights."""
    from scipy.sparse import csr_array

    u = len(outcomes)
    for triple in triples:
        codes, cell = np.unique(outcomes[:, triple] @ [v * v, v, 1], return_inverse=True)
        group = csr_array((np.ones(u), (cell.reshape(u), np.arange(u))), shape=(len(codes), u))
        digits = np.stack([codes // (v * v), codes // v % v, codes % v], axis=1)
        yield triple * v + digits, group @ weights
