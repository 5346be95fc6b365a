"""Python labeling functions: one tight loop over blocks of rows."""

from __future__ import annotations

import keyword
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelwright._apply.preprocessing import Chains, Failure
from labelwright._apply.raw_votes import list_votes
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, VoteArray
from labelwright._validate import did_you_mean
from labelwright.io.source import RowBlock
from labelwright.lfs import PythonLF

CHUNK_ROWS = 4096  # row views that are alive at once: few enough for the processor's caches


@dataclass(frozen=True, slots=True)
class _Step:
    """A Python LF ready to run."""

    lf: PythonLF
    vote: Callable[[Any], Any]
    chain: tuple[str, ...]


class RowRunner:
    """Runs Python LFs over the rows of blocks, each preprocessor once a row."""

    __slots__ = ("_chains", "_setting", "_steps", "_view")

    together: ClassVar[bool] = True
    first_rows: ClassVar[int | None] = 1
    max_rows: ClassVar[int] = CHUNK_ROWS

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._setting = setting
        self._view = row_class(_columns(lfs, setting.schema))
        self._chains = Chains(lfs, setting.memory)
        self._steps = [_Step(lf, lf.bound, self._chains.of(lf)) for lf in lfs]

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, LFs) votes on a block."""
        frame = block.frame.select(list(self._view.__getters__))
        votes = np.empty((block.rows, len(self._steps)), dtype=self._setting.space.vote_dtype)
        for start in range(0, block.rows, CHUNK_ROWS):
            stop = min(start + CHUNK_ROWS, block.rows)
            rows = make_rows(self._view, frame[start:stop], stop - start)
            prepared = self._chains.prepare(rows, record.report.preprocessor_seconds)
            for j, step in enumerate(self._steps):
                votes[start:stop, j] = self._vote(step, prepared(step.chain), block.first_row + start, record)
        return votes

    def close(self) -> None:
        """Close the files of the memory."""
        self._chains.close()

    def _vote(self, step: _Step, rows: list[Any], start: int, record: Record) -> VoteArray:
        started = time.perf_counter()
        if step.chain and any(row.__class__ is Failure for row in rows):
            raw = self._collect_around_failures(step, rows, start, record)
        else:
            raw = self._collect(step, rows, start, record)
        votes = list_votes(raw, space=self._setting.space, lf=step.lf.name, first_row=start)
        add_seconds(record.report.seconds, step.lf.name, time.perf_counter() - started)
        return votes

    def _collect(self, step: _Step, rows: list[Any], start: int, record: Record) -> list[Any]:
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
                self._fault(step.lf.name, start + len(raw), error, record)
                raw.append(ABSTAIN)
        return raw

    def _collect_around_failures(self, step: _Step, rows: list[Any], start: int, record: Record) -> list[Any]:
        raw: list[Any] = []
        for row, item in enumerate(rows, start=start):
            if isinstance(item, Failure):
                record.book.record(step.lf.name, row, item.error, via=f"preprocessor {item.step!r}")
                raw.append(ABSTAIN)
            else:
                raw.extend(self._collect(step, [item], row, record))
        return raw

    def _fault(self, lf: str, row: int, error: Exception, record: Record) -> None:
        column = missing_column(error)
        if column is not None:
            held, data = list(self._view.__getters__), list(self._setting.schema)
            raise _missing_column(lf, row, column, held=held, data=data) from error
        record.book.record(lf, row, error)


def _columns(lfs: Sequence[PythonLF], schema: Mapping[str, pl.DataType]) -> list[str]:
    """Return the columns that row views hold: what the LFs and their preprocessors read, or all."""
    read = [lf.columns for lf in lfs] + [step.columns for lf in lfs for step in lf.pre]
    if any(columns is None for columns in read):
        return list(schema)
    wanted = {column for columns in read for column in columns or ()}
    return [column for column in schema if column in wanted]


# --- row views: what a Python labeling function sees of a data point


class RowView(Mapping[str, Any]):
    """A data point with attribute and item access: ``x.text`` is ``x["text"]``.

    `row_class` makes a subclass with one slot a column: about 0.1 microseconds to make and as quick to read
    as any Python object. It has no ``__getattr__``, with which reading would take twice as long.
    """

    __slots__ = ()
    __getters__: ClassVar[Mapping[str, Any]] = {}

    def __getitem__(self, column: str) -> Any:
        try:
            return self.__getters__[column](self)
        except KeyError:
            raise MissingColumnError(column) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.__getters__)

    def __len__(self) -> int:
        return len(self.__getters__)

    def __repr__(self) -> str:
        return f"Row({dict(self)!r})"


class MissingColumnError(KeyError):
    """An LF read a column that its row lacks."""


def row_class(columns: Sequence[str]) -> type[RowView]:
    """Make the class of rows with these columns, called with one value a column.

    A column whose name cannot be an attribute, or is the name of a method of mappings, is an item only.

    Examples
    --------
    >>> row = row_class(["text", "my column"])("free prizes", 3)
    >>> row.text, row["text"], row["my column"], row.get("other", 0)
    ('free prizes', 'free prizes', 3, 0)
    """
    slots = [_slot(column, index) for index, column in enumerate(columns)]
    arguments = [f"value_{index}" for index in range(len(columns))]
    body = "; ".join(f"self.{slot} = {value}" for slot, value in zip(slots, arguments, strict=True)) or "pass"
    made: dict[str, Any] = {}
    # As collections.namedtuple does it: an __init__ of plain assignments is the quickest there is.
    exec(f"def __init__({', '.join(['self', *arguments])}): {body}", {}, made)
    view: type[RowView] = type("Row", (RowView,), {"__slots__": tuple(slots), "__init__": made["__init__"]})
    view.__getters__ = {
        column: getattr(view, slot).__get__ for column, slot in zip(columns, slots, strict=True)
    }
    return view


def _slot(column: str, index: int) -> str:
    plain = column.isidentifier() and not keyword.iskeyword(column) and not column.startswith("_")
    return column if plain and not hasattr(RowView, column) else f"_column_{index}"


def make_rows(view: type[RowView], frame: pl.DataFrame, count: int) -> list[RowView]:
    """Return one row view a row of a frame that has just the view's columns, perhaps none."""
    columns = [column.to_list() for column in frame.get_columns()]
    return list(map(view, *columns)) if columns else [view() for _ in range(count)]


def missing_column(error: Exception) -> str | None:
    """Return the column that a row lacked, where that is what the exception says."""
    if isinstance(error, MissingColumnError):
        return str(error.args[0])
    if isinstance(error, AttributeError) and isinstance(error.obj, RowView):
        return error.name
    return None


def _missing_column(
    lf: str, row: int, column: str, *, held: Sequence[str], data: Sequence[str]
) -> SchemaError:
    """Say which column an LF read that its row lacked, and what to do."""
    if column in data and column not in held:
        rest = f", but it declares other columns; add {column!r} to its columns="
    else:
        rest = f", which the data lack{did_you_mean(column, data)}; columns: {', '.join(data)}"
    return SchemaError.at(f"LF {lf!r} reads column {column!r} at", row, rest, lf=lf, kind="column")
