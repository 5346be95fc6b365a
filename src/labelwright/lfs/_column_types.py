"""Which types of columns a labeling function can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labelwright._errors import SchemaError

if TYPE_CHECKING:
    import polars as pl


def require_text(schema: Mapping[str, pl.DataType], column: str, lf: str) -> None:
    """Raise a SchemaError where a column that an LF reads as text holds something else."""
    import polars as pl

    if schema[column] not in (pl.String, pl.Null):
        raise SchemaError(
            f"LF {lf!r} reads texts from column {column!r}, which is {schema[column]}; cast it to String"
        )


def require_number(schema: Mapping[str, pl.DataType], column: str, lf: str) -> None:
    """Raise a SchemaError where a column that an LF reads as numbers holds something else."""
    import polars as pl

    if not schema[column].is_numeric() and schema[column] != pl.Null:
        raise SchemaError(
            f"LF {lf!r} reads numbers from column {column!r}, which is {schema[column]}; "
            "cast it to a number, or use lw.expression for other comparisons"
        )
