"""Plain values: label spaces, tasks, label matrices, and the statistics of votes."""

from __future__ import annotations

from labelwright._display.table import Table
from labelwright.core.dependency import Dependency
from labelwright.core.dependency_graph import DependencyGraph
from labelwright.core.finding import Finding
from labelwright.core.label_matrix import LabelMatrix
from labelwright.core.label_space import LabelSpace, SpaceChange
from labelwright.core.lf_change import LFChange
from labelwright.core.statistics import VoteStatistics
from labelwright.core.task import Task
from labelwright.core.votes.pair_moments import PairMoments, pair_moments
from labelwright.core.votes.patterns import VotePatterns, rows_repeat, vote_patterns

__all__ = [
    "Dependency",
    "DependencyGraph",
    "Finding",
    "LFChange",
    "LabelMatrix",
    "LabelSpace",
    "PairMoments",
    "SpaceChange",
    "Table",
    "Task",
    "VotePatterns",
    "VoteStatistics",
    "pair_moments",
    "rows_repeat",
    "vote_patterns",
]
