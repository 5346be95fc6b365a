"""Votes that say more than one class: distributions over classes, and sets of classes.

Beside the integers of a block go *class weights* (`RowScores`): on the rows where an LF returned a
distribution its shares, where it returned a set of classes a one for each of them.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from labelwright._errors import LabelMatrixError, LabelSpaceError
from labelwright._types import ABSTAIN, IntArray, VoteArray
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.core.votes.row_scores import (
    RowScores,
    ScoreArray,
    best_classes,
    is_distribution,
    is_set,
    joined_scores,
    normalised,
)

VECTORS: Final = (Mapping, list, tuple, set, frozenset, np.ndarray)
"""What a vote for more than one class comes as, beside what can become an array."""

HOW = (
    "a distribution is a number from 0 to 1 for each class, in their order or by name (those left out share "
    "the rest), with a sum of 1"
)


class WeightBook:
    """Collects the class weights of LFs on the rows of one block."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: dict[str, list[tuple[IntArray, ScoreArray]]] = {}

    def add(self, lf: str, rows: Any, values: Any) -> None:
        """Note the (r, k) weights of an LF on some rows of the block; a later note of a row counts."""
        if len(rows):
            self._parts.setdefault(lf, []).append((np.asarray(rows, dtype=np.int64), values))

    def drop(self, lf: str, start: int, stop: int) -> None:
        """Forget what was noted of some rows: the LF abstains there after all."""
        for place, (rows, values) in enumerate(self._parts.get(lf, [])):
            kept = (rows < start) | (rows >= stop)
            self._parts[lf][place] = (rows[kept], values[kept])

    def of(self, n: int) -> dict[str, RowScores]:
        """Return the weights by LF, of a block of n rows."""
        found = {}
        for lf, parts in self._parts.items():
            notes = [
                (len(rows), RowScores(np.arange(len(rows)), values, len(rows))) for rows, values in parts
            ]
            rows, joined = np.concatenate([rows for rows, _ in parts]), joined_scores(notes)
            last = len(rows) - 1 - np.unique(rows[::-1], return_index=True)[1]
            if joined is not None:
                found[lf] = RowScores(rows[last], joined.values[last], n)
        return found


def is_vector(kind: type) -> bool:
    """Say whether values of a type are votes for more than one class: a Series or a tensor is, too.

    Examples
    --------
    >>> [is_vector(kind) for kind in (list, dict, np.ndarray, np.float32, str)]
    [True, True, True, False, False]
    """
    if issubclass(kind, VECTORS):
        return True
    return hasattr(kind, "__array__") and hasattr(kind, "__len__") and not issubclass(kind, np.generic)


def as_vector(value: Any) -> Any:
    """Return a Series with an index of names as a dictionary, and what else is an array as one."""
    if isinstance(value, VECTORS):
        return value
    if (
        hasattr(value, "index")
        and hasattr(value, "to_dict")
        and any(isinstance(one, str) for one in value.index)
    ):
        return value.to_dict()
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def vector_vote(value: Any, space: LabelSpace, *, named: bool) -> int | ScoreArray:
    """Return (k,) the weights of a vote that an LF returned as a distribution or as a set of classes.

    A set of one class is a vote for it, and says no more; nothing but nan abstains.

    Parameters
    ----------
    value : dict, list, tuple, set, frozenset or array
        What it returned.
    space : LabelSpace
        The classes.
    named : bool
        Whether the classes are known; otherwise a list of numbers says itself how many there are.

    Raises
    ------
    LabelSpaceError
        It is neither.
    """
    if isinstance(value, Mapping):
        return _of_mapping(value, space, named=named)
    if isinstance(value, np.ndarray) and value.ndim != 1:
        raise LabelSpaceError(f"it has shape {value.shape}; {HOW}")
    if any(isinstance(one, Mapping) for one in value):  # what pipelines for texts give
        raise LabelSpaceError(
            "it holds dictionaries; write one from class to score, such as "
            "{one['label']: one['score'] for one in found}"
        )
    listed = value.tolist() if isinstance(value, np.ndarray) else list(value)
    is_scores = bool(listed) and not isinstance(value, (set, frozenset)) and _are_scores(listed)
    if not is_scores:
        return _of_set(value, listed, space, named=named)
    k = len(space) if named else len(listed)
    if len(listed) != k:
        raise LabelSpaceError(f"it has {len(listed)} numbers for {k} classes; {HOW}")
    shares = np.array(listed, dtype=np.float64)
    return ABSTAIN if np.isnan(shares).all() else _checked(shares)


def _are_scores(listed: list[Any]) -> bool:
    return all(_is_number(one) for one in listed) and any(
        not isinstance(one, numbers.Integral) for one in listed
    )


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _of_mapping(value: Mapping[Any, Any], space: LabelSpace, *, named: bool) -> ScoreArray:
    if not named:
        raise LabelSpaceError("a dictionary needs to know the classes; pass space=LabelSpace([...])")
    if not value:
        raise LabelSpaceError(f"it is empty; return None to abstain, or else {HOW}")
    unknown, shares = [], np.full(len(space), np.nan)
    for key, share in value.items():
        try:
            index = space.index(key)
        except LabelSpaceError:
            index = ABSTAIN
        if index == ABSTAIN:
            unknown.append(key)
        elif not np.isnan(shares[index]):
            raise LabelSpaceError(f"it names the class {space.name(index)!r} twice; {HOW}")
        else:
            shares[index] = float(share) if _is_number(share) and not np.isnan(share) else np.inf
    if unknown:
        names = ", ".join(map(repr, unknown[:8]))
        raise LabelSpaceError(
            f"{names} {'is no class' if len(unknown) == 1 else 'are no classes'} of {space}"
        )
    rest = np.isnan(shares)
    left = 1.0 - float(shares[~rest].sum())
    if rest.any():
        shares[rest] = max(left, 0.0) / rest.sum()
    return _checked(shares)


def _checked(shares: np.ndarray[Any, Any]) -> ScoreArray:
    if not is_distribution(shares[None])[0]:
        finite = np.isfinite(shares).all()
        why = "it holds what is no number" if not finite else f"its numbers sum to {shares.sum():.4g}"
        why = "it holds a negative number" if finite and (shares < 0).any() else why
        raise LabelSpaceError(f"{why}; {HOW}")
    found: ScoreArray = normalised(shares[None])[0]
    return found


def _of_set(value: Any, listed: list[Any], space: LabelSpace, *, named: bool) -> int | ScoreArray:
    if not isinstance(value, (set, frozenset)) and not any(isinstance(one, str) for one in listed):
        raise LabelSpaceError(
            "whole numbers may be a distribution or classes; write a distribution with floats, such as "
            "[0.0, 1.0], and a set of classes with braces, such as {0, 1}"
        )
    if not named:
        raise LabelSpaceError("a set of classes needs to know all of them; pass space=LabelSpace([...])")
    indices = {space.index(one) for one in listed}
    if ABSTAIN in indices or not 0 < len(indices) < len(space):
        raise LabelSpaceError(f"a set holds at least one class and not all of {space}; None abstains")
    if len(indices) == 1:
        return indices.pop()
    found = np.zeros(len(space), dtype=np.float32)
    found[list(indices)] = 1.0
    return found


def hard_votes(values: ScoreArray) -> IntArray:
    """Return the votes that go beside (r, k) weights: the best class, ABSTAIN at a tie and for a set."""
    return np.where(is_set(values), ABSTAIN, best_classes(values))


def score_rows(raw: np.ndarray[Any, Any], *, space: LabelSpace, named: bool) -> tuple[IntArray, ScoreArray]:
    """Return the rows of a (rows, k) array that hold a distribution, and these; a row of nan abstains.

    Raises
    ------
    LabelSpaceError
        Another number of classes, or a row that is no distribution; `row` says which.
    """
    if named and raw.shape[1] != len(space):
        raise LabelSpaceError(f"it has {raw.shape[1]} columns for {len(space)} classes")
    rows = np.flatnonzero(~np.isnan(raw).all(axis=1))
    wrong = ~is_distribution(raw[rows])
    if wrong.any():
        error = LabelSpaceError(
            f"{np.round(raw[rows[wrong.argmax()]], 4).tolist()} is no distribution; {HOW}"
        )
        error.row = int(rows[wrong.argmax()])
        raise error
    return rows, normalised(raw[rows])


def label_matrix_of(
    votes: VoteArray,
    weights: Mapping[str, RowScores],
    *,
    space: LabelSpace | Task | None,
    lf_names: Sequence[str],
    fingerprints: Sequence[str | None],
) -> LabelMatrix:
    """Return (n, m) votes as a label matrix with the scores and the sets that class weights hold."""
    named = space.space if isinstance(space, Task) else space
    wide = {one.k for one in weights.values()}
    if named is None and wide:
        if len(wide) > 1:
            raise LabelMatrixError(
                f"LFs returned distributions over {min(wide)} and over {max(wide)} classes; say which "
                "classes there are, with space="
            )
        space = named = LabelSpace.of_size(max(*wide, 2, int(votes.max(initial=0)) + 1))
    scores, sets = {}, {}
    for name, one in weights.items():
        marks = is_set(one.values)
        sets[name] = one.only(marks)
        k = len(named) if named is not None else one.k
        scores[name] = RowScores(one.rows[~marks], _wider(one.values[~marks], k), one.n)
    codes, table = _coded(votes, sets, lf_names)
    return LabelMatrix(
        codes, space=space, lf_names=lf_names, fingerprints=fingerprints, vote_sets=table, scores=scores
    )


def _wider(values: ScoreArray, k: int) -> ScoreArray:
    return values if values.shape[1] == k else np.pad(values, ((0, 0), (0, k - values.shape[1])))


def _coded(
    votes: VoteArray, sets: Mapping[str, RowScores], lf_names: Sequence[str]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """Return votes with the codes of sets in their places, and the table of the sets."""
    tables = [one.values for one in sets.values() if len(one.rows)]
    if not tables:
        return votes, None
    table, place = np.unique(np.concatenate(tables) > 0, axis=0, return_inverse=True)
    codes, start = votes.astype(np.int64), 0
    for name, one in sets.items():
        places = place.reshape(-1)[start : start + len(one.rows)]
        codes[one.rows, list(lf_names).index(name)] = table.shape[1] + places
        start += len(one.rows)
    return codes, table
