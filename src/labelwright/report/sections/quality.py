"""How good the probabilistic labels are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from markupsafe import Markup

from labelwright._text import count, percent
from labelwright._types import FloatArray
from labelwright.analysis import GoldRows, calibration_curve, coverage_by_class, expected_calibration_error
from labelwright.report.charts import Circle, Label, Line, Rect, Shape, column_chart, svg
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import Cell, Model, Table, metered, models_on, section
from labelwright.report.words import percent_range

SURE: Final = 0.9
"""From here on a label is called nearly certain."""

MAX_CLASSES: Final = 30
"""Classes in the table of class balance; the commonest are shown."""

LEFT, TOP, SIDE, COUNTS = 40, 24, 250, 44
WIDTH, HEIGHT = LEFT + SIDE + 14, TOP + SIDE + COUNTS + 44


def quality(data: ReportData) -> Markup:
    """Return calibration, confidence and class balance."""
    test = data.test
    sure = data.soft_labels[data.matrix.covered].max(axis=1)
    gold = None if data.gold is None else _gold_shares(data.gold, data.matrix.k)
    return section(
        "quality",
        calibration=None if test is None else [_calibration(model, test) for model in models_on(test)[1:]],
        confidence=_confidence(sure) if len(sure) else None,
        balance=_balance(data, gold),
        gold=gold is not None,
        cut=f"The {MAX_CLASSES} commonest of {data.matrix.k} classes." if data.matrix.k > MAX_CLASSES else "",
        coverage=None if data.gold is None else _coverage(data.gold),
    )


def _calibration(model: Model, test: EvaluatedSplit) -> tuple[str, Markup, str]:
    """Return the model's name, its calibration as a chart, and how far off it is."""
    name = model.name.lower()
    off = round(100 * expected_calibration_error(model.P, test.labels))
    chart = calibration_plot(calibration_curve(model.P, test.labels), name=name)
    return name, chart, f"{off} {'point' if off == 1 else 'points'}"


def _coverage(gold: GoldRows) -> Table:
    """Return how much of each true class gets a vote."""
    found = coverage_by_class(gold.matrix, gold.labels)
    shown = found.filter(found["rows"] > 0).sort("found", maintain_order=True).head(MAX_CLASSES)
    caption = (
        f"Of the rows of each class, how many get a vote, and how many a vote for their class, by "
        f"{gold.said}; the class that is found least comes first."
    )
    rows = [
        (row["class"], f"{row['rows']:,}", _bar(row, "coverage", "plain"), _bar(row, "found"))
        for row in shown.iter_rows(named=True)
    ]
    heads = ("Class", "Rows", "Any vote", "A vote for it")
    return Table(caption, heads, rows, numbers=(1, 2, 3), kind="cards")


def _bar(row: dict[str, Any], name: str, kind: str = "") -> Cell:
    return metered(row[name], percent_range(row[f"{name}_low"], row[f"{name}_high"]), kind)


def _confidence(sure: FloatArray) -> tuple[Markup, str]:
    """Return the covered rows by the confidence of their label, as a chart and in a sentence."""
    places = np.clip(np.ceil(sure * 10 - 1e-9).astype(np.int64) - 1, 0, 9)
    counts = np.bincount(places, minlength=10)
    first = int(np.flatnonzero(counts)[0])
    names = [f"{10 * i}–{10 * i + 10}" for i in range(first, 10)]
    chart = column_chart(
        names, counts[first:].tolist(), title="Covered rows by confidence", axis="confidence of the label, %"
    )
    nearly = int((sure >= SURE).sum())
    return chart, (
        f"Of {count(len(sure), 'covered row')}, {nearly:,} ({percent(nearly / len(sure))}) have a label "
        f"that is at least {percent(SURE)} sure."
    )


def _balance(data: ReportData, gold: FloatArray | None) -> Table:
    soft = _mean(data.soft_labels[data.matrix.covered])
    rows: list[tuple[str | Cell, ...]] = []
    for c in np.argsort(-soft, kind="stable")[:MAX_CLASSES].tolist():
        hand = [] if gold is None else [metered(float(gold[c]), kind="plain")]
        rows.append((data.matrix.space.name(c), metered(float(soft[c])), *hand))
    heads = ("Class", "Labels", *([] if gold is None else ["Hand labels"]))
    return Table("Share of each class", heads, rows, numbers=(1, 2), caption_hidden=True)


def _gold_shares(gold: GoldRows, k: int) -> FloatArray:
    shares: FloatArray = np.bincount(gold.gold, minlength=k) / len(gold)
    return shares


def _mean(P: FloatArray) -> FloatArray:
    mean: FloatArray = P.mean(axis=0) if len(P) else np.zeros(P.shape[1])
    return mean


def calibration_plot(curve: pl.DataFrame, *, name: str) -> Markup:
    """Return how often each band of confidence is right, with its interval, above the number of rows."""
    most = max([*curve["rows"].to_list(), 1])
    bands = [shape for row in curve.iter_rows(named=True) for shape in _band(row, most)]
    title = f"Calibration of the {name}: {_said(curve)}"
    return svg(WIDTH, HEIGHT, title, [*_frame(), *bands])


def _said(curve: pl.DataFrame) -> str:
    return "; ".join(
        f"says {percent(row['confidence'])}, right {percent(row['accuracy'])} of {row['rows']} rows"
        for row in curve.iter_rows(named=True)
    )


def _frame() -> list[Shape]:
    foot = TOP + SIDE
    ticks = [
        shape
        for at in (0, 0.5, 1)
        for shape in (
            Line(LEFT, _y(at), LEFT + SIDE, _y(at), "grid"),
            Label(LEFT - 6, _y(at) + 4, f"{at:.0%}", "tick", "end"),
            Label(_x(at), foot + COUNTS + 18, f"{at:.0%}", "tick", "middle"),
        )
    ]
    return [
        *ticks,
        Line(LEFT, foot, LEFT + SIDE, TOP, "diagonal"),
        Line(LEFT, foot + COUNTS + 4, LEFT + SIDE, foot + COUNTS + 4, "axis"),
        Label(LEFT, 10, "how often it is right", "tick"),
        Label(LEFT + SIDE / 2, foot + COUNTS + 36, "how sure the model is", "tick", "middle"),
        Label(LEFT - 6, foot + COUNTS, "rows", "tick", "end"),
    ]


def _band(row: dict[str, float], most: int) -> list[Shape]:
    x, foot = _x(row["confidence"]), TOP + SIDE + COUNTS + 4
    height = max((COUNTS - 18) * row["rows"] / most, 1)
    left, right = _x(row["from"]) + 2, _x(row["to"]) - 2
    said = f"says {percent(row['confidence'])}, right {percent(row['accuracy'])} on {row['rows']:,} rows"
    return [
        Line(x, _y(row["low"]), x, _y(row["high"]), "whisker thin"),
        Circle(x, _y(row["accuracy"]), 4.5, "dot", said),
        Rect(left, foot - height, right - left, height, "bar soft"),
        Label((left + right) / 2, foot - height - 3, f"{row['rows']:,}", "count", "middle"),
    ]


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return TOP + SIDE * (1 - share)
