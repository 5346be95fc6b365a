"""Crowd workers as labeling functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from labelwright._answers import (
    Repeats,
    by_value,
    check_repeats,
    column_of,
    keys_of,
    settled,
    shown,
    with_index,
)
from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._validate import is_text_type
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import as_column, common_arguments
from labelwright.lfs._tables import as_frame
from labelwright.lfs.base import LabelingFunction
from labelwright.lfs.lookup_lf import LookupLF, lookup_of

_WHO = "crowd"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CrowdLF(LookupLF):
    """Votes what one crowd worker answered; made by `crowd`."""

    kind: ClassVar[str] = "crowd"

    def _check_key(self, column: str, data: pl.DataType, table: pl.Series) -> None:
        if not _meet_by_value(data, table.dtype):
            LookupLF._check_key(self, column, data, table)
            return
        entries = pl.DataFrame({"task": _text(table)}).unique().with_columns(value=by_value(pl.col("task")))
        if (twice := entries.filter(pl.col("value").is_duplicated()).sort("value", "task")).height:
            raise SchemaError(
                f"LF {self.name!r}: tasks are {data} in the data, and in the table some are "
                f"one number: {shown(twice.filter(pl.col('value') == twice['value'][0])['task'])}; make "
                f"column {column!r} text, written as in the table"
            )

    def _comparable(self, column: str, data: pl.Series, table: pl.Series) -> tuple[pl.Series, pl.Series]:
        if not _meet_by_value(data.dtype, table.dtype):
            ours, theirs = LookupLF._comparable(self, column, data, table)
            return (ours.str.strip_chars(), theirs) if ours.dtype == pl.String else (ours, theirs)
        pair = [pl.select(by_value(pl.lit(_text(keys)))).to_series() for keys in (data, table)]
        return pair[0], pair[1]

    def vocabulary(self) -> Iterable[str]:
        """Return nothing: the keys are tasks, the same for all workers."""
        return ()

    @property
    def source(self) -> str:
        """The canonical definition."""
        return f"crowd(table=<{self.table.height} answers>, on={self.keys[0]!r})  # worker {self.name!r}"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        return f"votes what worker {self.name} answered ({self.table.height:,} tasks)"


def _meet_by_value(data: pl.DataType, table: pl.DataType) -> bool:
    """Say whether keys of one type are texts and of the other numbers, or both numbers of other kinds."""
    kinds = [_kind(dtype) for dtype in (data, table)]
    return None not in kinds and kinds[0] != kinds[1]


def _kind(dtype: pl.DataType) -> str | None:
    if is_text_type(dtype):
        return "text"
    return ("integer" if dtype.is_integer() else "number") if dtype.is_numeric() else None


def _text(tasks: pl.Series) -> pl.Series:
    return keys_of(tasks, where=f"crowd: column {tasks.name!r}", error=SchemaError)


def crowd(
    table: Any,
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    on: str | None = None,
    space: LabelSpace | Task | None = None,
    repeats: Repeats = "error",
) -> list[LabelingFunction]:
    """Make one LF a worker of a tidy table with one row an answer.

    Each LF is named after its worker, votes the worker's answer to a task, and abstains on tasks that the
    worker did not answer.

    Parameters
    ----------
    table : data frame or list of dict
        One row an answer: which task, which worker, which label; or a pandas Series of labels with task and
        worker as its index. Rows without a label are left out.
    task, worker, label : str, default "task", "worker", "label"
        Its columns; where it has none of the default name, as other tools name them, such as ``item``.
        Labels are class names; numbers are class names where these are numbers, else indices.
    on : str, optional
        The column of the data that holds the task's key; by default named as in the table.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    repeats : {"error", "first", "last", "abstain", "all"}, default "error"
        What becomes of different answers of one worker to one task: an error; the first or the last in the
        order of the table; no vote; or all of them, the second as a vote of another LF, named "ann (2)".

    Returns
    -------
    list of LabelingFunction
        In order of the workers' first answers.

    Raises
    ------
    LabelingFunctionError
        A missing column, no answers, an answer without task or worker, a worker with two different
        answers to one task, or a label that ``space`` lacks.

    Notes
    -----
    Blanks around tasks, workers and labels do not count. Tasks that are numbers in one table and text in the
    other are the same where they are one number: 1, 1.0 and "001".

    Examples
    --------
    >>> answers = [
    ...     {"task": 1, "worker": "ann", "label": "cat"},
    ...     {"task": 2, "worker": "ann", "label": "dog"},
    ...     {"task": 2, "worker": "bob", "label": "cat"},
    ... ]
    >>> space = LabelSpace(["cat", "dog"])
    >>> lfs = crowd(answers, space=space)
    >>> pl.DataFrame({"task": [1, 2, 3]}).select(lf.expr(space) for lf in lfs).rows()
    [(0, -1), (1, 0), (-1, -1)]
    """
    common_arguments(_WHO, space)
    check_repeats(repeats, LabelingFunctionError)
    names = {"task": task, "worker": worker, "label": label}
    frame = as_frame(with_index(table, names, error=LabelingFunctionError), _WHO)
    found = {
        role: column_of(frame.columns, role, name, what="answers", error=LabelingFunctionError)
        for role, name in names.items()
    }
    key = as_column(found["task"] if on is None else on, _WHO)
    answers = settled(_answers(frame, **found), repeats, error=LabelingFunctionError, what=_WHO)
    return [
        lookup_of(
            CrowdLF,
            one.select("task", "label"),
            common_arguments(one["worker"][0], space),
            keys=(key,),
            in_column=True,
        )
        for one in answers.partition_by("worker", maintain_order=True)
    ]


def _answers(frame: pl.DataFrame, *, task: str, worker: str, label: str) -> pl.DataFrame:
    answers = pl.DataFrame(
        {
            "task": _stripped(frame[task]),
            "worker": keys_of(frame[worker], where=f"crowd: column {worker!r}", error=LabelingFunctionError),
            "label": _stripped(frame[label]),
        }
    ).drop_nulls("label")
    if answers.is_empty():
        raise LabelingFunctionError("crowd: the table holds no answers; give at least one labeled row")
    for role in ("task", "worker"):
        if missing := answers[role].null_count():
            raise LabelingFunctionError(f"crowd: {missing} answers have no {role}; remove or complete them")
    return answers


def _stripped(column: pl.Series) -> pl.Series:
    """Return a column without blanks around texts, null for nothing; raise where it holds lists."""
    if is_text_type(column.dtype):
        text = column.cast(pl.String).str.strip_chars()
        return text.set(text == "", None)
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        return keys_of(column, where=f"crowd: column {column.name!r}", error=LabelingFunctionError)
    return column.fill_nan(None) if column.dtype.is_float() else column
