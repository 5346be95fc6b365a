"""Which LFs vote together, and which against each other."""

from __future__ import annotations

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._types import ABSTAIN, IntArray, RandomState
from labelwright.analysis.resampling import DRAWS, Resampling
from labelwright.core import LabelMatrix
from labelwright.core.votes.counts import PairCounts

PAIRS_AT_A_TIME = 256
"""Pairs whose ranges are found together, for bounded memory."""


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
    return PairCounts.of_rows(matrix.votes)


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
