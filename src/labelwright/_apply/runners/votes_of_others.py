"""Labeling functions that read the votes of others: those others first, each once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from labelwright._apply.raw_votes import batch_votes
from labelwright._apply.report import ApplyReport, FaultBook
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace
from labelwright.lfs import LabelingFunction, VoteReadingLF


class VoteReader:
    """Runs LFs that read votes, and knows the votes that are there.

    Parameters
    ----------
    frame : polars.DataFrame
        All rows.
    space : LabelSpace
        The classes.
    known : mapping of str to votes
        Votes on all rows by the fingerprints of their LFs.
    run : callable
        Gives the votes of an LF of any other kind on all rows.
    report, book : ApplyReport, FaultBook
        Get times and faults.
    """

    __slots__ = ("_book", "_frame", "_known", "_report", "_run", "_space")

    def __init__(
        self,
        frame: pl.DataFrame,
        *,
        space: LabelSpace,
        known: Mapping[str, VoteArray],
        run: Callable[[LabelingFunction], VoteArray],
        report: ApplyReport,
        book: FaultBook,
    ) -> None:
        self._frame, self._space, self._run = frame, space, run
        self._known = dict(known)
        self._report, self._book = report, book

    def votes(self, lf: LabelingFunction) -> VoteArray:
        """Return the votes of an LF on all rows; made where they are not known."""
        fingerprint = lf.fingerprint
        if fingerprint not in self._known:
            self._known[fingerprint] = self._read(lf) if isinstance(lf, VoteReadingLF) else self._run(lf)
        return self._known[fingerprint]

    def _read(self, lf: VoteReadingLF) -> VoteArray:
        votes = pl.DataFrame([_column(one.name, self.votes(one)) for one in lf.of])
        rows, started = self._frame.height, time.perf_counter()
        try:
            raw = lf.vote_on(self._frame, votes, space=self._space)
        except Exception as error:
            self._book.record(lf.name, 0, error, rows=rows)
            return np.full(rows, ABSTAIN, dtype=self._space.vote_dtype)
        finally:
            seconds = self._report.seconds
            seconds[lf.name] = seconds.get(lf.name, 0.0) + time.perf_counter() - started
        return batch_votes(raw, rows=rows, space=self._space, lf=lf.name, first_row=0)


def _column(name: str, votes: VoteArray) -> pl.Series:
    column = pl.Series(name, votes, dtype=pl.Int16)
    return column.set(column == ABSTAIN, None)
