"""Two versions of the LFs side by side: which labels flip, and which LF is the reason."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from labelwright._display.table import Table
from labelwright._errors import LabelMatrixError, LabelModelWarning
from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.analysis._scores import accuracy_difference
from labelwright.analysis.comparison import Comparison
from labelwright.analysis.intervals import Interval
from labelwright.analysis.per_lf import with_range
from labelwright.analysis.resampling import Resampling
from labelwright.core import LabelMatrix
from labelwright.core.class_values import as_gold
from labelwright.core.task import go_together
from labelwright.core.votes.checks import equal_tables
from labelwright.core.votes.row_scores import RowScores

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

NONE: Final = "(none)"
"""What stands for a row without a label: no LF votes, or the classes are tied."""

MAX_CAUSES: Final = 12
"""Changed LFs that are tried one by one, those with most changed votes first; each is one more fit."""


def compare(
    L_old: LabelMatrix,
    L_new: LabelMatrix,
    *,
    model: BaseLabelModel | None = None,
    gold: object = None,
    taught: object = None,
    most_causes: int = MAX_CAUSES,
    P_new: FloatArray | None = None,
) -> Comparison:
    """Say which labels change from one version of the LFs to the next, and because of which LF.

    Each version gets the labels that the label model learns from it. An LF is the reason of a changed label
    if the label were the old one with *its* old version beside the new versions of all others, the model
    learned anew. So a label may have several reasons, or none but the changes together.

    Parameters
    ----------
    L_old, L_new : LabelMatrix
        The votes of both versions on the same rows in the same order; LFs are matched by name.
    model : label model, default ``LabelModel()``
        Any of `labelwright.label_models`; it is copied, not fitted.
    gold : (n,) labels, optional
        Hand labels by class name or index, None or -1 where unknown: says how many labels became right and
        wrong.
    taught : (n,) labels, optional
        Hand labels that the label model learns from, in both versions; leave them out of `gold`.
    most_causes : int, default 12
        How many changed LFs to try, those with most changed votes first.
    P_new : (n, k) float, optional
        What the model, fitted to `L_new`, says of it, where that is known already; one fit less.

    Returns
    -------
    Comparison
        Tables of flips, LFs and rows; a sentence when printed.

    Raises
    ------
    LabelMatrixError
        Other rows, classes or another task in the two, or gold labels that do not fit.

    Notes
    -----
    Cost: two fits, and one for each changed LF that is tried.

    Examples
    --------
    >>> from labelwright.label_models import MajorityVote
    >>> old = LabelMatrix([[0, 0]] * 8 + [[1, -1]] * 2, space=["HAM", "SPAM"], lf_names=["a", "b"])
    >>> new = old.with_lf("a", [0] * 8 + [0] * 2)
    >>> print(compare(old, new, model=MajorityVote()).headline)
    2 of 10 labels changed, 2 because of LF 'a'
    """
    _check_alike(L_old, L_new)
    L_old, L_new = _over_one_table(L_old, L_new)
    learner = _LabelMaker(model, None if taught is None else as_gold(taught, L_new.space.names, n=L_new.n))
    before = learner.probabilities(L_old)
    now = learner.probabilities(L_new) if P_new is None else _even_where_uncovered(P_new, L_new)
    old, new = learner.labels(before), learner.labels(now)
    changed = np.flatnonzero(old != new)
    edits = _edits(L_old, L_new)
    because = {
        name: old[changed] == learner.labels(learner.probabilities(_with_old(name, L_old, L_new)))[changed]
        for name in edits.sort("votes_changed", descending=True)["lf"].head(most_causes)
        if len(changed)
    }
    alone = np.any(list(because.values()), axis=0) if because else np.zeros(len(changed), dtype=bool)
    labels = None if gold is None else as_gold(gold, L_new.space.names, n=L_new.n)
    return Comparison(
        model=learner.name,
        n=L_new.n,
        changed=len(changed),
        flips=_flips(old, new, labels, L_new),
        lfs=_with_causes(edits, because),
        rows=_rows(changed, old, new, because, labels, L_new),
        together=int((~alone).sum()),
        accuracy=_gain(now, before, labels),
    )


class _LabelMaker:
    """Fits copies of a label model, without the warnings that each fit of a part would repeat."""

    def __init__(self, model: BaseLabelModel | None, taught: IntArray | None = None) -> None:
        from labelwright.label_models import LabelModel

        self._model = LabelModel() if model is None else model
        self.name = type(self._model).__name__
        self._taught = taught

    def probabilities(self, matrix: LabelMatrix) -> FloatArray:
        from sklearn.base import clone

        if not matrix.m or not matrix.n:
            return np.full((matrix.n, matrix.k), 1 / matrix.k)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LabelModelWarning)
            P: FloatArray = clone(self._model).fit(matrix, gold=self._taught).predict_proba(matrix)
        return _even_where_uncovered(P, matrix)

    @staticmethod
    def labels(P: FloatArray) -> IntArray:
        from labelwright.core.votes.ties import break_ties

        return break_ties(P, "abstain", np.random.default_rng(0))


def _even_where_uncovered(P: FloatArray, matrix: LabelMatrix) -> FloatArray:
    even: FloatArray = np.where(matrix.covered[:, None], P, 1 / matrix.k)
    return even


def _check_alike(old: LabelMatrix, new: LabelMatrix) -> None:
    if old.n != new.n:
        raise LabelMatrixError(
            f"L_old has {old.n:,} rows and L_new {new.n:,}; compare votes on the same rows in the same order"
        )
    if old.space != new.space:
        raise LabelMatrixError(f"L_old votes for {old.space} and L_new for {new.space}; expected the same")
    if not go_together(old.task, new.task):
        raise LabelMatrixError(
            f"L_old votes on {old.task} and L_new on {new.task}: two questions have no labels in common; "
            "compare votes for one task"
        )


def _over_one_table(old: LabelMatrix, new: LabelMatrix) -> tuple[LabelMatrix, LabelMatrix]:
    """Return both with one table of sets, so that equal codes are equal votes."""
    if equal_tables(old.vote_sets, new.vote_sets):
        return old, new
    none = np.zeros((0, old.k), dtype=bool)
    tables = [none if one.vote_sets is None else one.vote_sets for one in (old, new)]
    both = np.concatenate(tables)

    def over(L: LabelMatrix, shift: int) -> LabelMatrix:
        votes = L.votes.astype(np.int64)
        return LabelMatrix(
            votes + shift * (votes >= L.k),
            space=L.task or L.space,
            lf_names=L.lf_names,
            fingerprints=L.fingerprints,
            vote_sets=both,
            scores=L.scores,
        )

    return over(old, 0), over(new, len(tables[0]))


def _edits(old: LabelMatrix, new: LabelMatrix) -> pl.DataFrame:
    """List the LFs whose votes changed."""
    names = dict.fromkeys([*new.lf_names, *old.lf_names])
    silent = np.full(old.n, ABSTAIN)
    found = []
    for name in names:
        was = old[:, name].votes[:, 0] if name in old.lf_names else silent
        is_ = new[:, name].votes[:, 0] if name in new.lf_names else silent
        change = "new" if name not in old.lf_names else "gone" if name not in new.lf_names else "edited"
        changed = (was != is_) | _scored_otherwise(old.scores.get(name), new.scores.get(name), n=old.n)
        counts = [int(changed.sum()), int((was != ABSTAIN).sum()), int((is_ != ABSTAIN).sum())]
        if counts[0]:
            found.append((name, change, *counts))
    columns: dict[str, Any] = {"lf": pl.String, "change": pl.String}
    columns |= dict.fromkeys(("votes_changed", "votes_before", "votes_now"), pl.Int64)
    return pl.DataFrame(found, schema=columns, orient="row")


def _scored_otherwise(was: RowScores | None, is_: RowScores | None, *, n: int) -> BoolArray:
    """Return (n,) bool: an LF scores the row otherwise than it did."""
    if was is None and is_ is None:
        return np.zeros(n, dtype=bool)
    one, two = (
        np.zeros((n, 1)) if found is None else np.nan_to_num(found.to_numpy()) for found in (was, is_)
    )
    otherwise: BoolArray = (one != two).any(axis=1)
    return otherwise


def _with_old(name: str, old: LabelMatrix, new: LabelMatrix) -> LabelMatrix:
    """Return the new votes with one LF as it was: edited back, taken out, or put back."""
    if name not in old.lf_names:
        return new.drop_lf(name)
    return new.with_lf(name, old[:, name].votes[:, 0], scores=old.scores.get(name))


def _with_causes(edits: pl.DataFrame, because: dict[str, BoolArray]) -> Table:
    counts = pl.DataFrame(
        {"lf": list(because), "labels_changed": [int(rows.sum()) for rows in because.values()]},
        schema={"lf": pl.String, "labels_changed": pl.Int64},
    )
    joined = edits.join(counts, on="lf", how="left", maintain_order="left")
    return Table(
        joined.sort("labels_changed", "votes_changed", descending=True, nulls_last=True, maintain_order=True)
    )


def _flips(old: IntArray, new: IntArray, gold: IntArray | None, matrix: LabelMatrix) -> Table:
    """Count the rows of each change, most first."""
    pairs = np.column_stack([old, new]).astype(np.int16)
    drawn = Resampling.of(pairs)
    kinds = drawn.patterns.votes.astype(np.int64)
    told = {
        "old": pl.Series([_name(c, matrix) for c in kinds[:, 0]], dtype=pl.String),
        "new": pl.Series([_name(c, matrix) for c in kinds[:, 1]], dtype=pl.String),
        "rows": pl.Series(drawn.patterns.counts, dtype=pl.Int64),
        **with_range("share", drawn.shares(np.eye(len(kinds), dtype=bool))),
    }
    if gold is not None:
        right = (pairs == gold[:, None]) & (gold != ABSTAIN)[:, None]
        for side, name in enumerate(("right_before", "right_now")):
            sums = np.bincount(drawn.patterns.inverse, weights=right[:, side], minlength=len(kinds))
            told[name] = pl.Series(sums.astype(np.int64))
    differs = pl.Series(kinds[:, 0] != kinds[:, 1], dtype=pl.Boolean)
    return Table(pl.DataFrame(told).filter(differs).sort("rows", descending=True, maintain_order=True))


def _rows(
    changed: IntArray,
    old: IntArray,
    new: IntArray,
    because: dict[str, BoolArray],
    gold: IntArray | None,
    matrix: LabelMatrix,
) -> Table:
    reasons = [[name for name, rows in because.items() if rows[i]] for i in range(len(changed))]
    told = {
        "row": pl.Series(changed, dtype=pl.Int64),
        "old": pl.Series([_name(old[row], matrix) for row in changed], dtype=pl.String),
        "new": pl.Series([_name(new[row], matrix) for row in changed], dtype=pl.String),
        "because": pl.Series(reasons, dtype=pl.List(pl.String)),
    }
    if gold is not None:
        known = [None if gold[row] == ABSTAIN else _name(gold[row], matrix) for row in changed]
        told["gold"] = pl.Series(known, dtype=pl.String)
    return Table(told)


def _gain(now: FloatArray, before: FloatArray, gold: IntArray | None) -> Interval | None:
    if gold is None or not (gold != ABSTAIN).any():
        return None
    return accuracy_difference(now, before, gold)


def _name(c: int, matrix: LabelMatrix) -> str:
    return NONE if c == ABSTAIN else matrix.space.name(int(c))
