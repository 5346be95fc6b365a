"""Tables from files: Parquet lazily, text formats at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import polars as pl

from labelwright._errors import DataError, SchemaError
from labelwright._text import first_line
from labelwright.io.delimited import read_delimited
from labelwright.io.file_content import check_file, file_bytes, kind_of, refusal
from labelwright.io.json_files import json_kind, objects, parsed, text_of
from labelwright.io.nested import flat
from labelwright.io.records import from_columns, from_records
from labelwright.io.spreadsheets import SPREADSHEETS, read_spreadsheet

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
        return read_spreadsheet(path, sheet=sheet, as_text=as_text).lazy()
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


def _scan_parquet(path: Path) -> pl.LazyFrame:
    try:
        with path.open("rb") as file:
            head = file.read(1000)
        frame = pl.scan_parquet(path, glob=False)
        frame.collect_schema()  # so that a broken file is reported here, by name
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {refusal(error)}") from error
    except pl.exceptions.PolarsError as error:
        is_cut = head.startswith(b"PAR1")
        kind = "" if is_cut else kind_of(head)
        raise DataError(f"cannot read {str(path)!r}: {f'it is {kind}' if kind else _PARQUET}") from error
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
