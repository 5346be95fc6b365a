"""The rows of a split as values: the frame, its fingerprint, and its gold labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import polars as pl

from labelwright._errors import SchemaError
from labelwright._types import IntArray
from labelwright.core import LabelSpace
from labelwright.core.class_values import ClassReader, Unknown
from labelwright.core.gold_sets import GoldSets
from labelwright.io.fingerprint import frame_fingerprint

Gold: TypeAlias = "IntArray | GoldSets"
"""Hand labels: one a row, -1 where unknown, or several."""

GOLD_CURE: Final = (
    'say in labelwright.toml what they mean, as in gold_map = {junk = "SPAM", unsure = ""} below [data], or '
    'leave them out with gold_unknown = "abstain"'
)


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
    def of(cls, frame: pl.DataFrame, gold: Gold | None) -> RowsRecord:
        """Look at all rows and gold labels."""
        return cls(
            fingerprint=frame_fingerprint(frame),
            rows=frame.height,
            gold=None if gold is None else _digest(gold),
            has_gold=gold is not None
            and bool((gold.known if isinstance(gold, GoldSets) else gold >= 0).any()),
        )


def _digest(gold: Gold) -> str:
    plain = gold.sets.astype("u1") if isinstance(gold, GoldSets) else gold.astype("<i8")
    return hashlib.sha256(plain.tobytes()).hexdigest()[:32]


def single_labels(gold: Gold) -> IntArray:
    """Return (n,) the labels of rows that have one, -1 elsewhere."""
    return gold.single if isinstance(gold, GoldSets) else gold


def taken(gold: Gold | None, rows: IntArray) -> Gold | None:
    """Return the labels of some rows."""
    if gold is None:
        return None
    return gold.take(rows) if isinstance(gold, GoldSets) else gold[rows]


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
        self, split: str, record: RowsRecord, read: Callable[[], tuple[pl.DataFrame, Gold | None]]
    ) -> None:
        self.split, self.record, self._read = split, record, read

    @cached_property
    def _content(self) -> tuple[pl.DataFrame, Gold | None]:
        return self._read()

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, without gold labels."""
        return self._content[0]

    @property
    def gold(self) -> IntArray | None:
        """(n,) int64: gold labels, -1 where unknown or several; None where the split has none."""
        found = self._content[1]
        return None if found is None else single_labels(found)

    @property
    def gold_sets(self) -> GoldSets | None:
        """The gold labels where some row has several; None where none has."""
        found = self._content[1]
        return found if isinstance(found, GoldSets) else None

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


def gold_lists(column: pl.Series, separator: str | None, *, where: str) -> list[Any] | None:
    """Return a column in which a row may have several labels as lists of them; None where it is not one.

    Parameters
    ----------
    column : polars.Series
        Lists, or texts in which `separator` stands between labels; "json" for lists as JSON writes them.

    Raises
    ------
    SchemaError
        A text is no JSON list, where these are expected.

    Examples
    --------
    >>> gold_lists(pl.Series(["a|b", None]), "|", where="gold")
    [['a', 'b'], []]
    >>> gold_lists(pl.Series(["a|b", None]), None, where="gold") is None
    True
    """
    if isinstance(column.dtype, (pl.List, pl.Array)):
        return [[] if row is None else list(row) for row in column.to_list()]
    if separator is None or column.dtype != pl.String:
        return None
    if separator != "json":
        return [
            [part.strip() for part in (row or "").split(separator) if part.strip()]
            for row in column.to_list()
        ]
    lists = []
    for number, row in enumerate(column.to_list()):
        try:
            found = json.loads(row) if row else []
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list):
            raise SchemaError(
                f'{where} are no JSON list at row {number}: {row!r:.60}; write ["a", "b"], or set '
                "gold_separator to what stands between labels"
            )
        lists.append(found)
    return lists


def gold_indices(
    column: pl.Series,
    space: LabelSpace,
    *,
    where: str,
    mapping: Mapping[str, str] | None = None,
    unknown: Unknown = "error",
) -> IntArray:
    """Return class indices for a column of class names or of indices; null and -1 are unknown.

    Parameters
    ----------
    column : polars.Series
        The column as it was read.
    space : LabelSpace
        The classes. Where their names are numbers, so are the names in the column.
    where : str
        What the column is, for messages.
    mapping, unknown :
        As for `LabelSpace.encode`.

    Raises
    ------
    SchemaError
        Values that are no class, all of them; or a column that holds no labels.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> gold_indices(pl.Series(["SPAM", None, "HAM"]), space, where="gold").tolist()
    [1, -1, 0]
    >>> gold_indices(pl.Series([1.0, None]), space, where="gold").tolist()
    [1, -1]
    >>> gold_indices(pl.Series([1, 3]), LabelSpace(["1", "2", "3"]), where="gold").tolist()
    [0, 2]
    """
    reader = ClassReader(space.names, mapping)
    return reader.encode(column, unknown=unknown, what=where, column=True, error=SchemaError, cure=GOLD_CURE)
