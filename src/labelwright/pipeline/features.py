"""What an end model learns from: texts, or a matrix of numbers."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import EndModelError, SchemaError
from labelwright._exact import exact
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean, is_text_type, shorten
from labelwright.io.labeled_rows import is_blank


@dataclass(frozen=True, slots=True)
class Features:
    r"""The columns that an end model reads.

    Attributes
    ----------
    columns : tuple of str
        All of text, or all of numbers (Boolean, integer, float, or lists of them).
    as_text : bool
        Whether they are texts.
    width : int
        The number of features of a row of numbers; 0 for texts.

    Examples
    --------
    >>> frame = pl.DataFrame({"title": ["a"], "body": ["b"], "x": [1], "v": [[2.0, 3.0]]})
    >>> Features.of(frame, ("title", "body")).read(frame)
    ['a\nb']
    >>> Features.of(frame, ("x", "v")).read(frame).tolist()
    [[1.0, 2.0, 3.0]]
    """

    columns: tuple[str, ...]
    as_text: bool
    width: int = 0

    @classmethod
    def of(cls, frame: pl.DataFrame, columns: tuple[str, ...]) -> Features:
        """Return the features that these columns of the training rows hold.

        Raises
        ------
        SchemaError
            A column is missing, or holds neither text nor numbers, or they are mixed.
        """
        _check_there(frame, columns)
        kinds = {column: _is_text(frame, column) for column in columns}
        if len(set(kinds.values())) > 1:
            texts = [column for column, is_text in kinds.items() if is_text]
            raise SchemaError(
                f"[end_model] features mix text ({shorten(texts)}) and numbers; name columns of one kind"
            )
        if all(kinds.values()):
            return cls(columns, as_text=True)
        return cls(columns, as_text=False, width=_matrix(frame, columns).shape[1])

    def read(self, frame: pl.DataFrame) -> Any:
        """Return a list of str, or (n, width) float64, one row a data point."""
        _check_there(frame, self.columns)
        if self.as_text:
            _check_text(frame, self.columns)
            texts = [exact(column).cast(pl.String).fill_null("") for column in self.columns]
            return frame.select(pl.concat_str(texts, separator="\n")).to_series().to_list()
        matrix = _matrix(frame, self.columns)
        if matrix.shape[1] != self.width:
            raise SchemaError(
                f"columns {shorten(self.columns)} have {matrix.shape[1]} numbers a row; the end model was "
                f"trained on {self.width}"
            )
        return matrix

    def problems(self, frame: pl.DataFrame) -> list[str | None]:
        """Return why there is nothing to judge a row by, such as an empty text; None where there is.

        Examples
        --------
        >>> Features(("text",), as_text=True).problems(pl.DataFrame({"text": ["a", " ", None]}))
        [None, "no text in 'text'", "no text in 'text'"]
        >>> Features(("x",), as_text=False, width=1).problems(pl.DataFrame({"x": [1.0, float("nan")]}))
        [None, "no number in 'x'"]
        """
        _check_there(frame, self.columns)
        found: list[str | None] = [None] * frame.height
        if self.as_text:
            _check_text(frame, self.columns)
            blank = frame.select(pl.all_horizontal(is_blank(column) for column in self.columns)).to_series()
            for row in blank.arg_true():
                found[row] = f"no text in {', '.join(map(repr, self.columns))}"
            return found
        for column in self.columns:
            for row in _without_numbers(frame[column]).arg_true():
                found[row] = found[row] or f"no number in {column!r}"
        widths = functools.reduce(operator.add, [_widths(frame[column]) for column in self.columns])
        wrong = [row for row, width in enumerate(widths) if width not in (None, self.width)]
        for row in wrong if len(wrong) < frame.height else ():  # a table of another kind is an error
            found[row] = found[row] or f"{widths[row]} numbers, and the end model learned from {self.width}"
        return found


def _without_numbers(column: pl.Series) -> pl.Series:
    """Say in which rows of a column a number is missing or not finite."""
    if not isinstance(column.dtype, (pl.List, pl.Array)):
        if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            return column.is_null()
        numbers = column.cast(pl.Float64, strict=False)
        # What is no number at all in a column of texts is an error of the column, which `read` tells.
        return column.is_null() | (numbers.is_not_null() & ~numbers.is_finite())
    lists = column.cast(pl.List(pl.Float64), strict=False)
    sound = lists.list.eval(pl.element().is_finite().fill_null(value=False)).list.all()
    return ~sound.fill_null(value=False)


def _widths(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, (pl.List, pl.Array)):
        return column.cast(pl.List(column.dtype.inner)).list.len().cast(pl.Int64)
    return pl.Series(np.ones(len(column), dtype=np.int64))


def _check_text(frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        dtype = frame.schema[column]
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
            raise SchemaError(f"column {column!r} has type {dtype}; the end model reads text there")


def _check_there(frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in frame.columns:
            hint = did_you_mean(column, frame.columns) or f"; it has {shorten(frame.columns)}"
            raise SchemaError(f"the data have no column {column!r}, which the end model learns from{hint}")


def _is_text(frame: pl.DataFrame, column: str) -> bool:
    dtype = frame.schema[column]
    if is_text_type(dtype):
        return True
    inner = dtype.inner if isinstance(dtype, (pl.List, pl.Array)) else dtype
    if inner is not None and (inner.is_numeric() or inner == pl.Boolean):
        return False
    raise SchemaError(
        f"column {column!r} has type {dtype}; an end model learns from text, numbers, or lists of numbers"
    )


def _matrix(frame: pl.DataFrame, columns: tuple[str, ...]) -> FloatArray:
    matrix = np.hstack([_block(frame[column]) for column in columns])
    bad = np.argwhere(~np.isfinite(matrix))
    if len(bad):
        raise EndModelError(
            f"the features ({shorten(columns)}) have a missing or infinite number at row {bad[0][0]}; fill "
            "or leave out such rows in prepare(frame, split)"
        )
    return matrix


def _block(column: pl.Series) -> FloatArray:
    is_list = isinstance(column.dtype, (pl.List, pl.Array))
    try:
        numbers = column.cast(pl.List(pl.Float64) if is_list else pl.Float64)
    except pl.exceptions.PolarsError as error:
        raise SchemaError(
            f"column {column.name!r} has type {column.dtype}, and not all of it are numbers, which the end "
            "model learns from"
        ) from error
    if not is_list:
        return numbers.to_numpy().reshape(-1, 1)
    lists = numbers
    lengths = lists.list.len()
    if lengths.null_count() or lengths.n_unique() > 1:
        raise SchemaError(
            f"column {column.name!r} holds lists of different lengths, or none in some rows; expected "
            "equally many numbers in every row"
        )
    return lists.explode().to_numpy().reshape(len(column), -1)
