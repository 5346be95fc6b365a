"""Rows of votes with how sure the LFs were of them: what is learned of scores, in whole numbers that add.

A score becomes two numbers: the level of the class that was voted, which is its log odds in steps of 1/50,
and the second choice, the class with the highest score of the others. The rows are a uniform sample
(`RowSample`), so blocks can be counted anywhere and their samples merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core.votes.row_sample import RowSample
from labelwright.core.votes.row_scores import RowScores, best_classes

STEPS = 50.0  # levels in one unit of log odds
MAX_LOG_ODDS = 20.0  # float32 tells no probabilities apart beyond about 16


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSample:
    """A sample of rows: votes, and for the LFs that score levels and second choices; -1 where they do not.

    Attributes
    ----------
    lfs : tuple of int
        The columns of the LFs that score, ascending.
    sample : RowSample
        (r, m + 2 s) rows: m votes, s levels, s second choices.
    """

    lfs: tuple[int, ...]
    sample: RowSample

    @classmethod
    def draw(
        cls,
        votes: VoteArray,
        scores: Mapping[int, RowScores],
        size: int,
        *,
        first_row: int,
        labels: IntArray | None,
    ) -> ScoredSample:
        """Draw at most `size` of (n, m) votes, with the scores of some LFs."""
        lfs = tuple(sorted(scores))
        rows = np.column_stack([votes.astype(np.int16), leveled(votes, scores)])
        return cls(lfs, RowSample.draw(rows, size, first_row=first_row, labels=labels))

    @property
    def votes(self) -> VoteArray:
        """(r, m) votes."""
        return self.sample.votes[:, : self._m]

    @property
    def levels(self) -> IntArray:
        """(r, s) levels of the votes."""
        return self.sample.votes[:, self._m : self._m + len(self.lfs)]

    @property
    def seconds(self) -> IntArray:
        """(r, s) second choices."""
        return self.sample.votes[:, self._m + len(self.lfs) :]

    @property
    def _m(self) -> int:
        return int(self.sample.votes.shape[1]) - 2 * len(self.lfs)

    def first(self, rows: int) -> ScoredSample:
        """Return a uniform sample of at most so many rows: those of lowest priority, and all with a label."""
        one = self.sample
        kept = (np.arange(len(one)) < rows) | (one.labels >= 0)
        if kept.all():
            return self
        return ScoredSample(
            self.lfs, RowSample(one.votes[kept], one.priorities[kept], one.limit, one.labels[kept])
        )

    def over(self, lfs: tuple[int, ...]) -> ScoredSample:
        """Return the same rows where more LFs score."""
        if lfs == self.lfs:
            return self
        place = [lfs.index(lf) for lf in self.lfs]
        laid_out = np.full((2, len(self.sample), len(lfs)), -1, dtype=np.int16)
        laid_out[0][:, place], laid_out[1][:, place] = self.levels, self.seconds
        rows = np.column_stack([self.votes, *laid_out])
        return ScoredSample(
            lfs, RowSample(rows, self.sample.priorities, self.sample.limit, self.sample.labels)
        )

    def merge(self, other: ScoredSample, size: int) -> ScoredSample:
        """Return the sample of both parts' rows."""
        lfs = tuple(sorted({*self.lfs, *other.lfs}))
        return ScoredSample(lfs, self.over(lfs).sample.merge(other.over(lfs).sample, size))


def without_scores(sample: RowSample) -> ScoredSample:
    """Return a sample of votes alone as one in which no LF scores."""
    return ScoredSample(
        (), RowSample(sample.votes.astype(np.int16), sample.priorities, sample.limit, sample.labels)
    )


def merge_scored(
    one: ScoredSample | None, two: ScoredSample | None, samples: tuple[RowSample, RowSample], size: int
) -> ScoredSample | None:
    """Merge what two parts know of scores, given their samples of votes; None where neither knows any."""
    if one is None and two is None:
        return None
    return (one or without_scores(samples[0])).merge(two or without_scores(samples[1]), size)


def leveled(votes: VoteArray, scores: Mapping[int, RowScores]) -> VoteArray:
    """Return (n, 2 s) int16 levels and second choices of the LFs that score, by column.

    -1 where an LF gives no score, abstains or votes a set; a second choice is -1 too where several classes
    share it.

    Examples
    --------
    >>> scores = RowScores.of([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], k=3, lf="a")
    >>> leveled(np.array([[0], [-1]], dtype=np.int8), {0: scores}).tolist()
    [[1000, 1], [-1, -1]]
    """
    found = np.full((2, len(votes), len(scores)), -1, dtype=np.int16)
    for place, lf in enumerate(sorted(scores)):
        one = scores[lf]
        cast = votes[one.rows, lf].astype(np.int64)
        voted = (cast != ABSTAIN) & (cast < one.k)
        rows, cast, values = one.rows[voted], cast[voted], one.values[voted].astype(np.float64)
        at = np.arange(len(rows))
        found[0, rows, place] = levels_of(values[at, cast])
        values[at, cast] = -1.0
        found[1, rows, place] = best_classes(values)
    return np.concatenate(list(found), axis=1)


def levels_of(probabilities: FloatArray) -> IntArray:
    """Return the levels of probabilities, whole numbers from 0 to 2000."""
    with np.errstate(divide="ignore"):
        log_odds = np.log(probabilities) - np.log1p(-np.minimum(probabilities, 1.0))
    within = np.clip(log_odds, -MAX_LOG_ODDS, MAX_LOG_ODDS)
    levels: IntArray = np.rint((within + MAX_LOG_ODDS) * STEPS).astype(np.int64)
    return levels


def claimed(levels: IntArray) -> FloatArray:
    """Return the probabilities that levels stand for.

    Examples
    --------
    >>> claimed(levels_of(np.array([0.25, 0.5, 0.99]))).round(2).tolist()
    [0.25, 0.5, 0.99]
    """
    shares: FloatArray = 1.0 / (1.0 + np.exp(MAX_LOG_ODDS - levels / STEPS))
    return shares
