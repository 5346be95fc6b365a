"""What an end model trains on: soft labels checked, rows chosen, one weight a row and class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from labelwright._errors import EndModelError, warn_user
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.class_values import as_gold, highest_index, index_names, texts_in
from labelwright.core.given_votes import in_class_order
from labelwright.core.gold_sets import has_several
from labelwright.core.task import as_space

TargetKind: TypeAlias = Literal["soft", "hard", "sampled"]
ClassWeight: TypeAlias = "Literal['balanced'] | Mapping[Any, float] | Sequence[float] | None"
Classes: TypeAlias = "LabelSpace | Task | Iterable[str] | None"
"""The classes of an end model, where they have names."""

TARGET_KINDS: Final = ("soft", "hard", "sampled")
SUM_TOLERANCE: Final = 1e-3
"""How far a row of soft labels may sum from 1 (labels rounded to three digits); it is then rescaled."""
MAX_BALANCING: Final = 10.0
"""How many times "balanced" raises a class at most, so that a class of a few noisy rows stays bearable."""
UNIFORM_TOLERANCE: Final = 1e-6
"""A row whose largest probability is within this of 1/k says nothing about its class."""


def as_soft_labels(P: object, *, n: int) -> FloatArray:
    """Return soft labels as (n, k) float64 whose rows sum to 1 exactly to rounding.

    Parameters
    ----------
    P : (n, k) array or table of float, or (n,) array of int
        Probabilities; or classes 0..k-1 with -1 where unknown, k being the largest class plus one and
        at least 2. An unknown class becomes the uniform row, which `training_rows` leaves out.
    n : int
        How many rows X has.

    Raises
    ------
    EndModelError
        Wrong shape, not numbers, NaN, negative, or rows that do not sum to 1.

    Examples
    --------
    >>> as_soft_labels([1, -1, 0], n=3)
    array([[0. , 1. ],
           [0.5, 0.5],
           [1. , 0. ]])
    """
    if P is None:
        raise EndModelError(
            "fit requires y to be passed, but the target y is None; "
            "pass soft labels (n, k), such as label_model.predict_proba(L)"
        )
    if hasattr(P, "votes"):
        raise EndModelError("fit got a LabelMatrix as P; pass soft labels: label_model.predict_proba(L)")
    array = np.asarray(P)
    if array.ndim == 1:
        return _one_hot(_check_length(array, n))
    if array.ndim != 2 or array.shape[1] < 2:
        raise EndModelError(f"soft labels have shape {array.shape}; expected ({n}, k), k >= 2 classes")
    return _check_probabilities(_check_length(array, n))


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What an end model learns from or is judged by.

    Attributes
    ----------
    probabilities : (n, k) float64
        Rows that sum to 1; uniform where nothing is known.
    names : tuple of str or None
        The classes, where they have names.
    """

    probabilities: FloatArray
    names: tuple[str, ...] | None


def read_labels(P: object, *, n: int, space: Classes = None) -> Labels:
    """Return soft labels, or classes by name or index, as soft labels with the names of the classes.

    Parameters
    ----------
    P : (n, k) array or table of float, or (n,) labels
        Probabilities; or classes as for `LabelSpace.encode`, None or -1 where unknown.
    n : int
        How many rows X has.
    space : LabelSpace, Task or iterable of str, optional
        The classes. Without it labels that are names are sorted, as scikit-learn does.

    Raises
    ------
    EndModelError
        As `as_soft_labels`; or labels that are no classes.

    Examples
    --------
    >>> read_labels(["SPAM", None], n=2, space=["HAM", "SPAM"]).probabilities.tolist()
    [[0.0, 1.0], [0.5, 0.5]]
    """
    known = as_space(space)
    names = None if known is None else known.names
    if is_multi_label(P):
        raise EndModelError(
            "labels hold several classes a row; an end model learns from one class a row, None where it is "
            "unknown, or from soft labels, an (n, k) array whose rows sum to 1"
        )
    array = np.zeros((0, 0)) if P is None or hasattr(P, "votes") else np.asarray(P)
    if array.ndim == 2 and array.shape[1] == 1:
        from sklearn.exceptions import DataConversionWarning

        message = "A column-vector y was passed when a 1d array was expected; pass labels.ravel()"
        warn_user(message, DataConversionWarning)
        P = array = array.ravel()
    if array.ndim != 1:
        found = as_soft_labels(in_class_order(P, names, what="soft labels", error=EndModelError), n=n)
        if names is not None and found.shape[1] != len(names):
            raise EndModelError(
                f"soft labels have {found.shape[1]} columns; expected {len(names)}, one a class of "
                f"{LabelSpace(names)}"
            )
        return Labels(found, names)
    _check_no_numbers(_check_length(array, n))
    if names is None and array.dtype.kind in "iub":
        return Labels(as_soft_labels(array, n=n), None)
    if names is None:
        names = tuple(sorted(texts_in(P)))
        if len(names) == 1:
            raise EndModelError(
                f"the labels have only one class ({names[0]!r}), but a classifier needs at least two"
            )
    listed = names or index_names(max(2, highest_index(P) + 1))
    classes = as_gold(P, listed, what="labels", error=EndModelError)
    one_hot: FloatArray = np.eye(len(listed))[classes]
    one_hot[classes == ABSTAIN] = 1 / len(listed)
    return Labels(one_hot, names or None)


def is_multi_label(labels: object) -> bool:
    """Say whether labels are sets of classes a row, rather than one class each or soft labels.

    Examples
    --------
    >>> is_multi_label([["a"], ["a", "b"]]), is_multi_label(["a", "b"]), is_multi_label([[0.1, 0.9]])
    (True, False, False)
    >>> is_multi_label(np.array([[1, 1], [0, 0]])), is_multi_label(np.array([[1, 0], [0, 1]]))
    (True, False)
    """
    if hasattr(labels, "votes") or not has_several(labels):
        return False
    try:
        array = labels.toarray() if hasattr(labels, "toarray") else np.asarray(labels)
    except ValueError:  # rows of several lengths
        return True
    if array.ndim != 2 or array.dtype.kind in "US":
        return True
    if array.shape[1] == 1:  # a column vector, which scikit-learn takes for labels
        return False
    if array.dtype.kind not in "biuf":
        if any(isinstance(value, str) for value in array.ravel()):
            return True
        array = array.astype(np.float64)
    whole = np.isin(array, (0, 1)) | np.isnan(array)
    return bool(whole.all() and (np.nansum(array, axis=1) != 1).any())


def _check_no_numbers(labels: np.ndarray[Any, Any]) -> None:
    """Refuse labels of a regression, in the words that scikit-learn's checks ask for."""
    if labels.dtype.kind == "c":
        raise EndModelError(f"Complex data not supported: labels have type {labels.dtype}; expected classes")
    if labels.dtype.kind != "f":
        return
    known = labels[np.isfinite(labels)]
    if (wrong := known != np.floor(known)).any():
        raise EndModelError(
            f"Unknown label type: continuous, such as {known[wrong][0]:g}; labels with one entry a row are "
            "classes, by name or index; soft labels have one column a class"
        )


def informative(P: FloatArray) -> BoolArray:
    """Return (n,) bool: the soft label is not uniform.

    Examples
    --------
    >>> informative(np.array([[0.6, 0.4], [0.5, 0.5]])).tolist()
    [True, False]
    """
    says_something: BoolArray = P.max(axis=1) > 1 / P.shape[1] + UNIFORM_TOLERANCE
    return says_something


def training_rows(P: FloatArray, covered: object = None) -> IntArray:
    """Return the positions of the rows to train on.

    Parameters
    ----------
    P : (n, k) float64
        Soft labels.
    covered : (n,) bool, optional
        Rows that at least one LF voted on (``L.covered``). Without it: rows whose soft label is not
        uniform. That also leaves out a covered row whose votes tie evenly over all classes.

    Raises
    ------
    EndModelError
        `covered` is not (n,) bool, or no row is left.
    """
    n, chosen = len(P), informative(P)
    if covered is not None:
        chosen = np.asarray(covered)
        if chosen.dtype != np.bool_ or chosen.shape != (n,):
            raise EndModelError(
                f"covered has type {chosen.dtype} and shape {chosen.shape}; expected bool ({n},), "
                "such as L.covered"
            )
    if not chosen.any():
        raise EndModelError(
            f"none of the {n} rows is covered, so there is nothing to train on; "
            "write labeling functions that vote on more rows"
        )
    return np.flatnonzero(chosen)


def target_weights(
    P: FloatArray,
    *,
    targets: TargetKind = "soft",
    confidence_weighting: bool = False,
    class_weight: ClassWeight = None,
    generator: np.random.Generator | None = None,
    names: Sequence[str] | None = None,
) -> FloatArray:
    """Return (n, k) weights: the loss is the sum over rows i and classes c of ``W[i, c] * loss(f(x_i), c)``.

    Parameters
    ----------
    P : (n, k) float64
        Soft labels of the rows to train on.
    targets : {"soft", "hard", "sampled"}, default "soft"
        "soft": the probabilities, so the loss is the expected one. "hard": all weight on the most
        probable class, shared evenly where classes tie. "sampled": all weight on one class drawn from
        the row's probabilities, an unbiased estimate for learners that take no weights.
    confidence_weighting : bool, default False
        Weigh row i by ``1 - H(P[i]) / log k``, rescaled to mean 1 so that the balance with a
        regulariser does not move.
    class_weight : "balanced", {class: weight} or sequence of k, optional
        Weigh classes' terms; "balanced" weighs rows instead: by the inverse frequency of their most
        probable class, at most 10-fold. No class then gains by how many rows its LFs happen to cover, while
        the odds within each row stay what its soft label says. (Weights on the classes' terms would
        multiply the share of doubt that every row gives to a rare class.)
    generator : numpy.random.Generator, optional
        For "sampled".
    names : sequence of str, optional
        The classes, by which a mapping of class weights may name them.

    Raises
    ------
    EndModelError
        Unknown `targets`, or class weights that do not fit the classes.

    Examples
    --------
    >>> target_weights(np.array([[0.7, 0.3], [0.5, 0.5]]), targets="hard")
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    if targets not in TARGET_KINDS:
        raise EndModelError(
            f"targets is {targets!r}; expected one of {', '.join(TARGET_KINDS)}"
            + did_you_mean(targets, TARGET_KINDS)
        )
    weights = P
    if targets == "hard":
        weights = _most_probable(P)
    elif targets == "sampled":
        weights = _draw(P, generator or np.random.default_rng())
    if confidence_weighting:
        weights = weights * _confidence(P)[:, None]
    if class_weight == "balanced":
        return weights * _row_balance(weights)[:, None]
    return weights * _class_weights(class_weight, k=weights.shape[1], names=names)


def check_classes(occurring: IntArray, names: Sequence[str] | None = None) -> None:
    """Refuse training labels that give weight to fewer than two classes.

    Raises
    ------
    EndModelError
        Naming the one class.
    """
    if len(occurring) < 2:
        found = [str(one) if names is None else repr(names[int(one)]) for one in occurring]
        raise EndModelError(
            f"the covered rows have only one class ({', '.join(found) or 'none'}), but a "
            "classifier needs at least two; add labeling functions for the others"
        )


def _check_length(array: np.ndarray[Any, Any], n: int) -> np.ndarray[Any, Any]:
    if len(array) != n:
        raise EndModelError(f"X has {n} rows but the labels have {len(array)}; expected one label a row")
    if n == 0:
        raise EndModelError("X has 0 rows; expected at least one covered row to train on")
    return array


def _one_hot(classes: np.ndarray[Any, Any]) -> FloatArray:
    if classes.dtype.kind not in "iu" or classes.min() < -1:
        found = classes.dtype if classes.dtype.kind not in "iu" else f"class {classes.min()}"
        raise EndModelError(
            f"labels with one entry a row must be classes 0..k-1, or -1 where unknown; got {found}; "
            "name classes by their index, or pass soft labels (n, k)"
        )
    k = max(int(classes.max()) + 1, 2)
    P: FloatArray = np.eye(k)[classes]
    P[classes == -1] = 1 / k
    return P


def _check_probabilities(array: np.ndarray[Any, Any]) -> FloatArray:
    if array.dtype.kind not in "fiub":
        raise EndModelError(f"soft labels have type {array.dtype}; expected probabilities, float (n, k)")
    P = array.astype(np.float64)
    _refuse(~np.isfinite(P).all(axis=1), P, "is not finite; expected probabilities")
    _refuse(P.min(axis=1) < -SUM_TOLERANCE, P, "has a negative entry; expected probabilities in 0..1")
    P = np.maximum(P, 0)
    total = P.sum(axis=1)
    _refuse(np.abs(total - 1) > SUM_TOLERANCE, P, "does not sum to 1; divide each row by its sum")
    scaled: FloatArray = P / total[:, None]
    return scaled


def _refuse(bad: BoolArray, P: FloatArray, why: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        shown = np.array2string(P[row], precision=4, threshold=6).replace("\n", "")
        more = f" ({int(bad.sum())} such rows)" if bad.sum() > 1 else ""
        raise EndModelError(f"soft label of row {row} {why}; got {shown}{more}")


def _most_probable(P: FloatArray) -> FloatArray:
    tied = np.isclose(P, P.max(axis=1, keepdims=True), rtol=0, atol=1e-9)
    shared: FloatArray = tied / tied.sum(axis=1, keepdims=True)
    return shared


def _draw(P: FloatArray, generator: np.random.Generator) -> FloatArray:
    below = P.cumsum(axis=1) <= generator.random(len(P))[:, None]
    # A sum that rounds to just under 1 must not draw a class beyond the last one, or one of probability 0.
    last = P.shape[1] - 1 - (P[:, ::-1] > 0).argmax(axis=1)
    drawn: FloatArray = np.eye(P.shape[1])[np.minimum(below.sum(axis=1), last)]
    return drawn


def _confidence(P: FloatArray) -> FloatArray:
    log_p = np.log(P, out=np.zeros_like(P), where=P > 0)
    confidence = np.clip(1 + (P * log_p).sum(axis=1) / np.log(P.shape[1]), 0, 1)
    mean = confidence.mean()
    # Where every row is uniform no row is more certain than another.
    weights: FloatArray = confidence / mean if mean > 0 else np.ones(len(P))
    return weights


def _class_weights(class_weight: ClassWeight, *, k: int, names: Sequence[str] | None) -> FloatArray:
    if class_weight is None:
        return np.ones(k)
    if isinstance(class_weight, str):
        raise EndModelError(
            f"class_weight is {class_weight!r}; expected 'balanced', a mapping or {k} numbers"
        )
    if isinstance(class_weight, Mapping):
        known = {} if names is None else {name: index for index, name in enumerate(names)}
        unknown = [c for c in class_weight if c not in known and c not in range(k)]
        if unknown:
            hint = did_you_mean(unknown[0], known)
            raise EndModelError(
                f"class_weight names class {unknown[0]!r}{hint}; expected classes 0..{k - 1}"
                + (f" ({shorten(names)})" if names else "")
            )
        class_weight = {known.get(c, c): weight for c, weight in class_weight.items()}
        class_weight = [class_weight.get(c, 1.0) for c in range(k)]
    given = np.asarray(class_weight, dtype=np.float64)
    if given.shape != (k,) or not np.isfinite(given).all() or given.min() < 0 or given.max() == 0:
        raise EndModelError(f"class_weight is {class_weight!r}; expected {k} weights >= 0, not all 0")
    return given


def _row_balance(weights: FloatArray) -> FloatArray:
    """Return (n,) weights: the inverse frequency of each row's heaviest class, 1 where all are equal."""
    heaviest = _most_probable(weights)
    rows = heaviest.sum(axis=0)
    occurs = rows > 0
    inverse = np.where(occurs, len(weights) / occurs.sum() / np.where(occurs, rows, 1), 0)
    balance: FloatArray = heaviest @ np.minimum(inverse, MAX_BALANCING)
    return balance
