"""Labeling functions that return no votes, raise, or would raise on rows that are sure to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from labelwright._apply.report import Fault
from labelwright._errors import SchemaError
from labelwright._text import count, first_line, listed
from labelwright.advisor.lint.run import LintRun
from labelwright.advisor.lint.trials import tried, tried_votes
from labelwright.core.finding import Finding, Urgency
from labelwright.lfs import LabelingFunction

MAX_COLUMNS: Final = 20
"""Columns that are tried on an LF whose code does not show which it reads."""


def broken_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs that return what is no vote, or read what the data lack."""
    for one in run.broken:
        wrong_data = isinstance(one.error, SchemaError)
        finding, action = (first_line(one.message), "") if wrong_data else _parted(one.message)
        yield Finding(
            kind="wrong-data" if wrong_data else "wrong-vote",
            urgency="fix",
            finding=f"{finding}.",
            action=action or "Correct the labeling function, or the data.",
            evidence={"error": one.message},
            lfs=(one.lf,),
            weight=1.0,
        )


def _parted(message: str) -> tuple[str, str]:
    """Part the line of an error into what was found and what to do, which stands last."""
    line = first_line(message)
    found, _, cure = line.rpartition("; ")
    return (found, f"{cure[:1].upper()}{cure[1:]}.") if found else (line, "")


def raised_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs that raised on rows of the sample."""
    by_lf: dict[str, list[Fault]] = defaultdict(list)
    for fault in run.report.faults:
        by_lf[fault.lf].append(fault)
    for lf, faults in by_lf.items():
        first, rows = min(faults, key=lambda fault: fault.row), sum(fault.rows for fault in faults)
        yield Finding(
            kind="raises",
            urgency="fix",
            finding=f"{lf} raises on {rows:,} of {count(len(run.positions), 'row')}, first on row "
            f"{first.row}: {first_line(first.error)}.",
            action="Let it return ABSTAIN (-1) or None there, or correct it.",
            evidence={"rows": rows, "first row": first.row, "error": first_line(first.error)},
            lfs=(lf,),
            weight=rows / len(run.positions),
        )


def unguarded_findings(run: LintRun) -> Iterator[Finding]:
    """Find Python LFs that raise on an empty text or a missing value, whether the sample has one or not."""
    known_bad = {fault.lf for fault in run.report.faults}
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for lf in run.lfs:
        if lf.is_code and lf.name not in known_bad:
            for place, error in _raised_on(lf, run):
                found[place].append((lf.name, error))
    for (column, value), raised in found.items():
        yield _unguarded(column, value, raised, has_null=run.frame[column].null_count() > 0)


def neighbour_findings(run: LintRun) -> Iterator[Finding]:
    """Find batch LFs that get blocks of rows, and vote otherwise where other rows stand beside."""
    half = len(run.positions) // 2
    raised = {fault.lf for fault in run.report.faults}
    for j, lf in enumerate(run.lfs):
        if run.matrix is None or not half or lf.name in raised:
            continue
        if lf.is_code and lf.runs == "frame" and lf.row_local:
            alone = tried_votes(lf, run.sample[:half], space=run.space)
            differing = int((alone != run.matrix.votes[:half, j]).sum())
            if differing:
                yield _neighbours(lf.name, differing, half)


def _neighbours(lf: str, differing: int, rows: int) -> Finding:
    return Finding(
        kind="looks-at-other-rows",
        urgency="fix",
        finding=f"{lf} votes otherwise on {differing:,} of {count(rows, 'row')} where others stand beside.",
        action="If it looks at whole columns, say row_local=False, and it gets all rows at once.",
        evidence={"rows that differ": differing, "rows": rows},
        lfs=(lf,),
        weight=differing / rows,
    )


def _raised_on(lf: LabelingFunction, run: LintRun) -> Iterator[tuple[tuple[str, str], str]]:
    """Give the column and what stood in it, for each trial in which an LF raised."""
    usual = run.sample.row(0, named=True)
    read = [name for name in lf.columns or run.frame.columns if name in usual][:MAX_COLUMNS]
    texts = [name for name in read if run.frame.schema[name] == pl.String]
    trials: list[tuple[str, str, Any]] = [
        *((name, "empty", "") for name in texts),
        *((name, "null", None) for name in read),
    ]
    rows = [{**usual, name: value} for name, _, value in trials]
    outcomes = tried(lf, rows, space=run.space, types=run.frame.schema) if rows else []
    for (name, said, _), outcome in zip(trials, outcomes, strict=True):
        if outcome.error:
            yield (name, said), outcome.error


def _unguarded(column: str, value: str, raised: list[tuple[str, str]], *, has_null: bool) -> Finding:
    names = [name for name, _ in raised]
    # Most code takes texts for given; where the data have no nulls, that is no more than good to know.
    urgency: Urgency = "check" if value == "empty" or has_null else "note"
    return Finding(
        kind="unguarded",
        urgency=urgency,
        finding=f"{listed(names)} {'raises' if len(names) == 1 else 'raise'} where {column} is {value}: "
        f"{raised[0][1]}.",
        action="Abstain on such rows, if they can come.",
        evidence={"column": column, "value": value, "error": raised[0][1]},
        lfs=tuple(names),
    )
