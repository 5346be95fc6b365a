"""Gold labels as they stand in files, turned into class indices."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace


def gold_indices(column: pl.Series, space: LabelSpace, *, where: str) -> IntArray:
    """Return class indices for a column of class names or of indices; null and -1 are unknown.

    Raises
    ------
    SchemaError
        A name or an index that is no class, or a column that is neither.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> gold_indices(pl.Series(["SPAM", None, "HAM"]), space, where="gold").tolist()
    [1, -1, 0]
    >>> gold_indices(pl.Series([1.0, None]), space, where="gold").tolist()
    [1, -1]
    """
    if column.dtype in (pl.String, pl.Categorical) or isinstance(column.dtype, pl.Enum):
        return _from_names(column.cast(pl.String), space, where)
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        return _from_numbers(column.cast(pl.Float64), space, where)
    raise SchemaError(f"{where} has type {column.dtype}; expected class names or indices of {space}")


def _from_names(column: pl.Series, space: LabelSpace, where: str) -> IntArray:
    known = {name: index for index, name in enumerate(space)}
    indices = column.replace_strict(known, default=None, return_dtype=pl.Int64)
    wrong = (indices.is_null() & column.is_not_null()).arg_true()
    if len(wrong):
        row = int(wrong[0])
        hint = did_you_mean(column[row], space)
        raise SchemaError(f"{where} has class {column[row]!r} at row {row}{hint}; expected one of {space}")
    return indices.fill_null(ABSTAIN).to_numpy().astype(np.int64)


def _from_numbers(column: pl.Series, space: LabelSpace, where: str) -> IntArray:
    values = column.fill_nan(None).fill_null(ABSTAIN).to_numpy()
    wrong = np.flatnonzero((values < ABSTAIN) | (values >= len(space)) | (values != np.floor(values)))
    if len(wrong):
        row = int(wrong[0])
        raise SchemaError(
            f"{where} has {values[row]:g} at row {row}; expected one of {space}, or -1 where unknown"
        )
    return values.astype(np.int64)
