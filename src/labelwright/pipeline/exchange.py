"""Rows with their labels in the formats of other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._errors import ProjectError
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelMatrix
from labelwright.io import Split, write_hugging_face, write_label_studio, write_prodigy, write_wrench
from labelwright.pipeline.export import check_suffix, with_labels, write_frame
from labelwright.pipeline.rows import Rows
from labelwright.store import SoftLabels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabeledSplit:
    """Everything that is known of the rows of one split.

    Attributes
    ----------
    name : str
        "train", "valid" or "test".
    frame : polars.DataFrame
        The rows.
    matrix : LabelMatrix
        Their votes.
    probabilities : (n, k) float64
        Their probabilistic labels.
    gold : (n,) int64 or None
        Their gold labels, -1 where unknown.
    text : str or None
        The column that people read.
    """

    name: str
    frame: pl.DataFrame
    matrix: LabelMatrix
    probabilities: FloatArray
    gold: IntArray | None
    text: str | None

    @classmethod
    def of(
        cls, rows: Rows, matrix: LabelMatrix, labels: SoftLabels, *, text: str | None, covered_only: bool
    ) -> LabeledSplit:
        """Put the parts of a split together; `covered_only` leaves out rows on which no LF voted."""
        kept = np.flatnonzero(labels.covered) if covered_only else np.arange(len(rows))
        return cls(
            name=rows.split,
            frame=rows.frame[kept],
            matrix=matrix[kept],
            probabilities=labels.probabilities[kept],
            gold=None if rows.gold is None else rows.gold[kept],
            text=text,
        )

    def labels(self) -> dict[str, Any]:
        """Return classes, probabilities and gold labels as the writers take them."""
        return {"space": self.matrix.space, "probabilities": self.probabilities, "gold": self.gold}


def _table(split: LabeledSplit, target: Path) -> None:
    write_frame(_as_table(split), target)


def _as_table(split: LabeledSplit) -> pl.DataFrame:
    frame = with_labels(split.frame, split.probabilities, split.matrix.space)
    return frame.with_columns(pl.Series("covered", split.matrix.covered))


def _hugging_face(split: LabeledSplit, target: Path) -> None:
    name = {"valid": "validation"}.get(split.name, split.name)
    write_hugging_face(split.frame, target, **split.labels(), split=name)


def _label_studio(split: LabeledSplit, target: Path) -> None:
    write_label_studio(split.frame, target, **split.labels(), text=_text(split))


def _prodigy(split: LabeledSplit, target: Path) -> None:
    write_prodigy(split.frame, target, **split.labels(), text=_text(split))


def _wrench(split: LabeledSplit, target: Path) -> None:
    gold = np.full(split.frame.height, ABSTAIN) if split.gold is None else split.gold
    write_wrench({split.name: Split(split.frame, split.matrix, gold)}, target)


def _text(split: LabeledSplit) -> str:
    if split.text is None:
        raise ProjectError(
            "the rows have no column that people read; name it as text in [data] of labelwright.toml"
        )
    return split.text


FORMATS: Final[dict[str, Callable[[LabeledSplit, Path], None]]] = {
    "table": _table,
    "hugging-face": _hugging_face,
    "label-studio": _label_studio,
    "prodigy": _prodigy,
    "wrench": _wrench,
}
"""How each format is written."""


def check_target(target: Path, format_name: str) -> None:
    """Raise for a format that there is not, or a file type that it cannot be.

    Examples
    --------
    >>> check_target(Path("tasks.json"), "labelstudio")
    Traceback (most recent call last):
    labelwright._errors.ProjectError: format 'labelstudio' is unknown; did you mean 'label-studio'?; ...
    """
    if format_name not in FORMATS:
        raise ProjectError(
            f"format {format_name!r} is unknown{did_you_mean(format_name, FORMATS)}; choose one of "
            f"{', '.join(FORMATS)}"
        )
    if format_name == "table":
        check_suffix(target)
    elif format_name in ("hugging-face", "wrench") and target.is_file():
        raise ProjectError(f"{str(target)!r} is a file; {format_name} is a folder: name a new one")


def write_split(split: LabeledSplit, target: Path, format_name: str) -> tuple[str, ...]:
    """Write a split in one of the formats, and return the columns of data that went into it.

    Raises
    ------
    ProjectError
        No column that people read, where the format needs one.
    SchemaError, DataError, StoreError
        As the writers of `labelwright.io` raise.
    """
    FORMATS[format_name](split, target)
    return tuple(_as_table(split).columns if format_name == "table" else split.frame.columns)
