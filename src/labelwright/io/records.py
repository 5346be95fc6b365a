"""Tables from plain Python values: columns, dictionaries, dataclasses, named tuples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from labelwright._errors import DataError, SchemaError


def from_columns(columns: Mapping[Any, Any]) -> pl.DataFrame:
    """Make a table of a dictionary of columns, which must have one length."""
    series = [_series(name, values) for name, values in columns.items()]
    lengths = {column.name: len(column) for column in series}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise SchemaError(f"columns have different lengths ({shown}); give each one value a row")
    return pl.DataFrame(series)


def from_records(records: Iterable[Any]) -> pl.DataFrame:
    """Make a table of one value a row; a key that a row lacks is null there."""
    rows = [_as_mapping(record, index) for index, record in enumerate(records)]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame([_series(name, [row.get(name) for row in rows]) for name in names])


def _as_mapping(record: Any, index: int) -> Mapping[Any, Any]:
    if isinstance(record, Mapping):
        return record
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    if isinstance(record, tuple) and hasattr(record, "_fields"):
        return dict(zip(record._fields, record, strict=True))
    raise DataError(
        f"item {index} of the data is a {type(record).__name__}; expected a dictionary, a dataclass or a "
        "named tuple a row (for one list of texts pass {'text': texts})"
    )


def _series(name: object, values: Any) -> pl.Series:
    if not isinstance(name, str):
        raise SchemaError(f"column name {name!r} is a {type(name).__name__}; name columns with strings")
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise SchemaError(f"column {name!r} is a {type(values).__name__}; expected a list, one value a row")
    plain = values if isinstance(values, Sequence) or hasattr(values, "__array__") else list(values)
    try:
        return _typed(name, plain)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise SchemaError(f"column {name!r} holds {_kinds(plain)}; give all its values one type") from error


def _typed(name: str, values: Any) -> pl.Series:
    try:
        return pl.Series(name, values)
    except TypeError:
        if not all(isinstance(value, (int, float)) for value in values if value is not None):
            raise
        return pl.Series(name, values, dtype=pl.Float64, strict=False)


def _kinds(values: Iterable[Any]) -> str:
    kinds = sorted({type(value).__name__ for value in values if value is not None})
    return "values of types " + ", ".join(kinds) if len(kinds) > 1 else "values that make no one column"
