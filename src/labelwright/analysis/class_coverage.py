"""How much of each class gets votes."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, RandomState
from labelwright.analysis.per_lf import with_range
from labelwright.analysis.resampling import DRAWS, Resampling
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_right_classes
from labelwright.core.votes.vote_sets import allowed_classes


def coverage_by_class(
    matrix: LabelMatrix, labels: object, *, draws: int = DRAWS, random_state: RandomState = 0
) -> Table:
    """Say which share of the rows of each class gets a vote, and a vote for that class.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    labels : (n,) labels
        Gold labels by class name or index, None or -1 where unknown. Without any, a model's classes may
        stand in, which are partly made of these votes, so that they flatter.
    draws, random_state :
        Of the bootstrap, as in `lf_statistics`.

    Returns
    -------
    Table
        One row a class: ``class``, ``rows``, ``coverage`` (share of its rows with any vote) and ``found``
        (with a vote for this class), each with ``_low`` and ``_high``; null for a class without rows.

    Raises
    ------
    LabelMatrixError
        Labels of another length, or that are no classes.
    SchemaError
        No row has a label.

    Examples
    --------
    >>> L = LabelMatrix([[1], [0], [-1], [-1]] * 25, space=["HAM", "SPAM"])
    >>> print(coverage_by_class(L, [1, 1, 1, 0] * 25))
    class  rows     coverage        found
    HAM      25      0% 0-13      0% 0-13
    SPAM     75  66.7% 57-77  33.3% 23-45
    """
    right = as_right_classes(labels, matrix.space.names, n=matrix.n)
    known = right.any(axis=1)
    if not known.any():
        raise SchemaError(f"none of the {matrix.n} rows has a label; coverage by class needs at least one")
    kinds, kind = np.unique(~right, axis=0, return_inverse=True)  # the order of the classes
    kinds = ~kinds
    rows = np.column_stack([matrix.votes, kind.reshape(-1)])[known].astype(np.int16)
    drawn = Resampling.of(rows, draws=draws, random_state=random_state)
    votes, of_class = drawn.patterns.votes[:, :-1], kinds[drawn.patterns.votes[:, -1]]
    voted = votes != ABSTAIN
    cast = allowed_classes(matrix.vote_sets, k=matrix.k)[votes] & voted[:, :, None]
    any_vote = np.broadcast_to(voted.any(axis=1)[:, None], of_class.shape)
    for_class = cast.any(axis=1)
    return Table(
        {
            "class": pl.Series(matrix.space.names, dtype=pl.String),
            "rows": pl.Series(drawn.patterns.counts @ of_class, dtype=pl.Int64),
            **with_range("coverage", drawn.shares(any_vote, of_class)),
            **with_range("found", drawn.shares(for_class, of_class)),
        }
    )
