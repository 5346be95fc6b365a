"""From what labeling functions return to checked votes."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

import numpy as np
import polars as pl

from labelwright._apply.class_weights import (
    WeightBook,
    as_vector,
    hard_votes,
    is_vector,
    score_rows,
    vector_vote,
)
from labelwright._errors import LabelingFunctionError, LabelSpaceError
from labelwright._text import printable
from labelwright._types import ABSTAIN, MAX_CLASSES, VoteArray
from labelwright.core import LabelSpace
from labelwright.core.given_votes import in_class_order
from labelwright.core.votes.checks import first_outside
from labelwright.lfs.base import ScoredVotes

PLAIN: Final = frozenset({str, int, type(None)})
"""Types of raw votes of which equal ones are the same vote, as True and 1 are not."""

MAX_DISTINCT: Final = 256


class UnnamedClasses(LabelSpace):
    """The classes where nobody named any: every index is one, and no name is. It holds no names."""

    __slots__ = ()

    def __init__(self) -> None:
        pass

    @property
    def names(self) -> tuple[str, ...]:
        """The indices as texts."""
        return tuple(map(str, range(MAX_CLASSES)))

    @property
    def vote_dtype(self) -> np.dtype[np.signedinteger[Any]]:
        """The type of a vote for any class."""
        return np.dtype(np.int16)

    def index(self, vote: object) -> int:
        """Return a class index; a name is an error that says how to give names."""
        if isinstance(vote, str):
            raise LabelSpaceError(
                f"class name {vote!r} needs a label space; pass space=LabelSpace([...]) to the LF or apply"
            )
        return LabelSpace.index(self, vote)

    def name(self, index: int) -> str:
        """Return the index as a text; -1 gives ``"ABSTAIN"``."""
        return "ABSTAIN" if self.index(index) == ABSTAIN else str(index)

    def __len__(self) -> int:
        return MAX_CLASSES

    def __iter__(self) -> Iterator[str]:
        return map(str, range(MAX_CLASSES))

    def __contains__(self, name: object) -> bool:
        return False

    def __getattr__(self, name: str) -> int:
        raise AttributeError(f"classes without names have no class {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnnamedClasses)

    def __hash__(self) -> int:
        return hash(UnnamedClasses)

    def __reduce__(self) -> tuple[type[UnnamedClasses], tuple[()]]:  # type: ignore[override]
        return (UnnamedClasses, ())

    def __dir__(self) -> list[str]:
        return list(object.__dir__(self))

    def __repr__(self) -> str:
        return "UnnamedClasses()"

    def __str__(self) -> str:
        return f"class indices 0..{len(self) - 1}"


def list_votes(
    raw: list[Any],
    *,
    space: LabelSpace,
    lf: str,
    first_row: int,
    book: WeightBook | None = None,
    offset: int = 0,
) -> VoteArray:
    """Return what a Python LF returned on consecutive rows as votes.

    Only values that are no plain ints - names, None, numpy integers, enums, distributions, sets of classes -
    are looked at one by one. The book gets what says more than one class; `offset` is the place of the first
    row in its block.

    Raises
    ------
    LabelingFunctionError
        A value that is no vote; names the LF, the row and the classes.
    """
    kinds = set(map(type, raw))
    if book is not None and any(map(is_vector, kinds)):
        raw = _without_vectors(raw, space, lf, first_row, book, offset)
    plain = raw if kinds <= {int} else _indices(raw, space, lf, first_row, plain=kinds <= PLAIN)
    try:
        votes = np.array(plain, dtype=np.int64)
    except OverflowError:
        votes = np.array(_indices(raw, space, lf, first_row, plain=False), dtype=np.int64)
    return checked(votes, space=space, lf=lf, first_row=first_row)


def checked(votes: np.ndarray[Any, Any], *, space: LabelSpace, lf: str, first_row: int) -> VoteArray:
    """Return integers as votes of the space's type, or say which is outside the space."""
    outside = first_outside(votes, len(space))
    if outside is not None:
        _refuse(int(votes[outside]), space, lf, first_row + outside[0])
    return votes.astype(space.vote_dtype)


def _without_vectors(
    raw: list[Any], space: LabelSpace, lf: str, first_row: int, book: WeightBook, offset: int
) -> list[Any]:
    """Return raw votes with plain ones in the places of distributions and sets, which the book gets."""
    named = not isinstance(space, UnnamedClasses)
    plain, places, vectors = list(raw), [], []
    for place, value in enumerate(raw):
        if not is_vector(type(value)):
            continue
        try:
            vote = vector_vote(as_vector(value), space, named=named)
        except (LabelSpaceError, TypeError, OverflowError) as error:
            shown = printable(" ".join(repr(value).split()))
            shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
            raise LabelingFunctionError.at(
                f"LF {lf!r} returned {shown} ({type(value).__name__}) at",
                first_row + place,
                f": {error}",
                lf=lf,
                kind="vote",
            ) from None
        if isinstance(vote, int):
            plain[place] = vote
        else:
            places.append(place)
            vectors.append(vote)
    if not vectors:
        return plain
    if len({len(vector) for vector in vectors}) > 1:
        raise LabelingFunctionError(
            f"LF {lf!r} returned distributions over different numbers of classes; say which classes there "
            "are, with space=LabelSpace([...])"
        )
    values = np.stack(vectors)
    for place, vote in zip(places, hard_votes(values).tolist(), strict=True):
        plain[place] = vote
    book.add(lf, np.array(places) + offset, values)
    return plain


def batch_votes(
    raw: Any,
    *,
    rows: int,
    space: LabelSpace,
    lf: str,
    first_row: int,
    book: WeightBook | None = None,
    offset: int = 0,
) -> VoteArray:
    """Return what a batch LF returned on ``rows`` rows as votes; a (rows, k) array of floats are scores.

    Raises
    ------
    LabelingFunctionError
        Not one value a row, or a value that is no vote.
    """
    if isinstance(raw, ScoredVotes):
        if book is not None:
            _note_scores(raw, rows, space, lf, first_row, book, offset)
        raw = raw.votes
    if book is not None and not isinstance(space, UnnamedClasses):
        raw = in_class_order(raw, space.names, what=f"scores of LF {lf!r}", error=LabelingFunctionError)
    values = _sequence(raw, lf, scored=book is not None)
    if len(values) != rows:
        raise LabelingFunctionError(
            f"batch LF {lf!r} returned {len(values)} votes for {rows} rows (rows {first_row}.."
            f"{first_row + rows - 1}); return one vote a row, ABSTAIN (-1) or None to abstain"
        )
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return checked(values, space=space, lf=lf, first_row=first_row)
    if book is not None and isinstance(values, np.ndarray) and values.ndim == 2:
        return _scored_rows(values, space, lf, first_row, book, offset)
    plain = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return list_votes(plain, space=space, lf=lf, first_row=first_row, book=book, offset=offset)


def _note_scores(
    raw: ScoredVotes, rows: int, space: LabelSpace, lf: str, first_row: int, book: WeightBook, offset: int
) -> None:
    """Note the scores of a batch LF that says which classes they are for, in the order of the classes."""
    if isinstance(space, UnnamedClasses):
        if any(isinstance(one, str) for one in raw.classes):
            space.index(next(one for one in raw.classes if isinstance(one, str)))
        k = max(2, 1 + max((int(one) for one in raw.classes if one is not None), default=1))
    else:
        k = len(space)
    scores = np.zeros((rows, k))
    for column, one in enumerate(raw.classes):
        if one is not None:
            scores[:, space.index(one)] += raw.scores[:, column]
    total = scores.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = scores / total  # nan where all of it is of no class
    try:
        found, values = score_rows(shares, space=space, named=False)
    except LabelSpaceError as error:
        raise LabelingFunctionError.at(
            f"LF {lf!r} has no scores at", first_row + (error.row or 0), f": {error}", lf=lf, kind="vote"
        ) from None
    book.add(lf, found + offset, values)


def _scored_rows(
    values: np.ndarray[Any, Any], space: LabelSpace, lf: str, first_row: int, book: WeightBook, offset: int
) -> VoteArray:
    named = not isinstance(space, UnnamedClasses)
    try:
        found, scores = score_rows(values, space=space, named=named)
    except LabelSpaceError as error:
        rest = f" no scores: {error}"
        raise LabelingFunctionError.at(
            f"batch LF {lf!r} returned an array of shape {values.shape}, and at",
            first_row + (error.row or 0),
            rest,
            lf=lf,
            kind="vote",
        ) from None
    book.add(lf, found + offset, scores)
    votes = np.full(len(values), ABSTAIN, dtype=space.vote_dtype)
    votes[found] = hard_votes(scores)
    return votes


def _sequence(raw: Any, lf: str, *, scored: bool = False) -> Sequence[Any] | np.ndarray[Any, Any]:
    if isinstance(raw, pl.DataFrame) or raw is None or isinstance(raw, (str, bytes, dict, set)):
        raise LabelingFunctionError(
            f"batch LF {lf!r} returned a {type(raw).__name__}; return a sequence of votes, one a row"
        )
    if isinstance(raw, pl.Series):
        return raw.to_numpy() if raw.dtype.is_integer() and not raw.null_count() else raw.to_list()
    if isinstance(raw, (list, tuple)):
        return raw
    if hasattr(raw, "__array__"):
        array = np.asarray(raw)
        if scored and array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind == "f":
            return array
        return array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else _flat(array, lf)
    if isinstance(raw, Iterable):
        return list(raw)
    raise LabelingFunctionError(
        f"batch LF {lf!r} returned a {type(raw).__name__}; return a sequence of votes, one a row"
    )


def _flat(array: np.ndarray[Any, Any], lf: str) -> np.ndarray[Any, Any]:
    if array.ndim != 1:
        raise LabelingFunctionError(
            f"batch LF {lf!r} returned an array of shape {array.shape}; return one vote a row, shape (rows,)"
        )
    return array


def _indices(raw: list[Any], space: LabelSpace, lf: str, first_row: int, *, plain: bool) -> list[int]:
    """Normalise value by value; each name is looked up once.

    Names, None and ints are looked up by a loop in C; it is gone through again to say where one is no vote.
    """
    if plain and len(distinct := set(raw)) <= MAX_DISTINCT:
        with suppress(LabelingFunctionError):
            votes = {value: ABSTAIN if value is None else _index(value, space, lf, 0) for value in distinct}
            return list(map(votes.__getitem__, raw))
    known: dict[str, int] = {}
    indices: list[int] = []
    for row, value in enumerate(raw, start=first_row):
        if value.__class__ is int:
            index = value if ABSTAIN <= value < len(space) else _index(value, space, lf, row)
        elif value is None:
            index = ABSTAIN
        elif value.__class__ is str:
            index = known[value] if value in known else known.setdefault(value, _index(value, space, lf, row))
        else:
            index = _index(value, space, lf, row)
        indices.append(index)
    return indices


def _index(value: Any, space: LabelSpace, lf: str, row: int) -> int:
    try:
        return space.index(value.value if isinstance(value, enum.Enum) else value)
    except LabelSpaceError as error:
        _refuse(value, space, lf, row, error)


def _refuse(
    value: Any, space: LabelSpace, lf: str, row: int, error: LabelSpaceError | None = None
) -> NoReturn:
    if isinstance(value, str) and error is not None:
        who = f"LF {lf!r} returned {value!r} at"
        raise LabelingFunctionError.at(who, row, f": {error}", lf=lf, kind="vote") from None
    kind = "" if value.__class__ is int else f" ({type(value).__name__})"
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    rest = f"; expected {space} by index or name; return ABSTAIN (-1) or None to abstain"
    if value.__class__ is int and value == len(space) and not isinstance(space, UnnamedClasses):
        rest += "; if its classes count from 1 and 0 abstains, say abstain=0, first_class=1"
    raise LabelingFunctionError.at(
        f"LF {lf!r} returned {shown}{kind} at", row, rest, lf=lf, kind="vote"
    ) from None
