"""What every measure checks about its input, and how a tied row is counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import index_names
from labelwright.core.given_votes import in_class_order
from labelwright.core.gold_sets import as_labels_judging, as_right_shares
from labelwright.core.task import space_of

Classes: TypeAlias = "LabelSpace | Task | Iterable[str] | None"
"""The classes, where labels are given by name."""


def as_probabilities(P: object, space: Classes = None) -> FloatArray:
    """Return probabilities as (n, k) float64, or say what is wrong with them.

    Columns of a table go by the classes that they name, where the classes are known.
    """
    names = None if space is None else space_of(space).names
    try:
        array = np.asarray(in_class_order(P, names), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"probabilities are not numbers ({error}); pass what predict_proba gives") from None
    if array.ndim != 2 or array.shape[1] < 2:
        raise SchemaError(
            f"probabilities have shape {array.shape}; expected (rows, classes) with at least 2 classes"
        )
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array).all(axis=1))[0, 0])
        raise SchemaError(f"probabilities of row {row} are not finite; pass what predict_proba gives")
    return array


def class_names(space: Classes, *, k: int) -> tuple[str, ...]:
    """Return the names of k classes; their indices where nobody named them."""
    if space is None:
        return index_names(k)
    names = space_of(space).names
    if len(names) != k:
        raise SchemaError(f"space has {len(names)} classes; the probabilities have {k}")
    return names


def gold_of(P: FloatArray, gold: object, space: Classes) -> IntArray:
    """Return the gold label that each row of probabilities is judged by, -1 where unknown.

    Of several labels a row it is the one that the probabilities hold most likely: any of them is right.
    """
    k = P.shape[1]
    cure = "where they are names, pass space=" if space is None else None
    return as_labels_judging(P, gold, class_names(space, k=k), cure=cure)


def rightness(P: FloatArray, gold: object, space: Classes) -> FloatArray:
    """Return (n,) how right each row of probabilities is: 1, 0, or between where tied; nan where unknown."""
    cure = "where they are names, pass space=" if space is None else None
    return as_right_shares(P, gold, class_names(space, k=P.shape[1]), cure=cure)


def judged(P: object, gold: object, space: Classes = None) -> tuple[FloatArray, IntArray]:
    """Return the rows whose gold label is known, as probabilities (n, k) and gold (n,)."""
    probabilities = as_probabilities(P, space)
    labels = gold_of(probabilities, gold, space)
    known = labels != ABSTAIN
    if not known.any():
        raise SchemaError(f"none of the {len(labels)} rows has a gold label; a measure needs at least one")
    return probabilities[known], labels[known]


def as_mask(mask: object, *, n: int, what: str) -> BoolArray:
    """Return a mask as (n,) bool, or say what is wrong with it."""
    array = np.asarray(mask)
    if array.shape != (n,) or array.dtype != np.bool_:
        raise SchemaError(
            f"{what} has shape {array.shape} and type {array.dtype}; expected ({n},) of bool, one a row"
        )
    return array
