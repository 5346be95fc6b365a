"""From what labeling functions return to checked votes."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np
import polars as pl

from labelwright._errors import LabelingFunctionError, LabelSpaceError
from labelwright._types import ABSTAIN, MAX_CLASSES, VoteArray
from labelwright.core import LabelSpace
from labelwright.core.votes.checks import first_outside


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


def list_votes(raw: list[Any], *, space: LabelSpace, lf: str, first_row: int) -> VoteArray:
    """Return what a Python LF returned on consecutive rows as votes.

    Only values that are no plain ints - names, None, numpy integers, enums - are looked at one by one.

    Raises
    ------
    LabelingFunctionError
        A value that is no vote; names the LF, the row and the classes.
    """
    plain = raw if set(map(type, raw)) <= {int} else _indices(raw, space, lf, first_row)
    try:
        votes = np.array(plain, dtype=np.int64)
    except OverflowError:
        votes = np.array(_indices(raw, space, lf, first_row), dtype=np.int64)
    return checked(votes, space=space, lf=lf, first_row=first_row)


def checked(votes: np.ndarray[Any, Any], *, space: LabelSpace, lf: str, first_row: int) -> VoteArray:
    """Return integers as votes of the space's type, or say which is outside the space."""
    outside = first_outside(votes, len(space))
    if outside is not None:
        _refuse(int(votes[outside]), space, lf, first_row + outside[0])
    return votes.astype(space.vote_dtype)


def batch_votes(raw: Any, *, rows: int, space: LabelSpace, lf: str, first_row: int) -> VoteArray:
    """Return what a batch LF returned on ``rows`` rows as votes.

    Raises
    ------
    LabelingFunctionError
        Not one value a row, or a value that is no vote.
    """
    values = _sequence(raw, lf)
    if len(values) != rows:
        raise LabelingFunctionError(
            f"batch LF {lf!r} returned {len(values)} votes for {rows} rows (rows {first_row}.."
            f"{first_row + rows - 1}); return one vote a row, ABSTAIN (-1) or None to abstain"
        )
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return checked(values, space=space, lf=lf, first_row=first_row)
    plain = values.tolist() if isinstance(values, np.ndarray) else list(values)
    return list_votes(plain, space=space, lf=lf, first_row=first_row)


def _sequence(raw: Any, lf: str) -> Sequence[Any] | np.ndarray[Any, Any]:
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


def _indices(raw: list[Any], space: LabelSpace, lf: str, first_row: int) -> list[int]:
    """Normalise value by value; each name is looked up once."""
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
    raise LabelingFunctionError.at(
        f"LF {lf!r} returned {shown}{kind} at", row, rest, lf=lf, kind="vote"
    ) from None
