"""The votes of a few labeling functions, taken together as one: the states that they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray

MAX_CODES = 1 << 62  # combinations of votes that a 64-bit integer can number


@dataclass(frozen=True, slots=True, eq=False)
class VoteStates:
    """The distinct votes of some LFs that training rows show.

    Attributes
    ----------
    lfs : tuple of int
        Positions of the LFs.
    votes : (s, c) int8 or int16
        Their votes, one state a row.
    codes : (s,) int64
        The same as numbers, ascending.
    k : int
        Classes.
    """

    lfs: tuple[int, ...]
    votes: VoteArray
    codes: IntArray
    k: int

    @classmethod
    def of(cls, votes: VoteArray, lfs: tuple[int, ...], *, k: int) -> tuple[VoteStates, IntArray]:
        """Return the states of some columns of (n, m) votes, and the (n,) state of each row."""
        some = votes[:, lfs]
        codes, first, at = np.unique(_codes(some, k), return_index=True, return_inverse=True)
        return cls(lfs, some[first], codes, k), at.reshape(-1)

    def __len__(self) -> int:
        return len(self.codes)

    def find(self, votes: VoteArray) -> IntArray:
        """Return the (n,) state of each row of (n, m) votes; their number where it has not been seen.

        Examples
        --------
        >>> states, at = VoteStates.of(np.array([[1, 0], [0, -1], [1, 0]], dtype=np.int8), (0, 1), k=2)
        >>> at.tolist(), states.find(np.array([[1, 0], [1, 1]], dtype=np.int8)).tolist()
        ([1, 0, 1], [1, 2])
        """
        codes = _codes(votes[:, self.lfs], self.k)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self) - 1)
        return np.where(self.codes[at] == codes, at, len(self))

    def alone(self, columns: IntArray, votes: FloatArray, silence: FloatArray) -> FloatArray:
        """Return (s, k) log P(state | y) of independent LFs.

        Parameters
        ----------
        columns : (q,) int64
            The votes that occur, as ``j*k + v``, ascending.
        votes : (q, k) float64
            log P(vote is cast | y).
        silence : (m, k) float64
            log P(LF j abstains | y).
        """
        total = np.zeros((len(self), silence.shape[1]))
        for lf, cast in zip(self.lfs, self.votes.T, strict=True):
            silent = cast == ABSTAIN
            total[silent] += silence[lf]
            codes = lf * self.k + cast[~silent].astype(np.int64)
            total[~silent] += votes[np.searchsorted(columns, codes)]
        return total


def most_lfs(k: int) -> int:
    """Return the number of LFs all combinations of whose votes can be numbered."""
    return int(np.log(MAX_CODES) / np.log(k + 1))


def _codes(votes: VoteArray, k: int) -> IntArray:
    code = np.zeros(len(votes), dtype=np.int64)
    for column in votes.T:
        code = code * (k + 1) + column + 1
    return code
