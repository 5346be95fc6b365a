"""Run labeling functions over data and return the label matrix."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import polars as pl

from labelwright._apply.blocks import apply_blocks
from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.plan import Plan, make_plan, task_plans
from labelwright._apply.raw_votes import UnnamedClasses
from labelwright._apply.report import ApplyReport, OnFault
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.io import read_table, scan_table
from labelwright.lfs import LabelingFunction


@overload
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    tasks: Literal[False] = False,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    return_report: Literal[False] = False,
) -> LabelMatrix: ...
@overload
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    tasks: Literal[False] = False,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    return_report: Literal[True],
) -> tuple[LabelMatrix, ApplyReport]: ...
@overload
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    tasks: Literal[True],
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    return_report: Literal[False] = False,
) -> dict[str, LabelMatrix]: ...
@overload
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    tasks: Literal[True],
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    return_report: Literal[True],
) -> tuple[dict[str, LabelMatrix], ApplyReport]: ...
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    tasks: bool = False,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    return_report: bool = False,
) -> Any:
    """Run labeling functions over data: LFs x data -> label matrix.

    All declarative LFs (`keywords`, `gazetteer`, `regex`, `threshold`, `interval`, `expression`, `lookup`,
    `crowd`) run in one lazy polars select, batch LFs get whole columns, and Python LFs run in one loop over
    blocks of rows, in which a preprocessor runs once a row however many LFs share it. LFs that read the votes
    of others come last.

    Parameters
    ----------
    lfs : iterable of LabelingFunction
        At least one; their names differ.
    data : table
        Whatever `labelwright.io.read_table` takes: polars, pandas or pyarrow, a path to Parquet, CSV or JSON
        lines, a dictionary of columns, a list of dictionaries or dataclasses. Of a Parquet file only the
        columns that the LFs read are loaded.
    space : LabelSpace, Task or iterable of str, optional
        The classes, or the task. By default the LFs' own; where they have none, classes 0..max vote.
    tasks : bool, default False
        Whether the LFs may be of several tasks, each of which then gets a label matrix of its own. Without,
        LFs of several tasks are an error.
    progress : bool, optional
        A bar that counts rows x LFs on standard error. By default only on a terminal or in a notebook; True
        shows it always, False never.
    on_fault : {"raise", "abstain"}, default "raise"
        What happens when an LF, or a preprocessor that it uses, raises on a row: an error; or a recorded
        `Fault`, and the LF abstains there (a batch or declarative LF on all rows of its call).
    memory : path, optional
        A folder that keeps what slow preprocessors make - those that take a millisecond a row or more, or
        say ``keep=True`` - so that they do not run again on rows of the same content. It is made where it is
        missing, may be removed at any time, and holds pickles: use only one that you trust.
    return_report : bool, default False
        Whether to return faults and times too. Without, faults are summed up in a warning.

    Returns
    -------
    LabelMatrix
        (n, m), rows in input order, LFs in the order given, with their names, fingerprints and task. With
        ``tasks=True`` instead a dictionary: the label matrix of each task by the task's name, in order of
        first appearance.
    ApplyReport
        Only with ``return_report=True``: faults, and seconds an LF.

    Raises
    ------
    LabelingFunctionError
        No LFs, names that occur twice, different label spaces, LFs of several tasks (with ``tasks=True``: of
        none, where there are several); or an LF that returns a float, a bool, an
        unknown name or a class outside the space. That is an error whatever ``on_fault`` says: the LF is
        wrong, not the data.
    LabelingFunctionFaultError
        An LF or preprocessor raised, and ``on_fault="raise"``; its cause is that exception.
    SchemaError
        A column that an LF reads is missing or has a type that it cannot read; whatever ``on_fault`` says.
    DataError
        The data cannot be read, or have 0 rows.

    Warns
    -----
    RuntimeWarning
        LFs raised, ``on_fault="abstain"``, and no report is returned.

    Examples
    --------
    >>> from labelwright.lfs import keywords, labeling_function
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> @labeling_function(space)
    ... def shouts(x):
    ...     return "SPAM" if x.text.isupper() else None
    >>> check = keywords("check", ["check out"], on="text", vote=space.SPAM)
    >>> L = apply([check, shouts], {"text": ["Check out my channel", "SUBSCRIBE", "nice song"]})
    >>> L.votes.tolist()
    [[1, -1], [-1, 1], [-1, -1]]
    """
    plans = task_plans(lfs, space) if tasks else (make_plan(lfs, space),)
    report = ApplyReport()
    on_disk = isinstance(data, (str, os.PathLike, pl.LazyFrame))
    frame = scan_table(data) if on_disk else read_table(data)
    kept = None if memory is None else PreprocessorMemory(Path(memory))
    matrices = [_voted(plan, frame, progress, on_fault, report, kept) for plan in plans]
    found: Any = {str(L.task and L.task.name): L for L in matrices} if tasks else matrices[0]
    if return_report:
        return found, report
    _warn(report)
    return found


def _voted(
    plan: Plan,
    frame: pl.DataFrame | pl.LazyFrame,
    progress: bool | None,
    on_fault: OnFault,
    report: ApplyReport,
    memory: PreprocessorMemory | None,
) -> LabelMatrix:
    blocks = apply_blocks(
        plan.lfs,
        frame,
        space=plan.task or plan.space,
        progress=progress,
        on_fault=on_fault,
        report=report,
        memory=memory,
    )
    position = {lf.name: j for j, lf in enumerate(plan.lfs)}
    votes = np.full((report.rows, len(position)), ABSTAIN, dtype=plan.space.vote_dtype)
    for block in blocks:
        votes[block.start : block.stop, [position[name] for name in block.lf_names]] = block.votes
    report.seconds |= {name: report.seconds.pop(name, 0.0) for name in position}
    return _matrix(plan, votes)


def _matrix(plan: Plan, votes: VoteArray) -> LabelMatrix:
    return LabelMatrix(
        votes,
        space=None if isinstance(plan.space, UnnamedClasses) else plan.task or plan.space,
        lf_names=[lf.name for lf in plan.lfs],
        fingerprints=[lf.fingerprint for lf in plan.lfs],
    )


def _warn(report: ApplyReport) -> None:
    if report.faults:
        lines = "; ".join(report.fault_lines())
        warnings.warn(
            f"{lines}; for each row and traceback pass return_report=True", RuntimeWarning, stacklevel=3
        )
