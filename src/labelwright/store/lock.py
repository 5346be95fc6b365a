"""One writer a project."""

from __future__ import annotations

import os
import stat
import sys
from datetime import datetime
from pathlib import Path
from types import TracebackType

from labelwright._errors import StoreError


class ProjectLock:
    """Keeps two runs from writing to one project at once.

    The operating system holds the lock for the process, so a lock dies with its process: there are no stale
    locks, whatever killed the run. The file only tells others who holds it.

    Parameters
    ----------
    path : Path
        The lock file; made where it is missing, never removed.
    other : str
        What another holder is doing, for the message.

    Raises
    ------
    StoreError
        On entering, where another run holds the lock.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "lock"
    >>> with ProjectLock(place):
    ...     try:
    ...         ProjectLock(place).__enter__()
    ...     except StoreError as error:
    ...         print("refused")
    refused
    """

    def __init__(self, path: Path, *, other: str = "another run is writing to") -> None:
        self._path, self._other = path, other
        self._descriptor: int | None = None

    def __enter__(self) -> ProjectLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Somebody else's project may hold a link here, to a file that is not to be written to.
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except OSError as error:
            raise StoreError(
                f"cannot write to {str(self._path.parent)!r}: {error.strerror}; check its permissions, and "
                f"that {self._path.name!r} in it is a file"
            ) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StoreError(f"{str(self._path)!r} is no regular file; remove it")
        try:
            _lock(descriptor)
        except OSError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise StoreError(
                f"{self._other} {str(self._path.parent)!r}{holder}; wait for it, or stop it"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, since {datetime.now():%Y-%m-%d %H:%M:%S}".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        # Far behind the note on who holds it: a locked byte cannot be read on Windows.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    note = os.read(descriptor, 200).decode(errors="replace").strip()
    return f" ({note})" if note else ""
