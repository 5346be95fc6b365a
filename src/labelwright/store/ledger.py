"""The ledger: which LF versions there were, what was run with them, and what came out."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, TracebackType
from typing import Any, Literal, TypeAlias

from labelwright._errors import ForkError, StoreError
from labelwright._places import check_in_place
from labelwright._text import one_line

VERSION = 2

# One entry a version; a ledger of version v needs the entries from v on.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE lf_versions (
            fingerprint TEXT NOT NULL,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            description TEXT NOT NULL,
            source TEXT NOT NULL,
            first_seen TEXT NOT NULL,
            PRIMARY KEY (fingerprint, name)
        ) WITHOUT ROWID""",
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY,
            command TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted')),
            started TEXT NOT NULL,
            finished TEXT,
            error TEXT,
            settings TEXT NOT NULL,
            versions TEXT NOT NULL
        )""",
        """CREATE TABLE run_data (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            split TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            rows INTEGER NOT NULL,
            PRIMARY KEY (run_id, split)
        ) WITHOUT ROWID""",
        """CREATE TABLE run_lfs (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            split TEXT NOT NULL,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            seconds REAL NOT NULL,
            faults INTEGER NOT NULL,
            cached INTEGER NOT NULL,
            PRIMARY KEY (run_id, split, position)
        ) WITHOUT ROWID""",
        """CREATE TABLE metrics (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            split TEXT NOT NULL,
            model TEXT NOT NULL,
            metric TEXT NOT NULL,
            value REAL,
            PRIMARY KEY (run_id, split, model, metric)
        ) WITHOUT ROWID""",
    ),
    (  # votes and numbers are of a task; what was noted before knows none
        "ALTER TABLE run_lfs RENAME TO run_lfs_1",
        """CREATE TABLE run_lfs (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            task TEXT NOT NULL,
            split TEXT NOT NULL,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            seconds REAL NOT NULL,
            faults INTEGER NOT NULL,
            cached INTEGER NOT NULL,
            PRIMARY KEY (run_id, task, split, position)
        ) WITHOUT ROWID""",
        """INSERT INTO run_lfs
            SELECT run_id, '', split, position, name, fingerprint, seconds, faults, cached FROM run_lfs_1""",
        "DROP TABLE run_lfs_1",
        "ALTER TABLE metrics RENAME TO metrics_1",
        """CREATE TABLE metrics (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            task TEXT NOT NULL,
            split TEXT NOT NULL,
            model TEXT NOT NULL,
            metric TEXT NOT NULL,
            value REAL,
            PRIMARY KEY (run_id, task, split, model, metric)
        ) WITHOUT ROWID""",
        "INSERT INTO metrics SELECT run_id, '', split, model, metric, value FROM metrics_1",
        "DROP TABLE metrics_1",
    ),
)


Status: TypeAlias = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LFVersion:
    """One version of an LF; `first_seen` is filled in by the ledger."""

    fingerprint: str
    name: str
    kind: str
    description: str
    source: str
    first_seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One command that wrote results."""

    id: int
    command: str
    status: Status
    started: str
    finished: str | None
    error: str | None
    settings: dict[str, Any]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LFRun:
    """What an LF did in a run on a split; `cached` votes were made by an earlier run.

    ``task`` is empty in runs of versions that knew of no tasks.
    """

    task: str
    split: str
    position: int
    name: str
    fingerprint: str
    seconds: float
    faults: int
    cached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number of a run; ``task`` is empty in runs of versions that knew of no tasks."""

    task: str
    split: str
    model: str
    metric: str
    value: float | None


class Ledger:
    """The SQLite file ``ledger.sqlite`` of a project.

    Parameters
    ----------
    path : Path
        Made where it is missing; upgraded where an older labelwright wrote it.

    Raises
    ------
    StoreError
        The file is no ledger, is damaged, or was written by a newer labelwright.

    Examples
    --------
    >>> import tempfile
    >>> with Ledger(Path(tempfile.mkdtemp()) / "ledger.sqlite") as ledger:
    ...     run = ledger.start_run("run", settings={"seed": 0}, versions={"labelwright": "0.1"})
    ...     accuracy = Metric(task="spam", split="test", model="end model", metric="accuracy", value=0.9)
    ...     ledger.record_metrics(run, [accuracy])
    ...     ledger.finish_run(run, "done")
    ...     ledger.runs()[0].status, ledger.metrics(run)[0].value
    ('done', 0.9)
    """

    def __init__(self, path: Path) -> None:
        self.path, self._process = path, os.getpid()
        check_in_place(path, sqlite=True)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot open the ledger {str(path)!r}: {error}; check its permissions"
            ) from error
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with self._told():
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA trusted_schema = OFF")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreError(
                    f"the ledger {str(self.path)!r} has version {version}, this labelwright reads up to "
                    f"{VERSION}; upgrade labelwright"
                )
            if version < VERSION:
                self._migrate()

    def _migrate(self) -> None:
        with self._transaction():
            (version,) = self._db.execute(
                "PRAGMA user_version"
            ).fetchone()  # another process may have been first
            for statement in (sql for step in MIGRATIONS[version:] for sql in step):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_ours(self) -> bool:
        """Whether this process opened the file, and was not forked since."""
        return os.getpid() == self._process

    def close(self) -> None:
        """Close the file; in a forked process it is left to the one that opened it."""
        if self.is_ours:
            self._db.close()

    # --- writing

    def start_run(self, command: str, *, settings: Mapping[str, Any], versions: Mapping[str, str]) -> int:
        """Note that a run begins; return its number."""
        cursor = self._write(
            "INSERT INTO runs (command, status, started, settings, versions) VALUES (?, 'running', ?, ?, ?)",
            [(command, _now(), json.dumps(settings, default=str), json.dumps(dict(versions)))],
        )
        return int(cursor)

    def finish_run(self, run: int, status: Status, *, error: str | None = None) -> None:
        """Note how a run ended."""
        self._write(
            "UPDATE runs SET status = ?, finished = ?, error = ? WHERE id = ?", [(status, _now(), error, run)]
        )

    def mark_interrupted(self) -> int:
        """Note that runs which never ended were interrupted; only for the holder of the project's lock."""
        with self._told():
            cursor = self._db.execute("UPDATE runs SET status = 'interrupted' WHERE status = 'running'")
            return cursor.rowcount

    def record_data(self, run: int, split: str, *, fingerprint: str, rows: int) -> None:
        """Note which rows a run used."""
        self._write("INSERT OR REPLACE INTO run_data VALUES (?, ?, ?, ?)", [(run, split, fingerprint, rows)])

    def record_lf_versions(self, versions: Iterable[LFVersion]) -> None:
        """Add LF versions that are new; known ones keep the time they were first seen."""
        now = _now()
        rows = [(*astuple(version)[:5], version.first_seen or now) for version in versions]
        self._write("INSERT OR IGNORE INTO lf_versions VALUES (?, ?, ?, ?, ?, ?)", rows)

    def record_lf_runs(self, run: int, records: Iterable[LFRun]) -> None:
        """Note what each LF did in a run."""
        rows = [(run, *astuple(record)) for record in records]
        self._write("INSERT OR REPLACE INTO run_lfs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def record_metrics(self, run: int, metrics: Iterable[Metric]) -> None:
        """Note the numbers of a run."""
        rows = [(run, *astuple(metric)) for metric in metrics]
        self._write("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)

    # --- reading

    def runs(self) -> list[RunRecord]:
        """Return all runs, the newest first."""
        rows = self._read(
            "SELECT id, command, status, started, finished, error, settings, versions "
            "FROM runs ORDER BY id DESC"
        )
        try:
            return [
                RunRecord(
                    **{
                        **row,
                        "settings": json.loads(row["settings"]),
                        "versions": json.loads(row["versions"]),
                    }
                )
                for row in rows
            ]
        except (ValueError, TypeError, RecursionError) as error:
            raise self._damaged(error) from error

    def lf_versions(self, name: str | None = None) -> list[LFVersion]:
        """Return the versions of all LFs, or of the one of that name, in the order they were first seen."""
        where, values = ("", ()) if name is None else (" WHERE name = ?", (name,))
        rows = self._read(f"SELECT * FROM lf_versions{where} ORDER BY first_seen, name", values)
        return [LFVersion(**row) for row in rows]

    def data(self, run: int) -> dict[str, tuple[str, int]]:
        """Return the fingerprint and number of rows of each split of a run."""
        rows = self._read("SELECT split, fingerprint, rows FROM run_data WHERE run_id = ?", (run,))
        return {row["split"]: (row["fingerprint"], row["rows"]) for row in rows}

    def lf_runs(self, run: int) -> list[LFRun]:
        """Return what each LF did in a run."""
        rows = self._read(
            "SELECT task, split, position, name, fingerprint, seconds, faults, cached FROM run_lfs "
            "WHERE run_id = ? ORDER BY task, split, position",
            (run,),
        )
        if any(not (isinstance(row["name"], str) and isinstance(row["fingerprint"], str)) for row in rows):
            raise self._damaged(TypeError("an LF of a run has no name"))
        if len({(row["task"], row["split"], row["name"]) for row in rows}) < len(rows):
            raise self._damaged(ValueError("a run has an LF twice"))
        return [LFRun(**{**row, "cached": bool(row["cached"])}) for row in rows]

    def metrics(self, run: int) -> list[Metric]:
        """Return the numbers of a run."""
        rows = self._read("SELECT task, split, model, metric, value FROM metrics WHERE run_id = ?", (run,))
        if any(not isinstance(row["value"], (float, int, NoneType)) for row in rows):
            raise self._damaged(TypeError("a number of a run is none"))
        return [Metric(**row) for row in rows]

    # --- the database

    def _write(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> int:
        last = 0
        with self._transaction():
            for row in rows:
                last = self._db.execute(sql, row).lastrowid or 0
        return last

    def _read(self, sql: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        with self._told():
            cursor = self._db.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self.is_ours:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        if not self.is_ours:
            raise ForkError(
                f"process {os.getpid()} was forked while process {self._process} worked on the project of "
                f"{str(self.path)!r}, which goes on there; end what a labeling function forks with os._exit"
            )
        try:
            yield
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(
            f"cannot use the ledger {str(self.path)!r}: {one_line(error)}; if it is damaged, move it away "
            "and run again (votes and models are kept)"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
