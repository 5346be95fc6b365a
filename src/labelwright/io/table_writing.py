"""Tables to files: Parquet, CSV and JSON lines that `read_table` reads back equal."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import polars as pl

from labelwright._errors import DataError, SchemaError
from labelwright._files import write_atomically
from labelwright._validate import did_you_mean, is_text_type
from labelwright.io.delimited import NUMBER, TRUTH
from labelwright.io.json_files import ESCAPED, as_json_text

_NEEDS_QUOTES: Final = r'[,;|"\r\n\t]|^\s|\s$|^$|^\x{feff}'
_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w .-]*\w|[^\W\d]")


def write_table(frame: pl.DataFrame, path: str | os.PathLike[str]) -> None:
    r"""Write a table as Parquet, CSV or JSON lines, by the suffix of the path.

    `read_table` gives it back. Parquet keeps all types. CSV and JSON lines have fewer:

    ======================  =======================================  ==================================
    kind of column          CSV                                      JSON lines
    ======================  =======================================  ==================================
    texts, null, ``""``     equal                                    equal
    whole numbers           equal; where one is beyond 64 bits with  equal
                            its sign, the digits as text
    fractions               equal, also NaN and infinity             equal, also NaN and infinity
    true and false          equal                                    equal
    dates, times            ISO 8601 text                            ISO 8601 text
    lists                   an error                                 equal
    structs                 an error                                 a column ``a.b`` for each field
    without any value       texts                                    nothing but null
    ======================  =======================================  ==================================

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    path : path
        Its suffix is ``.parquet``, ``.csv`` or ``.jsonl``; a file that is there is replaced.

    Raises
    ------
    DataError
        Another suffix.
    SchemaError
        A column of a type that the format has not; or a row of nothing but null in a CSV of one column,
        which would be a blank line.
    StoreError
        The file cannot be written.

    Notes
    -----
    CSV quotes texts that could be taken for numbers, and empty ones; a null is nothing at all. NaN and
    infinity stand in JSON lines as Python writes them, which strict readers refuse.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> write_table(pl.DataFrame({"id": ["007", "8"], "text": ["", None]}), place)
    >>> place.read_text()
    'id,text\n007,""\n"8",\n'
    """
    target = Path(path)
    if target.suffix not in WRITERS:
        hint = did_you_mean(target.suffix, WRITERS)
        raise DataError(
            f"cannot write {str(target)!r}: unknown suffix {target.suffix!r}{hint}; expected "
            ".parquet, .csv or .jsonl"
        )
    content = WRITERS[target.suffix](frame)
    write_atomically(target, content)


def _parquet(frame: pl.DataFrame) -> Callable[[Path], object]:
    _check_types(frame, (pl.Object,), "Parquet")
    return frame.write_parquet


def _csv(frame: pl.DataFrame) -> Callable[[Path], object]:
    text = csv_text(frame)
    return lambda partial: partial.write_text(text, encoding="utf-8", newline="")


def _json_lines(frame: pl.DataFrame) -> Callable[[Path], object]:
    text = json_lines(frame)
    return lambda partial: partial.write_text(text, encoding="utf-8", newline="")


WRITERS: Final[dict[str, Callable[[pl.DataFrame], Callable[[Path], object]]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json_lines,
}


def _check_types(frame: pl.DataFrame, refused: tuple[Any, ...], kind: str) -> None:
    for name, dtype in frame.schema.items():
        if dtype.base_type() in refused:
            better = (
                "make it text" if dtype.base_type() in (pl.Object, pl.Binary) else "write .parquet or .jsonl"
            )
            raise SchemaError(f"{kind} cannot hold column {name!r} of type {dtype}; {better} instead")


# --- CSV


def csv_text(frame: pl.DataFrame) -> str:
    r"""Return a table as CSV that `read_table` reads back equal; see `write_table`.

    Raises
    ------
    SchemaError
        As for `write_table`.

    Examples
    --------
    >>> csv_text(pl.DataFrame({"a": ["1", 'the "one" here'], "x": [-1, None]}))
    'a,x\n"1",-1\n"the ""one"" here",\n'
    """
    _check_types(frame, (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object), "CSV")
    header = ",".join(
        name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"' for name in frame.columns
    )
    if frame.width == 0:
        raise SchemaError("a table without columns cannot be written as CSV; give it at least one")
    if frame.width == 1 and (nothing := frame.to_series().is_null()).any():
        raise SchemaError(
            f"CSV cannot hold row {nothing.arg_max()} of the one column {frame.columns[0]!r}, which is null: "
            "it would be a blank line; write .parquet or .jsonl instead"
        )
    fields = [_fields(column).alias(str(at)) for at, column in enumerate(frame.iter_columns())]
    rows = pl.DataFrame(fields).select(pl.concat_str(pl.all().fill_null(""), separator=","))
    return "\n".join([header, *rows.to_series().to_list(), ""])


def _fields(column: pl.Series) -> pl.Series:
    """Return a column as the fields of a CSV file, null where there is nothing."""
    dtype = column.dtype
    if is_text_type(dtype):
        texts = column.cast(pl.String)
        quoted = '"' + texts.str.replace_all('"', '""', literal=True) + '"'
        needy = (
            texts.str.contains(_NEEDS_QUOTES) | texts.str.contains(NUMBER) | texts.str.contains(TRUTH)
        ).fill_null(value=False)
        return quoted.zip_with(needy, texts)
    if dtype.is_temporal():
        return iso_texts(column)
    if dtype == pl.Boolean:
        return column.replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
    texts = column.cast(pl.String)
    # Exponents without a sign are taken for names by who reads them; see `delimited`.
    return texts.str.replace(r"e(\d)", "e+${1}") if dtype.is_float() else texts


def iso_texts(column: pl.Series) -> pl.Series:
    """Return dates, times and durations as ISO 8601 texts.

    Examples
    --------
    >>> import datetime as dt
    >>> iso_texts(pl.Series([dt.datetime(2026, 1, 2, 3, 4, 5, 60), None])).to_list()
    ['2026-01-02T03:04:05.000060', None]
    """
    if not isinstance(column.dtype, pl.Datetime):
        return column.dt.to_string("iso")
    zone = "%:z" if column.dtype.time_zone else ""
    return column.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.f{zone}")


# --- JSON lines


def json_lines(frame: pl.DataFrame) -> str:
    r"""Return a table as JSON lines that `read_table` reads back equal; see `write_table`.

    Raises
    ------
    SchemaError
        As for `write_table`.

    Examples
    --------
    >>> json_lines(pl.DataFrame({"a": ["x", None], "n": [1.5, float("nan")]}))
    '{"a": "x", "n": 1.5}\n{"a": null, "n": NaN}\n'
    """
    _check_types(frame, (pl.Binary, pl.Object), "JSON")
    keys = [f"{json.dumps(name, ensure_ascii=False)}: " for name in frame.columns]
    columns = [
        [key + value for value in _values(frame[name])] for key, name in zip(keys, frame.columns, strict=True)
    ]
    text = "".join(f"{{{', '.join(row)}}}\n" for row in zip(*columns, strict=True))
    return re.sub(f"[{ESCAPED}]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _values(column: pl.Series) -> list[str]:
    dtype = column.dtype
    if dtype.is_integer():
        return column.cast(pl.String).fill_null("null").to_list()
    if dtype.is_decimal():
        return column.cast(pl.String).fill_null("null").to_list()
    plain = iso_texts(column) if dtype.is_temporal() else column
    try:
        return [_ENCODE(value) for value in plain.to_list()]
    except DataError as error:
        raise SchemaError(f"column {column.name!r}: {error}") from None


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, default=as_json_text).encode
