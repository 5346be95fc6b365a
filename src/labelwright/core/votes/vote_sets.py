"""Votes for sets of classes: the table of what the codes k, k+1, ... allow, in one order only.

A vote below k is a class. A code ``k + i`` stands for row i of ``vote_sets``, a (c, k) boolean array: the
classes that the vote leaves possible. Every set of two or more classes, but not of all, has one code; rows
are in lexicographic order, so that equal votes over equal tables give equal integers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from labelwright._errors import LabelMatrixError, LabelSpaceError
from labelwright._types import ABSTAIN, MAX_CLASSES, BoolArray, IntArray, VoteArray


def canonical_table(vote_sets: object, *, k: int) -> tuple[BoolArray | None, IntArray]:
    """Sort a table of sets, and drop what it has twice and what is a class.

    Parameters
    ----------
    vote_sets : (c, k) boolean array
        Sets in any order; rows of one class are allowed, and stand for that class.
    k : int
        Classes.

    Returns
    -------
    table : (c', k) bool, or None where no set is left
        The sets of two or more classes, each once, in lexicographic order; read-only.
    codes : (k + c,) int64
        The code that each code of the input has under `table`.

    Raises
    ------
    LabelMatrixError
        No (c, k) boolean array, or a set of no class or of all classes.

    Examples
    --------
    >>> table, codes = canonical_table([[True, True, False], [False, True, False], [False, True, True]], k=3)
    >>> table.astype(int).tolist(), codes.tolist()
    ([[0, 1, 1], [1, 1, 0]], [0, 1, 2, 4, 1, 3])
    """
    given = _check_table(vote_sets, k=k)
    sizes = given.sum(axis=1)
    table, place = np.unique(given[sizes > 1], axis=0, return_inverse=True)
    if k + len(table) > MAX_CLASSES:
        raise LabelMatrixError(f"{len(table)} sets of {k} classes; at most {MAX_CLASSES} codes are possible")
    codes = np.arange(k + len(given))
    codes[k:][sizes > 1] = k + place.reshape(-1)
    codes[k:][sizes == 1] = given[sizes == 1].argmax(axis=1)
    table.flags.writeable = False
    return table if len(table) else None, codes


def _check_table(vote_sets: object, *, k: int) -> BoolArray:
    table = np.asarray(vote_sets)
    if table.ndim != 2 or table.shape[1] != k or table.dtype != np.bool_:
        raise LabelMatrixError(
            f"vote_sets has shape {table.shape} and type {table.dtype}; expected (sets, {k}) booleans, True "
            "for the classes that a vote allows"
        )
    for what, wrong in (("no class", ~table.any(axis=1)), ("all classes", table.all(axis=1))):
        if wrong.any():
            raise LabelMatrixError(
                f"vote_sets row {wrong.argmax()} allows {what}, which says nothing; let the LF abstain (-1)"
            )
    return table


def allowed_classes(vote_sets: BoolArray | None, *, k: int) -> BoolArray:
    """Return the (k + c, k) bool table of the classes that each code allows.

    Examples
    --------
    >>> allowed_classes(np.array([[True, True, False]]), k=3).astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]
    """
    singles = np.eye(k, dtype=bool)
    return singles if vote_sets is None else np.concatenate([singles, vote_sets])


def read_sets(
    votes: Iterable[Iterable[object]], *, index: Callable[[object], int], k: int, classes: str
) -> tuple[list[list[int]], BoolArray]:
    """Turn votes written as classes and collections of classes into codes and their table of sets.

    Parameters
    ----------
    votes : n rows of m votes
    index : callable
        From a class as people write it to its index.
    k : int
        Classes.
    classes : str
        Which, for the message.

    Raises
    ------
    LabelMatrixError
        What is no class, or a set of no class or of all classes; it names row and column.

    Notes
    -----
    Cost: one dictionary look-up a vote.
    """
    coder = _Coder(index, k, classes)
    codes: list[list[int]] = []
    for row, entries in enumerate(votes):
        codes.append([])
        for column, vote in enumerate(entries):
            try:
                codes[row].append(coder.code(vote))
            except LabelSpaceError as error:
                raise LabelMatrixError(f"vote at row {row}, column {column}: {error}") from None
        if len(codes[row]) != len(codes[0]):
            raise LabelMatrixError(
                f"row {row} has {len(codes[row])} votes, row 0 has {len(codes[0])}; one vote an LF, "
                "None to abstain"
            )
    return codes, table_of([sorted(classes) for classes in coder.sets], k=k)


class _Coder:
    """Gives every vote its code, and every new set the next free one."""

    def __init__(self, index: Callable[[object], int], k: int, classes: str) -> None:
        self.sets: dict[frozenset[int], int] = {}
        self._index, self._k, self._all = index, k, classes
        self._known: dict[object, int] = {}

    def code(self, vote: object) -> int:
        # The type is part of the key because True equals 1, but is no vote.
        key = (type(vote), tuple(vote) if isinstance(vote, (list, set)) else vote)
        try:
            return self._known[key]
        except KeyError:
            return self._known.setdefault(key, self._new_code(vote))
        except TypeError:
            raise LabelSpaceError(
                f"{vote!r} is no vote; expected a class, a set of classes or None"
            ) from None

    def _new_code(self, vote: object) -> int:
        classes = self._classes(vote)
        if isinstance(classes, int):
            return classes
        if len(classes) == 1:
            return next(iter(classes))
        return self.sets.setdefault(classes, self._k + len(self.sets))

    def _classes(self, vote: object) -> int | frozenset[int]:
        """Return the class of a vote for one, ABSTAIN, or the set of its classes."""
        if not isinstance(vote, (set, frozenset, list, tuple)):
            return self._index(vote)
        classes = frozenset(self._index(one) for one in vote)
        if ABSTAIN in classes or not 0 < len(classes) < self._k:
            raise LabelSpaceError(
                f"the set {vote!r} is no vote; expected at least one class, and not all, of {self._all}; "
                "None abstains"
            )
        return classes


def conflicting_sets(codes: IntArray, allowed: BoolArray) -> BoolArray:
    """Return (n, m) bool: the LF votes, and another LF votes a disjoint set on the same row.

    Examples
    --------
    >>> allowed = allowed_classes(np.array([[True, True, False]]), k=3)
    >>> conflicting_sets(np.array([[3, 0, 2], [3, 1, -1]]), allowed).tolist()
    [[True, True, True], [False, False, False]]
    """
    shared = allowed.astype(np.int64) @ allowed.T.astype(np.int64)
    disjoint = np.pad(shared == 0, ((0, 0), (0, 1)))  # with a last column for -1: against nobody
    against = np.zeros(codes.shape, dtype=bool)
    for code in np.unique(codes[codes != ABSTAIN]):
        rivals = disjoint[code, codes].any(axis=1)
        against |= (codes == code) & rivals[:, None]
    return against


def is_right(votes: VoteArray, right: BoolArray, allowed: BoolArray) -> BoolArray:
    """Return (n, m) bool: a vote allows one of the classes that are right on its row.

    Parameters
    ----------
    votes : (n, m) votes
        Of -1 nothing is to be read.
    right : (n, k) bool
        The right classes of each row.
    allowed : (k + c, k) bool
        See `allowed_classes`.

    Examples
    --------
    >>> allowed = allowed_classes(None, k=3)
    >>> right = np.array([[True, True, False], [False, False, True]])
    >>> is_right(np.array([[0, 1], [1, 2]]), right, allowed).tolist()
    [[True, True], [False, True]]
    """
    shared = right.astype(np.uint8) @ allowed.T.astype(np.uint8)
    counts: IntArray = np.take_along_axis(shared, votes.astype(np.intp), axis=1)
    found: BoolArray = counts > 0
    return found


def class_lists(vote_sets: BoolArray) -> list[list[int]]:
    """Return each set as the list of its classes, as it is written to files."""
    return [np.flatnonzero(row).tolist() for row in vote_sets]


def table_of(class_lists: Sequence[Sequence[int]], *, k: int) -> BoolArray:
    """Return the (c, k) table of sets given as lists of classes.

    Examples
    --------
    >>> class_lists(table_of([[0, 2]], k=3))
    [[0, 2]]
    """
    table = np.zeros((len(class_lists), k), dtype=bool)
    for index, classes in enumerate(class_lists):
        table[index, np.asarray(classes, dtype=np.intp)] = True
    return table


def recoded(votes: np.ndarray[Any, Any], codes: IntArray) -> IntArray:
    """Return votes with every code replaced by ``codes[code]``; -1 stays."""
    replaced: IntArray = np.append(codes, ABSTAIN)[votes]
    return replaced
