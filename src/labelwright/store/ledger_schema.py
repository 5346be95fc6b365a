"""The tables of the ledger, and the steps from each version to the next."""

from __future__ import annotations

VERSION = 1

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
)
