"""The file of hand labels that ``labelwright label`` keeps: gold labels by the content of rows."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from labelwright._errors import DataError, SchemaError, StoreError
from labelwright._exact import exact, picked
from labelwright._files import write_atomically
from labelwright._places import is_link
from labelwright._text import FORMULA, one_line
from labelwright._types import ABSTAIN, IntArray
from labelwright._validate import shorten
from labelwright.core import LabelSpace
from labelwright.core.class_values import ClassReader
from labelwright.io.delimited import separators_in
from labelwright.io.labeled_rows import is_blank

SHOWN_CHARACTERS: Final = 120
DIGITS: Final = 24
"""Hex characters of a key: two of 1e9 rows share one with a chance of 1e-11."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLabel:
    """What somebody said of all rows of one content; one line of the file.

    Attributes
    ----------
    label : str
        The class name; empty where the row was skipped.
    text : str
        How the row begins, for people who open the file. Nothing reads it.
    task, split : str
        The labeling question, and the split whose row was shown.
    picked : str
        How it was picked: "random", "disagreement" or "uncertainty".
    by, at : str
        Who said it, and the local time, ISO 8601 to the second.
    columns : str
        The columns whose content the key is of, as a JSON list; empty: the text column, whatever its name.
    key : str
        As `shown_keys` makes them.
    others : tuple of (str, str)
        What somebody noted in columns of their own, which stay.
    """

    label: str
    text: str
    task: str
    split: str
    picked: str
    by: str
    at: str
    columns: str
    key: str
    others: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is about: task, columns and key."""
        return self.task, self.columns, self.key


HEAD: Final = tuple(field.name for field in fields(HandLabel) if field.name != "others")
NEEDED: Final = ("label", "task", "columns", "key")


class HandLabels:
    """All that a file of hand labels says; it does not change.

    Parameters
    ----------
    path : Path
        The file; it need not be there.
    said : iterable of HandLabel
        Its lines; of two about one content the later one counts.
    digest : str or None
        Of the bytes that were read; None where there was no file.
    """

    def __init__(self, path: Path, said: Iterable[HandLabel] = (), digest: str | None = None) -> None:
        self.path, self.digest = path, digest
        self.by_place: Mapping[tuple[str, str, str], HandLabel] = {one.place: one for one in said}

    @classmethod
    def read(cls, path: Path) -> HandLabels:
        """Read a file; none says nothing.

        Raises
        ------
        DataError, SchemaError
            It cannot be read, or is no file of hand labels.
        """
        if path.exists() and not path.is_file():
            raise DataError(f"cannot read hand labels {str(path)!r}: it is no regular file; move it away")
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return cls(path)
        except OSError as error:
            raise DataError(f"cannot read hand labels {str(path)!r}: {error.strerror}") from error
        return cls(path, _parsed(path, content), _digest(content))

    def of_task(self, task: str) -> list[HandLabel]:
        """Return the labels of a task, without rows that were skipped."""
        return [one for one in self.by_place.values() if one.task == task and one.label]

    def with_label(self, said: HandLabel) -> HandLabels:
        """Return them with one more, which replaces an earlier one of the same content."""
        others = [one for one in self.by_place.values() if one.place != said.place]
        return HandLabels(self.path, [*others, said], self.digest)

    def without(self, place: tuple[str, str, str]) -> HandLabels:
        """Return them without what was said of a content."""
        others = [one for one in self.by_place.values() if one.place != place]
        return HandLabels(self.path, others, self.digest)

    def save(self) -> None:
        """Write the file anew; whoever reads it sees all of the old content or all of the new.

        Raises
        ------
        StoreError
            It cannot be written, or is a link, which would no longer lead to what others read.
        """
        check_labels_place(self.path)
        lines = [
            {**dict(one.others), **{name: getattr(one, name) for name in HEAD}}
            for one in self.by_place.values()
        ]
        text = io.StringIO(newline="")
        head = [*HEAD, *dict.fromkeys(name for line in lines for name in line if name not in HEAD)]
        writer = csv.DictWriter(text, head, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        content = text.getvalue().encode("utf-8", errors="replace")
        write_atomically(self.path, lambda partial: partial.write_bytes(content))

    def gold(self, frame: pl.DataFrame, *, task: str, space: LabelSpace, text: str | None) -> IntArray | None:
        """Return (n,) class indices, -1 where nobody said anything; None where no row has a label.

        Raises
        ------
        SchemaError
            Labels that are no classes, or all of them of tasks that the project has not.
        """
        ours = self.of_task(task)
        if not ours:
            return None
        classes = self._classes(ours, space)
        found = np.full(frame.height, ABSTAIN, dtype=np.int64)
        for columns in dict.fromkeys(one.columns for one in ours):
            names: list[Any] = json.loads(columns) if columns else [text]
            if any(name not in frame.columns for name in names):
                continue
            said = {one.key: classes[one.label] for one in ours if one.columns == columns}
            keys = shown_keys(frame, names)
            here = np.array([said.get(key, ABSTAIN) for key in keys], dtype=np.int64)
            found = np.where(here >= 0, here, found)
        return found if (found >= 0).any() else None

    def _classes(self, ours: Sequence[HandLabel], space: LabelSpace) -> dict[str, int]:
        names = [one.label for one in ours]
        codes = ClassReader(space.names).encode(
            names,
            what=f"hand labels {str(self.path)!r}",
            column=True,
            error=SchemaError,
            cure="correct the column label there, or the classes in labelwright.toml",
        )
        return dict(zip(names, codes.tolist(), strict=True))

    def check_tasks(self, tasks: Sequence[str]) -> None:
        """Raise where no label is of any of the project's tasks: one was renamed, and its labels with it not.

        Raises
        ------
        SchemaError
            All labels are of other tasks.
        """
        theirs = sorted({one.task for one in self.by_place.values()})
        if theirs and not set(theirs) & set(tasks):
            raise SchemaError(
                f"hand labels {str(self.path)!r} are of task {shorten([repr(name) for name in theirs])}, "
                f"the project has {shorten([repr(name) for name in tasks])}; write its name into the column "
                "task of that file"
            )


def check_labels_place(path: Path) -> None:
    """Raise where a file of hand labels is a link: written over, it would lead to what others read no more.

    Raises
    ------
    StoreError
        It is.
    """
    if is_link(path):
        raise StoreError(
            f"hand labels {str(path)!r} are a link; name the file in [data] hand_labels, or put it there"
        )


def shown_keys(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return the key of each row: of what some of its columns hold, wherever in the data it stands.

    Runs of white space count as one blank, ways to write one character (NFC) and one number (1 and 1.0) as
    one, null as an empty text: a file that was saved by another program gives the same keys.

    Examples
    --------
    >>> frame = pl.DataFrame({"text": ["a  b", "a b ", "c"], "n": [1.0, 2.0, 3.0]})
    >>> keys = shown_keys(frame, ["text"])
    >>> keys[0] == keys[1], keys[0] == keys[2], len(keys[0])
    (True, False, 25)
    >>> shown_keys(frame, ["n"]) == shown_keys(frame.cast({"n": int}), ["n"])
    True
    """
    if len(columns) == 1:
        return [_key(_plain(value)) for value in frame[columns[0]]]
    rows = picked(frame, columns).iter_rows()
    return [_key(json.dumps([_plain(value) for value in row], ensure_ascii=False)) for row in rows]


def says_nothing(frame: pl.DataFrame, columns: Sequence[str]) -> list[bool]:
    r"""Tell of each row whether all of some columns are null or blank, so that nobody can judge it.

    Examples
    --------
    >>> says_nothing(pl.DataFrame({"text": ["a", "\u200b ", None]}), ["text"])
    [False, True, True]
    """
    blank = (exact(name).is_null() if frame.schema[name].is_nested() else is_blank(name) for name in columns)
    return frame.select(pl.all_horizontal(blank)).to_series().to_list()


def excerpt(text: str) -> str:
    r"""Return how a text begins, on one line, as no program that opens tables takes it for a formula.

    Examples
    --------
    >>> excerpt("=1+1"), excerpt("two\nlines")
    ("'=1+1", 'two lines')
    """
    line = one_line(text[: 4 * SHOWN_CHARACTERS], SHOWN_CHARACTERS)
    return f"'{line}" if re.search(FORMULA, line) else line


def _key(text: str) -> str:
    found = hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:DIGITS]
    return f"h{found}"  # a letter first: "12e34..." is a number to spreadsheets


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split())
    if isinstance(value, float) and math.isfinite(value) and value == math.floor(value):
        value = int(value)
    return str(value)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _parsed(path: Path, content: bytes) -> list[HandLabel]:
    where = f"hand labels {str(path)!r}"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where} are not UTF-8 text (byte {error.start}); save them as UTF-8") from error
    if not text.strip():
        return []
    separator = next(iter(separators_in(text.splitlines()[0])), ",")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restval="")
    head = list(reader.fieldnames or ())
    if lacking := [name for name in NEEDED if name not in head]:
        raise SchemaError(
            f"{where} lack the columns {shorten(lacking)}; expected a file of labelwright label, with "
            f"{shorten(HEAD, len(HEAD))}; name another file in [data] hand_labels"
        )
    try:
        return [_line(where, reader.line_num, line) for line in reader if any(map(str.strip, _texts(line)))]
    except csv.Error as error:
        raise DataError(f"{where} line {reader.line_num}: {error}; correct that line") from error


def _texts(line: Mapping[Any, Any]) -> list[str]:
    return [value for value in line.values() if isinstance(value, str)]


def _line(where: str, number: int, line: Mapping[Any, Any]) -> HandLabel:
    others = tuple((name, value or "") for name, value in line.items() if name and name not in HEAD)
    said = HandLabel(**{name: line.get(name) or "" for name in HEAD}, others=others)
    try:
        columns = json.loads(said.columns) if said.columns else []
    except (ValueError, RecursionError):
        columns = None
    good = isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    if not said.key or not good:
        raise SchemaError(f"{where} line {number} has no key or columns; restore them, or remove the line")
    return said
