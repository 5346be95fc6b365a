"""Votes of a split: what is on disk is taken from there, only the rest runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from labelwright._reads import Reads
from labelwright._sealed import Damaged, untold
from labelwright._text import listed, percent, printable
from labelwright._types import VoteArray
from labelwright.core import LabelMatrix, Task
from labelwright.core.votes.row_scores import RowScores
from labelwright.pipeline.class_changes import ClassChanges
from labelwright.pipeline.events import UNWATCHED, Event, Watch
from labelwright.pipeline.results import LFOutcome
from labelwright.pipeline.rows import Rows
from labelwright.pipeline.vote_columns import (
    Column,
    by_space,
    by_start,
    comes_in_parts,
    layers,
    read_beside,
    run_together,
)
from labelwright.store import FaultRecord, LFRun, StoredVotes, VoteStore, content_key
from labelwright.store.votes import FAULTS_KEPT, joined

if TYPE_CHECKING:
    from labelwright._apply import Fault, PreprocessorMemory
    from labelwright.lfs import LabelingFunction

_read_before: dict[tuple[str, str], Reads] = {}
"""What LFs have read in this process, by project and version."""

Known: TypeAlias = Mapping[str, StoredVotes]
"""Votes on the rows of a split, by the fingerprints of their LFs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitVotes:
    """The label matrix of a split, and what each LF did for it.

    Attributes
    ----------
    rows : Rows
        The data points.
    matrix : LabelMatrix
        The votes.
    keys : tuple of str
        For each LF its votes by their content and classes: what is made of equal votes is kept, whoever made
        them, and what was made of other votes never is.
    outcomes : tuple of LFOutcome
        What each LF did.
    reads : tuple of Reads
        What each LF read beside the rows when its votes were made.
    """

    rows: Rows
    matrix: LabelMatrix
    keys: tuple[str, ...]
    outcomes: tuple[LFOutcome, ...]
    reads: tuple[Reads, ...]

    def lf_runs(self) -> list[LFRun]:
        """Return what the ledger keeps of each LF."""
        task = "" if self.matrix.task is None else self.matrix.task.name
        return [
            LFRun(
                task=task,
                split=self.rows.split,
                position=position,
                name=lf.name,
                fingerprint=lf.fingerprint,
                seconds=lf.seconds,
                faults=lf.faults,
                cached=lf.cached,
            )
            for position, lf in enumerate(self.outcomes)
        ]

    def event(self) -> Event:
        """Return what a run tells of the votes once they are cast."""
        split, rows, coverage = self.rows.split, len(self.rows), self.matrix.coverage
        ran = sum(not lf.cached for lf in self.outcomes)
        kept = len(self.outcomes) - ran
        message = (
            f"votes on {split}: {len(self.outcomes)} LFs x {rows:,} rows ({ran} ran, {kept} kept), "
            f"{percent(coverage, 1)} of rows covered"
        )
        return Event(
            step="votes",
            split=split,
            state="done" if ran else "kept",
            numbers={"rows": rows, "ran": ran, "kept": kept, "coverage": coverage},
            message=message,
        )


class Voting:
    """Casts the votes of LFs on splits, and keeps them.

    Parameters
    ----------
    store : VoteStore
        Where votes are kept.
    task : Task
        What the LFs vote on.
    classes : ClassChanges
        The classes, and older ones that some LFs vote for.
    on_fault : {"raise", "abstain"}
        What happens where an LF raises. Kept votes with faults are good for ``"abstain"`` only.
    fingerprints : mapping of str to str
        The version of each LF, by its name.
    timeout : float
        The seconds that a call of code may take that does not say; 0 sets no limit.
    progress : bool or None
        As in `labelwright.apply`.
    preprocessed : Path, optional
        The folder of what preprocessors make.
    damaged : callable, optional
        Is told of files there that do not hold what was written.
    home : Path, optional
        The project folder, which may be moved as a whole.
    watch : Watch, optional
        Who is told of each block of rows, and may stop the run after it.
    force : bool or frozenset of str, default False
        The names of LFs whose votes are made anew, whatever is kept; True is all of them.
    """

    def __init__(
        self,
        store: VoteStore,
        *,
        task: Task,
        classes: ClassChanges,
        on_fault: str,
        timeout: float,
        fingerprints: Mapping[str, str],
        progress: bool | None,
        preprocessed: Path | None = None,
        damaged: Damaged = untold,
        home: Path | None = None,
        watch: Watch = UNWATCHED,
        force: bool | frozenset[str] = False,
    ) -> None:
        self._store = store
        self._preprocessed, self._damaged, self._home = preprocessed, damaged, home
        self._task, self._classes = task, classes
        self._on_fault: Any = on_fault
        self._timeout = timeout
        self._fingerprints = fingerprints
        self._progress = progress
        self._watch, self._force = watch, force
        self._unrepeatable: dict[str, tuple[str, ...]] = {}
        self._told: set[str] = set()
        self._has_let_go = False

    def check(self, lfs: Sequence[LabelingFunction], rows: Rows) -> None:
        """Raise where LFs that have no votes on the rows yet do not fit their columns; the others did."""
        missing = [
            column.lf
            for column in self._columns(lfs, rows)
            if not any(self._store.has(key) for key in self._keys(column, rows))
        ]
        if missing:
            from labelwright._apply.plan import make_plan

            for space, group in self._classes.by_space(missing):
                make_plan(group, space).check_schema(rows.frame.schema)

    @cached_property
    def _memory(self) -> PreprocessorMemory | None:
        from labelwright._apply import PreprocessorMemory
        from labelwright.advisor.lint.code import unrepeatable
        from labelwright.lfs._fingerprint.fingerprint import opaque_parts

        if self._preprocessed is None:
            return None
        return PreprocessorMemory(
            self._preprocessed,
            damaged=self._damaged,
            home=self._home,
            keeps=lambda step: step.repeats or not (unrepeatable(step) or opaque_parts(step)),
        )

    def cast(self, lfs: Sequence[LabelingFunction], rows: Rows) -> SplitVotes:
        """Return the votes of the LFs on the rows; run only those that have none, or whose reads changed."""
        columns = self._columns(lfs, rows)
        votes: dict[str, StoredVotes] = {}
        ran: set[str] = set()
        self._let_go(columns, rows)
        beside = [self._column(lf, version, rows) for version, lf in read_beside(columns).items()]
        for layer in layers([*columns, *beside]):
            known = _by_fingerprint(layer.below, votes)
            kept = self._kept(layer.columns, rows, known)
            missing = list(
                {column.key: column for column in layer.columns if column.key not in kept}.values()
            )
            votes |= kept
            for group in run_together(missing, columns):
                votes |= self._run(group, rows, known)
            votes |= self._asked_again(missing, votes, rows)
            ran |= {column.key for column in missing}
            self._tell_unrepeatable(missing, votes)
            self._tell_outdated(missing, votes)
        self._store.drop_parts(rows.fingerprint)
        matrix = self._matrix(columns, votes)
        outcomes = tuple(_outcome(column, votes[column.key], column.key not in ran) for column in columns)
        keys = tuple(self._content_key(column, votes[column.key]) for column in columns)
        reads = tuple(votes[column.key].reads for column in columns)
        return SplitVotes(rows=rows, matrix=matrix, keys=keys, outcomes=outcomes, reads=reads)

    def _let_go(self, columns: Sequence[Column], rows: Rows) -> None:
        """Let go of what is kept on the way to the votes of LFs that shall run in any case."""
        forced = [column.lf for column in columns if self._is_forced(column)]
        if not forced:
            return
        self._store.drop_parts(rows.fingerprint)
        if self._memory is not None and not self._has_let_go:
            from labelwright._apply.preprocessing import forget

            forget(forced, self._memory)
            self._has_let_go = True

    def _content_key(self, column: Column, stored: StoredVotes) -> str:
        return self._classes.key(content_key(stored.content, list(column.space.names)), column.space)

    def _columns(self, lfs: Sequence[LabelingFunction], rows: Rows) -> list[Column]:
        return [self._column(lf, self._fingerprints[lf.name], rows) for lf in lfs]

    def _column(self, lf: LabelingFunction, fingerprint: str, rows: Rows) -> Column:
        space = self._classes.space_of(lf)
        key = VoteStore.key(fingerprint, data=rows.fingerprint, task=self._task.over(space))
        return Column(lf=lf, fingerprint=fingerprint, key=key, space=space)

    def _matrix(self, columns: Sequence[Column], votes: Mapping[str, StoredVotes]) -> LabelMatrix:
        """Return the votes over the project's classes, in the order of the columns."""
        from labelwright._apply.class_weights import label_matrix_of

        parts = (
            label_matrix_of(
                np.column_stack([votes[column.key].votes for column in group]),
                {column.lf.name: more for column in group if (more := votes[column.key].weights) is not None},
                space=self._task.over(group[0].space),
                lf_names=[column.lf.name for column in group],
                fingerprints=[column.fingerprint for column in group],
            )
            for group in by_space(columns)
        )
        return self._classes.joined(parts)[:, [column.lf.name for column in columns]]

    def _kept(self, columns: Sequence[Column], rows: Rows, known: Known) -> dict[str, StoredVotes]:
        found = {column.key: self._load(column, rows, known) for column in columns}
        return {key: stored for key, stored in found.items() if stored is not None}

    def _load(self, column: Column, rows: Rows, known: Known) -> StoredVotes | None:
        """Return kept votes that still hold; of Python code also those from before it was told its classes.

        An LF that says no classes and is run with some votes as it does where it says them itself.
        """
        if self._is_forced(column):
            return None
        for key in self._keys(column, rows):
            stored = self._store.load(key, n=len(rows))
            if stored is not None:
                return stored if self._holds(column, stored, known) else None
        return None

    def _holds(self, column: Column, stored: StoredVotes, known: Known) -> bool:
        """Say whether votes are as they would be made now: what the LF read beside the rows is the same."""
        if not self._usable(stored) or stored.read_votes != _content(column.lf.needs, known):
            return False
        if stored.reads.unknowable and not column.lf.repeats:
            return False
        changes = stored.reads.changes(self._home)
        if changes:
            self._tell(f"votes: LF {column.lf.name!r} runs anew: {listed(changes, 3)}")
        return not changes

    def _tell(self, message: str) -> None:
        """Say something once in a run, whatever the number of splits."""
        if message not in self._told:
            self._told.add(message)
            self._watch.tell(Event(step="votes", state="refused", message=message))

    def _asked_again(
        self, made: Sequence[Column], votes: Mapping[str, StoredVotes], rows: Rows
    ) -> dict[str, StoredVotes]:
        """Return the votes of LFs that vote otherwise when they are asked again, which no key can hold.

        Code that reads something beside the row is not asked, since asking again may do something there.
        """
        from labelwright.advisor.lint.again import votes_otherwise

        found: dict[str, StoredVotes] = {}
        for column in made:
            lf, stored = column.lf, votes[column.key]
            read = stored.reads.files or stored.reads.variables or stored.reads.unknowable
            if not (lf.is_code and lf.row_local) or lf.needs or lf.repeats or read:
                continue
            said = votes_otherwise(
                lf,
                rows.frame,
                stored.votes,
                space=column.space,
                memory=self._memory,
                timeout=self._timeout,
            )
            if said:
                found[column.key] = replace(stored, reads=stored.reads.joined(Reads(unknowable=(said,))))
                self._store.save(column.key, found[column.key])
        return found

    def _tell_unrepeatable(self, made: Sequence[Column], votes: Mapping[str, StoredVotes]) -> None:
        """Say of each LF once that no key can hold what it asks, so that it runs in every run."""
        for column in made:
            asked = () if column.lf.repeats else votes[column.key].reads.unknowable
            if asked and column.lf.name not in self._told:
                self._told.add(column.lf.name)
                why = listed(asked, 2)
                if self._home is not None:  # paths as they are seen from the project folder
                    why = why.replace(f"{printable(str(self._home))}/", "")
                cure = 'if its votes repeat, say so: deterministic=True or version="1"'
                self._tell(f"votes: LF {column.lf.name!r} runs in every run, since it {why}; {cure}")

    def _tell_outdated(self, made: Sequence[Column], votes: Mapping[str, StoredVotes]) -> None:
        """Say of which LFs the votes are of files as they no longer are: this process remembers old ones."""
        for column in made:
            if changes := votes[column.key].reads.changes(self._home):
                what = listed(changes, 3)
                cure = "if code keeps what it read before, restart Python"
                self._tell(f"votes: LF {column.lf.name!r} was still run with what was before: {what}; {cure}")

    def _keys(self, column: Column, rows: Rows) -> Iterator[str]:
        yield column.key
        if column.lf.space is not None and column.lf.is_code and column.lf.votes_for is None:
            unbound = replace(column.lf, space=None, task=None).fingerprint
            yield VoteStore.key(unbound, data=rows.fingerprint, task=self._task.over(column.space))

    def _is_forced(self, column: Column) -> bool:
        return self._force if isinstance(self._force, bool) else column.lf.name in self._force

    def _usable(self, stored: StoredVotes) -> bool:
        return not (stored.n_faults and self._on_fault == "raise")

    # --- running

    def _run(self, columns: Sequence[Column], rows: Rows, known: Known) -> dict[str, StoredVotes]:
        parted = [column for column in columns if comes_in_parts(column.lf)]
        whole = [column for column in columns if column not in parted]
        made = self._run_whole(whole, rows, known=known) if whole else {}
        parts = self._store.load_parts(rows.fingerprint, [column.key for column in parted])
        usable = {
            column.key: part
            for column in parted
            if (part := parts.get(column.key)) is not None
            and len(part) <= len(rows)
            and self._holds(column, part, known)
        }
        for start, group in by_start(parted, usable):
            made |= self._run_in_parts(group, rows, start=start, before=usable)
        return made

    def _run_whole(self, columns: Sequence[Column], rows: Rows, *, known: Known) -> dict[str, StoredVotes]:
        """Run LFs that take all rows at once, and save each when it is done.

        Declarative LFs are quicker than saving parts of them; others look at whole columns, so that their
        votes on a part would be others.
        """
        made: dict[str, StoredVotes] = {}
        for part in self._blocks(columns, rows, start=0, known=known):
            made |= self._saved(columns, part)
            self._watch.check()
        return made

    def _run_in_parts(
        self, columns: Sequence[Column], rows: Rows, *, start: int, before: Mapping[str, StoredVotes]
    ) -> dict[str, StoredVotes]:
        """Run LFs from a row on, and save the block of about a second each time it is done."""
        parts = {column.key: [before[column.key]] if column.key in before else [] for column in columns}
        for made in self._blocks(columns, rows, start=start, known={}) if start < len(rows) else ():
            for key, part in made.items():
                parts[key].append(part)
            stop = start + len(part)
            if stop < len(rows):
                self._store.save_part(rows.fingerprint, start, made)
                self._watch.tell(_block_done(rows, stop))
            start = stop
        whole = {key: joined(found) for key, found in parts.items()}
        return self._saved(columns, whole)

    def _saved(self, columns: Sequence[Column], made: Mapping[str, StoredVotes]) -> dict[str, StoredVotes]:
        """Save finished votes, and return them with what this process read for the same LF before.

        A library may remember what it read then, of which nothing tells a second time.
        """
        saved = {}
        for column in columns:
            if column.key not in made:
                continue
            stored, place = made[column.key], (str(self._home), column.fingerprint)
            before = _read_before.get(place, Reads())
            again = stored.reads
            only_before = {path: what for path, what in before.files.items() if path not in again.files}
            reads = replace(again, files={**only_before, **again.files}) if only_before else again
            _read_before[place] = reads
            saved[column.key] = stored if reads is again else replace(stored, reads=reads)
            self._store.save(column.key, saved[column.key])
        return saved

    def _blocks(
        self,
        columns: Sequence[Column],
        rows: Rows,
        *,
        start: int,
        known: Known,
    ) -> Iterator[dict[str, StoredVotes]]:
        """Give the votes on each block by key, with the time and the faults that it cost."""
        from labelwright._apply import ApplyReport, apply_blocks

        named = {column.lf.name: column for column in columns}
        blocks = apply_blocks(
            [column.lf for column in columns],
            rows.frame,
            space=columns[0].space,
            start=start,
            progress=self._progress,
            on_fault=self._on_fault,
            timeout=self._timeout,
            report=ApplyReport(),
            memory=self._memory,
            known={fingerprint: stored.votes for fingerprint, stored in known.items()},
            watch=True,
        )
        for block in blocks:
            faults, seconds = _faults_by_lf(block.report.faults), block.report.seconds
            yield {
                named[name].key: replace(
                    _stored(block.votes[:, j], seconds.get(name, 0.0), faults[name], block.weights.get(name)),
                    reads=block.reads.get(name, Reads()).joined(self._asked(named[name].lf)),
                    read_votes=_content(named[name].lf.needs, known),
                )
                for j, name in enumerate(block.lf_names)
            }

    def _asked(self, lf: LabelingFunction) -> Reads:
        """Return what an LF asks or holds, by its code, that may be something else another day."""
        if lf.name not in self._unrepeatable:
            from labelwright.advisor.lint.code import unrepeatable
            from labelwright.lfs._fingerprint.fingerprint import opaque_parts

            opaque = (f"holds what nobody can read: {what}" for what in opaque_parts(_without_declared(lf)))
            self._unrepeatable[lf.name] = (*unrepeatable(lf), *opaque)
        return Reads(unknowable=self._unrepeatable[lf.name])


def _without_declared(lf: LabelingFunction) -> LabelingFunction:
    """Return an LF without those of its preprocessors of which somebody has said that they repeat."""
    steps = getattr(lf, "pre", ())
    if not any(step.repeats for step in steps):
        return lf
    return replace(lf, pre=tuple(step for step in steps if not step.repeats))  # type: ignore[call-arg]


def _block_done(rows: Rows, stop: int) -> Event:
    return Event(step="votes", split=rows.split, state="progress", numbers={"done": stop, "of": len(rows)})


def _by_fingerprint(columns: Iterable[Column], votes: Mapping[str, StoredVotes]) -> dict[str, StoredVotes]:
    return {column.fingerprint: votes[column.key] for column in columns}


def _content(lfs: Iterable[LabelingFunction], known: Known) -> str:
    """Return the content of the votes of some LFs; empty for none."""
    contents = [known[lf.fingerprint].content for lf in lfs]
    return content_key(contents) if contents else ""


def _faults_by_lf(faults: Sequence[Fault]) -> defaultdict[str, list[Fault]]:
    found: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        found[fault.lf].append(fault)
    return found


def _stored(
    votes: VoteArray, seconds: float, faults: Sequence[Fault], weights: RowScores | None
) -> StoredVotes:
    kept = tuple(
        FaultRecord(row=fault.row, error=fault.error, traceback=fault.traceback)
        for fault in faults[:FAULTS_KEPT]
    )
    return StoredVotes(
        votes=votes,
        seconds=seconds,
        n_faults=sum(fault.rows for fault in faults),
        faults=kept,
        weights=weights,
    )


def _outcome(column: Column, stored: StoredVotes, cached: bool) -> LFOutcome:
    return LFOutcome(
        name=column.lf.name,
        kind=column.lf.kind,
        fingerprint=column.fingerprint,
        seconds=stored.seconds,
        faults=stored.n_faults,
        first_fault=f"row {stored.faults[0].row}: {stored.faults[0].error}" if stored.faults else None,
        cached=cached,
    )
