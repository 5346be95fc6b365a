"""Where files are written: in a project's own folder of results, into regular files, through no link."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from labelwright._errors import StoreError

RESULTS: Final = ".labelwright"  # the folder of a project's results
BESIDE_SQLITE: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite writes to beside a file of its own, and plays back from."""

_KINDS: Final = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(path: Path) -> str | None:
    """Return what stands in a place where it is no regular file, in words; None for a file, and for nothing.

    Raises
    ------
    OSError
        It cannot be looked at.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> kind_of(folder), kind_of(folder / "missing")
    ('a folder', None)
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if is_link(path):  # a junction of Windows is a folder to stat
        return "a symbolic link"
    return next((word for test, word in _KINDS if test(mode)), None)


def is_link(path: Path) -> bool:
    """Say whether a path is a symbolic link, or a junction of Windows."""
    junction = getattr(os.path, "isjunction", None)
    return path.is_symlink() or (junction is not None and bool(junction(path)))


def check_results_folder(path: Path) -> None:
    """Raise where a folder of a project's results, on the way to a file of them, is a link.

    Whoever gets a project from others would write wherever the link points. Other paths may go over links:
    people name them.

    Raises
    ------
    StoreError
        It is.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".labelwright").symlink_to(folder)
    >>> check_results_folder(folder / ".labelwright" / "report.html")
    Traceback (most recent call last):
    labelwright._errors.StoreError: ...labelwright' is a link; results stay in the project's folder: ...
    """
    if RESULTS not in path.parts:
        return
    first = len(path.parts) - 1 - path.parts[::-1].index(RESULTS)
    for end in range(first + 1, max(len(path.parts), first + 2)):
        check_no_link(Path(*path.parts[:end]))


def check_no_link(folder: Path) -> None:
    """Raise where a folder of results is a link.

    Raises
    ------
    StoreError
        It is.
    """
    if is_link(folder):
        raise StoreError(
            f"{str(folder)!r} is a link; results stay in the project's folder: remove the link (they are "
            "made again), or move the whole project to where it points"
        )


def check_target(path: Path) -> None:
    """Raise where a file cannot be put into its place: a link on the way, or a folder, pipe or device there.

    A symbolic link in the place itself is replaced by the file; what it points to stays as it is.

    Raises
    ------
    StoreError
        It cannot.
    """
    check_results_folder(path)
    kind = kind_of(path)
    if kind not in (None, "a symbolic link"):
        raise StoreError(f"cannot write {str(path)!r}: it is {kind}; name another file, or move it away")


def check_in_place(path: Path, *, sqlite: bool = False) -> None:
    """Raise where a file that is written in place is a link, has a second name, or is no regular file.

    Parameters
    ----------
    path : Path
        The file; it may be missing.
    sqlite : bool, default False
        Look at the files that SQLite keeps beside it, too.

    Raises
    ------
    StoreError
        It is.
    """
    check_results_folder(path)
    for one in (path.with_name(path.name + end) for end in (BESIDE_SQLITE if sqlite else ("",))):
        kind = kind_of(one)
        if kind is None and one.exists() and one.stat().st_nlink > 1:
            kind = "a hard link, so that another file would change with it"
        if kind is not None:
            raise StoreError(f"{str(one)!r} is no regular file of its own but {kind}; move it away")
