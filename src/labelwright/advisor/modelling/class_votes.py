"""Which classes get votes, and from which others they are not told apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelwright.advisor.modelling.value import ClassVotes
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import VoteStatistics
from labelwright.core.votes.counts import class_meetings

BLOCK: Final = 1 << 20  # cells at a time


def votes_by_class(stats: VoteStatistics, counts: NamedVoteCounts) -> tuple[ClassVotes, ...]:
    """Return what votes each class gets. Cost: O(u (m k + k²)) for u patterns."""
    found = stats.patterns()
    meetings, contested = class_meetings(found.votes, stats.k, counts=found.counts, weight=stats.weight)
    names = [stats.space.name(c) for c in range(stats.k)]
    reached = np.diagonal(meetings)
    rivals = np.where(np.eye(stats.k, dtype=bool), -1.0, meetings)
    return tuple(
        ClassVotes(
            name=names[c],
            lfs=int((counts.by_class[:, c] > 0).sum()),
            reached=float(reached[c] / max(stats.n, 1)),
            contested=float(contested[c] / max(reached[c], 1.0)),
            rival=names[int(rivals[c].argmax())] if contested[c] else "",
        )
        for c in range(stats.k)
    )
