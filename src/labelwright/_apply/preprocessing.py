"""Preprocessors: each chain of them runs once a row, however many labeling functions share it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any, TypeAlias

from labelwright._apply.held_values import HeldValues, many_values, of_rows
from labelwright._apply.memory import PreprocessorMemory, Shelf
from labelwright._apply.report import ApplyReport, add_seconds
from labelwright._apply.time_limit import GIVEN_UP, TimeLimit, limit_of
from labelwright._reads import Reads, made_by
from labelwright._stops import OvertimeError, is_stop
from labelwright._watch import reads_by_code, watching
from labelwright.lfs import LabelingFunction, Preprocessor, PythonLF
from labelwright.lfs._fingerprint.fingerprint import fingerprint_of
from labelwright.lfs._fingerprint.reached import codes_reached
from labelwright.lfs._values import copied
from labelwright.lfs.preprocessors import with_fields
from labelwright.lfs.row import fields_of, is_row, row_with, shared

Outcome: TypeAlias = tuple[Any, Mapping[str, Any] | None]
"""A row as a preprocessor leaves it, and the fields that it added, where those can be told."""

RunStep: TypeAlias = Callable[[list[Any]], list[Outcome]]
"""Runs a preprocessor over rows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Stands for a row on which a preprocessor raised."""

    step: str
    error: BaseException


def outcomes(
    step: Preprocessor, rows: Sequence[Any], clock: TimeLimit, timeout: float | None, late: Counter[str]
) -> list[Outcome]:
    """Run a preprocessor over rows; a row on which an earlier one failed stays a failure.

    ``late`` counts the calls that did not end, by the names of preprocessors.
    """
    good = [row for row in rows if type(row) is not Failure]  # of a row, __class__ is a call in Python
    fields = _at_once(step, good, clock, limit_of(step, timeout, len(good))) if good else None
    made = iter(
        _each(step, good, clock, limit_of(step, timeout), late) if fields is None else _merged(good, fields)
    )
    return [(row, None) if type(row) is Failure else next(made) for row in rows]


def _at_once(
    step: Preprocessor, rows: Sequence[Any], clock: TimeLimit, seconds: float
) -> Sequence[Any] | None:
    """Return the new fields of all rows; None where the step takes one at a time, or one spoils them all."""
    clock.start(seconds)
    try:
        fields = step.outcomes(rows)
        clock.stop()
    except BaseException as error:
        clock.stop()
        if is_stop(error) and not clock.is_over(error):
            raise
        return None
    return fields


def _merged(rows: Sequence[Any], fields: Sequence[Any]) -> list[Outcome]:
    return [(with_fields(row, new), new) for row, new in zip(rows, fields, strict=True)]


def _each(
    step: Preprocessor, rows: Sequence[Any], clock: TimeLimit, seconds: float, late: Counter[str]
) -> list[Outcome]:
    made: list[Outcome] = []
    while len(made) < len(rows):
        if late[step.name] >= GIVEN_UP:
            return made + [(Failure(step.name, clock.given_up()), None)] * (len(rows) - len(made))
        clock.start(seconds, made)
        try:
            made.extend(_prepare(step, row) for row in rows[len(made) :])
            clock.stop()
        except BaseException as error:
            clock.stop()
            if is_stop(error) and not clock.is_over(error):
                raise
            if not isinstance(error, OvertimeError) or len(made) in clock.late:
                wrong = clock.fault(error) if len(made) in clock.late else error
                made.append((Failure(step.name, wrong), None))
        late[step.name] += len(clock.late)
        for place in clock.late:
            made[place] = (Failure(step.name, clock.fault()), None)
    return made


def _prepare(step: Preprocessor, row: Any) -> Outcome:
    # Others go on from this row too, so a step that sets fields, or changes values, gets its own.
    return step.outcome(row_with(copied(fields_of(row))) if is_row(row) else row)


Chain: TypeAlias = tuple[str, ...]
"""The fingerprints of preprocessors that run one after the other."""


class Chains:
    """The preprocessors of some LFs as a tree: LFs that start with the same ones share their results.

    Parameters
    ----------
    lfs : iterable of PythonLF
        The LFs whose preprocessors are run.
    memory : PreprocessorMemory, optional
        Where results are kept.
    watch : bool, default False
        Whether it is noted what preprocessors read beside the rows; it is in any case where results are kept.
    timeout : float, optional
        The seconds that a call may take of a preprocessor that says nothing of it.
    """

    __slots__ = ("_codes", "_late", "_memory", "_of", "_reads", "_remembered", "_steps", "_timeout", "_watch")

    def __init__(
        self,
        lfs: Iterable[PythonLF],
        memory: PreprocessorMemory | None = None,
        *,
        watch: bool = False,
        timeout: float | None = None,
    ) -> None:
        self._memory, self._watch, self._timeout = memory, watch or memory is not None, timeout
        self._reads: dict[Chain, Reads] = {}
        self._codes: dict[str, tuple[CodeType, ...]] = {}
        self._late: Counter[str] = Counter()
        self._remembered: dict[Chain, Remembered] = {}
        self._steps: dict[str, Preprocessor] = {}
        self._of: dict[str, Chain] = {}
        prints: dict[int, str] = {}
        for lf in lfs:
            chain = tuple(prints.setdefault(id(step), step.fingerprint) for step in lf.pre)
            self._steps.update(zip(chain, lf.pre, strict=True))
            self._of[lf.name] = chain

    def of(self, lf: PythonLF) -> Chain:
        """Return the chain of an LF."""
        return self._of[lf.name]

    def step(self, chain: Chain) -> Preprocessor:
        """Return the last step of a chain."""
        return self._steps[chain[-1]]

    def reads(self, chain: Chain) -> Reads:
        """Return what the preprocessors of a chain have read beside the rows so far."""
        return Reads().joined(*(self._reads.get(chain[: i + 1], Reads()) for i in range(len(chain))))

    def close(self) -> None:
        """Close the files of the memory."""
        if self._memory is not None:
            self._memory.close()

    def run(self, chain: Chain, before: list[Any], rows: list[Any], clock: TimeLimit) -> list[Any]:
        """Run the last step of a chain and note what it read, or take what is kept, and what was read for it.

        Parameters
        ----------
        chain : tuple of str
            Left to right.
        before : list of rows
            What the earlier steps made.
        rows : list of rows
            The data points themselves, in the same order.
        clock : TimeLimit
            Ends calls that take too long.
        """
        step = self._steps[chain[-1]]

        def run(rows: list[Any]) -> list[Outcome]:
            return outcomes(step, rows, clock, self._timeout, self._late)

        if not self._watch:
            return [result for result, _ in run(before)]
        remembered = self._memory_of(chain)
        with watching() as seen:
            if remembered is None:
                made = [result for result, _ in run(before)]
            else:
                made = remembered.run(before, rows, run)
        kept = Reads() if remembered is None else remembered.reads
        found = self._reads.get(chain, Reads()).joined(kept, seen.reads, reads_by_code(self._codes_of(step)))
        self._reads[chain] = replace(found, unknowable=()) if step.repeats else found
        if remembered is not None:
            remembered.save(self.reads(chain))
        return made

    def _codes_of(self, step: Preprocessor) -> tuple[CodeType, ...]:
        if step.name not in self._codes:
            self._codes[step.name] = codes_reached(step)
        return self._codes[step.name]

    def _memory_of(self, chain: Chain) -> Remembered | None:
        steps = [self._steps[one] for one in chain]
        if self._memory is None or steps[-1].keep is False or not all(map(self._memory.keeps, steps)):
            return None
        if chain not in self._remembered:
            self._remembered[chain] = Remembered(steps, self._memory.shelf(_shelf_name(chain)))
        return self._remembered[chain]


class Prepared:
    """Rows as chains leave them, each chain run when first asked for.

    Parameters
    ----------
    chains : Chains
        The preprocessors.
    rows : list of rows
        The data points.
    held : HeldValues
        What can be changed in them.
    report : ApplyReport
        Gets the time of each preprocessor, and who writes into rows.
    clock : TimeLimit
        Ends calls that take too long.
    """

    __slots__ = ("_chains", "_clock", "_held", "_report", "_rows")

    def __init__(
        self, chains: Chains, rows: list[Any], held: HeldValues, report: ApplyReport, clock: TimeLimit
    ) -> None:
        self._chains, self._report, self._clock = chains, report, clock
        self._rows: dict[Chain, list[Any]] = {(): rows}
        self._held: dict[Chain, HeldValues] = {(): held}

    def __call__(self, chain: Chain) -> list[Any]:
        """Return the rows as a chain leaves them."""
        if chain not in self._rows:
            before, rows = self(chain[:-1]), self._rows[()]
            started = time.perf_counter()
            self._rows[chain] = shared(self._chains.run(chain, before, rows, self._clock))
            name = self._chains.step(chain).name
            add_seconds(self._report.preprocessor_seconds, name, time.perf_counter() - started)
            self.note(name, chain[:-1], 0)
            with many_values():
                self._held[chain] = of_rows(self._rows[chain])
        return self._rows[chain]

    def restore(self, chain: Chain) -> int | None:
        """Give values back what they held; return the place of the first row in which some had changed."""
        return self._held[chain].restore()

    def note(self, who: str, chain: Chain, first_row: int) -> None:
        """Restore the values of rows after somebody ran on them, and note who changed some."""
        place = self.restore(chain)
        if place is not None:
            self._report.note_write(who, first_row + place, "changes a value of its row in place")


def _shelf_name(chain: Chain) -> str:
    return fingerprint_of(chain, made_by())


def forget(lfs: Iterable[LabelingFunction], memory: PreprocessorMemory) -> None:
    """Let all be made anew that is kept of the preprocessors of some LFs."""
    for lf in lfs:
        chain = tuple(step.fingerprint for step in getattr(lf, "pre", ()))
        for length in range(1, len(chain) + 1):
            memory.shelf(_shelf_name(chain[:length])).clear()


# --- one chain of preprocessors with its results on disk

SLOW = 1e-3  # seconds a row from which keeping a result is worth it: finding one takes about 20 microseconds


class Remembered:
    """Runs the last preprocessor of a chain on the rows whose results are not on disk.

    Parameters
    ----------
    chain : sequence of Preprocessor
        Left to right; a result is found by what all of them read of the data.
    shelf : Shelf
        The results.
    """

    __slots__ = ("_columns", "_new", "_shelf", "_step", "reads")

    def __init__(self, chain: Sequence[Preprocessor], shelf: Shelf) -> None:
        self._step = chain[-1]
        self._columns = _columns(chain)
        self._shelf = shelf
        self._new: dict[bytes, bytes] = {}
        self.reads = shelf.reads()
        if self.reads.changes() or self.reads.unknowable:
            shelf.clear()
            self.reads = Reads()

    def run(self, before: list[Any], rows: list[Any], step: RunStep) -> list[Any]:
        """Return the rows ``before`` the last step as it leaves them.

        Parameters
        ----------
        before : list of rows
            What the earlier steps made.
        rows : list of rows
            The data points themselves, in the same order.
        step : callable
            Runs the last step on rows.
        """
        if not (self._step.keep or self._shelf.exists):
            return self._run_new(before, rows, step)
        keys = [self._key(row) for row in rows]
        kept = self._kept(keys)
        missing = [i for i, key in enumerate(keys) if key not in kept or type(before[i]) is Failure]
        new = self._made([before[i] for i in missing], [keys[i] for i in missing], step)
        made = dict(zip(missing, new, strict=True))
        return [made[i] if i in made else with_fields(before[i], kept[key]) for i, key in enumerate(keys)]

    def _run_new(self, before: list[Any], rows: list[Any], step: RunStep) -> list[Any]:
        """Run a step of which nothing is kept yet, and keep its results where it was slow."""
        started = time.perf_counter()
        made = step(before)
        if time.perf_counter() - started >= SLOW * len(before):
            self._save([self._key(row) for row in rows], made)
        return [result for result, _ in made]

    def _made(self, before: list[Any], keys: list[bytes], step: RunStep) -> list[Any]:
        made = step(before)
        self._save(keys, made)
        return [result for result, _ in made]

    def _kept(self, keys: list[bytes]) -> dict[bytes, Mapping[str, Any]]:
        kept: dict[bytes, Mapping[str, Any]] = {}
        for key, packed in self._shelf.load(list(dict.fromkeys(keys))).items():
            try:
                kept[key] = self._step.unpack(packed)
            except Exception:  # damaged, or of an older version: as good as missing
                continue
        return kept

    def save(self, reads: Reads) -> None:
        """Keep what was made since the last time, which holds as long as what was read for it."""
        new, self._new = self._new, {}
        if not reads.unknowable:
            self._shelf.save(new, reads)

    def _save(self, keys: list[bytes], made: Sequence[Outcome]) -> None:
        try:
            self._new |= {
                key: self._step.pack(fields)
                for key, (_, fields) in zip(keys, made, strict=True)
                if fields is not None
            }
        except Exception:  # fields that cannot be kept are made anew each time
            return

    def _key(self, row: Mapping[str, Any]) -> bytes:
        names = [name for name in (row if self._columns is None else self._columns) if name in row]
        return bytes.fromhex(fingerprint_of(names, [row[name] for name in names]))


def _columns(chain: Sequence[Preprocessor]) -> tuple[str, ...] | None:
    """Return the columns of the data that a chain reads; None where that is not known."""
    read: dict[str, None] = {}
    added: set[str] = set()
    for step in chain:
        if step.columns is None:
            return None
        read.update(dict.fromkeys(column for column in step.columns if column not in added))
        added.update(step.fields or ())
    return tuple(read)
