"""What was done, in one paragraph with its numbers, how to read the page, and what to fix next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from labelwright._text import count, percent
from labelwright.advisor import advice
from labelwright.analysis import Interval, score
from labelwright.core.finding import Finding, most_pressing_first
from labelwright.core.votes.counts import conflicting
from labelwright.report.charts import WIDTH, Label, Line, Rect, Shape, svg
from labelwright.report.data import EvaluatedSplit, ReportData
from labelwright.report.elements import models_on, section
from labelwright.report.words import percent_range, sentence

ROW, BAR = 46, 14


def summary(data: ReportData) -> Markup:
    """Return the top of the page."""
    matrix = data.matrix
    conflicts = percent(_conflict_share(data))
    return section(
        "summary",
        source=sentence(data.data_description),
        lfs=count(matrix.m, "labeling function"),
        rows=count(matrix.n, "row"),
        classes=count(matrix.k, "class", "classes"),
        coverage=percent(matrix.coverage),
        conflicts=conflicts,
        label_model=data.label_model_name,
        end_model=_end_model_story(data),
        result=None if data.test is None else _result(data.test),
        hand_labels=data.hand_labels,
        taught=data.taught,
        tiles=[
            ("rows", f"{matrix.n:,}"),
            ("labeling functions", f"{matrix.m:,}"),
            ("of rows covered", percent(matrix.coverage)),
            ("of rows in conflict", conflicts),
        ],
    )


def guide(data: ReportData) -> Markup:
    """Return the four words that a reader needs."""
    return section("guide")


def next_steps(data: ReportData) -> Markup:
    """Return what to fix next."""
    faults = {info.name: info.faults for info in data.lfs}
    found = advice(
        data.matrix,
        accuracies=data.lf_accuracies,
        test=data.test,
        gold=data.gold,
        taught=data.taught,
        faults=faults,
    )
    return section(
        "next", steps=_with_labels(found, data), gold=None if data.gold is None else data.gold.said
    )


def _with_labels(found: Sequence[Finding], data: ReportData) -> tuple[Finding, ...]:
    """Add what the advisor says of hand labels that would help the label model and do not teach it."""
    idle = [] if data.modelling is None else data.modelling.next_steps
    return most_pressing_first([*found, *(one for one in idle if one.kind == "hand-labels")])


def settings(data: ReportData) -> Markup:
    """Return what the page was made with."""
    return section("settings", settings=data.settings)


def _end_model_story(data: ReportData) -> str:
    if not data.end_model_name and data.end_model_train is None:
        return "No end model was trained on these labels."
    name = f" ({data.end_model_name})" if data.end_model_name else ""
    return f"An end model{name} learned from those labels to judge any row, also one without votes."


def _result(test: EvaluatedSplit) -> dict[str, object]:
    """Return how often the last model is right, and the chart that compares it with the others."""
    models = models_on(test)
    scores = [score(model.P, test.labels) for model in models]
    best = scores[-1].interval
    return {
        "rows": count(scores[-1].n, test.row),
        "where": f"the {count(scores[-1].n, test.row)} with hand labels",
        "own": test.split == "train" and test.end_model is not None,
        "model": models[-1].name.lower(),
        "accuracy": percent(scores[-1].accuracy, 1),
        "low": percent(best.low),
        "high": percent(best.high),
        "spread": percent_range(best.low, best.high),
        "chart": accuracy_bars(
            [model.name for model in models], [one.interval for one in scores], where=f"{test.row}s"
        ),
    }


def _conflict_share(data: ReportData) -> float:
    """Return the share of rows on which LFs voted for different classes."""
    return float(np.mean(conflicting(data.matrix.votes).any(axis=1))) if data.matrix.n else 0.0


def accuracy_bars(names: Sequence[str], intervals: Sequence[Interval], *, where: str = "test rows") -> Markup:
    """Return one bar a model; the whisker spans the 95% interval, the last bar stands out."""
    shown = list(zip(names, intervals, strict=True))
    said = "; ".join(f"{name} {percent(one.estimate, 1)}" for name, one in shown)
    bars = [
        shape
        for i, (name, one) in enumerate(shown)
        for shape in _bar(i * ROW, name, one, strong=i == len(shown) - 1)
    ]
    height = len(shown) * ROW
    axis = [
        Label(WIDTH * at, height + 10, f"{at:.0%}", "tick", anchor)
        for at, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    ]
    return svg(WIDTH, height + 18, f"Accuracy on the {where}: {said}", [*bars, *axis])


def _bar(top: float, name: str, interval: Interval, *, strong: bool) -> list[Shape]:
    y, middle = top + 18, top + 18 + BAR / 2
    low, high = WIDTH * interval.low, min(WIDTH * interval.high, WIDTH - 1)
    return [
        Label(0, top + 12, name, "name strong" if strong else "name"),
        Label(WIDTH, top + 12, percent(interval.estimate, 1), "value", "end"),
        Rect(0, y, WIDTH, BAR, "track"),
        Rect(0, y, WIDTH * interval.estimate, BAR, "bar" if strong else "bar soft"),
        Line(low, middle, high, middle, "whisker"),
        Line(low, middle - 4, low, middle + 4, "whisker"),
        Line(high, middle - 4, high, middle + 4, "whisker"),
    ]
