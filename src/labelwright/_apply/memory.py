"""Results of preprocessors on disk, by content: what was made once is not made again."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from labelwright._errors import DamagedFileError, StoreError
from labelwright._packing import MALFORMED
from labelwright._places import check_in_place
from labelwright._reads import Reads
from labelwright._sealed import Damaged, untold
from labelwright.lfs import Preprocessor

NOTHING: Final = Reads()
READS: Final = b"reads"  # begins the keys of what was read for results; theirs are 16 bytes long
THEIR_KEYS: Final = "SELECT key FROM sealed WHERE length(key) > 16"

KEYS_AT_ONCE = 500  # SQLite takes at least 999 parameters in one question
DIGEST_SIZE = 16
MAX_BYTES = 1 << 28  # of one result: a small file of somebody else's shall not fill the memory


class PreprocessorMemory:
    """A folder with one SQLite file for each chain of preprocessors whose results are kept.

    Results are found by the content of the columns that were read, so they serve every split, every row that
    says the same, and every later run. Each block of rows is one transaction: what a killed run had finished
    is there, and nothing half. Everything here can be made again; the folder may be removed at any time.

    The files hold values and no code: plain ones, dates, collections of them, and arrays; or, of spaCy, its
    own bytes. What a preprocessor makes of other types is made anew each time. Each result carries a digest
    of itself, of what it was made of and of its chain: one that was damaged or moved is made again.

    Parameters
    ----------
    folder : Path
        Made when the first result is kept; ``.labelwright/preprocessed`` in a project.
    damaged : callable, optional
        Is told once of each file that does not hold what was written.
    home : Path, optional
        A folder that may be moved as a whole, with the files that preprocessors read; `folder` without.
    keeps : callable, optional
        Says of a preprocessor whether its results may be kept; all may without.

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

    def __init__(
        self,
        folder: Path,
        *,
        damaged: Damaged = untold,
        home: Path | None = None,
        keeps: Callable[[Preprocessor], bool] = lambda _: True,
    ) -> None:
        self.folder, self._damaged = folder, damaged
        self.home, self.keeps = home or folder, keeps
        self._shelves: dict[str, Shelf] = {}

    def __reduce__(self) -> tuple[type[PreprocessorMemory], tuple[Path, Path]]:
        return (PreprocessorMemory, (self.folder, self.home))  # open files stay in their process

    def shelf(self, fingerprint: str) -> Shelf:
        """Return the place of the results of a chain of preprocessors."""
        if fingerprint not in self._shelves:
            path = self.folder / f"{fingerprint}.sqlite"
            self._shelves[fingerprint] = Shelf(path, self.home, damaged=self._damaged)
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
    home : Path
        A folder that may be moved as a whole.
    damaged : callable, optional
        Is told once that the file does not hold what was written.
    """

    __slots__ = ("_connection", "_damaged", "_home", "_known", "_path", "_process", "_usable")

    def __init__(self, path: Path, home: Path, *, damaged: Damaged = untold) -> None:
        self._path, self._home, self._damaged = path, home, damaged
        self._known = NOTHING  # what was read for the results
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

    def reads(self) -> Reads:
        """Return what was read for the results; where part of that is gone, they are removed."""
        self._known = NOTHING
        if not self.exists:
            return NOTHING
        try:
            keys = [key for (key,) in self._open().execute(THEIR_KEYS)]
            parts = self.load(keys)
            self._known = NOTHING.joined(
                *(Reads.from_plain(json.loads(parts[key]), self._home) for key in keys)
            )
            whole = bool(keys)
        except (sqlite3.Error, StoreError) as error:
            self._recover(error)
            return NOTHING
        except MALFORMED:
            whole = False
        if not whole:
            self.clear()
        return self._known

    def clear(self) -> None:
        """Remove all results."""
        self._known = NOTHING
        if not self.exists:
            return
        try:
            with self._open() as connection:
                connection.execute("DELETE FROM sealed")
        except (sqlite3.Error, StoreError) as error:
            self._recover(error)

    def save(self, results: Mapping[bytes, bytes], reads: Reads = NOTHING) -> None:
        """Keep results, and what all of them together were made of beside the rows, in one transaction."""
        if not self._usable or not results:
            return
        new = reads.beyond(self._known)
        if new or not self._known:
            part = json.dumps(new.to_plain(self._home)).encode()
            results = {**results, READS + hashlib.sha256(part).digest(): part}
            self._known = self._known.joined(new)
        try:
            with self._open() as connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO sealed VALUES (?, ?)",
                    [(key, self._sealed(key, zlib.compress(value, 1))) for key, value in results.items()],
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
            self._connection.text_factory = bytes
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("DROP TABLE IF EXISTS results")  # an older labelwright's: no digests
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS sealed (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
            )
        return self._connection

    def _found(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            asked = keys[start : start + KEYS_AT_ONCE]
            marks = ",".join("?" * len(asked))
            rows: Iterable[tuple[bytes, bytes]] = connection.execute(
                f"SELECT key, value FROM sealed WHERE key IN ({marks})", asked
            )
            for key, value in rows:
                if not isinstance(value, bytes) or self._sealed(key, value[DIGEST_SIZE:]) != value:
                    self._tell()
                    continue
                unzip = zlib.decompressobj()
                result = unzip.decompress(value[DIGEST_SIZE:], MAX_BYTES)
                if unzip.eof:
                    yield key, result

    def _sealed(self, key: bytes, value: bytes) -> bytes:
        """Return the bytes of a result behind their digest, which is that of no other key or chain."""
        found = hashlib.blake2b(self._path.stem.encode(), digest_size=DIGEST_SIZE)
        found.update(len(key).to_bytes(8, "big") + key + value)
        return found.digest() + value

    def _tell(self) -> None:
        """Say, once, that something was changed: it is made again."""
        tell, self._damaged = self._damaged, untold
        tell(DamagedFileError(f"{str(self._path)!r} is damaged or was changed"))

    def _recover(self, error: Exception) -> None:
        """Begin a damaged file anew; do without one that is locked, or on a full or read-only disk."""
        self.close()
        damaged = isinstance(error, sqlite3.DatabaseError)
        if isinstance(
            error, sqlite3.OperationalError
        ):  # locked and the like, or a table that is none of ours
            damaged = str(error).startswith(("no such", "table"))
        try:
            if damaged:
                self._path.unlink(missing_ok=True)
                self._tell()
        except OSError:
            damaged = False
        self._usable = damaged
