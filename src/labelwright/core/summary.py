"""What each LF does: coverage, overlaps, conflicts, and accuracy where gold labels are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, BoolArray, IntArray, VoteArray
from labelwright.core.votes.vote_sets import allowed_classes, conflicting_sets

if TYPE_CHECKING:
    from labelwright.core.label_matrix import LabelMatrix


def summarize(matrix: LabelMatrix, gold: object = None) -> Table:
    """One row an LF; see `LabelMatrix.summary`."""
    votes, n = matrix.votes, max(len(matrix), 1)
    voted = votes != ABSTAIN
    columns = {
        "lf": pl.Series(matrix.lf_names, dtype=pl.String),
        "j": pl.Series(range(matrix.m), dtype=pl.Int32),
        "polarity": pl.Series(polarities(votes, matrix.vote_sets), dtype=pl.List(pl.Int32)),
        "coverage": voted.sum(axis=0) / n,
        "overlaps": overlapping(voted).sum(axis=0) / n,
        "conflicts": conflicting(votes, matrix.vote_sets).sum(axis=0) / n,
    }
    if gold is not None:
        allowed = allowed_classes(matrix.vote_sets, k=matrix.k)
        columns |= _accuracy_columns(votes, check_gold(gold, n=len(matrix), k=matrix.k), allowed)
    return Table(columns)


def polarities(votes: VoteArray, vote_sets: BoolArray | None = None) -> list[list[int]]:
    """List the classes that each LF votes for at least once, alone or in a set, ascending."""
    codes = [np.unique(column[column != ABSTAIN]) for column in votes.T]
    if vote_sets is None:
        return [cast.tolist() for cast in codes]
    allowed = allowed_classes(vote_sets, k=vote_sets.shape[1])
    return [np.flatnonzero(allowed[cast].any(axis=0)).tolist() for cast in codes]


def overlapping(voted: BoolArray) -> BoolArray:
    """Return (n, m) bool: the LF votes, and at least one other votes on the same row."""
    beside: BoolArray = voted & (voted.sum(axis=1) > 1)[:, None]
    return beside


def conflicting(votes: VoteArray, vote_sets: BoolArray | None = None) -> BoolArray:
    """Return (n, m) bool: the LF votes, and at least one other votes against it on the same row.

    Votes are against each other where they are for different classes, or for sets without a common class.
    """
    if vote_sets is not None:
        return conflicting_sets(votes, allowed_classes(vote_sets, k=vote_sets.shape[1]))
    voted = votes != ABSTAIN
    highest = votes.max(axis=1, initial=ABSTAIN)
    lowest = np.where(voted, votes, np.iinfo(votes.dtype).max).min(axis=1, initial=np.iinfo(votes.dtype).max)
    # Where a row's votes are not all equal, every voting LF there disagrees with some other one.
    against: BoolArray = voted & (highest > lowest)[:, None]
    return against


def check_gold(gold: object, *, n: int, k: int) -> IntArray:
    """Return gold labels as (n,) integers in -1..k-1, -1 for unknown.

    Raises
    ------
    LabelMatrixError
        Wrong length or shape, not integers, or a class outside 0..k-1.
    """
    labels = np.asarray(gold)
    if labels.shape != (n,):
        raise LabelMatrixError(f"gold labels have shape {labels.shape}; expected ({n},), one a row")
    if labels.dtype.kind not in "iu":
        raise LabelMatrixError(f"gold labels have type {labels.dtype}; expected integers, -1 where unknown")
    if n and not (labels.min() >= -1 and labels.max() < k):
        raise LabelMatrixError(
            f"gold labels go from {labels.min()} to {labels.max()}; expected 0..{k - 1}, or -1 where unknown"
        )
    return labels


def _accuracy_columns(votes: VoteArray, gold: IntArray, allowed: BoolArray) -> dict[str, pl.Series]:
    judged = (votes != ABSTAIN) & (gold != ABSTAIN)[:, None]
    correct = (judged & allowed[votes, gold[:, None]]).sum(axis=0)
    total = judged.sum(axis=0)
    accuracy = [int(right) / int(all_) if all_ else None for right, all_ in zip(correct, total, strict=True)]
    return {
        "correct": pl.Series(correct, dtype=pl.Int64),
        "incorrect": pl.Series(total - correct, dtype=pl.Int64),
        "emp_acc": pl.Series(accuracy, dtype=pl.Float64),
    }
