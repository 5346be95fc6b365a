"""Batch labeling functions: frames of many rows, and where one raises, only the rows that make it raise."""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, TypeAlias

import numpy as np

from labelwright._apply.class_weights import WeightBook
from labelwright._apply.raw_votes import batch_votes
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._apply.time_limit import GIVEN_UP, MORE_TIME, limit_of, time_limit
from labelwright._errors import LabelwrightError
from labelwright._stops import OvertimeError, is_stop
from labelwright._types import ABSTAIN, VoteArray
from labelwright.io.source import RowBlock
from labelwright.lfs import BatchLF

MAX_RETRIES = 1000  # calls on parts of one block that raised: a hundred faulty rows in 65,536 are found so
PROBES = 8  # single rows that are tried first: where all raise, such as where a server is down, no more are


_Fault: TypeAlias = tuple[int, int, BaseException]
"""The first of some rows, the row after the last, and what the LF raised there."""


class _Votes(NamedTuple):
    """Where the votes on a block go."""

    votes: VoteArray
    weights: WeightBook


class FrameRunner:
    """Runs one LF that takes frames."""

    __slots__ = ("_clock", "_late", "_lf", "_setting")

    together: ClassVar[bool] = False
    first_rows: ClassVar[int | None] = 32
    max_rows: ClassVar[int] = 1 << 16

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._lf: BatchLF
        [self._lf] = lfs
        self._setting = setting
        self._late = 0

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, 1) votes on a block; rows on which the LF raises, and no others, abstain."""
        started = time.perf_counter()
        votes = np.full(block.rows, ABSTAIN, dtype=self._setting.space.vote_dtype)
        votes_there = _Votes(votes, record.weights)
        with time_limit(limit_of(self._lf, self._setting.timeout) > 0) as self._clock:
            faults = record.watched(
                self._lf.name, lambda: self._all_tried(block, votes_there, record.book.raises)
            )
        for start, stop, wrong in faults:
            votes[start:stop] = ABSTAIN
            record.weights.drop(self._lf.name, start, stop)
            cure = MORE_TIME if isinstance(wrong, OvertimeError) else "mend it"
            record.book.record(self._lf.name, block.first_row + start, wrong, rows=stop - start, cure=cure)
        add_seconds(record.report.seconds, self._lf.name, time.perf_counter() - started)
        return votes.reshape(-1, 1)

    def close(self) -> None:
        """Do nothing: no file is open."""

    def _all_tried(self, block: RowBlock, votes: _Votes, first_only: bool) -> list[_Fault]:
        error = self._tried(block, 0, block.rows, votes)
        return [] if error is None else self._faults(block, error, votes, first_only)

    def _tried(self, block: RowBlock, start: int, stop: int, votes: _Votes) -> BaseException | None:
        """Put the votes on some rows into ``votes``, or return what the LF raised there."""
        if self._late >= GIVEN_UP:
            return self._clock.given_up()
        called = False
        self._clock.start(limit_of(self._lf, self._setting.timeout, stop - start))
        try:
            raw = self._lf.vote_batch(block.frame[start:stop])
            called = True
            votes.votes[start:stop] = batch_votes(
                raw,
                rows=stop - start,
                space=self._setting.space,
                lf=self._lf.name,
                first_row=block.first_row + start,
                book=votes.weights,
                offset=start,
            )
            self._clock.stop()
        except BaseException as error:
            self._clock.stop()
            if self._clock.is_over(error):
                self._late += 1
                return self._clock.fault(error)
            if is_stop(error) or (called and isinstance(error, LabelwrightError)):
                raise  # the second: what it returned are no votes
            return error  # also of a generator that raises while it is read
        self._late += len(self._clock.late)
        return self._clock.fault() if self._clock.late else None

    def _faults(self, block: RowBlock, error: BaseException, votes: _Votes, first_only: bool) -> list[_Fault]:
        """Return the rows that make the LF raise, neighbours that raise the same together."""
        whole = (0, block.rows, error)
        if block.rows == 1 or not self._lf.row_local or isinstance(error, OvertimeError):
            return [whole]
        if first_only:
            return [self._first(block, error, votes)]
        probes = np.unique(((np.arange(PROBES) + 0.5) * block.rows / PROBES).astype(int)).tolist()
        if all(self._tried(block, row, row + 1, votes) for row in probes):
            return [whole]
        return _joined(self._halved(block, whole, votes))

    def _first(self, block: RowBlock, error: BaseException, votes: _Votes) -> _Fault:
        """Return the first row that makes the LF raise."""
        good, bad = 0, block.rows
        while bad - good > 1:
            middle = (good + bad) // 2
            wrong = self._tried(block, good, middle, votes)
            good, bad, error = (middle, bad, error) if wrong is None else (good, middle, wrong)
        return good, bad, error

    def _halved(self, block: RowBlock, whole: _Fault, votes: _Votes) -> list[_Fault]:
        """Halve parts that raise, the largest first, down to single rows or until too many calls."""
        found: list[_Fault] = []
        parts, calls = [(-block.rows, whole)], 0
        while parts and calls < MAX_RETRIES:
            _, (start, stop, error) = heapq.heappop(parts)
            middle = (start + stop) // 2
            sure = stop - start == 1 or isinstance(error, OvertimeError)
            for first, last in () if sure else ((start, middle), (middle, stop)):
                calls += 1
                wrong = self._tried(block, first, last, votes)
                if wrong is not None:
                    heapq.heappush(parts, (first - last, (first, last, wrong)))
            if sure:
                found.append((start, stop, error))
        return sorted([*found, *(part for _, part in parts)], key=lambda part: part[0])


def _joined(faults: list[_Fault]) -> list[_Fault]:
    joined: list[_Fault] = []
    for start, stop, error in faults:
        if joined and joined[-1][1] == start and repr(joined[-1][2]) == repr(error):
            joined[-1] = (joined[-1][0], stop, joined[-1][2])
        else:
            joined.append((start, stop, error))
    return joined
