"""Batch labeling functions: frames of many rows, and where one raises, only the rows that make it raise."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelwright._apply.raw_votes import batch_votes
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._types import ABSTAIN, VoteArray
from labelwright.io.source import RowBlock
from labelwright.lfs import BatchLF

MAX_RETRIES = 1000  # calls on parts of one block that raised: a hundred faulty rows in 65,536 are found so
GIVE_UP = 32  # calls on parts that all raise: then all rows do, such as where a server does not answer


class FrameRunner:
    """Runs one LF that takes frames."""

    __slots__ = ("_lf", "_setting")

    together: ClassVar[bool] = False
    first_rows: ClassVar[int | None] = 32
    max_rows: ClassVar[int] = 1 << 16

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._lf: BatchLF
        [self._lf] = lfs
        self._setting = setting

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, 1) votes on a block."""
        started = time.perf_counter()
        votes = votes_or_faults(
            self._lf.vote_batch,
            block.table,
            lf=self._lf.name,
            row_local=self._lf.row_local,
            first_row=block.first_row,
            setting=self._setting,
            record=record,
        )
        add_seconds(record.report.seconds, self._lf.name, time.perf_counter() - started)
        return votes.reshape(-1, 1)

    def close(self) -> None:
        """Do nothing: no file is open."""


def votes_or_faults(
    vote: Callable[[pl.DataFrame], object],
    frame: pl.DataFrame,
    *,
    lf: str,
    row_local: bool,
    first_row: int,
    setting: Setting,
    record: Record,
) -> VoteArray:
    """Return (rows,) votes; rows on which an LF raises, and no others, abstain and are recorded.

    Parts that raise are halved, the largest first, until single rows are left or it has been called too
    often: at most `MAX_RETRIES` times, or `GIVE_UP` times where not one call went well.
    """
    space, votes = setting.space, np.full(frame.height, ABSTAIN, dtype=setting.space.vote_dtype)

    def tried(start: int, stop: int) -> Exception | None:
        try:
            raw = vote(frame[start:stop])
        except Exception as error:
            return error
        rows, first = stop - start, first_row + start
        votes[start:stop] = batch_votes(raw, rows=rows, space=space, lf=lf, first_row=first)
        return None

    error = tried(0, frame.height)
    if error is None:
        return votes
    if not row_local or record.book.raises:
        first = _first_failing(vote, frame) if row_local else 0
        record.book.record(lf, first_row + first, error, rows=frame.height)
        return votes
    faulty: list[tuple[int, int, Exception]] = []
    parts = [(-frame.height, 0, frame.height, error)]
    calls, good = 0, 0
    while parts and calls < MAX_RETRIES and (good or calls < GIVE_UP):
        _, start, stop, error = heapq.heappop(parts)
        if stop - start == 1:
            faulty.append((start, stop, error))
            continue
        middle = (start + stop) // 2
        for part in ((start, middle), (middle, stop)):
            calls += 1
            if (wrong := tried(*part)) is None:
                good += 1
            else:
                heapq.heappush(parts, (part[0] - part[1], *part, wrong))
    faulty += [(start, stop, error) for _, start, stop, error in parts]
    for start, stop, error in _joined(sorted(faulty, key=lambda part: part[:2])):
        record.book.record(lf, first_row + start, error, rows=stop - start)
    return votes


def _first_failing(vote: Callable[[pl.DataFrame], object], frame: pl.DataFrame) -> int:
    """Return the first row on which an LF that looks at rows by themselves raises."""
    good, bad = 0, frame.height
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            vote(frame[good:middle])
            good = middle
        except Exception:
            bad = middle
    return good


def _joined(faulty: list[tuple[int, int, Exception]]) -> list[tuple[int, int, Exception]]:
    """Join neighbours that raised the same."""
    found: list[tuple[int, int, Exception]] = []
    for start, stop, error in faulty:
        if found and found[-1][1] == start and repr(found[-1][2]) == repr(error):
            found[-1] = (found[-1][0], stop, found[-1][2])
        else:
            found.append((start, stop, error))
    return found
