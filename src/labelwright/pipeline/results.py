"""What the steps of a project return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from labelwright._display.notebook import Facts, Grid, Heading, Part
from labelwright._display.shown import Shown, said
from labelwright._display.table import Table, columns_of
from labelwright._display.text_table import Column, columns_of_rows
from labelwright._errors import ProjectError
from labelwright._files import shown_path
from labelwright._text import count, finite, percent
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.pipeline.gold import GoldCounts

if TYPE_CHECKING:
    import polars as pl

    from labelwright.analysis import Scores
    from labelwright.diagnostics.fit_report import FitReport


MAX_SHOWN: Final = 5
"""Rows of a prediction that people see of it."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LFOutcome(Shown):
    """What one LF did on one split.

    Attributes
    ----------
    name, kind, fingerprint : str
        Which LF it is.
    seconds : float
        Time spent in it when its votes were made.
    faults : int
        On how many rows it raised.
    first_fault : str or None
        The first of them, on one line.
    cached : bool
        Its votes were on disk already.
    """

    name: str
    kind: str
    fingerprint: str
    seconds: float
    faults: int
    first_fault: str | None
    cached: bool

    def _display_parts(self) -> list[Part]:
        ran = "votes were there already" if self.cached else f"{self.seconds:.2f} s"
        facts = [("kind", self.kind), ("ran", ran), ("raised on", count(self.faults, "row"))]
        first = [("first", self.first_fault)] if self.first_fault else []
        return [Heading(f"LF {self.name!r}"), Facts([*facts, *first])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Applied(Shown):
    """The votes of a project; mappings go by split ("train", "valid", "test").

    Attributes
    ----------
    matrices : mapping of str to LabelMatrix
        The label matrices.
    outcomes : mapping of str to tuple of LFOutcome
        What each LF did.
    paths : mapping of str to Path
        The Parquet files, one column an LF.
    """

    matrices: Mapping[str, LabelMatrix]
    outcomes: Mapping[str, tuple[LFOutcome, ...]]
    paths: Mapping[str, Path]

    def _display_parts(self) -> list[Part]:
        rows = [
            (
                split,
                f"{matrix.n:,}",
                f"{matrix.m:,}",
                percent(matrix.coverage, 1),
                f"{sum(not lf.cached for lf in self.outcomes.get(split, ())):,}",
                f"{sum(lf.faults for lf in self.outcomes.get(split, ())):,}",
            )
            for split, matrix in self.matrices.items()
        ]
        heads = ("split", "rows", "LFs", "covered", "ran now", "faults")
        return [Heading("Applied: the votes"), Grid(columns_of_rows(heads, rows))]

    @property
    def ran(self) -> int:
        """How many LFs ran on at least one split."""
        return len({lf.name for lfs in self.outcomes.values() for lf in lfs if not lf.cached})

    @property
    def faults(self) -> int:
        """On how many rows LFs raised, all splits together."""
        return sum(lf.faults for lfs in self.outcomes.values() for lf in lfs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds: the votes in numbers."""
        return {
            "splits": {
                split: {
                    "rows": matrix.n,
                    "coverage": matrix.coverage,
                    "path": shown_path(self.paths[split]),
                    "labeling_functions": [lf.to_dict() for lf in self.outcomes[split]],
                }
                for split, matrix in self.matrices.items()
            }
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AppliedTasks(Shown):
    """The votes of a project of several tasks.

    Attributes
    ----------
    tasks : mapping of str to Applied
        The votes of each task, by its name.
    """

    tasks: Mapping[str, Applied]

    def _display_parts(self) -> list[Part]:
        parts: list[Part] = [Heading(f"AppliedTasks: the votes of {count(len(self.tasks), 'task')}")]
        for name, applied in self.tasks.items():
            _, *table = applied._display_parts()
            parts += [Heading(f"Task {name!r}"), *table]
        return parts

    @property
    def ran(self) -> int:
        """How many LFs ran on at least one split."""
        return sum(applied.ran for applied in self.tasks.values())

    @property
    def faults(self) -> int:
        """On how many rows LFs raised, all splits together."""
        return sum(applied.faults for applied in self.tasks.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {"tasks": {name: applied.to_dict() for name, applied in self.tasks.items()}}


def check_split(split: str, splits: Sequence[str]) -> None:
    """Raise a ProjectError where the project has no such split."""
    if split not in splits:
        raise ProjectError(f"the project has no {split!r} data; it has {', '.join(splits)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Fitted(Shown):
    """The probabilistic labels of the training rows.

    Attributes
    ----------
    label_model : str
        Its name.
    probabilities : (n, k) float64
        The soft labels.
    covered : (n,) bool
        Rows with at least one vote.
    lf_names : tuple of str
        The LFs in order.
    lf_accuracies : (m,) float64
        Estimated P(vote right | LF votes); NaN where it never votes.
    class_balance : (k,) float64
        Estimated shares of the classes.
    space : LabelSpace
        The classes.
    report : FitReport
        Whether to trust the label model.
    path : Path
        The Parquet file of the labels.
    cached : bool
        Nothing had changed since they were made.
    gold : GoldCounts
        How many hand labels taught the label model, and how many score.
    """

    label_model: str
    probabilities: FloatArray
    covered: BoolArray
    lf_names: tuple[str, ...]
    lf_accuracies: FloatArray
    class_balance: FloatArray
    space: LabelSpace
    report: FitReport
    path: Path
    cached: bool
    gold: GoldCounts

    def _display_parts(self) -> list[Part]:
        known = "kept, as nothing had changed" if self.cached else "made now"
        shares = zip(self.space, self.class_balance.tolist(), strict=True)
        facts = [
            ("rows", f"{len(self.probabilities):,}, {int(self.covered.sum()):,} of them covered"),
            ("classes", said({name: percent(share) for name, share in shares})),
            ("labels", f"{said(self.path)} ({known})"),
            *((("gold", " ".join(self.gold.said())),) if self.gold.said() else ()),
        ]
        rows = [(name, percent(share, 1)) for name, share in self._by_accuracy()]
        table = Grid(columns_of_rows(("LF", "estimated accuracy"), rows))
        return [Heading(f"Fitted {self.label_model}"), Facts(facts), *([table] if rows else [])]

    def _by_accuracy(self) -> list[tuple[str, float]]:
        pairs = zip(self.lf_names, self.lf_accuracies.tolist(), strict=True)
        return sorted(pairs, key=lambda pair: -pair[1] if pair[1] == pair[1] else 1)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds; the probabilities themselves are in the file."""
        accuracies = zip(self.lf_names, finite(self.lf_accuracies.tolist()), strict=True)
        return {
            "label_model": self.label_model,
            "path": shown_path(self.path),
            "cached": self.cached,
            "rows": len(self.probabilities),
            "covered_rows": int(self.covered.sum()),
            "class_balance": dict(zip(self.space, finite(self.class_balance.tolist()), strict=True)),
            "labeling_functions": [{"name": name, "estimated_accuracy": value} for name, value in accuracies],
            "gold": self.gold.to_dict(),
            "fit_report": self.report.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Trained(Shown):
    """The end model.

    Attributes
    ----------
    end_model : str
        Its name.
    path : Path
        The file; `labelwright.end_models.load` reads it.
    rows : int
        Covered training rows.
    seconds : float
        Time the training took, 0 where it was cached.
    cached : bool
        Nothing had changed since it was trained.
    """

    end_model: str
    path: Path
    rows: int
    seconds: float
    cached: bool

    def _display_parts(self) -> list[Part]:
        known = "kept, as nothing had changed" if self.cached else f"{self.seconds:.1f} s"
        trained = [("trained on", count(self.rows, "row")), ("training", known), ("model", said(self.path))]
        return [Heading(f"Trained end model {self.end_model!r}"), Facts(trained)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {**asdict(self), "path": shown_path(self.path)}


def _scores(scores: Mapping[str, Mapping[str, Scores]]) -> dict[str, Any]:
    return {
        split: {model: finite(one.as_dict()) for model, one in by.items()} for split, by in scores.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RunResult(Shown):
    """All of it.

    Attributes
    ----------
    applied, fitted, trained : Applied, Fitted, Trained
        What the steps returned.
    scores : mapping of str to mapping of str to Scores
        By split with gold labels, then by "majority vote", "label model", "end model".
    split : str or None
        The split that results are told on: test, else valid, else train; None without gold labels.
    before : mapping of str to float
        Each model's accuracy in the last run on the same rows of that split; empty for the first.
    report : Path
        The page to read.
    metrics : Path
        The same numbers as JSON.
    seconds : float
        Time it all took.
    """

    applied: Applied
    fitted: Fitted
    trained: Trained
    scores: Mapping[str, Mapping[str, Scores]]
    split: str | None
    before: Mapping[str, float]
    report: Path
    metrics: Path
    seconds: float

    def _display_parts(self) -> list[Part]:
        facts = [
            ("report", said(self.report)),
            ("label model", self.fitted.label_model),
            ("end model", f"{self.trained.end_model}, trained on {count(self.trained.rows, 'row')}"),
        ]
        if self.split is None:
            return [Heading("RunResult"), Facts([("accuracy", "unknown without gold labels"), *facts])]
        found = self.scores[self.split]
        columns = [
            Column("model", list(found)),
            Column(
                "accuracy",
                [percent(one.accuracy, 1) for one in found.values()],
                number=True,
                ranges=[
                    f"{100 * one.interval.low:.0f}-{100 * one.interval.high:.0f}" for one in found.values()
                ],
            ),
        ]
        if self.before:
            before = [percent(self.before.get(name), 1, unknown="-") for name in found]
            columns.append(Column("last run", before, number=True))
        rows = next(iter(found.values())).n
        return [
            Heading(f"RunResult: {count(rows, f'{self.split} row')} with gold"),
            Grid(columns),
            Facts(facts),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "scores": _scores(self.scores),
            "reported_split": self.split,
            "gold": self.fitted.gold.to_dict(),
            "accuracy_before": dict(self.before),
            "votes": self.applied.to_dict(),
            "labels": self.fitted.to_dict(),
            "end_model": self.trained.to_dict(),
            "report": shown_path(self.report),
            "metrics": shown_path(self.metrics),
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Reported(Shown):
    """The report of a project.

    Attributes
    ----------
    path : Path
        The page to read.
    scores : mapping of str to mapping of str to Scores
        As in `RunResult`.
    split : str or None
        The split that results are told on; None without gold labels.
    """

    path: Path
    scores: Mapping[str, Mapping[str, Scores]]
    split: str | None

    def _display_parts(self) -> list[Part]:
        return [Heading("Reported"), Facts([("report", said(self.path))])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "report": shown_path(self.path),
            "reported_split": self.split,
            "scores": _scores(self.scores),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Predictions(Shown):
    """What the end model says of new rows.

    Attributes
    ----------
    labels : (n,) int64
        Class indices; -1 for rows that cannot be judged, and where classes are equally probable.
    probabilities : (n, k) float64
        Rows sum to 1; equal ones for rows that cannot be judged.
    space : LabelSpace
        The classes.
    frame : polars.DataFrame
        The new rows with ``label`` (class name), ``probability`` (of it), one column ``p_CLASS`` a class, and
        ``problem``: why a row could not be judged. All but that are null there.
    columns : mapping of str to str
        How these columns are called in the frame: ``lw_label`` where the rows have a ``label`` of their own.
    path : Path or None
        The file that the frame was written to.
    """

    labels: IntArray
    probabilities: FloatArray
    space: LabelSpace
    frame: pl.DataFrame
    columns: Mapping[str, str]
    path: Path | None = None

    def _display_parts(self) -> list[Part]:
        judged = self.labels >= 0
        counts = np.bincount(self.labels[judged], minlength=len(self.space)).tolist()
        unjudged = self.unjudged
        facts = [
            ("labels", said(dict(zip(self.space, counts, strict=True)))),
            *((("not judged", count(unjudged, "row")),) if unjudged else ()),
            *((("file", said(self.path)),) if self.path is not None else ()),
        ]
        shown = Table(self.frame.head(MAX_SHOWN))
        table = Grid(columns_of(shown, dash="-"), caption=f"The first rows of {len(self.labels):,}")
        head = Heading(f"Predictions for {count(len(self.labels), 'row')}")
        return [head, Facts(facts), *([table] if shown.height and shown.width else [])]

    @property
    def unjudged(self) -> int:
        """How many rows could not be judged."""
        return int(self.frame[self.columns["problem"]].is_not_null().sum())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds: the predictions, or where they were written."""
        known = {"rows": len(self.labels), "unjudged_rows": self.unjudged}
        if self.path is not None:
            counts = np.bincount(self.labels[self.labels >= 0], minlength=len(self.space)).tolist()
            return {
                "path": shown_path(self.path),
                **known,
                "labels": dict(zip(self.space, counts, strict=True)),
                "columns": dict(self.columns),
            }
        labels = self.frame[self.columns["label"]].to_list()
        problems = self.frame[self.columns["problem"]].to_list()
        return {
            **known,
            "predictions": [
                {
                    "label": label,
                    "probabilities": dict(zip(self.space, row, strict=True)) if problem is None else None,
                    "problem": problem,
                }
                for label, row, problem in zip(labels, self.probabilities.tolist(), problems, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Exported(Shown):
    """A file of soft labels beside their data.

    Attributes
    ----------
    path : Path
        The file.
    rows : int
        How many rows it has.
    left_out : int
        How many rows of the split it has not, as was asked for.
    columns : tuple of str
        Its columns.
    names : mapping of str to str
        How the columns that labelwright adds are called there: ``lw_label`` where the rows have a ``label``
        of their own.
    """

    path: Path
    rows: int
    left_out: int
    columns: tuple[str, ...]
    names: Mapping[str, str]

    def _display_parts(self) -> list[Part]:
        facts = [("file", said(self.path)), ("columns", said(self.columns))]
        left = [("left out", count(self.left_out, "row"))] if self.left_out else []
        return [Heading(f"Exported {count(self.rows, 'row')}"), Facts([*facts, *left])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "path": shown_path(self.path),
            "rows": self.rows,
            "left_out": self.left_out,
            "columns": list(self.columns),
            "names": dict(self.names),
        }
