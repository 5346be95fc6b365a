"""Votes on disk: one finished column an LF version, and parts of columns that are still being made."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelwright._errors import DamagedFileError, LabelwrightError
from labelwright._files import array_digest, content_key, write_atomically
from labelwright._packing import MALFORMED
from labelwright._reads import Reads, made_by
from labelwright._sealed import Damaged, read_sealed, untold, write_parquet
from labelwright._types import VoteArray
from labelwright.core import LabelMatrix, Task
from labelwright.core.files import as_score_column, scores_of_column
from labelwright.core.votes.row_scores import RowScores, joined_scores

FORMAT_VERSION = 5
WEIGHTS = "weights"
NOTHING = Reads()
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
    reads : Reads
        What it read beside the rows: the votes hold as long as that does.
    read_votes : str
        The content of the votes that it read; empty where it reads none.
    """

    votes: VoteArray
    seconds: float = 0.0
    n_faults: int = 0
    faults: tuple[FaultRecord, ...] = field(default=())
    weights: RowScores | None = None
    reads: Reads = NOTHING
    read_votes: str = ""

    def __len__(self) -> int:
        return len(self.votes)

    @cached_property
    def content(self) -> str:
        """32 hex characters for the votes and their weights: equal votes have equal ones, however made."""
        weights = [] if self.weights is None else [self.weights.rows, self.weights.values]
        return content_key(*(array_digest(np.ascontiguousarray(one)) for one in (self.votes, *weights)))


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
        reads=NOTHING.joined(*(part.reads for part in parts)),
        read_votes=parts[-1].read_votes,
    )


class VoteStore:
    """The votes of a project, each column under a key made of rows, LF version, task and classes.

    A finished column is one Parquet file. A Python LF under way leaves *parts*, blocks of
    rows that are on disk already; whoever continues reads them and starts behind their last row. Each file
    says what it is of and holds the digest of its bytes: one that was damaged, changed or moved counts as
    missing, since everything here can be made again.

    Parameters
    ----------
    folder : Path
        ``.labelwright/votes`` of a project.
    damaged : callable, optional
        Is told of each file that was there and did not hold what was written.
    home : Path, optional
        A folder that may be moved as a whole, with the files that LFs read; `folder` without.
    writes : bool, default True
        Whether what other runs left is put in order and the label matrix is written.

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

    def __init__(
        self,
        folder: Path,
        *,
        damaged: Damaged = untold,
        home: Path | None = None,
        writes: bool = True,
    ) -> None:
        self.folder, self._damaged, self._home = folder, damaged, home or folder
        self._writes = writes

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
        path = self._column(key)
        read = self._read(path)
        if read is None:
            return None
        frame, about = read
        if (
            about.get("key") != key
            or (found := self._stored("votes", frame, about)) is None
            or len(found) != n
        ):
            self._damaged(DamagedFileError(f"{str(path)!r} holds something else"))
            return None
        return found

    def has(self, key: str) -> bool:
        """Tell whether there are finished votes of a key."""
        return self._column(key).exists()

    def save(self, key: str, stored: StoredVotes) -> None:
        """Write the finished votes of a key."""
        frame = _frame({"votes": stored})
        write_parquet(
            self._column(key), frame, {"version": FORMAT_VERSION, "key": key, **self._about(stored)}
        )

    def _column(self, key: str) -> Path:
        return self.folder / "columns" / f"{key}.parquet"

    # --- parts of columns under way

    def load_parts(self, data: str, keys: Iterable[str]) -> dict[str, StoredVotes]:
        """Return, for each key with parts on disk, its votes from row 0 on without a gap."""
        wanted = set(keys)
        found: dict[str, list[StoredVotes]] = defaultdict(list)
        rows: dict[str, int] = defaultdict(int)
        for start, path in self._parts(data):
            frame, about = self._read(path) or (pl.DataFrame(), {})
            if frame.width and about.get("start") != start:
                self._damaged(DamagedFileError(f"{str(path)!r} holds votes on other rows"))
                continue
            for key in wanted.intersection(frame.columns):
                if (
                    start == rows[key]
                    and (part := self._stored(key, frame, about["columns"][key])) is not None
                ):
                    found[key].append(part)
                    rows[key] += len(frame)
        return {key: joined(parts) for key, parts in found.items()}

    def save_part(self, data: str, start: int, columns: Mapping[str, StoredVotes]) -> None:
        """Write the votes of some keys on the rows from start on."""
        stop = start + len(next(iter(columns.values())))
        frame = _frame(columns)
        about = {key: self._about(stored) for key, stored in columns.items()}
        path = self._part_folder(data) / f"{start:012d}-{stop:012d}-{content_key(*columns)[:8]}.parquet"
        write_parquet(path, frame, {"version": FORMAT_VERSION, "start": start, "columns": about})

    def drop_parts(self, data: str) -> None:
        """Remove the parts for these rows, once the columns are finished."""
        if self._writes:
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
        if self._writes and not _holds(path, matrix):
            write_atomically(path, matrix.to_parquet)

    def _read(self, path: Path) -> tuple[pl.DataFrame, dict[str, Any]] | None:
        """Return the votes in a file and what is told of them; None where there are none to be used."""
        try:
            frame, about = read_sealed(path)
        except FileNotFoundError:
            return None
        except DamagedFileError as error:
            self._damaged(error)
            return None
        return (frame, about) if about["version"] == FORMAT_VERSION else None

    def _about(self, stored: StoredVotes) -> dict[str, object]:
        return {
            "seconds": stored.seconds,
            "n_faults": stored.n_faults,
            "faults": [asdict(fault) for fault in stored.faults[:FAULTS_KEPT]],
            "reads": stored.reads.to_plain(self._home),
            "read_votes": stored.read_votes,
        }

    def _stored(self, name: str, frame: pl.DataFrame, about: Any) -> StoredVotes | None:
        """Return the votes in a column of a frame; None where it, or what is told of them, holds none."""
        more = f"{name} {WEIGHTS}"
        try:
            return StoredVotes(
                votes=frame[name].to_numpy(),
                seconds=about["seconds"],
                n_faults=about["n_faults"],
                faults=tuple(FaultRecord(**fault) for fault in about["faults"]),
                weights=scores_of_column(frame[more], k=_width(frame[more]))
                if more in frame.columns
                else None,
                reads=Reads.from_plain(about["reads"], self._home),
                read_votes=about["read_votes"],
            )
        except (*MALFORMED, pl.exceptions.PolarsError):
            return None


def _holds(path: Path, matrix: LabelMatrix) -> bool:
    try:
        found = LabelMatrix.from_parquet(path) if path.is_file() else None
    except LabelwrightError:
        return False
    return found is not None and found == matrix and _question(found) == _question(matrix)


def _question(matrix: LabelMatrix) -> str:
    """Return the description of a matrix's task, which equality leaves out."""
    return "" if matrix.task is None else matrix.task.description


def _frame(columns: Mapping[str, StoredVotes]) -> pl.DataFrame:
    """Return the votes of some LFs as columns, and beside them those of their class weights."""
    frame = pl.DataFrame({name: stored.votes for name, stored in columns.items()})
    return frame.with_columns(
        as_score_column(f"{name} {WEIGHTS}", stored.weights)
        for name, stored in columns.items()
        if stored.weights is not None
    )


def _width(weights: pl.Series) -> int:
    """Return how many classes a column of weights is over, 0 where it is none."""
    return weights.dtype.shape[0] if isinstance(weights.dtype, pl.Array) else 0
