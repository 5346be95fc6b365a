"""What every measure checks about its input, and how a tied row is counted."""

from __future__ import annotations

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, TIE_TOLERANCE, BoolArray, FloatArray, IntArray
from labelwright.core.votes.checks import check_gold


def as_probabilities(P: object) -> FloatArray:
    """Return probabilities as (n, k) float64, or say what is wrong with them."""
    try:
        array = np.asarray(P, dtype=np.float64)
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


def judged(P: object, gold: object) -> tuple[FloatArray, IntArray]:
    """Return the rows whose gold label is known, as probabilities (n, k) and gold (n,)."""
    probabilities = as_probabilities(P)
    n, k = probabilities.shape
    labels = check_gold(gold, n=n, k=k)
    known = labels != ABSTAIN
    if not known.any():
        raise SchemaError(f"none of the {n} rows has a gold label; a measure needs at least one")
    return probabilities[known], labels[known]


def as_mask(mask: object, *, n: int, what: str) -> BoolArray:
    """Return a mask as (n,) bool, or say what is wrong with it."""
    array = np.asarray(mask)
    if array.shape != (n,) or array.dtype != np.bool_:
        raise SchemaError(
            f"{what} has shape {array.shape} and type {array.dtype}; expected ({n},) of bool, one a row"
        )
    return array


def decision_shares(P: FloatArray) -> FloatArray:
    """(n, k): the chance that each class is chosen when a row's largest probabilities share the choice."""
    largest = P.max(axis=1, keepdims=True) - TIE_TOLERANCE <= P
    shares: FloatArray = largest / largest.sum(axis=1, keepdims=True)
    return shares
