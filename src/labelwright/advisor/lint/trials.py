"""One labeling function on a few rows, whatever it does there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelwright._apply import apply
from labelwright._errors import LabelingFunctionError, LabelwrightError
from labelwright._text import first_line
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace
from labelwright.core.votes.vote_sets import allowed_classes
from labelwright.lfs import LabelingFunction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an LF did on a row: it voted (or abstained), or went wrong.

    Parameters
    ----------
    vote : int, default ABSTAIN
        The class index; a number beyond the classes where it is a set of them.
    error : str, default ""
        What went wrong, on one line.
    classes : tuple of int
        The classes that the vote allows.
    """

    vote: int = ABSTAIN
    error: str = ""
    classes: tuple[int, ...] = ()


def tried(
    lf: LabelingFunction,
    rows: Sequence[Mapping[str, Any]],
    *,
    space: LabelSpace | None,
    types: Mapping[str, pl.DataType],
) -> list[Outcome]:
    """Return what an LF does on rows that make one table; where that goes wrong, on each row alone."""
    try:
        found = _together(lf, rows, space=space, types=types)
    except LabelwrightError as error:
        found = [Outcome(error=first_line(error))] * len(rows)
    if len(rows) > 1 and any(one.error for one in found):
        return [tried(lf, [row], space=space, types=types)[0] for row in rows]
    return found


def tried_votes(lf: LabelingFunction, frame: pl.DataFrame, *, space: LabelSpace | None) -> VoteArray:
    """Return the (n,) votes of an LF on a frame; what raises abstains."""
    matrix, _ = apply([lf], frame, space=space, progress=False, on_fault="abstain", return_report=True)
    return matrix.votes[:, 0]


def _together(
    lf: LabelingFunction,
    rows: Sequence[Mapping[str, Any]],
    *,
    space: LabelSpace | None,
    types: Mapping[str, pl.DataType],
) -> list[Outcome]:
    frame = _frame(lf.name, rows, types)
    matrix, report = apply([lf], frame, space=space, progress=False, on_fault="abstain", return_report=True)
    if any(fault.rows > 1 for fault in report.faults):
        return [Outcome(error=first_line(report.faults[0].error))] * len(rows)
    errors = {fault.row: first_line(fault.error) for fault in report.faults}
    allowed = [np.flatnonzero(classes) for classes in allowed_classes(matrix.vote_sets, k=matrix.k)]
    return [
        Outcome(int(vote), errors.get(row, ""), () if vote == ABSTAIN else tuple(allowed[vote].tolist()))
        for row, vote in enumerate(matrix.votes[:, 0])
    ]


def _frame(lf: str, rows: Sequence[Mapping[str, Any]], types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    columns = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([_column(lf, name, [row.get(name) for row in rows], types) for name in columns])


def _column(lf: str, name: str, values: list[Any], types: Mapping[str, pl.DataType]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=types.get(name), strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        pass
    shown = ", ".join(repr(value) for value in values[:3])
    expected = f"the data have {types[name]} there" if name in types else "they are not of one type"
    raise LabelingFunctionError(f"LF {lf!r}: column {name!r} of the rows holds {shown:.60}, but {expected}")
