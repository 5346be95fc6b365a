"""Votes and their statistics in files: Parquet with JSON metadata, and NumPy archives without pickles.

Plain values go in and come out, so that what has a file format stands above the files.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from labelwright._errors import LabelMatrixError, LabelwrightError, SchemaError, StoreError
from labelwright._exact import without
from labelwright._files import write_atomically
from labelwright._forks import check_threads
from labelwright._packing import MALFORMED
from labelwright._sealed import MARK, is_sealed, parsed, write_parquet
from labelwright._types import ABSTAIN, BoolArray, IntArray, VoteArray
from labelwright.core.votes.row_scores import RowScores
from labelwright.core.votes.vote_sets import class_lists, table_of

if TYPE_CHECKING:
    import polars as pl

PathLike: TypeAlias = "str | os.PathLike[str]"
Arrays: TypeAlias = "dict[str, np.ndarray[Any, Any]]"

VOTES_VERSION = 1
VOTES_VERSION_WITH_SETS = 2  # an older reader must refuse: it would take the code of a set for a class
VOTES_VERSION_WITH_SCORES = 3  # an older reader must refuse: it would take a column of scores for an LF
ARCHIVE_ERRORS = (OSError, EOFError, *MALFORMED, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True, eq=False)
class VotesFile:
    """A label matrix in parts, as a file has them.

    Attributes
    ----------
    frame : polars.DataFrame
        One integer column an LF.
    classes : tuple of str or None
        Their names; None where the file says nothing but votes.
    fingerprints : tuple of (str or None), or None
    task : (str, str) or None
        Name and description.
    vote_sets : (c, k) bool or None
    scores : mapping of str to RowScores
        By LF name.
    """

    frame: pl.DataFrame
    classes: tuple[str, ...] | None = None
    fingerprints: tuple[str | None, ...] | None = None
    task: tuple[str, str] | None = None
    vote_sets: BoolArray | None = None
    scores: Mapping[str, RowScores] = field(default_factory=dict)


def as_frame(votes: VoteArray, lf_names: Sequence[str]) -> pl.DataFrame:
    """Return (n, m) votes as a frame with one integer column an LF."""
    import polars as pl

    return pl.DataFrame(
        {name: votes[:, j] for j, name in enumerate(lf_names)},
        schema=dict.fromkeys(lf_names, pl.Int8 if votes.dtype == np.int8 else pl.Int16),
    )


def votes_of_frame(frame: pl.DataFrame) -> IntArray:
    """Return the columns of a frame as (n, m) integers, null as ABSTAIN.

    Raises
    ------
    SchemaError
        A column that holds no integers.
    LabelMatrixError
        No columns.
    """
    import polars as pl

    for name, dtype in frame.schema.items():
        if not (dtype.is_integer() or dtype == pl.Null):
            raise SchemaError(f"column {name!r} has type {dtype}; a column of votes holds integers")
    if frame.width == 0:
        raise LabelMatrixError("the frame has no columns; a label matrix needs one column an LF")
    return frame.select(pl.all().cast(pl.Int64).fill_null(ABSTAIN)).to_numpy()


def write_votes(parts: VotesFile, path: PathLike) -> None:
    """Write a label matrix to Parquet, what is no vote in the file's metadata."""
    metadata: dict[str, object] = {
        "version": VOTES_VERSION,
        "classes": parts.classes,
        "fingerprints": parts.fingerprints,
    }
    if parts.task is not None:
        metadata["task"] = {"name": parts.task[0], "description": parts.task[1]}
    if parts.vote_sets is not None:
        metadata |= {"version": VOTES_VERSION_WITH_SETS, "vote_sets": class_lists(parts.vote_sets)}
    frame = parts.frame
    if parts.scores:
        columns = _free_names([f"scores of {name}" for name in parts.scores], taken=frame.columns)
        metadata |= {
            "version": VOTES_VERSION_WITH_SCORES,
            "scores": dict(zip(parts.scores, columns, strict=True)),
        }
        frame = frame.with_columns(
            as_score_column(column, one) for column, one in zip(columns, parts.scores.values(), strict=True)
        )
    write_parquet(Path(path), frame, metadata, make_folder=False)


def _free_names(wanted: Sequence[str], *, taken: Sequence[str]) -> list[str]:
    """Return a name for each column of scores that no LF bears."""
    used, names = set(taken), []
    for name in wanted:
        while name in used:
            name += "_"
        used.add(name)
        names.append(name)
    return names


def as_score_column(name: str, scores: RowScores) -> pl.Series:
    """Return the scores of an LF as a column of lists, null where it gives none."""
    import polars as pl

    given = pl.DataFrame(
        {"row": scores.rows, name: scores.values},
        schema={"row": pl.Int64, name: pl.Array(pl.Float32, scores.k)},
    )
    rows = pl.DataFrame({"row": np.arange(scores.n)}, schema={"row": pl.Int64})
    return rows.join(given, on="row", how="left", maintain_order="left")[name]


def scores_of_column(column: pl.Series, *, k: int) -> RowScores:
    """Return what `as_score_column` wrote.

    Raises
    ------
    ValueError
        Lists of another length, or what is no distribution.
    """
    import polars as pl

    rows = np.flatnonzero(column.is_not_null().to_numpy())
    values = column.drop_nulls().cast(pl.Array(pl.Float32, k)).to_numpy().reshape(-1, k)
    if not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"column {column.name!r} holds what is no distribution")
    values = np.array(values)
    values.flags.writeable = False
    return RowScores(rows, values, len(column))


def read_votes(path: PathLike) -> VotesFile:
    """Read a label matrix that `write_votes` wrote, or a Parquet file of votes alone.

    Raises
    ------
    StoreError
        The file is missing, is not Parquet, or was written by a newer labelwright.
    """
    import polars as pl

    check_threads()
    try:
        content = Path(path).read_bytes()
        if MARK in content and not is_sealed(content):
            raise ValueError("its bytes are others than its seal says")
        frame, metadata = parsed(content)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, *MALFORMED) as error:
        said = error.strerror if isinstance(error, OSError) else None
        why = said or "it is no Parquet file, or it is cut short, damaged or was changed; write it again"
        raise StoreError(f"cannot read label matrix from {os.fspath(path)!r}: {why}") from error
    _check_version(metadata.get("version", VOTES_VERSION), VOTES_VERSION_WITH_SCORES, path)
    scored: dict[str, str] = metadata.get("scores") or {}
    try:
        scores = {
            name: scores_of_column(frame[column], k=len(metadata["classes"]))
            for name, column in scored.items()
        }
    except (pl.exceptions.PolarsError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"cannot read the scores in {os.fspath(path)!r}: they are damaged; write the file again"
        ) from error
    frame = without(frame, scored.values())
    classes, prints, task, sets = (
        metadata.get(key) for key in ("classes", "fingerprints", "task", "vote_sets")
    )
    return VotesFile(
        frame,
        classes=None if classes is None else tuple(classes),
        fingerprints=None if prints is None else tuple(prints),
        task=None if task is None else (task["name"], task["description"]),
        vote_sets=None if sets is None else table_of(sets, k=len(classes)),
        scores=scores,
    )


def write_archive(header: Mapping[str, object], arrays: Arrays, path: PathLike) -> None:
    """Write arrays and a header to one compressed NumPy archive."""
    contents: dict[str, Any] = {"header": np.array(json.dumps(header)), **arrays}

    def save(partial: Path) -> None:
        with partial.open("wb") as file:
            np.savez_compressed(file, **contents)

    write_atomically(Path(path), save, make_folder=False)


def read_archive(path: PathLike, *, format: str, newest: int) -> tuple[dict[str, Any], Arrays]:
    """Read the header and the arrays of vote statistics.

    Raises
    ------
    StoreError
        The file is missing, holds something else, or has a format after the newest known one.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            header = json.loads(str(archive["header"]))
            if header["format"] != format:
                raise StoreError(f"{os.fspath(path)!r} holds no vote statistics; write them with to_npz")
            _check_version(header["version"], newest, path)
            return header, {key: archive[key] for key in archive.files if key != "header"}
    except StoreError:
        raise
    except ARCHIVE_ERRORS as error:
        raise damaged_archive(path, error) from error


def damaged_archive(path: PathLike, error: Exception) -> StoreError:
    """Return what to raise for an archive whose contents are wrong."""
    why = " ".join(str(error).split()) if isinstance(error, (OSError, LabelwrightError)) else "damaged"
    return StoreError(f"cannot read vote statistics from {os.fspath(path)!r}: {why}; write them with to_npz")


def _check_version(version: int, newest: int, path: PathLike) -> None:
    if version > newest:
        raise StoreError(
            f"{os.fspath(path)!r} has format {version}, this labelwright reads up to {newest}; "
            "upgrade labelwright"
        )
