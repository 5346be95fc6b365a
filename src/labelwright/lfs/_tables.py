"""Tables that people hand to a labeling function: knowledge bases and crowd answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelwright._errors import LabelingFunctionError
from labelwright._text import first_line
from labelwright._validate import did_you_mean, shorten


def as_frame(table: Any, who: str) -> pl.DataFrame:
    """Return a table as a polars frame.

    Takes polars, pandas, pyarrow and whatever narwhals takes, dictionaries of columns, and lists of
    dictionaries or dataclasses.
    """
    if isinstance(table, (pl.DataFrame, pl.LazyFrame)):
        return table.lazy().collect()
    if isinstance(table, (str, Path)):
        raise LabelingFunctionError(
            f"{who}: table={str(table)!r} is a path; read it first, with labelwright.io.read_table(path)"
        )
    if isinstance(table, Mapping):
        return from_columns(table, who)
    if isinstance(table, Sequence):
        return _frame_of_rows(table, who)
    return _foreign_frame(table, who)


def _frame_of_rows(rows: Sequence[Any], who: str) -> pl.DataFrame:
    try:
        return pl.DataFrame(list(rows), infer_schema_length=None)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise LabelingFunctionError(f"{who}: the rows make no table ({first_line(error)})") from None


def from_columns(columns: Mapping[str, Any], who: str) -> pl.DataFrame:
    """Return a dictionary of columns as a polars frame."""
    try:
        return pl.DataFrame(dict(columns))
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise LabelingFunctionError(f"{who}: the columns make no table ({first_line(error)})") from None


def _foreign_frame(table: Any, who: str) -> pl.DataFrame:
    import narwhals.stable.v1 as nw

    try:
        frame: pl.DataFrame = nw.from_native(table, eager_only=True).to_polars()
    except TypeError:
        raise LabelingFunctionError(
            f"{who}: table is of type {type(table).__name__}; pass a data frame, a list of dictionaries, "
            "or keys as a dictionary, set or list"
        ) from None
    return frame


def key_frame(entries: Collection[Any], columns: Sequence[str], who: str) -> pl.DataFrame:
    """Return keys (scalars, or tuples where there are several columns) as a frame of those columns."""
    listed = list(entries)
    for key in listed:
        _check_width(key, len(columns), who)
    rows = [(key,) for key in listed] if len(columns) == 1 else listed
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return pl.DataFrame(
        [_key_series(name, list(given), who) for name, given in zip(columns, values, strict=True)]
    )


def _check_width(key: object, width: int, who: str) -> None:
    parts = len(key) if isinstance(key, tuple) else 1
    if parts != width or (width == 1 and isinstance(key, tuple)):
        raise LabelingFunctionError(
            f"{who}: key {key!r} has {parts} parts, keys= names {width} column(s); they must match"
        )


def _key_series(name: str, values: list[Any], who: str) -> pl.Series:
    try:
        return pl.Series(name, values, strict=True)
    except (TypeError, pl.exceptions.PolarsError):
        kinds = sorted({type(value).__name__ for value in values})
        raise LabelingFunctionError(
            f"{who}: the keys for column {name!r} are of several types ({', '.join(kinds)}); use one"
        ) from None


def require_columns(frame: pl.DataFrame, columns: Mapping[str, str], who: str) -> None:
    """Raise where a column, given by its role, is not in a table."""
    for role, column in columns.items():
        if column not in frame.columns:
            hint = did_you_mean(column, frame.columns)
            raise LabelingFunctionError(
                f"{who}: {role}={column!r} is no column of the table{hint}; it has {shorten(frame.columns)}"
            )
