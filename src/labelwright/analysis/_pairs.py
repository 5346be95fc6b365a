"""Which LFs vote together, and which against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from labelwright._display.table import Table
from labelwright._types import ABSTAIN, FloatArray, IntArray, RandomState
from labelwright.analysis.resampling import DRAWS, Resampling
from labelwright.core import LabelMatrix, pair_moments

PAIRS_AT_A_TIME = 256
"""Pairs whose ranges are found together, for bounded memory."""


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """How often each pair of LFs meets on a row, and how often it agrees there.

    Attributes
    ----------
    overlaps : (m, m) int64
        Rows on which both vote; on the diagonal, on which the LF votes.
    agreements : (m, m) int64
        Rows on which both vote the same: one class, or one set of classes.
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
        (_meetings(votes == c) for c in range(int(votes.max(initial=0)) + 1)),
        start=np.zeros((matrix.m,) * 2, dtype=np.int64),
    )
    return PairCounts(overlaps=_meetings(votes != ABSTAIN), agreements=agreements)


def pair_table(
    matrix: LabelMatrix,
    *,
    most: int | None = None,
    confidence: float | None = None,
    draws: int = DRAWS,
    random_state: RandomState = 0,
) -> Table:
    """List the pairs of LFs that meet on at least one row, most conflicts first.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    most : int, optional
        How many pairs to give at most; all without.
    confidence : float, optional
        Adds ``agreement_low`` and ``agreement_high``, the range that is to hold the agreement this often,
        by the bootstrap; not computed without.
    draws, random_state :
        Of the bootstrap, as in `lf_statistics`.

    Returns
    -------
    Table
        ``a``, ``b`` LF names, ``overlaps`` (rows on which both vote), ``conflicts`` (rows on which they
        vote differently), ``agreement`` (share of overlaps with the same vote) and ``similarity`` (rows
        with the same vote over rows with any vote of the two).

    Notes
    -----
    Ranges cost O(draws * patterns) a pair, at most 4,096 patterns: ask for ``most`` pairs of many LFs.

    Examples
    --------
    >>> pair_table(LabelMatrix([[0, 0], [0, 1], [1, -1]], lf_names=["x", "y"])).rows()
    [('x', 'y', 2, 1, 0.5, 0.3333333333333333)]
    """
    counts = pair_counts(matrix)
    i, j = np.nonzero(np.triu(counts.overlaps, 1))
    conflicts = counts.overlaps[i, j] - counts.agreements[i, j]
    order = np.argsort(-conflicts, kind="stable")[:most]
    i, j = i[order], j[order]
    names = np.array(matrix.lf_names, dtype=object)
    told = {
        "a": pl.Series(names[i].tolist(), dtype=pl.String),
        "b": pl.Series(names[j].tolist(), dtype=pl.String),
        "overlaps": pl.Series(counts.overlaps[i, j]),
        "conflicts": pl.Series(conflicts[order]),
        "agreement": pl.Series(counts.agreement[i, j]),
    }
    if confidence is not None:
        drawn = Resampling.of(matrix.votes, draws=draws, random_state=random_state)
        told["agreement_low"], told["agreement_high"] = _agreement_range(drawn, i, j, confidence)
    return Table({**told, "similarity": pl.Series(counts.similarity[i, j])})


def _agreement_range(
    drawn: Resampling, i: IntArray, j: IntArray, confidence: float
) -> tuple[pl.Series, pl.Series]:
    votes = drawn.patterns.votes
    low, high = np.zeros(len(i)), np.ones(len(i))
    for start in range(0, len(i), PAIRS_AT_A_TIME):
        part = slice(start, start + PAIRS_AT_A_TIME)
        first, second = votes[:, i[part]], votes[:, j[part]]
        both = (first != ABSTAIN) & (second != ABSTAIN)
        _, low[part], high[part] = drawn.shares(first == second, both, confidence=confidence)
    return pl.Series(low), pl.Series(high)


def _meetings(voted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """(m, m) on how many rows both columns are true."""
    return pair_moments(voted.astype(np.int8) - np.int8(1), k=1).overlaps
