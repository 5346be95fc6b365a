"""Rows with their labels, as files and frames for other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._errors import ProjectError, SchemaError
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io import Split, write_hugging_face, write_label_studio, write_prodigy, write_wrench
from labelwright.pipeline.results import Predictions
from labelwright.pipeline.rows import Rows
from labelwright.pipeline.training import ProjectModel
from labelwright.store import SoftLabels, write_atomically

SUFFIXES = (".parquet", ".csv", ".jsonl")


def with_labels(frame: pl.DataFrame, probabilities: FloatArray, space: LabelSpace) -> pl.DataFrame:
    """Put ``label``, ``probability`` and one ``p_CLASS`` a class beside the rows; they replace namesakes.

    Examples
    --------
    >>> import numpy as np
    >>> frame = with_labels(pl.DataFrame({"x": [1]}), np.array([[0.2, 0.8]]), LabelSpace(["no", "yes"]))
    >>> frame.row(0)
    (1, 'yes', 0.8, 0.2, 0.8)
    """
    best = probabilities.argmax(axis=1)
    return frame.with_columns(
        pl.Series("label", [space.names[c] for c in best], dtype=pl.String),
        pl.Series("probability", probabilities.max(axis=1)),
        *(pl.Series(f"p_{name}", probabilities[:, c]) for c, name in enumerate(space)),
    )


def check_suffix(path: Path) -> None:
    """Raise for a file type that cannot be written.

    Examples
    --------
    >>> check_suffix(Path("labels.xlsx"))
    Traceback (most recent call last):
    labelwright._errors.ProjectError: cannot write 'labels.xlsx': ... expected .parquet, .csv or .jsonl
    """
    if path.suffix not in SUFFIXES:
        hint = did_you_mean(path.suffix, SUFFIXES)
        raise ProjectError(
            f"cannot write {str(path)!r}: unknown suffix {path.suffix!r}{hint}; expected "
            ".parquet, .csv or .jsonl"
        )


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet, CSV or JSON lines, by the suffix.

    Raises
    ------
    ProjectError
        Another suffix.
    SchemaError
        CSV cannot hold a column of lists or structs.
    StoreError
        The file cannot be written.
    """
    check_suffix(path)
    if path.suffix == ".csv":
        _check_flat(frame)
        write_atomically(path, frame.write_csv)
    elif path.suffix == ".jsonl":
        write_atomically(path, frame.write_ndjson)
    else:
        write_atomically(path, frame.write_parquet)


def _check_flat(frame: pl.DataFrame) -> None:
    for name, dtype in frame.schema.items():
        if dtype.is_nested():
            raise SchemaError(
                f"CSV cannot hold column {name!r} of type {dtype}; write .parquet or .jsonl instead"
            )


def write_predictions(
    model: ProjectModel, frame: pl.DataFrame, prepared: pl.DataFrame, target: Path | None
) -> Predictions:
    """Label new rows, which are prepared already, and write them with their labels where that is wanted."""
    probabilities = model.predict_proba(prepared)
    shown = frame if prepared.height == frame.height else prepared
    labeled = with_labels(shown, probabilities, model.space)
    if target is not None:
        write_frame(labeled, target)
    return Predictions(
        labels=probabilities.argmax(axis=1),
        probabilities=probabilities,
        space=model.space,
        frame=labeled,
        path=target,
    )


# --- rows with their labels in the formats of other tools


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
