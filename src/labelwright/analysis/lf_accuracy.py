"""Each LF's estimated accuracy beside its true one."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, FloatArray
from labelwright.analysis.intervals import wilson_interval
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_right_classes
from labelwright.core.votes.vote_sets import allowed_classes, is_right


def lf_accuracies(matrix: LabelMatrix, gold: object, *, estimated: object = None) -> Table:
    """Compare how accurate a label model thinks each LF is with how accurate it proves to be.

    Parameters
    ----------
    matrix : LabelMatrix
        Votes on rows with gold labels, such as the test split.
    gold : (n,) labels
        Hand labels by class name or index, None or -1 where unknown.
    estimated : (m,) float, optional
        A label model's ``lf_accuracies_``; NaN where unknown.

    Returns
    -------
    Table
        One row an LF: ``lf``, ``estimated``, ``judged`` (votes on rows with a gold label), ``correct``,
        ``accuracy`` (null without such votes), ``low`` and ``high`` (95% Wilson interval), and ``off``:
        whether the estimate lies outside the interval.

    Raises
    ------
    SchemaError
        Not one estimate an LF.
    LabelMatrixError
        Gold labels of another length, or that are no classes.

    Examples
    --------
    >>> L = LabelMatrix([[1, 0], [1, -1], [0, -1]], lf_names=["a", "b"])
    >>> lf_accuracies(L, [1, 1, 1], estimated=[0.7, 0.9]).select("lf", "judged", "correct", "off").rows()
    [('a', 3, 2, False), ('b', 1, 0, True)]
    """
    right = as_right_classes(gold, matrix.space.names, n=matrix.n)
    allowed = allowed_classes(matrix.vote_sets, k=matrix.k)
    guesses = as_accuracies(estimated, m=matrix.m)
    votes = (matrix.votes != ABSTAIN) & right.any(axis=1, keepdims=True)
    total = votes.sum(axis=0)
    correct = (votes & is_right(matrix.votes, right, allowed)).sum(axis=0)
    low, high = wilson_interval(correct, total)
    measured = np.divide(correct, total, out=np.full(matrix.m, np.nan), where=total > 0)
    return Table(
        {
            "lf": pl.Series(matrix.lf_names, dtype=pl.String),
            "estimated": guesses,
            "judged": total.astype(np.int64),
            "correct": correct.astype(np.int64),
            "accuracy": measured,
            "low": low,
            "high": high,
            "off": (total > 0) & ((guesses < low) | (guesses > high)),
        }
    ).with_columns(pl.col("estimated", "accuracy").fill_nan(None))


def as_accuracies(estimated: object, *, m: int) -> FloatArray:
    """Return one accuracy an LF, NaN where unknown."""
    if estimated is None:
        return np.full(m, np.nan)
    array = np.asarray(estimated, dtype=np.float64)
    if array.shape != (m,):
        raise SchemaError(f"LF accuracies have shape {array.shape}; expected ({m},), one an LF")
    return array
