"""What is to run: which labeling functions, in which way, for which classes, over which columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.raw_votes import UnnamedClasses
from labelwright._apply.report import OnFault
from labelwright._apply.runners import RUNNERS
from labelwright._apply.time_limit import SECONDS
from labelwright._errors import LabelingFunctionError, SchemaError
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.core import LabelSpace, Task
from labelwright.core.task import as_space, as_task, go_together
from labelwright.lfs import LabelingFunction
from labelwright.lfs.base import one_task

ONE_TASK = "apply the LFs of one task at a time, or all of them with apply(..., tasks=True)"


@dataclass(frozen=True, slots=True)
class Plan:
    """The labeling functions of a run and what they run with; pickled, it runs anywhere.

    Attributes
    ----------
    lfs : tuple of LabelingFunction
        All of them in the order given.
    space : LabelSpace
        The classes; an `UnnamedClasses` where nobody named any.
    task : Task or None
        The labeling question, where the LFs or the caller name one.
    on_fault : {"raise", "abstain"}
        What an exception in an LF leads to.
    memory : PreprocessorMemory or None
        Where what preprocessors make is kept.
    timeout : float or None
        The seconds that a call of Python code may take where the LF does not say; None or 0 sets no limit.
    schema : polars.Schema
        The columns of the data; none before `on`.
    watch : bool
        Whether it is noted what LFs read beside the rows.
    """

    lfs: tuple[LabelingFunction, ...]
    space: LabelSpace
    task: Task | None = None
    on_fault: OnFault = "raise"
    memory: PreprocessorMemory | None = None
    timeout: float | None = SECONDS
    schema: pl.Schema = field(default_factory=pl.Schema)
    watch: bool = False

    @property
    def local(self) -> tuple[LabelingFunction, ...]:
        """The LFs that look at each row by itself, and read votes of such LFs only."""
        return tuple(lf for lf in self.lfs if is_local(lf))

    @property
    def whole(self) -> tuple[LabelingFunction, ...]:
        """The LFs that must see all rows at once."""
        return tuple(lf for lf in self.lfs if not is_local(lf))

    def of(self, lfs: Iterable[LabelingFunction]) -> Plan:
        """Return the same plan for other LFs."""
        return replace(self, lfs=tuple(lfs))

    def on(self, schema: pl.Schema) -> Plan:
        """Return the plan for data with these columns.

        Raises
        ------
        SchemaError
            The data lack what an LF reads, or hold it with another type.
        """
        self.check_schema(schema)
        return replace(self, schema=schema)

    def columns(self) -> list[str]:
        """Return the columns to load, in the data's order: all where some LF may read any; at least one."""
        read = [one.columns for lf in _with_read(self.lfs) for one in (lf, *getattr(lf, "pre", ()))]
        if any(columns is None for columns in read):
            return list(self.schema)
        wanted = {column for columns in read for column in columns or ()}
        return [column for column in self.schema if column in wanted] or list(self.schema)[:1]

    def check_schema(self, schema: Mapping[str, pl.DataType]) -> None:
        """Raise a SchemaError where the data lack what an LF reads, or hold it with another type."""
        for lf in self.lfs:
            if getattr(lf, "pre", ()):
                _check_prepared(lf, schema)
            else:
                lf.check_schema(schema, space=self.space)


def is_local(lf: LabelingFunction) -> bool:
    """Say whether an LF, and all whose votes it reads, look at each row by itself."""
    return lf.row_local and all(is_local(one) for one in lf.needs)


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
        if not isinstance(lf, LabelingFunction) or getattr(lf, "runs", None) not in RUNNERS:
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
        return f"let it say how it runs: runs = one of {', '.join(map(repr, RUNNERS))}"
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
    return first[1] if first else UnnamedClasses()


def _with_read(lfs: Iterable[LabelingFunction]) -> Iterator[LabelingFunction]:
    """Give LFs and the LFs whose votes they read."""
    for lf in lfs:
        yield lf
        yield from _with_read(lf.needs)


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
