"""Run labeling functions over data and return the label matrix."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np

from labelwright._apply.block import VoteBlock, local_blocks, vote_block, vote_blocks, whole_votes
from labelwright._apply.class_weights import WeightBook, label_matrix_of
from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.plan import Plan, make_plan, task_plans
from labelwright._apply.progress import progress_bar
from labelwright._apply.raw_votes import UnnamedClasses
from labelwright._apply.report import ApplyReport, OnFault, checked_policy
from labelwright._apply.time_limit import SECONDS
from labelwright._errors import DataError
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelMatrix, LabelSpace, Task
from labelwright.core.votes.row_scores import RowScores
from labelwright.engines import Engine, as_engine
from labelwright.io.source import RowSource, as_source
from labelwright.lfs import LabelingFunction
from labelwright.lfs._arguments import as_time_limit


@overload
def apply(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    tasks: Literal[False] = False,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    timeout: float | None = SECONDS,
    memory: str | os.PathLike[str] | None = None,
    engine: Engine | str | None = None,
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
    timeout: float | None = SECONDS,
    memory: str | os.PathLike[str] | None = None,
    engine: Engine | str | None = None,
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
    timeout: float | None = SECONDS,
    memory: str | os.PathLike[str] | None = None,
    engine: Engine | str | None = None,
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
    timeout: float | None = SECONDS,
    memory: str | os.PathLike[str] | None = None,
    engine: Engine | str | None = None,
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
    timeout: float | None = SECONDS,
    memory: str | os.PathLike[str] | None = None,
    engine: Engine | str | None = None,
    return_report: bool = False,
) -> Any:
    """Run labeling functions over data: LFs x data -> label matrix.

    All declarative LFs (`keywords`, `gazetteer`, `regex`, `threshold`, `interval`, `expression`, `lookup`,
    `crowd`) run in one lazy polars select, batch LFs get frames of many rows, and Python LFs run in one loop
    over rows, in which a preprocessor runs once a row however many LFs share it. LFs that read the votes of
    others come last. Data on disk are read in blocks of 65,536 rows, so that beside the votes only a block is
    in memory; LFs that look at whole columns (``row_local`` is False) get all rows of the columns they read.

    Parameters
    ----------
    lfs : iterable of LabelingFunction
        At least one; their names differ.
    data : table or source
        Whatever `labelwright.io.read_table` takes: polars, pandas or pyarrow, a path to Parquet, CSV or JSON
        lines, a dictionary of columns, a list of dictionaries or dataclasses. Or a folder of such files,
        whose rows come in the order of the files' names; a Hugging Face ``Dataset``; any
        `labelwright.io.RowSource`. Of a Parquet file only the columns that the LFs read are loaded.
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
        `Fault`, and the LF abstains there. A batch LF that raises is run again on parts of its rows until
        those are found that it raises on (at most 1,000 calls a block); a declarative LF, and a batch LF that
        looks at whole columns, abstain on all rows of their call.
    timeout : float or None, default 60
        The seconds that a call of Python code - an LF or a preprocessor on a row - may take where it does not
        say itself (``timeout=`` of `labeling_function` and `preprocessor`); longer is a fault. Calls for many
        rows have ten times as long, or for more than 1,000 rows a hundredth of it for each. None or 0 sets no
        limit. Off the main thread and on Windows, code that waits is ended once it comes back.
    memory : path, optional
        A folder that keeps what slow preprocessors make - those that take a millisecond a row or more, or
        say ``keep=True`` - so that they do not run again on rows of the same content. It is made where it is
        missing, and may be removed at any time. Kept are plain values, dates, collections of them, arrays and
        spaCy documents; reading them runs no code, so it may come from anybody.
    engine : Engine or str, optional
        What runs the blocks, such as ``labelwright.engines.LocalEngine(processes=4)`` or the name of one.
        LFs must then be picklable. Without: this process. LFs that look at whole columns run in this process
        anyway.
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
        none, where there are several); or an LF that returns a float, a bool, an unknown name, a class
        outside the space, or what is neither a distribution nor a set of classes. That is an error whatever
        ``on_fault`` says: the LF is wrong, not the data.
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
    source, report = as_source(data), ApplyReport()
    plans = tuple(ready(plan, source, on_fault, memory_in(memory), timeout) for plan in plans)
    matrices = [_voted(plan, source, progress, as_engine(engine), report) for plan in plans]
    found: Any = {str(L.task and L.task.name): L for L in matrices} if tasks else matrices[0]
    if return_report:
        return found, report
    if report.faults:
        lines = "; ".join(report.fault_lines())
        warnings.warn(
            f"{lines}; for each row and traceback pass return_report=True", RuntimeWarning, stacklevel=2
        )
    return found


def apply_blocks(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | None = None,
    start: int = 0,
    block_rows: int | None = None,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    timeout: float | None = SECONDS,
    report: ApplyReport,
    memory: PreprocessorMemory | None = None,
    known: Mapping[str, VoteArray] | None = None,
    watch: bool = False,
) -> Iterator[VoteBlock]:
    """Run labeling functions and give their votes in blocks, as they come.

    First come the LFs that look at each row by itself: the declarative ones in one block of all rows, then
    each batch LF, then the Python LFs together, then LFs that read votes of such; of data on disk, so for
    each block of rows. Then come the LFs that look at whole columns, in one block each.

    Parameters
    ----------
    lfs : iterable of LabelingFunction
        The LFs; their names differ.
    data : table or source
        As for `apply`.
    space : LabelSpace or Task, optional
        The classes; the LFs' own by default, or any class index where they have none.
    start : int, default 0
        LFs that look at each row by itself skip the rows before it: they are done.
    block_rows : int, optional
        Rows in a block of batch or Python LFs. By default a block holds what they do in about a second.
    progress : bool, optional
        As in `apply`.
    on_fault : {"raise", "abstain"}, default "raise"
        As in `apply`.
    timeout : float or None, default 60
        As in `apply`.
    report : ApplyReport
        Gets faults and times while the blocks come. Rows in faults count from the start of the data.
    memory : PreprocessorMemory, optional
        Keeps what slow preprocessors make, for later runs.
    known : mapping of str to (n,) votes, optional
        Votes on all rows, by the fingerprints of their LFs, for LFs that read them. Others that they read
        run, unless they are among ``lfs`` and ``start`` is 0.
    watch : bool, default False
        Whether to note what LFs read beside the rows, see `VoteBlock`.

    Yields
    ------
    VoteBlock
        The blocks of one LF come in row order and cover the rows once.

    Raises
    ------
    LabelingFunctionError, SchemaError, DataError
        As in `apply`.

    Examples
    --------
    >>> from labelwright.lfs import keywords, labeling_function
    >>> @labeling_function
    ... def short(x):
    ...     return 0 if len(x.text) < 10 else None
    >>> data = {"text": ["check out my channel", "nice", "great song"]}
    >>> lfs = [keywords("check", ["check out"], on="text", vote=1), short]
    >>> for block in apply_blocks(lfs, data, block_rows=2, progress=False, report=ApplyReport()):
    ...     print(block.start, block.lf_names, block.votes.ravel().tolist())
    0 ('check',) [1, -1, -1]
    0 ('short',) [-1, 0]
    2 ('short',) [-1]
    """
    source = as_source(data)
    plan = replace(ready(make_plan(lfs, space), source, on_fault, memory, timeout), watch=watch)
    if block_rows is not None and block_rows < 1:
        raise DataError(f"block_rows={block_rows}; expected at least 1, or None")
    rows = source.rows
    if start < 0 or (rows is not None and start > rows):
        raise DataError(f"start={start} is outside the data; expected 0..{rows}")
    return _reported(plan, source, report, progress, start=start, block_rows=block_rows, known=known)


def _reported(
    plan: Plan, source: RowSource, report: ApplyReport, progress: bool | None, **how: Any
) -> Iterator[VoteBlock]:
    """Run in this process; each block's times and faults are in the report when it comes."""
    report.rows = source.rows or 0
    with progress_bar(progress, lfs=len(plan.lfs), rows=source.rows) as advance:
        advance(how.get("start", 0) * len(plan.local))
        for block in vote_blocks(plan, source, advance=advance, **how):
            report.add(block.report)
            report.rows = max(report.rows, block.stop)
            yield block


def ready(
    plan: Plan,
    source: RowSource,
    on_fault: OnFault,
    memory: PreprocessorMemory | None,
    timeout: float | None = SECONDS,
) -> Plan:
    """Return the plan for the columns of a source that has rows."""
    if source.rows == 0:
        raise DataError("the data have 0 rows; expected at least one data point")
    limit = as_time_limit(timeout, "apply")
    policy = checked_policy(on_fault)
    return replace(plan.on(source.schema), on_fault=policy, memory=memory, timeout=limit)


def memory_in(folder: str | os.PathLike[str] | None) -> PreprocessorMemory | None:
    """Return the memory of preprocessors in a folder."""
    return None if folder is None else PreprocessorMemory(Path(folder))


def _voted(
    plan: Plan, source: RowSource, progress: bool | None, engine: Engine | None, report: ApplyReport
) -> LabelMatrix:
    """Return the label matrix of one task."""
    own = ApplyReport()
    blocks = (
        _reported(plan, source, own, progress)
        if engine is None
        else _mapped(plan, source, own, progress, engine)
    )
    votes, weights = _gathered(plan, source.rows, blocks)
    report.add(own)
    report.rows = len(votes)
    report.seconds |= {lf.name: report.seconds.pop(lf.name, 0.0) for lf in plan.lfs}
    for name in set(own.seconds) - {lf.name for lf in plan.lfs}:  # LFs that are read, but not asked for
        report.seconds.pop(name, None)
    return matrix_of(plan, votes, weights)


def _mapped(
    plan: Plan, source: RowSource, report: ApplyReport, progress: bool | None, engine: Engine
) -> Iterator[VoteBlock]:
    """Let an engine run the LFs that look at each row by itself, and run the others here."""
    with progress_bar(progress, lfs=len(plan.lfs), rows=source.rows) as advance:
        for block in _elsewhere_and_here(plan, source, engine):
            advance(block.votes.size)
            report.add(block.report)
            yield block


def _elsewhere_and_here(plan: Plan, source: RowSource, engine: Engine) -> Iterator[VoteBlock]:
    if plan.local:
        yield from engine.map(functools.partial(vote_block, plan.of(plan.local)), local_blocks(plan, source))
    if plan.whole:
        yield from whole_votes(plan.of(plan.whole), source, {})


def _gathered(
    plan: Plan, rows: int | None, blocks: Iterable[VoteBlock]
) -> tuple[VoteArray, dict[str, RowScores]]:
    """Return the (n, m) votes of blocks that come in any order, and class weights by LF."""
    if rows is None:
        blocks = list(blocks)
        rows = max((block.stop for block in blocks), default=0)
        if rows == 0:
            raise DataError("the data have 0 rows; expected at least one data point")
    position = {lf.name: j for j, lf in enumerate(plan.lfs)}
    votes = np.full((rows, len(position)), ABSTAIN, dtype=plan.space.vote_dtype)
    done = dict.fromkeys(position, 0)
    book = WeightBook()
    for block in blocks:
        done |= {name: done[name] + len(block.votes) for name in block.lf_names}
        if block.stop <= rows:
            votes[block.start : block.stop, [position[name] for name in block.lf_names]] = block.votes
            for name, one in block.weights.items():
                book.add(name, one.rows + block.start, one.values)
    for name, voted in done.items():
        if voted != rows:
            raise DataError(
                f"LF {name!r} got {voted:,} rows, and the data said to have {rows:,}; they changed while "
                "they were read, or blocks were lost or given twice: check the source and the engine"
            )
    return votes, book.of(rows)


def matrix_of(plan: Plan, votes: VoteArray, weights: Mapping[str, RowScores]) -> LabelMatrix:
    """Return votes in the order of the plan's LFs, with their class weights, as a label matrix."""
    return label_matrix_of(
        votes,
        weights,
        space=None if isinstance(plan.space, UnnamedClasses) else plan.task or plan.space,
        lf_names=[lf.name for lf in plan.lfs],
        fingerprints=[lf.fingerprint for lf in plan.lfs],
    )
