"""Which classes get votes, and from which others they are not told apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelwright._types import FloatArray
from labelwright.advisor.modelling.value import ClassVotes
from labelwright.analysis.vote_counts import VoteCounts
from labelwright.core import VoteStatistics

BLOCK: Final = 1 << 20  # cells at a time


def votes_by_class(stats: VoteStatistics, counts: VoteCounts) -> tuple[ClassVotes, ...]:
    """Return what votes each class gets. Cost: O(u (m k + k²)) for u patterns."""
    meetings, contested = _meetings(stats)
    names = [stats.space.name(c) for c in range(stats.k)]
    reached = np.diagonal(meetings)
    rivals = np.where(np.eye(stats.k, dtype=bool), -1.0, meetings)
    return tuple(
        ClassVotes(
            name=names[c],
            lfs=int((counts.cast[:, c] > 0).sum()),
            reached=float(reached[c] / max(stats.n, 1)),
            contested=float(contested[c] / max(reached[c], 1.0)),
            rival=names[int(rivals[c].argmax())] if contested[c] else "",
        )
        for c in range(stats.k)
    )


def _meetings(stats: VoteStatistics) -> tuple[FloatArray, FloatArray]:
    """Return (k, k) rows on which two classes both get votes, and (k,) rows on which a class meets others."""
    k, patterns = stats.k, stats.patterns()
    meetings, contested = np.zeros((k, k)), np.zeros(k)
    step = max(BLOCK // (stats.m + k), 1)
    for start in range(0, len(patterns), step):
        block = patterns.votes[start : start + step]
        weight = patterns.counts[start : start + step] * stats.weight
        rows, lfs = np.nonzero((block >= 0) & (block < k))
        there = np.zeros((len(block), k))
        there[rows, block[rows, lfs]] = 1.0
        meetings += there.T @ (there * weight[:, None])
        contested += (weight * (there.sum(axis=1) > 1)) @ there
    return meetings, contested
