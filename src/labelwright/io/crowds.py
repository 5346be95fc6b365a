"""Crowd votes: a tidy table of task, worker and label becomes a label matrix with one LF a worker."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from labelwright._answers import (
    Repeats,
    by_value,
    check_repeats,
    column_of,
    keys_of,
    renamed,
    settled,
    shown,
    with_index,
)
from labelwright._display.notebook import Facts, Heading, Part, Point, Points
from labelwright._display.shown import Shown, said
from labelwright._errors import DataError, DataWarning, LabelwrightError, SchemaError, warn_user
from labelwright._exact import without
from labelwright._text import count
from labelwright._types import ABSTAIN, IntArray
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.core.class_values import ClassReader, Mapped
from labelwright.core.task import space_of
from labelwright.io.json_files import load
from labelwright.io.tables import read_table

NO_LABELS = "no row of the votes has a label; expected one label a row"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrowdDataset(Shown):
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
    notes : tuple of str
        What was left out or did not match, with counts.
    """

    label_matrix: LabelMatrix
    tasks: pl.DataFrame
    gold: IntArray
    space: LabelSpace
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.gold)

    def __repr__(self) -> str:
        matrix, known = self.label_matrix, int((self.gold != ABSTAIN).sum())
        told = (
            f"CrowdDataset: {count(int((matrix.votes != ABSTAIN).sum()), 'vote')} of "
            f"{count(matrix.m, 'worker')} on {count(matrix.n, 'task')}, {self.space}, {known:,} with gold"
        )
        return "\n".join((told, *(f"  {note}" for note in self.notes)))

    def _display_parts(self) -> list[Part]:
        matrix = self.label_matrix
        facts = [
            ("tasks", f"{matrix.n:,}"),
            ("workers", f"{matrix.m:,}: {said(matrix.lf_names)}"),
            ("votes", f"{int((matrix.votes != ABSTAIN).sum()):,}"),
            ("classes", said(self.space)),
            ("with gold", f"{int((self.gold != ABSTAIN).sum()):,}"),
        ]
        notes = [Points([Point(note) for note in self.notes])] if self.notes else []
        return [Heading("CrowdDataset"), Facts(facts), *notes]


def read_crowd(
    votes: object,
    *,
    gold: object = None,
    items: object = None,
    task: str = "task",
    worker: str = "worker",
    label: str = "label",
    space: LabelSpace | Task | Iterable[str] | None = None,
    mapping: Mapped | None = None,
    repeats: Repeats = "error",
) -> CrowdDataset:
    """Read a tidy table of crowd votes.

    Parameters
    ----------
    votes : path or table
        One row a vote, with columns for the task, the worker and the label: whatever `read_table` takes, or a
        pandas Series with task and worker as its index. A path to a folder stands for its ``votes.csv`` with,
        where they are there, ``gold.csv``, ``items.csv`` and ``label.json`` (class names by index).
    gold : path, table or mapping, optional
        Hand labels: a row a task, with the columns of `task` and `label`; a pandas Series with tasks as its
        index; or ``{task: label}``. Tasks without votes are left out.
    items : path or table, optional
        What the tasks are about: a row a task, with a column of `task`.
    task, worker, label : str, default "task", "worker", "label"
        The columns. Where a table has none of the default name, one that other tools use is taken, such as
        ``item``, ``annotator``, ``answer`` and, for gold, ``true_label``.
    space : LabelSpace or iterable of str, optional
        The classes. Labels are then read by `LabelSpace.encode`: class names, or indices where no class name
        is a number. Without, the different labels of votes and gold are the classes, in the order of numbers
        if all are numbers (1.0 is named "1"), else of the alphabet; -1 as the one label below 0 is refused,
        since it may be meant as no label.
    mapping : mapping, optional
        With a space: what labels mean, a class or None for no label.
    repeats : {"error", "first", "last", "abstain", "all"}, default "error"
        What becomes of different labels of one worker for one task: an error; the first or the last in the
        order of the table; no vote; or all of them, the second as a vote of another LF, named "ann (2)". One
        label given again counts once.

    Returns
    -------
    CrowdDataset
        Tasks and workers in the order in which the votes first name them. ``.notes`` tell what was left out.

    Raises
    ------
    SchemaError
        A column is missing.
    DataError
        No votes, a vote without task or worker, an unknown label or a -1 that may be none, different labels
        of one worker for one task, two different gold labels for one task, or gold labels or items of which
        none is about a task of the votes.

    Warns
    -----
    DataWarning
        Some gold labels are about tasks without votes.

    Notes
    -----
    Blanks around identifiers and labels do not count. A vote without a label (null) is none. Identifiers that
    are numbers in one table and text in another are the same where they are one number: 1, 1.0 and "001".

    Cost: O(votes) time; the label matrix is dense, tasks x workers bytes.

    Examples
    --------
    >>> votes = [
    ...     {"task": "t1", "worker": "ann", "label": "cat"},
    ...     {"task": "t1", "worker": "bob", "label": "dog"},
    ...     {"task": "t2", "worker": "bob", "label": "cat"},
    ... ]
    >>> crowd = read_crowd(votes, gold={"t2": "cat"})
    >>> crowd.label_matrix.votes.tolist(), crowd.label_matrix.lf_names, crowd.gold.tolist()
    ([[0, 1], [-1, 0]], ('ann', 'bob'), [-1, 0])
    """
    check_repeats(repeats, DataError)
    if isinstance(votes, (str, os.PathLike)) and Path(votes).is_dir():
        folder = Path(votes)
        votes = _in_folder(folder, "votes.csv", needed=True)
        gold = _in_folder(folder, "gold.csv") if gold is None else gold
        items = _in_folder(folder, "items.csv") if items is None else items
        space = _named_classes(folder) if space is None else space
    names = {"task": task, "worker": worker, "label": label}
    if len(set(names.values())) < len(names):
        raise SchemaError(
            f"{', '.join(names.values())} name one column twice; task, worker and label are different columns"
        )
    given = _answers(votes, names, what="votes")
    if given.frame["label"].null_count() == given.frame.height:
        raise DataError(NO_LABELS)
    known = None if gold is None else _answers(gold, {"task": task, "label": label}, what="gold labels")
    classes, given, known = _labeled(given, known, space, mapping)
    tasks = given.frame["task"].unique(maintain_order=True)
    kept = given.frame.drop_nulls("label")
    if kept.is_empty():
        raise DataError(NO_LABELS)
    kept = settled(kept, repeats, error=DataError, what="votes")
    notes = (
        [] if (gone := given.frame["label"].null_count()) == 0 else [f"{count(gone, 'vote')} without a label"]
    )
    labels, unmatched = (
        (np.full(len(tasks), ABSTAIN), []) if known is None else _gold(known, given, classes, tasks)
    )
    about, lacking = _described(tasks, items, names["task"], given.numbers)
    matrix = _matrix(kept, classes, tasks)
    return CrowdDataset(matrix, about, labels, classes, (*notes, *unmatched, *lacking))


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
    names = load(path)
    try:
        return LabelSpace(names[str(index)] for index in range(len(names)))
    except LabelwrightError as error:
        raise DataError(f"{str(path)!r}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{str(path)!r} does not name classes 0..k-1; expected {{"0": "first", "1": "second"}}'
        ) from error


# --- which columns hold what


class _Answers(NamedTuple):
    """Columns ``task``, ``label`` and perhaps ``worker``: identifiers as text, labels as they are."""

    frame: pl.DataFrame
    numbers: bool  # whether the tasks were numbers


def _answers(data: object, names: Mapping[str, str], *, what: str) -> _Answers:
    """Return a table's columns by their roles; identifiers are there in every row."""
    frame = _frame(data, names)
    if frame.is_empty():
        raise DataError(f"table of {what} has 0 rows; expected one row a vote")
    found = {
        role: column_of(frame.columns, role, name, what=what, error=SchemaError)
        for role, name in names.items()
    }
    columns = {"label": frame[found["label"]].alias("label")}
    for role in [role for role in found if role != "label"]:
        where = f"{what}: column {found[role]!r}"
        columns[role] = keys_of(frame[found[role]], where=where, error=DataError).alias(role)
        if (gaps := columns[role].is_null()).any():
            more = f" (and {gaps.sum() - 1:,} more)" if gaps.sum() > 1 else ""
            raise DataError(
                f"{what}: row {gaps.arg_max()}{more} has no {found[role]!r}; fill it in or leave the row out"
            )
    return _Answers(pl.DataFrame(columns).select(*names), frame[found["task"]].dtype.is_numeric())


def _frame(data: Any, names: Mapping[str, str]) -> pl.DataFrame:
    """Return a table; of pandas, with the parts of the index that hold what is asked for."""
    if isinstance(data, Mapping) and data and not any(_is_column(values) for values in data.values()):
        data = [{names["task"]: key, names["label"]: value} for key, value in data.items()]
    return read_table(with_index(data, names, error=SchemaError))


def _is_column(values: object) -> bool:
    return isinstance(values, Iterable) and not isinstance(values, (str, bytes))


# --- labels


def _labeled(
    votes: _Answers,
    gold: _Answers | None,
    space: LabelSpace | Task | Iterable[str] | None,
    mapping: Mapped | None,
) -> tuple[LabelSpace, _Answers, _Answers | None]:
    """Return the classes, and both tables with class names for labels, null where there is none."""
    tables = {"votes": votes} if gold is None else {"votes": votes, "gold labels": gold}
    if space is None:
        if mapping is not None:
            raise DataError("mapping= says which classes labels mean; pass the classes as space= too")
        classes, labels = _found_classes(tables)
    else:
        classes = space_of(space)
        labels = {
            what: _encoded(table.frame["label"], classes, mapping, what) for what, table in tables.items()
        }
    read = {
        what: _Answers(table.frame.with_columns(labels[what]), table.numbers)
        for what, table in tables.items()
    }
    return classes, read["votes"], read.get("gold labels")


def _encoded(column: pl.Series, space: LabelSpace, mapping: Mapped | None, what: str) -> pl.Series:
    text = column.str.strip_chars() if column.dtype == pl.String else column
    found = ClassReader(space.names, mapping).encode(
        text,
        what=what,
        column=True,
        error=DataError,
        cure="pass mapping={label: class, or None for no label}",
    )
    return pl.Series("label", space.decode(found).tolist(), dtype=pl.String)


def _found_classes(tables: Mapping[str, _Answers]) -> tuple[LabelSpace, dict[str, pl.Series]]:
    """Return the classes that labels of all tables name, and the labels as such names."""
    raw = {what: table.frame["label"] for what, table in tables.items()}
    labels = {
        what: keys_of(column, where=f"{what}: the labels", error=DataError).alias("label")
        for what, column in raw.items()
    }
    if any(column.dtype.is_numeric() for column in raw.values()):
        labels = {
            what: pl.select(by_value(pl.lit(column))).to_series().alias("label")
            for what, column in labels.items()
        }
    found = pl.concat(list(labels.values())).drop_nulls().unique().to_list()
    _refuse_doubtful(found)
    try:
        return LabelSpace(sorted(sorted(found), key=_in_order(found))), labels
    except LabelwrightError as error:
        raise DataError(f"labels of the votes: {error}; or pass space=") from error


def _refuse_doubtful(found: Sequence[str]) -> None:
    """Refuse -1 where it is the one label below 0: often that is none, and nobody said that it is a class."""
    below = [name for name in found if re.fullmatch(r"-\d+(\.\d+)?", name, re.ASCII)]
    if len(below) == 1 and float(below[0]) == ABSTAIN:
        rest = sorted((name for name in found if name not in below), key=_in_order(found))
        raise DataError(
            f"labels of the votes hold {below[0]}, which may be a class or no label; pass space={rest!r:.60} "
            f"to read it as no label, or space={[below[0], *rest]!r:.60} where it is a class"
        )


def _in_order(names: Sequence[str]) -> Any:
    """Return the key that sorts class names: as numbers where all are, else as they are."""
    numbers = all(re.fullmatch(r"[+-]?\d+(\.\d+)?", name, re.ASCII) for name in names)
    return float if numbers else str


# --- tables laid side by side


def _matrix(votes: pl.DataFrame, space: LabelSpace, tasks: pl.Series) -> LabelMatrix:
    workers = votes["worker"].unique(maintain_order=True)
    array = np.full((len(tasks), len(workers)), ABSTAIN, dtype=space.vote_dtype)
    array[_positions(votes["task"], tasks), _positions(votes["worker"], workers)] = _indices(
        votes["label"], space
    )
    return LabelMatrix(array, space=space, lf_names=workers.to_list())


def _indices(labels: pl.Series, space: LabelSpace) -> IntArray:
    return _positions(labels, pl.Series(space.names, dtype=pl.String))


def _positions(values: pl.Series, of: pl.Series) -> IntArray:
    """Return where each value stands in `of`."""
    return values.replace_strict(of, pl.int_range(len(of), eager=True), return_dtype=pl.Int64).to_numpy()


def _gold(gold: _Answers, votes: _Answers, space: LabelSpace, tasks: pl.Series) -> tuple[IntArray, list[str]]:
    """Return the gold labels in task order, and what to say of those that are about no task."""
    known = gold.frame.drop_nulls("label").unique(maintain_order=True)
    if (twice := known.filter(pl.col("task").is_duplicated())).height:
        first = twice["task"][0]
        raise DataError(
            f"gold labels: task {first!r} has two different ones, "
            f"{shown(twice.filter(pl.col('task') == first)['label'])}; keep one"
        )
    labels = np.full(len(tasks), ABSTAIN, dtype=np.int64)
    if known.is_empty():
        return labels, ["no gold label: the column is empty"]
    alike = _alike(known["task"], tasks, (gold.numbers, votes.numbers), "gold labels")
    known = known.with_columns(task=alike.alias("task")).filter(alike.is_not_null())
    if (twice := known.filter(pl.col("task").is_duplicated())).height:
        raise DataError(f"gold labels: task {twice['task'][0]!r} has several; keep one")
    labels[_positions(known["task"], tasks)] = _indices(known["label"], space)
    if not (left := alike.null_count()):
        return labels, []
    note = f"{left:,} of {count(len(alike), 'gold label')} are about tasks without votes"
    warn_user(f"read_crowd: {note}, and are left out", DataWarning)
    return labels, [note]


def _alike(keys: pl.Series, tasks: pl.Series, numbers: tuple[bool, bool], what: str) -> pl.Series:
    """Return keys as the votes write them; an error where there is none of them."""
    alike = renamed(keys, tasks, numbers=numbers, what=(what, "votes"), error=DataError)
    if alike.null_count() == len(alike):
        raise DataError(
            f"{what}: none of their tasks ({shown(keys)}) is a task of the votes ({shown(tasks)}); check "
            "that task= names the identifiers in both, and write them alike"
        )
    return alike


def _described(tasks: pl.Series, items: object, task: str, numbers: bool) -> tuple[pl.DataFrame, list[str]]:
    frame = pl.DataFrame({"task": tasks})
    if items is None:
        return frame, []
    table = _frame(items, {"task": task})
    column = column_of(table.columns, "task", task, what="items", error=SchemaError)
    if column != "task" and "task" in table.columns:
        raise SchemaError(
            f"table of items has columns {column!r} and 'task'; rename the one that is not the task"
        )
    keys = keys_of(table[column], where=f"items: column {column!r}", error=DataError)
    keys = _alike(keys, tasks, (table[column].dtype.is_numeric(), numbers), "items")
    keyed = without(table, [column]).with_columns(keys.alias("task")).drop_nulls("task")
    once = keyed.unique("task", keep="first", maintain_order=True)
    notes = [f"{count(len(tasks) - once.height, 'task')} without an item"] if once.height < len(tasks) else []
    if once.height < keyed.height:
        notes.append(f"{count(keyed.height - once.height, 'item')} of a task that has an earlier one")
    return frame.join(once, on="task", how="left", maintain_order="left"), notes
