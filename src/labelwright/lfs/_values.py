"""Copies of values that code can change in place, and whether it did."""

from __future__ import annotations

from collections import deque
from itertools import chain
from typing import Any, Final

import numpy as np

CHANGING: Final = (list, dict, set, bytearray, deque, np.ndarray)
"""Types of values that are looked after; those of other libraries are their own business."""

UNCHANGING: Final = frozenset({str, int, float, bool, bytes, type(None)})


def copied(value: Any) -> Any:
    """Return a copy, in which what cannot be changed is itself."""
    kind = value.__class__
    if kind in UNCHANGING:
        return value
    if kind in (list, tuple, deque):
        flat = UNCHANGING.issuperset(map(type, value))
        return value[:] if flat and kind is list else kind(value if flat else map(copied, value))
    if kind is dict:
        if UNCHANGING.issuperset(map(type, value.values())):
            return value.copy()
        return {name: one if one.__class__ in UNCHANGING else copied(one) for name, one in value.items()}
    return value.copy() if isinstance(value, CHANGING) else value


def copies(values: list[Any]) -> list[Any]:
    """Return a copy of each value; of lists of what cannot be changed by loops in C."""
    if {list, type(None)}.issuperset(map(type, values)):
        held = chain.from_iterable(value for value in values if value)
        if UNCHANGING.issuperset(map(type, held)):
            return [None if value is None else value[:] for value in values]
    return [value if value.__class__ in UNCHANGING else copied(value) for value in values]


def is_same(value: Any, held: Any) -> bool:
    """Say whether a value holds what its copy does: arrays to the last bit, dictionaries in their order."""
    if value is held:
        return True
    if value.__class__ is not held.__class__:
        return False
    if isinstance(value, np.ndarray):
        return bool(
            value.dtype == held.dtype and value.shape == held.shape and value.tobytes() == held.tobytes()
        )
    if isinstance(value, (list, tuple, deque)):
        return len(value) == len(held) and all(map(is_same, value, held))
    if isinstance(value, dict):
        return list(value) == list(held) and all(map(is_same, value.values(), held.values()))
    try:
        return bool(value == held)
    except Exception:  # what cannot be compared
        return False
