"""Numbers that labeling functions compare with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from labelwright._errors import LabelingFunctionError

if TYPE_CHECKING:
    import polars as pl

Number = int | float


def unless_nan(hit: pl.Expr, on: str) -> pl.Expr:
    """Return a comparison of a column's numbers, false at NaN, which polars takes for larger than all."""
    import polars as pl

    return hit & pl.col(on).cast(pl.Float64).is_not_nan()


def as_number(value: object, lf: str, *, parameter: str) -> Number:
    """Return a number to compare with, or raise where it is none."""
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not is_number or math.isnan(value):  # type: ignore[arg-type]
        raise LabelingFunctionError(f"LF {lf!r}: {parameter}={value!r} is no number; give an int or a float")
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[return-value]
