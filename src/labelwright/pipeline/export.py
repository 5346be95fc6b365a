"""Rows with their labels, as files and frames for other tools."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from labelwright._errors import ProjectError, SchemaError
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace
from labelwright.store import write_atomically

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
