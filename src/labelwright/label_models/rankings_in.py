"""What a label model over rankings takes: ranks of items, 0 the first, -1 where an item is not ranked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray, IntArray

NOT_RANKED = -1
MOST_ITEMS = 1000

Array: TypeAlias = np.ndarray[Any, Any]


def as_ranks(L: object) -> IntArray:
    """Return rankings as (n, m, d) integers with at least one LF and two items.

    Raises
    ------
    LabelModelError
        A wrong number of dimensions, fewer than two items, more than 1000, no LFs, or ranks that are no
        integers in -1..d-1.
    """
    array = np.asarray(L)
    if array.ndim != 3:
        raise LabelModelError(
            f"rankings have shape {array.shape}; expected (rows, LFs, items) ranks, 0 the first item and "
            "-1 for an item that is not ranked; reshape with .reshape(n, 1, d) for one LF"
        )
    if array.shape[1] == 0 or not 2 <= array.shape[2] <= MOST_ITEMS:
        raise LabelModelError(
            f"rankings have shape {array.shape}; expected at least one LF, and 2 to {MOST_ITEMS} items"
        )
    return _ranks(array, "rankings")


def check_gold_ranks(gold: object, *, n: int, d: int) -> IntArray | None:
    """Return gold rankings as (n, d) integers, -1 where unknown; None without any.

    Raises
    ------
    LabelModelError
        Another shape, or ranks that are no integers in -1..d-1.
    """
    if gold is None:
        return None
    array = np.asarray(gold)
    if array.shape != (n, d):
        raise LabelModelError(
            f"gold has shape {array.shape}; expected ({n}, {d}): the rank of each item, -1 where unknown"
        )
    return _ranks(array, "gold")


def _ranks(array: Array, what: str) -> IntArray:
    d = array.shape[-1]
    ranks = _whole(array, what)
    wrong = (ranks < NOT_RANKED) | (ranks >= d)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise LabelModelError(
            f"{what} hold rank {ranks[place]} at {place}; expected ranks 0..{d - 1} of {d} items, or -1 for "
            "an item that is not ranked"
        )
    return ranks.astype(np.int16)


def _whole(array: Array, what: str) -> Array:
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f" and np.isfinite(array).all() and (array == np.floor(array)).all():
        return array.astype(np.int64)
    raise LabelModelError(
        f"{what} have type {array.dtype} and hold what is no rank; expected integers, -1 for an item that is "
        "not ranked"
    )


def item_pairs(d: int) -> tuple[IntArray, IntArray]:
    """Return the items of the d(d-1)/2 pairs, first < second."""
    first, second = np.triu_indices(d, 1)
    return first, second


def pair_orders(ranks: IntArray) -> FloatArray:
    """Return (..., pairs) float32: 1 where the first item of a pair is ranked before the second, -1 after.

    0 where one of them is not ranked, or both are at the same rank.

    Examples
    --------
    >>> pair_orders(np.array([0, 1, 1, -1])).tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    first, second = item_pairs(ranks.shape[-1])
    one, two = ranks[..., first], ranks[..., second]
    orders: FloatArray = (np.sign(two - one) * ((one >= 0) & (two >= 0))).astype(np.float32)
    return orders
