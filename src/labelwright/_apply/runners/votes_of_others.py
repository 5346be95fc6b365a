"""Labeling functions that read the votes of others: those others first, each once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelwright._apply.raw_votes import batch_votes
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._errors import LabelwrightError
from labelwright._stops import is_stop
from labelwright._types import ABSTAIN, VoteArray
from labelwright.io.source import RowBlock
from labelwright.lfs import VoteReadingLF


class VoteReadingRunner:
    """Runs one LF that reads votes."""

    __slots__ = ("_lf", "_setting")

    together: ClassVar[bool] = False
    first_rows: ClassVar[int | None] = None
    max_rows: ClassVar[int] = 0

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._lf: VoteReadingLF
        [self._lf] = lfs
        self._setting = setting

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, 1) votes on a block."""
        lf, rows, space = self._lf, block.rows, self._setting.space
        votes = pl.DataFrame([_column(one.name, record.votes_of(one)) for one in lf.needs])
        started = time.perf_counter()
        try:
            raw = record.watched(lf.name, lambda: lf.vote_on(block.frame.clone(), votes, space=space))
        except BaseException as error:
            return self._fault(error, block, record)
        finally:
            add_seconds(record.report.seconds, lf.name, time.perf_counter() - started)
        try:
            own = batch_votes(
                raw, rows=rows, space=space, lf=lf.name, first_row=block.first_row, book=record.weights
            )
        except LabelwrightError:
            raise
        except BaseException as error:  # such as a generator that raises while it is read
            return self._fault(error, block, record)
        return own.reshape(-1, 1)

    def _fault(self, error: BaseException, block: RowBlock, record: Record) -> VoteArray:
        """Record what the LF raised, and return that it abstains on all rows."""
        if is_stop(error):
            raise error
        record.book.record(self._lf.name, block.first_row, error, rows=block.rows)
        return np.full((block.rows, 1), ABSTAIN, dtype=self._setting.space.vote_dtype)

    def close(self) -> None:
        """Do nothing: no file is open."""


def _column(name: str, votes: VoteArray) -> pl.Series:
    column = pl.Series(name, votes, dtype=pl.Int16)
    return column.set(column == ABSTAIN, None)
