"""One split looked into: what the LFs do, where they are wrong, what they miss, and what an edit changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labelwright.analysis import (
    contested_rows,
    coverage_by_class,
    coverage_gaps,
    error_buckets,
    lf_classes,
    lf_statistics,
    pair_table,
)
from labelwright.pipeline.previous import changes
from labelwright.pipeline.results import View

if TYPE_CHECKING:
    from labelwright.pipeline.run import Run

MAX_PAIRS: Final = 30
MAX_CONTESTED: Final = 10
MAX_TERMS: Final = 10
CONFIDENCE: Final = 0.95


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
