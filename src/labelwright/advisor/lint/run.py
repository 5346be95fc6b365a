"""Labeling functions over a sample of the data: their votes, faults and times, and which cannot run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from labelwright._apply import ApplyReport, apply
from labelwright._errors import LabelwrightError
from labelwright._types import IntArray
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.lfs import LabelingFunction


@dataclass(frozen=True, slots=True)
class Broken:
    """An LF that cannot vote at all on these data: wrong votes, missing columns."""

    lf: str
    error: LabelwrightError
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class LintRun:
    """What LFs did on a sample.

    Attributes
    ----------
    frame : polars.DataFrame
        All rows.
    positions : (n,) int
        Where the rows of the sample are among all rows.
    lfs : tuple of LabelingFunction
        Those that ran, in the order of the columns of `matrix`.
    matrix : LabelMatrix or None
        Their votes; None where none ran.
    report : ApplyReport
        Their faults, by rows of all data, and times.
    broken : tuple of Broken
        Those that did not.
    """

    frame: pl.DataFrame
    positions: IntArray
    space: LabelSpace | None
    lfs: tuple[LabelingFunction, ...]
    matrix: LabelMatrix | None
    report: ApplyReport
    broken: tuple[Broken, ...]

    @property
    def sample(self) -> pl.DataFrame:
        """The rows that were looked at."""
        return self.frame[self.positions]

    @property
    def whole(self) -> bool:
        """Whether the sample is all there is."""
        return len(self.positions) == self.frame.height


def sample_positions(n: int, rows: int, generator: np.random.Generator) -> IntArray:
    """Return the sorted positions of at most ``rows`` of n rows, drawn without replacement."""
    if n <= rows:
        return np.arange(n)
    return np.sort(generator.choice(n, size=rows, replace=False))


def lint_run(
    lfs: Sequence[LabelingFunction], frame: pl.DataFrame, positions: IntArray, *, space: LabelSpace | None
) -> LintRun:
    """Run LFs over a sample; one that cannot run does not keep the others from it."""
    sample = frame[positions]
    broken: list[Broken] = []
    good, matrix, report = tuple(lfs), None, ApplyReport(rows=len(positions))
    try:
        matrix, report = _applied(good, sample, space)
    except LabelwrightError:
        broken = [found for lf in lfs if (found := _alone(lf, sample, positions, space)) is not None]
        bad = {one.lf for one in broken}
        good = tuple(lf for lf in lfs if lf.name not in bad)
        if good:
            matrix, report = _applied(good, sample, space)
    report.faults = [replace(fault, row=int(positions[fault.row])) for fault in report.faults]
    return LintRun(frame, positions, space, good, matrix, report, tuple(broken))


def _applied(
    lfs: Sequence[LabelingFunction], frame: pl.DataFrame, space: LabelSpace | None
) -> tuple[LabelMatrix, ApplyReport]:
    return apply(lfs, frame, space=space, progress=False, on_fault="abstain", return_report=True)


def _alone(
    lf: LabelingFunction, sample: pl.DataFrame, positions: IntArray, space: LabelSpace | None
) -> Broken | None:
    try:
        _applied([lf], sample, space)
    except LabelwrightError as error:
        message = str(error) if error.row is None else error.on_row(int(positions[error.row]))
        return Broken(lf.name, error, message)
    return None
