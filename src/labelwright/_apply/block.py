"""Votes on a block of rows: the unit of work of everything that runs labeling functions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType

import numpy as np
import polars as pl

from labelwright._apply.plan import Plan, is_local
from labelwright._apply.progress import Advance
from labelwright._apply.report import ApplyReport, FaultBook
from labelwright._apply.runners import RUNNERS
from labelwright._apply.runners.protocol import Record, Runner, Setting
from labelwright._reads import Reads
from labelwright._types import VoteArray
from labelwright._watch import reads_by_code
from labelwright.core.votes.row_scores import RowScores, joined_scores
from labelwright.io.source import FrameSource, RowBlock, RowSource
from labelwright.lfs import LabelingFunction
from labelwright.lfs._fingerprint.reached import codes_reached

BLOCK_SECONDS = 1.0  # what a killed run of slow LFs may lose
BLOCK_ROWS = 1 << 16  # rows of data on disk that are in memory at once
GROWTH = 16  # from call to call, until calls take about BLOCK_SECONDS

Known = Mapping[str, VoteArray]
"""Votes on the rows of a block, by the fingerprints of their LFs."""


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
    report : ApplyReport
        Faults and times on these rows.
    weights : mapping of str to RowScores
        By LF: distributions over classes, and sets of classes, see `WeightBook`.
    reads : mapping of str to Reads
        By LF: what it read beside the rows and had not read for earlier ones, where the plan asks for it.
    """

    start: int
    lf_names: tuple[str, ...]
    votes: VoteArray
    report: ApplyReport = field(default_factory=ApplyReport)
    weights: Mapping[str, RowScores] = field(default_factory=dict)
    reads: Mapping[str, Reads] = field(default_factory=dict)

    @property
    def stop(self) -> int:
        """The row after the last one."""
        return self.start + len(self.votes)


def vote_block(plan: Plan, block: RowBlock, known: Known | None = None) -> VoteBlock:
    """Return the votes of all LFs of a plan on a block of rows.

    A pure function of its arguments, all of which can be pickled: engines send it wherever they like. LFs
    that look at each row by themselves may be given any blocks, `Plan.whole` only one block of all rows.

    Parameters
    ----------
    plan : Plan
        On the columns of the data (`Plan.on`).
    block : RowBlock
        The rows.
    known : mapping of str to (b,) votes, optional
        Votes that are there already, by the fingerprints of LFs, for LFs that read them. Others that they
        read run once.

    Raises
    ------
    LabelingFunctionError
        An LF returns what is no vote, or raises and ``plan.on_fault`` is "raise"; rows count from the start
        of the data.
    """
    with contextlib.closing(Voter(plan)) as voter:
        return voter.vote(block, known or {})


class Voter:
    """Runs the LFs of a plan on blocks; what they have in common is made ready once."""

    __slots__ = ("_plan", "lanes", "reads")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.reads = any(lf.needs for lf in plan.lfs)
        setting = Setting(plan.space, plan.schema, plan.memory, plan.watch, plan.timeout)
        self.lanes = [
            Lane(self, group, runner(group, setting))
            for runs, runner in RUNNERS.items()
            for group in _groups([lf for lf in plan.lfs if lf.runs == runs], runner.together)
        ]

    def vote(self, block: RowBlock, known: Known) -> VoteBlock:
        """Return the votes of all LFs on a block."""
        votes = np.empty((block.rows, len(self._plan.lfs)), dtype=self._plan.space.vote_dtype)
        names, found, report = [lf.name for lf in self._plan.lfs], dict(known), ApplyReport(rows=block.rows)
        weights: dict[str, RowScores] = {}
        reads: dict[str, Reads] = {}
        for lane in self.lanes:
            part = lane.vote(block, found)
            votes[:, [names.index(name) for name in part.lf_names]] = part.votes
            report.add(part.report)
            weights.update(part.weights)
            reads.update(part.reads)
            self.note(found, lane, part.votes)
        return VoteBlock(block.first_row, tuple(names), votes, report, weights, reads)

    def note(self, known: dict[str, VoteArray], lane: Lane, votes: VoteArray) -> None:
        """Add the votes of a lane to those that are known, where some LF reads votes."""
        if self.reads:
            known.update((lf.fingerprint, votes[:, j]) for j, lf in enumerate(lane.lfs))

    def record(self, block: RowBlock, known: Known) -> Record:
        """Return an empty record of a block."""
        report = ApplyReport(rows=block.rows)
        found = dict(known)

        def votes_of(lf: LabelingFunction) -> VoteArray:
            fingerprint = lf.fingerprint
            if fingerprint not in found:
                alone = vote_block(self._plan.of([lf]), block, found)
                report.add(alone.report)
                found[fingerprint] = alone.votes[:, 0]
            return found[fingerprint]

        reads: dict[str, Reads] | None = {} if self._plan.watch else None
        return Record(report, FaultBook(self._plan.on_fault, report), votes_of, reads=reads)

    def close(self) -> None:
        """Let go of files."""
        for lane in self.lanes:
            lane.runner.close()


@dataclass(slots=True)
class Lane:
    """LFs that run in one call."""

    voter: Voter
    lfs: Sequence[LabelingFunction]
    runner: Runner
    _rows: int = 0
    _known: dict[str, Reads] = field(default_factory=dict)
    _codes: dict[str, tuple[CodeType, ...]] = field(default_factory=dict)

    def vote(self, block: RowBlock, known: Known) -> VoteBlock:
        """Return the votes of these LFs on a block."""
        record = self.voter.record(block, known)
        votes = self.runner.run(block, record)
        reads = {} if record.reads is None else {lf.name: self._new_reads(lf, record) for lf in self.lfs}
        names, weights = tuple(lf.name for lf in self.lfs), record.weights.of(block.rows)
        return VoteBlock(block.first_row, names, votes, record.report, weights, reads)

    def _new_reads(self, lf: LabelingFunction, record: Record) -> Reads:
        """Return what an LF read for these rows, itself or before by others, and not for earlier ones."""
        known = self._known.get(lf.name, Reads())
        found = (record.reads or {}).get(lf.name, Reads()).joined(reads_by_code(self._codes_of(lf)))
        new = found.beyond(known)
        self._known[lf.name] = known.joined(new)
        return new

    def _codes_of(self, lf: LabelingFunction) -> tuple[CodeType, ...]:
        """Return the code that an LF reaches, which may have read something for others before."""
        if lf.name not in self._codes:
            self._codes[lf.name] = codes_reached(lf)
        return self._codes[lf.name]

    def parts(self, block: RowBlock, known: Known, block_rows: int | None) -> Iterator[VoteBlock]:
        """Give the votes on a block in parts that took about `BLOCK_SECONDS`, or of so many rows."""
        if self.runner.first_rows is None:
            yield self.vote(block, known)
            return
        done, last = block.first_row, block.stop
        while done < last:
            end = min(done + (block_rows or block.rows), last)
            parts, began = list[VoteBlock](), time.perf_counter()
            # One in any case: a process that was paused has no time left before it began.
            while done < end and (block_rows or not parts or time.perf_counter() - began < BLOCK_SECONDS):
                started, stop = time.perf_counter(), min(done + self._next_rows(), end)
                parts.append(self.vote(block.part(done, stop), known))
                spent = (time.perf_counter() - started) / (stop - done)
                self._rows = _grown(self._next_rows(), spent, most=self.runner.max_rows)
                done = stop
            yield _joined(parts)

    def _next_rows(self) -> int:
        return self._rows or self.runner.first_rows or 1


def vote_blocks(
    plan: Plan,
    source: RowSource,
    *,
    start: int = 0,
    block_rows: int | None = None,
    known: Known | None = None,
    advance: Advance,
) -> Iterator[VoteBlock]:
    """Run the LFs of a plan on a source in this process, and give their votes as they come.

    First come the LFs that look at each row by itself, block by block and in each first the declarative ones,
    then the batch LFs one by one, then the Python LFs, then those that read votes of such. Then come the
    others, one after the other, each on all rows.
    """
    votes = dict(known or {})
    if local := plan.local:
        wanted = {one.fingerprint for lf in plan.whole for one in _reads(lf)} if start == 0 else set()
        kept: dict[str, list[VoteArray]] = {}
        for lane, part in _local_parts(plan.of(local), source, start, block_rows, known or {}):
            advance(part.votes.size)
            for j, lf in enumerate(lane.lfs if wanted else ()):
                if lf.fingerprint in wanted:
                    kept.setdefault(lf.fingerprint, []).append(part.votes[:, j])
            yield part
        votes |= {fingerprint: np.concatenate(parts) for fingerprint, parts in kept.items()}
    if whole := plan.whole:
        for part in whole_votes(plan.of(whole), source, votes):
            advance(part.votes.size)
            yield part


def _local_parts(
    plan: Plan, source: RowSource, start: int, block_rows: int | None, known: Known
) -> Iterator[tuple[Lane, VoteBlock]]:
    with contextlib.closing(Voter(plan)) as voter:
        for block in _blocks(plan, source, start):
            votes = {name: column[block.first_row : block.stop] for name, column in known.items()}
            for lane in voter.lanes:
                parts = []
                for part in lane.parts(block, votes, block_rows):
                    if voter.reads:
                        parts.append(part.votes)
                    yield lane, part
                if voter.reads:
                    voter.note(votes, lane, np.concatenate(parts))


def _blocks(plan: Plan, source: RowSource, start: int) -> Iterator[RowBlock]:
    """Give a frame in memory as one block, and what is on disk in blocks that fit into memory."""
    size = max(1, source.rows) if isinstance(source, FrameSource) else BLOCK_ROWS
    return source.blocks(size, columns=plan.columns(), start=start)


def local_blocks(plan: Plan, source: RowSource) -> Iterator[RowBlock]:
    """Give the rows in blocks, with the columns of the LFs that look at each row by itself."""
    return source.blocks(BLOCK_ROWS, columns=plan.of(plan.local or plan.lfs).columns())


def whole_votes(plan: Plan, source: RowSource, known: Known) -> Iterator[VoteBlock]:
    """Give the votes of LFs that must see all rows, one group after the other."""
    found = dict(known)
    everything = _everything(plan, source)
    with contextlib.closing(Voter(plan)) as voter:
        for lane in voter.lanes:
            part = lane.vote(everything, found)
            voter.note(found, lane, part.votes)
            yield part


def _everything(plan: Plan, source: RowSource) -> RowBlock:
    frames = [block.frame for block in source.blocks(BLOCK_ROWS, columns=plan.columns())]
    return RowBlock(0, frames[0] if len(frames) == 1 else pl.concat(frames))


def _reads(lf: LabelingFunction) -> Iterator[LabelingFunction]:
    """Give the LFs whose votes an LF reads, and those that they read."""
    for one in lf.needs:
        yield one
        if not is_local(one):
            yield from _reads(one)


def _groups(lfs: list[LabelingFunction], together: bool) -> list[list[LabelingFunction]]:
    return ([lfs] if lfs else []) if together else [[lf] for lf in lfs]


def _joined(parts: Sequence[VoteBlock]) -> VoteBlock:
    if len(parts) == 1:
        return parts[0]
    votes, report = np.concatenate([part.votes for part in parts]), ApplyReport()
    for part in parts:
        report.add(part.report)
    report.rows = len(votes)
    reads: dict[str, Reads] = {}
    for name in dict.fromkeys(name for part in parts for name in part.reads):
        reads[name] = Reads().joined(*(part.reads[name] for part in parts if name in part.reads))
    return VoteBlock(parts[0].start, parts[0].lf_names, votes, report, joined_weights(parts), reads)


def joined_weights(parts: Sequence[VoteBlock]) -> dict[str, RowScores]:
    """Return the class weights of consecutive blocks, by LF."""
    found = {}
    for name in dict.fromkeys(name for part in parts for name in part.weights):
        joined = joined_scores([(len(part.votes), part.weights.get(name)) for part in parts])
        if joined is not None:
            found[name] = joined
    return found


def _grown(rows: int, seconds_per_row: float, *, most: int) -> int:
    """Return how many rows to take next, at most `GROWTH` times as many."""
    return max(1, min(int(BLOCK_SECONDS / max(seconds_per_row, 1e-9)), GROWTH * rows, most))
