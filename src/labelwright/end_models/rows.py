"""Counting and taking rows of whatever an end model is given as X."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from labelwright._errors import EndModelError
from labelwright._types import IntArray

_EXPECTED = "an array, a sparse matrix, a table or a list, one entry a row"


def count_rows(X: Any) -> int:
    """Return how many rows X has.

    Parameters
    ----------
    X : array, scipy.sparse matrix, torch tensor, polars/pandas/pyarrow table, list or tuple
        One entry a row.

    Raises
    ------
    EndModelError
        X is a single string, a mapping, a generator, a lazy frame or another thing without rows.

    Examples
    --------
    >>> count_rows(["one text", "another"]), count_rows(np.zeros((3, 2)))
    (2, 3)
    """
    if isinstance(X, (str, bytes, Mapping)):
        raise EndModelError(f"X is a single {type(X).__name__}; pass {_EXPECTED}")
    shape = getattr(X, "shape", None)
    try:
        if shape is None and not hasattr(X, "__len__") and hasattr(X, "__array__"):
            shape = np.asarray(X).shape
        return int(shape[0] if shape is not None else len(X))
    except (TypeError, IndexError):
        raise EndModelError(f"X is a {type(X).__name__} without rows; pass {_EXPECTED}") from None


def take_rows(X: Any, rows: IntArray) -> Any:
    """Return the rows of X by position, in the given order and as often as they are named, as X's own kind.

    Parameters
    ----------
    X : what `count_rows` takes
        Returned as it is where `rows` names every row once, in order.
    rows : (r,) array of int
        Positions in 0..n-1.

    Examples
    --------
    >>> take_rows(["a", "b", "c"], np.array([2, 0, 0]))
    ['c', 'a', 'a']
    """
    if len(rows) == count_rows(X) and np.array_equal(rows, np.arange(len(rows))):
        return X
    if hasattr(X, "tocsr"):
        return X.tocsr()[rows]
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if hasattr(X, "shape") and hasattr(X, "take") and hasattr(X, "schema"):  # a pyarrow table
        return X.take(rows)
    if hasattr(X, "shape"):
        return X[rows]
    if not hasattr(X, "__getitem__") and hasattr(X, "__array__"):
        return np.asarray(X)[rows]
    return [X[row] for row in rows.tolist()]
