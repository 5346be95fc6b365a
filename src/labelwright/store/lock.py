"""One writer a project."""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
import weakref
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final

from labelwright._errors import StoreError
from labelwright._places import check_in_place
from labelwright._text import one_line

HELD: Final = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # what systems say where somebody holds a lock
TRIES: Final = 5
NOTE: Final = re.compile(r"process (\d{1,9}) on (\S+), since (.+)")

_held: weakref.WeakSet[ProjectLock] = weakref.WeakSet()


class ProjectLock:
    """Keeps two runs from writing to one project at once.

    The operating system holds the lock for the process, so a lock dies with its process, also where that had
    forked others: there are no stale locks, whatever killed the run. The file only tells others who holds it.
    On a network file system the lock is as good as that system's locks are; one that has none is refused.

    Parameters
    ----------
    path : Path
        The lock file; made where it is missing, never removed.
    other : str
        What another holder is doing, for the message.

    Raises
    ------
    StoreError
        On entering, where another run holds the lock, no lock can be had, or the file is none of its own.

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
        for _ in range(TRIES):
            self._take()
            if self._is_there():
                break
            self.release()  # somebody removed the file in between: the next process would lock another one
        else:
            raise StoreError(f"{str(self._path)!r} is removed again and again; try again")
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, _note().encode())
        return self

    def _take(self) -> None:
        """Open the file, and lock it."""
        check_in_place(self._path)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
            self._descriptor = os.open(self._path, flags, 0o644)
        except OSError as error:
            raise StoreError(
                f"cannot write to {str(self._path.parent)!r}: {error.strerror}; check its permissions, and "
                f"that {self._path.name!r} in it is a file"
            ) from error
        _held.add(self)
        try:
            _lock(self._descriptor)
        except OSError as error:
            held, holder = error.errno in HELD, _holder(self._descriptor)
            self.release()
            where = str(self._path.parent)
            raise StoreError(
                f"{self._other} {where!r}{holder}"
                if held
                else f"cannot lock {where!r}: {error.strerror}; its file system keeps no locks, so put the "
                "project on a local disk"
            ) from error
        except BaseException:
            self.release()
            raise

    def _is_there(self) -> bool:
        """Say whether the file that is locked is the one that others find."""
        assert self._descriptor is not None
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._descriptor), self._path.lstat())
        return False

    def release(self) -> None:
        """Give the lock back; in a forked process, let go of it without taking it from its holder."""
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(self)
        if descriptor is not None:
            os.close(descriptor)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def _forget_in_child() -> None:
    """Close what a fork has copied, or a lock would outlive its holder in the processes that it began."""
    for lock in list(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)


def _note() -> str:
    return f"process {os.getpid()} on {socket.gethostname() or '?'}, since {datetime.now():%Y-%m-%d %H:%M:%S}"


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
    """Return who holds a lock, by the note in its file, and what to do."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    note = one_line(os.read(descriptor, 200).decode(errors="replace"))
    found = NOTE.fullmatch(note)
    if found is None:
        return "; wait for it, or stop it"
    number, host, since = found.groups()
    if host != socket.gethostname():
        return f" ({note}); wait for it, or stop it there"
    if _is_stopped(int(number)):
        cure = f"let it go on (kill -CONT {number}), or end it"
        return f" (process {number}, since {since}, which is stopped); {cure}"
    return f" (process {number}, since {since}); wait for it, or stop it"


def _is_stopped(process: int) -> bool:
    """Say whether a process has been stopped, as by Ctrl-Z; where the system does not tell, it has not."""
    with suppress(OSError, IndexError):
        about = Path(f"/proc/{process}/stat").read_text(errors="replace")
        return about.rpartition(")")[2].split()[0] in ("T", "t")
    return False
