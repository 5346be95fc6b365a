"""Tables from files: Parquet lazily, text formats and spreadsheets at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from labelwright._errors import DataError, MissingExtraError, SchemaError
from labelwright._text import first_line
from labelwright._types import MAX_EXACT
from labelwright._validate import did_you_mean, duplicates, shorten
from labelwright.io.delimited import read_delimited
from labelwright.io.file_content import check_file, file_bytes, kind_of, refusal
from labelwright.io.json_files import json_kind, objects, parsed, text_of
from labelwright.io.nested import flat
from labelwright.io.records import from_columns, from_records
from labelwright.io.unpacking import check_unpacked, check_zip

SPREADSHEETS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

Read = Callable[[bytes, str, Collection[str]], pl.DataFrame]


def scan_file(path: Path, *, as_text: Collection[str] = (), sheet: str | None = None) -> pl.LazyFrame:
    """Open a table file by its suffix; only Parquet is left on disk until it is needed.

    Parameters
    ----------
    path : Path
        The file.
    as_text : collection of str
        Columns of a CSV file that stay text as it stands there.
    sheet : str, optional
        Of a spreadsheet, the sheet; by default the only one that has rows.

    Raises
    ------
    DataError, SchemaError
        There is no such file, or it is not what its suffix says.
    MissingExtraError
        A spreadsheet, and what reads it is not installed.
    """
    check_file(path)
    suffix = _suffix(path)
    if suffix in SPREADSHEETS:
        return _read_spreadsheet(path, sheet=sheet, as_text=as_text).lazy()
    if sheet is not None:
        raise DataError(f"{str(path)!r} is no spreadsheet; leave out sheet={sheet!r}")
    if suffix == ".parquet":
        return _scan_parquet(path)
    return read_content(file_bytes(path), str(path), suffix=suffix, as_text=as_text).lazy()


def read_with_blank_rows(path: Path) -> pl.DataFrame:
    r"""Read a CSV file of one column in which a blank line stands for nothing known of that row.

    Raises
    ------
    DataError
        As for `scan_file`.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "gold.csv"
    >>> _ = place.write_text("gold\nSPAM\n\nHAM\n")
    >>> read_with_blank_rows(place)["gold"].to_list()
    ['SPAM', None, 'HAM']
    """
    return read_delimited(file_bytes(path), str(path), ",", blank_rows=True)


def read_content(content: bytes, name: str, *, suffix: str, as_text: Collection[str] = ()) -> pl.DataFrame:
    r"""Make a table of what a text file holds, which may come from anywhere.

    Parameters
    ----------
    content : bytes
        What it holds, unpacked.
    name : str
        What messages call it.
    suffix : str
        ".csv", ".tsv", ".jsonl", ".ndjson" or ".json", also with ".gz".
    as_text : collection of str
        As for `scan_file`.

    Raises
    ------
    DataError, SchemaError
        It is no such table.

    Examples
    --------
    >>> read_content(b"text,n\nhi,1\n", "stdin", suffix=".csv").rows()
    [('hi', 1)]
    """
    try:
        return _READERS[suffix.removesuffix(".gz")](content, name, as_text)
    except SchemaError as error:
        raise SchemaError(f"{name!r}: {error}") from error


def reason(error: BaseException) -> str:
    """Return why a file could not be read, in plain words where the library's own are not."""
    if isinstance(error, OSError) and error.strerror:
        return refusal(error)
    if isinstance(error, pl.exceptions.PanicException):
        return _PARQUET
    text = str(error)
    return next((plain for sign, plain in _PLAIN.items() if sign in text), first_line(error))


_PARQUET = "it is no Parquet file, or it is cut short or damaged; write it again"
_PLAIN = {
    "codec can't decode": "it is not UTF-8 text; save it as UTF-8",
    "File out of specification": _PARQUET,
    "parquet:": _PARQUET,
    "thrift": _PARQUET,
    "Corrupt": _PARQUET,
}


def table_suffix(path: Path) -> str:
    """Return the suffix of a table file, such as ``.csv.gz``; "" where a file has another or none."""
    suffix = _end(path)
    return suffix if suffix in SUFFIXES else ""


def _suffix(path: Path) -> str:
    if not (suffix := table_suffix(path)):
        raise DataError(
            f"{str(path)!r} ends in {_end(path) or 'no suffix'!r}; expected one of {', '.join(SUFFIXES)}"
        )
    return suffix


def _end(path: Path) -> str:
    ends = [part.lower() for part in path.suffixes[-2:]]
    return "".join(ends) if ends[-1:] == [".gz"] else "".join(ends[-1:])


NUMBER: Final = 8
"""Bytes that a value of a table takes, or more."""


def _scan_parquet(path: Path) -> pl.LazyFrame:
    try:
        with path.open("rb") as file:
            head = file.read(1000)
        frame = pl.scan_parquet(path, glob=False)
        schema = frame.collect_schema()  # so that a broken file is reported here, by name
        rows = frame.select(pl.len()).collect().item()  # which stands at its end
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {refusal(error)}") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        is_cut = head.startswith(b"PAR1")
        kind = "" if is_cut else kind_of(head)
        raise DataError(f"cannot read {str(path)!r}: {f'it is {kind}' if kind else _PARQUET}") from error
    check_unpacked(NUMBER * rows * len(schema), path.stat().st_size, str(path))
    return frame


def _read_comma(content: bytes, name: str, as_text: Collection[str]) -> pl.DataFrame:
    return read_delimited(content, name, ",", as_text=as_text)


def _read_tab(content: bytes, name: str, as_text: Collection[str]) -> pl.DataFrame:
    return read_delimited(content, name, "\t", as_text=as_text)


def _read_json_lines(content: bytes, name: str, _: Collection[str]) -> pl.DataFrame:
    text = text_of(content, name)
    if text.lstrip().startswith("[") and text.rstrip().endswith("]"):  # one list over many lines, or in one
        return _of_json(parsed(text, repr(name), lines=True), name)
    return _of_lines(objects(text, name, what="one JSON object a line"))


def _of_lines(found: list[tuple[int, dict[str, Any]]]) -> pl.DataFrame:
    return from_records(flat([row for _, row in found]), place=lambda row: f"line {found[row][0]}")


def _read_json(content: bytes, name: str, _: Collection[str]) -> pl.DataFrame:
    text = text_of(content, name)
    lines = text.strip().split("\n")
    if len(lines) > 1 and all(line.strip()[:1] + line.strip()[-1:] == "{}" for line in lines if line.strip()):
        return _of_lines(objects(text, name, what="one JSON object a line"))
    return _of_json(parsed(text, repr(name), lines=True), name)


def _of_json(value: Any, name: str) -> pl.DataFrame:
    if isinstance(value, dict) and value and all(isinstance(column, list) for column in value.values()):
        return from_columns(value)
    if not isinstance(value, list):
        raise DataError(f"{name!r} holds {json_kind(value)}; expected a list of objects")
    if not value:
        raise DataError(f"{name!r} has 0 rows; expected at least one data point")
    for position, item in enumerate(value):
        if not isinstance(item, dict):
            raise DataError(
                f"{name!r} item {position} is {json_kind(item)}; expected an object a row, or one of columns"
            )
    return from_records(flat(value), place=lambda row: f"item {row}")


_READERS: dict[str, Read] = {
    ".csv": _read_comma,
    ".tsv": _read_tab,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json,
}
SUFFIXES = (".parquet", *_READERS, *(f"{suffix}.gz" for suffix in _READERS), *SPREADSHEETS)


# --- Excel files and their siblings


def _read_spreadsheet(path: Path, *, sheet: str | None = None, as_text: Collection[str] = ()) -> pl.DataFrame:
    """Read one sheet of a spreadsheet; its first row names the columns, blank rows are no rows.

    Parameters
    ----------
    path : Path
        The file.
    sheet : str, optional
        The sheet; by default the only one that has rows.
    as_text : collection of str
        Columns that are text, also where all of it is numbers.

    Raises
    ------
    MissingExtraError
        fastexcel is not installed.
    DataError
        The file is no spreadsheet, has no such sheet, or several sheets with rows.
    SchemaError
        Two columns of one name, or one with values and no name.

    Notes
    -----
    A column is numbers, dates or true and false where all its cells are, else text. Of formulas the last
    result is read.
    """
    try:
        import fastexcel
    except ImportError as error:
        raise MissingExtraError("fastexcel", extra="xlsx", purpose=f"reading {str(path)!r}") from error
    quiet = logging.getLogger("fastexcel")
    level = quiet.level
    quiet.setLevel(logging.ERROR)  # it tells on stderr that an empty column has no type
    check_zip(path)
    try:
        book = fastexcel.read_excel(path)
        name = _sheet(book, sheet, str(path))
        return _of_sheet(book, name, f"sheet {name!r} of {str(path)!r}", as_text)
    except (fastexcel.FastExcelError, OSError) as error:
        raise DataError(f"cannot read {str(path)!r}: {_why_no_spreadsheet(path)}") from error
    finally:
        quiet.setLevel(level)


def _why_no_spreadsheet(path: Path) -> str:
    """Return what a file is that is no spreadsheet."""
    head = file_bytes(path)[:1000]
    kind = "" if head.startswith((b"PK", b"\xd0\xcf")) else kind_of(head)
    return f"it is {kind}" if kind else "it is no spreadsheet, or it is cut short or damaged; save it again"


def _sheet(book: Any, wanted: str | None, name: str) -> str:
    sheets: list[str] = book.sheet_names
    if wanted is not None:
        if wanted not in sheets:
            hint = did_you_mean(wanted, sheets)
            raise DataError(f"{name!r} has no sheet {wanted!r}{hint}; it has {shorten(sheets)}")
        return wanted
    filled = [one for one in sheets if _has_rows(book, one)]
    if len(filled) > 1:
        raise DataError(
            f"{name!r} has several sheets with rows: {shorten(filled)}; read one with "
            f"lw.io.read_table({name!r}, sheet={filled[0]!r}), or save it as a file of its own"
        )
    return (filled or sheets)[0]


def _has_rows(book: Any, sheet: str) -> bool:
    head = book.load_sheet(sheet, header_row=None, n_rows=2)
    return bool(head.width and head.height > 1)


def _of_sheet(book: Any, sheet: str, where: str, as_text: Collection[str]) -> pl.DataFrame:
    head = book.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string")
    names = [name.strip() if name else "" for name in head.to_polars().row(0)] if head.width else []
    if not names:
        return pl.DataFrame()
    if twice := duplicates([name for name in names if name]):
        raise SchemaError(f"{where} has several columns named {shorten(twice)}; rename all but one")
    types = {at: "string" for at, name in enumerate(names) if name in set(as_text)}
    frame = book.load_sheet(sheet, schema_sample_rows=None, dtypes=types or None).to_polars()
    columns = [
        _whole_or_day(column).alias(name)
        for name, column in zip(_filled_up(names, frame, where), frame.iter_columns(), strict=True)
        if name
    ]
    return pl.DataFrame(columns).filter(~pl.all_horizontal(pl.all().is_null()))


def _filled_up(names: Sequence[str], frame: pl.DataFrame, where: str) -> list[str]:
    """Return a name a column; "" for those without a name and values, which are left out."""
    found = [*names, *[""] * (frame.width - len(names))][: frame.width]
    for at, (name, column) in enumerate(zip(found, frame.iter_columns(), strict=True)):
        if not name and column.null_count() < len(column):
            raise SchemaError(f"{where}: column {at + 1} has values and no name in the first row; name it")
    return found


def _whole_or_day(column: pl.Series) -> pl.Series:
    """Return numbers that are all whole as integers, and moments at midnight as dates."""
    if column.dtype.is_float():
        known = column.drop_nulls()
        whole = len(known) > 0 and bool(((known == known.floor()) & (known.abs() <= MAX_EXACT)).all())
        return column.cast(pl.Int64) if whole else column
    if (
        isinstance(column.dtype, pl.Datetime)
        and column.dt.time().drop_nulls().dt.to_string("%H%M%S%f").is_in(["000000000000000"]).all()
    ):
        return column.cast(pl.Date)
    return column
