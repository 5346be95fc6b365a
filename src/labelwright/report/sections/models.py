"""Majority vote, label model and end model on the same rows."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelwright._display.markup import Child, Markup, el
from labelwright._types import FloatArray
from labelwright.analysis import Scores, accuracy_difference, confusion_matrix, score
from labelwright.core import LabelSpace
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import (
    NEEDS_GOLD,
    Model,
    lead,
    missing,
    models_on,
    scrolled,
    section,
    td,
    th,
)
from labelwright.report.words import count, exact_percent, percent, percent_range, signed_points

MAX_CLASSES: Final = 12
"""A confusion matrix of more classes does not fit a page; the commonest mistakes are listed instead."""

MAX_MISTAKES: Final = 8
"""Mistakes listed a model."""


def models(data: ReportData) -> Markup:
    """Return the scores and the confusion matrices."""
    title = "The models compared"
    if data.test is None:
        return section("models", title, missing("Not shown. ", NEEDS_GOLD))
    known = models_on(data.test)
    return section(
        "models",
        title,
        lead(
            "“All rows” counts every test row; where a model has no opinion it counts as guessing. “Covered "
            "rows” counts only those with a vote, where votes can help. "
            "F1 weighs finding the rows of a class against taking others for them. The last three columns "
            "say how honest the probabilities are: 90% sure should be right nine times in ten."
        ),
        None if data.test.end_model is not None else missing("No end model was run on the test rows."),
        scrolled(_scores(known, data.test), label="Scores of the models"),
        _differences(known, data.test),
        _mistakes(known, data.test, data.matrix.space),
    )


def _scores(known: list[Model], test: EvaluatedSplit) -> Markup:
    found = [(model, score(model.P, test.gold, covered=test.matrix.covered)) for model in known]
    heads = ["Accuracy, all rows", "Accuracy, covered rows", "F1" if test.matrix.k == 2 else "Macro F1"]
    heads += ["Log loss", "Brier score", "Calibration error"]
    scores = found[0][1]
    covered = scores.covered_rows.n if scores.covered_rows else 0
    return el(
        "table",
        el(
            "caption",
            f"{count(scores.n, 'test row')} with hand labels, {covered:,} of them covered. "
            "Lower is better in the last three columns.",
        ),
        el("thead", el("tr", th("Model"), [th(head, number=True) for head in heads])),
        el("tbody", [_score_line(model, one) for model, one in found]),
        class_="scores",
    )


def _score_line(model: Model, scores: Scores) -> Markup:
    rows, covered = scores.all_rows, scores.covered_rows
    spread = el("small", percent_range(rows.accuracy_low, rows.accuracy_high))
    f1 = rows.macro_f1 if rows.f1 is None else rows.f1
    return el(
        "tr",
        th(model.name, row=True),
        td(exact_percent(rows.accuracy), " ", spread, number=True),
        td(exact_percent(covered.accuracy if covered else None), number=True),
        td(exact_percent(f1), number=True),
        td(f"{rows.log_loss:.3f}", number=True),
        td(f"{rows.brier:.3f}", number=True),
        td(exact_percent(rows.calibration_error), number=True),
    )


def _differences(known: list[Model], test: EvaluatedSplit) -> Markup:
    said: list[Child] = []
    for better, base in zip(known[1:], known, strict=False):
        gap = accuracy_difference(better.P, base.P, test.gold)
        settled = "settled" if gap.low > 0 or gap.high < 0 else "not settled by this test"
        said.append(
            el(
                "li",
                f"{better.name} against {base.name.lower()}: ",
                el("b", f"{signed_points(gap.estimate)} points"),
                f", between {signed_points(gap.low)} and {signed_points(gap.high)}; {settled}.",
            )
        )
    return el("ul", said, class_="plain-list")


def _mistakes(known: list[Model], test: EvaluatedSplit, space: LabelSpace) -> Markup:
    """Return what each model takes for what."""
    counted = [(model, confusion_matrix(model.P, test.gold)) for model in known]
    if len(space) <= MAX_CLASSES:
        parts = [_confusion(model.name, counts, space) for model, counts in counted]
        note = "Rows are the true classes, columns what the model said; the diagonal is right."
    else:
        parts = [_commonest(model.name, counts, space) for model, counts in counted]
        note = f"The commonest mistakes among {len(space)} classes."
    return el("div", el("h3", "What is taken for what"), lead(note), el("div", parts, class_="confusions"))


def _confusion(name: str, counts: FloatArray, space: LabelSpace) -> Markup:
    of_class = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares = counts / of_class
    body = [
        el(
            "tr",
            th(space.name(g), row=True),
            [_cell(counts[g, c], shares[g, c], g == c) for c in range(len(space))],
        )
        for g in range(len(space))
    ]
    head = el("tr", th("true class"), [th(el("span", one), number=True) for one in space.names])
    matrix = el("table", el("caption", name), el("thead", head), el("tbody", body), class_="confusion")
    return scrolled(matrix, label=f"Confusion matrix of the {name.lower()}")


def _cell(rows: float, share: float, right: bool) -> Markup:
    shade = 0 if rows < 0.5 else 1 + min(int(4 * share), 3)
    said = f"{rows:,.0f}" if rows >= 0.5 else el("span", "0", class_="quiet")
    return el("td", said, class_=f"num {'right' if right else 'wrong'}{shade}")


def _commonest(name: str, counts: FloatArray, space: LabelSpace) -> Markup:
    wrong = np.where(np.eye(len(space), dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None)[:MAX_MISTAKES]
    pairs = [np.unravel_index(at, wrong.shape) for at in order]
    lines = [
        el(
            "tr",
            th(space.name(int(g)), row=True),
            td(space.name(int(c))),
            td(f"{wrong[g, c]:,.0f}", number=True),
            td(percent(wrong[g, c] / counts[g].sum()), number=True),
        )
        for g, c in pairs
        if wrong[g, c] >= 0.5
    ]
    head = [th("True class"), th("Taken for"), th("Rows", number=True), th("Of class", number=True)]
    return el("table", el("caption", name), el("thead", el("tr", head)), el("tbody", lines))
