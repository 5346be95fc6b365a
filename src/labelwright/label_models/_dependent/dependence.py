"""What a dependency graph changes in the sums of a label model's votes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray, VoteArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.label_models._dependent.clique_tables import Cliques, joined, small_trees
from labelwright.label_models._dependent.row_weights import RowWeights

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """A dependency graph, laid out over vote patterns.

    Attributes
    ----------
    weighted : (u, q) sparse array
        The share that each vote cast has of its LF's weight.
    lf_weights : (m,) float64
        The weight of each LF on all rows, nan where the graph does not say.
    shares : (m,) float64
        What of it is left where all similar LFs vote alike.
    component : (m,) int64
        The connected component of each LF, -1 where it depends on none.
    cliques : Cliques or None
        Of the components whose votes are taken together.
    """

    weighted: csr_array
    lf_weights: FloatArray
    shares: FloatArray
    component: IntArray
    cliques: Cliques | None = None

    def every(self, step: int) -> Dependence:
        """Return the same of every `step`-th pattern."""
        cliques = None if self.cliques is None else self.cliques.every(step)
        return replace(self, weighted=self.weighted[::step], cliques=cliques)

    def left(self, lf_size: FloatArray) -> float:
        """Return the share of votes, (m,) an LF, by LFs whose dependencies no table of cliques holds."""
        cliques = () if self.cliques is None else self.cliques.states
        taken = np.isin(np.arange(len(lf_size)), [lf for states in cliques for lf in states.lfs])
        return float(lf_size[(self.component >= 0) & ~taken].sum() / max(lf_size.sum(), 1.0))

    def explains(self, lf: IntArray) -> BoolArray:
        """Return (s, s) whether pairs of (s,) LFs are of one component."""
        component = self.component[lf]
        joined: BoolArray = (component[:, None] == component) & (component >= 0)
        return joined


def components_of(graph: DependencyGraph) -> IntArray:
    """Return (m,) the number of each LF's component, -1 where it depends on none."""
    component = np.full(graph.m, -1)
    for number, lfs in enumerate(graph.components()):
        component[list(lfs)] = number
    return component


def weighted_by_row(
    graph: DependencyGraph, row_weights: RowWeights, votes: VoteArray, indicators: csr_array, lf: IntArray
) -> Dependence:
    """Let votes of dependent LFs weigh less where they repeat each other, row by row.

    Parameters
    ----------
    graph : DependencyGraph
    row_weights : RowWeights
    votes : (u, m) int8 or int16
        Patterns.
    indicators : (u, q) sparse float64
        1 where a vote is cast in a pattern.
    lf : (q,) int64
        The LF of each vote.
    """
    whole = np.full(graph.m, np.nan)
    whole[row_weights.shared] = 1.0
    weighted = _weighted(row_weights, votes, indicators, lf)
    return Dependence(weighted, whole, static_weights(row_weights, graph.m), components_of(graph))


def taken_together(
    graph: DependencyGraph, patterns: VotePatterns, indicators: csr_array, *, k: int
) -> Dependence:
    """Take the votes of each component together where tables hold them; elsewhere similar LFs weigh less."""
    small = small_trees(patterns, graph.pairs(), k=k)
    taken = np.isin(np.arange(graph.m), [lf for lfs in small for lf in lfs])
    weights = static_weights(RowWeights.of(graph), graph.m)
    told = np.where(taken, 1.0, np.where(weights < 1.0, weights, np.nan))
    cliques = Cliques.of(joined(small.values()), patterns.votes, k=k) if small else None
    return Dependence(indicators, told, np.where(taken, weights, 1.0), components_of(graph), cliques)


def static_weights(row_weights: RowWeights, m: int) -> FloatArray:
    """Return (m,) the weight of each LF where all that are similar vote alike."""
    shares = np.ones(m)
    shares[row_weights.lfs] = row_weights.alike
    return shares


def _weighted(row_weights: RowWeights, votes: VoteArray, indicators: csr_array, lf: IntArray) -> csr_array:
    from scipy.sparse import csr_array

    if not row_weights:
        return indicators
    of_lf = np.full(votes.shape[1], -1)
    of_lf[row_weights.lfs] = np.arange(len(row_weights.lfs))
    place = of_lf[lf[indicators.indices]]
    rows = np.repeat(np.arange(len(votes)), np.diff(indicators.indptr))
    data, some = indicators.data.copy(), place >= 0
    data[some] *= row_weights.of_votes(votes)[rows[some], place[some]]
    return csr_array((data, indicators.indices, indicators.indptr), shape=indicators.shape)
