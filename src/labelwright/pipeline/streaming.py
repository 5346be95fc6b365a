"""Rows that come line by line, labeled as they come: ``labelwright predict -``."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, BinaryIO, Final, Protocol

import numpy as np
import polars as pl

from labelwright._errors import DataError, LabelwrightError, ProjectError, SchemaError
from labelwright._text import count, finite, one_line
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean, shorten
from labelwright.io import read_table
from labelwright.io.delimited import separators_in
from labelwright.io.json_files import ESCAPED, json_kind, parsed
from labelwright.io.labeled_rows import beside, most_probable
from labelwright.pipeline.export import label_columns, no_formulas
from labelwright.pipeline.serving import PROBLEM, Predictor, sound

FORMATS: Final = ("jsonl", "csv")
CHUNK_BYTES: Final = 1 << 16


class Wire(Protocol):
    """How rows and answers are written as lines."""

    def rows(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
        """Give the number of the line of each row, and the row, or what is wrong with it."""

    def write(self, rows: list[dict[str, Any]]) -> bytes:
        """Return answers as they are written."""


def serve(
    predictor: Predictor,
    source: BinaryIO,
    sink: BinaryIO,
    *,
    format: str = "jsonl",
    skip_empty: bool = False,
    csv_safe: bool = False,
) -> int:
    """Label rows as they come, until their end; return how many there were.

    What has come is answered before more is waited for, one answer a row in the order of the rows. Each
    answer is the row with its labels beside it. A line that holds no row gets an answer as well: no label,
    and ``problem`` says what is wrong with which line; the next line is read as if nothing had been.

    Parameters
    ----------
    predictor : Predictor
        The end model.
    source, sink : binary file
        Where rows come from and answers go to; `source` has ``read1``.
    format : {"jsonl", "csv"}, default "jsonl"
        Of both: an object a line, or a header and rows. Empty lines are no rows.
    skip_empty : bool, default False
        Leave rows that cannot be judged unanswered.
    csv_safe : bool, default False
        Write CSV that spreadsheets take for no formulas.

    Raises
    ------
    DataError
        At the end, where lines held no rows.
    """
    answers = _Answers(predictor, sink, _wire(format, predictor, csv_safe=csv_safe), skip_empty=skip_empty)
    answers.of(_Lines(source, before_waiting=answers.flush))
    if answers.wrong:
        csv_instead = format == "jsonl" and answers.wrong == answers.rows
        hint = "; if they are CSV, add --format csv" if csv_instead else ""
        raise DataError(
            f"{answers.wrong:,} of {count(answers.rows, 'line')} hold no row that can be labeled, first: "
            f"{answers.first_wrong}{hint}"
        )
    return answers.rows


def _wire(format: str, predictor: Predictor, *, csv_safe: bool) -> Wire:
    if format == "jsonl":
        return _JsonLines()
    if format == "csv":
        return _Csv([*label_columns(predictor.space), PROBLEM], safe=csv_safe)
    hint = did_you_mean(format, FORMATS)
    raise ProjectError(f"format {format!r} is unknown{hint}; choose one of {', '.join(FORMATS)}")


class _Lines:
    """The lines of a stream with their numbers; calls back before it waits for more."""

    def __init__(self, source: BinaryIO, *, before_waiting: Callable[[], object]) -> None:
        self._source, self._before = source, before_waiting

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        waiting: deque[bytes] = deque()
        rest, number = b"", 0
        while True:
            while waiting:
                number += 1
                line = waiting.popleft()
                yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            self._before()
            data = self._source.read1(CHUNK_BYTES)  # type: ignore[attr-defined]
            if not data:
                break
            *whole, rest = (rest + data).split(b"\n")
            waiting.extend(whole)
        if rest:
            yield number + 1, rest


@dataclass(slots=True, eq=False)
class _Answers:
    """Labels rows in batches: as many as have come."""

    predictor: Predictor
    sink: BinaryIO
    wire: Wire
    skip_empty: bool
    rows: int = 0
    wrong: int = 0
    first_wrong: str = ""
    _batch: list[tuple[int, dict[str, Any] | str]] = field(default_factory=list)
    _names: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def of(self, lines: _Lines) -> None:
        """Answer every row of the lines."""
        for numbered in self.wire.rows(iter(lines)):
            self._batch.append(numbered)
        self.flush()

    def flush(self) -> None:
        """Answer what has come."""
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        self.rows += len(batch)
        self.sink.write(self.wire.write([one for one in self._answered(batch) if one is not None]))
        self.sink.flush()

    def _answered(self, batch: list[tuple[int, dict[str, Any] | str]]) -> Iterator[dict[str, Any] | None]:
        outcomes = iter(_outcomes(self.predictor, [row for _, row in batch if isinstance(row, dict)]))
        for number, row in batch:
            outcome = next(outcomes) if isinstance(row, dict) else row
            if isinstance(outcome, str):
                problem = f"line {number}: {outcome}"
                self.wrong, self.first_wrong = self.wrong + 1, self.first_wrong or problem
                outcome = _Outcome(None, problem)
            if self.skip_empty and outcome.probabilities is None:
                yield None
            else:
                yield self._beside(row if isinstance(row, dict) else {}, outcome)

    def _beside(self, row: dict[str, Any], outcome: _Outcome) -> dict[str, Any]:
        space = self.predictor.space
        keys = tuple(row)
        if keys not in self._names:
            self._names[keys] = beside([*label_columns(space), PROBLEM], keys)
        found = outcome.probabilities
        if found is None:
            values: list[Any] = [None] * (2 + len(space))
        else:
            best = int(most_probable(found[None, :])[0])
            values = [None if best < 0 else space.names[best], float(found.max()), *found.tolist()]
        return {**row, **dict(zip(self._names[keys].values(), [*values, outcome.problem], strict=True))}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the end model says of a row: probabilities, or why there are none."""

    probabilities: FloatArray | None
    problem: str | None = None


def _outcomes(predictor: Predictor, rows: list[dict[str, Any]]) -> list[_Outcome | str]:
    """Return what the end model says of rows; an error, where one fails it, is of that row alone."""
    if not rows:
        return []
    try:
        return list(_together(predictor, rows))
    except LabelwrightError as error:
        if len(rows) == 1:
            return [one_line(error)]
    return [_outcomes(predictor, [row])[0] for row in rows]


def _together(predictor: Predictor, rows: list[dict[str, Any]]) -> Iterator[_Outcome]:
    prepared, origin = predictor.prepare(_frame(predictor, rows))
    if prepared.height != len(rows):
        raise ProjectError(
            f"prepare made {count(prepared.height, 'row')} of {len(rows)}; to label rows as they come, it "
            "must make one of each: label a file instead"
        )
    probabilities, problems = predictor.model.judged(prepared)
    order = np.arange(len(rows)) if origin is None else np.argsort(origin)
    for row in order:
        yield _Outcome(None if problems[row] else probabilities[row], problems[row])


def _frame(predictor: Predictor, rows: list[dict[str, Any]]) -> pl.DataFrame:
    if predictor.prepared:
        return read_table([{name: _sounder(value) for name, value in row.items()} for row in rows])
    columns: dict[str, list[Any]] = {}
    for column in predictor.columns:
        for row in rows:
            if column not in row:
                hint = did_you_mean(column, row) or f"; it has {shorten(list(row))}"
                raise SchemaError(f"the row has no {column!r}, which the end model learned from{hint}")
        read = _text if predictor.model.features.as_text else _number
        columns[column] = [read(column, row[column]) for row in rows]
    return read_table(columns)


def _text(column: str, value: Any) -> str | None:
    if isinstance(value, (dict, list)):
        raise SchemaError(f"{column!r} is {json_kind(value)}; expected a text")
    if isinstance(value, bool):
        return json.dumps(value)
    return None if value is None else sound(str(value))


def _number(column: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_number(column, item) for item in value]
    if isinstance(value, dict):
        raise SchemaError(f"{column!r} is a JSON object; expected a number")
    if isinstance(value, str):
        try:
            return float(value) if value.strip() else None
        except ValueError:
            raise SchemaError(f"{column!r} is {value!r:.40}; expected a number") from None
    return float(value) if isinstance(value, (bool, int)) and abs(value) < 2**1000 else value


def _sounder(value: Any) -> Any:
    return sound(value) if isinstance(value, str) else value


class _JsonLines:
    """An object a line, and an object as the answer."""

    def rows(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
        for number, line in lines:
            if line.strip():
                yield number, _parsed(line)

    def write(self, rows: list[dict[str, Any]]) -> bytes:
        return b"".join(map(_dumped, rows))


def _parsed(line: bytes) -> dict[str, Any] | str:
    try:
        # Python writes NaN, which is no JSON, for a number that is missing.
        value = finite(parsed(line.decode(), "it", halves=True))
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    except DataError as error:
        return one_line(error)
    return value if isinstance(value, dict) else f"it holds {json_kind(value)}, not an object"


def _dumped(row: dict[str, Any]) -> bytes:
    plain = finite(row)
    try:
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
        return text.translate(LINE_ENDS).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can say
        return json.dumps(plain, allow_nan=False).encode() + b"\n"


LINE_ENDS: Final = {ord(mark): f"\\u{ord(mark):04x}" for mark in ESCAPED}


def _separator(head: str) -> tuple[str, str]:
    """Return what separates the fields, as Excel's first line says or the header shows, and the header."""
    if said := re.fullmatch(r"sep=(.)\r?\n", head, re.IGNORECASE):
        return said[1], ""
    return next(iter(separators_in(head)), ","), head


class _Csv:
    """A header, then a row a line; fields may hold quoted line ends."""

    def __init__(self, labels: list[str], *, safe: bool) -> None:
        self._labels, self._safe = labels, safe
        self._header: list[str] | None = None
        self._written = False

    def rows(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, dict[str, Any] | str]]:
        self._number = 0
        texts = self._texts(lines)
        head = next((text for text in texts if text.strip()), "")
        mark, head = _separator(head)
        reader = csv.reader(chain([head] if head else [], texts), delimiter=mark, strict=False)
        csv.field_size_limit(1 << 30)
        first = 1
        while True:
            try:
                fields = next(reader, None)
            except csv.Error as error:
                told = "quoted" if "quote" in str(error) else "closed by a line feed"
                yield first, f"it is no valid CSV: a field is not {told}"
                continue
            if fields is None:
                return
            if self._header is None and fields:
                self._header = self._checked(fields)
            elif fields and self._header is not None:
                yield first, self._row(fields)
            first = self._number + 1

    def _texts(self, lines: Iterator[tuple[int, bytes]]) -> Iterator[str]:
        for self._number, line in lines:
            yield line.decode("utf-8", errors="surrogateescape") + "\n"

    def _checked(self, header: list[str]) -> list[str]:
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise DataError(f"the header has several columns named {', '.join(twice)}; rename all but one")
        return header

    def _row(self, fields: list[str]) -> dict[str, Any] | str:
        assert self._header is not None
        if len(fields) > len(self._header):
            return f"it has {len(fields)} fields, and the header {len(self._header)}"
        if any("\udc80" <= mark <= "\udcff" for value in fields for mark in value):
            return "it is not UTF-8 text"
        return dict.fromkeys(self._header, "") | dict(zip(self._header, fields, strict=False))

    def write(self, rows: list[dict[str, Any]]) -> bytes:
        header = self._header or []
        names = [*header, *beside(self._labels, header).values()]
        columns = {name: [row.get(name) for row in rows] for name in names}
        frame = pl.DataFrame(
            {name: [None if value == "" else value for value in held] for name, held in columns.items()}
        )
        frame = frame.with_columns(pl.col(pl.Null).cast(pl.String))
        shown = no_formulas(frame) if self._safe else frame
        first, self._written = not self._written, True
        return shown.write_csv(include_header=first).encode()
