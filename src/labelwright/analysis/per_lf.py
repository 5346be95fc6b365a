"""What each LF does, with the range of every figure."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._types import ABSTAIN, BoolArray, RandomState
from labelwright.analysis.resampling import DRAWS, Bounds, Resampling
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_right_classes
from labelwright.core.votes.counts import conflicting, overlapping, polarities
from labelwright.core.votes.vote_sets import allowed_classes, is_right


def lf_statistics(
    matrix: LabelMatrix,
    gold: object = None,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    random_state: RandomState = 0,
) -> Table:
    """Describe every LF in one row, each share with the range that the number of rows supports.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    gold : (n,) labels, optional
        Hand labels by class name or index, None or -1 where unknown; adds the last columns.
    confidence : float, default 0.95
        How often a range is to hold the share in the population that the rows come from.
    draws : int, default 1000
        Samples of the bootstrap.
    random_state : int, numpy.random.Generator or None, default 0
        Seeds them.

    Returns
    -------
    Table
        One row an LF: ``lf``, ``votes_for`` (class names), ``coverage``, ``overlaps`` and ``conflicts`` as
        shares of all rows, each with ``_low`` and ``_high``; with gold also ``accuracy`` (null
        without a vote on a row with a gold label), its range, and ``judged``, the number of those votes.

    Raises
    ------
    LabelMatrixError
        Gold labels of another length, or that are no classes.
    SchemaError
        A confidence outside 0..1, or fewer than one draw.

    Notes
    -----
    Rows count as drawn one by one. Where they come in groups - many comments of one video - the ranges are
    too narrow. Cost: O(draws * patterns * m), at most 4,096 patterns.

    Examples
    --------
    >>> L = LabelMatrix([[1, 0], [1, -1], [-1, -1]] * 30, lf_names=["a", "b"])
    >>> print(lf_statistics(L, gold=[1, 1, 0] * 30))
    lf  votes for     coverage     overlaps    conflicts     accuracy  judged
    a   1          66.7% 57-76  33.3% 24-43  33.3% 24-43  100% 94-100      60
    b   0          33.3% 24-43  33.3% 24-43  33.3% 24-43    0%   0-11      30
    """
    if gold is None:
        right_classes = np.zeros((matrix.n, matrix.k), dtype=bool)
    else:
        right_classes = as_right_classes(gold, matrix.space.names, n=matrix.n)
    kinds, kind = np.unique(right_classes, axis=0, return_inverse=True)
    rows = np.column_stack([matrix.votes, kind.reshape(-1)]).astype(np.int16)
    drawn = Resampling.of(rows, draws=draws, random_state=random_state)
    votes, known = drawn.patterns.votes[:, :-1], drawn.patterns.votes[:, -1]
    voted = votes != ABSTAIN
    shares: dict[str, tuple[BoolArray, BoolArray | None]] = {
        "coverage": (voted, None),
        "overlaps": (overlapping(voted), None),
        "conflicts": (conflicting(votes, matrix.vote_sets), None),
    }
    told: dict[str, object] = {
        "lf": pl.Series(matrix.lf_names, dtype=pl.String),
        "votes_for": pl.Series(_class_names(matrix), dtype=pl.List(pl.String)),
    }
    for name, (hits, among) in shares.items():
        told |= with_range(name, drawn.shares(hits, among, confidence=confidence))
    if gold is not None:
        right_there = kinds[known]
        judged = voted & right_there.any(axis=1, keepdims=True)
        right = is_right(votes, right_there, allowed_classes(matrix.vote_sets, k=matrix.k))
        told |= with_range("accuracy", drawn.shares(right & judged, judged, confidence=confidence))
        told["judged"] = pl.Series(drawn.patterns.counts @ judged, dtype=pl.Int64)
    return Table(told)


def with_range(name: str, bounds: Bounds) -> dict[str, pl.Series]:
    """Return a share and the ends of its range as three columns; an unknown share is null."""
    share, low, high = (pl.Series(values, dtype=pl.Float64) for values in bounds)
    return {name: share.fill_nan(None), f"{name}_low": low, f"{name}_high": high}


def _class_names(matrix: LabelMatrix) -> list[list[str]]:
    classes = polarities(matrix.votes, matrix.vote_sets)
    return [[matrix.space.name(c) for c in cast] for cast in classes]
