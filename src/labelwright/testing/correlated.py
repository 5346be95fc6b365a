"""Votes of labeling functions that copy each other: what a structure learner should find was put there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import DependencyError
from labelwright._types import FloatArray, IntArray, RandomState, VoteArray
from labelwright._validate import as_generator
from labelwright.core import Dependency, DependencyGraph, LabelMatrix
from labelwright.testing.synthetic import PlantedVotes, sample_votes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Structure:
    """Who copies whom.

    A copier does on a share of the rows, drawn at random, what its source does, abstaining included, and what
    it would do itself on the others. The LFs of a group do the same with a vote that no LF shows: a hidden
    source; an LF of several groups shares its copying out among them. Copies are made in order, so that a
    copy can be copied.

    Attributes
    ----------
    copies : tuple of (copier, source, fidelity)
        Positions of LFs, and the share of rows that are copied.
    groups : tuple of (LFs, fidelity)
        Positions of LFs, and the share of rows on which each takes the vote of the hidden source, which does
        what the first LF of the group would.

    Examples
    --------
    >>> Structure.stars(8, size=3, count=2).pairs()
    [(0, 1), (0, 2), (3, 4), (3, 5)]
    """

    copies: tuple[tuple[int, int, float], ...] = ()
    groups: tuple[tuple[tuple[int, ...], float], ...] = ()

    @classmethod
    def pairs_of(cls, m: int, *, count: int, fidelity: float = 0.9) -> Structure:
        """Return `count` LFs that are copied by one other each."""
        return cls.stars(m, size=2, count=count, fidelity=fidelity)

    @classmethod
    def stars(cls, m: int, *, size: int, count: int, fidelity: float = 0.9) -> Structure:
        """Return `count` LFs that are copied by size - 1 others each."""
        sets = _disjoint(m, size, count)
        return cls(copies=tuple((j, lfs[0], fidelity) for lfs in sets for j in lfs[1:]))

    @classmethod
    def chains(cls, m: int, *, size: int, count: int, fidelity: float = 0.9) -> Structure:
        """Return `count` rows of LFs, each of which copies the one before it."""
        sets = _disjoint(m, size, count)
        return cls(copies=tuple((j, j - 1, fidelity) for lfs in sets for j in lfs[1:]))

    @classmethod
    def cliques(cls, m: int, *, size: int, count: int, fidelity: float = 0.9) -> Structure:
        """Return `count` groups of LFs with a hidden source each."""
        return cls(groups=tuple((lfs, fidelity) for lfs in _disjoint(m, size, count)))

    @classmethod
    def overlapping(cls, m: int, *, size: int, count: int, fidelity: float = 0.9) -> Structure:
        """Return `count` pairs of groups that share one LF, which takes from either in turn."""
        groups = []
        for lfs in _disjoint(m, 2 * size - 1, count):
            groups += [(lfs[:size], fidelity), (lfs[size - 1 :], fidelity)]
        return cls(groups=tuple(groups))

    def pairs(self) -> list[tuple[int, int]]:
        """Return the LFs (i, j), i < j, that depend on each other directly."""
        copied = {(min(i, j), max(i, j)) for i, j, _ in self.copies}
        return sorted(copied.union(*(combinations(sorted(lfs), 2) for lfs, _ in self.groups)))

    def graph(self, names: Iterable[str]) -> DependencyGraph:
        """Return the graph that a structure learner should find."""
        return DependencyGraph(tuple(names), tuple(Dependency(i, j) for i, j in self.pairs()))


def sample_correlated_votes(
    table: FloatArray,
    n: int,
    structure: Structure,
    *,
    class_balance: ArrayLike | None = None,
    random_state: RandomState = None,
) -> PlantedVotes:
    """Draw n rows of votes from LFs some of which copy.

    Parameters
    ----------
    table : (m, k, k+1) float64
        P(LF j does l | y) where it does not copy, abstaining last.
    n : int
        Rows.
    structure : Structure
        Who copies whom.
    class_balance : (k,) array, optional
        P(y); equal shares without.
    random_state : int, numpy.random.Generator or None
        Seeds the draw.

    Returns
    -------
    PlantedVotes
        Its table is that of the votes before copying.

    Raises
    ------
    DependencyError
        The structure names LFs that the table has not.

    Examples
    --------
    >>> from labelwright.testing import one_coin_table
    >>> pair = Structure(copies=((1, 0, 1.0),))
    >>> planted = sample_correlated_votes(one_coin_table([0.9, 0.6, 0.7]), 500, pair, random_state=0)
    >>> bool((planted.label_matrix.votes[:, 0] == planted.label_matrix.votes[:, 1]).all())
    True
    """
    generator = as_generator(random_state)
    _check_positions(structure, len(table))
    own = sample_votes(table, n, class_balance=class_balance, random_state=generator)
    votes = own.label_matrix.to_numpy()
    _vote_in_groups(votes, structure.groups, table, own.gold, generator)
    for copier, source, fidelity in structure.copies:
        _copy(votes, copier, votes[:, source], fidelity, generator)
    matrix = LabelMatrix(votes, space=own.label_matrix.space)
    return PlantedVotes(matrix, own.gold, own.class_balance, table)


def _vote_in_groups(
    votes: VoteArray,
    groups: tuple[tuple[tuple[int, ...], float], ...],
    table: FloatArray,
    gold: IntArray,
    generator: np.random.Generator,
) -> None:
    """Let LFs take the votes of their groups; one of several groups takes the vote of one at a time."""
    luck = generator.random(votes.shape)
    memberships = np.bincount([j for lfs, _ in groups for j in lfs], minlength=votes.shape[1])
    begun = np.zeros(votes.shape[1])
    for lfs, fidelity in groups:
        hidden = _hidden(table[lfs[0]], gold, generator)
        for j in lfs:
            share = fidelity / memberships[j]
            taken = (luck[:, j] >= begun[j]) & (luck[:, j] < begun[j] + share)
            votes[taken, j] = hidden[taken]
            begun[j] += share


def _copy(
    votes: VoteArray, j: int, source: VoteArray, fidelity: float, generator: np.random.Generator
) -> None:
    copied = generator.random(len(votes)) < fidelity
    votes[copied, j] = source[copied]


def _hidden(outcomes: FloatArray, gold: IntArray, generator: np.random.Generator) -> VoteArray:
    k = outcomes.shape[0]
    cumulative = outcomes.cumsum(axis=1)[gold]
    votes = (generator.random((len(gold), 1)) > cumulative[:, :-1]).sum(axis=1)
    return np.where(votes == k, -1, votes)


def _disjoint(m: int, size: int, count: int) -> list[tuple[int, ...]]:
    """Return `count` runs of `size` LFs, from the first LF on."""
    if size < 2 or count < 1 or size * count > m:
        raise DependencyError(
            f"{count} groups of {size} LFs; expected at least one, of 2 LFs or more, and {m} LFs in all"
        )
    return [tuple(range(start, start + size)) for start in range(0, size * count, size)]


def _check_positions(structure: Structure, m: int) -> None:
    copied = {j for copier, source, _ in structure.copies for j in (copier, source)}
    used = copied.union(*(lfs for lfs, _ in structure.groups))
    if used and not (min(used) >= 0 and max(used) < m):
        raise DependencyError(f"the structure names LF {max(used)}; expected positions 0..{m - 1}")
