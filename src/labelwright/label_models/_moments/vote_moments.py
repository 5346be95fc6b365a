"""Second moments of the votes that are cast: all that the moment models learn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns, pair_moments
from labelwright.core.votes.hand_labels import LabeledVotes
from labelwright.core.votes.indicators import VoteColumns, VoteTable, cast_together

MAX_VOTES = 4096  # distinct votes (LF, class); their moments take 8 * 4096² bytes = 128 MiB
BIT_PAIRS = 512  # pairs of planes that `pair_moments` counts in the time of one sparse multiplication


@dataclass(frozen=True, eq=False)
class VoteMoments(VoteColumns):
    """How often the votes that occur are cast, alone and together.

    Only votes (LF j, class v) that occur are kept: LFs that vote for one class each give m votes and not
    m*k.

    Attributes
    ----------
    together : (a, a) float64
        E[1{LF i votes u} 1{LF j votes v}]; the diagonal is how often each vote is cast.
    n : int
        Rows counted.
    labeled : LabeledVotes
        How often each vote is cast on the rows of each hand label.
    component : (m,) int64 or None
        The component of a dependency graph that each LF belongs to, -1 for none.
    """

    together: FloatArray
    n: int
    labeled: LabeledVotes
    component: IntArray | None = None

    @classmethod
    def of(
        cls, patterns: VotePatterns, k: int, *, model: str, component: IntArray | None = None
    ) -> VoteMoments:
        """Count the pairs of votes in patterns; `model` is who asks, for the message.

        Raises
        ------
        LabelModelError
            More than 4096 distinct votes: the moments would take more than 128 MiB.
        """
        table = VoteTable.of(patterns.votes, k, counts=patterns.counts)
        if len(table.columns) > MAX_VOTES:
            raise LabelModelError(
                f"{model} learns from the moments of all pairs of votes, and {len(table.columns)} different "
                f"ones (LF, class) are cast; at most {MAX_VOTES} are possible; use LabelModel or DawidSkene"
            )
        n = int(patterns.counts.sum())
        return cls(
            columns=table.columns,
            m=table.m,
            k=k,
            together=_pair_counts(patterns, table) / max(n, 1),
            n=n,
            labeled=LabeledVotes.of(patterns, table),
            component=component,
        )

    @cached_property
    def rate(self) -> FloatArray:
        """(a,): the share of rows on which each vote is cast."""
        return np.diagonal(self.together).copy()

    @cached_property
    def apart(self) -> BoolArray:
        """(a, a): whether two votes are of LFs that do not depend on each other, directly or not."""
        return lfs_apart(self.lf, self.component)

    def mean_by_lf(self, values: FloatArray) -> FloatArray:
        """Return (m,) the mean over an LF's votes of (a,) shares; nan for an LF that never votes."""
        with np.errstate(invalid="ignore"):
            mean: FloatArray = self.by_lf(self.rate * values) / self.by_lf(self.rate)
        return np.clip(mean, 0.0, 1.0)  # which rounding would leave


def lfs_apart(lf: IntArray, component: IntArray | None) -> BoolArray:
    """Return (a, a): whether two of (a,) LFs differ, and are not of one component.

    Examples
    --------
    >>> lfs_apart(np.array([0, 0, 1, 2]), np.array([-1, 0, 0])).astype(int).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]]
    """
    apart: BoolArray = lf[:, None] != lf
    if component is not None:
        of = component[lf]
        apart &= (of[:, None] != of) | (of < 0)
    return apart


def _pair_counts(patterns: VotePatterns, table: VoteTable) -> FloatArray:
    """Return (a, a) exact counts of the votes cast together.

    Patterns that occur once are counted on bit planes where that costs less than a sparse product.
    """
    cast = np.diff(table.indicators.indptr).astype(np.float64)
    once = patterns.counts == 1
    width = table.m * table.k
    if once.sum() * width**2 / BIT_PAIRS < (cast[once] ** 2).sum() and width <= MAX_VOTES:
        pairs = pair_moments(patterns.votes[once], table.k).counts.reshape(width, width)
        counts: FloatArray = pairs[np.ix_(table.columns, table.columns)].astype(np.float64)
        counts += cast_together(table.indicators[~once], patterns.counts[~once]).toarray()
        return counts
    return table.together()
