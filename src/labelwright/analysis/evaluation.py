"""The rows on which models and LFs are judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._text import count, listed
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.core import LabelMatrix
from labelwright.core.class_values import as_gold
from labelwright.core.common_ground import common_names, common_space
from labelwright.core.votes.row_scores import joined_scores

SPLIT_ROWS: Final = {"train": "training row", "valid": "validation row", "test": "test row"}
"""What people call a row of a split."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """Rows with gold labels, their votes, and what every model says of them.

    Attributes
    ----------
    gold : (n,) int64
        Hand labels, -1 where unknown; given by class name or index.
    matrix : LabelMatrix
        The votes on these rows.
    majority_vote, label_model : (n, k) float64
        Probabilities.
    end_model : (n, k) float64, optional
        Probabilities; None without an end model.
    split : {"train", "valid", "test"}, default "test"
        Which rows they are.
    """

    gold: IntArray
    matrix: LabelMatrix
    majority_vote: FloatArray
    label_model: FloatArray
    end_model: FloatArray | None = None
    split: str = "test"

    def __post_init__(self) -> None:
        labels = as_gold(self.gold, self.matrix.space.names, n=self.matrix.n)
        object.__setattr__(self, "gold", labels)

    @property
    def row(self) -> str:
        """What people call one of its rows."""
        return SPLIT_ROWS.get(self.split, f"{self.split} row")

    @property
    def judged(self) -> int:
        """How many rows have a gold label."""
        return int((np.asarray(self.gold) != ABSTAIN).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GoldRows:
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
        known: dict[str, tuple[LabelMatrix, IntArray]] = {}
        for split, (matrix, gold) in splits.items():
            labels = as_gold(gold, matrix.space.names, n=matrix.n).astype(np.int64)
            rows = np.flatnonzero(labels != ABSTAIN)
            if len(rows):
                known[split] = (matrix[rows], labels[rows])
        if not known:
            return None
        return cls(
            matrix=stacked([matrix for matrix, _ in known.values()]),
            gold=np.concatenate([labels for _, labels in known.values()]),
            splits={split: len(labels) for split, (_, labels) in known.items()},
        )

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def where(self) -> str:
        """How many rows of which splits they are, in words; empty where that is not known."""
        return listed(
            [count(n, SPLIT_ROWS.get(split, f"{split} row")) for split, n in self.splits.items() if split]
        )

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
