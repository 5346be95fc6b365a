"""What may be the votes, the names and the parts of a label matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, BoolArray
from labelwright._validate import duplicates, shorten
from labelwright.core.label_space import MAX_CLASSES, LabelSpace


def as_integers(votes: object) -> np.ndarray[Any, Any]:
    """Return votes as a 2-dimensional integer array, or say what is wrong with them."""
    array = np.asarray(votes)
    if array.ndim != 2:
        raise LabelMatrixError(f"votes have shape {array.shape}; expected (rows, LFs)")
    if array.shape[1] == 0:
        raise LabelMatrixError(f"votes have shape {array.shape}: no LFs; a label matrix needs at least one")
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f":
        what = "NaN" if np.isnan(array).any() else "floats"
        raise LabelMatrixError(
            f"votes hold {what} ({array.dtype}); expected integers, ABSTAIN (-1) for no vote"
            + ("" if what == "NaN" else "; convert them with .astype(int)")
        )
    raise LabelMatrixError(f"votes have type {array.dtype}; expected integers, ABSTAIN (-1) for no vote")


def space_for(
    array: np.ndarray[Any, Any],
    space: LabelSpace | Iterable[str] | None,
    table: np.ndarray[Any, Any] | None,
) -> LabelSpace:
    """Return the classes as given, or those that a table of vote sets or the votes themselves call for."""
    if isinstance(space, LabelSpace):
        return space
    if space is not None:
        return LabelSpace(space)
    if table is not None and table.ndim == 2:
        return LabelSpace.of_size(table.shape[1])
    highest = int(array.max(initial=1))
    if highest >= MAX_CLASSES:
        raise LabelMatrixError(f"votes go up to {highest}; at most {MAX_CLASSES} classes are possible")
    return LabelSpace.of_size(max(2, highest + 1))


def vote_dtype(codes: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the type of a vote of which so many different ones are possible."""
    return np.dtype(np.int8) if codes <= 127 else np.dtype(np.int16)


def equal_tables(one: BoolArray | None, other: BoolArray | None) -> bool:
    """Say whether two tables of vote sets, or their absence, are the same."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


def check_range(
    array: np.ndarray[Any, Any], space: LabelSpace, lf_names: tuple[str, ...], *, sets: int = 0
) -> None:
    """Refuse votes that are no class and no set, naming the first LF and row."""
    codes = len(space) + sets
    if array.size == 0 or (array.min() >= ABSTAIN and array.max() < codes):
        return
    row, j = np.argwhere((array < ABSTAIN) | (array >= codes))[0]
    others = f", {len(space)}..{codes - 1} for the sets in vote_sets" if sets else ""
    raise LabelMatrixError(
        f"LF {lf_names[j]!r} has vote {array[row, j]} at row {row}; expected {space}{others}, or ABSTAIN (-1)"
    )


def check_lf_names(lf_names: Sequence[str] | None, *, m: int) -> tuple[str, ...]:
    """Return m different non-empty names; ``lf_0``, ``lf_1``, ... where none are given."""
    if lf_names is None:
        return tuple(f"lf_{j}" for j in range(m))
    names = tuple(lf_names)
    if len(names) != m:
        raise LabelMatrixError(f"{len(names)} LF names for {m} columns of votes; name each column once")
    if bad := [name for name in names if not isinstance(name, str) or not name]:
        raise LabelMatrixError(f"LF name {bad[0]!r} is not a non-empty string")
    if twice := duplicates(names):
        raise LabelMatrixError(f"LF names occur twice: {shorten(twice)}; rename one of each")
    return names


def check_fingerprints(fingerprints: Sequence[str | None] | None, *, m: int) -> tuple[str | None, ...]:
    """Return m fingerprints; None where none are given."""
    prints = (None,) * m if fingerprints is None else tuple(fingerprints)
    if len(prints) != m:
        raise LabelMatrixError(f"{len(prints)} fingerprints for {m} columns of votes; pass one an LF")
    return prints


def as_index(key: object, size: int) -> Any:
    """Normalise what may stand in brackets to something that keeps the axis."""
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        if not -size <= key < size:
            raise LabelMatrixError(f"position {key} is outside the {size} there are")
        return [int(key)]
    if isinstance(key, slice):
        return key
    index = np.asarray(key)
    if index.size == 0:
        return np.zeros(0, dtype=np.intp)
    if index.ndim != 1 or index.dtype.kind not in "iub":
        raise LabelMatrixError(f"cannot take {key!r}; expected a position, a slice, a mask, or positions")
    if index.dtype.kind == "b" and len(index) != size:
        raise LabelMatrixError(f"mask has {len(index)} entries for {size} positions")
    return index
