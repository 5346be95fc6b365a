"""What the steps of a project return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelwright._errors import ProjectError
from labelwright._files import shown_path
from labelwright._text import finite
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import LabelMatrix, LabelSpace
from labelwright.pipeline.gold import GoldCounts

if TYPE_CHECKING:
    import polars as pl

    from labelwright.analysis import Scores
    from labelwright.diagnostics.fit_report import FitReport


@dataclass(frozen=True, slots=True, kw_only=True)
class LFOutcome:
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Applied:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AppliedTasks:
    """The votes of a project of several tasks.

    Attributes
    ----------
    tasks : mapping of str to Applied
        The votes of each task, by its name.
    """

    tasks: Mapping[str, Applied]

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {**asdict(self), "path": shown_path(self.path)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunResult:
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "scores": {
                split: {model: finite(scores.as_dict()) for model, scores in by.items()}
                for split, by in self.scores.items()
            },
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
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

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "path": shown_path(self.path),
            "rows": self.rows,
            "left_out": self.left_out,
            "columns": list(self.columns),
            "names": dict(self.names),
        }
