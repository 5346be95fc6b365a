"""How often the votes of dependent labeling functions come together under each class, beyond chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.dependency_graph import Pair, components
from labelwright.label_models._dependent.junction_tree import JunctionTree, junction_tree
from labelwright.label_models._dependent.vote_states import VoteStates, most_lfs

MAX_STATES = 1 << 12  # of one clique
MIN_ROWS = 20.0  # rows with a vote a state: tables of fewer tell more of chance than of the LFs
ASSUMED_ROWS = 10.0  # what independence given the class counts beside the rows of a class


@dataclass(frozen=True, slots=True, eq=False)
class Cliques:
    """The cliques and separators of junction trees, with the votes that training patterns show of each.

    Attributes
    ----------
    states : tuple of VoteStates
        Cliques, then separators.
    signs : tuple of int
        1 for a clique, -1 for a separator.
    at : tuple of (u,) int64
        The state of each pattern.
    """

    states: tuple[VoteStates, ...]
    signs: tuple[int, ...]
    at: tuple[IntArray, ...]

    @classmethod
    def of(cls, tree: JunctionTree, votes: VoteArray, *, k: int) -> Cliques:
        """Lay out (u, m) votes of patterns."""
        found = [VoteStates.of(votes, lfs, k=k) for lfs in (*tree.cliques, *tree.separators)]
        signs = (1,) * len(tree.cliques) + (-1,) * len(tree.separators)
        return cls(tuple(states for states, _ in found), signs, tuple(at for _, at in found))

    def every(self, step: int) -> Cliques:
        """Return the same of every `step`-th pattern."""
        return replace(self, at=tuple(at[::step] for at in self.at))

    def tables(
        self, rows: FloatArray, columns: IntArray, votes: FloatArray, silence: FloatArray
    ) -> CliqueTables:
        """Count states under each class.

        ::

            P(state | y)  =  (N_y(state) + 10 P_0(state | y)) / (N_y + 10)

        P_0 is what independent LFs would do. Marginals of a table over the LFs of a separator are that
        separator's table, so that the product over the tree is a distribution.

        Parameters
        ----------
        rows : (u, k) float64
            Rows of each pattern that are of each class.
        columns : (q,) int64
            The votes that occur, as ``j*k + v``, ascending.
        votes : (q, k) float64
            P(vote is cast | y).
        silence : (m, k) float64
            P(LF j abstains | y).
        """
        total = rows.sum(axis=0)
        log_votes, log_silence = np.log(votes), np.log(silence)
        terms = []
        for states, at in zip(self.states, self.at, strict=True):
            counts = _sums_by_state(rows, at, len(states))
            alone = states.alone(columns, log_votes, log_silence)
            terms.append(_beyond_chance(counts, alone, total))
        return CliqueTables(self.states, self.signs, tuple(terms))


@dataclass(frozen=True, slots=True, eq=False)
class CliqueTables:
    """What the votes of dependent LFs add to log P(y, votes) beside what each would add alone.

    Attributes
    ----------
    states : tuple of VoteStates
    signs : tuple of int
        As `Cliques` has them.
    terms : tuple of (s + 1, k) float64
        log P(state | y) - log P_0(state | y); last that of a state which was not seen.
    """

    states: tuple[VoteStates, ...]
    signs: tuple[int, ...]
    terms: tuple[FloatArray, ...]

    def at(self, cliques: Cliques) -> FloatArray:
        """Return (u, k) the sums for the patterns that cliques were laid out of."""
        return self._sums(cliques.at)

    def of_votes(self, votes: VoteArray) -> FloatArray:
        """Return (n, k) the sums for rows of (n, m) votes. Cost: O(LFs in cliques) a row."""
        return self._sums(states.find(votes) for states in self.states)

    def of_classes(self, order: IntArray) -> CliqueTables:
        """Return the tables with class `order[v]` as class v."""
        return replace(self, terms=tuple(terms[:, order] for terms in self.terms))

    def _sums(self, at: Iterable[IntArray]) -> FloatArray:
        parts = zip(self.terms, self.signs, at, strict=True)
        sums: FloatArray = sum(sign * terms[places] for terms, sign, places in parts)  # type: ignore[assignment]
        return sums


def _beyond_chance(counts: FloatArray, alone: FloatArray, total: FloatArray) -> FloatArray:
    """Return (s + 1, k) log P(state | y) - log P_0(state | y), the last row that of N_y(state) = 0."""
    with np.errstate(divide="ignore"):
        seen = np.logaddexp(np.log(counts) - alone, np.log(ASSUMED_ROWS))
    unseen = np.full((1, counts.shape[1]), np.log(ASSUMED_ROWS))
    terms: FloatArray = np.concatenate([seen, unseen]) - np.log(total + ASSUMED_ROWS)
    return terms


def _sums_by_state(rows: FloatArray, at: IntArray, number: int) -> FloatArray:
    by_class = [np.bincount(at, column, number) for column in rows.T]
    return np.stack(by_class, axis=1).astype(np.float64)


def small_trees(patterns: VotePatterns, pairs: list[Pair], *, k: int) -> dict[tuple[int, ...], JunctionTree]:
    """Return the components whose junction trees have tables that patterns can fill, with those trees.

    A clique may show 4,096 different votes at most, and 20 times as many rows must have one of its votes.
    """
    trees = {lfs: junction_tree(within(pairs, lfs), widest=most_lfs(k)) for lfs in components(pairs)}
    return {
        lfs: tree
        for lfs, tree in trees.items()
        if tree is not None and all(_filled(patterns, clique, k=k) for clique in tree.cliques)
    }


def _filled(patterns: VotePatterns, lfs: tuple[int, ...], *, k: int) -> bool:
    voted = patterns.counts[(patterns.votes[:, lfs] != ABSTAIN).any(axis=1)].sum()
    states = len(VoteStates.of(patterns.votes, lfs, k=k)[0])
    return bool(states <= max(1.0, min(MAX_STATES, voted / MIN_ROWS)))


def joined(trees: Iterable[JunctionTree]) -> JunctionTree:
    """Return all trees as one forest."""
    some = list(trees)
    cliques = tuple(clique for tree in some for clique in tree.cliques)
    return JunctionTree(cliques, tuple(separator for tree in some for separator in tree.separators))


def within(pairs: list[Pair], lfs: Iterable[int]) -> list[Pair]:
    """Return the pairs among these LFs."""
    some = set(lfs)
    return [pair for pair in pairs if some.issuperset(pair)]
