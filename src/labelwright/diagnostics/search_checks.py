"""How a model was found: its search, its starts, the rows it saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.finding import Finding

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel


def search_findings(model: BaseLabelModel) -> Iterator[Finding]:
    """Find searches that stopped early, and starts that disagree."""
    search = model.search_
    if search is None:
        return
    if not search.converged:
        yield Finding(
            kind="not-converged",
            urgency="note",  # the model itself warns where it matters
            message=f"the search stopped after {search.steps} steps before it had come to rest; "
            "raise max_iter",
        )
    agreeing = int(same_end(search.starts).sum()) if search.starts else 0
    if agreeing < len(search.starts):
        yield Finding(
            kind="starts-disagree",
            urgency="note",
            message=f"{agreeing} of {len(search.starts)} starts ended at the best objective, the others "
            "elsewhere: the answer hangs on the start; raise the number of starts and compare labels",
            numbers={"agreeing": agreeing, "starts": len(search.starts)},
        )


def same_end(ends: tuple[float, ...]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which starts ended as well as the best one, but for a thousandth of the spread of a search."""
    best = max(ends)
    return np.asarray(ends) >= best - 1e-4 * max(abs(best), 1e-12)


def row_findings(model: BaseLabelModel, seen: Examination) -> Iterator[Finding]:
    """Find whether a part of the rows was learned from."""
    stats = model.statistics_
    if not stats.exact:
        rows = seen.counts.n
        yield Finding(
            kind="sample",
            urgency="note",
            message=f"learned from a fixed random sample of {rows:,} of {stats.n:,} rows, because they hold "
            f"more than {stats.max_patterns:,} different patterns of votes; a share of rows is off by at "
            f"most {100 * np.sqrt(0.25 / max(rows, 1)):.1f} points (one standard error)",
            numbers={"rows": rows},
        )
