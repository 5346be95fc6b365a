"""Tables with one column a class, or one an LF: their columns, and those in the order of the classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labelwright._errors import LabelwrightError, SchemaError
from labelwright._validate import did_you_mean, shorten


def columns_of(table: Any) -> list[tuple[Any, Any]] | None:
    """Return the columns of a table with their names; None for what is none."""
    if isinstance(table, Mapping):
        return list(table.items())
    if isinstance(table, np.ndarray) and table.dtype.names and table.ndim == 1:  # `to_records` of pandas
        return [(name, table[name]) for name in table.dtype.names]
    if hasattr(table, "to_native") and hasattr(table, "columns"):  # narwhals
        table = table.to_native()
    if hasattr(table, "collect_schema") and hasattr(table, "collect"):
        table = table.collect()
    if hasattr(table, "get_columns"):  # polars
        return [(column.name, column) for column in table.get_columns()]
    if hasattr(table, "column_names") and hasattr(table, "itercolumns"):  # pyarrow
        return list(zip(table.column_names, table.itercolumns(), strict=True))
    if hasattr(table, "iloc") and getattr(table, "ndim", 0) == 2:  # pandas
        return list(table.items())
    return None


def in_class_order(
    P: Any,
    names: Sequence[str] | None,
    *,
    what: str = "probabilities",
    error: type[LabelwrightError] = SchemaError,
) -> Any:
    """Return a table of numbers, a column a class, as (n, k) array in the order of the classes.

    Columns go by the classes that they name. What is no table, or one that names no class, stays as it is.

    Raises
    ------
    LabelwrightError
        Columns of which some name classes, and not all of them once.

    Examples
    --------
    >>> in_class_order({"SPAM": [0.9], "HAM": [0.1]}, ["HAM", "SPAM"]).tolist()
    [[0.1, 0.9]]
    """
    columns = None if names is None else columns_of(P)
    if not columns or names is None:
        return P
    heads = [str(head) for head, _ in columns]
    if not all(isinstance(head, str) for head, _ in columns) and set(heads) != set(names):
        return P  # positions, such as pandas gives to columns without names
    if sorted(heads) == sorted(names):
        found = dict(zip(heads, (column for _, column in columns), strict=True))
        return np.column_stack([np.asarray(found[name]) for name in names])
    if known := set(heads) & set(names):
        missing = [name for name in names if name not in known]
        raise error(
            f"{what} have the columns {shorten(heads)}; expected one a class, {shorten(names)}"
            + (did_you_mean(missing[0], heads) if missing else "")
        )
    return P
