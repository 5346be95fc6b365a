"""What a fitted model made of the votes that it learned from, beside majority vote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, VoteArray
from labelwright.core import VotePatterns
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.patterns import weighted_part
from labelwright.core.votes.ties import largest

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

BLOCK: Final = 1 << 14  # patterns at a time
MAX_PATTERNS: Final = 1 << 15  # patterns: a share of rows is off by 0.4 percent at most (one standard error)
CERTAIN: Final = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Labels of the covered rows, as shares of them; a tied row counts for each of its classes in part.

    Attributes
    ----------
    votes, majority, predicted : (k,) float64
        The classes' shares of the votes, of majority vote's labels and of the model's labels.
    confidence : float
        The mean probability of the label.
    certain : float
        Rows whose label has a probability of 0.999 or more.
    moved : float
        Rows whose label is none that majority vote gives.
    overturned : float
        Of the rows on which two or more LFs vote and all alike: those with another label.
    """

    votes: FloatArray
    majority: FloatArray
    predicted: FloatArray
    confidence: float
    certain: float
    moved: float
    overturned: float

    @classmethod
    def of(cls, model: BaseLabelModel, patterns: VotePatterns) -> Outcome:
        """Label the patterns that a model learned from, or at most `MAX_PATTERNS` that stand for all."""
        k, patterns = model.n_classes_, weighted_part(patterns, MAX_PATTERNS)
        sums, votes = np.zeros(6), np.zeros(k)
        shares = np.zeros((2, k))
        for start in range(0, len(patterns), BLOCK):
            block = slice(start, start + BLOCK)
            made = _Block.of(model, patterns.votes[block], patterns.counts[block].astype(np.float64))
            sums += made.sums()
            votes += made.votes
            shares += made.shares()
        covered, unanimous = max(sums[0], 1.0), max(sums[4], 1.0)
        return cls(
            votes=votes / max(votes.sum(), 1.0),
            majority=shares[0] / covered,
            predicted=shares[1] / covered,
            confidence=float(sums[1] / covered),
            certain=float(sums[2] / covered),
            moved=float(sums[3] / covered),
            overturned=float(sums[5] / unanimous),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Patterns with a vote: their rows, whether all of several votes are equal, labels, confidence."""

    rows: FloatArray
    votes: FloatArray
    unanimous: BoolArray
    majority: FloatArray
    labels: FloatArray
    confidence: FloatArray

    @classmethod
    def of(cls, model: BaseLabelModel, votes: VoteArray, rows: FloatArray) -> _Block:
        k = model.n_classes_
        single = np.where(votes < k, votes, ABSTAIN).astype(votes.dtype)
        covered = (single != ABSTAIN).any(axis=1)
        cast_votes = CastVotes.of(single[covered], k, counts=rows[covered])
        shares, P = cast_votes.shares(), model._pattern_proba(votes[covered])
        several = np.bincount(cast_votes.rows, minlength=len(shares)) > 1
        return cls(
            rows=rows[covered],
            votes=cast_votes.by_lf_class(np.ones(len(cast_votes.rows))).sum(axis=0),
            unanimous=several & (shares.max(axis=1) == 1.0),
            majority=_split(shares),
            labels=_split(P),
            confidence=P.max(axis=1),
        )

    def sums(self) -> FloatArray:
        """Rows: all, weighted by confidence, certain, moved, unanimous, overturned."""
        moved = (self.labels * (self.majority > 0)).sum(axis=1) == 0
        sure, alike = self.confidence, self.unanimous
        marks = (np.ones(len(self.rows)), sure, sure >= CERTAIN, moved, alike, alike & moved)
        return np.array([float(self.rows @ mark) for mark in marks])

    def shares(self) -> FloatArray:
        """Rows by class: of majority vote's labels, of the model's."""
        return np.stack([self.rows @ self.majority, self.rows @ self.labels])


def _split(P: FloatArray) -> FloatArray:
    """Return (u, k) the label of each row, shared by tied classes."""
    tied = largest(P)
    shares: FloatArray = tied / tied.sum(axis=1, keepdims=True)
    return shares
