"""Whether labeling functions vote alike when they are asked again, and in another order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from labelwright._errors import LabelwrightError
from labelwright._text import count
from labelwright.advisor.lint.run import LintRun
from labelwright.advisor.lint.trials import tried_votes
from labelwright.core.finding import Finding
from labelwright.lfs import LabelingFunction

MAX_ROWS: Final = 500
SECONDS: Final = 0.5
"""What asking one LF again may take; slower ones are asked about fewer rows."""

MIN_ROWS: Final = 5


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
        if rows >= MIN_ROWS:
            yield from _asked_again(lf, run, rows)


def _rows_to_ask(lf: LabelingFunction, run: LintRun) -> int:
    n = len(run.positions)
    seconds = run.report.seconds.get(lf.name, 0.0)
    steps = [step.name for step in getattr(lf, "pre", ())]
    seconds += sum(run.report.preprocessor_seconds.get(name, 0.0) for name in steps)
    most = n if seconds <= 0 else int(SECONDS * n / seconds)
    looks_at_all = lf.runs == "frame" and not lf.row_local
    if looks_at_all:  # its votes on some rows are not those on all
        return n if most >= n else 0
    return min(n, MAX_ROWS, most)


def _asked_again(lf: LabelingFunction, run: LintRun, rows: int) -> Iterator[Finding]:
    sample = run.sample[:rows]
    try:
        first = tried_votes(lf, sample, space=run.space)
        again = tried_votes(lf, sample, space=run.space)
        differing = int((first != again).sum())
        if differing:
            yield _found(lf.name, differing, rows, "when it is run again")
        elif lf.row_local:
            turned = tried_votes(lf, sample[::-1], space=run.space)[::-1]
            differing = int((first != turned).sum())
            if differing:
                yield _found(lf.name, differing, rows, "where rows come in another order")
    except LabelwrightError:  # what it raised now and not before is no vote
        yield _found(lf.name, rows, rows, "when it is run again: it fails")


def _found(lf: str, differing: int, rows: int, when: str) -> Finding:
    return Finding(
        kind="not-repeatable",
        urgency="fix",
        finding=f"{lf} votes otherwise on {differing:,} of {count(rows, 'row')} {when}.",
        action="Let it look at the row alone: its votes are kept, and rows are voted on in blocks.",
        evidence={"rows that differ": differing, "rows": rows},
        lfs=(lf,),
        weight=float(np.clip(differing / rows, 0.0, 1.0)),
    )
