"""The rows on which models are judged."""

from __future__ import annotations

from dataclasses import dataclass

from labelwright._types import FloatArray, IntArray
from labelwright.core import LabelMatrix
from labelwright.core.class_values import as_gold


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
    """

    gold: IntArray
    matrix: LabelMatrix
    majority_vote: FloatArray
    label_model: FloatArray
    end_model: FloatArray | None = None

    def __post_init__(self) -> None:
        labels = as_gold(self.gold, self.matrix.space.names, n=self.matrix.n)
        object.__setattr__(self, "gold", labels)
