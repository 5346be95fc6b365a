"""The rows of a split as values: the frame, its fingerprint, and its gold labels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace
from labelwright.io.fingerprint import frame_fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRecord:
    """What is known of the rows of a split without reading them.

    Attributes
    ----------
    fingerprint : str
        32 hex characters of the frame's content. Gold labels are no part of it, and neither are file names.
    rows : int
        How many there are.
    gold : str or None
        32 hex characters of the gold labels; None where the split has none.
    has_gold : bool
        Whether at least one row has a gold label.
    """

    fingerprint: str
    rows: int
    gold: str | None
    has_gold: bool

    @classmethod
    def of(cls, frame: pl.DataFrame, gold: IntArray | None) -> RowsRecord:
        """Look at all rows and gold labels."""
        return cls(
            fingerprint=frame_fingerprint(frame),
            rows=frame.height,
            gold=None if gold is None else hashlib.sha256(gold.astype("<i8").tobytes()).hexdigest()[:32],
            has_gold=gold is not None and bool((gold >= 0).any()),
        )


class Rows:
    """The rows of one split, as labeling functions and the end model see them; read when somebody needs them.

    Parameters
    ----------
    split : str
        "train", "valid" or "test".
    record : RowsRecord
        What is known of them.
    read : callable
        Returns their frame, without gold labels, and (n,) int64 gold labels, -1 where unknown, or None.
    """

    def __init__(
        self, split: str, record: RowsRecord, read: Callable[[], tuple[pl.DataFrame, IntArray | None]]
    ) -> None:
        self.split, self.record, self._read = split, record, read

    @cached_property
    def _content(self) -> tuple[pl.DataFrame, IntArray | None]:
        return self._read()

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, without gold labels."""
        return self._content[0]

    @property
    def gold(self) -> IntArray | None:
        """(n,) int64: gold labels, -1 where unknown; None where the split has none."""
        return self._content[1]

    @property
    def fingerprint(self) -> str:
        """32 hex characters of the frame's content."""
        return self.record.fingerprint

    @property
    def has_gold(self) -> bool:
        """Whether at least one row has a gold label."""
        return self.record.has_gold

    def __len__(self) -> int:
        return self.record.rows

    def texts(self, column: str | None) -> list[str] | None:
        """Return the column that people read, null as an empty string; None where there is no such column."""
        if column is None:
            return None
        return self.frame[column].cast(pl.String, strict=False).fill_null("").to_list()


# --- gold labels as they stand in files, turned into class indices


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
