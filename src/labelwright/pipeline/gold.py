"""Which hand labels of a project teach the label model, and which score: no label does both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._display.notebook import Heading, Note, Part
from labelwright._display.shown import Shown
from labelwright._errors import LabelingFunctionError, ProjectError
from labelwright._text import count, listed
from labelwright._types import ABSTAIN, BoolArray, IntArray
from labelwright._version import __version__
from labelwright.analysis.evaluation import SPLIT_ROWS
from labelwright.core.gold_sets import GoldSets
from labelwright.pipeline.hand_labels import shown_keys
from labelwright.pipeline.rows import Rows
from labelwright.store import ValueStore, content_key

if TYPE_CHECKING:
    from labelwright.lfs import LabelingFunction


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GoldCounts(Shown):
    """How many hand labels teach and score.

    Attributes
    ----------
    source : "none", "train" or "valid"
        ``[label_model] gold``: whose hand labels teach the label model.
    teaching, scoring : mapping of str to int
        By split, of those that have any.
    held_out : bool
        Whether half of the source's hand labels was kept back, because no other split has any to score by.
    picked : int, default 0
        Hand labels of `labelwright label` whose rows were picked because they are hard, not at random.
    """

    source: str
    teaching: Mapping[str, int]
    scoring: Mapping[str, int]
    held_out: bool
    picked: int = 0

    def _display_parts(self) -> list[Part]:
        lines = self.said() or ("no hand labels",)
        return [Heading(f"GoldCounts: {self.taught:,} teach"), *map(Note, lines)]

    @property
    def taught(self) -> int:
        """How many teach."""
        return sum(self.teaching.values())

    def said(self) -> tuple[str, ...]:
        """Return how many hand labels there are and what each is for, in lines; nothing without any."""
        teach, score = (_where(labels) for labels in (self.teaching, self.scoring))
        if not self.teaching:
            plain = (f"hand labels: {score} they score, and none teaches the label model", *self._hard())
            return plain if score else ()
        kept = "; half were kept back for that, as no other split has any" if self.held_out else ""
        scored = f"{score} they score{kept}" if score else "none is left to score by"
        return (f"hand labels: {teach} they teach the label model and score nothing; {scored}", *self._hard())

    def _hard(self) -> tuple[str, ...]:
        """Say that some rows are harder than most, where they are."""
        if not self.picked:
            return ()
        rows = "row with a hand label was" if self.picked == 1 else "rows with a hand label were"
        return (
            f"{self.picked:,} {rows} picked by disagreement or uncertainty: such are harder than most, and "
            "scores on them are too low",
        )

    @property
    def sentence(self) -> str:
        """The same in sentences for a page; empty without any."""
        return " ".join(f"{line[0].upper()}{line[1:]}." for line in self.said())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "label_model": self.source,
            "teaching": dict(self.teaching),
            "scoring": dict(self.scoring),
            "held_out": self.held_out,
            "picked_by_difficulty": self.picked,
        }


def _where(labels: Mapping[str, int]) -> str:
    known = listed([count(n, SPLIT_ROWS[split]) for split, n in labels.items() if n])
    return f"on {known}" if known else ""


class GoldLabels:
    """The gold labels of a project's splits, parted into those that teach and those that score.

    The labels of the split that the settings name teach. Where no other split has any, half of them is kept
    back for scoring: by a hash of the rows' content, so that a label stays on its side when others are added,
    and rows of one content are on one side. An answer of `labelwright label` counts for all rows of its
    content, so where it teaches, rows of its content score in no other split.

    Parameters
    ----------
    source : {"none", "train", "valid"}
        Whose hand labels teach.
    splits : sequence of str
        The splits that there are.
    rows : callable
        Returns the rows of a split.
    kept : ValueStore
        Where it is kept how many labels there are, so that nobody reads them to count them.
    picked : callable, optional
        Returns how many hand labels that score are of rows that were picked because they are hard, of some
        splits.
    content : callable, optional
        Returns the columns of rows by whose content one row is the same as another; by default all.
    answers : callable, optional
        Returns the keys of the content of rows that were labeled by `labelwright label`.
    """

    def __init__(
        self,
        source: str,
        splits: tuple[str, ...],
        rows: Callable[[str], Rows],
        kept: ValueStore,
        picked: Callable[[Iterable[str]], int] = lambda splits: 0,
        content: Callable[[Rows], Sequence[str]] = lambda rows: rows.frame.columns,
        answers: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.source, self._splits, self._rows, self._kept = source, splits, rows, kept
        self._hard, self._content, self._answers = picked, content, answers
        self._parts: dict[str, tuple[IntArray | None, IntArray | None]] = {}

    @cached_property
    def teaches(self) -> bool:
        """Whether any hand label is there to teach."""
        return self.source in self._splits and self._rows(self.source).has_gold

    @cached_property
    def held_out(self) -> bool:
        """Whether half of the labels that could teach is kept back for scoring."""
        others = [split for split in self._splits if split != self.source]
        return self.teaches and not any(self._rows(split).has_gold for split in others)

    def check(self, *, only_task: bool) -> None:
        """Raise where the settings name a split without hand labels.

        Of several tasks, those without hand labels learn from votes alone.

        Raises
        ------
        ProjectError
            With what there is.
        """
        if self.source == "none" or self.teaches or not only_task:
            return
        known = [split for split in self._splits if self._rows(split).has_gold]
        there = f"hand labels are in {listed(known)}" if known else "no split has any"
        if self.source not in self._splits:
            there = f"the project has no {self.source} data"
        raise ProjectError(
            f'[label_model] gold = "{self.source}", but no {SPLIT_ROWS[self.source]} has a hand label: '
            f"{there}; "
            'name their column in [data] gold, or set gold = "none"'
        )

    # --- the two parts

    def teaching(self, split: str) -> IntArray | None:
        """Return (n,) the labels of a split that teach, -1 elsewhere; None where none does."""
        return self._parted(split)[0]

    def scoring(self, split: str) -> IntArray | None:
        """Return (n,) the labels of a split that score, -1 elsewhere; None where none does."""
        return self._parted(split)[1]

    def measuring(self, split: str) -> Any:
        """Return the labels of a split that score, several a row where rows have several; None without any.

        Such rows never teach, so all of them score where any row of the split does.
        """
        labels, sets = self.scoring(split), self._rows(split).gold_sets
        if sets is None or (split == self.source and not self.held_out):
            return labels
        several = sets.sets.sum(axis=1) > 1
        return sets.only(several if labels is None else several | (labels >= 0))

    def scores(self, split: str) -> bool:
        """Whether any label of a split scores."""
        if not self._rows(split).has_gold:
            return False
        return not self.teaches or split in self.counts.scoring

    @property
    def _picked(self) -> int:
        """How many of the labels of the splits that score were picked because they are hard."""
        return self._hard([split for split in self._splits if split != self.source or not self._all_teach])

    @property
    def _all_teach(self) -> bool:
        return self.teaches and not self.held_out

    @cached_property
    def _taught(self) -> frozenset[str]:
        """The content of the answers that teach."""
        labels = self.teaching(self.source) if self.teaches else None
        if labels is None or not self._answers():
            return frozenset()
        rows = self._rows(self.source)
        taught = shown_keys(rows.frame[np.flatnonzero(labels >= 0)], self._content(rows))
        return self._answers().intersection(taught)

    def _untaught(self, split: str, gold: IntArray) -> IntArray | None:
        """Leave out the labels of rows of answers that teach."""
        if not self._taught:
            return gold
        rows, labeled = self._rows(split), np.flatnonzero(gold >= 0)
        keys = shown_keys(rows.frame[labeled], self._content(rows))
        keep = np.zeros(len(gold), dtype=bool)
        keep[labeled] = [key not in self._taught for key in keys]
        return _only(gold, keep)

    @property
    def judged(self) -> tuple[str, ...]:
        """The splits with labels that score."""
        return tuple(split for split in self._splits if self.scores(split))

    def _parted(self, split: str) -> tuple[IntArray | None, IntArray | None]:
        if split not in self._parts:
            self._parts[split] = self._part(split)
        return self._parts[split]

    def _part(self, split: str) -> tuple[IntArray | None, IntArray | None]:
        rows = self._rows(split)
        gold = rows.gold if rows.has_gold else None
        if gold is None or not self.teaches:
            return None, gold
        if split != self.source:
            return None, self._untaught(split, gold)
        if not self.held_out:
            return gold, None
        teach = half_of(rows, gold, self._content(rows))
        return _only(gold, teach), _only(gold, ~teach)

    # --- what they are known by

    @property
    def teaching_key(self) -> str | None:
        """The key of the labels that teach; None where none does."""
        if not self.teaches:
            return None
        rows = self._rows(self.source)
        half = rows.fingerprint if self.held_out else None
        return content_key("gold that teaches", self.source, rows.record.gold, half)

    def scoring_key(self, split: str) -> str | None:
        """Return the key of the labels of a split that score; None where none does."""
        rows = self._rows(split)
        if not rows.has_gold or not self.teaches:
            return rows.record.gold
        if split != self.source and not self._answers():
            return rows.record.gold
        if split != self.source:
            taught = self._rows(self.source).fingerprint
            return content_key("gold beside that which teaches", rows.record.gold, self.teaching_key, taught)
        return content_key("the other half", self.teaching_key) if self.held_out else None

    @cached_property
    def counts(self) -> GoldCounts:
        """How many labels teach and score, by split."""
        records = [(split, self._rows(split).record) for split in self._splits]
        known = [[split, one.gold, one.fingerprint] for split, one in records]
        key = content_key("gold counts", self.source, known, self._picked, __version__)
        kept = self._kept.load("gold counts", key, GoldCounts)
        if kept is None:
            kept = self._count()
            self._kept.save("gold counts", key, kept)
        return kept

    def _count(self) -> GoldCounts:
        return GoldCounts(
            source=self.source,
            teaching=self._counted(self.teaching, [self.source] if self.teaches else []),
            scoring=self._counted(self.measuring, self._splits),
            held_out=self.held_out,
            picked=self._picked,
        )

    def _counted(self, labels: Callable[[str], Any], splits: tuple[str, ...] | list[str]) -> dict[str, int]:
        found = {split: labels(split) for split in splits}
        return {
            split: int((gold.known if isinstance(gold, GoldSets) else gold >= 0).sum())
            for split, gold in found.items()
            if gold is not None
        }


def half_of(rows: Rows, gold: IntArray, columns: Sequence[str] | None = None) -> BoolArray:
    """Return (n,) which labeled rows are in the first of two halves, by a hash of the content of columns.

    Rows of equal content fall on one side, and a row stays on its side whatever else is labeled.
    """
    labeled = np.flatnonzero(gold != ABSTAIN)
    frame = rows.frame[labeled]
    # The keys by which an answer of `labelwright label` counts for all rows of its content.
    first = [int(key[1:9], 16) % 2 == 0 for key in shown_keys(frame, columns or frame.columns)]
    mask: BoolArray = np.zeros(len(gold), dtype=bool)
    mask[labeled] = first
    return mask


def _only(gold: IntArray, rows: BoolArray) -> IntArray | None:
    part = np.where(rows, gold, ABSTAIN)
    return part if (part >= 0).any() else None


def check_gold_unread(lfs: Sequence[LabelingFunction], gold: Iterable[str]) -> None:
    """Raise where an LF reads a gold column, which is kept from them."""
    for lf, column in product(lfs, gold):
        if column in (lf.columns or ()):
            raise LabelingFunctionError(
                f"LF {lf.name!r} reads {column!r}, the gold column, which LFs never see; let it read "
                "other columns, or take the column out of [data] gold"
            )
