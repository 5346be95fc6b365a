"""What the votes on a sample tell about the code of labeling functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from labelwright._apply import apply
from labelwright._errors import LabelwrightError
from labelwright._text import count, listed, percent
from labelwright._types import ABSTAIN, FloatArray
from labelwright.advisor.lint.run import LintRun
from labelwright.advisor.lint.trials import tried_votes
from labelwright.advisor.next_steps.votes import (
    MIN_PAIR_ROWS,
    NEARLY_ALL,
    duplicate_findings,
    noise_findings,
    silence_findings,
)
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import LabelMatrix
from labelwright.core.finding import Finding
from labelwright.lfs import LabelingFunction

MIN_MOSTLY: Final = 0.75
"""Code that never abstains and gives three rows in four to class 0 has 0 where an abstain belongs."""

SECOND_LOOK: Final = 5.0
"""Seconds that an LF which is silent on the sample may take for all rows, before it is called silent."""

MIN_ASKED_AGAIN: Final = 5
MAX_ASKED_AGAIN: Final = 500
SECONDS_TO_ASK: Final = 0.5
"""What asking one LF again may take; slower ones are asked about fewer rows."""


def vote_findings(run: LintRun) -> Iterator[Finding]:
    """Find LFs that never vote, always vote the same, or vote as another does."""
    if run.matrix is None:
        return
    yield from _silent(run, run.matrix)
    yield from _same_definitions(run)
    if run.matrix.n >= MIN_PAIR_ROWS:
        yield from _one_class(run, run.matrix)
        yield from duplicate_findings(NamedVoteCounts.of(run.matrix[:, _first_of_each_definition(run)]))


# --- silence


def _silent(run: LintRun, matrix: LabelMatrix) -> Iterator[Finding]:
    """Find LFs that never vote; those that can be run on all rows in time are, first."""
    names = [name for name, votes in zip(matrix.lf_names, matrix.votes.T, strict=True) if (votes < 0).all()]
    raised = {fault.lf for fault in run.report.faults}
    silent = [lf for lf in run.lfs if lf.name in names and lf.name not in raised]
    quick = [lf for lf in silent if not run.whole and _seconds_for_all(run, lf) <= SECOND_LOOK]
    rest = [lf.name for lf in silent if lf not in quick]
    if quick:
        yield from _silent_on_all(run, quick)
    if rest:
        found = silence_findings(NamedVoteCounts.of(matrix[:, rest]))
        sure = run.whole and matrix.n >= MIN_PAIR_ROWS
        yield from (one if sure else replace(one, urgency="check") for one in found)


def _seconds_for_all(run: LintRun, lf: LabelingFunction) -> float:
    return run.report.seconds.get(lf.name, 0.0) * run.frame.height / len(run.positions)


def _silent_on_all(run: LintRun, lfs: list[LabelingFunction]) -> Iterator[Finding]:
    try:
        everywhere, _ = apply(
            lfs, run.frame, space=run.space, progress=False, on_fault="abstain", return_report=True
        )
    except LabelwrightError:  # on rows outside the sample one of them votes, if wrongly
        return
    yield from silence_findings(NamedVoteCounts.of(everywhere))


# --- one class for everything


def _one_class(run: LintRun, matrix: LabelMatrix) -> Iterator[Finding]:
    shares = NamedVoteCounts.of(matrix).shares
    said: set[str] = set()
    for lf, own in zip(run.lfs, shares, strict=True):
        for found in (*_constant(lf, own, matrix), *_forgotten_abstain(lf, own, matrix)):
            if lf.name not in said:
                said.add(lf.name)
                yield found
    rest = [j for j, name in enumerate(matrix.lf_names) if name not in said]
    if rest:
        yield from noise_findings(NamedVoteCounts.of(matrix[:, rest]))


def _constant(lf: LabelingFunction, shares: FloatArray, matrix: LabelMatrix) -> Iterator[Finding]:
    if shares.max() == 1.0:
        name = matrix.space.name(int(shares.argmax()))
        yield Finding(
            kind="constant",
            urgency="fix",
            finding=f"{lf.name} votes {name} on every one of the {matrix.n:,} rows.",
            action="Return ABSTAIN (-1) or None where it has nothing to say"
            + (f"; 0 is the class {name}." if shares.argmax() == 0 else "."),
            evidence={"class": name, "rows": matrix.n},
            lfs=(lf.name,),
            weight=1.0,
        )


def _forgotten_abstain(lf: LabelingFunction, shares: FloatArray, matrix: LabelMatrix) -> Iterator[Finding]:
    share, never_abstains = float(shares[0]), bool(np.isclose(shares.sum(), 1.0))
    decides = lf.is_code and lf.votes_for is None
    if share > NEARLY_ALL or (decides and never_abstains and share >= MIN_MOSTLY):
        name = matrix.space.name(0)
        yield Finding(
            kind="forgotten-abstain",
            urgency="check",
            finding=f"{lf.name} votes {name}, which is class 0, on {percent(share)} of the rows"
            + (" and never abstains." if never_abstains else "."),
            action=f"If 0 was to say nothing, return ABSTAIN (-1) or None: 0 is a vote for {name}.",
            evidence={"share of rows": share, "class": name},
            lfs=(lf.name,),
            weight=share,
        )


# --- the same twice


def _definitions(run: LintRun) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for j, lf in enumerate(run.lfs):
        found.setdefault(lf.fingerprint, []).append(j)
    return found


def _first_of_each_definition(run: LintRun) -> list[int]:
    return sorted(places[0] for places in _definitions(run).values())


def _same_definitions(run: LintRun) -> Iterator[Finding]:
    for places in _definitions(run).values():
        names = [run.lfs[j].name for j in places]
        if len(names) > 1:
            yield Finding(
                kind="same-definition",
                urgency="fix",
                finding=f"{listed(names)} are one and the same labeling function under several names.",
                action="Keep one: one opinion said twice counts double.",
                evidence={"labeling functions": len(names)},
                lfs=tuple(names),
                weight=_coverage(run, places[0]),
            )


def _coverage(run: LintRun, j: int) -> float:
    return 0.0 if run.matrix is None else float((run.matrix.votes[:, j] != ABSTAIN).mean())


# --- other votes when asked again, in another order, or with other rows beside


def repeat_findings(run: LintRun, *, known: Collection[str] = ()) -> Iterator[Finding]:
    """Find code that votes otherwise on the same rows: when run again, or with the rows in another order.

    Parameters
    ----------
    run : LintRun
        What LFs did on a sample.
    known : collection of str
        LFs whose code shows it already.
    """
    for lf in run.lfs:
        if run.matrix is None or not lf.is_code or lf.name in known:
            continue
        rows = _rows_to_ask(lf, run)
        if rows >= MIN_ASKED_AGAIN:
            yield from _asked_again(lf, run, rows)


def _rows_to_ask(lf: LabelingFunction, run: LintRun) -> int:
    n = len(run.positions)
    seconds = run.report.seconds.get(lf.name, 0.0)
    steps = [step.name for step in getattr(lf, "pre", ())]
    seconds += sum(run.report.preprocessor_seconds.get(name, 0.0) for name in steps)
    most = n if seconds <= 0 else int(SECONDS_TO_ASK * n / seconds)
    looks_at_all = lf.runs == "frame" and not lf.row_local
    if looks_at_all:  # its votes on some rows are not those on all
        return n if most >= n else 0
    return min(n, MAX_ASKED_AGAIN, most)


def _asked_again(lf: LabelingFunction, run: LintRun, rows: int) -> Iterator[Finding]:
    sample = run.sample[:rows]
    try:
        first = tried_votes(lf, sample, space=run.space)
        again = tried_votes(lf, sample, space=run.space)
        differing = int((first != again).sum())
        if differing:
            yield _not_repeatable(lf.name, differing, rows, "when it is run again")
        elif lf.row_local:
            turned = tried_votes(lf, sample[::-1], space=run.space)[::-1]
            differing = int((first != turned).sum())
            if differing:
                yield _not_repeatable(lf.name, differing, rows, "where rows come in another order")
    except LabelwrightError:  # what it raised now and not before is no vote
        yield _not_repeatable(lf.name, rows, rows, "when it is run again: it fails")


def _not_repeatable(lf: str, differing: int, rows: int, when: str) -> Finding:
    return Finding(
        kind="not-repeatable",
        urgency="fix",
        finding=f"{lf} votes otherwise on {differing:,} of {count(rows, 'row')} {when}.",
        action="Let it look at the row alone: its votes are kept, and rows are voted on in blocks.",
        evidence={"rows that differ": differing, "rows": rows},
        lfs=(lf,),
        weight=float(np.clip(differing / rows, 0.0, 1.0)),
    )


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
