"""Votes and their statistics in files: Parquet with JSON metadata, and NumPy archives without pickles.

Plain values go in and come out, so that what has a file format stands above the files.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from labelwright._errors import LabelwrightError, StoreError
from labelwright._files import write_atomically

if TYPE_CHECKING:
    import polars as pl

PathLike: TypeAlias = "str | os.PathLike[str]"
Arrays: TypeAlias = "dict[str, np.ndarray[Any, Any]]"

METADATA_KEY = "labelwright"
ARCHIVE_ERRORS = (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile)


def write_votes(frame: pl.DataFrame, metadata: Mapping[str, object], path: PathLike) -> None:
    """Write a frame of one column an LF to Parquet, with metadata."""
    texts = {METADATA_KEY: json.dumps(metadata)}
    write_atomically(
        Path(path), lambda partial: frame.write_parquet(partial, metadata=texts), make_folder=False
    )


def read_votes(path: PathLike, *, newest: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read a frame of votes, and the metadata where `write_votes` wrote any.

    Raises
    ------
    StoreError
        The file is missing, is not Parquet, or has a format after the newest known one.
    """
    import polars as pl

    try:
        frame = pl.read_parquet(Path(path))
        metadata = json.loads(pl.read_parquet_metadata(Path(path)).get(METADATA_KEY, "{}"))
    except (OSError, pl.exceptions.PolarsError, ValueError) as error:
        raise StoreError(f"cannot read label matrix from {os.fspath(path)!r}: {error}") from error
    _check_version(metadata.get("version", newest), newest, path)
    return frame, metadata


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
        with np.load(Path(path), allow_pickle=False) as archive:
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
