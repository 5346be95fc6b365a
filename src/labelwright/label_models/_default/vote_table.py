"""The votes cast in a label matrix, laid out for the sums of an EM-type label model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.near_duplicates import voices
from labelwright.label_models._dependent.dependence import Dependence

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ALIKE = 0.95  # share of equal votes from which LFs are near duplicates
BLOCK = 1 << 18  # probabilities looked at together: bounds the memory of the leave-one-out step
MAX_NATS = 600.0  # nats; a vote for one class against another beyond it counts as this much: exp stays finite


@dataclass(frozen=True, eq=False)
class Cast:
    """The votes cast in u patterns of m LFs over k classes, laid out for sums.

    The q rows of the (q, k) tables below are the votes (LF j, class v) that occur at all, their columns true
    classes: where LFs vote one class each, tables stay small however many the classes.

    Attributes
    ----------
    seen : (u, q) sparse float64
        1 where a vote is cast in a pattern.
    counts : (u,) integers
        Rows a pattern.
    columns : (q,) int64
        Each vote as ``j*k + v``, ascending.
    lf_voices : (m,) float64
        1, or 1 over the number of near duplicates.
    k : int
    known : KnownClasses
    dependence : Dependence or None
        What a dependency graph makes of the votes.
    """

    seen: csr_array
    counts: IntArray
    columns: IntArray
    lf_voices: FloatArray
    k: int
    known: KnownClasses
    dependence: Dependence | None = None

    @classmethod
    def of(cls, patterns: VotePatterns, k: int) -> Cast:
        """Lay out vote patterns."""
        every = indicators(patterns.votes, k)
        shared = voices(every, patterns.counts, k=k, at_least=ALIKE)
        columns = np.unique(every.indices)
        return cls(every[:, columns], patterns.counts, columns, shared, k, KnownClasses.of(patterns))

    def every(self, step: int) -> Cast:
        """Return the votes of every `step`-th pattern, votes that none of them has included."""
        known = KnownClasses(self.known.classes[::step])
        dependence = None if self.dependence is None else self.dependence.every(step)
        return replace(
            self, seen=self.seen[::step], counts=self.counts[::step], known=known, dependence=dependence
        )

    def depending(self, dependence: Dependence) -> Cast:
        """Return the votes as heard where LFs depend on each other; of those the graph gives the voices."""
        told = dependence.lf_voices
        return replace(self, lf_voices=np.where(np.isnan(told), self.lf_voices, told), dependence=dependence)

    @property
    def heard(self) -> csr_array:
        """(u, q): the share of its LF's voice that each vote cast has."""
        return self.seen if self.dependence is None else self.dependence.heard

    @property
    def lf_shares(self) -> FloatArray:
        """(m,): the voices for counting LFs, where LFs that depend on each other vote alike."""
        return self.lf_voices if self.dependence is None else self.lf_voices * self.dependence.shares

    @cached_property
    def m(self) -> int:
        """The number of LFs."""
        return len(self.lf_voices)

    @cached_property
    def lf(self) -> IntArray:
        """(q,): the LF of each vote."""
        return self.columns // self.k

    @cached_property
    def vote(self) -> IntArray:
        """(q,): the class that each vote is for."""
        return self.columns % self.k

    @cached_property
    def voices(self) -> FloatArray:
        """(q,): the voice of each vote's LF."""
        return self.lf_voices[self.lf]

    @cached_property
    def size(self) -> FloatArray:
        """(q,): how often each vote was cast."""
        size: FloatArray = self.seen.T @ self.counts.astype(np.float64)
        return size

    @cached_property
    def lf_size(self) -> FloatArray:
        """(m,): how often each LF voted."""
        return self.by_lf(self.size)

    def by_lf(self, values: FloatArray) -> FloatArray:
        """Return (m,) sums over the votes of each LF."""
        return np.bincount(self.lf, weights=values, minlength=self.m).astype(np.float64)

    @cached_property
    def voting_voices(self) -> float:
        """The number of LFs that vote, near duplicates counted as one."""
        return float(self.lf_shares[np.unique(self.lf)].sum())

    @cached_property
    def several_classes(self) -> BoolArray:
        """(q,): whether the vote's LF votes for more than one class."""
        several: BoolArray = np.bincount(self.lf, minlength=self.m)[self.lf] > 1
        return several

    @cached_property
    def own(self) -> BoolArray:
        """(q, k): the class that a vote is for."""
        own: BoolArray = self.vote[:, None] == np.arange(self.k)
        return own

    @cached_property
    def beside(self) -> BoolArray:
        """(votes cast,): whether another voice is heard on the same row."""
        row_voices = self.heard @ self.voices
        beside: BoolArray = row_voices[self.rows] > 1 + 1e-9
        return beside

    @cached_property
    def _heard(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Of each vote `beside` another voice: its place, its pattern, the pattern's count."""
        at = np.flatnonzero(self.beside)
        rows = self.rows[at]
        return self.seen.indices[at], rows.astype(np.int32), self.counts[rows].astype(np.float64)

    @cached_property
    def _heard_size(self) -> FloatArray:
        """(q,): how often each vote was cast beside another voice."""
        votes, _, weights = self._heard
        return np.bincount(votes, weights=weights, minlength=self.seen.shape[1]).astype(np.float64)

    @cached_property
    def rows(self) -> IntArray:
        """(votes cast,): the pattern of each vote."""
        return np.repeat(np.arange(self.seen.shape[0]), np.diff(self.seen.indptr))

    def scores(self, table: FloatArray) -> FloatArray:
        """Return (u, k): the sum of the table's rows over each pattern's voices."""
        scores: FloatArray = self.heard @ (self.voices[:, None] * table)
        return scores

    def totals(self, P: FloatArray) -> FloatArray:
        """Return (q, k): the rows' probabilities, summed over where each vote was cast."""
        totals: FloatArray = self.seen.T @ (P * self.counts[:, None])
        return totals

    def totals_of_others(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return `totals` as the other LFs see it, (q, k), and the votes counted, (q,).

        A vote on which no other voice is heard is left out, and near duplicates do not vouch for each
        other: what is taken away from a row's scores is one whole voice.
        """
        posteriors, without = self._exponentials(table)
        totals = np.zeros((self.k, len(table)))
        votes, rows, weights = self._heard
        step = max(BLOCK // self.k, 1)
        for start in range(0, len(votes), step):
            block = slice(start, start + step)
            P = posteriors.take(rows[block], axis=1)
            P *= without.take(votes[block], axis=1)
            P *= weights[block] / P.sum(axis=0)
            for c in range(self.k):
                totals[c] += np.bincount(votes[block], weights=P[c], minlength=len(table))
        return np.ascontiguousarray(totals.T), self._heard_size.copy()

    def _exponentials(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return exp of the scores, (k, u), and of minus the table, (k, m*k), each times a constant a row.

        A posterior without a vote is their product, rescaled: one exponential a pattern, not one a vote.
        """
        scores = np.ascontiguousarray(self.scores(table).T)
        against = table.min(axis=1, keepdims=True) - table
        without = np.exp(np.maximum(against, -MAX_NATS).T)
        return np.exp(scores - scores.max(axis=0)), np.ascontiguousarray(without)
