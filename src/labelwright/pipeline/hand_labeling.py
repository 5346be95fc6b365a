"""Labeling by hand: which rows somebody is asked about, in what order, and what was said so far."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import ProjectError
from labelwright._files import PARTIAL_SUFFIX, shown_path
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace
from labelwright.core.votes.vote_sets import allowed_classes
from labelwright.pipeline.hand_labels import (
    HandLabel,
    HandLabels,
    check_labels_place,
    excerpt,
    says_nothing,
    shown_keys,
)
from labelwright.pipeline.row_reader import ROW
from labelwright.pipeline.run import now
from labelwright.store import ProjectLock

if TYPE_CHECKING:
    import polars as pl

    from labelwright.core import LabelMatrix, Task
    from labelwright.pipeline.row_reader import RowReader

ORDERS: Final = ("random", "disagreement", "uncertainty")
DEFAULT_COUNT: Final = 50
NO_REASON: Final = {
    "disagreement": "labeling functions contradict each other on none of the rows",
    "uncertainty": "the label model is sure of every row that has a vote",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row that somebody is asked about.

    Attributes
    ----------
    number : int
        Where the first row of its content stands in the data.
    text : str or None
        What people read; None where the project has no text column.
    values : tuple of (str, str)
        The other columns that are shown.
    """

    number: int
    text: str | None
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandLabeled(Shown):
    """What was labeled by hand.

    Attributes
    ----------
    labeled, skipped : int
        Rows of this sitting.
    classes : mapping of str to int
        All rows of the split that are labeled by hand by now, class by class; rows of one content count once.
    rows_left : int
        Rows of the split, of one content each, that have no gold label yet.
    split, picked : str
        Of which split, and how they were picked.
    note : str or None
        Why they were picked in another way than was asked for.
    path : Path
        The file of hand labels.
    """

    labeled: int
    skipped: int
    classes: dict[str, int]
    rows_left: int
    split: str
    picked: str
    note: str | None
    path: Path

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "labeled": self.labeled,
            "skipped": self.skipped,
            "hand_labels": self.classes,
            "rows_left": self.rows_left,
            "split": self.split,
            "picked_by": self.picked,
            "note": self.note,
            "path": shown_path(self.path),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The rows of a split to ask about, the first one first, and how they were picked."""

    frame: pl.DataFrame
    split: str
    task: Task
    rows: Sequence[int]
    keys: Sequence[str]
    columns: Sequence[str]
    text: str | None
    by: str
    note: str | None


class HandLabeling(Shown):
    """One sitting: shows a row after the other, and writes every answer to the file of hand labels at once.

    Use it as a context manager: one sitting at a time writes to a project's file.

    Parameters
    ----------
    picked : Picked
        The rows.
    path : Path
        The file of hand labels.
    lock : Path
        Of the lock that keeps two sittings apart.
    count : int
        How many rows to label at most.

    Examples
    --------
    See `labelwright.Project.label`.
    """

    def __init__(self, picked: Picked, path: Path, *, lock: Path, count: int) -> None:
        self._picked, self._path, self._count = picked, path, count
        self._lock = ProjectLock(lock, other="somebody else is labeling for")
        self._columns = "" if list(picked.columns) == [picked.text] else json.dumps(list(picked.columns))
        self._by = _user()
        self._at = 0
        self._known: tuple[HandLabels, object] | None = None
        self._done: list[tuple[HandLabel, HandLabel | None]] = []

    def _display_parts(self) -> list[Part]:
        facts = [
            ("asked for", f"{self._count:,}"),
            ("answered", f"{len(self._done):,}"),
            ("file", said(self._path)),
        ]
        return [Heading("HandLabeling"), Facts(facts)]

    def __enter__(self) -> HandLabeling:
        check_labels_place(self._path)
        self._lock.__enter__()
        for partial in self._path.parent.glob(f".{escape(self._path.name)}.*{PARTIAL_SUFFIX}"):
            partial.unlink(missing_ok=True)  # of a sitting that was killed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    @property
    def space(self) -> LabelSpace:
        """The classes to choose from."""
        return self._picked.task.space

    @property
    def task(self) -> Task:
        """The question."""
        return self._picked.task

    @property
    def note(self) -> str | None:
        """Why rows were picked in another way than was asked for."""
        return self._picked.note

    @property
    def total(self) -> int:
        """How many rows will be asked about: as many labels as wanted, where there are so many rows."""
        return min(self._count, self.labeled + len(self._picked.rows) - self._at)

    @property
    def labeled(self) -> int:
        """How many rows were labeled in this sitting."""
        return sum(bool(said.label) for said, _ in self._done)

    @property
    def row(self) -> ShownRow | None:
        """The row to label now; None where there is none left, or as many are labeled as wanted."""
        if self.labeled >= self._count or self._at >= len(self._picked.rows):
            return None
        picked = self._picked
        number = picked.rows[self._at]
        values = picked.frame.row(number, named=True)
        shown = tuple(
            (name, "" if values[name] is None else str(values[name]))
            for name in picked.columns
            if name not in (picked.text, ROW)
        )
        text = None if picked.text is None else str(values[picked.text] or "")
        return ShownRow(number=number, text=text, values=shown)

    def label(self, answer: int | str) -> None:
        """Give the row a class, and go on to the next."""
        self._say(self.space.name(self.space.index(answer)))

    def skip(self) -> None:
        """Leave the row, and go on; it is shown again once all others are labeled."""
        self._say("")

    def undo(self) -> bool:
        """Take back the last answer, and go back to its row; return whether there was one."""
        if not self._done:
            return False
        said, before = self._done.pop()
        labels = self._labels()
        self._save(labels.without(said.place) if before is None else labels.with_label(before))
        self._at -= 1
        return True

    def result(self) -> HandLabeled:
        """Say what there is by now."""
        picked = self._picked
        labels = self._labels()
        counts = Counter(one.label for one in labels.of_task(picked.task.name) if one.split == picked.split)
        return HandLabeled(
            labeled=self.labeled,
            skipped=len(self._done) - self.labeled,
            classes={name: counts[name] for name in self.space if counts[name]},
            rows_left=len(picked.rows) - self.labeled,
            split=picked.split,
            picked=picked.by,
            note=picked.note,
            path=self._path,
        )

    def _say(self, label: str) -> None:
        row, picked = self.row, self._picked
        if row is None:
            raise ProjectError("no row is left to label; begin another sitting")
        shown = (
            row.text if row.text is not None else ", ".join(f"{name} {value}" for name, value in row.values)
        )
        said = HandLabel(
            label=label,
            text=excerpt(shown),
            task=picked.task.name,
            split=picked.split,
            picked=picked.by,
            by=self._by,
            at=now(),
            columns=self._columns,
            key=picked.keys[self._at],
        )
        labels = self._labels()
        before = labels.by_place.get(said.place)
        self._save(labels.with_label(said))
        self._done.append((said, before))
        self._at += 1

    def _labels(self) -> HandLabels:
        """Return what the file says, read anew where somebody has edited it since it was written."""
        if self._known is None or self._known[1] != _stamp(self._path):
            self._known = HandLabels.read(self._path), _stamp(self._path)
        return self._known[0]

    def _save(self, labels: HandLabels) -> None:
        labels.save()
        self._known = labels, _stamp(self._path)


def _stamp(path: Path) -> object:
    """Return what changes with every write of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container whose user has no name
        return ""


# --- which rows, in what order


def check_order(by: str) -> None:
    """Raise for a way to pick rows that there is not."""
    if by not in ORDERS:
        hint = did_you_mean(by, ORDERS) or f"; expected {', '.join(ORDERS[:-1])} or {ORDERS[-1]}"
        raise ProjectError(f"rows cannot be picked by {by!r}{hint}")


def picked_rows(
    reader: RowReader,
    task: Task,
    split: str,
    *,
    by: str,
    seed: int,
    pressing: FloatArray | None = None,
    note: str | None = None,
) -> Picked:
    """Return the rows of a split without a gold label, one of each content, in the order to ask about them.

    Chance is a hash of the seed and the content, so that the next sitting goes on where the last one stopped,
    whatever became of the data in between. Rows that nobody can judge, as all that is shown of them is blank,
    are left out; those that were skipped come last.

    Parameters
    ----------
    pressing : (n,) float, optional
        The row with the largest comes first; rows of 0 and less have no reason to.
    """
    rows = reader.read(split)
    frame, gold = rows.frame, rows.gold
    columns, text = reader.shown_columns(frame), reader.text_column(frame)
    columns = [name for name in columns if name != ROW]
    keys, blank = shown_keys(frame, columns), says_nothing(frame, columns)
    labels = reader.hand_labels
    skipped = {one.key for one in labels.by_place.values() if one.task == task.name and not one.label}
    known = set() if gold is None else {keys[row] for row in np.flatnonzero(gold >= 0)}
    first = {key: row for row, key in reversed(list(enumerate(keys))) if not blank[row] and key not in known}
    if pressing is not None and not any(pressing[row] > 0 for row in first.values()):
        note, by, pressing = f"{NO_REASON[by]}, so rows are picked at random", "random", None
    if pressing is None:
        pressing = np.zeros(frame.height)
    order = sorted(first, key=lambda key: (key in skipped, -pressing[first[key]], _chance(seed, key)))
    return Picked(
        frame=frame,
        split=split,
        task=task,
        rows=[first[key] for key in order],
        keys=order,
        columns=columns,
        text=text if text in columns else None,
        by=by,
        note=note,
    )


def conflicts(matrix: LabelMatrix) -> FloatArray:
    """Return the number of pairs of votes on each row that contradict each other, (n,).

    Votes for sets of classes contradict those with which they have no class in common.

    Examples
    --------
    >>> from labelwright.core import LabelMatrix
    >>> conflicts(LabelMatrix([[0, 0, 1], [0, 0, -1], [-1, -1, -1]])).tolist()
    [2.0, 0.0, 0.0]
    >>> sets = LabelMatrix.from_sets([[{0, 1}, 2, 0], [{0, 1}, 1, -1]], space=list("abc"))
    >>> conflicts(sets).tolist()
    [2.0, 0.0]
    """
    allowed = allowed_classes(matrix.vote_sets, k=matrix.k)
    codes = [(matrix.votes == code).sum(axis=1) for code in range(len(allowed))]
    counts = np.stack(codes, axis=1).astype(np.float64)
    apart = (allowed.astype(np.float64) @ allowed.T) == 0
    pairs: FloatArray = ((counts @ apart) * counts).sum(axis=1) / 2
    return pairs


def doubt(probabilities: FloatArray, covered: Any) -> FloatArray:
    """Return how close the two likeliest classes of each row are, (n,); below all others where no LF votes.

    Without a vote a row has the probabilities of the class balance, which say nothing about it.

    Examples
    --------
    >>> found = doubt(np.array([[0.9, 0.1], [0.5, 0.5], [0.5, 0.5]]), np.array([True, True, False]))
    >>> [round(float(value), 2) for value in found]
    [0.2, 1.0, -1.0]
    """
    top = np.sort(probabilities, axis=1)[:, -2:]
    found: FloatArray = np.where(covered, 1 - (top[:, 1] - top[:, 0]), -1.0)
    return found


def _chance(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed} {key}".encode()).hexdigest()


__all__ = ["DEFAULT_COUNT", "HandLabeled", "HandLabeling", "ShownRow"]
