"""Where rows come from, block by block: a table in memory, files on disk, or somebody else's set."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import polars as pl

from labelwright._display.shown import Shown
from labelwright._errors import DataError, SchemaError
from labelwright._exact import exact, picked
from labelwright._forks import check_threads
from labelwright._plugins import load_plugin, plugins
from labelwright._validate import is_text_type, shorten
from labelwright.io.fingerprint import HASH_ROWS, fingerprint_of_frames, frame_fingerprint
from labelwright.io.table_files import reason, table_suffix
from labelwright.io.tables import is_dataset, read_table, scan_table

READERS = "labelwright.readers"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowBlock(Shown):
    """Consecutive rows of a source; pickled, it can be voted on anywhere.

    Attributes
    ----------
    first_row : int
        The number of the first row in the whole data.
    frame : polars.DataFrame
        The rows.
    """

    first_row: int
    frame: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.frame.height

    @property
    def stop(self) -> int:
        """The number of the row after the last one."""
        return self.first_row + self.rows

    def part(self, start: int, stop: int) -> RowBlock:
        """Return the rows from row number ``start`` of the data to before ``stop``."""
        return RowBlock(start, self.frame[start - self.first_row : stop - self.first_row])


@runtime_checkable
class RowSource(Protocol):
    """Rows that can be read in blocks, as often as they are asked for.

    A class that has these members is a source; `labelwright.testing.check_source` tests it. Blocks come in
    row order and cover the rows once, and all but the last have exactly ``size`` rows.
    """

    @property
    def schema(self) -> pl.Schema:
        """Names and types of the columns."""

    @property
    def rows(self) -> int | None:
        """How many rows there are; None where only reading them would tell."""

    def blocks(
        self, size: int, *, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[RowBlock]:
        """Give the rows from ``start`` on in blocks.

        Parameters
        ----------
        size : int
            Rows of every block but the last.
        columns : sequence of str, optional
            Those that are read; all without.
        start : int, default 0
            The number of the first row.
        """

    def fingerprint(self) -> str:
        """Return 32 hex characters that stand for names, types and values of all rows."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """Rows in memory.

    Examples
    --------
    >>> source = FrameSource(pl.DataFrame({"i": [0, 1, 2]}))
    >>> [(block.first_row, block.rows) for block in source.blocks(2)]
    [(0, 2), (2, 1)]
    """

    frame: pl.DataFrame

    @property
    def schema(self) -> pl.Schema:
        """Names and types of the columns."""
        return self.frame.schema

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.frame.height

    def blocks(
        self, size: int, *, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[RowBlock]:
        """Give the rows in blocks, which share the memory of the frame."""
        frame = self.frame if columns is None else picked(self.frame, columns)
        for first in range(start, self.rows, size):
            yield RowBlock(first, frame[first : first + size])

    def fingerprint(self) -> str:
        """Return 32 hex characters that stand for names, types and values of all rows."""
        return frame_fingerprint(self.frame)


@dataclass(frozen=True, eq=False)
class ScanSource:
    """Rows of a lazy frame, such as a Parquet file: only the blocks that are asked for are in memory."""

    lazy: pl.LazyFrame

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns."""
        return self.lazy.collect_schema()

    @cached_property
    def rows(self) -> int:
        """How many rows there are; of a Parquet file its footer tells."""
        return int(read_table(self.lazy.select(pl.len())).item())

    def blocks(
        self, size: int, *, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[RowBlock]:
        """Give the rows in blocks, each read when it is asked for."""
        lazy = self.lazy if columns is None else picked(self.lazy, columns)
        yield from in_blocks(_batches(lazy, size, start), size, first_row=start)

    def fingerprint(self) -> str:
        """Return 32 hex characters that stand for names, types and values of all rows."""
        return _fingerprint_of(self)


@dataclass(frozen=True, eq=False)
class FolderSource:
    """The rows of all table files in a folder, in the order of the files' names.

    Parameters
    ----------
    files : tuple of Path
        The shards, all with the same columns; some may have no rows. Shards of Parquet are read in blocks,
        others one by one.
    """

    files: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path) -> FolderSource:
        """Return the shards of a folder; hidden files and those that are no tables are passed over.

        Raises
        ------
        DataError
            No table files.
        """
        files = sorted(file for file in folder.iterdir() if table_suffix(file) and file.name[0] not in "._")
        if (folder / "dataset_dict.json").is_file() or (
            (folder / "dataset_info.json").is_file() and {file.suffix for file in files} == {".json"}
        ):
            raise DataError(
                f"{str(folder)!r} is a data set of Hugging Face; read it with lw.io.read_hugging_face, which "
                "gives .data by split"
            )
        if not files:
            raise DataError(
                f"{str(folder)!r} is a folder without tables; expected files such as part-0.parquet or a.csv"
            )
        return cls(tuple(files))

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns of the first shard with rows: a text file without has no types.

        A column in which that shard holds nothing has the type of the first shard that holds something.
        """
        first = _shard(self._first)
        schema = first.collect_schema()
        untyped = [column for column in schema if _holds_nothing(self._first, first, column)]
        for file in self.files if untyped else ():
            shard = _shard(file)
            known = shard.collect_schema()
            for column in [one for one in untyped if one in known and not _holds_nothing(file, shard, one)]:
                schema[column] = known[column]
                untyped.remove(column)
        return schema

    @cached_property
    def rows(self) -> int:
        """How many rows the shards have together."""
        return sum(self._heights)

    @cached_property
    def _heights(self) -> tuple[int, ...]:
        """How many rows each shard has, asked once: of text files only reading them tells."""
        return tuple(ScanSource(_shard(file)).rows for file in self.files)

    @cached_property
    def _first(self) -> Path:
        return next(
            (file for file, rows in zip(self.files, self._heights, strict=True) if rows), self.files[0]
        )

    def blocks(
        self, size: int, *, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[RowBlock]:
        """Give the rows of one shard after the other; a block may hold rows of two.

        Raises
        ------
        SchemaError
            A shard has other columns, or types that do not fit those of the first.
        """
        yield from in_blocks(self._frames(size, columns, start), size, first_row=start)

    def fingerprint(self) -> str:
        """Return 32 hex characters that stand for names, types and values of all rows."""
        return _fingerprint_of(self)

    def _frames(self, size: int, columns: Sequence[str] | None, start: int) -> Iterator[pl.DataFrame]:
        wanted = self.schema
        for file, rows in zip(self.files, self._heights, strict=True):
            if rows <= start:
                start -= rows
                continue
            lazy = _of_schema(file, wanted, str(self._first))
            yield from _batches(lazy if columns is None else picked(lazy, columns), size, start)
            start = 0


@dataclass(frozen=True, eq=False)
class DatasetSource:
    """The rows of a Hugging Face ``Dataset``, which stays where it is, mostly on disk.

    Parameters
    ----------
    dataset : object
        Anything with ``column_names``, a length, and slices that are dictionaries of columns.
    """

    dataset: Any

    @staticmethod
    def takes(data: Any) -> bool:
        """Say whether something is such a set; the library itself is not needed to tell."""
        return is_dataset(data)

    @cached_property
    def schema(self) -> pl.Schema:
        """Names and types of the columns, as the first rows have them."""
        return self._frame(0, HASH_ROWS).schema

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.dataset)

    def blocks(
        self, size: int, *, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[RowBlock]:
        """Give the rows in blocks, each read when it is asked for."""
        schema = self.schema
        for first in range(start, self.rows, size):
            frame = self._frame(first, first + size)
            frame = _of_first_types(frame, schema, first)
            yield RowBlock(first, frame if columns is None else picked(frame, columns))

    def fingerprint(self) -> str:
        """Return 32 hex characters that stand for names, types and values of all rows."""
        return _fingerprint_of(self)

    def _frame(self, start: int, stop: int) -> pl.DataFrame:
        return read_table(dict(self.dataset[start:stop]))


def as_source(data: Any) -> RowSource:
    """Return the source of whatever data labelwright takes: decided here and nowhere else.

    Parameters
    ----------
    data : RowSource or table
        A source as it is; a path to a file or a folder of table files; a polars LazyFrame; a Hugging Face
        Dataset; any table in memory that `read_table` takes; or what a reader under the entry point
        ``labelwright.readers`` takes: a class with ``takes(data) -> bool``, called with the data.

    Raises
    ------
    DataError, SchemaError
        The data cannot be read, or have no rows or columns.

    Examples
    --------
    >>> as_source({"text": ["a", "b"]}).rows
    2
    """
    check_threads()
    if isinstance(data, pl.DataFrame):
        return FrameSource(read_table(data))
    if isinstance(data, pl.LazyFrame):
        return ScanSource(scan_table(data))
    if isinstance(data, (str, os.PathLike)):
        return _at(data)
    if isinstance(data, (Mapping, list, tuple)):
        return FrameSource(read_table(data))
    if isinstance(data, RowSource):
        return data
    if DatasetSource.takes(data):
        if len(data) == 0:
            raise DataError(f"the {type(data).__name__} has 0 rows; expected at least one data point")
        return DatasetSource(data)
    return _read_by_others(data) or FrameSource(read_table(data))


def _at(place: str | os.PathLike[str]) -> RowSource:
    path = Path(os.fspath(place)).expanduser()
    if path.is_dir():
        return _read_by_others(place) or FolderSource.of(path)
    if not table_suffix(path) and (source := _read_by_others(place)) is not None:
        return source
    return (
        ScanSource(scan_table(place)) if table_suffix(path) == ".parquet" else FrameSource(read_table(place))
    )


def _read_by_others(data: Any) -> RowSource | None:
    """Return the source that a reader of another package makes of the data, where one takes them."""
    readers = (load_plugin(entries, error=DataError) for entries in plugins(READERS).values())
    return next((cast(RowSource, reader(data)) for reader in readers if reader.takes(data)), None)


def in_blocks(frames: Iterable[pl.DataFrame], size: int, *, first_row: int = 0) -> Iterator[RowBlock]:
    """Cut frames of any heights into blocks of exactly ``size`` rows; the last one may be smaller.

    Examples
    --------
    >>> frames = (pl.DataFrame({"i": range(n)}) for n in (3, 1, 4))
    >>> [block.rows for block in in_blocks(frames, 3)]
    [3, 3, 2]
    """
    waiting: list[pl.DataFrame] = []
    held = 0
    for frame in frames:
        waiting, held = [*waiting, frame], held + frame.height
        while held >= size:
            whole = waiting[0] if len(waiting) == 1 else pl.concat(waiting, rechunk=False)
            yield RowBlock(first_row, whole[:size])
            waiting, held, first_row = [whole[size:]], held - size, first_row + size
    if held:
        yield RowBlock(first_row, waiting[0] if len(waiting) == 1 else pl.concat(waiting, rechunk=False))


def _fingerprint_of(source: RowSource) -> str:
    return fingerprint_of_frames(block.frame for block in source.blocks(HASH_ROWS))


def _shard(file: Path) -> pl.LazyFrame:
    return scan_table(file, no_rows=True)


def _holds_nothing(file: Path, lazy: pl.LazyFrame, column: str) -> bool:
    """Say whether a shard of text holds nothing but null in a column, whose type then is a guess."""
    if table_suffix(file) == ".parquet":
        return False
    return bool(lazy.select(exact(column).is_null().all()).collect().item())


def _of_schema(path: Path, wanted: Mapping[str, pl.DataType], first: str) -> pl.LazyFrame:
    lazy, file = _shard(path), str(path)
    schema = lazy.collect_schema()
    if missing := [column for column in wanted if column not in schema]:
        raise SchemaError(
            f"{file!r} has no column {missing[0]!r}, which {first!r} has; columns: {shorten(list(schema))}"
        )
    for column, dtype in wanted.items():
        if not _casts(schema[column], dtype) and not _holds_nothing(path, lazy, column):
            raise SchemaError(
                f"column {column!r} of {file!r} has type {schema[column]}, in {first!r} it has {dtype}; "
                "write the shards with one type"
            )
    return lazy.select(exact(column).cast(dtype) for column, dtype in wanted.items())


def _of_first_types(frame: pl.DataFrame, wanted: Mapping[str, pl.DataType], row: int) -> pl.DataFrame:
    def error(why: str) -> SchemaError:
        return SchemaError(
            f"rows {row}..{row + frame.height - 1} of the data have other types than the first: {why}; cast "
            "the columns of the data set"
        )

    for column, dtype in frame.schema.items():
        if not _casts(dtype, wanted[column]):
            raise error(f"column {column!r} is {dtype}, not {wanted[column]}")
    try:
        return frame.cast({column: wanted[column] for column in frame.columns})
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as wrong:
        raise error(reason(wrong)) from None


def _casts(given: pl.DataType, wanted: pl.DataType) -> bool:
    """Say whether a cast keeps values as they are, or fails: 1.5 is no integer, and 7 is not "007"."""
    if given == wanted or given == pl.Null or given.base_type() == wanted.base_type():
        return True
    if wanted.is_numeric():
        return given.is_integer() or (given.is_numeric() and not wanted.is_integer())
    return is_text_type(wanted) and is_text_type(given)


def _in_row_order() -> pl.QueryOptFlags:
    """Return how to run a query whose rows have numbers: polars 2.1 may else mix the row groups of a file."""
    try:
        return pl.QueryOptFlags(check_order_observe=False)
    except TypeError:  # a polars that does not know better than to keep the order
        return pl.QueryOptFlags()


def _batches(lazy: pl.LazyFrame, size: int, start: int) -> Iterator[pl.DataFrame]:
    """Give the rows of a lazy frame from ``start`` on, about ``size`` at once."""
    lazy = lazy.slice(start) if start else lazy
    try:
        if hasattr(lazy, "collect_batches"):
            yield from lazy.collect_batches(
                chunk_size=size, maintain_order=True, lazy=True, optimizations=_in_row_order()
            )
            return
        first = 0
        while (frame := lazy.slice(first, size).collect()).height:  # of a Parquet file, only these row groups
            yield frame
            first += size
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"cannot read the rows: {reason(error)}") from error
