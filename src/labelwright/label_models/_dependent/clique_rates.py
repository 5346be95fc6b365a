"""How often each class makes dependent labeling functions vote as they do, from moments with other LFs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray
from labelwright.core import DependencyGraph, VotePatterns
from labelwright.label_models._dependent.clique_tables import (
    ASSUMED_ROWS,
    Cliques,
    CliqueTables,
    small_trees,
)
from labelwright.label_models._dependent.vote_states import VoteStates

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MIN_RATE = 0.01  # no class makes votes more than a hundred times rarer than they are overall
BLOCK = 1 << 20  # numbers of the systems that are solved together


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """(a, k) P(vote | y) of the votes that occur, and (m, k) P(LF j abstains | y)."""

    votes: FloatArray
    silence: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CliqueEvidence:
    """The votes beside which the states of a clique tell their rates; several of an LF may be taken for one.

    Attributes
    ----------
    given : (b, k) float64
        P(b | y).
    rate : (b,) float64
        Share of rows with b.
    lf : (b,) int64
        Its LF.
    merge : (b, a) sparse float64
        1 where a vote is one of b.
    balance : (k,) float64
        P(y).
    """

    given: FloatArray
    rate: FloatArray
    lf: IntArray
    merge: csr_array
    balance: FloatArray

    def of_others(self, lfs: IntArray) -> CliqueEvidence:
        """Return the same without these LFs."""
        kept = np.flatnonzero(~np.isin(self.lf, lfs))
        return CliqueEvidence(
            self.given[kept], self.rate[kept], self.lf[kept], self.merge[kept], self.balance
        )


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """LFs that depend on each other, taken together: a junction tree with what its states add.

    Attributes
    ----------
    lfs : (c,) int64
        Positions of the LFs.
    states : tuple of VoteStates
        Of cliques, then of separators.
    signs : tuple of int
        1 for a clique, -1 for a separator.
    together : tuple of (s, a) float64
        Share of the rows on which LFs show a state and a vote is cast, for the a votes that occur.
    rates : tuple of (s,) float64
        Share of the rows that show a state.
    n : int
        Rows.
    """

    lfs: IntArray
    states: tuple[VoteStates, ...]
    signs: tuple[int, ...]
    together: tuple[FloatArray, ...]
    rates: tuple[FloatArray, ...]
    n: int

    @classmethod
    def of(
        cls, lfs: tuple[int, ...], cliques: Cliques, patterns: VotePatterns, indicators: csr_array
    ) -> Component:
        """Count states beside the votes of all LFs, given as (u, a) indicators."""
        n = float(patterns.counts.sum())
        shown = [_state_indicators(at, len(s)) for s, at in zip(cliques.states, cliques.at, strict=True)]
        weighted = [states.multiply(patterns.counts / n).tocsr() for states in shown]
        return cls(
            np.array(lfs, dtype=np.int64),
            cliques.states,
            cliques.signs,
            tuple((states @ indicators).toarray() for states in weighted),
            tuple(np.asarray(states.sum(axis=1)).ravel() for states in weighted),
            int(n),
        )

    def tables(self, columns: IntArray, alone: Alone, evidence: CliqueEvidence) -> CliqueTables:
        """Return what the votes of the LFs tell taken together, beside what they tell alone.

        Parameters
        ----------
        columns : (a,) int64
            The votes that occur, as ``j*k + v``, ascending.
        alone : Alone
            What each LF does alone.
        evidence : CliqueEvidence
            The votes that states come beside.
        """
        others = evidence.of_others(self.lfs)
        log_votes, log_silence = np.log(alone.votes), np.log(alone.silence)
        unseen = np.log(ASSUMED_ROWS) - np.log(self.n * evidence.balance + ASSUMED_ROWS)
        terms = []
        for states, together, rate in zip(self.states, self.together, self.rates, strict=True):
            independent = states.alone(columns, log_votes, log_silence)
            found = state_rates((others.merge @ together.T).T, rate, independent, evidence=others, n=self.n)
            terms.append(np.concatenate([np.log(found) - independent, unseen[None]]))
        return CliqueTables(self.states, self.signs, tuple(terms))


def components_taken_together(
    graph: DependencyGraph, patterns: VotePatterns, indicators: csr_array, *, k: int
) -> tuple[Component, ...]:
    """Return the components whose votes tables can hold, laid out; see `small_trees`."""
    return tuple(
        Component.of(lfs, Cliques.of(tree, patterns.votes, k=k), patterns, indicators)
        for lfs, tree in small_trees(patterns, graph.pairs(), k=k).items()
    )


def state_rates(
    together: FloatArray, rate: FloatArray, alone: FloatArray, *, evidence: CliqueEvidence, n: int
) -> FloatArray:
    """Return (s, k) P(state | y) from how often states and the votes of independent LFs come together.

    ::

        E[1{state} 1{vote b}]  =  sum_y P(y) P(state | y) P(b | y)        for votes b of other components
        E[1{state}]            =  sum_y P(y) P(state | y)

    is linear in P(state | y): least squares, each equation weighted by the inverse of its variance under
    independence, held near what independent LFs would do as by 10 rows.

    Parameters
    ----------
    together : (s, b) float64
        Share of rows with the state and the vote.
    rate : (s,) float64
        Share of rows with the state.
    alone : (s, k) float64
        log P(state | y) of independent LFs.
    evidence : CliqueEvidence
        The votes b.
    n : int
        Rows.
    """
    k = len(evidence.balance)
    expected = np.exp(alone - alone.max(axis=1, keepdims=True))
    expected *= (rate / (expected @ evidence.balance))[:, None]
    design = np.concatenate([evidence.given * evidence.balance, evidence.balance[None]])
    sure = n / np.concatenate([np.maximum(evidence.rate, 1.0 / n), [1.0]])
    power = design.T @ (design * sure[:, None])
    shown = (np.concatenate([together, rate[:, None]], axis=1) * sure) @ design
    solved = np.empty_like(expected)
    step = max(BLOCK // k**2, 1)
    for start in range(0, len(rate), step):
        block = slice(start, start + step)
        prior = ASSUMED_ROWS * evidence.balance / np.maximum(expected[block], 1e-12)
        matrix = power / rate[block, None, None] + prior[:, :, None] * np.eye(k)
        right = shown[block] / rate[block, None] + prior * expected[block]
        solved[block] = np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
    floored: FloatArray = np.clip(solved, MIN_RATE * rate[:, None], 1.0)
    return floored


def _state_indicators(at: IntArray, number: int) -> csr_array:
    from scipy.sparse import csr_array

    u = len(at)
    return csr_array((np.ones(u), (at, np.arange(u))), shape=(number, u))
