"""What votes add to the log scores of classes, kept for the votes that occurred."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from labelwright._types import FloatArray, IntArray, VoteArray
from labelwright.label_models.evidence import indicators
from labelwright.label_models.vote_sums import vote_sums

DENSE = 1 << 22  # numbers up to which weights are laid out for every vote of every LF


@dataclass(frozen=True, eq=False)
class VoteWeights:
    """Weights of votes, and of a vote that did not occur in training.

    Attributes
    ----------
    m : int
        LFs.
    columns : (q,) int64
        The votes that occurred, ``j*k + v``, ascending.
    weights : (q, k) float64
        What each adds.
    assumed : (k, k) float64
        What another vote v adds, in row v.
    """

    m: int
    columns: IntArray
    weights: FloatArray
    assumed: FloatArray

    @cached_property
    def table(self) -> FloatArray:
        """(m*k, k) float64: the weights of every vote."""
        table = np.tile(self.assumed, (self.m, 1))
        table[self.columns] = self.weights
        return table

    def of(self, lf: int, votes: VoteArray) -> FloatArray:
        """Return (r, k) the weights of (r,) votes of an LF."""
        codes = lf * len(self.assumed) + votes.astype(np.int64)
        at = np.minimum(np.searchsorted(self.columns, codes), max(len(self.columns) - 1, 0))
        if not len(self.columns):
            return self.assumed[votes]
        return np.where((self.columns[at] == codes)[:, None], self.weights[at], self.assumed[votes])

    def scores(self, votes: VoteArray) -> FloatArray:
        """Return (n, k): the weights summed over each row of (n, m) votes.

        Examples
        --------
        >>> weights = VoteWeights(2, np.array([0]), np.array([[2.0, 0.0]]), np.eye(2))
        >>> weights.scores(np.array([[0, -1], [1, 0], [-1, -1]], dtype=np.int8)).tolist()
        [[2.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
        """
        k = len(self.assumed)
        if self.m * k * k <= DENSE:
            return vote_sums(votes, self.table, k=k)
        seen = vote_sums(votes, self.weights, k=k, columns=self.columns)
        return seen + self._new_votes(votes) @ self.assumed

    def _new_votes(self, votes: VoteArray) -> FloatArray:
        """Return (n, k): how often each class is voted by votes that did not occur in training."""
        k = len(self.assumed)
        cast = indicators(votes, k)
        new = np.ones(cast.shape[1])
        new[self.columns] = 0.0
        rows = np.repeat(np.arange(len(votes)), np.diff(cast.indptr))
        cells = rows * k + cast.indices % k
        counts = np.bincount(cells, weights=new[cast.indices], minlength=len(votes) * k)
        return counts.astype(np.float64).reshape(-1, k)
