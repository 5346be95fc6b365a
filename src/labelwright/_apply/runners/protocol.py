"""What a way of running labeling functions has to be able to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar

import polars as pl

from labelwright._apply.class_weights import WeightBook
from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.report import ApplyReport, FaultBook
from labelwright._reads import Reads
from labelwright._types import VoteArray
from labelwright._watch import watching
from labelwright.core import LabelSpace
from labelwright.io.source import RowBlock
from labelwright.lfs import LabelingFunction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same from block to block.

    Attributes
    ----------
    space : LabelSpace
        The classes.
    schema : mapping of str to DataType
        All columns of the data, also those that no LF reads.
    memory : PreprocessorMemory or None
        Where what preprocessors make is kept.
    watch : bool
        Whether it is noted what LFs read beside the rows.
    timeout : float or None
        The seconds that a call may take of code that says nothing of it; None or 0 sets no limit.
    """

    space: LabelSpace
    schema: pl.Schema
    memory: PreprocessorMemory | None = None
    watch: bool = False
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What is noted while LFs run on a block, and the votes of others there.

    Attributes
    ----------
    report : ApplyReport
        Gets times and faults.
    book : FaultBook
        Decides what an exception leads to.
    votes_of : callable
        Gives the votes of any LF on the block; made where they are not there yet.
    weights : WeightBook
        Gets votes that say more than one class.
    reads : dict of str to Reads, or None
        Gets by LF what it reads beside the rows; None where nobody asks.
    """

    report: ApplyReport
    book: FaultBook
    votes_of: Callable[[LabelingFunction], VoteArray]
    weights: WeightBook = field(default_factory=WeightBook)
    reads: dict[str, Reads] | None = None

    def watched(self, lf: str, call: Callable[[], T]) -> T:
        """Return what code of an LF gives, and note what it read beside its arguments."""
        if self.reads is None:
            return call()
        with watching() as seen:
            try:
                return call()
            finally:  # what it read before it raised decides whether it raises again
                self.note(lf, seen.reads)

    def note(self, lf: str, *reads: Reads) -> None:
        """Note what an LF read beside the rows."""
        if self.reads is not None and any(reads):
            self.reads[lf] = self.reads.get(lf, Reads()).joined(*reads)


class Runner(Protocol):
    """Runs labeling functions that say its name as ``runs``.

    Parameters
    ----------
    lfs : sequence of LabelingFunction
        The LFs; one, unless they run together.
    setting : Setting
        The classes and columns.
    """

    together: ClassVar[bool]
    """Whether LFs that run so share a call."""

    first_rows: ClassVar[int | None]
    """How many rows to begin with, where calls grow until they take about a second; None: whole blocks."""

    max_rows: ClassVar[int]
    """How many rows a call gets at most, where calls grow."""

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None: ...

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, LFs) votes on a block, in the type that the classes need."""

    def close(self) -> None:
        """Let go of files."""
