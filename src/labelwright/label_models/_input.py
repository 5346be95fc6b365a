"""What a label model takes: a label matrix, or a plain array of integer votes, checked."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from sklearn.utils.validation import validate_data

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright._validate import is_missing
from labelwright.core import LabelMatrix, LabelSpace, Task, VoteStatistics
from labelwright.core.task import go_together
from labelwright.core.votes import checks
from labelwright.label_models._settings import N_CLASSES


class VoteTypeError(LabelModelError, TypeError):
    """An entry of the votes is no number at all."""


def as_integers(L: object) -> IntArray:
    """Return votes as a 2-dimensional integer array with at least one LF.

    Classes written as whole floats pass, as scikit-learn's own checks ask of every estimator over
    categories; floats that hold abstentions or fractions do not, and a `LabelMatrix` takes no floats.

    Raises
    ------
    LabelModelError
        Fractions, NaN, complex numbers, sparse matrices, a wrong number of dimensions, or no LFs.
    """
    if hasattr(L, "toarray"):
        raise LabelModelError(
            "votes are a sparse matrix, and sparse input is not supported: its gaps would be votes for "
            "class 0; pass .toarray() with ABSTAIN (-1) where an LF does not vote"
        )
    if isinstance(L, LabelMatrix):
        return L.votes
    array = np.asarray(L)
    if array.dtype.kind in "iuf":
        checks.refuse_truths(L, error=LabelModelError)
    if array.ndim == 2 and array.dtype.kind == "O":
        array = _from_objects(array)
    elif array.ndim == 2 and array.dtype.kind == "f" and np.isfinite(array).all():
        array = _from_floats(array)
    return checks.as_integers(array, error=LabelModelError)


def _from_floats(array: np.ndarray[Any, Any]) -> IntArray:
    if array.min(initial=0.0) < 0:
        raise LabelModelError(
            f"votes hold floats ({array.dtype}; Negative values in data of this type are no abstentions); "
            "expected integers, ABSTAIN (-1) for no vote; convert them with .astype(int)"
        )
    whole: IntArray = array.astype(np.int64)
    if not np.array_equal(whole, array):
        row, j = np.argwhere(whole != array)[0]
        raise LabelModelError(
            f"votes hold floats: LF {j} has {array[row, j]} at row {row}; expected integers, ABSTAIN (-1) "
            "for no vote (probabilities of a classifier become votes by a threshold)"
        )
    return whole


def _from_objects(array: np.ndarray[Any, Any]) -> IntArray:
    for row, column in np.ndindex(array.shape):
        vote = array[row, column]
        if isinstance(vote, (bool, np.bool_)) or not isinstance(vote, (int, np.integer)):
            raise VoteTypeError(
                f"vote of LF {column} at row {row} is {vote!r} ({type(vote).__name__}); "
                "a vote argument must be an integer class or ABSTAIN (-1), not a string or another number; "
                "class names and gaps go in as LabelMatrix(votes, space=[...])"
            )
    return array.astype(np.int64)


def learn_k(L: object, votes: IntArray, n_classes: int | None) -> int:
    """Return the number of classes: the setting, else the label space's, else max vote + 1, at least 2.

    Raises
    ------
    LabelModelError
        A setting that is no integer >= 2, or that contradicts the label matrix.
    """
    if n_classes is not None:
        N_CLASSES.check("n_classes", n_classes)
        if isinstance(L, LabelMatrix) and len(L.space) > n_classes:
            raise LabelModelError(
                f"n_classes={n_classes}, but the label matrix has {L.space}; leave n_classes out"
            )
        return int(n_classes)
    if isinstance(L, LabelMatrix):
        return L.k
    return checks.classes_needed(votes, error=LabelModelError)


def as_votes(L: object, votes: IntArray, k: int, lf_names: tuple[str, ...] | None = None) -> VoteArray:
    """Return the votes as int8 or int16, known to lie in -1..k-1: a `LabelMatrix` can hold no others."""
    if isinstance(L, LabelMatrix) and L.k + (0 if L.vote_sets is None else len(L.vote_sets)) <= k:
        return votes.astype(checks.vote_dtype(k), copy=False)
    expected = (
        f"a class 0..{k - 1} or ABSTAIN (-1); set n_classes, or fit on a LabelMatrix with its space, where "
        "later rows may hold more classes"
    )
    return checks.as_votes(votes, k, lf_names=lf_names, expected=expected, error=LabelModelError)


def refuse_sets(L: object, *, model: str) -> None:
    """Raise LabelModelError where LFs vote sets of classes, which only some models take."""
    if not isinstance(L, LabelMatrix) or L.vote_sets is None or L.votes.max(initial=ABSTAIN) < L.k:
        return
    row, j = np.argwhere(L.votes >= L.k)[0]
    raise LabelModelError(
        f"LF {L.lf_names[j]!r} votes a set of classes at row {row}, and {model} takes votes for one class; "
        "use labelwright.label_models.PartialLabels, or leave that LF out"
    )


def count_votes(
    L: object, votes: VoteArray, *, gold: IntArray | None = None, first_row: int = 0
) -> VoteStatistics:
    """Count the votes of a label matrix, or checked votes of anything else, and checked gold labels."""
    return VoteStatistics.of(L if isinstance(L, LabelMatrix) else votes, gold=gold, first_row=first_row)


def pattern_matrix(stats: object) -> LabelMatrix:
    """Return the patterns of vote statistics as the rows of a label matrix.

    Raises
    ------
    LabelModelError
        Not vote statistics, or statistics of no rows.
    """
    if not isinstance(stats, VoteStatistics):
        raise LabelModelError(
            f"fit_statistics got {type(stats).__name__}; expected VoteStatistics.of(L), or use fit(L)"
        )
    if stats.n == 0:
        raise LabelModelError("statistics are of 0 rows; a label model needs at least one row of votes")
    return LabelMatrix(
        stats.patterns().votes,
        space=stats.task or stats.space,
        lf_names=stats.lf_names,
        vote_sets=stats.vote_sets,
    )


def given_names(L: object) -> tuple[str, ...] | None:
    """Return the LF names that a user gave, None for an array or names made from positions."""
    if not isinstance(L, LabelMatrix):
        return None
    return None if L.lf_names == checks.made_up_names(L.m) else L.lf_names


def given_task(L: object) -> Task | None:
    """Return the task of a label matrix, None for an array or a matrix that knows none."""
    return L.task if isinstance(L, LabelMatrix) else None


def given_space(L: object) -> LabelSpace | None:
    """Return the label space that a user gave, None for an array or classes named by index."""
    if not isinstance(L, LabelMatrix) or LabelSpace.of_size(L.k) == L.space:
        return None
    return L.space


def check_columns(model: Any, X: object, *, reset: bool) -> None:
    """Let scikit-learn compare the number of columns, and their names in a data frame, with the fit's."""
    try:
        validate_data(model, X, reset=reset, skip_check_array=True)
    except ValueError as error:
        line = " ".join(str(error).split())
        raise LabelModelError(f"{line}; pass the votes of the LFs that the model was fitted on") from None


def check_same_lfs(L: object, model: Any) -> None:
    """Raise LabelModelError where a label matrix names other LFs, classes or another task than a model's."""
    kind, names, space = type(model).__name__, given_names(L), given_space(L)
    if names and model.lf_names_ and names != model.lf_names_:
        j = next(j for j, name in enumerate(names) if name != model.lf_names_[j])
        raise LabelModelError(
            f"LF {j} is {names[j]!r}, but {kind} was fitted with {model.lf_names_[j]!r} there; "
            "pass the LFs in the order of fit"
        )
    if not go_together(given_task(L), model.task_):
        raise LabelModelError(
            f"label matrix is of {given_task(L)}, but {kind} was fitted with {model.task_}; "
            "fit one model a task"
        )
    if space and model.space_ and space != model.space_:
        raise LabelModelError(f"label matrix has {space}, but {kind} was fitted with {model.space_}")


def gold_balance(labels: IntArray, k: int) -> FloatArray:
    """Return the class balance that gold labels show, pulled to equal shares as far as they are few.

    One label is added to each class, and what then does not stand out of the noise of as many labels counts
    as equal shares (see `pull_to_equal`): five labels say next to nothing, hundreds are taken at their word.

    Parameters
    ----------
    labels : (at most k,) int64
        How often each class is given.

    Examples
    --------
    >>> gold_balance(np.array([2, 1]), k=2).tolist()
    [0.5, 0.5]
    >>> gold_balance(np.array([200, 100]), k=2).round(3).tolist()
    [0.661, 0.339]
    """
    counts = np.pad(labels, (0, k - len(labels))) + 1.0
    raw = counts / counts.sum()
    pull = pull_to_equal(raw, np.sqrt(raw * (1.0 - raw) / counts.sum()))
    shares: FloatArray = (1.0 - pull) * raw + pull / k
    return shares


def pull_to_equal(raw: FloatArray, errors: FloatArray) -> float:
    """Return the part of what sets (k,) shares apart from equal ones that their errors account for."""
    away = float(((raw - 1.0 / len(raw)) ** 2).sum())
    if np.isnan(errors).any():
        return 0.0
    return float(min(1.0, (errors**2).sum() / away)) if away > 0 else 1.0


# --- what a label model over numbers takes: votes as floats, nan to abstain, checked


def as_numbers(L: object) -> FloatArray:
    """Return votes as (n, m) float64 with at least one LF; nan where an LF abstains.

    Raises
    ------
    LabelModelError
        Votes for classes, a sparse matrix, a wrong number of dimensions, no LFs, or votes that are
        infinite, complex or no numbers.
    """
    if isinstance(L, LabelMatrix):
        raise LabelModelError(
            "a LabelMatrix holds votes for classes; numeric votes are a float array (rows, LFs) with nan to "
            "abstain, and classes need a model such as LabelModel"
        )
    if hasattr(L, "toarray"):
        raise LabelModelError(
            "votes are a sparse matrix, and sparse input is not supported: its gaps would be votes for 0; "
            "pass an array with nan where an LF does not vote"
        )
    return _finite(_floats(checks.as_columns(L, error=LabelModelError)))


def check_gold_numbers(gold: object, *, n: int) -> FloatArray | None:
    """Return gold values as (n,) float64, nan where unknown; None without any.

    Raises
    ------
    LabelModelError
        Wrong length or shape, infinite, or no numbers.
    """
    if gold is None:
        return None
    values = np.asarray(gold)
    if values.shape != (n,):
        raise LabelModelError(
            f"gold has shape {values.shape}; expected ({n},), one value a row and nan where unknown"
        )
    floats = _floats(values[:, None])[:, 0]
    if np.isinf(floats).any():
        raise LabelModelError(f"gold is infinite at row {np.isinf(floats).argmax()}; use nan where unknown")
    return floats


def _floats(array: np.ndarray[Any, Any]) -> FloatArray:
    if array.dtype.kind == "c":
        raise LabelModelError(f"Complex data not supported: numbers have type {array.dtype}; expected floats")
    if array.dtype.kind == "O":  # NA of pandas is no number to numpy
        array = np.where(np.frompyfunc(is_missing, 1, 1)(array).astype(bool), np.nan, array)
    try:
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        row, j, wrong = next(_no_numbers(array))
        raise VoteTypeError(
            f"column {j} has {wrong!r} ({type(wrong).__name__}) at row {row}; a vote argument must be no "
            "string or other object but a number, or nan to abstain"
        ) from None


def _no_numbers(array: np.ndarray[Any, Any]) -> Any:
    for row, j in np.ndindex(array.shape):
        try:
            float(array[row, j])
        except (TypeError, ValueError):
            yield row, j, array[row, j]


def _finite(votes: FloatArray) -> FloatArray:
    infinite = np.isinf(votes)
    if infinite.any():
        row, j = np.argwhere(infinite)[0]
        raise LabelModelError(
            f"vote of LF {j} at row {row} is {votes[row, j]} (infinity); expected a finite number, or nan "
            "to abstain"
        )
    return votes


# --- what a label model over rankings takes: ranks of items, 0 the first, -1 where an item is not ranked

NOT_RANKED = -1
MAX_ITEMS = 1000

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
    if array.shape[1] == 0 or not 2 <= array.shape[2] <= MAX_ITEMS:
        raise LabelModelError(
            f"rankings have shape {array.shape}; expected at least one LF, and 2 to {MAX_ITEMS} items"
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
