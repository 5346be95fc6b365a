"""Results of preprocessors on disk, by content: what was made once is not made again."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from labelwright._errors import StoreError
from labelwright._places import check_in_place

KEYS_AT_ONCE = 500  # SQLite takes at least 999 parameters in one question
MAX_BYTES = 1 << 28  # of one result: a small file of somebody else's shall not fill the memory


class PreprocessorMemory:
    """A folder with one SQLite file for each chain of preprocessors whose results are kept.

    Results are found by the content of the columns that were read, so they serve every split, every row that
    says the same, and every later run. Each block of rows is one transaction: what a killed run had finished
    is there, and nothing half. Everything here can be made again; the folder may be removed at any time.

    The files hold values and no code: plain ones, dates, collections of them, and arrays; or, of spaCy, its
    own bytes. What a preprocessor makes of other types is made anew each time.

    Parameters
    ----------
    folder : Path
        Made when the first result is kept; ``.labelwright/preprocessed`` in a project.

    Examples
    --------
    >>> import tempfile
    >>> memory = PreprocessorMemory(Path(tempfile.mkdtemp()))
    >>> shelf = memory.shelf("0123")
    >>> shelf.save({b"key": b"result"})
    >>> shelf.load([b"key", b"other"])
    {b'key': b'result'}
    >>> memory.close()
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shelves: dict[str, Shelf] = {}

    def __reduce__(self) -> tuple[type[PreprocessorMemory], tuple[Path]]:
        return (PreprocessorMemory, (self.folder,))  # open files stay in their process

    def shelf(self, fingerprint: str) -> Shelf:
        """Return the place of the results of a chain of preprocessors."""
        if fingerprint not in self._shelves:
            self._shelves[fingerprint] = Shelf(self.folder / f"{fingerprint}.sqlite")
        return self._shelves[fingerprint]

    def close(self) -> None:
        """Close all files; they open again when they are used."""
        for shelf in self._shelves.values():
            shelf.close()


_LEFT: list[sqlite3.Connection | None] = []
"""Connections that a fork has copied: SQLite wants them neither used nor closed there."""


def _is_ours(path: Path) -> bool:
    try:
        check_in_place(path, sqlite=True)
    except (OSError, StoreError):
        return False
    return True


class Shelf:
    """The results of one chain of preprocessors, by keys.

    Parameters
    ----------
    path : Path
        The file. One that is damaged is begun anew; one that cannot be read or written, or is a link, is done
        without.
    """

    __slots__ = ("_connection", "_path", "_process", "_usable")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._usable = _is_ours(path)

    @property
    def exists(self) -> bool:
        """Whether anything has been kept."""
        return self._usable and self._path.exists()

    def load(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the results that are there."""
        if not self.exists:
            return {}
        try:
            return dict(self._found(self._open(), keys))
        except (sqlite3.Error, StoreError) as error:
            self._recover(error)
            return {}

    def save(self, results: Mapping[bytes, bytes]) -> None:
        """Keep results in one transaction."""
        if not self._usable or not results:
            return
        try:
            with self._open() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO results VALUES (?, ?)",
                    [(key, zlib.compress(value, 1)) for key, value in results.items()],
                )
        except (sqlite3.Error, StoreError) as error:
            self._recover(error)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._process != os.getpid():  # forked: SQLite's files must not be used across
            _LEFT.append(self._connection)
            self._connection, self._process = None, os.getpid()
        if self._connection is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"cannot make {str(self._path.parent)!r}: {error}") from error
            self._connection = sqlite3.connect(self._path, timeout=10)
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
            )
        return self._connection

    def _found(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            asked = keys[start : start + KEYS_AT_ONCE]
            marks = ",".join("?" * len(asked))
            rows: Iterable[tuple[bytes, bytes]] = connection.execute(
                f"SELECT key, value FROM results WHERE key IN ({marks})", asked
            )
            for key, value in rows:
                with contextlib.suppress(zlib.error, TypeError):  # damaged: as good as missing
                    unzip = zlib.decompressobj()
                    result = unzip.decompress(value, MAX_BYTES)
                    if unzip.eof:
                        yield key, result

    def _recover(self, error: Exception) -> None:
        """Begin a damaged file anew; do without one that is locked, or on a full or read-only disk."""
        self.close()
        damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        try:
            if damaged:
                self._path.unlink(missing_ok=True)
        except OSError:
            damaged = False
        self._usable = damaged
