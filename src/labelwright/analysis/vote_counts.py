"""Votes, counted: all that findings about votes need, from rows or from statistics of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from labelwright._types import FloatArray, IntArray
from labelwright.core import LabelMatrix, LabelSpace, VoteStatistics
from labelwright.core.statistics import MAX_MOMENT_COLUMNS
from labelwright.core.votes.counts import PairCounts, VoteCounts, class_meetings


@dataclass(frozen=True, slots=True, eq=False)
class NamedVoteCounts(VoteCounts):
    """The votes of m LFs on n rows, counted, with the names of LFs and classes.

    Attributes
    ----------
    space : LabelSpace
        The classes.
    lf_names : tuple of str
        The LFs in column order.
    class_rows : (k,) int64
        Rows on which each class gets a vote.
    pairs : PairCounts
        How LFs meet and agree.
    """

    space: LabelSpace
    lf_names: tuple[str, ...]
    class_rows: IntArray
    pairs: PairCounts

    @classmethod
    def of(cls, L: LabelMatrix | VoteStatistics) -> NamedVoteCounts:
        """Count a label matrix, or read it off vote statistics.

        Of statistics that hold a sample of the rows, the counts are estimates. Cost: O(n m² k / 64) of a
        label matrix, O(u m² k) of statistics with u patterns.

        Examples
        --------
        >>> L = LabelMatrix([[0, 0], [1, -1], [-1, -1]])
        >>> counts = NamedVoteCounts.of(L)
        >>> counts.covered, counts.several, counts.by_class.tolist(), counts.class_rows.tolist()
        (2, 1, [[1, 1], [1, 0]], [1, 1])
        """
        if isinstance(L, LabelMatrix):
            pairs = PairCounts.of_rows(L.votes)
            return cls._named(L, VoteCounts.of_votes(L.votes, L.k), class_meetings(L.votes, L.k)[0], pairs)
        found, weight = L.patterns(), L.weight
        counted = VoteCounts.of_votes(found.votes, L.k, counts=found.counts, weight=weight)
        meetings, _ = class_meetings(found.votes, L.k, counts=found.counts, weight=weight)
        codes = L.k + (0 if L.vote_sets is None else len(L.vote_sets))
        if L.exact or L.m * codes > MAX_MOMENT_COLUMNS:
            pairs = PairCounts.of_patterns(found.votes, found.counts, codes, weight=weight)
            return cls._named(L, counted, meetings, pairs)
        moments = L.pair_moments()  # exact, where patterns are a sample that may lack a rare LF
        cast = moments.votes_per_class
        exact = replace(counted, by_class=cast[:, : L.k], votes=cast.sum(axis=1))
        return cls._named(L, exact, meetings, PairCounts(moments.overlaps, moments.agreements))

    @classmethod
    def _named(
        cls, L: LabelMatrix | VoteStatistics, counted: VoteCounts, meetings: FloatArray, pairs: PairCounts
    ) -> NamedVoteCounts:
        return cls(
            n=L.n,
            covered=counted.covered,
            several=counted.several,
            by_class=counted.by_class,
            votes=counted.votes,
            space=L.space,
            lf_names=L.lf_names,
            class_rows=np.rint(np.diagonal(meetings)).astype(np.int64),
            pairs=pairs,
        )

    @property
    def k(self) -> int:
        """The number of classes."""
        return len(self.space)

    @property
    def m(self) -> int:
        """The number of LFs."""
        return len(self.lf_names)

    @property
    def coverage(self) -> float:
        """The share of rows with a vote."""
        return self.covered / max(self.n, 1)

    def named(self, mask: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the names of the LFs in an (m,) mask."""
        return tuple(self.lf_names[int(j)] for j in np.flatnonzero(mask))
