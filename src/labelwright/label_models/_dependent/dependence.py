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
    heard : (u, q) sparse array
        The share that each vote cast has of its LF's voice.
    lf_voices : (m,) float64
        The voice of each LF on all rows, nan where the graph does not say.
    shares : (m,) float64
        What of it is left where all similar LFs vote alike.
    component : (m,) int64
        The connected component of each LF, -1 where it depends on none.
    cliques : Cliques or None
        Of the components whose votes are taken together.
    """

    heard: csr_array
    lf_voices: FloatArray
    shares: FloatArray
    component: IntArray
    cliques: Cliques | None = None

    def every(self, step: int) -> Dependence:
        """Return the same of every `step`-th pattern."""
        cliques = None if self.cliques is None else self.cliques.every(step)
        return replace(self, heard=self.heard[::step], cliques=cliques)

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


def weighed(
    graph: DependencyGraph, voices: RowWeights, votes: VoteArray, seen: csr_array, lf: IntArray
) -> Dependence:
    """Let dependent LFs share their voices, row by row.

    Parameters
    ----------
    graph : DependencyGraph
    voices : RowWeights
    votes : (u, m) int8 or int16
        Patterns.
    seen : (u, q) sparse float64
        1 where a vote is cast in a pattern.
    lf : (q,) int64
        The LF of each vote.
    """
    whole = np.full(graph.m, np.nan)
    whole[voices.shared] = 1.0
    heard = _heard(voices, votes, seen, lf)
    return Dependence(heard, whole, static_voices(voices, graph.m), components_of(graph))


def taken_together(graph: DependencyGraph, patterns: VotePatterns, seen: csr_array, *, k: int) -> Dependence:
    """Take the votes of each component together where tables hold them; in the others LFs share voices."""
    small = small_trees(patterns, graph.pairs(), k=k)
    taken = np.isin(np.arange(graph.m), [lf for lfs in small for lf in lfs])
    voices = static_voices(RowWeights.of(graph), graph.m)
    told = np.where(taken, 1.0, np.where(voices < 1.0, voices, np.nan))
    cliques = Cliques.of(joined(small.values()), patterns.votes, k=k) if small else None
    return Dependence(seen, told, np.where(taken, voices, 1.0), components_of(graph), cliques)


def static_voices(voices: RowWeights, m: int) -> FloatArray:
    """Return (m,) the voice of each LF where all that are similar vote alike."""
    shares = np.ones(m)
    shares[voices.lfs] = voices.alike
    return shares


def _heard(voices: RowWeights, votes: VoteArray, seen: csr_array, lf: IntArray) -> csr_array:
    from scipy.sparse import csr_array

    if not voices:
        return seen
    of_lf = np.full(votes.shape[1], -1)
    of_lf[voices.lfs] = np.arange(len(voices.lfs))
    place = of_lf[lf[seen.indices]]
    rows = np.repeat(np.arange(len(votes)), np.diff(seen.indptr))
    data, some = seen.data.copy(), place >= 0
    data[some] *= voices.of_votes(votes)[rows[some], place[some]]
    return csr_array((data, seen.indices, seen.indptr), shape=seen.shape)
