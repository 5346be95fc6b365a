"""Every kind of table that labelwright takes, as polars frames."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import DataError, SchemaError
from labelwright._exact import is_pattern
from labelwright._forks import check_threads
from labelwright._validate import is_missing, shorten
from labelwright.io.records import from_columns, from_records
from labelwright.io.table_files import reason, scan_file

EXPECTED = (
    "a polars, pandas or pyarrow table, a path to .parquet, .csv, .jsonl, .json or .xlsx, a dictionary of "
    "columns, a list of dictionaries or objects, or texts"
)
TEXT = "text"
"""The column that texts without a name make."""


def read_table(data: object, *, as_text: Collection[str] = (), sheet: str | None = None) -> pl.DataFrame:
    """Read any kind of table into a polars frame.

    Parameters
    ----------
    data : table
        A polars ``DataFrame`` or ``LazyFrame``; a pandas or pyarrow table or any other that narwhals takes
        (an index is dropped: data points are rows in order); a path to ``.parquet``, ``.csv``, ``.tsv``,
        ``.jsonl``, ``.ndjson`` (each but Parquet also with ``.gz``), ``.json`` (a list of objects) or, with
        the extra ``xlsx``, ``.xlsx``, ``.xlsm``, ``.xlsb``, ``.xls`` and ``.ods``; a dictionary of columns;
        one dictionary, dataclass, named tuple or other object a row, whose public attributes and properties
        are the columns; or texts alone, as a list, an array or a series: the column of the series' name, or
        ``text``. A key or trailing CSV field that a row lacks is null there. Text files are UTF-8, or UTF-16
        with a byte order mark.
    as_text : collection of str
        Columns of a CSV file that stay text as it stands there, also where all of it is numbers.
    sheet : str, optional
        Of a spreadsheet, the sheet; by default the only one that has rows.

    Returns
    -------
    polars.DataFrame
        At least one row and one column, rows in input order. A polars frame comes back as it is.

    Raises
    ------
    DataError
        A file that is missing, empty or broken, a type that is no table, or a table of 0 rows.
    SchemaError
        Columns without a string name, of different lengths, or of mixed types; or no columns at all.

    Notes
    -----
    CSV types follow from all rows: a column is whole numbers (of 64 bits), numbers, or true and false where
    all its fields are, else text; ``007`` and a column with a quoted field are text, and so are dates. Only
    an empty field is null: ``""`` is an empty text, and ``NA`` the text that it is. Fields may be separated
    by semicolons, tabs or ``|`` where the header shows it. In JSON files, a column must hold one kind of
    value, and what is nested in a row has dotted names: ``{"meta": {"lang": "en"}}`` is ``meta.lang``.
    pandas is never imported here.

    Examples
    --------
    >>> read_table([{"text": "free prizes", "votes": 2}, {"text": "see you"}]).to_dicts()
    [{'text': 'free prizes', 'votes': 2}, {'text': 'see you', 'votes': None}]
    """
    try:
        frame = scan_table(data, as_text=as_text, sheet=sheet).collect()
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"cannot read {_named(data)}: {reason(error)}") from error
    _check_rows(frame.height, data)
    return frame


def scan_table(
    data: object, *, no_rows: bool = False, as_text: Collection[str] = (), sheet: str | None = None
) -> pl.LazyFrame:
    """Open any kind of table as a lazy polars frame; a Parquet file stays on disk until it is collected.

    Parameters
    ----------
    data : table
        As for `read_table`.
    no_rows : bool, default False
        Whether a table of 0 rows may be, such as a shard of a larger one.
    as_text : collection of str
        As for `read_table`.
    sheet : str, optional
        As for `read_table`.

    Returns
    -------
    polars.LazyFrame
        At least one column, rows in input order; at least one row, but for ``no_rows`` and for a
        ``LazyFrame``, which comes back as it is.

    Raises
    ------
    DataError, SchemaError
        As for `read_table`, but for what only shows when the rows are read.

    Examples
    --------
    >>> scan_table({"text": ["a", "b"]}).collect_schema().names()
    ['text']
    """
    check_threads()
    if sheet is not None and not isinstance(data, (str, os.PathLike)):
        raise DataError(f"data is a {_type_name(data)}, which has no sheets; leave out sheet={sheet!r}")
    frame = _open(data, as_text, sheet)
    try:
        names = frame.collect_schema().names()
        rows = 1 if no_rows or isinstance(data, pl.LazyFrame) else frame.select(pl.len()).collect().item()
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"cannot read {_named(data)}: {reason(error)}") from error
    if not names:
        raise SchemaError(f"{_named(data)} has no columns; expected a table with at least one")
    if patterns := [name for name in names if is_pattern(name)]:
        raise SchemaError(
            f"{_named(data)} has the column {patterns[0]!r}, and polars takes ^...$ for a pattern of other "
            "columns' names; rename it"
        )
    _check_rows(rows, data)
    return frame


def _check_rows(rows: int, data: object) -> None:
    if rows == 0:
        raise DataError(f"{_named(data)} has 0 rows; expected at least one data point")


def _open(data: Any, as_text: Collection[str], sheet: str | None) -> pl.LazyFrame:
    if isinstance(data, pl.LazyFrame):
        return data
    if isinstance(data, pl.DataFrame):
        return data.lazy()
    if isinstance(data, (str, os.PathLike)):
        return scan_file(Path(os.fspath(data)).expanduser(), as_text=as_text, sheet=sheet)
    if splits := splits_of(data):
        raise DataError(
            f"data is a {_type_name(data)} with the splits {shorten(list(splits))}; pass one of them, such "
            f"as data[{next(iter(splits))!r}], or read all with lw.io.read_hugging_face"
        )
    if isinstance(data, Mapping):
        return from_columns(data).lazy()
    if not isinstance(data, (list, tuple)) and (frame := _open_with_narwhals(data)) is not None:
        return frame
    if (frame := _open_series(data)) is not None:
        return frame
    if isinstance(data, np.ndarray) and data.ndim == 1 and data.dtype.kind in "OU":
        data = data.tolist()
    elif hasattr(data, "to_pylist"):  # an array of pyarrow
        data = data.to_pylist()
    elif hasattr(data, "to_list") and hasattr(data, "dtype"):  # an index of pandas
        data = data.to_list()
    if (
        isinstance(data, (bytes, set, frozenset))
        or not isinstance(data, Iterable)
        or hasattr(data, "__array__")
    ):
        raise DataError(f"data is a {_type_name(data)}; expected {EXPECTED}")
    if not (rows := list(data)):
        raise DataError(f"{_named(data)} has 0 rows; expected at least one data point")
    if any(isinstance(row, str) for row in rows) and all(row is None or isinstance(row, str) for row in rows):
        return from_columns({TEXT: rows}).lazy()
    return from_records(rows).lazy()


def _open_series(data: Any) -> pl.LazyFrame | None:
    """Return a frame of one column of a series, or None where narwhals knows no such series."""
    import narwhals as nw

    if isinstance(data, (list, tuple)):
        return None
    try:
        series = nw.from_native(data, series_only=True)
    except TypeError:
        return None
    try:
        column = series.to_polars()
    except Exception:  # without pyarrow, or values of mixed types
        values = [None if is_missing(value) else value for value in series.to_list()]
        column = from_columns({TEXT: values})[TEXT]
    frame: pl.DataFrame
    if isinstance(column.dtype, pl.Struct):
        frame = column.struct.unnest()
        return frame.lazy()
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    name = series.name if isinstance(series.name, str) else ""
    if not name and column.dtype != pl.String:
        raise DataError(
            f"data is a {_type_name(data)} of {column.dtype} without a name; pass a table, such as "
            "series.to_frame('name')"
        )
    frame = column.alias(name or TEXT).to_frame()
    return frame.lazy()


def is_dataset(data: Any) -> bool:
    """Say whether something is a ``Dataset`` of Hugging Face; the library is not needed to tell."""
    return hasattr(data, "column_names") and hasattr(data, "features") and hasattr(data, "__getitem__")


def splits_of(data: Any) -> dict[str, Any]:
    """Return the data sets of a ``DatasetDict`` of Hugging Face by their splits; none where it is none."""
    is_dict = isinstance(data, Mapping) and bool(data) and all(map(is_dataset, data.values()))
    return {str(split): dataset for split, dataset in data.items()} if is_dict else {}


def _open_with_narwhals(data: Any) -> pl.LazyFrame | None:
    """Return a frame of another library, or None where narwhals knows no such frame."""
    import narwhals as nw

    try:
        frame = nw.from_native(data)
    except TypeError:
        return None
    except Exception as error:  # each library has errors of its own for names that repeat or are no strings
        raise SchemaError(f"cannot take the {_type_name(data)}: {_flat(error)}") from error
    eager = frame.collect("polars") if isinstance(frame, nw.LazyFrame) else frame
    return _to_polars(eager).lazy()


def _to_polars(frame: Any) -> pl.DataFrame:
    if bad := [name for name in frame.columns if not isinstance(name, str)]:
        raise SchemaError(
            f"column name {bad[0]!r} is a {type(bad[0]).__name__}; name columns with strings, for example "
            "frame.columns = [str(name) for name in frame.columns]"
        )
    try:
        return frame.to_polars()  # type: ignore[no-any-return]
    except Exception:  # without pyarrow, or a column of mixed types, whose error does not say which
        return pl.DataFrame([_column(frame, name) for name in frame.columns])


def _column(frame: Any, name: str) -> pl.Series:
    values = frame[name].to_list()
    return from_columns({name: [None if is_missing(value) else value for value in values]})[name]


def _named(data: object) -> str:
    return repr(os.fspath(data)) if isinstance(data, (str, os.PathLike)) else f"the {_type_name(data)}"


def _type_name(data: object) -> str:
    kind = type(data)
    root = kind.__module__.split(".")[0]
    return kind.__name__ if root == "builtins" else f"{root} {kind.__name__}"


def _flat(error: BaseException) -> str:
    return shorten([line.strip() for line in str(error).splitlines() if line.strip()], most=3)
