"""What a labeling function says of every class, on the rows where it says more than one class.

A *scored vote* is a distribution over the classes. Most LFs give none, and many that do give one on few rows,
so that only those rows are held. Beside distributions the same table carries votes for sets of classes on
their way from an LF to the label matrix: a row of zeros and ones with at least two ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright._validate import shorten

ScoreArray: TypeAlias = npt.NDArray[np.float32]

SUM_TOLERANCE = 0.01  # half-precision softmax and probabilities rounded to two digits pass
TIE = 1e-6  # scores this close to the highest count as equal to it


@dataclass(frozen=True, slots=True, eq=False)
class RowScores:
    """Distributions over k classes on some of n rows; ``np.asarray`` gives them as (n, k), nan elsewhere.

    Attributes
    ----------
    rows : (r,) int64
        The rows, ascending.
    values : (r, k) float32
        Their distributions, read-only: none negative, rows sum to 1.
    n : int
        The number of rows that there are.

    Examples
    --------
    >>> scores = RowScores.of([[0.25, 0.75], [float("nan"), float("nan")]], k=2, lf="clf")
    >>> scores.rows.tolist(), np.asarray(scores).tolist()
    ([0], [[0.25, 0.75], [nan, nan]])
    """

    rows: IntArray
    values: ScoreArray
    n: int

    @classmethod
    def of(cls, scores: object, *, k: int, lf: str, n: int | None = None) -> RowScores:
        """Check the (n, k) scores of an LF; a row of nan has none.

        Raises
        ------
        LabelMatrixError
            Another shape, no numbers, negative scores, or rows that do not sum to 1 within 0.01.
        """
        if isinstance(scores, RowScores) and scores.k == k and n in (None, scores.n):
            return scores
        try:
            given = np.asarray(scores, dtype=np.float64)
        except (TypeError, ValueError):
            given = np.full((0, 0, 0), np.nan)
        rows = "n" if n is None else n
        if given.ndim != 2 or given.shape[1] != k or n not in (None, len(given)):
            raise LabelMatrixError(
                f"scores of LF {lf!r} are no numbers of shape ({rows}, {k}) (rows, classes); got shape "
                f"{given.shape}; give a row of nan where the LF gives none"
            )
        has = ~np.isnan(given).all(axis=1)
        values = given[has]
        wrong = ~is_distribution(values)
        if wrong.any():
            row = int(np.flatnonzero(has)[wrong.argmax()])
            raise LabelMatrixError(
                f"scores of LF {lf!r} at row {row} are {shorten(given[row].tolist())}, which is no "
                f"distribution: expected {k} numbers from 0 to 1 that sum to 1"
            )
        return cls(np.flatnonzero(has), normalised(values), len(given))

    def to_numpy(self) -> ScoreArray:
        """Return the (n, k) scores, rows of nan where there are none."""
        dense = np.full((self.n, self.k), np.nan, dtype=np.float32)
        dense[self.rows] = self.values
        return dense

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.to_numpy(), dtype=dtype)

    def __len__(self) -> int:
        return self.n

    @property
    def k(self) -> int:
        """The number of classes."""
        return int(self.values.shape[1])

    def take(self, index: Any) -> RowScores:
        """Return the scores of the rows that an index of (n,) arrays takes, in its order."""
        place = np.full(self.n, -1)
        place[self.rows] = np.arange(len(self.rows))
        taken = place[index]
        rows = np.flatnonzero(taken >= 0)
        return RowScores(rows, self.values[taken[rows]], len(taken))

    def only(self, kept: BoolArray) -> RowScores:
        """Return some of the (r,) distributions."""
        return RowScores(self.rows[kept], self.values[kept], self.n)

    def at(self, start: int, n: int) -> RowScores:
        """Return the same of rows that begin at `start` of n."""
        return RowScores(self.rows + start, self.values, n)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowScores):
            return NotImplemented
        return (
            self.n == other.n
            and np.array_equal(self.rows, other.rows)
            and np.array_equal(self.values, other.values)
        )

    __hash__ = None  # type: ignore[assignment]  # equality compares all scores

    def __repr__(self) -> str:
        return f"RowScores: distributions over {self.k} classes on {len(self.rows)} of {self.n} rows"


def joined_scores(parts: Sequence[tuple[int, RowScores | None]]) -> RowScores | None:
    """Return the scores of consecutive blocks, each with its number of rows; None where none has any.

    Examples
    --------
    >>> one = RowScores.of([[0.5, 0.5]], k=2, lf="a")
    >>> joined_scores([(3, None), (1, one)])
    RowScores: distributions over 2 classes on 1 of 4 rows
    """
    n = sum(rows for rows, _ in parts)
    moved, start = [], 0
    for rows, scores in parts:
        if scores is not None and len(scores.rows):
            moved.append(scores.at(start, n))
        start += rows
    if not moved:
        return None
    if len(widths := {one.k for one in moved}) > 1:
        raise LabelMatrixError(
            f"an LF gave distributions over different numbers of classes, {min(widths)} and {max(widths)}; "
            "say which classes there are, with space=LabelSpace([...])"
        )
    return RowScores(
        np.concatenate([one.rows for one in moved]), np.concatenate([one.values for one in moved]), n
    )


def is_distribution(values: np.ndarray[Any, Any]) -> BoolArray:
    """Return (r,) bool: finite, none negative, and a sum of 1 within the tolerance."""
    with np.errstate(invalid="ignore"):
        found: BoolArray = (
            np.isfinite(values).all(axis=1)
            & (values >= 0).all(axis=1)
            & (np.abs(values.sum(axis=1) - 1.0) <= SUM_TOLERANCE)
        )
    return found


def normalised(values: np.ndarray[Any, Any]) -> ScoreArray:
    """Return (r, k) read-only float32 rows that sum to 1."""
    sums = values.sum(axis=1, keepdims=True, dtype=np.float64)
    scores: ScoreArray = (values / np.where(sums > 0, sums, 1.0)).astype(np.float32)
    scores.flags.writeable = False
    return scores


def best_classes(values: np.ndarray[Any, Any]) -> IntArray:
    """Return the class of the highest score of each row, ABSTAIN where several share it.

    Examples
    --------
    >>> best_classes(np.array([[0.1, 0.8, 0.1], [0.4, 0.4, 0.2]])).tolist()
    [1, -1]
    """
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    ties = (values >= values.max(axis=1, keepdims=True) - TIE).sum(axis=1) > 1
    return np.where(ties, ABSTAIN, values.argmax(axis=1))


def is_set(values: np.ndarray[Any, Any]) -> BoolArray:
    """Return (r,) bool: whether a row marks a set of classes instead of being a distribution."""
    marked: BoolArray = values.sum(axis=1) > 1.5
    return marked
