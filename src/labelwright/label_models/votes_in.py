"""What a label model takes: a label matrix, or a plain array of integer votes, checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import LabelMatrix, LabelSpace, VoteStatistics

MAX_CLASSES = 32767  # a vote is an int16 at most


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
    array = L.votes if isinstance(L, LabelMatrix) else np.asarray(L)
    if array.ndim != 2:
        raise LabelModelError(
            f"votes have shape {array.shape}; expected (rows, LFs). Reshape your data with "
            ".reshape(-1, 1) for one LF or .reshape(1, -1) for one row"
        )
    if array.shape[1] == 0:
        raise LabelModelError(
            f"votes hold 0 feature(s) (shape={array.shape}) while a minimum of 1 is required: "
            "one column an LF"
        )
    return _from_objects(array) if array.dtype.kind == "O" else _integers_only(array)


def _integers_only(array: np.ndarray[Any, Any]) -> IntArray:
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "c":
        raise LabelModelError(f"Complex data not supported: votes have type {array.dtype}; expected integers")
    if array.dtype.kind == "f":
        return _from_floats(array)
    raise LabelModelError(f"votes have type {array.dtype}; expected integers, ABSTAIN (-1) for no vote")


def _from_floats(array: np.ndarray[Any, Any]) -> IntArray:
    if np.isnan(array).any():
        raise LabelModelError("votes hold NaN; expected integers, ABSTAIN (-1) for no vote")
    if np.isinf(array).any():
        raise LabelModelError("votes hold inf (infinity); expected integers, ABSTAIN (-1) for no vote")
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
                "a vote argument must be an integer class or ABSTAIN (-1), not a string or another number"
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
        _check_n_classes(n_classes)
        if isinstance(L, LabelMatrix) and len(L.space) > n_classes:
            raise LabelModelError(
                f"n_classes={n_classes}, but the label matrix has {L.space}; leave n_classes out"
            )
        return int(n_classes)
    if isinstance(L, LabelMatrix):
        return L.k
    highest = int(votes.max(initial=1))
    if highest >= MAX_CLASSES:
        raise LabelModelError(f"votes go up to {highest}; at most {MAX_CLASSES} classes are possible")
    return max(2, highest + 1)


def _check_n_classes(n_classes: object) -> None:
    if isinstance(n_classes, bool) or not isinstance(n_classes, (int, np.integer)) or n_classes < 2:
        raise LabelModelError(f"n_classes={n_classes!r}; expected an integer of at least 2, or None")


def as_votes(votes: IntArray, k: int, lf_names: tuple[str, ...] | None = None) -> VoteArray:
    """Return the votes as int8 or int16 once they are known to lie in -1..k-1."""
    if votes.size and not (votes.min() >= ABSTAIN and votes.max() < k):
        row, j = np.argwhere((votes < ABSTAIN) | (votes >= k))[0]
        name = repr(lf_names[j]) if lf_names else str(j)
        if votes[row, j] < ABSTAIN:
            raise LabelModelError(
                f"Negative values in data: LF {name} has vote {votes[row, j]} at row {row}; "
                f"expected a class 0..{k - 1} or ABSTAIN (-1)"
            )
        raise LabelModelError(
            f"LF {name} has vote {votes[row, j]} at row {row}; expected a class 0..{k - 1} or ABSTAIN (-1); "
            "set n_classes, or fit on a LabelMatrix with its space, where later rows may hold more classes"
        )
    return votes.astype(np.int8 if k <= 127 else np.int16, copy=False)


def refuse_sets(L: object, *, model: str) -> None:
    """Raise LabelModelError where LFs vote sets of classes, which only some models take."""
    if not isinstance(L, LabelMatrix) or L.vote_sets is None or L.votes.max(initial=ABSTAIN) < L.k:
        return
    row, j = np.argwhere(L.votes >= L.k)[0]
    raise LabelModelError(
        f"LF {L.lf_names[j]!r} votes a set of classes at row {row}, and {model} takes votes for one class; "
        "use labelwright.label_models.PartialLabels, or leave that LF out"
    )


def count_votes(L: object, votes: VoteArray, *, first_row: int = 0) -> VoteStatistics:
    """Count the votes of a label matrix, or checked votes of anything else."""
    return VoteStatistics.of(L if isinstance(L, LabelMatrix) else votes, first_row=first_row)


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
        stats.patterns().votes, space=stats.space, lf_names=stats.lf_names, vote_sets=stats.vote_sets
    )


def given_names(L: object) -> tuple[str, ...] | None:
    """Return the LF names that a user gave, None for an array or names made from positions."""
    if not isinstance(L, LabelMatrix):
        return None
    made_up = tuple(f"lf_{j}" for j in range(L.m))
    return None if L.lf_names == made_up else L.lf_names


def given_space(L: object) -> LabelSpace | None:
    """Return the label space that a user gave, None for an array or classes named by index."""
    if not isinstance(L, LabelMatrix) or LabelSpace.of_size(L.k) == L.space:
        return None
    return L.space


def check_balance(balance: object, k: int) -> FloatArray:
    """Return a class balance as (k,) positive shares that sum to 1.

    Raises
    ------
    LabelModelError
        Not k finite positive numbers.
    """
    try:
        shares = np.asarray(balance, dtype=np.float64)
    except (TypeError, ValueError):
        shares = np.zeros(0)
    if shares.shape != (k,) or not np.isfinite(shares).all() or (shares <= 0).any():
        raise LabelModelError(
            f"class_balance={balance!r}; expected {k} positive shares, one a class in class order"
        )
    normalised: FloatArray = shares / shares.sum()
    return normalised


def gold_balance(gold: IntArray, k: int) -> FloatArray:
    """Return the class balance that gold labels show, pulled to equal shares as far as they are few.

    One label is added to each class, and what then does not stand out of the noise of as many labels counts
    as equal shares (see `pull_to_equal`): five labels say next to nothing, hundreds are taken at their word.
    Labels of -1 do not count.

    Examples
    --------
    >>> gold_balance(np.repeat([0, 1, -1], [2, 1, 9]), k=2).tolist()
    [0.5, 0.5]
    >>> gold_balance(np.repeat([0, 1, -1], [200, 100, 9]), k=2).round(3).tolist()
    [0.661, 0.339]
    """
    counts = np.bincount(gold[gold >= 0], minlength=k) + 1.0
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
