"""Results for programs: plain values that JSON holds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.lint import CheckReport
    from labelwright.cli.starter import Made
    from labelwright.pipeline import (
        Analyzed,
        Applied,
        Exported,
        Fitted,
        Predictions,
        RunResult,
        Trained,
        WorthResult,
    )
    from labelwright.pipeline.results import View


def initialized(made: Made) -> dict[str, Any]:
    """Return what ``init`` made."""
    return {"project": str(made.folder), "files": [str(path) for path in made.files]}


def applied(result: Applied) -> dict[str, Any]:
    """Return the votes of each split in numbers."""
    return {
        "splits": {
            split: {
                "rows": matrix.n,
                "coverage": matrix.coverage,
                "path": str(result.paths[split]),
                "labeling_functions": [asdict(lf) for lf in result.outcomes[split]],
            }
            for split, matrix in result.matrices.items()
        }
    }


def checked(result: CheckReport) -> dict[str, Any]:
    """Return what is wrong with the LFs, the most pressing first."""
    return {"failed": result.failed(), **result.to_dict()}


def analyzed(result: Analyzed) -> dict[str, Any]:
    """Return the summary of each LF, and what there is to understand about a split."""
    return {
        "splits": {
            split: {
                "rows": result.matrices[split].n,
                "coverage": result.matrices[split].coverage,
                "labeling_functions": [
                    {**row, "polarity": [result.matrices[split].space.name(c) for c in row["polarity"]]}
                    for row in summary.iter_rows(named=True)
                ],
                **(finite(_topics(result.views[split])) if split in result.views else {}),
            }
            for split, summary in result.summaries.items()
        }
    }


def _topics(view: View) -> dict[str, Any]:
    """Return all topics as plain values, ready for JSON."""
    tables = {
        "pairs": view.pairs,
        "classes": view.classes,
        "coverage_by_class": view.coverage,
        "mistakes": view.mistakes,
        "gaps": view.gaps,
    }
    return {
        **{name: None if table is None else table.to_dicts() for name, table in tables.items()},
        "contested_rows": view.contested.to_dicts(),
        "why": view.why.to_dict(),
        "changes": None if view.changes is None else view.changes.to_dict(),
    }


def advised(result: ModellingAdvice) -> dict[str, Any]:
    """Return the advice with its numbers."""
    plain: dict[str, Any] = finite(result.to_dict())
    return plain


def fitted(result: Fitted) -> dict[str, Any]:
    """Return the probabilistic labels in numbers."""
    accuracies = zip(result.lf_names, numbers(result.lf_accuracies), strict=True)
    return {
        "label_model": result.label_model,
        "path": str(result.path),
        "cached": result.cached,
        "rows": len(result.probabilities),
        "covered_rows": int(result.covered.sum()),
        "class_balance": dict(zip(result.space, numbers(result.class_balance), strict=True)),
        "labeling_functions": [{"name": name, "estimated_accuracy": value} for name, value in accuracies],
        "fit_report": result.report.to_dict(),
    }


def trained(result: Trained) -> dict[str, Any]:
    """Return where the end model is."""
    return {
        "end_model": result.end_model,
        "path": str(result.path),
        "rows": result.rows,
        "seconds": result.seconds,
        "cached": result.cached,
    }


def ran(result: RunResult) -> dict[str, Any]:
    """Return all of it."""
    return {
        "scores": {
            split: {model: finite(scores.as_dict()) for model, scores in by.items()}
            for split, by in result.scores.items()
        },
        "reported_split": result.split,
        "accuracy_before": dict(result.before),
        "votes": applied(result.applied),
        "labels": fitted(result.fitted),
        "end_model": trained(result.trained),
        "report": str(result.report),
        "metrics": str(result.metrics),
        "seconds": result.seconds,
    }


def worth(result: WorthResult) -> dict[str, Any]:
    """Return the learning curves and the number of hand labels."""
    return {
        **result.worth.to_dict(),
        "labeled_split": result.labeled_split,
        "judged_split": result.judged_split,
        "path": str(result.path),
        "seconds": result.seconds,
        "cached": result.cached,
    }


def predicted(result: Predictions) -> dict[str, Any]:
    """Return labels and probabilities of new rows, or where they were written."""
    if result.path is not None:
        counts = np.bincount(result.labels, minlength=len(result.space)).tolist()
        return {
            "path": str(result.path),
            "rows": len(result.labels),
            "labels": dict(zip(result.space, counts, strict=True)),
        }
    return {
        "rows": len(result.labels),
        "predictions": [
            {"label": result.space.names[label], "probabilities": dict(zip(result.space, row, strict=True))}
            for label, row in zip(result.labels.tolist(), result.probabilities.tolist(), strict=True)
        ],
    }


def exported(result: Exported) -> dict[str, Any]:
    """Return where the soft labels are."""
    return {"path": str(result.path), "rows": result.rows, "columns": list(result.columns)}


def numbers(values: Iterable[float]) -> list[float | None]:
    """Return floats as JSON holds them: None for NaN.

    Examples
    --------
    >>> numbers([0.5, float("nan")])
    [0.5, None]
    """
    return [float(value) if math.isfinite(value) else None for value in values]


def finite(value: Any) -> Any:
    """Return nested values with None for NaN and infinity.

    Examples
    --------
    >>> finite({"a": [1, float("inf")]})
    {'a': [1, None]}
    """
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
