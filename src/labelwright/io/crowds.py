"""Crowd votes: a tidy table of task, worker and label becomes a label matrix with one LF a worker."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import DataError, LabelwrightError, SchemaError
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import did_you_mean, shorten
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io.tables import read_table


@dataclass(frozen=True, slots=True, eq=False)
class CrowdDataset:
    """Crowd votes, one row a task and one LF a worker.

    Attributes
    ----------
    label_matrix : LabelMatrix
        (tasks, workers) votes; a worker abstains on the tasks that he or she did not see.
    tasks : polars.DataFrame
        Column ``task``, the identifiers as text, in row order; then the columns of the items, where given.
    gold : (n,) int64
        Hand labels, -1 where unknown.
    space : LabelSpace
        The classes.
    """

    label_matrix: LabelMatrix
    tasks: pl.DataFrame
    gold: IntArray
    space: LabelSpace

    def __len__(self) -> int:
        return len(self.gold)


def read_crowd(
    votes: object,
    *,
    gold: object = None,
    items: object = None,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    space: LabelSpace | Iterable[str] | None = None,
) -> CrowdDataset:
    """Read a tidy table of crowd votes.

    Parameters
    ----------
    votes : path or table
        One row a vote, with columns for the task, the worker and the label: whatever `read_table` takes.
        A path to a folder stands for its ``votes.csv`` with, where they are there, ``gold.csv``,
        ``items.csv`` and ``label.json`` (class names by index).
    gold : path or table, optional
        Hand labels: a row a task, with the columns of `task` and `label`. Tasks without votes are left out.
    items : path or table, optional
        What the tasks are about: a row a task, with a column of `task`.
    task, worker, label : str, default "task", "worker", "label"
        The columns.
    space : LabelSpace or iterable of str, optional
        The classes. Labels are then class names or indices; without, the different labels of votes and gold
        are the classes, in the order of numbers if all are numbers, else of the alphabet.

    Returns
    -------
    CrowdDataset
        Tasks and workers in the order in which the votes first name them.

    Raises
    ------
    SchemaError
        A column is missing.
    DataError
        No votes, a vote without task, worker or label, an unknown label, two different labels of one
        worker for one task, or two different gold labels for one task.

    Notes
    -----
    Cost: O(votes) time; the label matrix is dense, tasks x workers bytes.

    Examples
    --------
    >>> votes = [
    ...     {"task": "t1", "worker": "ann", "label": "cat"},
    ...     {"task": "t1", "worker": "bob", "label": "dog"},
    ...     {"task": "t2", "worker": "bob", "label": "cat"},
    ... ]
    >>> crowd = read_crowd(votes, gold=[{"task": "t2", "label": "cat"}])
    >>> crowd.label_matrix.votes.tolist(), crowd.label_matrix.lf_names, crowd.gold.tolist()
    ([[0, 1], [-1, 0]], ('ann', 'bob'), [-1, 0])
    """
    if isinstance(votes, (str, os.PathLike)) and Path(votes).is_dir():
        folder = Path(votes)
        votes = _in_folder(folder, "votes.csv", needed=True)
        gold = _in_folder(folder, "gold.csv") if gold is None else gold
        items = _in_folder(folder, "items.csv") if items is None else items
        space = _named_classes(folder) if space is None else space
    table = _table(votes, [task, worker, label], what="votes")
    answers = None if gold is None else _table(gold, [task, label], what="gold labels")
    labels = [*table[label], *([] if answers is None else answers[label])]
    classes = _space(labels, space)
    tasks, workers = table[task].unique(maintain_order=True), table[worker].unique(maintain_order=True)
    matrix = LabelMatrix(
        _fill(table, classes, tasks=tasks, workers=workers), space=classes, lf_names=workers.to_list()
    )
    known = np.full(len(tasks), ABSTAIN) if answers is None else _answers(answers, classes, tasks)
    return CrowdDataset(matrix, _described(tasks, items, task), known, classes)


def _in_folder(folder: Path, name: str, *, needed: bool = False) -> Path | None:
    if (folder / name).is_file():
        return folder / name
    if needed:
        raise DataError(f"folder {str(folder)!r} has no {name}; expected columns task, worker, label in it")
    return None


def _named_classes(folder: Path) -> LabelSpace | None:
    path = folder / "label.json"
    if not path.is_file():
        return None
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
        return LabelSpace(names[str(index)] for index in range(len(names)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{str(path)!r} does not name classes 0..k-1 as {{"0": "first", ...}}: {error}'
        ) from error


def _table(data: object, columns: Sequence[str], *, what: str) -> pl.DataFrame:
    """Return the columns as text without gaps, named task, worker, label as given."""
    frame = read_table(data)
    if len(set(columns)) < len(columns):
        raise SchemaError(
            f"{', '.join(columns)} name one column twice; task, worker and label are different columns"
        )
    for column in columns:
        if column not in frame.columns:
            hint = did_you_mean(column, frame.columns) or f"; it has {shorten(frame.columns)}"
            raise SchemaError(f"table of {what} has no column {column!r}{hint}")
    text = frame.select(pl.col(column).cast(pl.String).str.strip_chars() for column in columns)
    for column in columns:
        empty = text[column].is_null() | (text[column] == "")
        if empty.any():
            raise DataError(
                f"{what}: row {empty.arg_max()} has no {column!r}; fill it in or leave the row out"
            )
    if len(text) == 0:
        raise DataError(f"table of {what} has 0 rows; expected one row a vote")
    return text


def _space(labels: list[str], space: LabelSpace | Iterable[str] | None) -> LabelSpace:
    if space is not None:
        return space if isinstance(space, LabelSpace) else LabelSpace(space)
    found = set(labels)
    numbers = all(name.lstrip("-").isdecimal() for name in found)
    ordered = sorted(found, key=int) if numbers else sorted(found)
    try:
        return LabelSpace(ordered)
    except LabelwrightError as error:
        raise DataError(f"labels of the votes: {error}; or pass space=") from error


def _indices(labels: pl.Series, space: LabelSpace, *, what: str) -> pl.Series:
    """Return class indices of labels that are class names, or indices written as numbers."""
    index: dict[str, int] = {str(position): position for position in range(len(space))}
    index |= {name: position for position, name in enumerate(space.names)}
    for row, label in enumerate(labels):
        if label not in index:
            hint = did_you_mean(label, space.names)
            raise DataError(f"{what}: row {row} has label {label!r}{hint}; expected one of {space}")
    return labels.replace_strict(index, return_dtype=pl.Int64)


def _positions(values: pl.Series, of: pl.Series) -> np.ndarray[Any, Any]:
    """Return where each value stands in `of`."""
    place = {value: position for position, value in enumerate(of)}
    return np.array([place[value] for value in values], dtype=np.int64)


def _fill(table: pl.DataFrame, space: LabelSpace, *, tasks: pl.Series, workers: pl.Series) -> IntArray:
    task, worker, label = table.iter_columns()
    rows, columns = _positions(task, tasks), _positions(worker, workers)
    classes = _indices(label, space, what="votes").to_numpy()
    votes = np.full((len(tasks), len(workers)), ABSTAIN, dtype=space.vote_dtype)
    votes[rows, columns] = classes
    if (clash := np.flatnonzero(votes[rows, columns] != classes)).size:
        at = int(clash[0])
        raise DataError(
            f"worker {worker[at]!r} labels task {task[at]!r} both {label[at]!r} and "
            f"{space.name(int(votes[rows[at], columns[at]]))!r}; keep one vote a worker and task"
        )
    return votes


def _answers(answers: pl.DataFrame, space: LabelSpace, tasks: pl.Series) -> IntArray:
    """Return the gold labels in task order."""
    task, label = answers.iter_columns()
    known: dict[str, int] = {}
    for name, index in zip(task, _indices(label, space, what="gold labels"), strict=True):
        if known.setdefault(name, index) != index:
            raise DataError(f"gold labels: task {name!r} has two different ones; keep one")
    return np.array([known.get(name, ABSTAIN) for name in tasks], dtype=np.int64)


def _described(tasks: pl.Series, items: object, task: str) -> pl.DataFrame:
    frame = pl.DataFrame({"task": tasks})
    if items is None:
        return frame
    table = read_table(items)
    if task not in table.columns:
        hint = did_you_mean(task, table.columns) or f"; it has {shorten(table.columns)}"
        raise SchemaError(f"table of items has no column {task!r}{hint}")
    keyed = table.rename({task: "task"}).with_columns(pl.col("task").cast(pl.String).str.strip_chars())
    return frame.join(keyed.unique("task", keep="first"), on="task", how="left", maintain_order="left")
