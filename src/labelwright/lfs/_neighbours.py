"""The class of the nearest example, where it is near enough and no other class is as near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN, FloatArray, IntArray
from labelwright.lfs._bounds import as_number

CELLS = 1 << 24  # similarities that are in memory at once, 4 bytes each


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near an example must be.

    Parameters
    ----------
    similarity : float
        The least cosine similarity that counts, above -1 and at most 1.
    margin : float
        By how much the nearest example of a class must be nearer than those of all others, 0 or more.
    """

    similarity: float
    margin: float = 0.0

    def votes(self, rows: Any, examples: Any, classes: IntArray) -> IntArray:
        """Return the class of the nearest example of each row, -1 where none is near enough.

        Parameters
        ----------
        rows : (n, d) array or sparse matrix
            Unit vectors.
        examples : (e, d) array or sparse matrix
            Unit vectors.
        classes : (e,) int
            Their classes.
        """
        votes = np.full(rows.shape[0], ABSTAIN, dtype=np.int16)
        if not len(classes):
            return votes
        kinds = np.unique(classes)
        step = max(1, CELLS // len(classes))
        for start in range(0, len(votes), step):
            near = _nearest(rows[start : start + step], examples, classes, kinds)
            votes[start : start + step] = self._choose(near, kinds)
        return votes

    def _choose(self, near: FloatArray, kinds: IntArray) -> IntArray:
        """Return the class of each row of (n, kinds) greatest similarities."""
        best = near.argmax(axis=1)
        first = near[np.arange(len(near)), best]
        others = np.where(np.arange(len(kinds)) == best[:, None], -np.inf, near).max(axis=1)
        clear = (first - others >= self.margin) & (first > others)
        return np.where((first >= self.similarity) & clear, kinds[best], ABSTAIN)


def as_nearness(similarity: object, margin: object, lf: str) -> Nearness:
    """Return how near an example must be, or raise where that is nothing."""
    level = float(as_number(similarity, lf, parameter="similarity"))
    lead = float(as_number(margin, lf, parameter="margin"))
    if not -1.0 < level <= 1.0:
        raise LabelingFunctionError(
            f"LF {lf!r}: similarity={similarity!r}; give a cosine above -1 and at most 1, such as 0.8"
        )
    if lead < 0:
        raise LabelingFunctionError(f"LF {lf!r}: margin={margin!r}; give 0 or more")
    return Nearness(level, lead)


def _nearest(rows: Any, examples: Any, classes: IntArray, kinds: IntArray) -> FloatArray:
    """Return the greatest similarity of each row to an example of each class, (n, kinds)."""
    product = rows @ examples.T
    similar = product if isinstance(product, np.ndarray) else product.toarray()
    # A product of unit vectors misses 1 by rounding, which a floor of 1 must not mind.
    exact = np.round(similar.astype(np.float64), 5)
    return np.column_stack([exact[:, classes == kind].max(axis=1) for kind in kinds])
