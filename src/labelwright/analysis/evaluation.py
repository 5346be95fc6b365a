"""The rows on which models and LFs are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from labelwright._display.notebook import Facts, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._errors import LabelMatrixError
from labelwright._text import count, listed
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.core import LabelMatrix
from labelwright.core.class_values import as_gold
from labelwright.core.common_ground import common_names, common_space
from labelwright.core.gold_sets import GoldSets, as_right_classes, has_several
from labelwright.core.votes.row_scores import joined_scores

SPLIT_ROWS: Final = {"train": "training row", "valid": "validation row", "test": "test row"}
"""What people call a row of a split."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Evaluation(Shown):
    """Rows with gold labels, their votes, and what every model says of them.

    Attributes
    ----------
    gold : (n,) int64
        Hand labels, -1 where unknown; given by class name or index. Of several a row, which are all right,
        the one that the label model holds most likely.
    matrix : LabelMatrix
        The votes on these rows.
    majority_vote, label_model : (n, k) float64
        Probabilities.
    end_model : (n, k) float64, optional
        Probabilities; None without an end model.
    split : {"train", "valid", "test"}, default "test"
        Which rows they are.
    several : GoldSets or None
        All hand labels, where `gold` was given with several a row.
    """

    gold: IntArray
    matrix: LabelMatrix
    majority_vote: FloatArray
    label_model: FloatArray
    end_model: FloatArray | None = None
    split: str = "test"
    several: GoldSets | None = None

    def __post_init__(self) -> None:
        names, n = self.matrix.space.names, self.matrix.n
        given: object = self.gold
        if has_several(given):
            several = GoldSets.of(given, names, n=n)
            object.__setattr__(self, "several", several)
            given = several.judging(self.label_model)
        object.__setattr__(self, "gold", as_gold(given, names, n=n))

    @property
    def labels(self) -> Any:
        """What measures take: the hand labels, several a row where rows have several."""
        return self.gold if self.several is None else self.several

    @property
    def row(self) -> str:
        """What people call one of its rows."""
        return SPLIT_ROWS.get(self.split, f"{self.split} row")

    def _display_parts(self) -> list[Part]:
        models = {"majority vote": self.majority_vote, "label model": self.label_model}
        if self.end_model is not None:
            models["end model"] = self.end_model
        facts = [
            ("rows", f"{count(self.matrix.n, self.row)}, {self.judged:,} with a gold label"),
            ("models", listed(list(models))),
            ("classes", said(self.matrix.space)),
        ]
        return [Heading("Evaluation"), Facts(facts)]

    @property
    def judged(self) -> int:
        """How many rows have a gold label."""
        return int((np.asarray(self.gold) != ABSTAIN).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class GoldRows(Shown):
    """Rows with a gold label and the votes on them, of one split or of several: what LFs are judged by.

    An LF votes on all splits alike, so that all their gold labels tell how right it is.

    Attributes
    ----------
    matrix : LabelMatrix
        The votes on the g rows.
    gold : (g,) int64
        Their hand labels, all known.
    splits : mapping of str to int
        How many of the rows each split has, in the order of the rows.
    several : GoldSets or None
        All their hand labels, where some rows have several, of which `gold` has the first.

    Examples
    --------
    >>> L = LabelMatrix([[0, 1], [1, 1], [-1, 0]], lf_names=["a", "b"])
    >>> found = GoldRows.of({"train": (L, [0, -1, -1]), "test": (L, [0, 1, 0])})
    >>> len(found), found.gold.tolist(), found.said
    (4, [0, 0, 1, 0], '4 hand labels (1 training row and 3 test rows)')
    """

    matrix: LabelMatrix
    gold: IntArray
    splits: Mapping[str, int] = field(default_factory=dict)
    several: GoldSets | None = None

    @classmethod
    def of(cls, splits: Mapping[str, tuple[LabelMatrix, object]]) -> GoldRows | None:
        """Take the rows with a gold label of label matrices of the same LFs; None where no row has one.

        Parameters
        ----------
        splits : mapping of str to (LabelMatrix, (n,) labels)
            Votes and gold labels of each split, by class name or index, None or -1
            where unknown.

        Raises
        ------
        LabelMatrixError
            Gold labels that do not fit, or label matrices of other LFs or classes.
        """
        known: dict[str, tuple[LabelMatrix, BoolArray]] = {}
        for split, (matrix, gold) in splits.items():
            right = as_right_classes(gold, matrix.space.names, n=matrix.n)
            rows = np.flatnonzero(right.any(axis=1))
            if len(rows):
                known[split] = (matrix[rows], right[rows])
        if not known:
            return None
        sets = GoldSets(np.concatenate([right for _, right in known.values()]))
        return cls(
            matrix=stacked([matrix for matrix, _ in known.values()]),
            gold=sets.sets.argmax(axis=1),
            splits={split: len(right) for split, (_, right) in known.items()},
            several=sets if sets.several else None,
        )

    @property
    def labels(self) -> Any:
        """What measures take: the hand labels, several a row where rows have several."""
        return self.gold if self.several is None else self.several

    @property
    def single(self) -> BoolArray:
        """(g,): rows with one hand label; those with several teach nobody."""
        if self.several is None:
            return np.ones(len(self.gold), dtype=bool)
        one: BoolArray = self.several.sets.sum(axis=1) == 1
        return one

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def where(self) -> str:
        """How many rows of which splits they are, in words; empty where that is not known."""
        return listed(
            [count(n, SPLIT_ROWS.get(split, f"{split} row")) for split, n in self.splits.items() if split]
        )

    def _display_parts(self) -> list[Part]:
        facts = [("LFs", said(self.matrix.lf_names)), ("classes", said(self.matrix.space))]
        return [Heading(f"GoldRows: {self.said}"), Facts(facts)]

    @property
    def said(self) -> str:
        """How many hand labels there are, and of which rows, in words."""
        return f"{count(len(self), 'hand label')}{f' ({self.where})' if self.where else ''}"


def stacked(matrices: Sequence[LabelMatrix]) -> LabelMatrix:
    """Return the rows of label matrices of the same LFs, one under the other, over one table of sets.

    Examples
    --------
    >>> one = LabelMatrix.from_sets([[{"a", "b"}]], space=["a", "b", "c"])
    >>> other = LabelMatrix.from_sets([[{"b", "c"}], ["c"]], space=["a", "b", "c"])
    >>> both = stacked([one, other])
    >>> [both.vote_name(int(vote)) for vote in both.votes[:, 0]]
    ['a or b', 'b or c', 'c']
    """
    first, *others = matrices
    for other in others:
        if common_names(first.lf_names, other.lf_names) != first.lf_names:
            raise LabelMatrixError(f"label matrices of other LFs: {first.lf_names} and {other.lf_names}")
        common_space(first.space, other.space)
    if not others:
        return first
    none = np.zeros((0, first.k), dtype=bool)
    tables = [none if one.vote_sets is None else one.vote_sets for one in matrices]
    starts = np.cumsum([0, *map(len, tables)])
    codes = [
        one.votes.astype(np.int64) + int(start) * (one.votes >= one.k)
        for one, start in zip(matrices, starts, strict=False)
    ]
    scored = {name for one in matrices for name in one.scores}
    scores = {name: joined_scores([(one.n, one.scores.get(name)) for one in matrices]) for name in scored}
    return LabelMatrix(
        np.concatenate(codes),
        space=first.task or first.space,
        lf_names=first.lf_names,
        vote_sets=np.concatenate(tables) if starts[-1] else None,
        scores={name: found for name, found in scores.items() if found is not None},
    )
