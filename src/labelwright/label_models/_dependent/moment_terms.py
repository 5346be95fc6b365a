"""What dependent labeling functions add to the log scores of a model that learns from moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.core.votes.indicators import VoteTable
from labelwright.label_models._dependent.clique_rates import Component, components_taken_together
from labelwright.label_models._dependent.clique_tables import CliqueTables
from labelwright.label_models._dependent.dependence import components_of, static_weights
from labelwright.label_models._dependent.row_weights import RowWeights


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A dependency graph, laid out for a model that learns from moments.

    Attributes
    ----------
    components : tuple of Component
        Components whose votes are taken together.
    lf_weights : (m,) float64
        Weights of LFs; in other components similar LFs share one.
    component : (m,) int64
        The component of each LF, -1 where it depends on none.
    """

    components: tuple[Component, ...]
    lf_weights: FloatArray
    component: IntArray

    @classmethod
    def of(cls, graph: DependencyGraph, patterns: VotePatterns, *, k: int) -> Taken:
        """Lay out a graph over vote patterns."""
        table = VoteTable.of(patterns.votes, k)
        components = components_taken_together(graph, patterns, table.indicators, k=k)
        small = {int(lf) for component in components for lf in component.lfs}
        rest = RowWeights.of(graph, lfs=set(range(graph.m)) - small)
        return cls(components, static_weights(rest, graph.m), components_of(graph))


@dataclass(frozen=True, slots=True, eq=False)
class DependentTerms:
    """What to add to the log scores of rows beside the sum over their votes.

    Attributes
    ----------
    tables : tuple of (LFs, CliqueTables)
        What the votes of each component tell beyond what they tell alone.
    silence : (m, q) float64
        What the silence of each LF adds to each score.
    counted : bool
        Whether the scores have that already, for all LFs. Otherwise it is added for the LFs of components of
        which some LF votes: their tables are about votes and silence taken together.
    """

    tables: tuple[tuple[IntArray, CliqueTables], ...]
    silence: FloatArray
    counted: bool

    def of_votes(self, votes: VoteArray) -> FloatArray:
        """Return (n, q) the sums."""
        total = np.zeros((len(votes), self.silence.shape[1]))
        for lfs, tables in self.tables:
            silent = votes[:, lfs] == ABSTAIN
            rows = np.arange(len(votes)) if self.counted else np.flatnonzero(~silent.all(axis=1))
            total[rows] += tables.of_votes(votes[rows])
            if not self.counted:
                total[rows] += silent[rows].astype(np.float64) @ self.silence[lfs]
        return total


def one_against_rest(by_class: Iterable[CliqueTables]) -> CliqueTables:
    """Return tables of log odds, (s + 1, k), from tables of two classes each: class c, and the rest."""
    found = list(by_class)
    columns = [[terms[:, 0] - terms[:, 1] for terms in tables.terms] for tables in found]
    terms = tuple(np.stack(each, axis=1) for each in zip(*columns, strict=True))
    return CliqueTables(found[0].states, found[0].signs, terms)
