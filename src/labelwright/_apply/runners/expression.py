"""Declarative labeling functions: all of them in one lazy polars select."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import polars as pl

from labelwright._apply.class_weights import vector_vote
from labelwright._apply.raw_votes import UnnamedClasses, checked
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._errors import LabelingFunctionError
from labelwright._stops import is_stop
from labelwright._text import first_line
from labelwright._types import ABSTAIN, VoteArray
from labelwright.core import LabelSpace
from labelwright.io.source import RowBlock
from labelwright.lfs import ExpressionLF
from labelwright.lfs._fingerprint.data import holds_functions
from labelwright.lfs._phrase_lf import shared_searches

INTERRUPT: Final = KeyboardInterrupt.__name__
ENGINE: Final = (
    "streaming"  # over 1e6 short texts and ten LFs as quick as the in-memory engine, in less memory
)


class ExpressionRunner:
    """Runs declarative LFs; the time is shared equally among them."""

    __slots__ = ("_code", "_lfs", "_space")

    together: ClassVar[bool] = True
    first_rows: ClassVar[int | None] = None
    max_rows: ClassVar[int] = 0

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._lfs: Sequence[ExpressionLF] = lfs
        self._space = setting.space
        self._code = {lf.name for lf in self._lfs if setting.watch and holds_code(lf, setting.space)}

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, LFs) votes on a block."""
        started = time.perf_counter()
        votes = self._as_array(self._select(block, record), block)
        for j, lf in enumerate(self._lfs):
            if isinstance(classes := getattr(lf, "vote", None), tuple):
                self._vote_set(lf.name, classes, votes[:, j], record)
        share = (time.perf_counter() - started) / len(self._lfs)
        for lf in self._lfs:
            add_seconds(record.report.seconds, lf.name, share)
        return votes

    def close(self) -> None:
        """Do nothing: no file is open."""

    def _vote_set(self, lf: str, classes: tuple[int | str, ...], votes: VoteArray, record: Record) -> None:
        """Let an LF vote for a set of classes where its expression gives the first of them."""
        rows = np.flatnonzero(votes != ABSTAIN)
        marks: Any = vector_vote(
            frozenset(classes), self._space, named=not isinstance(self._space, UnnamedClasses)
        )
        record.weights.add(lf, rows, np.tile(marks, (len(rows), 1)))
        votes[rows] = ABSTAIN

    def _select(self, block: RowBlock, record: Record) -> Mapping[str, pl.Series]:
        ascii_only = self._ascii_columns(block.frame)
        lfs = [lf for lf in self._lfs if lf.name not in self._code]
        shared = shared_searches(lfs)
        together = {lf.name for one in shared for lf in one.lfs}
        structs = [one.votes(self._space).alias(f"\0{place}") for place, one in enumerate(shared)]
        try:
            expressions = [
                lf.expr_on_ascii(self._space)
                if ascii_only.issuperset(lf.columns or ("",))
                else lf.expr(self._space)
                for lf in lfs
                if lf.name not in together
            ]
            table = block.frame.lazy().select(expressions + structs).collect(engine=ENGINE)
        except BaseException as error:  # an expression may hold Python code, so any; each LF is tried alone
            if is_stop(error) and not _may_be_of_code(error):
                raise
            columns = {lf.name: self._alone(lf, block, record) for lf in self._lfs}
            if is_stop(error) and not any(INTERRUPT in fault.error for fault in record.report.faults):
                raise  # none raises it again
            return columns
        table = table.unnest([f"\0{place}" for place in range(len(shared))])
        columns = {column.name: column for column in table.get_columns()}
        return columns | self._watched(block, record)

    def _watched(self, block: RowBlock, record: Record) -> dict[str, pl.Series]:
        """Return the votes of LFs with Python code in their expressions, each run by itself."""
        found = {}
        for lf in self._lfs:
            if lf.name in self._code:
                found[lf.name] = record.watched(lf.name, partial(self._alone, lf, block, record))
        return found

    def _ascii_columns(self, frame: pl.DataFrame) -> frozenset[str]:
        """Return the texts in memory that are all ASCII: 8 ms for 1e6 short ones, a 50th of a select."""
        read = {name for lf in self._lfs for name in lf.columns or ()}
        texts = [one for one in frame.get_columns() if one.name in read and one.dtype == pl.String]
        return frozenset(text.name for text in texts if (text.str.len_bytes() == text.str.len_chars()).all())

    def _alone(self, lf: ExpressionLF, block: RowBlock, record: Record) -> pl.Series:
        """Return the votes of an LF, or its fault."""
        table = block.frame
        try:
            return lf.select(table, self._space).to_series()
        except BaseException as one:
            if is_stop(one) and not _may_be_of_code(one):
                raise
            error = one
        row = _first_failing_row(lf, self._space, table)
        again = _failure(lf, self._space, table[row : row + 1])
        if again is None and is_stop(error):
            raise error
        error = again or error
        row += block.first_row
        if isinstance(error, LabelingFunctionError):  # polars made it anew, with its text alone
            rest = f": {first_line(error).removeprefix(f'LF {lf.name!r} at row 0: ')}"
            who = f"LF {lf.name!r} votes wrongly at"
            raise LabelingFunctionError.at(who, row, rest, lf=lf.name, kind="vote") from None
        record.book.record(lf.name, row, error, rows=table.height)
        return pl.Series(lf.name, np.full(table.height, ABSTAIN, dtype=np.int16))

    def _as_array(self, table: Mapping[str, pl.Series], block: RowBlock) -> VoteArray:
        rows = block.rows
        votes = np.empty((rows, len(self._lfs)), dtype=self._space.vote_dtype)
        for j, lf in enumerate(self._lfs):
            column = table[lf.name]
            column = (
                column.fill_null(ABSTAIN) if column.null_count() else column
            )  # a query of its own a column
            if len(column) != rows:
                raise LabelingFunctionError(
                    f"LF {lf.name!r} gave {len(column)} votes for {rows} rows; its expression must give one "
                    "a row"
                )
            votes[:, j] = checked(column.to_numpy(), space=self._space, lf=lf.name, first_row=block.first_row)
        return votes


def holds_code(lf: ExpressionLF, space: LabelSpace) -> bool:
    """Say whether Python code may run where an LF's expression does.

    Examples
    --------
    >>> from labelwright.lfs import expression
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> short = expression("short", pl.col("text").str.len_chars() < 9, vote=0)
    >>> code = expression("code", pl.col("text").map_elements(bool, return_dtype=pl.Boolean), vote=0)
    >>> holds_code(short, space), holds_code(code, space)
    (False, True)
    """
    given = getattr(lf, "predicate", None)
    if not isinstance(given, pl.Expr):
        if type(lf).__module__.startswith("labelwright."):  # kinds of ours are made of words and numbers
            return False
        given = lf.expr(space)
    return holds_functions(given)


def _first_failing_row(lf: ExpressionLF, space: LabelSpace, table: pl.DataFrame) -> int:
    """Return the row at which an expression that looks at rows by themselves fails first."""
    good, bad = 0, table.height
    while bad - good > 1:
        middle = (good + bad) // 2
        if _failure(lf, space, table[good:middle]) is None:
            good = middle
        else:
            bad = middle
    return good


def _failure(lf: ExpressionLF, space: LabelSpace, table: pl.DataFrame) -> BaseException | None:
    try:
        table.select(lf.expr(space))
    except BaseException as error:
        if is_stop(error) and not _may_be_of_code(error):
            raise
        return error
    return None


def _may_be_of_code(error: BaseException) -> bool:
    """Say whether an interrupt may be raised by Python code in an expression: polars says in which it came.

    It does not say whether somebody pressed Ctrl-C meanwhile; whether it comes again does.
    """
    return isinstance(error, KeyboardInterrupt) and bool(str(error))
