"""One split looked into: what the LFs do, where they are wrong, what they miss, and what an edit changed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from labelwright.analysis import (
    Comparison,
    compare,
    contested_rows,
    coverage_by_class,
    coverage_gaps,
    error_buckets,
    lf_classes,
    lf_statistics,
    pair_table,
)
from labelwright.core import LabelMatrix
from labelwright.pipeline.labeling import make_label_model
from labelwright.pipeline.results import View
from labelwright.store import VoteStore

if TYPE_CHECKING:
    from labelwright.pipeline.run import Run

MAX_PAIRS: Final = 30
MAX_CONTESTED: Final = 10
MAX_TERMS: Final = 10
CONFIDENCE: Final = 0.95
MAX_RUNS: Final = 200
"""Runs that are looked at: whoever ran more often without a change has none to ask about."""


Version: TypeAlias = tuple[str, str]
"""Name and fingerprint of an LF."""


def look_into(run: Run, split: str) -> View:
    """Return all that there is to understand about a split."""
    rows, matrix = run.rows(split), run.votes(split).matrix
    gold = rows.gold if rows.has_gold else None
    P = run.labels(split).probabilities
    texts = run.texts(split)
    contested = contested_rows(matrix, most=MAX_CONTESTED)
    gaps = None
    if texts is not None:
        gaps = coverage_gaps(texts, matrix.covered, P=P, space=matrix.space, most=MAX_TERMS)
    return View(
        functions=lf_statistics(matrix, gold),
        pairs=pair_table(matrix, most=MAX_PAIRS, confidence=CONFIDENCE),
        classes=None if gold is None else lf_classes(matrix, gold),
        coverage=None if gold is None else coverage_by_class(matrix, gold),
        mistakes=None if gold is None else error_buckets(P, gold, matrix=matrix),
        contested=contested,
        why=run.fitted[0].explain(matrix, rows=contested["row"].to_list()),
        gaps=gaps,
        texts=texts,
        changes=changes(run, split),
    )


# --- the LFs as they were before they were last changed


def changes(run: Run, split: str) -> Comparison | None:
    """Compare the labels with those of the LFs before they were last changed; None without such a version."""
    version = version_before(run, split)
    before = None if version is None else _votes(run, split, version)
    if before is None:
        return None
    model = make_label_model(run.settings.label_model, seed=run.settings.seed)
    rows = run.rows(split)
    gold = rows.gold if rows.has_gold else None
    P = run.labels(split).probabilities if split == "train" else None
    return compare(before, run.votes(split).matrix, model=model, gold=gold, P_new=P)


def version_before(run: Run, split: str) -> tuple[Version, ...] | None:
    """Return the latest other version of the LFs whose votes on the same rows are still there."""
    matrix = run.votes(split).matrix
    ours = list(zip(matrix.lf_names, matrix.fingerprints, strict=True))
    for earlier in islice(run.ledger.runs(), MAX_RUNS):
        if earlier.id == run.number or earlier.status != "done":
            continue
        theirs = _versions(run, earlier.id, split)
        if (
            theirs
            and sorted(theirs) != sorted(ours)
            and all(map(run.vote_store.has, _keys(run, split, theirs)))
        ):
            return tuple(theirs)
    return None


def _versions(run: Run, number: int, split: str) -> list[Version]:
    """Return name and version of each LF in a run; none where it saw other rows."""
    if run.ledger.data(number).get(split, ("", 0))[0] != run.rows(split).fingerprint:
        return []
    lfs = sorted(run.ledger.lf_runs(number), key=lambda lf: lf.position)
    return [(lf.name, lf.fingerprint) for lf in lfs if (lf.split, lf.task) == (split, run.task.name)]


def _keys(run: Run, split: str, versions: Iterable[Version]) -> list[str]:
    data, task = run.rows(split).fingerprint, run.task
    return [VoteStore.key(fingerprint, data=data, task=task) for _, fingerprint in versions]


def _votes(run: Run, split: str, versions: tuple[Version, ...]) -> LabelMatrix | None:
    rows = run.rows(split)
    stored = [run.vote_store.load(key, n=len(rows)) for key in _keys(run, split, versions)]
    columns = [found.votes for found in stored if found is not None]
    if len(columns) < len(versions):  # damaged since
        return None
    return LabelMatrix(
        np.column_stack(columns),
        space=run.task,
        lf_names=[name for name, _ in versions],
        fingerprints=[version for _, version in versions],
    )
