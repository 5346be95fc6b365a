"""One split looked into: what the LFs do, where they are wrong, what they miss, and what an edit changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from labelwright._display.notebook import Heading, Part
from labelwright._display.shown import Shown
from labelwright._display.table import Table, notebook_parts
from labelwright._text import finite
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
from labelwright.analysis.evaluation import GoldRows
from labelwright.core import LabelMatrix
from labelwright.pipeline.gold import GoldCounts
from labelwright.pipeline.labeling import make_label_model
from labelwright.pipeline.results import check_split
from labelwright.store import VoteStore

if TYPE_CHECKING:
    import polars as pl

    from labelwright.label_models import Explanation
    from labelwright.pipeline.run import Run

MAX_PAIRS: Final = 30
MAX_CONTESTED: Final = 10
MAX_TERMS: Final = 10
MAX_TOLD: Final = 20
"""Rows of each table that a notebook shows of all of them."""
CONFIDENCE: Final = 0.95
MAX_RUNS: Final = 200
"""Runs that are looked at: whoever ran more often without a change has none to ask about."""

Version: TypeAlias = tuple[str, str]
"""Name and fingerprint of an LF."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class View(Shown):
    """One split looked into; what needs gold labels or texts is None without them.

    Attributes
    ----------
    functions, pairs : Table
        As `lf_statistics` and `pair_table` of `labelwright.analysis` give them.
    classes, coverage, mistakes : Table or None
        As `lf_classes`, `coverage_by_class` and, of the label model's labels, `error_buckets`.
    gold : GoldRows or None
        The rows of all splits whose hand labels score: accuracies, classes and coverage are counted on them,
        mistakes on those of this split alone.
    contested : Table
        The rows on which LFs disagree most, as `contested_rows`.
    why : Explanation
        Why the label model labels those rows as it does.
    gaps : Table or None
        Where to write the next LF, as `coverage_gaps`.
    texts : list of str or None
        The rows as people read them.
    changes : Comparison or None
        What the last edit of the LFs changed; None before any.
    """

    functions: Table
    pairs: Table
    classes: Table | None
    coverage: Table | None
    mistakes: Table | None
    contested: Table
    why: Explanation
    gaps: Table | None
    texts: Sequence[str] | None
    changes: Comparison | None
    gold: GoldRows | None = None

    def _display_parts(self) -> list[Part]:
        tables = {
            "What the LFs do": self.functions,
            "Pairs of LFs": self.pairs,
            "Classes": self.classes,
            "Mistakes of the label model": self.mistakes,
            "Rows on which LFs disagree most": self.contested,
            "Where to write the next LF": self.gaps,
        }
        parts: list[Part] = []
        for head, table in tables.items():
            if table is not None and table.height:
                parts += [Heading(head), *notebook_parts(Table(table.head(MAX_TOLD)))]
        return parts or [Heading("View: nothing to show")]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        tables = {
            "pairs": self.pairs,
            "classes": self.classes,
            "coverage_by_class": self.coverage,
            "mistakes": self.mistakes,
            "gaps": self.gaps,
        }
        values = {name: None if table is None else table.to_dicts() for name, table in tables.items()}
        found: dict[str, Any] = finite(
            {
                **values,
                "functions": self.functions.to_dicts(),
                "contested_rows": self.contested.to_dicts(),
                "why": self.why.to_dict(),
                "changes": None if self.changes is None else self.changes.to_dict(),
            }
        )
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Analyzed(Shown):
    """How the LFs do.

    Attributes
    ----------
    summaries : mapping of str to polars.DataFrame
        One row an LF, as `LabelMatrix.summary`; by split.
    matrices : mapping of str to LabelMatrix
        The label matrices.
    views : mapping of str to View
        The split that was looked into; empty where none was.
    gold : GoldCounts or None
        How many hand labels there are, and what they are for.
    """

    summaries: Mapping[str, pl.DataFrame]
    matrices: Mapping[str, LabelMatrix]
    views: Mapping[str, View] = field(default_factory=dict)
    gold: GoldCounts | None = None

    def _display_parts(self) -> list[Part]:
        parts: list[Part] = []
        for split, table in self.summaries.items():
            parts += [
                Heading(f"LFs on {split}"),
                *notebook_parts(table if isinstance(table, Table) else Table(table)),
            ]
        for split, view in self.views.items():
            parts += [Heading(f"{split}, looked into"), *view._display_parts()]
        return parts or [Heading("Analyzed: nothing to show")]

    def of(self, split: str) -> Analyzed:
        """Return one split alone.

        Raises
        ------
        ProjectError
            The project has no such split.
        """
        check_split(split, tuple(self.summaries))
        views = {split: self.views[split]} if split in self.views else {}
        return Analyzed(
            summaries={split: self.summaries[split]},
            matrices={split: self.matrices[split]},
            views=views,
            gold=self.gold,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds: the summary of each LF, and what there is to understand."""
        return {
            "gold": None if self.gold is None else self.gold.to_dict(),
            "splits": {split: self._values(split) for split in self.summaries},
        }

    def _values(self, split: str) -> dict[str, Any]:
        matrix = self.matrices[split]
        lfs = [
            {**row, "polarity": [matrix.space.name(c) for c in row["polarity"]]}
            for row in self.summaries[split].iter_rows(named=True)
        ]
        view = self.views[split].to_dict() if split in self.views else {}
        return {"rows": matrix.n, "coverage": matrix.coverage, "labeling_functions": lfs, **view}


def analyzed(run: Run, split: str | None) -> Analyzed:
    """Return how the LFs do on all splits, and all that there is to understand about one of them."""
    run.check(label_model=split is not None)
    if split is not None:
        check_split(split, run.splits)
    matrices = run.as_applied().matrices
    summaries = {name: matrix.summary(run.gold.measuring(name)) for name, matrix in matrices.items()}
    views = {} if split is None else {split: look_into(run, split)}
    return Analyzed(summaries=summaries, matrices=matrices, views=views, gold=run.gold.counts)


def look_into(run: Run, split: str) -> View:
    """Return all that there is to understand about a split."""
    matrix, gold, known = run.votes(split).matrix, run.gold.measuring(split), run.gold_rows()
    P = run.labels(split).probabilities
    texts = run.texts(split)
    contested = contested_rows(matrix, most=MAX_CONTESTED)
    gaps = None
    if texts is not None:
        gaps = coverage_gaps(texts, matrix.covered, P=P, space=matrix.space, most=MAX_TERMS)
    return View(
        functions=_functions(split, matrix, gold, known),
        pairs=pair_table(matrix, most=MAX_PAIRS, confidence=CONFIDENCE),
        classes=None if known is None else lf_classes(known.matrix, known.labels),
        coverage=None if known is None else coverage_by_class(known.matrix, known.labels),
        gold=known,
        mistakes=None if gold is None else error_buckets(P, gold, matrix=matrix),
        contested=contested,
        why=run.fitted.model.explain(matrix, rows=contested["row"].to_list()),
        gaps=gaps,
        texts=texts,
        changes=changes(run, split),
    )


def _functions(split: str, matrix: LabelMatrix, gold: Any, known: GoldRows | None) -> Table:
    """Return what each LF does on the rows of a split, and how right it is on all labeled rows."""
    if known is None or (gold is not None and tuple(known.splits) == (split,)):
        return lf_statistics(matrix, gold)
    judged = lf_statistics(known.matrix, known.labels)
    told = [name for name in judged.columns if name.startswith("accuracy") or name == "judged"]
    return Table({**lf_statistics(matrix).to_dict(), **judged.select(told).to_dict()})


# --- the LFs as they were before they were last changed


def changes(run: Run, split: str) -> Comparison | None:
    """Compare the labels with those of the LFs before they were last changed; None without such a version."""
    version = version_before(run, split)
    before = None if version is None else _votes(run, split, version)
    if before is None:
        return None
    model = make_label_model(run.settings.label_model, seed=run.settings.seed)
    # Both versions learn from the same: where hand labels of other rows teach, which have votes of their own,
    # the two are compared as they are without.
    taught = run.gold.teaching(split) if run.gold.source == split else None
    same = split == "train" and (taught is not None or not run.gold.teaches)
    P = run.labels(split).probabilities if same else None
    return compare(
        before,
        run.votes(split).matrix,
        model=model,
        gold=run.gold.scoring(split),
        taught=taught,
        P_new=P,
    )


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
    columns = [found for found in stored if found is not None]
    if len(columns) < len(versions):  # damaged since
        return None
    from labelwright._apply.class_weights import label_matrix_of

    weights = zip(versions, columns, strict=True)
    return label_matrix_of(
        np.column_stack([found.votes for found in columns]),
        {name: found.weights for (name, _), found in weights if found.weights is not None},
        space=run.task,
        lf_names=[name for name, _ in versions],
        fingerprints=[version for _, version in versions],
    )
