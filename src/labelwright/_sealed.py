"""Parquet files that hold the digest of their own bytes, so that damage shows before they are parsed."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from labelwright._errors import DamagedFileError
from labelwright._files import write_atomically
from labelwright._forks import check_threads
from labelwright._places import kind_of

if TYPE_CHECKING:
    import polars as pl

ABOUT: Final = "labelwright"  # the key of our JSON among the metadata of a Parquet file
MARK: Final = b"labelwright seal sha256:"
DIGITS: Final = 64
UNSET: Final = b"0" * DIGITS
"""What stands in the place of the digest while it is computed: it cannot be part of what it is made of."""


def write_parquet(path: Path, frame: pl.DataFrame, about: object, *, make_folder: bool = True) -> None:
    """Write a frame to Parquet, with JSON-like values about it and a seal; see `write_atomically`.

    Any reader of Parquet opens it: the seal stands among the metadata, the SHA-256 of all bytes but its own.

    Examples
    --------
    >>> import tempfile
    >>> import polars as pl
    >>> place = Path(tempfile.mkdtemp()) / "votes.parquet"
    >>> write_parquet(place, pl.DataFrame({"lf": [0, 1]}), {"version": 1})
    >>> read_sealed(place)[1]
    {'version': 1}
    """
    check_threads()
    metadata = {ABOUT: json.dumps(about), "seal": (MARK + UNSET).decode()}

    def write(partial: Path) -> None:
        frame.write_parquet(partial, metadata=metadata)
        with partial.open("r+b") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            start = file.seek(-8, os.SEEK_END)
            start = file.seek(start - int.from_bytes(file.read(4), "little"))  # of what stands about the rows
            file.seek(start + file.read().rfind(MARK) + len(MARK))
            file.write(digest.encode())

    write_atomically(path, write, make_folder=make_folder)


def read_sealed(path: Path) -> tuple[pl.DataFrame, Any]:
    """Return the frame of a file of `write_parquet`, and what was written about it.

    Nothing is parsed before the bytes are known to be those that were written: what reads Parquet may go
    down on others.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    DamagedFileError
        Its bytes are not those that were written, it is no file, or it has no seal.
    """
    content = _content(path)
    if not is_sealed(content):
        what = "is damaged or was changed" if MARK in content else "was not written by this labelwright"
        raise DamagedFileError(f"{str(path)!r} {what}")
    return parsed(content)


def is_sealed(content: bytes) -> bool:
    """Say whether the bytes of a file hold their own digest."""
    start = content.rfind(MARK) + len(MARK)
    if start < len(MARK):
        return False
    found = hashlib.sha256(memoryview(content)[:start])
    found.update(UNSET)
    found.update(memoryview(content)[start + DIGITS :])
    return content[start : start + DIGITS] == found.hexdigest().encode()


def parsed(content: bytes) -> tuple[pl.DataFrame, Any]:
    """Return the frame in the bytes of a Parquet file, and our values about it; none: an empty dictionary.

    Raises
    ------
    ValueError, RecursionError, polars.exceptions.PolarsError
        They are no Parquet, or what stands about it is no JSON.
    """
    import polars as pl

    about = json.loads(pl.read_parquet_metadata(io.BytesIO(content)).get(ABOUT, "{}"))
    return pl.read_parquet(io.BytesIO(content)), about


Damaged: TypeAlias = Callable[[DamagedFileError], object]
"""Who is told of a kept file that does not hold what was written, and so counts as missing."""


def untold(error: DamagedFileError) -> None:
    """Tell nobody."""


def _content(path: Path) -> bytes:
    """Return the bytes of a regular file; a link, or what waits for somebody to write, is none of ours."""
    try:
        kind = kind_of(path)
        content = path.read_bytes() if kind is None else b""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DamagedFileError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    if kind is not None:
        raise DamagedFileError(f"{str(path)!r} is {kind}, no regular file")
    return content
