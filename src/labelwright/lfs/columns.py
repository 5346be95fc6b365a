"""Which columns Python code reads, as far as its source shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from labelwright._errors import LabelingFunctionError


def declared_columns(columns: Iterable[str] | None, who: str) -> tuple[str, ...] | None:
    """Return declared columns as a tuple; None stays None."""
    if columns is None:
        return None
    named = (columns,) if isinstance(columns, str) else tuple(columns)
    if not all(isinstance(column, str) and column for column in named):
        raise LabelingFunctionError(f"{who}: columns={columns!r} are no column names; pass strings")
    return tuple(dict.fromkeys(named))


def inferred_columns(f: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the columns that ``f`` reads from its first argument, or None where they are not known."""
    return None


def returned_fields(f: Callable[..., Any]) -> tuple[str, ...] | None:
    """Return the keys of the dictionary that ``f`` returns, or None where they are not known."""
    return None
