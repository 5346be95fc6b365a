"""Labels that people gave in another tool, read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from labelwright._errors import DataError, LabelwrightError
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io.records import from_records


@dataclass(frozen=True, slots=True, eq=False)
class Annotations:
    """Hand labels of data points, and who gave them.

    Attributes
    ----------
    data : polars.DataFrame
        The data points in the order of the file, labelled or not.
    gold : (n,) int64
        The class on which all annotators of the row agree; -1 where nobody labelled it or they disagree.
    label_matrix : LabelMatrix
        What each annotator said, one LF an annotator: where they disagree a label model can judge.
    space : LabelSpace
        The classes.
    """

    data: pl.DataFrame
    gold: IntArray
    label_matrix: LabelMatrix
    space: LabelSpace

    def __len__(self) -> int:
        return len(self.gold)

    def to_polars(self, label: str = "label") -> pl.DataFrame:
        """Return the data with a column of gold class names, null where there is none."""
        names = [None if index == ABSTAIN else self.space.names[index] for index in self.gold]
        return self.data.with_columns(pl.Series(label, names, dtype=pl.String))


class Said(NamedTuple):
    """One annotator's label of one row; ``not_`` says that it is not this class."""

    row: int
    annotator: str
    label: str
    place: str
    not_: bool = False


def gathered(
    rows: Sequence[dict[str, Any]],
    said: Sequence[Said],
    space: LabelSpace | Iterable[str] | None,
    *,
    path: str,
) -> Annotations:
    """Put rows and what annotators said of them together.

    Raises
    ------
    DataError
        Nobody said anything, of a class that the space has not, or one annotator two things of one row.
    """
    if not said:
        raise DataError(f"{path!r} holds no labels; annotate some rows before exporting")
    known = _space(said, space, path)
    names = list(dict.fromkeys(one.annotator for one in said))
    votes = np.full((len(rows), len(names)), ABSTAIN, dtype=known.vote_dtype)
    for one in said:
        _enter(votes, one, known, names.index(one.annotator))
    matrix = LabelMatrix(votes, space=known, lf_names=names)
    return Annotations(from_records(rows), _unanimous(votes), matrix, known)


def _space(said: Sequence[Said], space: LabelSpace | Iterable[str] | None, path: str) -> LabelSpace:
    try:
        if space is None:
            return LabelSpace(sorted({one.label for one in said}))
        return space if isinstance(space, LabelSpace) else LabelSpace(space)
    except LabelwrightError as error:
        raise DataError(f"labels of {path!r}: {error}; or pass space=") from error


def _enter(votes: np.ndarray[Any, Any], one: Said, space: LabelSpace, column: int) -> None:
    if one.label not in space:
        hint = did_you_mean(one.label, space.names)
        raise DataError(f"{one.place} has label {one.label!r}{hint}; expected one of {space}")
    label = space.index(one.label)
    if one.not_:
        if len(space) != 2:
            return  # "not this class" leaves several
        label = 1 - label
    if votes[one.row, column] not in (ABSTAIN, label):
        earlier = space.name(int(votes[one.row, column]))
        raise DataError(
            f"{one.place}: annotator {one.annotator!r} says both {earlier!r} and {space.name(label)!r}; "
            "keep one label a row"
        )
    votes[one.row, column] = label


def _unanimous(votes: np.ndarray[Any, Any]) -> IntArray:
    highest = votes.max(axis=1)
    agree = ((votes == highest[:, None]) | (votes == ABSTAIN)).all(axis=1)
    gold: IntArray = np.where(agree, highest, ABSTAIN).astype(np.int64)
    return gold
