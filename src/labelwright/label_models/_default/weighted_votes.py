"""The votes cast in a label matrix, each with its weight, laid out for the sums of an EM-type label model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import VoteTable, indicators
from labelwright.core.votes.near_duplicates import Likeness, duplicate_weights, near_duplicates
from labelwright.label_models._dependent.dependence import Dependence

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEAR_DUPLICATES: Final = Likeness(0.95)  # equal votes on 95% of the rows on which either of two LFs votes
BLOCK = 1 << 18  # probabilities looked at together: bounds the memory of the leave-one-out step
MAX_NATS = 600.0  # nats; a vote for one class against another beyond it counts as this much: exp stays finite


@dataclass(frozen=True, eq=False)
class WeightedVotes(VoteTable):
    """A vote table in which the votes of LFs that repeat each other weigh less than one.

    The q rows of the (q, k) tables below are the votes (LF j, class v) that occur at all, their columns true
    classes: where LFs vote one class each, tables stay small however many the classes.

    Attributes
    ----------
    lf_weights : (m,) float64
        1, or 1 over the number of near duplicates.
    known : KnownClasses
    dependence : Dependence or None
        What a dependency graph makes of the votes.
    """

    lf_weights: FloatArray
    known: KnownClasses
    dependence: Dependence | None = None

    @classmethod
    def of_patterns(cls, patterns: VotePatterns, k: int) -> WeightedVotes:
        """Lay out vote patterns."""
        cast = indicators(patterns.votes, k)
        alike = near_duplicates(cast, patterns.counts, k=k, likeness=NEAR_DUPLICATES)
        table = VoteTable.of_indicators(cast, k, counts=patterns.counts)
        return cls(
            indicators=table.indicators,
            columns=table.columns,
            counts=table.counts,
            m=table.m,
            k=k,
            lf_weights=duplicate_weights(alike, m=table.m),
            known=KnownClasses.of(patterns),
        )

    def every(self, step: int) -> WeightedVotes:
        """Return the votes of every `step`-th pattern, votes that none of them has included."""
        return replace(
            self,
            indicators=self.indicators[::step],
            counts=self.counts[::step],
            known=KnownClasses(self.known.classes[::step]),
            dependence=None if self.dependence is None else self.dependence.every(step),
        )

    def depending(self, dependence: Dependence) -> WeightedVotes:
        """Return the votes as they weigh where LFs depend on each other; of those the graph gives weights."""
        told = dependence.lf_weights
        return replace(
            self, lf_weights=np.where(np.isnan(told), self.lf_weights, told), dependence=dependence
        )

    @property
    def weighted(self) -> csr_array:
        """(u, q): the share of its LF's weight that each vote cast has."""
        return self.indicators if self.dependence is None else self.dependence.weighted

    @property
    def duplicate_weights(self) -> FloatArray:
        """(m,): the weights for counting LFs, where LFs that depend on each other vote alike."""
        return self.lf_weights if self.dependence is None else self.lf_weights * self.dependence.shares

    @cached_property
    def vote_weights(self) -> FloatArray:
        """(q,): the weight of each vote's LF."""
        return self.lf_weights[self.lf]

    @cached_property
    def effective_lfs(self) -> float:
        """The number of LFs that vote, near duplicates counted as one."""
        return float(self.duplicate_weights[np.unique(self.lf)].sum())

    def scores(self, table: FloatArray) -> FloatArray:
        """Return (u, k): the weighted sum of the table's rows over each pattern's votes."""
        scores: FloatArray = self.weighted @ (self.vote_weights[:, None] * table)
        return scores

    # --- leaving out one LF

    @cached_property
    def has_other(self) -> BoolArray:
        """(votes cast,): whether another LF votes on the same row, near duplicates counted as one."""
        row_weights = self.weighted @ self.vote_weights
        other: BoolArray = row_weights[self.rows] > 1 + 1e-9
        return other

    @cached_property
    def _with_others(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Of each vote that has another one beside: its place, its pattern, the pattern's count."""
        at = np.flatnonzero(self.has_other)
        rows = self.rows[at]
        return self.indicators.indices[at], rows.astype(np.int32), self.counts[rows]

    @cached_property
    def _size_with_others(self) -> FloatArray:
        """(q,): how often each vote was cast beside another."""
        votes, _, weights = self._with_others
        return np.bincount(votes, weights=weights, minlength=len(self.columns)).astype(np.float64)

    def totals_of_others(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return `totals` as the other LFs see it, (q, k), and the votes counted, (q,).

        A vote beside no other one is left out, and near duplicates do not vouch for each other: what is taken
        away from a row's scores is one whole vote.
        """
        posteriors, without = self._exponentials(table)
        totals = np.zeros((self.k, len(table)))
        votes, rows, weights = self._with_others
        step = max(BLOCK // self.k, 1)
        for start in range(0, len(votes), step):
            block = slice(start, start + step)
            P = posteriors.take(rows[block], axis=1)
            P *= without.take(votes[block], axis=1)
            P *= weights[block] / P.sum(axis=0)
            for c in range(self.k):
                totals[c] += np.bincount(votes[block], weights=P[c], minlength=len(table))
        return np.ascontiguousarray(totals.T), self._size_with_others.copy()

    def _exponentials(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return exp of the scores, (k, u), and of minus the table, (k, q), each times a constant a row.

        A posterior without a vote is their product, rescaled: one exponential a pattern, not one a vote.
        """
        scores = np.ascontiguousarray(self.scores(table).T)
        against = table.min(axis=1, keepdims=True) - table
        without = np.exp(np.maximum(against, -MAX_NATS).T)
        return np.exp(scores - scores.max(axis=0)), np.ascontiguousarray(without)
