"""CSV and its siblings as tables: where rows and fields are, and which types their texts have."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from labelwright._errors import DataError, DataWarning, warn_user
from labelwright._text import count
from labelwright._types import IntArray
from labelwright._validate import duplicates, shorten
from labelwright.io.file_content import decoded, utf8

_QUOTE, _LF, _CR = b'"\n\r'
SEPARATORS: Final = (",", ";", "\t", "|")
_SEPARATOR_LINE: Final = re.compile(rb'sep=([^\r\n"])\r?\n', re.IGNORECASE)

# --- what a text without quotation marks stands for. Digits with a zero before them are names, not numbers;
# so is 12e4, which is as likely the beginning of a hash: every tool that writes numbers signs exponents or
# writes a point somewhere in the column.

_BLANKS: Final = "[ \t]*"
_WHOLE: Final = "-?(?:0|[1-9][0-9]*)"
_POINTED: Final = r"-?(?:(?:0|[1-9][0-9]*)?\.[0-9]+|(?:0|[1-9][0-9]*)\.)"
_NOT_FINITE: Final = "NaN|nan|-?inf|-?Infinity"
WHOLE: Final = f"^{_BLANKS}{_WHOLE}{_BLANKS}$"
NUMBER: Final = f"^{_BLANKS}(?:(?:{_POINTED}|{_WHOLE})(?:[eE][+-]?[0-9]+)?|{_NOT_FINITE}){_BLANKS}$"
PLAIN_NUMBER: Final = (
    rf"^{_BLANKS}(?:(?:{_POINTED})(?:[eE][+-]?[0-9]+)?|{_WHOLE}[eE][+-][0-9]+|{_NOT_FINITE}){_BLANKS}$"
)
TRUTH: Final = f"^{_BLANKS}(?:true|false|True|False|TRUE|FALSE){_BLANKS}$"
_LONG: Final = "^[ \t]*-?[0-9]{16,}[ \t]*$"  # beyond 2**53 a fraction no longer tells whole numbers apart


def read_delimited(
    content: bytes,
    name: str,
    separator: str,
    *,
    as_text: Collection[str] = (),
    blank_rows: bool = False,
) -> pl.DataFrame:
    r"""Make a table of a delimited text.

    Parameters
    ----------
    content : bytes
        What the file holds.
    name : str
        The file's name, for messages.
    separator : str
        What separates fields, unless the text shows that another does.
    as_text : collection of str
        Columns that stay text as it stands there, also where all of it is numbers.
    blank_rows : bool, default False
        Whether there is one column, of which blank lines are rows of null.

    Raises
    ------
    DataError
        The text is not UTF-8 or UTF-16, a quoted field is not closed or goes on after its end, a row has
        more fields than the header, or two columns have one name. All but the last name the line.

    Notes
    -----
    Blank lines are no rows; an empty field is null and ``""`` an empty text. A column with a quoted field is
    text, but in files that quote everything. Cost: two passes in numpy beside polars' own; where quotation
    marks stand bare inside fields, one in Python.

    Examples
    --------
    >>> read_delimited(b"id,n,zip\n7,1.5,01067\n\n8,,10115\n", "t.csv", ",").rows()
    [(7, 1.5, '01067'), (8, None, '10115')]
    """
    text = utf8(content, name)
    said = _SEPARATOR_LINE.match(text)
    first_line = 2 if said else 1
    text = _plain_line_ends((text[said.end() :] if said else text).rstrip(b"\x1a"))  # as DOS ended files
    if not text.strip():
        raise DataError(f"{name!r} holds no lines; expected a header and at least one row")
    if text.lstrip().startswith((b'{"', b'[{"')):  # as no header begins, or a CSV file in quotation marks
        raise DataError(
            f"cannot read {name!r} as CSV: it holds JSON; name it .jsonl, or .json where it is one list"
        )
    marks = [said[1].decode("latin-1")] if said else _marks(text, separator)
    if blank_rows:
        return _of_one_column(text, name, first_line)
    return _typed(_grid(text, name, marks, first_line), name, frozenset(as_text))


def _of_one_column(text: bytes, name: str, first_line: int) -> pl.DataFrame:
    """Return a table of one column with a row of null for each blank line behind the header."""
    rows = list(_scan(decoded(text.lstrip(b"\r\n"), name), "\0", name, first_line))
    values = pl.Series([row.fields[0] for row in rows[1:]], dtype=pl.String)
    return pl.DataFrame(
        {rows[0].fields[0] or "": values if any(row.quoted for row in rows) else typed_texts(values)}
    )


def _plain_line_ends(text: bytes) -> bytes:
    r"""Turn ``\r\r\n``, which text mode on Windows makes of ``\r\n``, back."""
    doubled = text.count(b"\r\r\n")
    return text.replace(b"\r\r\n", b"\r\n") if doubled and doubled == text.count(b"\n") else text


def _marks(text: bytes, separator: str) -> list[str]:
    """Return what may separate fields: what stands in the header, else what the file's name says."""
    head = re.match(rb"\s*([^\r\n]*)", text)
    found = separators_in(head[1].decode("utf-8", errors="replace") if head else "")
    others = [mark for mark in found if mark != separator]
    return [separator, *others] if separator in found else [*others, separator]


def separators_in(header: str) -> list[str]:
    """Return which marks may separate the fields of a header, the likeliest first.

    Examples
    --------
    >>> separators_in('"name, first";text'), separators_in("text")
    ([';'], [])
    """
    bare = re.sub(r'"[^"]*"', "", header)
    return [mark for mark in SEPARATORS if mark in bare]


class _Grid(NamedTuple):
    """Names and raw texts of the columns, and which of them hold quoted fields.

    Columns of no name are those with an empty header, which is not quoted.
    """

    names: list[str]
    texts: pl.DataFrame
    nameless: frozenset[int]
    quoted: frozenset[int]


class _Row(NamedTuple):
    """The line on which a row begins, its fields, None where nothing stands, and which are quoted."""

    line: int
    fields: list[str | None]
    quoted: list[int]


def _grid(text: bytes, name: str, marks: list[str], first_line: int) -> _Grid:
    """Lay the text out by the mark that makes rows of one width of it, else by one that leaves some short."""
    wrong: list[DataError] = []
    short: list[_Layout] = []
    for mark in marks:
        try:
            layout = _Layout.of(text, mark, name, first_line) or _Scanned.of(text, mark, name, first_line)
            layout.check_long()
        except DataError as error:
            wrong.append(error)
            continue
        if not layout.short_rows().size:
            return layout.grid()
        short.append(layout)
    if not short:
        raise wrong[0]
    short[0].tell_short()
    return short[0].grid()


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Where the rows of a text are that quotes by the book, found by numpy; polars reads their fields.

    Attributes
    ----------
    text : bytes
        The text, rows ended by line feeds.
    mark, name, first_line : str, str, int
        What separates fields, the file's name, and the number of the text's first line in it.
    starts, stops : (n,) int64
        Where each row begins, and where it ends before its line end; blank rows are left out.
    widths : (n,) int64
        Its fields.
    numbers : (n,) int64
        Its number among all rows.
    quoted_at : int64
        Where quoted fields begin.
    marks_at : int64
        Where separators are.
    """

    text: bytes
    mark: str
    name: str
    first_line: int
    starts: IntArray
    stops: IntArray
    widths: IntArray
    numbers: IntArray
    quoted_at: IntArray
    marks_at: IntArray

    @classmethod
    def of(cls, text: bytes, mark: str, name: str, first_line: int) -> _Layout | None:
        """Find rows and fields; None where quotation marks or carriage returns are used otherwise."""
        if len(mark.encode()) > 1:
            return None
        signs = np.frombuffer(text, dtype=np.uint8)
        separator = ord(mark)
        quotes = np.flatnonzero(signs == _QUOTE)
        opened = _opening_quotes(signs, quotes, separator)
        if opened is None:
            return None

        def outside(sign: int) -> IntArray:
            at = np.flatnonzero(signs == sign)
            return at[np.searchsorted(quotes, at) % 2 == 0] if len(quotes) else at

        ends, returns = outside(_LF), outside(_CR)
        if len(returns) and len(ends) == 0:  # as old Macs ended lines
            ended = bytearray(text)
            np.frombuffer(ended, dtype=np.uint8)[returns] = _LF
            return cls.of(bytes(ended), mark, name, first_line)
        if np.any(signs[np.minimum(returns + 1, len(signs) - 1)] != _LF):
            return None
        if len(ends) == 0 or ends[-1] != len(signs) - 1:
            ends = np.append(ends, len(signs))
        starts = np.append(0, ends[:-1] + 1)
        stops = ends - ((ends > starts) & (signs[np.maximum(ends - 1, 0)] == _CR))
        marks_at = outside(separator)
        bounds = np.searchsorted(marks_at, np.append(starts, len(signs)))
        widths = np.diff(bounds) + 1
        kept = stops > starts
        alone = np.flatnonzero(kept & (widths == 1)) if widths[kept][:1] != 1 else np.array([], dtype=int)
        kept[[row for row in alone if not text[starts[row] : stops[row]].strip()]] = False
        numbers = np.flatnonzero(kept)
        starts, stops, widths = starts[kept], stops[kept], widths[kept]
        return cls(text, mark, name, first_line, starts, stops, widths, numbers, opened, marks_at)

    def line(self, row: int) -> int:
        """Return the number of the line on which a row begins."""
        before = self.text[: int(self.starts[row])]
        return self.first_line + before.count(b"\n")

    def check_long(self) -> None:
        """Raise for a row of more fields than the header."""
        if (long := np.flatnonzero(self.widths > self.widths[0])).size:
            row = int(long[0])
            raise DataError(
                f"{self.name!r} line {self.line(row)}: {count(int(self.widths[row]), 'field')} where the "
                f"header names {self.widths[0]}; quote fields that hold the separator {self.mark!r}, or name "
                "every column"
            )

    def short_rows(self) -> IntArray:
        """Return rows of fewer fields than the header."""
        return np.flatnonzero(self.widths < self.widths[0])

    def tell_short(self) -> None:
        """Warn of rows of fewer fields than the header."""
        rows = self.short_rows()
        first = int(rows[0])
        warn_user(
            f"{self.name!r}: {count(len(rows), 'row')} with fewer fields than the header, first line "
            f"{self.line(first)} with {self.widths[first]} of {self.widths[0]}; what they lack is null (a "
            "line break inside a text must be quoted)",
            DataWarning,
        )

    def header(self) -> _Row:
        """Return the first row."""
        row = decoded(self.text[int(self.starts[0]) : int(self.stops[0])], self.name)
        return next(_scan(row, self.mark, self.name, self.first_line))

    def grid(self) -> _Grid:
        """Let polars read the fields."""
        header = self.header()
        names = [f"{position}" for position in range(len(header.fields))]
        try:
            texts = pl.read_csv(
                self._rows(),
                has_header=False,
                new_columns=names,
                separator=self.mark,
                quote_char='"' if len(self.quoted_at) else None,
                infer_schema=False,
                truncate_ragged_lines=False,
            )
        except pl.exceptions.PolarsError as error:
            decoded(self.text, self.name)
            raise DataError(f"cannot read {self.name!r} as CSV; write it with quoted fields") from error
        if texts.shape != (
            len(self.starts),
            len(names),
        ):  # polars and this file are to agree on what a row is
            scanned = _Scanned.of(self.text, self.mark, self.name, self.first_line)
            scanned.check_long()
            return scanned.grid()
        return _as_grid(header, texts[1:], self._quoted_columns(header, texts))

    def _rows(self) -> bytes:
        """Return the text without its blank rows."""
        if not len(blank := np.flatnonzero(np.diff(self.numbers) > 1)) and self._no_blank_ends():
            return self.text
        first, last = [0, *(blank + 1).tolist()], [*blank.tolist(), len(self.starts) - 1]
        spans = zip(self.starts[first].tolist(), self.stops[last].tolist(), strict=True)
        parts = [self.text[start:stop] for start, stop in spans]
        return b"\n".join(parts)

    def _no_blank_ends(self) -> bool:
        return bool(self.starts[0] == 0 and len(self.text) - self.stops[-1] < 2)

    def _quoted_columns(self, header: _Row, texts: pl.DataFrame) -> frozenset[int]:
        at = self.quoted_at[self.quoted_at > self.stops[0]]
        if not len(at):
            return frozenset()
        rows = np.searchsorted(self.starts, at, side="right") - 1
        marks_before = np.searchsorted(self.marks_at, self.starts)
        columns = np.searchsorted(self.marks_at, at) - marks_before[rows]
        filled = sum(texts[1:, column].count() for column in range(texts.width))
        return _telling(header, frozenset(np.unique(columns).tolist()), all_quoted=filled == len(at))


def _opening_quotes(signs: np.ndarray, quotes: IntArray, separator: int) -> IntArray | None:
    """Return where quoted fields begin; None where a quotation mark is not used by the book."""
    if len(quotes) % 2:
        return None
    opens, closes = quotes[0::2], quotes[1::2]
    doubled = opens[1:] == closes[:-1] + 1
    begins = np.append(True, ~doubled)[: len(opens)]
    ends = np.append(~doubled, True)[: len(opens)]
    before = signs[opens[begins] - 1]  # of the text's first sign this is its last one, and is not asked
    after = signs[np.minimum(closes[ends] + 1, len(signs) - 1)]
    by_the_book = np.isin(before, (separator, _LF, _CR)) | (opens[begins] == 0)
    ended = np.isin(after, (separator, _LF, _CR)) | (closes[ends] == len(signs) - 1)
    return opens[begins] if by_the_book.all() and ended.all() else None


def _as_grid(header: _Row, texts: pl.DataFrame, quoted: frozenset[int]) -> _Grid:
    nameless = frozenset(at for at, field in enumerate(header.fields) if field is None)
    return _Grid([field or "" for field in header.fields], texts, nameless, quoted)


def _telling(header: _Row, quoted: frozenset[int], *, all_quoted: bool) -> frozenset[int]:
    """Return the columns that quotation marks show to be text: none where the file quotes all there is.

    Such a file quotes header fields that need it not, and numbers too.
    """
    plain = any(re.fullmatch(r"\w+", header.fields[at] or "") for at in header.quoted)
    everything = all_quoted and plain and len(header.quoted) == len(header.fields)
    return frozenset() if everything else quoted


@dataclass(frozen=True, slots=True, eq=False)
class _Scanned(_Layout):
    """The rows of a text that uses quotation marks or carriage returns otherwise, read field by field."""

    rows: list[_Row]

    @classmethod
    def of(cls, text: bytes, mark: str, name: str, first_line: int) -> _Scanned:
        """Read all fields.

        Raises
        ------
        DataError
            A quoted field is not closed, or goes on after its closing mark.
        """
        found = [row for row in _scan(decoded(text, name), mark, name, first_line) if row.fields != [None]]
        if len(found[0].fields) > 1:
            found = [
                row for row in found if len(row.fields) > 1 or row.quoted or (row.fields[0] or "").strip()
            ]
        none = np.array([], dtype=np.int64)
        widths = np.array([len(row.fields) for row in found], dtype=np.int64)
        return cls(text, mark, name, first_line, none, none, widths, none, none, none, found)

    def line(self, row: int) -> int:
        """Return the number of the line on which a row begins."""
        return self.rows[row].line

    def grid(self) -> _Grid:
        """Make columns of the fields."""
        header, *rows = self.rows
        width = len(header.fields)
        columns = list(zip_longest(*(row.fields for row in rows))) or [()] * width
        texts = pl.DataFrame(
            [pl.Series(str(at), column, dtype=pl.String) for at, column in enumerate(columns)]
            + [pl.Series(str(at), [None] * len(rows), dtype=pl.String) for at in range(len(columns), width)]
        )
        quoted = [at for row in rows for at in row.quoted]
        filled = sum(column.count() for column in texts.iter_columns())
        return _as_grid(header, texts, _telling(header, frozenset(quoted), all_quoted=filled == len(quoted)))


def _scan(text: str, mark: str, name: str, first_line: int) -> Iterator[_Row]:
    """Give the rows; quotation marks inside a field that begins otherwise are its own."""
    end = "\n" if "\n" in text else "\r"  # as old Macs ended lines
    sign, opening = re.escape(mark), f'{mark}"'
    quoted = re.compile(rf'"([^"]*(?:""[^"]*)*)"(?={sign}|\r?{end}|\Z)')
    bare = re.compile(rf"[^{sign}{end}]*")
    at, line = 0, first_line
    while at < len(text):
        stop = text.find(end, at)
        plain = text[at : len(text) if stop < 0 else stop]
        if not plain.startswith('"') and opening not in plain:  # most rows: no field is quoted
            row = _Row(line, [field or None for field in plain.removesuffix("\r").split(mark)], [])
            at += len(plain)
        else:
            row = _Row(line, [], [])
            while True:
                if text.startswith('"', at):
                    found = quoted.match(text, at)
                    if found is None:
                        raise DataError(_quote_fault(text, at, name, line))
                    row.quoted.append(len(row.fields))
                    row.fields.append(found[1].replace('""', '"'))
                    line += found[1].count(end)
                    at = found.end()
                else:
                    found = bare.match(text, at)
                    assert found is not None
                    last = not text.startswith(mark, found.end())
                    row.fields.append((found[0].removesuffix("\r") if last else found[0]) or None)
                    at = found.end()
                if not text.startswith(mark, at):
                    break
                at += len(mark)
            at += text.startswith("\r", at)
        yield row
        at, line = at + len(end), line + 1


def _quote_fault(text: str, at: int, name: str, line: int) -> str:
    column = at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))
    closing = re.compile(r'"[^"]*(?:""[^"]*)*"(?!")').match(text, at)
    place = f"{name!r} line {line} column {column}"
    if closing is None:
        return f"{place}: a quoted field is not closed; find the stray quotation mark, or double it"
    shown = closing[0] if len(closing[0]) < 40 else closing[0][:36] + '..."'
    return (
        f"{place}: a quoted field goes on after its closing mark, {shown} and then "
        f"{text[closing.end() : closing.end() + 12]!r}; quote the whole field and double the marks inside it"
    )


# --- types


def _typed(grid: _Grid, name: str, as_text: Collection[str]) -> pl.DataFrame:
    """Name the columns and give each its type."""
    empty = [at for at in grid.nameless if grid.texts[:, at].null_count() == grid.texts.height]
    kept = [at for at in range(len(grid.names)) if at not in empty or len(grid.names) == 1]
    if len(unnamed := [at + 1 for at in kept if at in grid.nameless]) > 1:
        raise DataError(
            f"columns {shorten(unnamed)} of {name!r} have no name in the header; name all but one of them"
        )
    if twice := duplicates([grid.names[at] for at in kept]):
        raise DataError(
            f"{name!r} has several columns named {shorten([repr(one) for one in twice])}; rename all but one"
        )
    columns = {grid.names[at]: grid.texts.to_series(at) for at in kept}
    known = {grid.names[at] for at in grid.quoted} | set(as_text)
    return pl.DataFrame(
        {one: texts if one in known else typed_texts(texts) for one, texts in columns.items()}
    )


def typed_texts(texts: pl.Series) -> pl.Series:
    """Return numbers or truth values where all of a column's texts stand for some, else the texts.

    Examples
    --------
    >>> typed_texts(pl.Series(["1", None, "-2"])).to_list(), typed_texts(pl.Series(["1", "02"])).to_list()
    ([1, None, -2], ['1', '02'])
    """
    if (found := texts.drop_nulls()).is_empty():
        return texts
    for part in (found[:100], found):  # most columns of text show at once that they are
        if not (matched := next((p for p in (TRUTH, NUMBER) if part.str.contains(p).all()), None)):
            return texts
    plain = texts.str.strip_chars(" \t")
    if matched == TRUTH:
        return plain.str.to_lowercase() == "true"
    if found.str.contains(WHOLE).all():
        whole = plain.cast(pl.Int64, strict=False)
        return texts if whole.null_count() > texts.null_count() else whole
    if found.str.contains(_LONG).any() or not found.str.contains(PLAIN_NUMBER).any():
        return texts
    return plain.cast(pl.Float64)
