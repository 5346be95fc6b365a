"""Labeling functions that take much longer a row than the others."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Final

import polars as pl

from labelwright._apply import apply
from labelwright.advisor.lint.run import LintRun
from labelwright.core.finding import Finding
from labelwright.lfs import LabelingFunction

SLOW: Final = 1e-4
"""Seconds a row from which waiting begins: 100 s for a million rows."""

NOISE: Final = 0.02
"""Seconds for the whole sample below which a time is mostly that of beginning."""

TIMES: Final = 10.0
"""How many times as long as the median of the others; code that does the same work differs by less."""


def slow_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs and preprocessors whose time a row stands out."""
    seconds, rows = _seconds_a_row(run), len(run.positions)
    for name, own in seconds.items():
        others = [other for each, other in seconds.items() if each != name]
        if others and own > max(SLOW, NOISE / rows) and own > TIMES * statistics.median(others):
            yield _slow(name, own, statistics.median(others), run)


def _seconds_a_row(run: LintRun) -> dict[str, float]:
    rows = len(run.positions)
    seconds = {name: spent / rows for name, spent in run.report.seconds.items()}
    declarative = [lf for lf in run.lfs if lf.runs == "expression"]
    # They ran in one select, so each was told an equal share of its time.
    if sum(seconds.get(lf.name, 0.0) for lf in declarative) > max(SLOW, NOISE / rows):
        sample = run.sample
        seconds |= {lf.name: _alone(lf, sample, run) / rows for lf in declarative}
    return {**seconds, **{_step(name): s / rows for name, s in run.report.preprocessor_seconds.items()}}


def _alone(lf: LabelingFunction, sample: pl.DataFrame, run: LintRun) -> float:
    """Return the seconds that an LF takes for the rows, without what it takes to begin."""
    return max(0.0, _timed(lf, sample, run) - _timed(lf, sample[:1], run))


def _timed(lf: LabelingFunction, frame: pl.DataFrame, run: LintRun) -> float:
    began = time.perf_counter()
    apply([lf], frame, space=run.space, progress=False, on_fault="abstain", return_report=True)
    return time.perf_counter() - began


def _step(name: str) -> str:
    return f"preprocessor {name}"


def _slow(name: str, own: float, others: float, run: LintRun) -> Finding:
    is_lf = name in run.report.seconds
    total = own * run.frame.height
    times = f", {own / others:,.0f} times the median of the others" if others > 0 else ""
    return Finding(
        kind="slow",
        urgency="note" if total < 1.0 else "check",
        finding=f"{name} takes {_said(own)} a row{times}: {_said(total)} for {run.frame.height:,} rows.",
        action="Share its work in a preprocessor, take whole columns (batch=True), or look at fewer rows."
        if is_lf
        else "Projects keep its results, so it runs once a row; keep=True keeps them always.",
        evidence={"seconds a row": own, "seconds a row of the others": others},
        lfs=(name,) if is_lf else (),
        weight=min(1.0, own),
    )


def _said(seconds: float) -> str:
    """Write a time as people read it.

    Examples
    --------
    >>> [_said(seconds) for seconds in (0.00012, 0.25, 75.0, 4000.0)]
    ['0.12 ms', '250 ms', '75 s', '67 min']
    """
    if seconds < 1.0:
        return f"{seconds * 1e3:.2g} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
