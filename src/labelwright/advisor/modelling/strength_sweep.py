"""How many dependencies there are at each least strength, and the elbow of that curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._display.shown import Shown
from labelwright._errors import DependencyError
from labelwright._types import FloatArray, RandomState
from labelwright._validate import as_generator
from labelwright.core import Dependency, DependencyGraph, VoteStatistics
from labelwright.dependencies.direct_edges import direct
from labelwright.dependencies.same_rows import same_rows
from labelwright.dependencies.screening import screen
from labelwright.dependencies.votes_seen import blocks_of, seen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from labelwright.core import LabelMatrix

MAX_STRENGTH = 0.5  # least strength up to which is swept


@dataclass(frozen=True, slots=True, repr=False)
class StrengthSweep(Shown):
    """How many dependencies there are, at each least strength.

    Attributes
    ----------
    thresholds : tuple of float
        Least strengths, ascending.
    counts : tuple of int
        The number of direct dependencies at least as strong.
    at : int
        The position of the elbow.
    """

    thresholds: tuple[float, ...]
    counts: tuple[int, ...]
    at: int

    @property
    def elbow(self) -> float:
        """The least strength at the elbow."""
        return self.thresholds[self.at]


def sweep_strengths(
    L: LabelMatrix | VoteStatistics | ArrayLike, *, step: float = 0.02, random_state: RandomState = 0
) -> tuple[StrengthSweep, DependencyGraph]:
    """Count dependencies at each least strength, and return those at the elbow.

    Snorkel's optimizer learns a structure at each strength ``eps = i step``, i = 1 .. 1/(2 step), and takes
    the one at the elbow of their number |C(eps)|, read here as the point farthest from its neighbours' mean::

        argmax_i  | |C_i| - (|C_{i-1}| + |C_{i+1}|) / 2 |,     the first of equals

    where the pairs that are noise have gone and those that are left are few. Here strengths are measured once
    - correlations of votes given the class, as `learn_dependencies` has them - and thresholds are applied to
    them, so that a sweep costs one fit in place of 25. Indirect pairs are dropped at every threshold.

    Parameters
    ----------
    L : LabelMatrix, VoteStatistics or (n, m) array of integers
        The votes.
    step : float, default 0.02
        Between thresholds; above 0, at most 0.1.
    random_state : int, numpy.random.Generator or None, default 0
        Deals the rows to blocks, which does not change counts.

    Returns
    -------
    (StrengthSweep, DependencyGraph)
        The graph's dependencies are of origin "elbow".

    Raises
    ------
    DependencyError
        A step that cannot be, or more LFs than whose pairs can be counted.

    Notes
    -----
    Unlike `learn_dependencies`, no pair is tested against chance: with few rows the elbow lets noise through.
    Source: A. Ratner et al., "Snorkel: Rapid Training Data Creation with Weak Supervision" (2018), section
    3.2 and Algorithm 1. Cost: O(u m² k) for u patterns, then O(m³) a threshold.

    Examples
    --------
    >>> from labelwright.testing import Structure, one_coin_table, sample_correlated_votes
    >>> copying = Structure(copies=((5, 4, 0.9), (6, 4, 0.9)))
    >>> table = one_coin_table([0.8, 0.7, 0.75, 0.8, 0.65, 0.7, 0.7], propensities=0.8)
    >>> L = sample_correlated_votes(table, 3000, copying, random_state=0).label_matrix
    >>> sweep, graph = sweep_strengths(L)
    >>> sweep.counts[0] > sweep.counts[sweep.at], set(graph.pairs()) >= {(4, 5), (4, 6)}
    (True, True)
    """
    if not 0 < step <= 0.1:
        raise DependencyError(f"step={step!r} between least strengths; expected above 0 and at most 0.1")
    stats = L if isinstance(L, VoteStatistics) else VoteStatistics.of(L)
    strengths, rows = _strengths(stats, as_generator(random_state))
    thresholds = tuple((np.arange(1, round(MAX_STRENGTH / step) + 1) * step).round(6).tolist())
    found = [_at_least(strengths, rows, least) for least in thresholds]
    sweep = StrengthSweep(thresholds, tuple(map(len, found)), elbow_of([len(pairs) for pairs in found]))
    edges = (
        Dependency(
            i, j, "similar" if strengths[i, j] > 0 else "exclusive", float(strengths[i, j]), origin="elbow"
        )
        for i, j in found[sweep.at]
    )
    return sweep, DependencyGraph(stats.lf_names, tuple(edges))


def elbow_of(counts: Sequence[int]) -> int:
    """Return the position of the elbow of a curve.

    Examples
    --------
    >>> elbow_of([40, 5, 3, 3, 3]), elbow_of([2, 2, 2])
    (1, 0)
    """
    if len(counts) < 3:
        return 0
    curve = np.asarray(counts, dtype=np.float64)
    bend = np.abs(curve[1:-1] - (curve[:-2] + curve[2:]) / 2)
    return int(bend.argmax()) + 1 if bend.any() else 0


def _strengths(stats: VoteStatistics, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return (m, m) correlations given the class, or shares of common rows of one-class LFs, and the rows."""
    votes = seen(stats, blocks_of(stats, generator), None)
    r, rows = votes.counts.correlations()
    shared = screen(r, rows).residuals.shared
    same = same_rows(votes.counts, votes.reach)
    apart = (rows == 0) & (same.share > 0) & (votes.counts.overlaps > 0) & same.pairs
    strengths: FloatArray = np.where(rows > 0, shared, np.where(apart, same.share, 0.0))
    np.fill_diagonal(strengths, 0.0)
    return strengths, np.where(rows > 0, rows, same.voted)


def _at_least(strengths: FloatArray, rows: FloatArray, least: float) -> list[tuple[int, int]]:
    pairs = np.abs(strengths) >= least
    return [(i, j) for i, j in np.argwhere(np.triu(direct(pairs, strengths, rows), 1)).tolist()]
