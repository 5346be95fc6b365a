"""The ledger: which LF versions there were, what was run with them, and what came out.

Each run and each version carries a digest of all that is noted of it. What does not hold is left out, and
said once: numbers of earlier runs cannot be made again.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeAlias

from labelwright._errors import DamagedFileError, ForkError, StoreError
from labelwright._files import content_key
from labelwright._places import check_in_place
from labelwright._sealed import Damaged, untold
from labelwright._text import one_line
from labelwright.store.values import ValueStore

VERSION = 3

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
    (  # digests of what is noted; they are filled in for what was noted before
        "ALTER TABLE lf_versions ADD COLUMN digest TEXT",
        "ALTER TABLE runs ADD COLUMN contents TEXT",
        "ALTER TABLE runs ADD COLUMN digest TEXT",
    ),
)
OF_A_RUN = ("run_data", "run_lfs", "metrics")
COLUMNS = "id, command, status, started, finished, error, settings, versions"


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
    damaged : callable, optional
        Is told of what was noted, and is not what is there: it is left out.
    writes : bool, default True
        Without, the file is only read: what is noted goes to a copy in memory, and is gone with it.

    Raises
    ------
    DamagedFileError
        The file is no ledger, or is damaged as a whole; see `set_aside`.
    StoreError
        It cannot be opened, or was written by a newer labelwright.

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

    def __init__(self, path: Path, *, damaged: Damaged = untold, writes: bool = True) -> None:
        self.path, self._damaged, self._process = path, damaged, os.getpid()
        self._contents: dict[int, str] = {}  # digests of what was noted of runs that are over
        check_in_place(path, sqlite=True)
        try:
            self._db = self._opened() if writes else self._copied()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot open the ledger {str(path)!r}: {error}; check its permissions"
            ) from error
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self.path, isolation_level=None, timeout=30.0)

    def _copied(self) -> sqlite3.Connection:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        content = self.path.read_bytes() if self.path.exists() else b""
        if content:  # of an empty file SQLite says that memory is short
            copy.deserialize(content)
        return copy

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
            # A page that lost its last run has no digest that says so.
            (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok" or _tables(self._db) != _expected_tables():
                raise sqlite3.DatabaseError(found if found != "ok" else "it has other tables")

    def _migrate(self) -> None:
        with self._transaction():
            (version,) = self._db.execute(
                "PRAGMA user_version"
            ).fetchone()  # another process may have been first
            for statement in (sql for step in MIGRATIONS[version:] for sql in step):
                self._db.execute(statement)
            if version < VERSION:
                for (run,) in self._db.execute("SELECT id FROM runs").fetchall():
                    self._seal(run)
                for row in self._db.execute("SELECT * FROM lf_versions").fetchall():
                    self._db.execute(
                        "UPDATE lf_versions SET digest = ? WHERE fingerprint = ? AND name = ?",
                        (content_key(*row[:-1]), *row[:2]),
                    )
            self._db.execute(f"PRAGMA user_version = {VERSION}")
            self._db.execute(f"PRAGMA application_id = {secrets.randbelow(2**31 - 1) + 1}")

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

    @property
    def identity(self) -> int:
        """A number that no other ledger has."""
        with self._told():
            return int(self._db.execute("PRAGMA application_id").fetchone()[0])

    def close(self) -> None:
        """Close the file; in a forked process it is left to the one that opened it."""
        if self.is_ours:
            self._db.close()

    # --- writing

    def start_run(self, command: str, *, settings: Mapping[str, Any], versions: Mapping[str, str]) -> int:
        """Note that a run begins; return its number."""
        with self._transaction():
            run = self._db.execute(
                "INSERT INTO runs (command, status, started, settings, versions) "
                "VALUES (?, 'running', ?, ?, ?)",
                (command, _now(), json.dumps(settings, default=str), json.dumps(dict(versions))),
            ).lastrowid
            assert run is not None
            self._seal(run)
        return run

    def finish_run(self, run: int, status: Status, *, error: str | None = None) -> None:
        """Note how a run ended."""
        with self._transaction():
            self._db.execute(
                "UPDATE runs SET status = ?, finished = ?, error = ? WHERE id = ?",
                (status, _now(), error, run),
            )
            self._seal(run)

    def mark_interrupted(self) -> int:
        """Note that runs which never ended were interrupted; only for the holder of the project's lock."""
        with self._transaction():
            runs = self._db.execute("SELECT id FROM runs WHERE status = 'running'").fetchall()
            for (run,) in runs:
                self._db.execute("UPDATE runs SET status = 'interrupted' WHERE id = ?", (run,))
                self._seal(run)
        return len(runs)

    def record_data(self, run: int, split: str, *, fingerprint: str, rows: int) -> None:
        """Note which rows a run used."""
        self._write("INSERT OR REPLACE INTO run_data VALUES (?, ?, ?, ?)", [(run, split, fingerprint, rows)])

    def record_lf_versions(self, versions: Iterable[LFVersion]) -> None:
        """Add LF versions that are new; known ones keep the time they were first seen."""
        now = _now()
        rows = [(*astuple(version)[:5], version.first_seen or now) for version in versions]
        self._write(
            "INSERT OR IGNORE INTO lf_versions VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*row, content_key(*row)) for row in rows],
        )

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
        found = []
        last = None
        for row in self._read(f"SELECT {COLUMNS}, contents, digest FROM runs ORDER BY id DESC"):
            number = row["id"]
            if last is not None and number != last - 1:
                self._damaged(DamagedFileError(f"runs before run {last} are missing in {str(self.path)!r}"))
            last = number
            if row.pop("digest") != content_key(*row.values()):
                self._leave_out(number)
                continue
            contents = row.pop("contents") or "none"
            self._contents[number] = "" if row["status"] == "running" else contents
            row |= {name: json.loads(row[name]) for name in ("settings", "versions")}
            found.append(RunRecord(**row))
        return found

    def lf_versions(self, name: str | None = None) -> list[LFVersion]:
        """Return the versions of all LFs, or of the one of that name, in the order they were first seen."""
        where, values = ("", ()) if name is None else (" WHERE name = ?", (name,))
        rows = self._read(f"SELECT * FROM lf_versions{where} ORDER BY first_seen, name", values)
        whole = [row for row in rows if row.pop("digest") == content_key(*row.values())]
        if len(whole) < len(rows):
            message = f"versions of LFs in {str(self.path)!r} are damaged or were changed, and are left out"
            self._damaged(DamagedFileError(message))
        return [LFVersion(**row) for row in whole]

    def data(self, run: int) -> dict[str, tuple[str, int]]:
        """Return the fingerprint and number of rows of each split of a run."""
        return {split: (fingerprint, rows) for split, fingerprint, rows in self._of(run, "run_data")}

    def lf_runs(self, run: int) -> list[LFRun]:
        """Return what each LF did in a run."""
        names = [one.name for one in fields(LFRun)]
        rows = (dict(zip(names, row, strict=True)) for row in self._of(run, "run_lfs"))
        return [LFRun(**{**row, "cached": bool(row["cached"])}) for row in rows]

    def metrics(self, run: int) -> list[Metric]:
        """Return the numbers of a run."""
        names = [one.name for one in fields(Metric)]
        return [Metric(**dict(zip(names, row, strict=True))) for row in self._of(run, "metrics")]

    # --- the database

    def _write(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> int:
        last = 0
        with self._transaction():
            for row in rows:
                last = self._db.execute(sql, row).lastrowid or 0
        return last

    def _read(self, sql: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        try:
            with self._told():
                names, rows = self._fetched(sql, values)
                return [dict(zip(names, row, strict=True)) for row in rows]
        except DamagedFileError as error:  # what is left of it may be used, and the next run sets it aside
            self._damaged(error)
            return []

    def _of(self, run: int, table: str) -> list[tuple[Any, ...]]:
        """Return what a table has of a run, after its number; nothing where that is not what was noted."""
        try:
            with self._told():
                rows = self._rows(run, table)
                if run not in self._contents:
                    about = "SELECT contents FROM runs WHERE id = ? AND status != 'running'"
                    found = self._db.execute(about, (run,)).fetchone()
                    self._contents[run] = "" if found is None else found[0] or "none"
        except DamagedFileError as error:
            self._damaged(error)
            return []
        sealed = self._contents[run]
        if sealed and f'"{table}": "{content_key(rows)}"' not in sealed:
            self._leave_out(run)
            return []
        return [row[1:] for row in rows]

    def _rows(self, run: int, table: str) -> list[tuple[Any, ...]]:
        # All are part of the primary key, so that their order is that of the columns.
        return self._fetched(f"SELECT * FROM {table} WHERE run_id = ? ORDER BY 1, 2, 3, 4", (run,))[1]

    def _fetched(self, sql: str, values: tuple[Any, ...]) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the names of columns, and rows."""
        cursor = self._db.execute(sql, values)
        names = [column[0] for column in cursor.description]
        try:
            return names, cursor.fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            self._db.text_factory = _text  # slower, and only where a text has been damaged
            return names, self._db.execute(sql, values).fetchall()

    def _seal(self, run: int) -> None:
        """Note the digests of a run and of what was noted of it."""
        self._contents.pop(run, None)
        contents = json.dumps({table: content_key(self._rows(run, table)) for table in OF_A_RUN})
        self._db.execute("UPDATE runs SET contents = ? WHERE id = ?", (contents, run))
        row = self._db.execute(f"SELECT {COLUMNS}, contents FROM runs WHERE id = ?", (run,)).fetchone()
        self._db.execute("UPDATE runs SET digest = ? WHERE id = ?", (content_key(*row), run))

    def _leave_out(self, run: int) -> None:
        """Say that what was noted of a run does not hold, and forget it, so that it is said once."""
        message = f"what {str(self.path)!r} has of run {run} is damaged or was changed, and is left out"
        with suppress(StoreError), self._transaction():
            for table in OF_A_RUN:
                self._db.execute(f"DELETE FROM {table} WHERE run_id = ?", (run,))
            self._db.execute(
                "UPDATE runs SET command = '', status = 'failed', started = '', finished = NULL, error = ?, "
                "settings = '{}', versions = '{}' WHERE id = ?",
                ("what was noted of it was damaged", run),
            )
            self._seal(run)
        self._damaged(DamagedFileError(message))

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
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        what = f"cannot use the ledger {str(self.path)!r}: {one_line(error)}"
        operational = isinstance(error, sqlite3.OperationalError)  # locked, a full or read-only disk
        if operational and not str(error).startswith(("no such", "duplicate", "table ", "unrecognized")):
            return StoreError(f"{what}; check its permissions and the disk, and run again")
        return DamagedFileError(f"{what}; move it away and run again (votes and models are kept)")


def opened_ledger(path: Path, kept: ValueStore, *, damaged: Damaged) -> Ledger:
    """Return the ledger of a file; one that is damaged as a whole, or another's, is set aside and begun anew.

    Which ledger is the project's own is noted among what is kept. Only for the holder of the project's lock.
    """
    is_new = not path.exists()
    try:
        ledger = Ledger(path, damaged=damaged)
    except DamagedFileError as error:
        _set_aside(path, one_line(error).partition("; move")[0], damaged)
        ledger, is_new = Ledger(path, damaged=damaged), True
    noted = kept.load("ledger", "identity", int)
    if not is_new and noted not in (None, ledger.identity):
        ledger.close()
        _set_aside(path, f"the ledger {str(path)!r} is that of another project", damaged)
        ledger = Ledger(path, damaged=damaged)
    if noted != ledger.identity:
        kept.save("ledger", "identity", ledger.identity)
    return ledger


def _set_aside(path: Path, why: str, damaged: Damaged) -> None:
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    path.replace(aside)
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    damaged(DamagedFileError(f"{why}; it is now {aside.name!r}"))


def _tables(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Return the columns of all tables, views and triggers."""
    names = db.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    return [(*one, *db.execute("SELECT * FROM pragma_table_info(?)", (one[1],))) for one in names.fetchall()]


@cache
def _expected_tables() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in (sql for step in MIGRATIONS for sql in step):
            db.execute(statement)
        return _tables(db)


def _text(content: bytes) -> str:
    return content.decode(errors="replace")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
