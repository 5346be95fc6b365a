"""A label model on a part of the rows: what it changes, what it expects, and how long it takes."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._display.shown import Shown
from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import LabelMatrix, VotePatterns, VoteStatistics

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel

MAX_PATTERNS: Final = 1 << 13
"""Patterns that are fitted whole; of more, as many rows stand for all: a share is off by 0.6% at most."""

WARM_UP: Final = 8
EQUAL: Final = 1e-6
"""Probabilities that differ by less tie, as everywhere."""


@dataclass(frozen=True, slots=True, repr=False)
class Trial(Shown):
    """A label model fitted to a part of the rows, beside majority vote.

    Attributes
    ----------
    model : str
        The model's name.
    rows : int
        Rows it was fitted to.
    seconds : float
        What that took.
    all_seconds : float
        What fitting all rows will take, by the votes in their patterns.
    moved : float
        Share of all rows whose label changes: the gain cannot be more.
    expected : float
        The gain in accuracy that the model itself expects, a share of all rows; often too much.
    contradicted : tuple of str
        LFs that the others contradict.
    """

    model: str
    rows: int
    seconds: float
    all_seconds: float
    moved: float
    expected: float
    contradicted: tuple[str, ...] = ()


def trial_fit(model: BaseLabelModel, stats: VoteStatistics) -> Trial:
    """Fit a model to a part of the rows and hold it beside majority vote; the model stays fitted to that.

    A label that ties counts for each of the tied classes in part. Cost: that of a fit to 8,192 patterns.
    """
    part = part_of(stats)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what speaks against the fit is told as advice
        model.fit_statistics(few_rows(part, WARM_UP))  # so that what is imported once is not timed
        start = time.perf_counter()
        model.fit_statistics(part)
    seconds = time.perf_counter() - start
    moved, expected = _beside_majority(model, part)
    against = [found for found in model.fit_report_.findings if found.kind == "contradicted"]
    return Trial(
        model=type(model).__name__,
        rows=part.n,
        seconds=seconds,
        all_seconds=seconds * _votes_cast(stats.patterns()) / max(_votes_cast(part.patterns()), 1),
        moved=moved,
        expected=expected,
        contradicted=tuple(name for found in against for name in found.lfs),
    )


def part_of(stats: VoteStatistics) -> VoteStatistics:
    """Return the statistics of all rows, or where patterns are many of 8,192 rows, evenly spaced.

    Examples
    --------
    >>> stats = VoteStatistics.of(np.random.default_rng(0).integers(-1, 2, size=(20_000, 12)))
    >>> part_of(stats).n, part_of(VoteStatistics.of([[0, 1]] * 20_000)).n
    (8192, 20000)
    """
    patterns = stats.patterns()
    if stats.exact and len(patterns) <= MAX_PATTERNS:
        return stats
    return few_rows(stats, MAX_PATTERNS)


def few_rows(stats: VoteStatistics, most: int) -> VoteStatistics:
    """Return the statistics of so many rows at most, evenly spaced over the patterns, without hand labels."""
    patterns = stats.patterns()
    total = int(patterns.counts.sum())
    rows = min(most, total)
    places = ((np.arange(rows) + 0.5) * (total / rows)).astype(np.int64)
    chosen = np.searchsorted(np.cumsum(patterns.counts), places, side="right")
    return VoteStatistics.of(_rows(stats, patterns.votes[chosen]))


def _rows(stats: VoteStatistics, votes: VoteArray) -> LabelMatrix:
    return LabelMatrix(
        votes, space=stats.task or stats.space, lf_names=stats.lf_names, vote_sets=stats.vote_sets
    )


def _beside_majority(model: BaseLabelModel, part: VoteStatistics) -> tuple[float, float]:
    """Return the rows whose label changes and the gain that the model expects, as shares of all rows."""
    patterns, k = part.patterns(), part.k
    P = model.predict_proba(_rows(part, patterns.votes))
    ours, theirs = _shared_out(P), _shared_out(_class_counts(patterns, k))
    weight = patterns.counts * (patterns.votes != ABSTAIN).any(axis=1) / max(part.n, 1)
    moved = weight @ np.abs(ours - theirs).sum(axis=1) / 2
    expected = weight @ ((ours - theirs) * P).sum(axis=1)
    return float(moved), float(expected)


def _shared_out(scores: FloatArray) -> FloatArray:
    """Return (u, k) the label of each row, in equal parts where classes tie."""
    best = scores >= scores.max(axis=1, keepdims=True, initial=0.0) - EQUAL
    shares: FloatArray = best / best.sum(axis=1, keepdims=True)
    return shares


def _class_counts(patterns: VotePatterns, k: int) -> FloatArray:
    rows, lfs = np.nonzero((patterns.votes != ABSTAIN) & (patterns.votes < k))
    cells: IntArray = rows * k + patterns.votes[rows, lfs]
    counts: FloatArray = np.bincount(cells, minlength=len(patterns) * k).reshape(-1, k).astype(np.float64)
    return counts


def _votes_cast(patterns: VotePatterns) -> int:
    return int((patterns.votes != ABSTAIN).sum())
