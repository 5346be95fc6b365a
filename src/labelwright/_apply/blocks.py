"""Votes block by block, so that whoever runs labeling functions can keep what is done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.plan import Plan, make_plan
from labelwright._apply.progress import Advance, progress_bar
from labelwright._apply.raw_votes import batch_votes
from labelwright._apply.report import ApplyReport, FaultBook, OnFault
from labelwright._apply.runners.expression import run_declarative
from labelwright._apply.runners.rows import RowwiseRunner
from labelwright._apply.runners.votes_of_others import VoteReader
from labelwright._errors import DataError
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace, Task
from labelwright.io import read_table
from labelwright.lfs import BatchLF, LabelingFunction

BLOCK_SECONDS = 1.0  # what a killed run of slow LFs may lose
CHUNK_ROWS = 4096  # row views that are alive at once: few enough for the processor's caches
GROWTH = 16  # the first chunk is one row, for LFs that take seconds a row


@dataclass(frozen=True, slots=True, eq=False)
class VoteBlock:
    """The votes of some LFs on consecutive rows.

    Attributes
    ----------
    start : int
        The first row.
    lf_names : tuple of str
        The LFs, one a column.
    votes : (b, m) int8 or int16
        The votes on rows start..start+b-1.
    """

    start: int
    lf_names: tuple[str, ...]
    votes: VoteArray

    @property
    def stop(self) -> int:
        """The row after the last one."""
        return self.start + len(self.votes)


def apply_blocks(
    lfs: Iterable[LabelingFunction],
    frame: pl.DataFrame | pl.LazyFrame,
    *,
    space: LabelSpace | Task | None = None,
    start: int = 0,
    block_rows: int | None = None,
    progress: bool | None = None,
    on_fault: OnFault = "raise",
    report: ApplyReport,
    memory: PreprocessorMemory | None = None,
    known: Mapping[str, VoteArray] | None = None,
) -> Iterator[VoteBlock]:
    """Run labeling functions and give their votes in blocks, as they come.

    First comes one block with all declarative LFs over all rows, then one with each batch LF over the rows
    from ``start`` on (several with ``block_rows``), then blocks of rows with all Python LFs, then one with
    each LF that reads the votes of others over all rows.

    Parameters
    ----------
    lfs : iterable of LabelingFunction
        The LFs; their names differ.
    frame : polars.DataFrame or LazyFrame
        The data. Only the columns that the LFs read are collected of a lazy frame, and none are kept where
        all LFs are declarative.
    space : LabelSpace or Task, optional
        The classes; the LFs' own by default, or any class index where they have none.
    start : int, default 0
        Batch and Python LFs skip the rows before it: they are done. (Declarative LFs take no time to
        speak of, so they run over all rows or are not passed at all.)
    block_rows : int, optional
        Rows in a block of batch or Python LFs. By default a batch LF gets all rows at once, and a block of
        Python LFs holds what they do in about a second.
    progress : bool, optional
        As in `apply`.
    on_fault : {"raise", "abstain"}, default "raise"
        As in `apply`.
    report : ApplyReport
        Gets faults and times while the blocks come. Rows in faults count from the start of the data.
    memory : PreprocessorMemory, optional
        Keeps what slow preprocessors make, for later runs.
    known : mapping of str to (n,) votes, optional
        Votes on all rows, by the fingerprints of their LFs, for LFs that read them. Others that they read
        run, unless they are among ``lfs`` and ``start`` is 0.

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
    >>> frame = pl.DataFrame({"text": ["check out my channel", "nice", "great song"]})
    >>> lfs = [keywords("check", ["check out"], on="text", vote=1), short]
    >>> for block in apply_blocks(lfs, frame, block_rows=2, progress=False, report=ApplyReport()):
    ...     print(block.start, block.lf_names, block.votes.ravel().tolist())
    0 ('check',) [1, -1, -1]
    0 ('short',) [-1, 0]
    2 ('short',) [-1]
    """
    plan = make_plan(lfs, space)
    book = FaultBook(on_fault, report)
    schema = frame.collect_schema()
    plan.check_schema(schema)
    data = _load(plan, frame)
    rows = _count(data)
    _check_position(start, rows, block_rows)
    report.rows = rows
    return _run(
        _Run(
            plan, data, schema.names(), rows, start, block_rows, report, book, memory, on_fault, known or {}
        ),
        progress,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything that stays the same while blocks come."""

    plan: Plan
    data: pl.DataFrame | pl.LazyFrame
    columns: list[str]
    rows: int
    start: int
    block_rows: int | None
    report: ApplyReport
    book: FaultBook
    memory: PreprocessorMemory | None
    on_fault: OnFault
    known: Mapping[str, VoteArray]


def _load(plan: Plan, frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame | pl.LazyFrame:
    if isinstance(frame, pl.DataFrame) or not (plan.batch or plan.rowwise or plan.readers):
        return frame
    schema = frame.collect_schema()
    return read_table(frame.select(plan.columns(schema) or schema.names()[:1]))


def _count(data: pl.DataFrame | pl.LazyFrame) -> int:
    rows = data.height if isinstance(data, pl.DataFrame) else int(read_table(data.select(pl.len())).item())
    if rows == 0:
        raise DataError("the data have 0 rows; expected at least one data point")
    return rows


def _check_position(start: int, rows: int, block_rows: int | None) -> None:
    if not 0 <= start <= rows:
        raise DataError(f"start={start} is outside the data; expected 0..{rows}")
    if block_rows is not None and block_rows < 1:
        raise DataError(f"block_rows={block_rows}; expected at least 1, or None")


def _run(run: _Run, progress: bool | None) -> Iterator[VoteBlock]:
    with progress_bar(progress, lfs=len(run.plan.lfs), rows=run.rows) as advance:
        if not run.plan.readers:
            yield from _own_blocks(run, advance)
            return
        parts: dict[str, list[VoteArray]] = {}
        for block in _own_blocks(run, advance):
            for j, name in enumerate(block.lf_names):
                parts.setdefault(name, []).append(block.votes[:, j])
            yield block
        yield from _reader_blocks(run, parts, advance)


def _own_blocks(run: _Run, advance: Advance) -> Iterator[VoteBlock]:
    """Give the votes of the LFs that look at data alone."""
    if run.plan.declarative:
        yield _declarative_block(run, advance)
    advance(run.start * (len(run.plan.batch) + len(run.plan.rowwise)))
    for lf in run.plan.batch:
        yield from _batch_blocks(run, lf, advance)
    if run.plan.rowwise:
        yield from _row_blocks(run, advance)


def _reader_blocks(run: _Run, parts: dict[str, list[VoteArray]], advance: Advance) -> Iterator[VoteBlock]:
    """Give the votes of the LFs that read votes, on all rows."""
    whole = {name: np.concatenate(found) for name, found in parts.items()}
    made = {lf.fingerprint: whole[lf.name] for lf in run.plan.lfs if len(whole.get(lf.name, ())) == run.rows}
    reader = VoteReader(
        _frame(run),
        space=run.plan.space,
        known={**run.known, **made},
        run=lambda lf: _votes_alone(run, lf),
        report=run.report,
        book=run.book,
    )
    for lf in run.plan.readers:
        run.report.seconds.setdefault(lf.name, 0.0)
        votes = reader.votes(lf)
        advance(len(votes))
        yield VoteBlock(0, (lf.name,), votes.reshape(-1, 1))


def _votes_alone(run: _Run, lf: LabelingFunction) -> VoteArray:
    """Return the votes of an LF that is read but not among those to apply."""
    blocks = apply_blocks(
        [lf],
        run.data,
        space=run.plan.space,
        progress=False,
        on_fault=run.on_fault,
        report=run.report,
        memory=run.memory,
    )
    return np.concatenate([block.votes[:, 0] for block in blocks])


def _declarative_block(run: _Run, advance: Advance) -> VoteBlock:
    votes = run_declarative(run.plan, run.data, rows=run.rows, report=run.report, book=run.book)
    advance(votes.size)
    return VoteBlock(0, tuple(lf.name for lf in run.plan.declarative), votes)


def _batch_blocks(run: _Run, lf: BatchLF, advance: Advance) -> Iterator[VoteBlock]:
    run.report.seconds.setdefault(lf.name, 0.0)
    for start in range(run.start, run.rows, run.block_rows or run.rows):
        stop = min(start + (run.block_rows or run.rows), run.rows)
        started = time.perf_counter()
        votes = _batch(run, lf, start, stop)
        run.report.seconds[lf.name] += time.perf_counter() - started
        advance(len(votes))
        yield VoteBlock(start, (lf.name,), votes.reshape(-1, 1))


def _batch(run: _Run, lf: BatchLF, start: int, stop: int) -> VoteArray:
    space = run.plan.space
    try:
        raw = lf.vote_batch(_frame(run)[start:stop])
    except Exception as error:
        run.book.record(lf.name, start, error, rows=stop - start)
        return np.full(stop - start, ABSTAIN, dtype=space.vote_dtype)
    return batch_votes(raw, rows=stop - start, space=space, lf=lf.name, first_row=start)


def _row_blocks(run: _Run, advance: Advance) -> Iterator[VoteBlock]:
    """Run chunks that grow from one row on, and give them out joined into blocks."""
    runner = RowwiseRunner(
        run.plan, _frame(run), columns=run.columns, report=run.report, book=run.book, memory=run.memory
    )
    with contextlib.closing(runner):
        yield from _grown_blocks(run, runner, advance)


def _grown_blocks(run: _Run, runner: RowwiseRunner, advance: Advance) -> Iterator[VoteBlock]:
    names = tuple(lf.name for lf in run.plan.rowwise)
    done, chunk = run.start, 1
    while done < run.rows:
        block, parts, began = done, list[VoteArray](), time.perf_counter()
        end = min(block + (run.block_rows or run.rows), run.rows)
        while done < end and (run.block_rows or time.perf_counter() - began < BLOCK_SECONDS):
            started, stop = time.perf_counter(), min(done + chunk, end)
            parts.append(runner.run(done, stop, advance))
            chunk = _next_chunk(chunk, (time.perf_counter() - started) / (stop - done))
            done = stop
        yield VoteBlock(block, names, np.concatenate(parts))


def _next_chunk(chunk: int, seconds_per_row: float) -> int:
    fitting = int(BLOCK_SECONDS / max(seconds_per_row, 1e-9))
    return max(1, min(fitting, GROWTH * chunk, CHUNK_ROWS))


def _frame(run: _Run) -> pl.DataFrame:
    assert isinstance(run.data, pl.DataFrame)  # `_load` collects for LFs that need rows
    return run.data
