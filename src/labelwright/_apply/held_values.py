"""What values of rows hold that code can change in place: each LF is to see them as the data have them."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright.lfs import Row
from labelwright.lfs._values import CHANGING, UNCHANGING, copied, copies, is_same
from labelwright.lfs.row import fields_of

PLAIN: Final = UNCHANGING | {list, dict}


class HeldValues:
    """Values that several LFs get to see, and what they held before the first of them did.

    Parameters
    ----------
    values : sequence of object
        The values; those that cannot be changed in place do not count.
    places : sequence of int
        The place of each value's row.

    Examples
    --------
    >>> tags = ["a", "b"]
    >>> held = HeldValues(["text", tags], [0, 1])
    >>> tags.append("c")
    >>> held.restore(), tags, held.restore()
    (1, ['a', 'b'], None)
    """

    __slots__ = ("_held", "_places", "_values")

    def __init__(self, values: Iterable[Any], places: Sequence[int]) -> None:
        self._values = list(values)
        if not PLAIN.issuperset(map(type, self._values)):
            self._values = [value if value.__class__ in PLAIN else _changing(value) for value in self._values]
        self._held = copies(self._values)
        self._places = places

    def restore(self) -> int | None:
        """Give values back what they held, and return the place of the first that was changed."""
        if not self._values or _all_equal(self._values, self._held):
            return None
        first = None
        for place, value, held in zip(self._places, self._values, self._held, strict=True):
            if not is_same(value, held):
                first = place if first is None else first
                _put_back(value, held)
        return first


def of_columns(columns: Iterable[pl.Series], lists: Iterable[Sequence[Any]]) -> HeldValues:
    """Return what the values of columns hold, given as lists too; most types of columns cannot be changed."""
    found = [
        values
        for column, values in zip(columns, lists, strict=True)
        if column.dtype.is_nested() or column.dtype == pl.Object
    ]
    return HeldValues(chain.from_iterable(found), [place for values in found for place in range(len(values))])


def of_rows(rows: Sequence[Any]) -> HeldValues:
    """Return what rows hold that preprocessors made: their fields, and the attributes of other objects."""
    found = [
        (place, value)
        for place, row in enumerate(rows)
        for value in (fields_of(row).values() if isinstance(row, Row) else (row,))
        if value.__class__ not in UNCHANGING
    ]
    return HeldValues([value for _, value in found], [place for place, _ in found])


@contextmanager
def many_values() -> Iterator[None]:
    """Make many values without a search for garbage, which finds none: it would go through them as they come.

    Where rows hold lists, the search took as long as making them.
    """
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            gc.enable()


def _changing(value: Any) -> Any:
    """Return the part of a value that can be changed in place; None where there is none that is known."""
    if isinstance(value, CHANGING):
        return value if not isinstance(value, np.ndarray) or value.flags.writeable else None
    attributes = None if isinstance(value, type) or callable(value) else getattr(value, "__dict__", None)
    return attributes if isinstance(attributes, dict) else None


def _all_equal(values: list[Any], held: list[Any]) -> bool:
    """Say whether nothing was changed, in one comparison where that can be."""
    try:
        return bool(values == held)
    except Exception:  # arrays, and whatever compares in its own way
        return all(map(is_same, values, held))


def _put_back(value: Any, held: Any) -> None:
    """Let a value hold what it held."""
    content = copied(held)
    if isinstance(value, np.ndarray):
        if value.shape != content.shape or value.dtype != content.dtype:
            value.resize(content.shape, refcheck=False)
        value[...] = content
    elif isinstance(value, (list, bytearray)):
        value[:] = content
    elif isinstance(value, (dict, set)):
        value.clear()
        value.update(content)
    else:
        value.clear()
        value.extend(content)
