"""Python labeling functions: one tight loop over blocks of rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.plan import Plan
from labelwright._apply.preprocessing import Chains, Failure
from labelwright._apply.raw_votes import list_votes
from labelwright._apply.report import ApplyReport, FaultBook
from labelwright._apply.runners.row_views import (
    RowView,
    make_rows,
    missing_column,
    missing_column_message,
    row_class,
)
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace
from labelwright.lfs import PythonLF


@dataclass(frozen=True, slots=True)
class _Step:
    """A Python LF ready to run."""

    lf: PythonLF
    vote: Callable[[Any], Any]
    chain: tuple[str, ...]


class RowwiseRunner:
    """Runs the Python LFs of a plan over consecutive rows.

    Parameters
    ----------
    plan : Plan
        Gives the LFs and the classes.
    frame : polars.DataFrame
        The data with at least the columns that the LFs read.
    columns : sequence of str
        All columns of the data, for messages.
    report, book : ApplyReport, FaultBook
        Get times and faults.
    memory : PreprocessorMemory, optional
        Keeps what preprocessors make.
    """

    __slots__ = ("_book", "_chains", "_data", "_frame", "_report", "_space", "_steps", "_view")

    def __init__(
        self,
        plan: Plan,
        frame: pl.DataFrame,
        *,
        columns: Sequence[str],
        report: ApplyReport,
        book: FaultBook,
        memory: PreprocessorMemory | None = None,
    ) -> None:
        self._space: LabelSpace = plan.space
        self._report, self._book = report, book
        self._data = columns
        self._view: type[RowView] = row_class(plan.view_columns(frame.schema))
        self._frame = frame.select(list(self._view.__getters__))
        self._chains = Chains(plan.rowwise, memory)
        self._steps = [_Step(lf, lf.bound, self._chains.of(lf)) for lf in plan.rowwise]

    def close(self) -> None:
        """Close the files of the memory."""
        self._chains.close()

    def run(self, start: int, stop: int, advance: Callable[[int], None]) -> VoteArray:
        """Return the (stop - start, Python LFs) votes of the rows start..stop-1."""
        rows = make_rows(self._view, self._frame[start:stop], stop - start)
        prepared = self._chains.prepare(rows, self._report.preprocessor_seconds)
        votes = np.empty((stop - start, len(self._steps)), dtype=self._space.vote_dtype)
        for j, step in enumerate(self._steps):
            votes[:, j] = self._vote(step, prepared(step.chain), start)
            advance(stop - start)
        return votes

    def _vote(self, step: _Step, rows: list[Any], start: int) -> VoteArray:
        started = time.perf_counter()
        if step.chain and any(row.__class__ is Failure for row in rows):
            raw = self._collect_around_failures(step, rows, start)
        else:
            raw = self._collect(step, rows, start)
        votes = list_votes(raw, space=self._space, lf=step.lf.name, first_row=start)
        seconds = self._report.seconds
        seconds[step.lf.name] = seconds.get(step.lf.name, 0.0) + time.perf_counter() - started
        return votes

    def _collect(self, step: _Step, rows: list[Any], start: int) -> list[Any]:
        """Call an LF once a row; `list.extend` keeps what it got before an exception, so that loop is C.

        The iterator stands behind the row that raised, so the next round goes on after it.
        """
        raw: list[Any] = []
        remaining = iter(rows)
        while len(raw) < len(rows):
            try:
                raw.extend(map(step.vote, remaining))
                if len(raw) < len(rows):
                    raise RuntimeError("it raised StopIteration")
            except Exception as error:
                self._fault(step.lf.name, start + len(raw), error)
                raw.append(ABSTAIN)
        return raw

    def _collect_around_failures(self, step: _Step, rows: list[Any], start: int) -> list[Any]:
        raw: list[Any] = []
        for row, item in enumerate(rows, start=start):
            if isinstance(item, Failure):
                self._book.record(step.lf.name, row, item.error, via=f"preprocessor {item.step!r}")
                raw.append(ABSTAIN)
            else:
                raw.extend(self._collect(step, [item], row))
        return raw

    def _fault(self, lf: str, row: int, error: Exception) -> None:
        column = missing_column(error)
        if column is not None:
            message = missing_column_message(
                lf, row, column, held=list(self._view.__getters__), data=self._data
            )
            raise SchemaError(message) from error
        self._book.record(lf, row, error)
