"""What may be votes, class shares, and the names and parts of a label matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelwright._errors import LabelMatrixError, LabelMatrixIndexError, LabelModelError, LabelwrightError
from labelwright._types import ABSTAIN, MAX_CLASSES, BoolArray, FloatArray, IntArray, VoteArray
from labelwright._validate import duplicates, shorten

# --- votes


def as_columns(votes: object, *, error: type[LabelwrightError]) -> np.ndarray[Any, Any]:
    """Return votes of any type as an (n, m) array, or raise `error`; m is at least 1."""
    if hasattr(votes, "toarray"):
        raise error(
            "votes are a sparse matrix, whose gaps would be votes for class 0; pass .toarray(), or where 0 "
            "means no vote (Snorkel before 0.9) LabelMatrix.from_old_snorkel(votes)"
        )
    array = np.asarray(votes)
    if array.ndim != 2:
        raise error(
            f"votes have shape {array.shape}; expected (rows, LFs). Reshape your data with "
            ".reshape(-1, 1) for one LF or .reshape(1, -1) for one row"
        )
    if array.shape[1] == 0:
        raise error(
            f"votes have no LFs: 0 feature(s) (shape={array.shape}) while a minimum of 1 is required: "
            "one column an LF"
        )
    return array


def refuse_truths(votes: object, *, error: type[LabelwrightError] = LabelMatrixError) -> None:
    """Raise where lists of votes hold True or False beside numbers, of which an array would make 1 and 0.

    Examples
    --------
    >>> refuse_truths([[0, 1]])
    >>> refuse_truths([[0, True]])
    Traceback (most recent call last):
    labelwright._errors.LabelMatrixError: vote of LF 1 at row 0 is True; expected integers, ABSTAIN (-1) for
    no vote
    """
    if not isinstance(votes, (list, tuple)):
        return
    for at, row in enumerate(votes):
        if isinstance(row, (list, tuple)) and bool in set(map(type, row)):
            j = next(j for j, vote in enumerate(row) if type(vote) is bool)
            raise error(
                f"vote of LF {j} at row {at} is {row[j]}; expected integers, ABSTAIN (-1) for no vote"
            )


def as_integers(votes: object, *, error: type[LabelwrightError] = LabelMatrixError) -> np.ndarray[Any, Any]:
    """Return votes as an (n, m) array of integers with at least one LF, or say what is wrong with them.

    Parameters
    ----------
    votes : array-like
        What may be votes.
    error : type of LabelwrightError
        What to raise. Messages hold the phrases that scikit-learn's estimator checks ask for.

    Examples
    --------
    >>> as_integers([[0, -1]]).tolist()
    [[0, -1]]
    """
    array = as_columns(votes, error=error)
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "c":
        raise error(f"Complex data not supported: votes have type {array.dtype}; expected integers")
    if array.dtype.kind != "f":
        names = "" if array.dtype.kind not in "OUS" else "; for names write LabelMatrix(votes, space=[...])"
        raise error(f"votes have type {array.dtype}; expected integers, ABSTAIN (-1) for no vote{names}")
    what = "NaN" if np.isnan(array).any() else "inf (infinity)" if np.isinf(array).any() else "floats"
    cures = {
        "floats": "; convert them with .astype(int)",
        "NaN": "; LabelMatrix(votes) takes NaN for no vote",
    }
    cure = cures.get(what, "")
    raise error(f"votes hold {what} ({array.dtype}); expected integers, ABSTAIN (-1) for no vote{cure}")


def first_outside(votes: np.ndarray[Any, Any], codes: int) -> tuple[int, ...] | None:
    """Return the place of the first vote outside -1..codes-1; None where there is none.

    Examples
    --------
    >>> first_outside(np.array([[0, -1], [1, 7]]), codes=2)
    (1, 1)
    """
    if votes.size == 0 or (votes.min() >= ABSTAIN and votes.max() < codes):
        return None
    return tuple(np.argwhere((votes < ABSTAIN) | (votes >= codes))[0].tolist())


def as_votes(
    array: np.ndarray[Any, Any],
    codes: int,
    *,
    lf_names: Sequence[str] | None = None,
    expected: str,
    error: type[LabelwrightError] = LabelMatrixError,
) -> VoteArray:
    """Return (n, m) integers as votes, int8 or int16, or name the first LF and row that casts none.

    Parameters
    ----------
    array : (n, m) integers
    codes : int
        Different votes: classes, and sets of them.
    lf_names : sequence of str, optional
        For the message; without them LFs are numbers.
    expected : str
        What is allowed, for the message.
    error : type of LabelwrightError
        What to raise.
    """
    outside = first_outside(array, codes)
    if outside is not None:
        row, j = outside
        name = repr(lf_names[j]) if lf_names else str(j)
        what = "Negative values in data: " if array[row, j] < ABSTAIN else ""
        raise error(f"{what}LF {name} has vote {array[row, j]} at row {row}; expected {expected}")
    return array.astype(vote_dtype(codes), copy=False)


def vote_dtype(codes: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the type of a vote of which so many different ones are possible."""
    return np.dtype(np.int8) if codes <= 127 else np.dtype(np.int16)


def classes_needed(votes: IntArray, *, error: type[LabelwrightError] = LabelMatrixError) -> int:
    """Return the number of classes that votes call for: the highest vote + 1, at least 2.

    Examples
    --------
    >>> classes_needed(np.array([[0, 4, -1]]))
    5
    """
    highest = int(votes.max(initial=1))
    if highest >= MAX_CLASSES:
        raise error(f"votes go up to {highest}; at most {MAX_CLASSES} classes are possible")
    return max(2, highest + 1)


def equal_tables(one: BoolArray | None, other: BoolArray | None) -> bool:
    """Say whether two tables of vote sets, or their absence, are the same."""
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


# --- shares


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
        given = " ".join(repr(balance).split())[:100]
        raise LabelModelError(
            f"class_balance={given}; expected {k} positive shares, one a class in class order"
        )
    normalised: FloatArray = shares / shares.sum()
    return normalised


# --- names and parts


def check_lf_names(lf_names: Sequence[str] | None, *, m: int) -> tuple[str, ...]:
    """Return m different non-empty names; ``lf_0``, ``lf_1``, ... where none are given."""
    if lf_names is None:
        return made_up_names(m)
    if isinstance(lf_names, str):
        raise LabelMatrixError(f"lf_names is the text {lf_names!r}; expected a list of names, one an LF")
    names = tuple(str(name) if isinstance(name, np.str_) else name for name in lf_names)
    if len(names) != m:
        raise LabelMatrixError(f"{len(names)} LF names for {m} columns of votes; name each column once")
    if bad := [name for name in names if not isinstance(name, str) or not name]:
        raise LabelMatrixError(f"LF name {bad[0]!r} is not a non-empty string")
    if twice := duplicates(names):
        raise LabelMatrixError(f"LF names occur twice: {shorten(twice)}; rename one of each")
    return names


def made_up_names(m: int) -> tuple[str, ...]:
    """Return the names of LFs that nobody named."""
    return tuple(f"lf_{j}" for j in range(m))


def check_fingerprints(fingerprints: Sequence[str | None] | None, *, m: int) -> tuple[str | None, ...]:
    """Return m fingerprints; None where none are given."""
    prints = (None,) * m if fingerprints is None else tuple(fingerprints)
    if len(prints) != m:
        raise LabelMatrixError(f"{len(prints)} fingerprints for {m} columns of votes; pass one an LF")
    return prints


def as_index(key: object, size: int) -> Any:
    """Normalise what may stand in brackets to something that keeps the axis."""
    if key is Ellipsis:
        return slice(None)
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        if not -size <= key < size:
            raise LabelMatrixIndexError(f"position {key} is outside the {size} there are")
        return [int(key)]
    if isinstance(key, slice):
        try:
            key.indices(size)
        except TypeError:
            raise LabelMatrixIndexError(f"cannot take {key!r}; slices go by position") from None
        return key
    index = np.asarray(key)
    if index.size == 0:
        return np.zeros(0, dtype=np.intp)
    if index.ndim != 1 or index.dtype.kind not in "iub":
        names = "; LFs go by name in the second place, as in L[:, 'name']" if index.dtype.kind in "UO" else ""
        raise LabelMatrixIndexError(
            f"cannot take {key!r}; expected a position, a slice, a mask, or positions{names}"
        )
    if index.dtype.kind == "b" and len(index) != size:
        raise LabelMatrixIndexError(f"mask has {len(index)} entries for {size} positions")
    if index.dtype.kind != "b" and not (-size <= index.min() and index.max() < size):
        outside = index.min() if index.min() < -size else index.max()
        raise LabelMatrixIndexError(f"position {outside} is outside the {size} there are")
    return index
