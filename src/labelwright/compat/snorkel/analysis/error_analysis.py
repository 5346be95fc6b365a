"""Rows by their combination of labels, such as gold label and prediction."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import IntArray
from labelwright._validate import shorten
from labelwright.compat.snorkel.utils import to_int_label_array


def get_label_buckets(*y: Any) -> dict[tuple[int, ...], IntArray]:
    """Return the row numbers of every combination of labels that occurs.

    Parameters
    ----------
    *y : (n,) or (n, 1) integers
        Any number of arrays of labels.

    Raises
    ------
    SchemaError
        No arrays, or of different lengths.

    Examples
    --------
    >>> buckets = get_label_buckets(np.array([1, 1, 0]), np.array([1, -1, -1]))
    >>> {labels: rows.tolist() for labels, rows in buckets.items()}
    {(0, -1): [2], (1, -1): [1], (1, 1): [0]}
    """
    columns = [to_int_label_array(labels) for labels in y]
    if not columns or len({len(column) for column in columns}) > 1:
        raise SchemaError(
            f"arrays of labels have {shorten([len(column) for column in columns])} rows; pass one or more of "
            "equal length"
        )
    combinations, inverse = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    bucket = inverse.reshape(-1)
    rows = np.split(np.argsort(bucket, kind="stable"), np.bincount(bucket).cumsum()[:-1])
    return {tuple(labels): found for labels, found in zip(combinations.tolist(), rows, strict=True)}


def get_label_instances(bucket: tuple[int, ...], x: np.ndarray[Any, Any], *y: Any) -> np.ndarray[Any, Any]:
    """Return the rows of ``x`` that have a combination of labels; none where it does not occur.

    Parameters
    ----------
    bucket : tuple of int
        One label an array of labels.
    x : (n, ...) array
        Data points.
    *y : (n,) or (n, 1) integers
        The arrays of labels.

    Raises
    ------
    SchemaError
        Not one label an array, or arrays of other lengths than ``x``.

    Examples
    --------
    >>> x = np.array(["spam", "ham", "eggs"])
    >>> get_label_instances((1, 0), x, np.array([1, 1, 0]), np.array([1, 0, 0])).tolist()
    ['ham']
    """
    if len(bucket) != len(y):
        raise SchemaError(
            f"bucket has {len(bucket)} labels for {len(y)} arrays of labels; pass one label each"
        )
    buckets = get_label_buckets(*y)
    if sum(map(len, buckets.values())) != len(x):
        raise SchemaError(f"x has {len(x)} rows and the labels another number; pass those of one set")
    return x[buckets.get(tuple(bucket), np.zeros(0, dtype=np.int64))]
