"""Votes on disk: one finished column an LF version, and parts of columns that are still being made."""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._files import array_digest, content_key, read_about, write_atomically, write_parquet
from labelwright._packing import MALFORMED
from labelwright._types import VoteArray
from labelwright._version import __version__
from labelwright.core import LabelMatrix, Task
from labelwright.core.files import as_score_column, scores_of_column
from labelwright.core.votes.row_scores import RowScores, joined_scores

FORMAT_VERSION = 4
WEIGHTS = "weights"
FAULTS_KEPT = 100  # an LF that fails on every one of a million rows shall not fill the disk with tracebacks


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """Where an LF raised: the row, the error in one line, and the traceback."""

    row: int
    error: str
    traceback: str


@dataclass(frozen=True, eq=False)
class StoredVotes:
    """Votes of one LF with what is known about making them.

    Attributes
    ----------
    votes : (n,) int8 or int16
        One vote a row, -1 to abstain.
    seconds : float
        Time spent in the LF.
    n_faults : int
        On how many rows it raised.
    faults : tuple of FaultRecord
        The first of them.
    weights : RowScores or None
        Where the LF said more than one class: distributions over the classes, or ones for a set of them.
    """

    votes: VoteArray
    seconds: float = 0.0
    n_faults: int = 0
    faults: tuple[FaultRecord, ...] = field(default=())
    weights: RowScores | None = None

    def __len__(self) -> int:
        return len(self.votes)

    @cached_property
    def content(self) -> str:
        """32 hex characters for the votes and their weights: equal votes have equal ones, however made."""
        weights = [] if self.weights is None else [self.weights.rows, self.weights.values]
        return content_key(*(array_digest(np.ascontiguousarray(one)) for one in (self.votes, *weights)))


def made_by() -> tuple[str, ...]:
    """Return the versions that votes may depend on, whatever the LF."""
    return __version__, ".".join(map(str, sys.version_info[:2])), pl.__version__


def joined(parts: Sequence[StoredVotes]) -> StoredVotes:
    """Return the votes of consecutive blocks of rows as one.

    Examples
    --------
    >>> one, other = StoredVotes(np.array([1, 0]), 0.5), StoredVotes(np.array([-1]), 0.25)
    >>> joined([one, other]).votes.tolist(), joined([one, other]).seconds
    ([1, 0, -1], 0.75)
    """
    return StoredVotes(
        votes=np.concatenate([part.votes for part in parts]),
        seconds=sum(part.seconds for part in parts),
        n_faults=sum(part.n_faults for part in parts),
        faults=tuple(fault for part in parts for fault in part.faults)[:FAULTS_KEPT],
        weights=joined_scores([(len(part), part.weights) for part in parts]),
    )


class VoteStore:
    """The votes of a project, each column under a key made of rows, LF version, task and classes.

    A finished column is one Parquet file. A Python LF under way leaves *parts*, blocks of
    rows that are on disk already; whoever continues reads them and starts behind their last row. Files that
    cannot be read count as missing: everything here can be made again.

    Parameters
    ----------
    folder : Path
        ``.labelwright/votes`` of a project.

    Examples
    --------
    >>> import tempfile
    >>> store = VoteStore(Path(tempfile.mkdtemp()))
    >>> key = VoteStore.key("lf-version", data="rows", task=Task("spam", ["HAM", "SPAM"]))
    >>> store.load(key, n=2) is None
    True
    >>> store.save(key, StoredVotes(np.array([1, -1], dtype=np.int8)))
    >>> store.load(key, n=2).votes.tolist()
    [1, -1]
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def key(fingerprint: str, *, data: str, task: Task) -> str:
        """Return the key of an LF version's votes on rows of a fingerprint, for a task and its classes.

        Votes of other tasks never share it, nor do those that other versions made of labelwright, of Python
        or of polars, which may read the same code otherwise.
        """
        question = [task.name, list(task.space.names)]
        return content_key("votes", FORMAT_VERSION, *made_by(), fingerprint, data, *question)

    # --- finished columns

    def load(self, key: str, *, n: int) -> StoredVotes | None:
        """Return the finished votes of a key, or None where there are none of n rows."""
        frame, metadata = _read(self._column(key))
        if frame is None or "votes" not in frame.columns or len(frame) != n:
            return None
        return _stored(key, frame["votes"], metadata, _column(frame, WEIGHTS))

    def has(self, key: str) -> bool:
        """Tell whether there are finished votes of a key."""
        return self._column(key).exists()

    def save(self, key: str, stored: StoredVotes) -> None:
        """Write the finished votes of a key."""
        frame = _frame({"votes": stored})
        write_parquet(self._column(key), frame, {"version": FORMAT_VERSION, **_about(key, stored)})

    def _column(self, key: str) -> Path:
        return self.folder / "columns" / f"{key}.parquet"

    # --- parts of columns under way

    def load_parts(self, data: str, keys: Iterable[str]) -> dict[str, StoredVotes]:
        """Return, for each key with parts on disk, its votes from row 0 on without a gap."""
        wanted = set(keys)
        found: dict[str, list[StoredVotes]] = defaultdict(list)
        rows: dict[str, int] = defaultdict(int)
        for start, path in self._parts(data):
            frame, metadata = _read(path)
            if frame is None:
                continue
            for key in wanted.intersection(frame.columns):
                if start == rows[key] and (part := _part(key, frame, metadata)) is not None:
                    found[key].append(part)
                    rows[key] += len(frame)
        return {key: joined(parts) for key, parts in found.items()}

    def save_part(self, data: str, start: int, columns: Mapping[str, StoredVotes]) -> None:
        """Write the votes of some keys on the rows from start on."""
        stop = start + len(next(iter(columns.values())))
        frame = _frame(columns)
        about = {key: _about(key, stored) for key, stored in columns.items()}
        path = self._part_folder(data) / f"{start:012d}-{stop:012d}-{content_key(*columns)[:8]}.parquet"
        write_parquet(path, frame, {"version": FORMAT_VERSION, "columns": about})

    def drop_parts(self, data: str) -> None:
        """Remove the parts for these rows, once the columns are finished."""
        shutil.rmtree(self._part_folder(data), ignore_errors=True)

    def _parts(self, data: str) -> list[tuple[int, Path]]:
        paths = sorted(self._part_folder(data).glob("*.parquet"))
        return [(int(path.name[:12]), path) for path in paths if path.name[:12].isdecimal()]

    def _part_folder(self, data: str) -> Path:
        return self.folder / "parts" / data

    # --- the label matrix of a split

    def matrix_path(self, split: str) -> Path:
        """Return where the label matrix of a split is."""
        return self.folder / f"{split}.parquet"

    def save_matrix(self, split: str, matrix: LabelMatrix) -> None:
        """Write the label matrix of a split, unless the file holds exactly it."""
        path = self.matrix_path(split)
        if not _holds(path, matrix):
            write_atomically(path, matrix.to_parquet)


def _holds(path: Path, matrix: LabelMatrix) -> bool:
    from labelwright._errors import LabelwrightError

    try:
        found = LabelMatrix.from_parquet(path) if path.is_file() else None
    except LabelwrightError:
        return False
    return found is not None and found == matrix and _question(found) == _question(matrix)


def _question(matrix: LabelMatrix) -> str:
    """Return the description of a matrix's task, which equality leaves out."""
    return "" if matrix.task is None else matrix.task.description


def _read(path: Path) -> tuple[pl.DataFrame | None, dict[str, Any]]:
    try:
        if not path.is_file():
            return None, {}
        # Bytes, not a memory map: a file that is replaced later must not change votes in memory.
        metadata = read_about(path)
        if not isinstance(metadata, dict) or metadata.get("version") != FORMAT_VERSION:
            return None, {}
        return pl.read_parquet(path, memory_map=False), metadata
    except (OSError, *MALFORMED, pl.exceptions.PolarsError):
        return None, {}


def _about(key: str, stored: StoredVotes) -> dict[str, object]:
    about = {
        "seconds": stored.seconds,
        "n_faults": stored.n_faults,
        "faults": [asdict(fault) for fault in stored.faults[:FAULTS_KEPT]],
    }
    return {**about, "digest": _digest(key, stored.content, about)}


def _frame(columns: Mapping[str, StoredVotes]) -> pl.DataFrame:
    """Return the votes of some LFs as columns, and beside them those of their class weights."""
    frame = pl.DataFrame({name: stored.votes for name, stored in columns.items()})
    return frame.with_columns(
        as_score_column(WEIGHTS if name == "votes" else f"{name} {WEIGHTS}", stored.weights)
        for name, stored in columns.items()
        if stored.weights is not None
    )


def _column(frame: pl.DataFrame, name: str) -> pl.Series | None:
    return frame[name] if name in frame.columns else None


def _digest(key: str, content: str, about: Mapping[str, Any]) -> str:
    """Return the key of votes and of what is known of them, in which a page that was changed shows."""
    return content_key(key, content, [about["seconds"], about["n_faults"], about["faults"]])


def _part(key: str, frame: pl.DataFrame, metadata: Mapping[str, Any]) -> StoredVotes | None:
    columns = metadata.get("columns")
    if not isinstance(columns, dict):
        return None
    return _stored(key, frame[key], columns.get(key), _column(frame, f"{key} {WEIGHTS}"))


def _stored(key: str, votes: pl.Series, about: Any, more: pl.Series | None) -> StoredVotes | None:
    """Return votes as they were saved under a key; None where they, or what is told of them, are others."""
    try:
        stored = StoredVotes(
            votes=votes.to_numpy(),
            seconds=about["seconds"],
            n_faults=about["n_faults"],
            faults=tuple(FaultRecord(**fault) for fault in about["faults"]),
            weights=None if more is None else scores_of_column(more, k=_width(more)),
        )
        return stored if about["digest"] == _digest(key, stored.content, about) else None
    except (*MALFORMED, pl.exceptions.PolarsError):
        return None


def _width(weights: pl.Series) -> int:
    """Return how many classes a column of weights is over, 0 where it is none."""
    return weights.dtype.shape[0] if isinstance(weights.dtype, pl.Array) else 0
