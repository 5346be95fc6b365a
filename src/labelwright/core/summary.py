"""What each LF does: coverage, overlaps, conflicts, and accuracy where gold labels are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._text import percent
from labelwright._types import ABSTAIN, BoolArray, VoteArray
from labelwright.core.gold_sets import as_right_classes
from labelwright.core.votes.counts import conflicting, overlapping, polarities
from labelwright.core.votes.row_scores import RowScores
from labelwright.core.votes.vote_sets import allowed_classes, is_right


def summarize(
    votes: VoteArray,
    lf_names: Sequence[str],
    *,
    classes: Sequence[str],
    vote_sets: BoolArray | None,
    gold: object = None,
    scores: Mapping[str, RowScores] | None = None,
) -> Table:
    """One row an LF; see `LabelMatrix.summary`."""
    n, m = len(votes), votes.shape[1]
    voted, rows = votes != ABSTAIN, max(n, 1)
    columns = {
        "lf": pl.Series(lf_names, dtype=pl.String),
        "j": pl.Series(range(m), dtype=pl.Int32),
        "polarity": pl.Series(polarities(votes, vote_sets), dtype=pl.List(pl.Int32)),
        "coverage": voted.sum(axis=0) / rows,
        "overlaps": overlapping(voted).sum(axis=0) / rows,
        "conflicts": conflicting(votes, vote_sets).sum(axis=0) / rows,
    }
    if scores:
        columns |= _score_columns(votes, lf_names, scores)
    if gold is not None:
        allowed = allowed_classes(vote_sets, k=len(classes))
        columns |= _accuracy_columns(votes, as_right_classes(gold, classes, n=n), allowed)
    return Table(columns).naming(polarity=classes)


def _score_columns(
    votes: VoteArray, lf_names: Sequence[str], scores: Mapping[str, RowScores]
) -> dict[str, pl.Series]:
    """Return the share of each LF's votes that have a score, and the mean score of the classes voted."""
    scored: list[float | None] = []
    confidence: list[float | None] = []
    for j, name in enumerate(lf_names):
        total = np.count_nonzero(votes[:, j] != ABSTAIN)
        one = scores.get(name)
        cast = np.full(0, ABSTAIN) if one is None else votes[one.rows, j].astype(np.int64)
        voted = (cast != ABSTAIN) & (cast < (0 if one is None else one.k))
        scored.append(float(voted.sum() / total) if total else None)
        found = None if one is None or not voted.any() else one.values[voted, cast[voted]]
        confidence.append(None if found is None else float(found.mean(dtype=np.float64)))
    return {
        "scored": pl.Series(scored, dtype=pl.Float64),
        "confidence": pl.Series(confidence, dtype=pl.Float64),
    }


def as_html(head: str, table: pl.DataFrame, *, class_name: Callable[[int], str]) -> str:
    """Return a summary as a notebook shows it, under a line about the label matrix."""
    from labelwright._display.notebook import Grid, Heading, notebook
    from labelwright._display.text_table import columns_of_rows

    heads: tuple[str, ...] = ("LF", "votes for", "coverage", "overlaps", "conflicts")
    if "confidence" in table.columns:
        heads += ("confidence",)
    rows = [
        (
            row["lf"],
            ", ".join(class_name(c) for c in row["polarity"]) or "nothing",
            *("" if row[key] is None else percent(row[key], 1) for key in heads[2:]),
        )
        for row in table.iter_rows(named=True)
    ]
    return notebook(Heading(head), Grid(columns_of_rows(heads, rows, texts=(0, 1))))


def _accuracy_columns(votes: VoteArray, right: BoolArray, allowed: BoolArray) -> dict[str, pl.Series]:
    judged = (votes != ABSTAIN) & right.any(axis=1, keepdims=True)
    correct = (judged & is_right(votes, right, allowed)).sum(axis=0)
    total = judged.sum(axis=0)
    accuracy = [int(right) / int(all_) if all_ else None for right, all_ in zip(correct, total, strict=True)]
    return {
        "correct": pl.Series(correct, dtype=pl.Int64),
        "incorrect": pl.Series(total - correct, dtype=pl.Int64),
        "emp_acc": pl.Series(accuracy, dtype=pl.Float64),
    }
