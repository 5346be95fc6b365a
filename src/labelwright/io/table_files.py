"""Tables from files: Parquet lazily, text formats at once."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import polars as pl

from labelwright._errors import DataError
from labelwright._text import first_line
from labelwright._validate import did_you_mean

INFERENCE_ROWS = 10_000  # rows that settle the types of a CSV file; all of them where these do not suffice


def scan_file(path: Path) -> pl.LazyFrame:
    """Open a table file by its suffix; only Parquet is left on disk until it is needed."""
    _check_file(path)
    suffix = _suffix(path)
    try:
        return _SCANNERS[suffix](path)
    except DataError:
        raise
    except (OSError, EOFError, UnicodeError, pl.exceptions.PolarsError) as error:
        raise DataError(f"cannot read {str(path)!r}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Return the first line of another library's message, with a hint where it is known to be cryptic."""
    text = str(error)
    for sign, plain in _PLAIN.items():
        if sign in text:
            return plain
    return first_line(error)


_PLAIN = {
    "found more fields than defined": (
        "a row has more fields than the header; quote fields that hold the separator, or name every column"
    ),
    'could not parse `"': "a quoted field is not closed; find the stray quotation mark, or double it",
    "invalid utf-8": "it is not UTF-8 text; save it as UTF-8",
    "codec can't decode": "it is not UTF-8 text; save it as UTF-8",
    "File out of specification": "it is no Parquet file, or it is cut short; write it again",
}


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise DataError(f"{str(path)!r} is a folder; name one table file in it")
    if not path.exists():
        raise DataError(
            f"no file {str(path)!r}{_near(path)}; check the path (it is relative to {Path.cwd()})"
        )
    if path.stat().st_size == 0:
        raise DataError(f"{str(path)!r} is empty; expected a table with at least one row")


def _near(path: Path) -> str:
    siblings = (entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else ()
    return did_you_mean(path.name, siblings)


def table_suffix(path: Path) -> str:
    """Return the suffix of a table file, such as ``.csv.gz``; "" where a file has another or none."""
    suffix = _end(path)
    return suffix if suffix in _SCANNERS else ""


def _suffix(path: Path) -> str:
    if not (suffix := table_suffix(path)):
        raise DataError(
            f"{str(path)!r} ends in {_end(path) or 'no suffix'!r}; expected one of {', '.join(_SCANNERS)}"
        )
    return suffix


def _end(path: Path) -> str:
    ends = [part.lower() for part in path.suffixes[-2:]]
    return "".join(ends) if ends[-1:] == [".gz"] else "".join(ends[-1:])


def _scan_parquet(path: Path) -> pl.LazyFrame:
    frame = pl.scan_parquet(path, glob=False)
    frame.collect_schema()  # so that a broken file is reported here, by name
    return frame


def _read_delimited(path: Path, separator: str) -> pl.LazyFrame:
    _check_header(path, separator)
    try:
        return _read_csv(path, separator, INFERENCE_ROWS).lazy()
    except pl.exceptions.ComputeError as error:
        if "could not parse" not in str(error):
            raise
    return _read_csv(path, separator, None).lazy()


def _check_header(path: Path, separator: str) -> None:
    """Raise for a file that polars would read, but not as the table that its author wrote."""
    with _opened(path) as file:
        line = file.readline()
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"cannot read {str(path)!r}: it is UTF-16 text; save it as UTF-8")
    header = "".join(line.decode("utf-8-sig", errors="replace").splitlines()[:1])
    other = next((mark for mark in ",;\t" if mark in header), separator)
    if separator not in header and other != separator:
        raise DataError(
            f"the header of {str(path)!r} is separated by {other!r}, not by {separator!r}; "
            f"{_SEPARATED.get(other, 'save it with commas')}"
        )
    counted = Counter(next(csv.reader([header], delimiter=separator), []))
    if twice := [name for name, count in counted.items() if count > 1 and name]:
        raise DataError(f"{str(path)!r} has several columns named {', '.join(twice)}; rename all but one")


_SEPARATED = {",": "name it .csv", "\t": "name it .tsv"}


def _read_csv(path: Path, separator: str, rows: int | None) -> pl.DataFrame:
    return pl.read_csv(path, separator=separator, infer_schema_length=rows, glob=False)


def _read_json_lines(path: Path) -> pl.LazyFrame:
    with _opened(path) as file:
        text = file.read()
    if not text.strip():
        raise DataError(f"{str(path)!r} holds no lines; expected one JSON object a line")
    try:
        return pl.read_ndjson(text, infer_schema_length=None).lazy()
    except pl.exceptions.PolarsError as error:
        raise _json_line_error(path, text) or error from error


def _json_line_error(path: Path, text: bytes) -> DataError | None:
    """Find the first line that is no JSON object, which polars does not name."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and (wrong := _wrong_line(line)):
            return DataError(f"{str(path)!r} line {number} {wrong}; expected one JSON object a line")
    return None


def _wrong_line(line: bytes) -> str:
    try:
        value = json.loads(line)
    except ValueError as error:
        return f"is no valid JSON ({reason(error)})"
    return "" if isinstance(value, dict) else f"holds a JSON {type(value).__name__}"


def _read_json(path: Path) -> pl.LazyFrame:
    from labelwright.io.records import from_columns, from_records

    with _opened(path) as file:
        try:
            value = json.load(file)
        except ValueError as error:
            raise DataError(f"{str(path)!r} is no valid JSON: {reason(error)}") from error
    if isinstance(value, dict) and value and all(isinstance(column, list) for column in value.values()):
        return from_columns(value).lazy()
    if not isinstance(value, list):
        raise DataError(f"{str(path)!r} holds a JSON {type(value).__name__}; expected a list of objects")
    if not value:
        raise DataError(f"{str(path)!r} has 0 rows; expected at least one data point")
    return from_records(value).lazy()


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def _read_comma(path: Path) -> pl.LazyFrame:
    return _read_delimited(path, ",")


def _read_tab(path: Path) -> pl.LazyFrame:
    return _read_delimited(path, "\t")


_PLAIN_SCANNERS: dict[str, Callable[[Path], pl.LazyFrame]] = {
    ".csv": _read_comma,
    ".tsv": _read_tab,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json,
}
_SCANNERS: dict[str, Callable[[Path], pl.LazyFrame]] = {
    ".parquet": _scan_parquet,
    **_PLAIN_SCANNERS,
    **{f"{suffix}.gz": scanner for suffix, scanner in _PLAIN_SCANNERS.items()},
}
