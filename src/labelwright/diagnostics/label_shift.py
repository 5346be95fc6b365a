"""What a fitted model made of the votes that it learned from, beside majority vote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._types import TIE_TOLERANCE, FloatArray, IntArray, VoteArray
from labelwright.core.votes.vote_shares import vote_counts

CERTAIN: Final = 0.999
BLOCK: Final = 1 << 17  # patterns times classes at a time


@dataclass(frozen=True, slots=True, eq=False)
class LabelShift:
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
    def of(cls, votes: VoteArray, counts: IntArray, P: FloatArray) -> LabelShift:
        """Compare (u, k) probabilities of (u, m) patterns, each of so many rows, with majority vote.

        Votes from k on, for sets of classes, are not counted; a row that has none but these is left out.

        Examples
        --------
        >>> votes = np.array([[0, 0], [0, -1], [-1, -1]])
        >>> found = LabelShift.of(votes, np.array([3, 1, 6]), np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]]))
        >>> found.majority.tolist(), found.predicted.tolist(), found.moved, found.overturned
        ([1.0, 0.0], [0.25, 0.75], 0.75, 1.0)
        """
        k = P.shape[1]
        rows, classes = np.zeros(6), np.zeros((3, k))
        step = max(BLOCK // k, 1)
        for start in range(0, len(votes), step):
            block = slice(start, start + step)
            more = _sums(vote_counts(votes[block], k), counts[block].astype(np.float64), P[block])
            rows, classes = rows + more[0], classes + more[1]
        covered, unanimous = max(rows[0], 1.0), max(rows[4], 1.0)
        return cls(
            votes=classes[0] / max(classes[0].sum(), 1.0),
            majority=classes[1] / covered,
            predicted=classes[2] / covered,
            confidence=float(rows[1] / covered),
            certain=float(rows[2] / covered),
            moved=float(rows[3] / covered),
            overturned=float(rows[5] / unanimous),
        )


def _sums(cast: FloatArray, rows: FloatArray, P: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return sums over the covered ones of (u,) rows, given (u, k) votes by class and probabilities.

    (6,): rows, their confidence, certain ones, moved, unanimous, overturned ones. (3, k): rows times votes,
    majority vote's labels and the model's. Long loops over rows, not short ones over classes.
    """
    number = cast.sum(axis=1)
    covered = number > 0
    if not covered.all():
        cast, number, rows, P = cast[covered], number[covered], rows[covered], P[covered]
    most, majority = _split(cast.T / number)
    sure, labels = _split(P.T)
    moved = ~((labels > 0) & (majority > 0)).any(axis=0)
    unanimous = (number > 1) & (most == 1.0)
    marks = (np.ones(len(rows)), sure, sure >= CERTAIN, moved, unanimous, unanimous & moved)
    return np.array([float(mark @ rows) for mark in marks]), np.stack(
        [cast.T @ rows, majority @ rows, labels @ rows]
    )


def _split(by_class: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the (u,) largest shares and (k, u) the label of each row, shared by tied classes."""
    shares = np.ascontiguousarray(by_class)
    most = shares.max(axis=0)
    tied = most - shares < TIE_TOLERANCE
    return most, tied / tied.sum(axis=0)
