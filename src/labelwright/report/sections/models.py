"""Majority vote, label model and end model on the same rows, and the mistakes that they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from labelwright._text import count, percent
from labelwright._types import FloatArray
from labelwright.analysis import accuracy_difference, confusion_matrix, error_buckets, score
from labelwright.core import LabelSpace
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import Cell, Model, Table, models_on, section
from labelwright.report.words import clip, percent_range, signed_points

MAX_CLASSES: Final = 12
"""A confusion matrix of more classes does not fit a page; the commonest mistakes are listed instead."""

MAX_MISTAKES: Final = 8
"""Mistakes listed a model."""

MAX_BUCKETS: Final = 5
MAX_ROWS: Final = 3
TEXT: Final = 220
"""How much of each mistake a person reads before they know what goes wrong."""


def models(data: ReportData) -> Markup:
    """Return the scores and the confusion matrices."""
    if data.test is None:
        return section("models", scores=None)
    known, space = models_on(data.test), data.matrix.space
    counted = [(model.name, confusion_matrix(model.P, data.test.labels)) for model in known]
    few = len(space) <= MAX_CLASSES
    return section(
        "models",
        row=data.test.row,
        own=data.test.split == "train" and data.test.end_model is not None,
        scores=_scores(known, data.test),
        end_model=data.test.end_model is not None,
        differences=_differences(known, data.test),
        classes=len(space),
        names=space.names,
        confusions=[(name, _confusion(counts, space)) for name, counts in counted] if few else [],
        mistakes=[] if few else [_commonest(name, counts, space) for name, counts in counted],
    )


def mistakes(data: ReportData) -> Markup:
    """Return the commonest mistakes of the label model and of the end model, with rows to read."""
    test = data.test
    if test is None:
        return section("mistakes", found=None)
    return section("mistakes", row=test.row, found=[_mistakes(model, test) for model in models_on(test)[1:]])


def _scores(known: Sequence[Model], test: EvaluatedSplit) -> Table:
    found = [score(model.P, test.labels, covered=test.matrix.covered) for model in known]
    heads = (
        "Model",
        "Accuracy, all rows",
        "Accuracy, covered rows",
        "F1" if test.matrix.k == 2 else "Macro F1",
        "Log loss",
        "Brier score",
        "Calibration error",
    )
    covered = found[0].covered_rows.n if found[0].covered_rows else 0
    caption = (
        f"{count(found[0].n, test.row)} with hand labels, {covered:,} of them covered. "
        "Lower is better in the last three columns."
    )
    rows = [
        (
            model.name,
            Cell(
                percent(one.all_rows.accuracy, 1),
                percent_range(one.all_rows.accuracy_low, one.all_rows.accuracy_high),
            ),
            percent(one.covered_rows.accuracy if one.covered_rows else None, 1),
            percent(one.all_rows.macro_f1 if one.all_rows.f1 is None else one.all_rows.f1, 1),
            f"{one.all_rows.log_loss:.3f}",
            f"{one.all_rows.brier:.3f}",
            percent(one.all_rows.calibration_error, 1),
        )
        for model, one in zip(known, found, strict=True)
    ]
    return Table(caption, heads, rows, numbers=range(1, len(heads)), kind="scores cards")


def _differences(known: Sequence[Model], test: EvaluatedSplit) -> list[dict[str, str]]:
    said = []
    for better, base in zip(known[1:], known, strict=False):
        gap = accuracy_difference(better.P, base.P, test.labels)
        said.append(
            {
                "models": f"{better.name} against {base.name.lower()}",
                "points": signed_points(gap.estimate),
                "low": signed_points(gap.low),
                "high": signed_points(gap.high),
                "verdict": "settled" if gap.low > 0 or gap.high < 0 else "not settled by these rows",
            }
        )
    return said


def _confusion(counts: FloatArray, space: LabelSpace) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return of each true class the rows that each class was said of, with their shades."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return [
        (
            space.name(g),
            [_shaded(counts[g, c], shares[g, c], "right" if g == c else "wrong") for c in range(len(space))],
        )
        for g in range(len(space))
    ]


def _shaded(rows: float, share: float, kind: str) -> tuple[str, str]:
    return (f"{rows:,.0f}", f"{kind}{1 + min(int(4 * share), 3)}") if rows >= 0.5 else ("", f"{kind}0")


def _commonest(name: str, counts: FloatArray, space: LabelSpace) -> Table:
    wrong = np.where(np.eye(len(space), dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None)[:MAX_MISTAKES]
    pairs = [np.unravel_index(at, wrong.shape) for at in order]
    rows = [
        (
            space.name(int(g)),
            space.name(int(c)),
            f"{wrong[g, c]:,.0f}",
            percent(wrong[g, c] / counts[g].sum()),
        )
        for g, c in pairs
        if wrong[g, c] >= 0.5
    ]
    return Table(name, ("True class", "Taken for", "Rows", "Of class"), rows, numbers=(2, 3))


def _mistakes(model: Model, test: EvaluatedSplit) -> dict[str, Any]:
    found = error_buckets(model.P, test.labels, matrix=test.matrix, most=MAX_ROWS)
    wrong = int(found["rows"].sum())
    left = found.height - MAX_BUCKETS
    more = f" {count(left, 'rarer kind')} not shown." if left > 0 else ""
    return {
        "model": model.name,
        "said": f"{count(wrong, 'row')} of {(test.gold >= 0).sum():,} wrong or undecided.{more}",
        "buckets": [_bucket(row, test) for row in found.head(MAX_BUCKETS).iter_rows(named=True)],
    }


def _bucket(row: dict[str, Any], test: EvaluatedSplit) -> dict[str, Any]:
    spread = percent_range(row["class_share_low"], row["class_share_high"])
    return {
        "what": f"{row['true']} → {row['predicted']}",
        "share": f"{count(row['rows'], 'row')}, {percent(row['class_share'])} of {row['true']} ({spread})",
        "voted": f"voted so: {', '.join(row['voted_so'])}"
        if row["voted_so"]
        else "no labeling function voted so",
        "examples": [
            (f"Row {at:,}", "" if test.texts is None else clip(str(test.texts[at]), TEXT))
            for at in row["examples"]
        ],
    }
