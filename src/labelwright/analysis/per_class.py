"""How right each LF is class by class, and how much of each class it finds."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, BoolArray, IntArray, RandomState
from labelwright.analysis.per_lf import with_range
from labelwright.analysis.resampling import DRAWS, Resampling
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import as_right_classes
from labelwright.core.votes.vote_sets import allowed_classes


def lf_classes(
    matrix: LabelMatrix,
    gold: object,
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    random_state: RandomState = 0,
) -> Table:
    """Judge each LF on each class that it votes for, against hand labels.

    Precision is the share of its votes for the class that are right; recall is the share of the rows of
    that class that it votes so. LFs have low recall by design: recall says how much an LF adds, precision
    whether to keep it. A vote for a set of classes counts for each of them.

    Parameters
    ----------
    matrix : LabelMatrix
        Votes on rows with gold labels.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    confidence, draws, random_state :
        As in `lf_statistics`.

    Returns
    -------
    Table
        One row an LF and class it votes for: ``lf``, ``class``, ``votes`` (on rows with a gold label),
        ``precision`` and ``recall`` with ``_low`` and ``_high``, and ``mostly_wrong_on``, the
        true class of most of its wrong votes with their number; null where none is wrong.

    Raises
    ------
    LabelMatrixError
        Gold labels of another length, or that are no classes.
    SchemaError
        No row has a gold label.

    Examples
    --------
    >>> L = LabelMatrix([[1], [1], [0], [-1]] * 20, space=["HAM", "SPAM"], lf_names=["url"])
    >>> print(lf_classes(L, [1, 0, 0, 1] * 20))
    lf   class  votes     precision       recall  mostly wrong on
    url  HAM       20   100% 84-100  50.0% 34-66  -
    url  SPAM      40  50.0%  35-66  50.0% 35-67  HAM (20)
    """
    right = as_right_classes(gold, matrix.space.names, n=matrix.n)
    known = right.any(axis=1)
    if not known.any():
        raise SchemaError(f"none of the {matrix.n} rows has a gold label; precision needs at least one")
    kinds, kind = np.unique(~right, axis=0, return_inverse=True)  # the order of the classes
    kinds = ~kinds
    rows = np.column_stack([matrix.votes, kind.reshape(-1)])[known].astype(np.int16)
    drawn = Resampling.of(rows, draws=draws, random_state=random_state)
    votes, truth = drawn.patterns.votes[:, :-1], kinds[drawn.patterns.votes[:, -1]]
    cast = allowed_classes(matrix.vote_sets, k=matrix.k)[votes] & (votes != ABSTAIN)[:, :, None]
    lfs, classes = np.nonzero(cast.any(axis=0))
    voted = cast[:, lfs, classes]
    of_class = truth[:, classes]
    counts = drawn.patterns.counts
    return Table(
        {
            "lf": pl.Series([matrix.lf_names[j] for j in lfs], dtype=pl.String),
            "class": pl.Series([matrix.space.name(int(c)) for c in classes], dtype=pl.String),
            "votes": pl.Series(counts @ voted, dtype=pl.Int64),
            **with_range("precision", drawn.shares(of_class, voted, confidence=confidence)),
            **with_range("recall", drawn.shares(voted, of_class, confidence=confidence)),
            "mostly_wrong_on": pl.Series(
                _mistaken(voted & ~of_class, truth, counts, matrix), dtype=pl.String
            ),
        }
    )


def _mistaken(wrong: BoolArray, truth: BoolArray, counts: IntArray, matrix: LabelMatrix) -> list[str | None]:
    """Return for each column the true class of most wrong votes, with their number."""
    by_class = np.stack([(counts * truth[:, c]) @ wrong for c in range(matrix.k)])
    worst = by_class.argmax(axis=0)
    return [
        f"{matrix.space.name(int(c))} ({by_class[c, i]:,})" if by_class[c, i] else None
        for i, c in enumerate(worst)
    ]
