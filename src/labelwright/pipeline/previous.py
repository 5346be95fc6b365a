"""The votes of the LFs as they were before they were last changed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright.analysis import Comparison, compare
from labelwright.core import LabelMatrix
from labelwright.pipeline.labeling import make_label_model
from labelwright.store import VoteStore

if TYPE_CHECKING:
    from labelwright.pipeline.run import Work

MAX_RUNS: Final = 200
"""Runs that are looked at: whoever ran more often without a change has none to ask about."""


def changes(work: Work, split: str) -> Comparison | None:
    """Compare the labels with those of the LFs before they were last changed; None without such a version."""
    before = votes_before(work, split)
    if before is None:
        return None
    model = make_label_model(work.settings.label_model, seed=work.settings.seed)
    rows = work.rows(split)
    gold = rows.gold if rows.has_gold else None
    return compare(before, work.votes(split).matrix, model=model, gold=gold)


def votes_before(work: Work, split: str) -> LabelMatrix | None:
    """Return the votes of the latest other version of the LFs on the same rows, if they are still there."""
    matrix = work.votes(split).matrix
    ours = list(zip(matrix.lf_names, matrix.fingerprints, strict=True))
    for run in islice(work.ledger.runs(), MAX_RUNS):
        if run.id == work.run or run.status != "done":
            continue
        theirs = _versions(work, run.id, split)
        if theirs and sorted(theirs) != sorted(ours):
            found = _votes(work, split, theirs)
            if found is not None:
                return found
    return None


def _versions(work: Work, run: int, split: str) -> list[tuple[str, str]]:
    """Return name and version of each LF in a run; none where it saw other rows."""
    if work.ledger.data(run).get(split, ("", 0))[0] != work.rows(split).fingerprint:
        return []
    lfs = sorted(work.ledger.lf_runs(run), key=lambda lf: lf.position)
    return [(lf.name, lf.fingerprint) for lf in lfs if lf.split == split]


def _votes(work: Work, split: str, versions: list[tuple[str, str]]) -> LabelMatrix | None:
    rows, space = work.rows(split), work.task.space
    keys = [VoteStore.key(version, data=rows.fingerprint, space=space) for _, version in versions]
    stored = [work.vote_store.load(key, n=len(rows)) for key in keys]
    columns = [found.votes for found in stored if found is not None]
    if len(columns) < len(keys):
        return None
    return LabelMatrix(
        np.column_stack(columns),
        space=space,
        lf_names=[name for name, _ in versions],
        fingerprints=[version for _, version in versions],
    )
