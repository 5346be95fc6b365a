"""Python labeling functions: one tight loop over blocks of rows."""

from __future__ import annotations

import keyword
import time
import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar

import numpy as np
import polars as pl

from labelwright._apply.class_weights import WeightBook
from labelwright._apply.held_values import many_values, of_columns
from labelwright._apply.preprocessing import Chains, Failure, Prepared
from labelwright._apply.raw_votes import list_votes
from labelwright._apply.report import add_seconds
from labelwright._apply.runners.protocol import Record, Setting
from labelwright._apply.time_limit import GIVEN_UP, MORE_TIME, limit_of, time_limit
from labelwright._errors import LabelwrightError, SchemaError
from labelwright._exact import picked
from labelwright._stops import OvertimeError, is_stop
from labelwright._text import named
from labelwright._types import ABSTAIN, VoteArray
from labelwright._validate import did_you_mean
from labelwright.io.source import RowBlock
from labelwright.lfs import PythonLF
from labelwright.lfs._values import copied
from labelwright.lfs.row import Row, RowWrittenError, fields_of

CHUNK_ROWS = 4096  # row views that are alive at once: few enough for the processor's caches


@dataclass(frozen=True, slots=True)
class _Step:
    """A Python LF ready to run."""

    lf: PythonLF
    vote: Callable[[Any], Any]
    chain: tuple[str, ...]
    seconds: float


class RowRunner:
    """Runs Python LFs over the rows of blocks, each preprocessor once a row."""

    __slots__ = ("_chains", "_clock", "_late", "_limited", "_prepared", "_setting", "_steps", "_view")

    together: ClassVar[bool] = True
    first_rows: ClassVar[int | None] = 1
    max_rows: ClassVar[int] = CHUNK_ROWS

    def __init__(self, lfs: Sequence[Any], setting: Setting) -> None:
        self._setting = setting
        self._view = row_class(_columns(lfs, setting.schema))
        self._chains = Chains(lfs, setting.memory, watch=setting.watch, timeout=setting.timeout)
        self._steps = [_Step(lf, lf.bound, self._chains.of(lf), limit_of(lf, setting.timeout)) for lf in lfs]
        self._late: Counter[str] = Counter()
        self._limited = any(limit_of(one, setting.timeout) for lf in lfs for one in (lf, *lf.pre))

    def run(self, block: RowBlock, record: Record) -> VoteArray:
        """Return the (rows, LFs) votes on a block."""
        frame = picked(block.frame, self._view.__getters__)
        votes = np.empty((block.rows, len(self._steps)), dtype=self._setting.space.vote_dtype)
        for start in range(0, block.rows, CHUNK_ROWS):
            stop = min(start + CHUNK_ROWS, block.rows)
            columns = frame[start:stop].get_columns()
            with many_values():
                lists = [column.to_list() for column in columns]
                rows = make_rows(self._view, lists, stop - start)
                held = of_columns(columns, lists)
            with time_limit(self._limited) as self._clock:
                prepared = Prepared(self._chains, rows, held, record.report, self._clock)
                self._prepared = prepared
                for j, step in enumerate(self._steps):
                    votes[start:stop, j] = self._vote(step, prepared(step.chain), block, start, record)
                    prepared.note(step.lf.name, step.chain, block.first_row + start)
        return votes

    def close(self) -> None:
        """Close the files of the memory."""
        self._chains.close()

    def _vote(self, step: _Step, rows: list[Any], block: RowBlock, offset: int, record: Record) -> VoteArray:
        started, start = time.perf_counter(), block.first_row + offset
        failed = step.chain and Failure in map(type, rows)
        collect = self._collect_around_failures if failed else self._collect
        raw = record.watched(step.lf.name, lambda: collect(step, rows, start, record))
        record.note(step.lf.name, self._chains.reads(step.chain))
        votes = self._read(step.lf, raw, start, offset, record)
        add_seconds(record.report.seconds, step.lf.name, time.perf_counter() - started)
        return votes

    def _read(self, lf: PythonLF, raw: list[Any], start: int, offset: int, record: Record) -> VoteArray:
        """Return what an LF returned as votes; a value that raises when it is read is a fault."""

        def listed(raw: list[Any], row: int, book: WeightBook, offset: int) -> VoteArray:
            space = self._setting.space
            return list_votes(raw, space=space, lf=lf.name, first_row=row, book=book, offset=offset)

        try:
            return listed(raw, start, record.weights, offset)
        except LabelwrightError:
            raise
        except BaseException as error:
            if is_stop(error):
                raise
        for place, value in enumerate(raw):
            try:
                listed([value], start + place, WeightBook(), 0)
            except LabelwrightError:
                raise
            except BaseException as error:
                if is_stop(error):
                    raise
                record.book.record(lf.name, start + place, error)
                raw[place] = ABSTAIN
        record.weights.drop(lf.name, offset, offset + len(raw))
        return listed(raw, start, record.weights, offset)

    def _collect(self, step: _Step, rows: list[Any], start: int, record: Record) -> list[Any]:
        """Call an LF once a row; `list.extend` keeps what it got before an exception, so that loop is C.

        The iterator stands behind the row that raised, so the next round goes on after it.
        """
        raw: list[Any] = []
        remaining: Iterator[Any] = iter(rows)
        clock = self._clock
        while len(raw) < len(rows):
            if self._late[step.lf.name] >= GIVEN_UP:
                left, row = len(rows) - len(raw), start + len(raw)
                record.book.record(step.lf.name, row, clock.given_up(), rows=left, cure=MORE_TIME)
                return [*raw, *repeat(ABSTAIN, left)]
            failed = -1
            clock.start(step.seconds, raw)
            try:
                raw.extend(map(step.vote, remaining))
                clock.stop()
                if len(raw) < len(rows):
                    raise RuntimeError("it raised StopIteration")
            except RowWrittenError as error:
                clock.stop()
                record.report.note_write(step.lf.name, start + len(raw), f"sets {str(error)!r} of its row")
                self._prepared.restore(step.chain)  # of x.vector += 1 the first half is done
                remaining = map(own_row, rows[len(raw) :])
            except BaseException as error:
                clock.stop()
                if is_stop(error) and not clock.is_over(error):
                    raise
                if isinstance(error, OvertimeError) and len(raw) not in clock.late:
                    remaining = iter(rows[len(raw) :])  # it came late, into the call after the one it ends
                else:
                    failed = len(raw)
                    wrong = clock.fault(error) if failed in clock.late else error
                    self._fault(step.lf, start + failed, wrong, record, rows[failed])
                    raw.append(ABSTAIN)
            self._late[step.lf.name] += len(clock.late)
            for place in set(clock.late) - {failed}:  # its code held back what was to end it
                self._fault(step.lf, start + place, clock.fault(), record, rows[place])
                raw[place] = ABSTAIN
        return raw

    def _collect_around_failures(self, step: _Step, rows: list[Any], start: int, record: Record) -> list[Any]:
        raw: list[Any] = []
        for row, item in enumerate(rows, start=start):
            if isinstance(item, Failure):
                cure = MORE_TIME if isinstance(item.error, OvertimeError) else "mend it"
                via = f"preprocessor {item.step!r}"
                record.book.record(step.lf.name, row, item.error, via=via, cure=cure)
                raw.append(ABSTAIN)
            else:
                raw.extend(self._collect(step, [item], row, record))
        return raw

    def _fault(self, lf: PythonLF, row: int, error: BaseException, record: Record, item: Any) -> None:
        column, held = missing_column(error), list(self._view.__getters__)
        if column is not None:
            data = list(self._setting.schema)
            raise _missing_column(lf.name, row, column, held=held, data=data) from error
        hinted = _with_hint(error, held)
        if isinstance(error, OvertimeError):
            record.book.record(lf.name, row, error, cure=MORE_TIME)
        elif null := _null_columns(lf, hinted, item, held):
            record.book.record(lf.name, row, hinted, cure=_null_cure(null))
        else:
            record.book.record(lf.name, row, hinted)


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
    as any Python object. It has no ``__getattr__``, with which reading would take twice as long. All LFs read
    the same rows, so code that sets a field is given a row of its own instead.
    """

    __slots__ = ()
    __getters__: ClassVar[Mapping[str, Any]] = {}
    __setters__: ClassVar[tuple[Callable[[Any, Any], None], ...]] = ()

    def __init__(self, *values: Any) -> None:
        for set_field, value in zip(self.__setters__, values, strict=True):
            set_field(self, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise RowWrittenError(name)

    def __setitem__(self, name: str, value: object) -> None:
        raise RowWrittenError(name)

    def __delattr__(self, name: str) -> None:
        raise RowWrittenError(name)

    def __reduce__(self) -> tuple[type[Row], tuple[Mapping[str, Any]]]:
        return (Row, (fields_of(self),))  # copies are somebody's own

    def __getitem__(self, column: str) -> Any:
        try:
            return self.__getters__[column](self)
        except KeyError:
            raise MissingColumnError(column) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.__getters__)

    def __len__(self) -> int:
        return len(self.__getters__)

    def __contains__(self, column: object) -> bool:
        return column in self.__getters__

    def __eq__(self, other: object) -> bool:
        return fields_of(other) == fields_of(self) if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Row({fields_of(self)!r})"


class MissingColumnError(KeyError):
    """An LF read a column that its row lacks."""


def row_class(columns: Sequence[str]) -> type[RowView]:
    """Make the class of rows with these columns, called with one value a column; nobody else can set them.

    A column goes before a method of its name: with a column ``items``, ``x.items`` is its value. One whose
    name Python has for itself (``__class__``) is an item only.

    Examples
    --------
    >>> row = row_class(["text", "my column", "items"])("free prizes", 3, "shoes")
    >>> row.text, row["text"], row["my column"], row.items, row.get("other", 0)
    ('free prizes', 'free prizes', 3, 'shoes', 0)
    """
    prefix = "_column_"
    while any(column.startswith(prefix) for column in columns):
        prefix += "_"
    slots = [column if _is_plain(column) else f"{prefix}{index}" for index, column in enumerate(columns)]
    view: type[RowView] = type("Row", (RowView,), {"__slots__": tuple(slots)})
    fields = {column: getattr(view, slot) for column, slot in zip(columns, slots, strict=True)}
    view.__getters__ = {column: field.__get__ for column, field in fields.items()}
    view.__setters__ = tuple(field.__set__ for field in fields.values())
    for column, field in fields.items():
        # Python reads a name in code in its compatibility form: x.\ufb01le is x.file.
        for name in (column, unicodedata.normalize("NFKC", column)):
            if not _is_pythons(name) and (name == column or name not in fields):
                setattr(view, name, field)
    return view


def _is_plain(column: str) -> bool:
    """Say whether a column can be a slot of its own name: one that code can assign to."""
    plain = column.isidentifier() and column.isascii() and not keyword.iskeyword(column)
    return plain and not column.startswith("_")


def _is_pythons(name: str) -> bool:
    return (name.startswith("__") and name.endswith("__")) or name == "_abc_impl"  # of abstract base classes


def make_rows(view: type[RowView], columns: Sequence[Sequence[Any]], count: int) -> list[RowView]:
    """Return one row view a row of the view's columns, perhaps none.

    They are filled column by column, by loops in C: as quick as an ``__init__`` of a row would be.
    """
    rows = list(map(object.__new__, repeat(view, count)))
    for set_field, values in zip(view.__setters__, columns, strict=True):
        deque(map(set_field, rows, values), maxlen=0)
    return rows


def own_row(row: Any) -> Any:
    """Return a row with the same fields that somebody may write into."""
    return Row(copied(dict(fields_of(row)))) if isinstance(row, (RowView, Row)) else row


def missing_column(error: BaseException) -> str | None:
    """Return the column that a row lacked, where that is what the exception says."""
    if isinstance(error, MissingColumnError):
        return str(error.args[0])
    if isinstance(error, AttributeError):
        if isinstance(error.obj, RowView):
            return error.name
        name = getattr(error.obj, "__name__", "")
        if name and error.obj is getattr(Mapping, name, None):  # x.items.lower(): without such a column
            return str(name)
    return None


def _with_hint(error: BaseException, held: Sequence[str]) -> BaseException:
    """Say why a call failed where columns hide methods of rows, as in ``dict(x)`` with a column ``keys``."""
    hidden = [column for column in held if hasattr(Mapping, column)]
    if not hidden or not isinstance(error, TypeError) or "not callable" not in str(error):
        return error
    hint = f"{error} (a column goes before the method of its name: x.{hidden[0]} is the column)"
    return TypeError(hint).with_traceback(error.__traceback__)


def _null_columns(lf: PythonLF, error: BaseException, item: Any, held: Sequence[str]) -> list[str]:
    """Return the columns that are null on a row and that an LF reads, where it failed for that."""
    if "None" not in str(error) or not isinstance(item, RowView):
        return []
    code = getattr(lf.f, "__code__", None)
    read = {*getattr(code, "co_names", held), *getattr(code, "co_consts", ())}
    null = [column for column in held if item[column] is None]
    return [column for column in null if column in read] or null


def _null_cure(columns: Sequence[str]) -> str:
    column = columns[0]
    field = f"x.{column}" if _is_plain(column) else f"x[{column!r}]"
    are = "is" if len(columns) == 1 else "are"
    return f"{named(columns)} {are} null there: begin with `if {field} is None: return None`"


def _missing_column(
    lf: str, row: int, column: str, *, held: Sequence[str], data: Sequence[str]
) -> SchemaError:
    """Say which column an LF read that its row lacked, and what to do."""
    if column in held:
        rest = f', a name that Python has for itself; write x["{column}"]'
    elif column in data:
        rest = f", but it declares other columns; add {column!r} to its columns="
    else:
        rest = f", which the data lack{did_you_mean(column, data)}; columns: {', '.join(data)}"
    return SchemaError.at(f"LF {lf!r} reads column {column!r} at", row, rest, lf=lf, kind="column")
