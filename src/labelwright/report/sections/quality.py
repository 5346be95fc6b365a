"""How good the probabilistic labels are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from labelwright._display.markup import Markup, el
from labelwright._types import FloatArray
from labelwright.analysis import calibration_curve, coverage_by_class, expected_calibration_error
from labelwright.report.charts.bars import column_chart
from labelwright.report.charts.calibration import calibration_plot
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import (
    NEEDS_GOLD,
    Model,
    figure,
    lead,
    meter,
    missing,
    models_on,
    section,
    table,
    td,
    th,
)
from labelwright.report.words import count, percent, percent_range

SURE: Final = 0.9
"""From here on a label is called nearly certain."""

MAX_CLASSES: Final = 30
"""Classes in the table of class balance; the commonest are shown."""


def quality(data: ReportData) -> Markup:
    """Return calibration, confidence and class balance."""
    return section(
        "quality",
        "Quality of the labels",
        lead("A good probabilistic label is sure where it is right, and says so honestly where it is not."),
        _calibration(data.test),
        el("div", _confidence(data), _balance(data), class_="charts"),
        _coverage(data.test),
    )


def _calibration(test: EvaluatedSplit | None) -> Markup:
    if test is None:
        return el("div", el("h3", "Calibration"), missing("Not shown. ", NEEDS_GOLD))
    plots = [
        figure(
            calibration_plot(calibration_curve(model.P, test.gold), name=model.name.lower()),
            f"Calibration: {model.name.lower()}",
            _honesty(model, test),
        )
        for model in models_on(test)[1:]
    ]
    return el("div", plots, class_="charts")


def _coverage(test: EvaluatedSplit | None) -> Markup:
    """Return how much of each true class gets a vote."""
    if test is None:
        return el("div", el("h3", "Coverage by class"), missing("Not shown. ", NEEDS_GOLD), class_="group")
    found = coverage_by_class(test.matrix, test.gold)
    shown = found.filter(found["rows"] > 0).sort("found", maintain_order=True).head(MAX_CLASSES)
    heads = [th("Class"), *(th(name, number=True) for name in ("Rows", "Any vote", "A vote for it"))]
    lines = [_covered(row) for row in shown.iter_rows(named=True)]
    caption = (
        "Of the test rows of each class, how many get a vote, and how many a vote for their class; the class "
        "that is found least comes first."
    )
    return el(
        "div",
        el("h3", "Coverage by class"),
        table(caption, heads, lines, class_="cards"),
        class_="group narrow",
    )


def _covered(row: dict[str, Any]) -> Markup:
    cells = [
        td(
            meter(row[name], kind),
            el("small", percent_range(row[f"{name}_low"], row[f"{name}_high"]), class_="range"),
            number=True,
            label=label,
        )
        for name, label, kind in (("coverage", "Any vote", "plain"), ("found", "A vote for it", ""))
    ]
    return el("tr", th(row["class"], row=True), td(f"{row['rows']:,}", number=True, label="Rows"), cells)


def _honesty(model: Model, test: EvaluatedSplit) -> str:
    off = round(100 * expected_calibration_error(model.P, test.gold))
    return (
        "Dots on the dashed line are honest; below it the model is surer than it should be, above it less "
        f"sure. On average it is {off} {'point' if off == 1 else 'points'} off."
    )


def _confidence(data: ReportData) -> Markup | None:
    sure = data.soft_labels[data.matrix.covered].max(axis=1)
    if not len(sure):
        return missing("No row has a vote, so there is no label whose confidence could be shown.")
    places = np.clip(np.ceil(sure * 10 - 1e-9).astype(np.int64) - 1, 0, 9)
    counts = np.bincount(places, minlength=10)
    first = int(np.flatnonzero(counts)[0])
    names = [f"{10 * i}–{10 * i + 10}" for i in range(first, 10)]
    chart = column_chart(
        names, counts[first:].tolist(), title="Covered rows by confidence", axis="confidence of the label, %"
    )
    nearly = int((sure >= SURE).sum())
    return figure(
        chart,
        "How sure the labels are",
        f"Of {count(len(sure), 'covered row')}, {nearly:,} ({percent(nearly / len(sure))}) have a label "
        f"that is at least {percent(SURE)} sure.",
    )


def _balance(data: ReportData) -> Markup:
    soft = _mean(data.soft_labels[data.matrix.covered])
    gold = _gold_shares(data)
    order = np.argsort(-soft, kind="stable")[:MAX_CLASSES]
    heads = [th("Class"), th("Labels", number=True)] + (
        [] if gold is None else [th("Hand labels", number=True)]
    )
    rows = [
        el(
            "tr",
            th(data.matrix.space.name(int(c)), row=True),
            td(meter(float(soft[c])), number=True),
            None if gold is None else td(meter(float(gold[c]), "plain"), number=True),
        )
        for c in order
    ]
    return el(
        "figure",
        el("h3", "Class balance"),
        el(
            "table",
            el("caption", "Share of each class", class_="hidden"),
            el("thead", el("tr", heads)),
            el("tbody", rows),
        ),
        el("figcaption", _balance_caption(data, gold)),
    )


def _balance_caption(data: ReportData, gold: FloatArray | None) -> str:
    cut = f" The {MAX_CLASSES} commonest of {data.matrix.k} classes." if data.matrix.k > MAX_CLASSES else ""
    if gold is None:
        return (
            "The share of each class among the labels of covered rows. Hand labels would stand beside it."
            + cut
        )
    return (
        "The share of each class among the labels of covered rows, beside its share among the hand labels."
        + cut
    )


def _gold_shares(data: ReportData) -> FloatArray | None:
    if data.test is None:
        return None
    known = data.test.gold[data.test.gold >= 0]
    shares: FloatArray = np.bincount(known, minlength=data.matrix.k) / len(known)
    return shares


def _mean(P: FloatArray) -> FloatArray:
    mean: FloatArray = P.mean(axis=0) if len(P) else np.zeros(P.shape[1])
    return mean
