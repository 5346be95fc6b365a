"""Labels and probabilities, one into the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from labelwright._errors import LabelModelError, SchemaError
from labelwright._types import ABSTAIN, FloatArray, IntArray, TiePolicy
from labelwright._validate import did_you_mean, is_missing
from labelwright.core.votes.ties import break_ties

TIE_POLICIES: Final[dict[str, TiePolicy]] = {
    "abstain": "abstain",
    "random": "wrench",
    "true-random": "random",
}
"""Snorkel's names of the ways to break ties, and ours."""


def probs_to_preds(probs: Any, tie_break_policy: str = "random", tol: float = 1e-5) -> IntArray:
    """Return the most probable class of each row.

    Parameters
    ----------
    probs : (n, k) floats
        Probabilities of at least two classes.
    tie_break_policy : {"random", "abstain", "true-random"}, default "random"
        Where several are largest: the one that a hash of the row's position picks, the same in every run;
        -1; or one at random. (Numpy's global random state is neither read nor changed by it.)
    tol : float, default 1e-5
        Probabilities less than this below the largest are equal to it.

    Returns
    -------
    (n,) int64
        Classes, or -1 under ``"abstain"``.

    Raises
    ------
    LabelModelError
        An unknown policy, or not two classes.

    Examples
    --------
    >>> P = np.array([[0.5, 0.5], [0.5, 0.5], [0.1, 0.9]])
    >>> probs_to_preds(P).tolist(), probs_to_preds(P, "abstain").tolist()
    ([0, 1, 1], [-1, -1, 1])
    """
    P = np.asarray(probs, dtype=np.float64)
    if P.ndim != 2 or P.shape[1] < 2:
        raise LabelModelError(
            f"probs have shape {P.shape}; expected one row a data point, one column a class"
        )
    if tie_break_policy not in TIE_POLICIES:
        hint = did_you_mean(tie_break_policy, TIE_POLICIES)
        raise LabelModelError(
            f"tie_break_policy={tie_break_policy!r} is unknown{hint}; choose one of {', '.join(TIE_POLICIES)}"
        )
    largest = P.max(axis=1, keepdims=True) - P < tol if len(P) else P
    return break_ties(np.asarray(largest, dtype=np.float64), TIE_POLICIES[tie_break_policy])


def preds_to_probs(preds: Any, num_classes: int) -> FloatArray:
    """Return (n, k) probabilities of 1 for each predicted class.

    Raises
    ------
    SchemaError
        A prediction is -1, or not below ``num_classes``.

    Examples
    --------
    >>> preds_to_probs(np.array([1, 0]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    labels = to_int_label_array(preds)
    outside = (labels < 0) | (labels >= num_classes)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise SchemaError(f"prediction {labels[row]} at row {row} is no class; expected 0..{num_classes - 1}")
    return np.eye(num_classes)[labels]


def to_int_label_array(X: Any, flatten_vector: bool = True) -> IntArray:
    """Return labels as integers, None and nan as -1, and (n, 1) as (n,).

    Raises
    ------
    SchemaError
        A label has a fraction or is no number, or there is more than one column.

    Examples
    --------
    >>> to_int_label_array(np.array([[1.0], [0.0]])).tolist()
    [1, 0]
    """
    labels = np.asarray(X)
    if labels.dtype.kind == "f":
        labels = np.where(np.isnan(labels), ABSTAIN, labels)
    elif labels.dtype.kind == "O":
        known = [ABSTAIN if is_missing(one) else one for one in labels.ravel()]
        if all(isinstance(one, (int, float, np.number)) for one in known):
            labels = np.array(known, dtype=np.float64).reshape(labels.shape)
    if labels.dtype.kind not in "iufb":
        raise SchemaError(
            f"labels have type {labels.dtype}; expected integers, -1 where unknown; of class names make them "
            "with LabelSpace(names).encode(labels)"
        )
    if labels.dtype.kind == "f" and not np.array_equal(labels, np.round(labels)):
        raise SchemaError("labels hold numbers with a fraction; expected integers, -1 where unknown")
    integers: IntArray = labels.astype(np.int64)
    if not flatten_vector:
        return integers
    if integers.ndim > 2 or (integers.ndim == 2 and 1 not in integers.shape):
        raise SchemaError(f"labels have shape {integers.shape}; expected (n,) or (n, 1)")
    return integers.reshape(-1)


def filter_labels(label_dict: Mapping[str, Any], filter_dict: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Leave out, of all arrays, the rows on which one of them holds a label to be left out.

    Parameters
    ----------
    label_dict : mapping of str to array or None
        Arrays of equal length; None passes.
    filter_dict : mapping of str to sequence of int
        The labels to leave out, by array.

    Examples
    --------
    >>> labels = {"golds": np.array([-1, 0, 1]), "preds": np.array([0, 0, -1])}
    >>> {k: v.tolist() for k, v in filter_labels(labels, {"golds": [-1], "preds": [-1]}).items()}
    {'golds': [0], 'preds': [0]}
    """
    held = {name: np.asarray(array) for name, array in label_dict.items() if array is not None}
    masks = [~np.isin(held[name], list(out)).reshape(-1) for name, out in filter_dict.items() if name in held]
    if not masks:
        return dict(label_dict)
    kept = np.logical_and.reduce(masks)
    return {name: held[name][kept] if name in held else None for name in label_dict}
