"""Reads the splits of a project: prepared, and parted from their gold labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelwright._errors import DataError, LabelwrightError, ProjectError, SchemaError
from labelwright._exact import without
from labelwright._reads import content_of
from labelwright._stops import is_stop
from labelwright._text import one_line
from labelwright._types import IntArray
from labelwright._validate import did_you_mean, shorten
from labelwright._version import __version__
from labelwright.core import LabelSpace
from labelwright.core.class_values import ClassReader
from labelwright.core.gold_sets import GoldSets
from labelwright.io import read_table
from labelwright.io.table_files import read_with_blank_rows
from labelwright.pipeline.column_types import SplitFiles
from labelwright.pipeline.hand_labels import HandLabels
from labelwright.pipeline.rows import (
    GOLD_CURE,
    Gold,
    Rows,
    RowsRecord,
    gold_indices,
    gold_lists,
    single_labels,
    taken,
)
from labelwright.pipeline.settings import HAND_LABELS, Settings
from labelwright.store import ValueStore, content_key

if TYPE_CHECKING:
    from labelwright.io import WrenchDataset

ROW = "_row"

Prepare = Callable[[pl.DataFrame, str], object]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Columns of the data that are no part of rows.

    Attributes
    ----------
    columns : list of polars.Series
        As they are in the data, one value a row.
    gold : str or None
        The one of them that holds gold labels of the task.
    holds_gold : bool
        Whether it holds all of them: some may have been given by `labelwright label`.
    """

    columns: list[pl.Series]
    gold: str | None
    holds_gold: bool


class RowReader:
    """Reads the splits of a project.

    Parameters
    ----------
    settings : Settings
        Where the data are.
    prepare : callable, optional
        The project's hook: (frame, split) -> frame.
    kept : ValueStore, optional
        Where it is kept what the rows of a file are, so that an unchanged file is hashed instead of read.
    """

    def __init__(self, settings: Settings, prepare: Prepare | None, kept: ValueStore | None = None) -> None:
        self._settings = settings
        self._prepare = prepare
        self._kept = kept
        self._wrench: WrenchDataset | None = None
        self._origins: dict[str, IntArray | None] = {}

    @property
    def space(self) -> LabelSpace:
        """The classes of the project: its own names, or those of the WRENCH folder."""
        ours = self._settings.space
        if not self._settings.data.is_wrench:
            assert ours is not None
            return ours
        theirs = self._wrench_data().space
        if ours is not None and len(ours) != len(theirs):
            raise ProjectError(
                f"{self._settings.file}: [task] classes has {len(ours)} names, but the WRENCH folder has "
                f"{theirs}; leave classes out to take them from there"
            )
        return ours or theirs

    def splits(self) -> tuple[str, ...]:
        """Return the splits that the project has."""
        data = self._settings.data
        if data.is_wrench:
            return ("train", "valid", "test")
        if "train" not in data.files:
            raise ProjectError(
                f"{self._settings.file}: [data] train is missing; add the file of rows to label, or name it "
                "with --train FILE"
            )
        return tuple(split for split in ("train", "valid", "test") if split in data.files)

    def read(self, split: str) -> Rows:
        """Read one split.

        Raises
        ------
        DataError, SchemaError, ProjectError
            The file cannot be read or is empty, a column is missing, gold labels are no classes, or the
            project's `prepare` went wrong.
        """
        before = self._key(split)
        kept = self._record(split, before)
        if kept is not None:
            return Rows(split, kept, lambda: self._read_again(split, kept))
        frame, gold = self._content(split)
        record = RowsRecord.of(frame, gold)
        # What was hashed is what was read only if nobody has written to the file in between.
        if self._kept is not None and before is not None and before == self._key(split):
            self._kept.save(_role(split), before, record)
        return Rows(split, record, lambda: (frame, gold))

    def prepared(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, IntArray | None]:
        """Return new rows as the end model sees them, without gold columns, and which rows they were made of.

        None where `prepare` does not say that.
        """
        gold = [column for column in self._settings.gold_columns if column in frame.columns]
        plain = without(frame, gold) if len(gold) < frame.width else frame
        if self._prepare is None:
            return plain, np.arange(frame.height)
        prepared, _ = self._prepared(plain, None, "predict")
        return prepared, self._origins["predict"]

    def left_out(self, rows: Rows) -> LeftOut:
        """Return the columns of the data that the rows of a split do not have, for who writes the rows.

        These are gold columns, and what `prepare` leaves out where it keeps the number of each row.
        """
        split, data = rows.split, self._settings.data
        if data.is_wrench:
            columns, gold = getattr(self._wrench_data(), split).data.get_columns(), None
        else:
            columns, gold = read_table(data.files[split]).get_columns(), data.gold
        if split in data.gold_files:
            gold_column = self._gold_column(split, n=len(columns[0]))
            columns, gold = [*columns, gold_column], gold_column.name
        shown = [name for name in rows.frame.columns if name not in self._settings.gold_columns]
        origin = self._origins.get(split)
        if origin is None and len(columns[0]) != len(rows):
            return LeftOut([], None, holds_gold=False)
        left = {column.name: column for column in columns if column.name not in shown}
        found = [column if origin is None else column.gather(origin) for column in left.values()]
        own = next((column for column in found if column.name == gold), None)
        if own is None or rows.gold is None:
            return LeftOut(found, None if own is None else own.name, holds_gold=False)
        holds = np.array_equal(single_labels(self._gold_indices(own, "gold labels")), rows.gold)
        return LeftOut(found, own.name, holds_gold=holds)

    def text_column(self, frame: pl.DataFrame) -> str | None:
        """Return the name of the column that people read, None where there is none."""
        column = self._settings.data.text or "text"
        return column if column in frame.columns else None

    def shown_columns(self, frame: pl.DataFrame) -> list[str]:
        """Return the columns by whose content hand labels are known: [data] show, else the text, else all.

        Rows that a hook made may tell the same text in several ways, as candidates do, so all columns count.

        Raises
        ------
        SchemaError
            [data] show names a column that the rows have not.
        """
        wanted, text = self._settings.data.show, self.text_column(frame)
        for column in wanted or ():
            if column not in frame.columns:
                hint = did_you_mean(column, frame.columns) or f"; they have {shorten(frame.columns)}"
                raise SchemaError(f"the data have no column {column!r} (named in [data] show){hint}")
        if wanted is not None:
            return list(wanted)
        return [text] if text is not None and self._prepare is None else frame.columns

    @cached_property
    def hand_labels(self) -> HandLabels:
        """What `labelwright label` wrote down, as it was when this was first asked for.

        Raises
        ------
        DataError, SchemaError
            The file cannot be read, is none of hand labels, or is of other tasks than the project's.
        """
        path = self._settings.data.hand_labels
        if path is None:
            return HandLabels(self._settings.folder / HAND_LABELS)
        labels = HandLabels.read(path)
        labels.check_tasks([task.name for task in self._settings.tasks])
        return labels

    @cached_property
    def _files(self) -> SplitFiles:
        data = self._settings.data
        texts = {data.text or "text"} - set(self._settings.gold_columns)
        return SplitFiles(data.files, self._settings.gold_columns, self._kept, texts=sorted(texts))

    # --- what is known of a file without reading its rows

    def _key(self, split: str) -> str | None:
        """Return the key of what decides the rows of a split, made of the bytes of its files.

        None where more than files decides: a hook may read anything, and WRENCH folders are read whole.
        Size and time of a file are no part of it: an edit may leave both as they were.
        """
        data = self._settings.data
        if self._prepare is not None or data.is_wrench:
            return None
        digest = content_of(str(data.files[split]))
        gold = data.gold_files.get(split)
        gold_digest = None if gold is None else content_of(str(gold))
        if digest is None or (gold is not None and gold_digest is None):
            return None
        splits = [sorted(data.files), sorted(data.gold_files)]  # they say whether gold labels may lack
        gold_columns = [data.gold, self._settings.gold_columns]  # those of other tasks are left out, too
        settings = [data.files[split].suffixes, splits, data.text, gold_columns, list(self.space.names)]
        settings += [data.gold_map, data.gold_unknown, data.gold_separator, self._files.changed(split)]
        by_hand = [self.hand_labels.digest, self._settings.chosen.name]
        return content_key("rows", digest, gold_digest, by_hand, settings, pl.__version__, __version__)

    def _record(self, split: str, key: str | None) -> RowsRecord | None:
        if self._kept is None or key is None:
            return None
        return self._kept.load(_role(split), key, RowsRecord)

    def _read_again(self, split: str, record: RowsRecord) -> tuple[pl.DataFrame, Gold | None]:
        frame, gold = self._content(split)
        if RowsRecord.of(frame, gold) != record:
            if self._kept is not None:
                self._kept.forget(_role(split))
            raise DataError(
                f"the {split} data in {str(self._settings.data.files[split])!r} changed while the run was "
                "reading them; run again"
            )
        return frame, gold

    # --- files

    def _content(self, split: str) -> tuple[pl.DataFrame, Gold | None]:
        frame, gold = self._read_wrench(split) if self._settings.data.is_wrench else self._read_file(split)
        frame, gold = self._prepared(frame, gold, split)
        self._check_text(frame, split)
        return frame, self._with_hand_labels(frame, gold)

    def _with_hand_labels(self, frame: pl.DataFrame, gold: Gold | None) -> Gold | None:
        """Return gold labels, those of `labelwright label` before the others: they are the later ones."""
        task, text = self._settings.chosen.name, self.text_column(frame)
        found = self.hand_labels.gold(frame, task=task, space=self.space, text=text)
        if found is None:
            return gold
        if isinstance(gold, GoldSets):
            return gold.with_labels(found)
        return found if gold is None else np.where(found >= 0, found, gold)

    def _read_file(self, split: str) -> tuple[pl.DataFrame, Gold | None]:
        data = self._settings.data
        frame = self._files.read(split)
        if split in data.gold_files:
            return self._without_gold(frame), self._gold_file(split, n=frame.height)
        if data.gold is None:
            return self._without_gold(frame), None
        if data.gold not in frame.columns:
            self._check_gold_may_lack(frame, split)
            return self._without_gold(frame), None
        where = f"labels in the gold column {data.gold!r} of {str(data.files[split])!r}"
        return self._without_gold(frame), self._gold_indices(frame[data.gold], where)

    def _gold_indices(self, column: pl.Series, where: str) -> Gold:
        """Return one label a row, or several where a row of the column has."""
        data = self._settings.data
        lists = gold_lists(column, data.gold_separator, where=where)
        if lists is not None:
            reader = ClassReader(self.space.names, data.gold_map)
            found = GoldSets.of(
                lists,
                self.space.names,
                what=where,
                error=SchemaError,
                cure=GOLD_CURE,
                reader=reader,
                unknown=data.gold_unknown,
            )
            return found if found.several else found.single
        return gold_indices(column, self.space, where=where, mapping=data.gold_map, unknown=data.gold_unknown)

    def _without_gold(self, frame: pl.DataFrame) -> pl.DataFrame:
        gold = [column for column in self._settings.gold_columns if column in frame.columns]
        if gold and frame.width == len(gold):
            raise SchemaError(
                f"the data have only the gold column {shorten(gold)}; add the columns to label from"
            )
        return without(frame, gold)

    def _check_gold_may_lack(self, frame: pl.DataFrame, split: str) -> None:
        """Training rows need no gold labels; rows that are there for evaluation do."""
        data = self._settings.data
        judged_elsewhere = any(other in data.files for other in ("valid", "test")) or data.gold_files
        if split == "train" and judged_elsewhere:
            return
        hint = did_you_mean(data.gold, frame.columns) or f"; it has {shorten(frame.columns)}"
        raise SchemaError(
            f"{str(data.files[split])!r} has no gold column {data.gold!r} (named in [data] gold){hint}"
        )

    def _gold_file(self, split: str, *, n: int) -> Gold:
        path = self._settings.data.gold_files[split]
        return self._gold_indices(self._gold_column(split, n=n), f"labels in the gold file {str(path)!r}")

    def _gold_column(self, split: str, *, n: int) -> pl.Series:
        path, column = self._settings.data.gold_files[split], self._settings.data.gold
        table = read_table(path)
        name = column if column in table.columns else table.columns[0]
        if table.width > 1 and name != column:
            raise SchemaError(
                f"gold file {str(path)!r} has columns {shorten(table.columns)}; name the gold one "
                "in [data] gold"
            )
        if table.width == 1 and table.height < n and path.suffix.lower() == ".csv":
            table = read_with_blank_rows(path)  # a blank line says that the label of its row is not known
        if table.height != n:
            raise SchemaError(
                f"gold file {str(path)!r} has {table.height} rows for {n} rows of {split}; expected one a row"
            )
        return table[name]

    # --- WRENCH

    def _wrench_data(self) -> WrenchDataset:
        from labelwright.io import read_wrench

        if self._wrench is None:
            folder = self._settings.data.wrench_folder
            if folder is None:
                raise ProjectError(
                    f"{self._settings.file}: [data] folder is missing; add the WRENCH folder, or name it "
                    "with --data FOLDER"
                )
            self._wrench = read_wrench(folder)
        return self._wrench

    def _read_wrench(self, split: str) -> tuple[pl.DataFrame, Gold | None]:
        part = getattr(self._wrench_data(), split)
        return part.data, np.asarray(part.gold, dtype=np.int64)

    # --- the hook

    def _prepared(
        self, frame: pl.DataFrame, gold: Gold | None, split: str
    ) -> tuple[pl.DataFrame, Gold | None]:
        if self._prepare is None:
            return frame, gold
        if ROW in frame.columns:
            raise SchemaError(
                f"the {split} data have a column {ROW!r}, which is how prepare(frame, split) gets the number "
                "of each row; rename it in the data"
            )
        numbered = frame.with_columns(pl.Series(ROW, np.arange(frame.height), dtype=pl.UInt32))
        made = self._call_prepare(numbered, split)
        self._origins[split] = None
        if ROW in made.columns:
            origin = self._origins[split] = made[ROW].to_numpy().astype(np.int64)
            return made.drop(ROW), taken(gold, origin)
        if gold is not None and made.height != frame.height:
            raise ProjectError(
                f"{self._settings.lfs.module}: prepare made {made.height} rows of {frame.height} without the "
                f"column {ROW!r}; keep that column, so that gold labels follow their rows"
            )
        return made, gold

    def _call_prepare(self, frame: pl.DataFrame, split: str) -> pl.DataFrame:
        assert self._prepare is not None
        module = self._settings.lfs.module
        try:
            return read_table(self._prepare(frame, split))
        except LabelwrightError as error:
            raise type(error)(f"{module}: prepare(frame, {split!r}): {error}") from error
        except BaseException as error:
            if is_stop(error):
                raise
            raise ProjectError(
                f"{module}: prepare(frame, {split!r}) raised {type(error).__name__}: {one_line(error)}; "
                "correct it (--debug shows the traceback)"
            ) from error

    def _check_text(self, frame: pl.DataFrame, split: str) -> None:
        column = self._settings.data.text
        if column is not None and column not in frame.columns:
            hint = did_you_mean(column, frame.columns) or f"; it has {shorten(frame.columns)}"
            raise SchemaError(f"the {split} data have no column {column!r} (named in [data] text){hint}")


def _role(split: str) -> str:
    return f"rows {split}"
