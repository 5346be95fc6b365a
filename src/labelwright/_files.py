"""Files that are there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelwright._errors import StoreError
from labelwright._places import RESULTS, check_no_link, check_target
from labelwright._text import one_line

if TYPE_CHECKING:
    import numpy as np

SETTINGS = "labelwright.toml"  # what makes a folder a project
PARTIAL_SUFFIX = ".partial"
PARTIAL = re.compile(rf"\..+\.[0-9]+{re.escape(PARTIAL_SUFFIX)}")
"""The name of a file, and the process that was writing it."""

MAX_NAME = 200  # bytes of it in the name of a partial file, which file systems hold to 255
_writes = count()


def write_atomically(path: Path, write: Callable[[Path], object], *, make_folder: bool = True) -> None:
    """Write a file beside its place, bring it to the disk, then move it there.

    Whoever reads the path sees the old content or the new, also where the process or the machine dies in
    between; what is left then is a ``.partial`` file, which `labelwright.store.remove_partials` takes away.

    Parameters
    ----------
    path : Path
        The place.
    write : callable
        Gets the path to write to.
    make_folder : bool, default True
        Make the folder of the place where it is missing; without, that is an error.

    Raises
    ------
    StoreError
        The file cannot be written: no permission, no space, a folder, pipe or device is in its place, or it
        is a result and would go out of its project by a link.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "new" / "notes.txt"
    >>> write_atomically(place, lambda partial: partial.write_text("done"))
    >>> place.read_text()
    'done'
    """
    import polars as pl

    name = os.fsdecode(os.fsencode(path.name)[:MAX_NAME])
    partial = path.with_name(f".{name}.{os.getpid()}.{next(_writes)}{PARTIAL_SUFFIX}")
    try:
        check_target(path)
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        _begin(partial, path)
        write(partial)
        _to_disk(partial)
        partial.replace(path)
        _to_disk(path.parent)
    except BaseException as error:
        with suppress(OSError):  # the folder may be none, and the first error is the one to tell
            partial.unlink(missing_ok=True)
        if isinstance(error, StoreError) or not isinstance(error, (OSError, pl.exceptions.PolarsError)):
            raise
        raise StoreError(
            f"cannot write {str(path)!r}: {one_line(error)}; check the folder's permissions and free space"
        ) from error


def _begin(partial: Path, path: Path) -> None:
    """Make an empty file of ours, whatever stood there, as open to others as what it will replace.

    `write` opens it by its name: a link that was waiting there would have it write elsewhere.
    """
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    with suppress(OSError):
        if not path.is_symlink():
            partial.chmod(stat.S_IMODE(path.stat().st_mode))


def _to_disk(path: Path) -> None:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except PermissionError:  # Windows opens no folders; its moves are on disk by themselves
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shown_path(path: Path, folder: Path | None = None) -> str:
    """Return a path as reports and records hold it: from a folder, never from the root, with slashes.

    Parameters
    ----------
    path : Path
        A file.
    folder : Path, optional
        Where to see it from; without, the project that it is in, else the working directory.

    Examples
    --------
    >>> shown_path(Path("/home/ada/spam/data/train.csv"), Path("/home/ada/spam"))
    'data/train.csv'
    >>> shown_path(Path("/home/ada/spam/.labelwright/report.html"))
    '.labelwright/report.html'
    """
    try:
        return Path(os.path.relpath(path, folder or _project_of(path))).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()


def _project_of(path: Path) -> Path | None:
    """Return the folder of the project that a file is in."""
    if RESULTS in path.parts:
        return Path(*path.parts[: path.parts.index(RESULTS)])
    return next((above for above in path.parents if (above / SETTINGS).is_file()), None)


# --- texts in files, what interrupted writes leave, and keys made of what a result was made from


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; see `write_atomically`.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> write_text(place, "done")
    >>> place.read_text()
    'done'
    """
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def remove_partials(folder: Path) -> int:
    """Remove what interrupted writes left in a folder and below; return how many files that were.

    Only for the holder of the project's lock: another process may be writing otherwise. No link is followed.

    Raises
    ------
    StoreError
        A folder in it is a link: whoever writes or removes there would do so elsewhere.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".votes.parquet.123.partial").touch()
    >>> remove_partials(folder), remove_partials(folder)
    (1, 0)
    """
    found = 0
    for place, folders, files in os.walk(folder):
        for name in folders:
            check_no_link(Path(place, name))
        for name in files:
            if name.endswith(PARTIAL_SUFFIX) and PARTIAL.fullmatch(name):
                Path(place, name).unlink(missing_ok=True)
                found += 1
    return found


def content_key(*parts: object) -> str:
    """Return 32 hex characters for a sequence of JSON-like values; equal values give equal keys.

    Examples
    --------
    >>> content_key("votes", {"b": 1, "a": [2]}) == content_key("votes", {"a": [2], "b": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def array_digest(array: np.ndarray[Any, Any]) -> str:
    """Return 32 hex characters for the type, the shape and the values of a contiguous array.

    Examples
    --------
    >>> import numpy as np
    >>> array_digest(np.array([1, 2])) == array_digest(np.array([2, 1]))
    False
    """
    found = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    found.update(array.data.cast("B") if array.size else b"")
    return found.hexdigest()[:32]


def file_digest(path: Path) -> str | None:
    """Return 32 hex characters for what a file holds; None where it is no regular one or cannot be read.

    Cost: one pass over the file, about 1 GB/s.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> file_digest(place) is None
    True
    >>> write_text(place, "done")
    >>> file_digest(place)[:8]
    'a4c3ed04'
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:32]
    except OSError:
        return None
