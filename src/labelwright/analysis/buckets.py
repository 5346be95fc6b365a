"""Error buckets: the rows of each kind of mistake, and the LFs that led to it."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, TIE_TOLERANCE, FloatArray, IntArray, RandomState
from labelwright.analysis._inputs import as_probabilities
from labelwright.analysis.per_lf import with_range
from labelwright.analysis.resampling import DRAWS, Resampling
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_labels_judging
from labelwright.core.votes.vote_sets import allowed_classes

UNDECIDED: Final = "(undecided)"
"""What stands for a row whose largest probabilities are equal, as on rows without a vote."""

MAX_BLAMED: Final = 3
"""LFs named a bucket."""


def error_buckets(
    P: object,
    gold: object,
    *,
    matrix: LabelMatrix,
    most: int | None = 5,
    right: bool = False,
    draws: int = DRAWS,
    random_state: RandomState = 0,
) -> Table:
    """Group the rows that are labeled wrongly by true and predicted class, most rows first.

    Parameters
    ----------
    P : (n, k) float
        Probabilities.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    matrix : LabelMatrix
        The votes on the same rows; it names the classes and the LFs.
    most : int or None, default 5
        How many rows to name a bucket, the surest first; None for all.
    right : bool, default False
        Whether rows that are right make buckets too.
    draws, random_state :
        Of the bootstrap, as in `lf_statistics`.

    Returns
    -------
    Table
        ``true`` and ``predicted`` class ("(undecided)" where the largest probabilities are equal), ``rows``,
        ``class_share`` of the rows of the true class with ``_low`` and ``_high``, mean ``confidence``,
        ``voted_so`` (LFs that voted for the predicted class there, most first, with the number of rows) and
        ``examples`` (row numbers).

    Raises
    ------
    SchemaError
        Probabilities of another shape or not finite, or no row with a gold label.
    LabelMatrixError
        Gold labels of another length, or that are no classes.

    Examples
    --------
    >>> L = LabelMatrix([[1, -1], [1, 1], [0, -1], [-1, -1]], space=["HAM", "SPAM"], lf_names=["a", "b"])
    >>> P = [[0.1, 0.9], [0.05, 0.95], [0.9, 0.1], [0.5, 0.5]]
    >>> found = error_buckets(P, [0, 0, 0, 1], matrix=L)
    >>> found.select("true", "predicted", "rows", "voted_so", "examples").rows()
    [('HAM', 'SPAM', 2, ['a (2)', 'b (1)'], [1, 0]), ('SPAM', '(undecided)', 1, [], [3])]
    """
    probabilities = as_probabilities(P, matrix.space)
    if probabilities.shape != (matrix.n, matrix.k):
        raise SchemaError(
            f"probabilities have shape {probabilities.shape}; expected {(matrix.n, matrix.k)}, as the votes"
        )
    labels = as_labels_judging(probabilities, gold, matrix.space.names)
    if not (labels != ABSTAIN).any():
        raise SchemaError(f"none of the {matrix.n} rows has a gold label; buckets need at least one")
    chosen = np.where(_tied(probabilities), matrix.k, probabilities.argmax(axis=1))
    known = np.flatnonzero(labels != ABSTAIN)
    pairs = np.column_stack([labels, chosen])[known]
    drawn = Resampling.of(pairs.astype(np.int16), draws=draws, random_state=random_state)
    true, predicted = drawn.patterns.votes.T.astype(np.int64)
    bounds = drawn.shares(np.eye(len(true), dtype=bool), true[:, None] == true[None, :])
    found = [
        _bucket(known[drawn.patterns.inverse == i], int(predicted[i]), probabilities, matrix, most)
        for i in range(len(true))
    ]
    names = [*matrix.space.names, UNDECIDED]
    table = pl.DataFrame(
        {
            "true": pl.Series([names[c] for c in true], dtype=pl.String),
            "predicted": pl.Series([names[c] for c in predicted], dtype=pl.String),
            "rows": drawn.patterns.counts,
            **with_range("class_share", bounds),
            "confidence": [one[0] for one in found],
            "voted_so": pl.Series([one[1] for one in found], dtype=pl.List(pl.String)),
            "examples": pl.Series([one[2] for one in found], dtype=pl.List(pl.Int64)),
        }
    )
    kept = table if right else table.filter(pl.Series(true != predicted))
    return Table(kept.sort("rows", descending=True, maintain_order=True))


def _tied(P: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    second, first = np.sort(P, axis=1)[:, -2:].T
    tied: np.ndarray[tuple[int], np.dtype[np.bool_]] = first - second <= TIE_TOLERANCE
    return tied


def _bucket(
    rows: IntArray, predicted: int, P: FloatArray, matrix: LabelMatrix, most: int | None
) -> tuple[float, list[str], list[int]]:
    """Return the mean confidence of rows, the LFs that voted as predicted, and the surest rows."""
    sure = P[rows].max(axis=1)
    surest = rows[np.argsort(-sure, kind="stable")]
    return float(sure.mean()), _blamed(rows, predicted, matrix), surest[:most].tolist()


def _blamed(rows: IntArray, predicted: int, matrix: LabelMatrix) -> list[str]:
    if predicted == matrix.k:
        return []
    allowed = allowed_classes(matrix.vote_sets, k=matrix.k)[:, predicted]
    votes = matrix.votes[rows]
    counts = ((votes != ABSTAIN) & allowed[votes]).sum(axis=0)
    order = np.argsort(-counts, kind="stable")[:MAX_BLAMED]
    return [f"{matrix.lf_names[j]} ({counts[j]:,})" for j in order if counts[j]]
