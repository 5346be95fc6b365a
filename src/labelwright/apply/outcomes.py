"""What preprocessors make of rows, or that they failed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from labelwright.lfs import Preprocessor, Row
from labelwright.lfs.preprocessors import with_fields

Outcome: TypeAlias = tuple[Any, Mapping[str, Any] | None]
"""A row as a preprocessor leaves it, and the fields that it added, where those can be told."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Stands for a row on which a preprocessor raised."""

    step: str
    error: Exception


def outcomes(step: Preprocessor, rows: Sequence[Any]) -> list[Outcome]:
    """Run a preprocessor over rows; a row on which an earlier one failed stays a failure."""
    good = [row for row in rows if row.__class__ is not Failure]
    try:
        fields = step.outcomes(good) if good else None
    except Exception:  # one row spoils its block: each is tried alone
        fields = None
    made = iter(_each(step, good) if fields is None else _merged(good, fields))
    return [(row, None) if row.__class__ is Failure else next(made) for row in rows]


def _merged(rows: Sequence[Any], fields: Sequence[Any]) -> list[Outcome]:
    return [(with_fields(row, new), new) for row, new in zip(rows, fields, strict=True)]


def _each(step: Preprocessor, rows: Sequence[Any]) -> list[Outcome]:
    return [_prepare(step, row) for row in rows]


def _prepare(step: Preprocessor, row: Any) -> Outcome:
    # Other chains go on from this row too, so a step that sets attributes gets one of its own.
    own = Row(row) if isinstance(row, Row) else row
    try:
        return step.outcome(own)
    except Exception as error:
        return Failure(step.name, error), None
