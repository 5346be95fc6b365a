"""Votes counted block by block: what label models learn from, without the label matrix."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelwright._apply.apply import matrix_of, memory_in, ready
from labelwright._apply.block import local_blocks, vote_block, whole_votes
from labelwright._apply.plan import Plan, make_plan
from labelwright._apply.report import OnFault
from labelwright._errors import LabelMatrixError
from labelwright._types import IntArray, VoteArray
from labelwright.core import LabelSpace, Task, VoteStatistics
from labelwright.core.votes.row_scores import RowScores
from labelwright.engines import Engine, LocalEngine, as_engine
from labelwright.io.source import RowBlock, RowSource, as_source
from labelwright.lfs import LabelingFunction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def count_votes(
    lfs: Iterable[LabelingFunction],
    data: object,
    *,
    space: LabelSpace | Task | Iterable[str] | None = None,
    on_fault: OnFault = "raise",
    memory: str | os.PathLike[str] | None = None,
    gold: ArrayLike | None = None,
    engine: Engine | str | None = None,
    max_patterns: int | None = None,
) -> VoteStatistics:
    """Run labeling functions over data and count their votes, without ever holding the label matrix.

    What `VoteStatistics.of` gives for ``apply(lfs, data)``, for data of any length: label models learn from
    it with ``fit_statistics``.

    Parameters
    ----------
    lfs, data, space, on_fault, memory, engine
        As for `apply`.
    gold : (n,) array of integers, optional
        Hand labels, -1 where unknown; counted with the votes, as by `VoteStatistics.of`.
    max_patterns : int, optional
        As for `VoteStatistics.of`.

    Returns
    -------
    VoteStatistics
        The same, bit by bit, whatever the engine and the size of blocks.

    Raises
    ------
    LabelingFunctionError, SchemaError, DataError
        As `apply` does.

    Notes
    -----
    Memory: a block of rows with its votes, and the statistics; one column of votes for each LF that looks at
    whole columns.

    Examples
    --------
    >>> from labelwright.lfs import regex
    >>> url = regex("url", "http", on="text", vote="SPAM", space=LabelSpace(["HAM", "SPAM"]))
    >>> count_votes([url], {"text": ["http://a", "b", "c"]})
    VoteStatistics: 3 rows x 1 LFs, classes 0..1 (HAM, SPAM), 2 patterns, exact
    """
    source = as_source(data)
    plan = ready(make_plan(lfs, space), source, on_fault, memory_in(memory))
    parts = list(whole_votes(plan.of(plan.whole), source, {})) if plan.whole else []
    whole = {name: part.votes[:, j] for part in parts for j, name in enumerate(part.lf_names)}
    weights = {name: one for part in parts for name, one in part.weights.items()}
    count = _Count(plan, whole, weights, None if gold is None else _checked_gold(gold, source), max_patterns)
    return (as_engine(engine) or LocalEngine()).reduce(count, local_blocks(plan, source))


@dataclass(frozen=True, slots=True)
class _Count:
    """Counts the votes on a block, with those of LFs that saw all rows."""

    plan: Plan
    whole: Mapping[str, VoteArray]
    weights: Mapping[str, RowScores]
    gold: IntArray | None
    max_patterns: int | None

    def __call__(self, block: RowBlock) -> VoteStatistics:
        first, stop = block.first_row, block.stop
        columns = {name: votes[first:stop] for name, votes in self.whole.items()}
        weights = {name: one.take(slice(first, stop)) for name, one in self.weights.items()}
        if self.plan.local:
            made = vote_block(self.plan.of(self.plan.local), block)
            columns |= {name: made.votes[:, j] for j, name in enumerate(made.lf_names)}
            weights.update(made.weights)
        votes = np.column_stack([columns[lf.name] for lf in self.plan.lfs])
        return VoteStatistics.of(
            matrix_of(self.plan, votes, weights),
            gold=None if self.gold is None else self.gold[first:stop],
            first_row=first,
            max_patterns=self.max_patterns,
        )


def _checked_gold(gold: ArrayLike, source: RowSource) -> IntArray:
    labels = np.asarray(gold)
    if labels.ndim != 1 or source.rows not in (None, len(labels)):
        raise LabelMatrixError(f"gold labels have shape {labels.shape}; expected one a row: ({source.rows},)")
    return labels
