"""One type a column in all splits: what is guessed from a CSV file follows what the other files hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import polars as pl

from labelwright._errors import DataWarning, LabelwrightError, SchemaError, warn_user
from labelwright._text import listed, named
from labelwright._validate import is_text_type
from labelwright._version import __version__
from labelwright.io import read_table, scan_table
from labelwright.store import ValueStore, content_key, file_digest

GUESSED: Final = (".csv", ".tsv")
NOTHING, TEXT, WHOLE, FRACTIONS, TRUTH = "nothing", "text", "whole numbers", "fractions", "true and false"


@dataclass(frozen=True, slots=True)
class ColumnKinds:
    """What the columns of one file hold, in words: the kinds of JSON, or the type that Parquet gives."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame | pl.LazyFrame) -> ColumnKinds:
        """Look at a table; a lazy one is Parquet, whose types say all."""
        schema = frame.collect_schema()
        kinds = [_kind(dtype) for dtype in schema.dtypes()]
        if isinstance(frame, pl.DataFrame):
            empty = [column.null_count() == len(column) for column in frame.iter_columns()]
            kinds = [NOTHING if nothing else kind for kind, nothing in zip(kinds, empty, strict=True)]
        return cls(tuple(schema.names()), tuple(kinds))


def _kind(dtype: pl.DataType) -> str:
    if is_text_type(dtype):
        return TEXT
    if dtype.is_integer():
        return WHOLE
    if dtype.is_numeric():
        return FRACTIONS
    return {pl.Boolean: TRUTH, pl.Null: NOTHING}.get(dtype.base_type(), str(dtype))


class SplitFiles:
    """The files of a project's splits, read so that a column has one type in all of them.

    A CSV column that is numbers in one file and text in another is read as the text that stands there; one
    of whole numbers here and fractions there as fractions. Other differences are errors: a labeling function
    that compares numbers would never vote on texts, without a word.

    Parameters
    ----------
    files : mapping of str to Path
        The file of each split.
    ignored : collection of str
        Columns that no labeling function sees, such as gold labels.
    kept : ValueStore, optional
        Where it is kept what the columns of each file are.
    texts : collection of str
        Columns that are text, also where all of it is numbers: the one that people read.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        ignored: Collection[str],
        kept: ValueStore | None,
        *,
        texts: Collection[str] = (),
    ) -> None:
        self._files, self._ignored, self._kept = files, frozenset(ignored), kept
        self._texts = tuple(texts)
        self._frames: dict[str, pl.DataFrame] = {}

    def read(self, split: str) -> pl.DataFrame:
        """Return the rows of a split.

        Raises
        ------
        DataError, SchemaError
            The file cannot be read, or a column is of one kind here and of another there.
        """
        as_text, as_fractions = self.changed(split)
        for column in as_text:
            self._tell(column)
        frame = self._frames.pop(split, None)
        if frame is None or as_text:
            frame = read_table(self._files[split], as_text=(*as_text, *self._texts))
        return frame.cast(dict.fromkeys(as_fractions, pl.Float64))

    def changed(self, split: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the columns that are read as text, and those read as fractions, for other splits' sake."""
        mine = self._kinds.get(split)
        if mine is None:
            return (), ()
        agreed = [(name, self._agreed(name), kind) for name, kind in zip(mine.names, mine.kinds, strict=True)]
        as_text = [name for name, kind, own in agreed if kind == TEXT and own not in (TEXT, NOTHING)]
        return tuple(as_text), tuple(
            name for name, kind, own in agreed if kind == FRACTIONS != own != NOTHING
        )

    @cached_property
    def _kinds(self) -> dict[str, ColumnKinds]:
        """What each file holds; a file that cannot be read says so when its rows are read."""
        if len(self._files) < 2:
            return {}
        found = {split: self._of_file(split, path) for split, path in self._files.items()}
        return {split: kinds for split, kinds in found.items() if kinds is not None}

    def _of_file(self, split: str, path: Path) -> ColumnKinds | None:
        digest = file_digest(path)
        if digest is None:
            return None
        key, role = (
            content_key(digest, path.suffixes, self._texts, pl.__version__, __version__),
            f"columns {split}",
        )
        kept = None if self._kept is None else self._kept.load(role, key, ColumnKinds)
        if kept is not None:
            return kept
        try:
            if path.suffix.lower() == ".parquet":
                return ColumnKinds.of(scan_table(path))
            self._frames[split] = read_table(path, as_text=self._texts)
        except LabelwrightError:
            return None
        found = ColumnKinds.of(self._frames[split])
        if self._kept is not None:
            self._kept.save(role, key, found)
        return found

    def _held(self, column: str) -> dict[str, str]:
        """Return what a column holds, by split, where it holds something."""
        found = {
            split: kinds.kinds[kinds.names.index(column)]
            for split, kinds in self._kinds.items()
            if column in kinds.names
        }
        return {split: kind for split, kind in found.items() if kind != NOTHING}

    def _agreed(self, column: str) -> str:
        held = self._held(column)
        kinds = set(held.values())
        if len(kinds) < 2 or column in self._ignored:
            return ""
        if kinds == {WHOLE, FRACTIONS}:
            return FRACTIONS
        guessed = [split for split in held if self._is_guessed(split)]
        if TEXT in kinds and all(kind == TEXT or split in guessed for split, kind in held.items()):
            return TEXT
        raise SchemaError(
            f"column {column!r} is {self._said(held)}; write it with one type, or labeling functions that "
            "fit one of them never vote on the other"
        )

    def _is_guessed(self, split: str) -> bool:
        return any(suffix.lower() in GUESSED for suffix in self._files[split].suffixes[-2:])

    def _said(self, held: Mapping[str, str]) -> str:
        return listed([f"{kind} in {str(self._files[split])!r}" for split, kind in held.items()])

    def _tell(self, column: str) -> None:
        held = self._held(column)
        texts = [self._files[split].name for split, kind in held.items() if kind == TEXT]
        kinds = dict.fromkeys(kind for kind in held.values() if kind != TEXT)
        warn_user(
            f"column {column!r} is text in {named(texts)} and {listed(list(kinds))} elsewhere; it is read as "
            "text in all splits",
            DataWarning,
        )
