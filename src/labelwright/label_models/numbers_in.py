"""What a label model over numbers takes: votes as floats, nan to abstain, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray
from labelwright.core import LabelMatrix
from labelwright.label_models.votes_in import VoteTypeError


def as_numbers(L: object) -> FloatArray:
    """Return votes as (n, m) float64 with at least one LF; nan where an LF abstains.

    Raises
    ------
    LabelModelError
        Votes for classes, a sparse matrix, a wrong number of dimensions, no LFs, or votes that are
        infinite, complex or no numbers.
    """
    if isinstance(L, LabelMatrix):
        raise LabelModelError(
            "a LabelMatrix holds votes for classes; numeric votes are a float array (rows, LFs) with nan to "
            "abstain, and classes need a model such as LabelModel"
        )
    if hasattr(L, "toarray"):
        raise LabelModelError(
            "votes are a sparse matrix, and sparse input is not supported: its gaps would be votes for 0; "
            "pass an array with nan where an LF does not vote"
        )
    array = np.asarray(L)
    if array.ndim != 2:
        raise LabelModelError(
            f"votes have shape {array.shape}; expected (rows, LFs). Reshape your data with "
            ".reshape(-1, 1) for one LF or .reshape(1, -1) for one row"
        )
    if array.shape[1] == 0:
        raise LabelModelError(
            f"votes hold 0 feature(s) (shape={array.shape}) while a minimum of 1 is required: "
            "one column an LF"
        )
    return _finite(_floats(array))


def check_gold_numbers(gold: object, *, n: int) -> FloatArray | None:
    """Return gold values as (n,) float64, nan where unknown; None without any.

    Raises
    ------
    LabelModelError
        Wrong length or shape, infinite, or no numbers.
    """
    if gold is None:
        return None
    values = np.asarray(gold)
    if values.shape != (n,):
        raise LabelModelError(
            f"gold has shape {values.shape}; expected ({n},), one value a row and nan where unknown"
        )
    floats = _floats(values[:, None])[:, 0]
    if np.isinf(floats).any():
        raise LabelModelError(f"gold is infinite at row {np.isinf(floats).argmax()}; use nan where unknown")
    return floats


def _floats(array: np.ndarray[Any, Any]) -> FloatArray:
    if array.dtype.kind == "c":
        raise LabelModelError(f"Complex data not supported: numbers have type {array.dtype}; expected floats")
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        row, j, wrong = next(_no_numbers(array))
        raise VoteTypeError(
            f"column {j} has {wrong!r} ({type(wrong).__name__}) at row {row}; a vote argument must be no "
            "string or other object but a number, or nan to abstain"
        ) from None


def _no_numbers(array: np.ndarray[Any, Any]) -> Any:
    for row, j in np.ndindex(array.shape):
        try:
            float(array[row, j])
        except (TypeError, ValueError):
            yield row, j, array[row, j]


def _finite(votes: FloatArray) -> FloatArray:
    infinite = np.isinf(votes)
    if infinite.any():
        row, j = np.argwhere(infinite)[0]
        raise LabelModelError(
            f"vote of LF {j} at row {row} is {votes[row, j]} (infinity); expected a finite number, or nan "
            "to abstain"
        )
    return votes
