"""The votes cast in a label matrix, laid out for the sums of an EM-type label model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.label_models.evidence import indicators
from labelwright.label_models.hand_labels import KnownClasses
from labelwright.label_models.near_duplicates import voices

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ALIKE = 0.95  # share of equal votes from which LFs are near duplicates
BLOCK = 1 << 18  # probabilities looked at together: bounds the memory of the leave-one-out step
FARTHEST = 600.0  # nats; a vote for one class against another beyond it counts as this much: exp stays finite


@dataclass(frozen=True, eq=False)
class Cast:
    """The votes cast in u patterns of m LFs over k classes, laid out for sums.

    Rows of the (m*k, k) tables below are votes (LF j, class v) at ``j*k + v``, their columns true classes.
    """

    seen: csr_array
    counts: IntArray
    voices: FloatArray
    k: int
    known: KnownClasses

    @classmethod
    def of(cls, patterns: VotePatterns, k: int) -> Cast:
        """Lay out vote patterns."""
        seen = indicators(patterns.votes, k)
        shared = voices(seen, patterns.counts, k=k, at_least=ALIKE)
        return cls(seen, patterns.counts, np.repeat(shared, k), k, KnownClasses.of(patterns))

    def every(self, step: int) -> Cast:
        """Return the votes of every `step`-th pattern."""
        known = KnownClasses(self.known.classes[::step])
        return Cast(self.seen[::step], self.counts[::step], self.voices, self.k, known)

    @cached_property
    def size(self) -> FloatArray:
        """(m*k,): how often each vote was cast."""
        size: FloatArray = self.seen.T @ self.counts.astype(np.float64)
        return size

    @cached_property
    def voting_voices(self) -> float:
        """The number of LFs that vote, near duplicates counted as one."""
        votes = self.size.reshape(-1, self.k).any(axis=1)
        return float(self.voices[:: self.k][votes].sum())

    @cached_property
    def several_classes(self) -> BoolArray:
        """(m*k,): whether the vote's LF votes for more than one class."""
        voted = (self.size > 0).reshape(-1, self.k).sum(axis=1)
        return np.repeat(voted > 1, self.k)

    @cached_property
    def own(self) -> BoolArray:
        """(m*k, k): the class that a vote is for."""
        own: BoolArray = (np.arange(self.seen.shape[1]) % self.k)[:, None] == np.arange(self.k)
        return own

    @cached_property
    def beside(self) -> BoolArray:
        """(votes cast,): whether another voice is heard on the same row."""
        row_voices = self.seen @ self.voices
        beside: BoolArray = row_voices[self.rows] > 1 + 1e-9
        return beside

    @cached_property
    def _heard(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Of each vote `beside` another voice: its place ``j*k + v``, its pattern, the pattern's count."""
        at = np.flatnonzero(self.beside)
        rows = self.rows[at]
        return self.seen.indices[at], rows.astype(np.int32), self.counts[rows].astype(np.float64)

    @cached_property
    def _heard_size(self) -> FloatArray:
        """(m*k,): how often each vote was cast beside another voice."""
        votes, _, weights = self._heard
        return np.bincount(votes, weights=weights, minlength=self.seen.shape[1]).astype(np.float64)

    @cached_property
    def rows(self) -> IntArray:
        """(votes cast,): the pattern of each vote."""
        return np.repeat(np.arange(self.seen.shape[0]), np.diff(self.seen.indptr))

    def scores(self, table: FloatArray) -> FloatArray:
        """Return (u, k): the sum of the table's rows over each pattern's voices."""
        scores: FloatArray = self.seen @ (self.voices[:, None] * table)
        return scores

    def totals(self, P: FloatArray) -> FloatArray:
        """Return (m*k, k): the rows' probabilities, summed over where each vote was cast."""
        totals: FloatArray = self.seen.T @ (P * self.counts[:, None])
        return totals

    def totals_of_others(self, table: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return `totals` as the other LFs see it, (m*k, k), and the votes counted, (m*k,).

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
        without = np.exp(np.maximum(against, -FARTHEST).T)
        return np.exp(scores - scores.max(axis=0)), np.ascontiguousarray(without)
