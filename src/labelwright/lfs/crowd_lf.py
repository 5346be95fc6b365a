"""Crowd workers as labeling functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from labelwright._errors import LabelingFunctionError
from labelwright._validate import duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import as_column, common_arguments
from labelwright.lfs._tables import as_frame, require_columns
from labelwright.lfs.base import LabelingFunction
from labelwright.lfs.lookup_lf import LookupLF, lookup_of

_WHO = "crowd"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrowdLF(LookupLF):
    """Votes what one crowd worker answered; made by `crowd`."""

    kind: ClassVar[str] = "crowd"

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


def crowd(
    table: Any,
    *,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    on: str | None = None,
    space: LabelSpace | Task | None = None,
) -> list[LabelingFunction]:
    """Make one LF a worker of a tidy table with one row an answer.

    Each LF is named after its worker, votes the worker's answer to a task, and abstains on tasks that the
    worker did not answer.

    Parameters
    ----------
    table : data frame or list of dict
        One row an answer: which task, which worker, which label. Rows without a label are left out.
    task, worker, label : str, default "task", "worker", "label"
        Its columns. Labels are class names or class indices.
    on : str, optional
        The column of the data that holds the task's key; by default named as in the table.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.

    Returns
    -------
    list of LabelingFunction
        In order of the workers' first answers.

    Raises
    ------
    LabelingFunctionError
        A missing column, no answers, an answer without task or worker, a worker with two different
        answers to one task, or a label that ``space`` lacks.

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
    key = as_column(task if on is None else on, _WHO)
    answers = _answers(table, task=task, worker=worker, label=label)
    workers = answers.partition_by("worker", maintain_order=True)
    names = [str(one["worker"][0]) for one in workers]
    if twice := duplicates(names):
        raise LabelingFunctionError(
            f"crowd: workers of different types share the names {shorten(twice)}; cast {worker!r} to strings"
        )
    return [
        lookup_of(CrowdLF, one.select("task", "label"), common_arguments(name, space), keys=(key,))
        for name, one in zip(names, workers, strict=True)
    ]


def _answers(table: Any, *, task: str, worker: str, label: str) -> pl.DataFrame:
    frame = as_frame(table, _WHO)
    require_columns(frame, {"task": task, "worker": worker, "label": label}, _WHO)
    answers = frame.select(
        pl.col(task).alias("task"), pl.col(worker).alias("worker"), pl.col(label).alias("label")
    ).filter(pl.col("label").is_not_null())
    if answers.is_empty():
        raise LabelingFunctionError("crowd: the table holds no answers; give at least one labeled row")
    for role in ("task", "worker"):
        if missing := answers[role].null_count():
            raise LabelingFunctionError(f"crowd: {missing} answers have no {role}; remove or complete them")
    return answers
