"""What is to run: which labeling functions, in which way, for which classes, over which columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelwright._apply.raw_votes import UnnamedClasses
from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._types import MAX_CLASSES
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.task import as_space, as_task, go_together
from labelwright.lfs import BatchLF, ExpressionLF, LabelingFunction, PythonLF, VoteReadingLF
from labelwright.lfs.base import one_task

ONE_TASK = "apply the LFs of one task at a time, or all of them with apply(..., tasks=True)"
KINDS = (ExpressionLF, BatchLF, PythonLF, VoteReadingLF)


@dataclass(frozen=True, slots=True)
class Plan:
    """The labeling functions of a run, sorted by how they run.

    Attributes
    ----------
    lfs : tuple of LabelingFunction
        All of them in the order given.
    space : LabelSpace
        The classes; an `UnnamedClasses` where nobody named any.
    task : Task or None
        The labeling question, where the LFs or the caller name one.
    declarative, batch, rowwise, readers : tuple
        The same LFs by the way they run.
    """

    lfs: tuple[LabelingFunction, ...]
    space: LabelSpace
    declarative: tuple[ExpressionLF, ...]
    batch: tuple[BatchLF, ...]
    rowwise: tuple[PythonLF, ...]
    readers: tuple[VoteReadingLF, ...] = ()
    task: Task | None = None

    def columns(self, schema: Mapping[str, pl.DataType]) -> list[str]:
        """Return the columns to load, in the data's order: all where some LF may read any."""
        read = _union([lf.columns for lf in (*self.declarative, *self.batch, *self.readers)])
        return _ordered(_join(read, self.row_columns()), schema)

    def view_columns(self, schema: Mapping[str, pl.DataType]) -> list[str]:
        """Return the columns that row views hold."""
        return _ordered(self.row_columns(), schema)

    def row_columns(self) -> tuple[str, ...] | None:
        """Return what the Python LFs and their preprocessors read; None where that is not known."""
        return _union(
            [lf.columns for lf in self.rowwise] + [step.columns for lf in self.rowwise for step in lf.pre]
        )

    def check_schema(self, schema: Mapping[str, pl.DataType]) -> None:
        """Raise a SchemaError where the data lack what an LF reads, or hold it with another type."""
        for lf in self.lfs:
            if getattr(lf, "pre", ()):
                _check_prepared(lf, schema)
            else:
                lf.check_schema(schema, space=self.space)


def make_plan(lfs: object, space: object = None) -> Plan:
    """Check the LFs of a run and sort them by how they run.

    Raises
    ------
    LabelingFunctionError
        No LFs, something that is no LF, names that occur twice, or LFs for different classes or tasks.
    """
    checked = check_lfs(lfs)
    task = _task_of(checked, space)
    return Plan(
        lfs=checked,
        space=_space_of(checked, space),
        task=task,
        declarative=tuple(lf for lf in checked if isinstance(lf, ExpressionLF)),
        batch=tuple(lf for lf in checked if isinstance(lf, BatchLF)),
        rowwise=tuple(lf for lf in checked if isinstance(lf, PythonLF)),
        readers=tuple(lf for lf in checked if isinstance(lf, VoteReadingLF)),
    )


def task_plans(lfs: object, space: object = None) -> tuple[Plan, ...]:
    """Return one plan a task of the LFs, in order of first appearance.

    Raises
    ------
    LabelingFunctionError
        As `make_plan`; LFs without a task where there are several tasks, or no LF with one; classes given.
    """
    checked = check_lfs(lfs)
    groups: dict[str, list[LabelingFunction]] = {}
    for lf in checked:
        groups.setdefault("" if lf.task is None else lf.task.name, []).append(lf)
    if space is not None:
        raise LabelingFunctionError("apply got space= and tasks=True; leave space= out: tasks have classes")
    loose = groups.pop("", [])
    if not groups or (loose and len(groups) > 1):
        raise LabelingFunctionError(
            f"LFs without a task: {shorten([lf.name for lf in loose])}; with tasks=True give each LF its "
            "task, as in labeling_function(task)"
        )
    return tuple(make_plan([lf for lf in checked if lf in group or lf in loose]) for group in groups.values())


def check_lfs(lfs: Any) -> tuple[LabelingFunction, ...]:
    """Return labeling functions as they are, at least one and of different names, or raise."""
    if isinstance(lfs, (LabelingFunction, str, bytes, os.PathLike)) or not isinstance(lfs, Iterable):
        raise LabelingFunctionError(
            f"lfs is {_what(lfs)}; pass a list of labeling functions, as in apply([lf], data)"
        )
    given = tuple(lfs)
    if not given:
        raise LabelingFunctionError("no labeling functions were given; pass at least one")
    for position, lf in enumerate(given):
        if not isinstance(lf, KINDS):
            raise LabelingFunctionError(f"item {position} of lfs is {_what(lf)}; {_cure(lf)}")
    if twice := duplicates(lf.name for lf in given):
        raise LabelingFunctionError(f"LF names occur twice: {shorten(twice)}; rename one of each")
    return given


def _what(value: Any) -> str:
    if isinstance(value, LabelingFunction):
        return f"the single LF {value.name!r}"
    name = getattr(value, "__name__", None)
    if callable(value) and name:
        return f"the plain function {name!r}"
    return f"a {type(value).__name__}"


def _cure(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "unpack it with *, as in [*crowd_lfs, other_lf]"
    if isinstance(value, LabelingFunction):
        return f"derive LFs from {', '.join(kind.__name__ for kind in KINDS)}"
    if callable(value):
        return "make it an LF by putting @lw.labeling_function(space) above its def"
    return "expected a labeling function, such as lw.keywords(...) or a function under @lw.labeling_function"


def _task_of(lfs: tuple[LabelingFunction, ...], given: object) -> Task | None:
    """Return the one task of the LFs, of those that they read, and of the caller."""
    task, asked = one_task(_with_read(lfs), cure=ONE_TASK), as_task(given)
    if not go_together(task, asked):
        first = next(lf for lf in _with_read(lfs) if lf.task is not None)
        raise LabelingFunctionError(
            f"LF {first.name!r} is for {task}, but apply(space=) is {asked}; apply the LFs of one task "
            "together"
        )
    return task or asked


def _space_of(lfs: tuple[LabelingFunction, ...], given: object) -> LabelSpace:
    known = as_space(given)
    first = ("apply(space=)", known) if known is not None else None
    for lf in _with_read(lfs):
        if lf.space is None:
            continue
        if first is None:
            first = (f"LF {lf.name!r}", lf.space)
        elif lf.space != first[1]:
            raise LabelingFunctionError(
                f"LF {lf.name!r} votes for {lf.space}, but {first[0]} has {first[1]}; "
                "apply LFs of one label space together"
            )
    return first[1] if first else UnnamedClasses(str(index) for index in range(MAX_CLASSES))


def _with_read(lfs: Iterable[LabelingFunction]) -> Iterator[LabelingFunction]:
    """Give LFs and the LFs whose votes they read."""
    for lf in lfs:
        yield lf
        if isinstance(lf, VoteReadingLF):
            yield from _with_read(lf.of)


def _check_prepared(lf: Any, schema: Mapping[str, pl.DataType]) -> None:
    """Check an LF whose preprocessors add fields, which the data need not hold."""
    added: set[str] = set()
    known = True
    for step in lf.pre:
        _check_columns(f"preprocessor {step.name!r} of LF {lf.name!r}", step.columns, added, known, schema)
        added.update(step.fields or ())
        known = known and step.fields is not None
    _check_columns(f"LF {lf.name!r}", lf.columns, added, known, schema)


def _check_columns(
    who: str,
    columns: tuple[str, ...] | None,
    added: set[str],
    known: bool,
    schema: Mapping[str, pl.DataType],
) -> None:
    missing = [column for column in columns or () if column not in schema and column not in added]
    if missing and known:
        hint = did_you_mean(missing[0], [*schema, *added])
        raise SchemaError(
            f"{who} reads column {missing[0]!r}, which the data lack{hint}; columns: {shorten(list(schema))}"
        )


def _union(parts: list[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return tuple(dict.fromkeys(column for part in known for column in part))


def _join(left: tuple[str, ...] | None, right: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return _union([left, right])


def _ordered(columns: tuple[str, ...] | None, schema: Mapping[str, pl.DataType]) -> list[str]:
    return [column for column in schema if columns is None or column in columns]
