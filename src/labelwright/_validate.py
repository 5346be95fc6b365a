"""Checks that several rooms make, and the hints in their messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeGuard

import numpy as np

from labelwright._types import FloatArray, RandomState

if TYPE_CHECKING:
    import polars as pl

SUM_TOLERANCE: Final = 1e-3
"""How far from 1 probabilities may sum: those that were written with few digits do."""

MAX_MISSPELLED: Final = 200
"""A longer text is no misspelled name, and takes long to compare."""


def did_you_mean(wrong: object, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` where a known name is close to the wrong one, else ``""``."""
    names = list(known)
    folded = str(wrong).strip().casefold()
    close = [name for name in names if name.strip().casefold() == folded]
    if not close and len(folded) > MAX_MISSPELLED:
        return ""
    close = close or difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def is_missing(value: object) -> bool:
    """Tell None, NaN, NaT and NA: the ways in which libraries say that there is no value.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing(np.datetime64("NaT")), is_missing(0)
    (True, True, True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return isinstance(value, (float, np.floating, Decimal)) and bool(value != value)


def no_distribution(P: FloatArray) -> int | None:
    """Return the first row of (n, k) numbers that are no shares which sum to 1; None where all are.

    Examples
    --------
    >>> no_distribution(np.array([[0.5, 0.5], [0.5, np.nan]])), no_distribution(np.ones((2, 1)))
    (1, None)
    """
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(P @ np.ones(P.shape[1]) - 1) <= SUM_TOLERANCE)  # also where something is not finite
    if P.size and P.min() < 0:
        wrong |= (P < 0).any(axis=1)
    return int(np.flatnonzero(wrong)[0]) if wrong.any() else None


def is_text_type(dtype: pl.DataType) -> bool:
    """Tell columns of texts, with categories or without.

    Examples
    --------
    >>> import polars as pl
    >>> is_text_type(pl.Enum(["a"])), is_text_type(pl.String()), is_text_type(pl.Int8())
    (True, True, False)
    """
    import polars as pl

    return dtype in (pl.String, pl.Categorical, pl.Enum)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whole and real numbers of Python and numpy; True and False are none.

    Examples
    --------
    >>> is_number(1), is_number(np.float32(0.5)), is_number(True), is_number("1")
    (True, True, False, False)
    """
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def shorten(names: Sequence[object], most: int = 8) -> str:
    """Join names for a message, cutting a long list: ``a, b, c, ... (40 in all)``."""
    shown = ", ".join(str(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown}, ... ({len(names)} in all)"


def duplicates(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, each once, in order of their second occurrence."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)


def as_generator(random_state: RandomState) -> np.random.Generator:
    """Return a numpy generator of its own; the global numpy state is never touched."""
    return np.random.default_rng(random_state)
