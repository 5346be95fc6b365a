"""Which LFs vote together, and which against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from labelwright._types import ABSTAIN, FloatArray
from labelwright.core import LabelMatrix, pair_moments


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """How often each pair of LFs meets on a row, and how often it agrees there.

    Attributes
    ----------
    overlaps : (m, m) int64
        Rows on which both vote; on the diagonal, on which the LF votes.
    agreements : (m, m) int64
        Rows on which both vote the same class.
    """

    overlaps: npt.NDArray[np.int64]
    agreements: npt.NDArray[np.int64]

    @property
    def agreement(self) -> FloatArray:
        """(m, m) the share of the rows where both vote on which they agree; NaN where they never meet."""
        none = np.full(self.overlaps.shape, np.nan)
        share: FloatArray = np.divide(self.agreements, self.overlaps, out=none, where=self.overlaps > 0)
        return share

    @property
    def similarity(self) -> FloatArray:
        """(m, m) rows with the same vote over rows with any vote of the two: 1 for copies."""
        votes = np.diagonal(self.overlaps)
        either = votes[:, None] + votes[None, :] - self.overlaps
        share: FloatArray = np.divide(self.agreements, either, out=np.zeros(either.shape), where=either > 0)
        return share


def pair_counts(matrix: LabelMatrix) -> PairCounts:
    """Count how all pairs of LFs meet and agree, on bit planes.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes of m LFs on n rows.

    Notes
    -----
    Cost: O(n m^2 k / 64) word operations; memory O(m^2), where all pair moments would take O(m^2 k^2).

    Examples
    --------
    >>> counts = pair_counts(LabelMatrix([[0, 0], [0, 1], [1, -1]]))
    >>> counts.overlaps.tolist(), counts.agreements.tolist()
    ([[3, 2], [2, 2]], [[3, 1], [1, 2]])
    """
    votes = matrix.votes
    agreements = sum(
        (_meetings(votes == c) for c in range(matrix.k)), start=np.zeros((matrix.m,) * 2, dtype=np.int64)
    )
    return PairCounts(overlaps=_meetings(votes != ABSTAIN), agreements=agreements)


def pair_table(matrix: LabelMatrix) -> pl.DataFrame:
    """List the pairs of LFs that meet on at least one row, most conflicts first.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.

    Returns
    -------
    polars.DataFrame
        ``a``, ``b`` LF names, ``overlaps`` (rows on which both vote), ``conflicts`` (rows on which they
        vote differently), ``agreement`` (share of overlaps with the same vote) and ``similarity`` (rows
        with the same vote over rows with any vote of the two).

    Examples
    --------
    >>> pair_table(LabelMatrix([[0, 0], [0, 1], [1, -1]], lf_names=["x", "y"])).rows()
    [('x', 'y', 2, 1, 0.5, 0.3333333333333333)]
    """
    counts = pair_counts(matrix)
    i, j = np.nonzero(np.triu(counts.overlaps, 1))
    names = np.array(matrix.lf_names, dtype=object)
    return pl.DataFrame(
        {
            "a": pl.Series(names[i].tolist(), dtype=pl.String),
            "b": pl.Series(names[j].tolist(), dtype=pl.String),
            "overlaps": counts.overlaps[i, j],
            "conflicts": counts.overlaps[i, j] - counts.agreements[i, j],
            "agreement": counts.agreement[i, j],
            "similarity": counts.similarity[i, j],
        }
    ).sort("conflicts", descending=True, maintain_order=True)


def _meetings(voted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(m, m) on how many rows both columns are true."""
    return pair_moments(voted.astype(np.int8) - np.int8(1), k=1).overlaps
