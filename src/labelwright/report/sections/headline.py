"""What was done, in one paragraph with its numbers."""

from __future__ import annotations

import numpy as np

from labelwright._display.markup import Child, Markup, el
from labelwright.analysis import score
from labelwright.core.votes.counts import conflicting
from labelwright.report.charts.accuracy import accuracy_bars
from labelwright.report.data import ReportData
from labelwright.report.elements import NEEDS_GOLD, figure, missing, models_on
from labelwright.report.words import count, exact_percent, percent, percent_range, sentence


def headline(data: ReportData) -> Markup:
    """Return the top of the page."""
    story = el("p", _story(data), class_="story")
    return el(
        "section",
        el("h2", "Summary", id="summary-title", class_="hidden"),
        el("div", story, _tiles(data), class_="column"),
        el("div", _accuracies(data), class_="column"),
        id="summary",
        class_="two",
        aria_labelledby="summary-title",
    )


def _story(data: ReportData) -> list[Child]:
    matrix = data.matrix
    rows = f"{count(matrix.n, 'row')}"
    said: list[Child] = [
        sentence(data.data_description) + " " if data.data_description else None,
        el("b", count(matrix.m, "labeling function")),
        " looked at ",
        el("b", rows),
        " and voted for one of ",
        el("b", count(matrix.k, "class", "classes")),
        ". ",
        f"At least one of them voted on {percent(matrix.coverage)} of the rows; on "
        f"{percent(conflict_share(data))} they contradicted each other. ",
        f"The label model {data.label_model_name} "
        "turned the votes into a probabilistic label for every row. ",
    ]
    return [*said, _end_model_story(data), _result_story(data)]


def _end_model_story(data: ReportData) -> str:
    if not data.end_model_name and data.end_model_train is None:
        return "No end model was trained on these labels. "
    name = f" ({data.end_model_name})" if data.end_model_name else ""
    return f"An end model{name} learned from those labels to judge any row, also one without votes. "


def _result_story(data: ReportData) -> list[Child]:
    if data.test is None:
        return ["No hand labels were given, so how often this is right can only be estimated."]
    models = models_on(data.test)
    scores = score(models[-1].P, data.test.gold)
    return [
        f"On {count(scores.n, 'test row')} labeled by hand, the {models[-1].name.lower()} is right on ",
        el("b", exact_percent(scores.accuracy)),
        f" (with 95% certainty between {percent(scores.interval.low)} and {percent(scores.interval.high)}).",
    ]


def _tiles(data: ReportData) -> Markup:
    facts = [
        (f"{data.matrix.n:,}", "rows"),
        (f"{data.matrix.m:,}", "labeling functions"),
        (percent(data.matrix.coverage), "of rows covered"),
        (percent(conflict_share(data)), "of rows in conflict"),
    ]
    tiles = [el("div", el("dt", name), el("dd", value)) for value, name in facts]
    return el("dl", tiles, class_="tiles")


def _accuracies(data: ReportData) -> Markup:
    if data.test is None:
        return el("div", el("h3", "How often it is right"), missing("Not known yet. ", NEEDS_GOLD))
    models = models_on(data.test)
    intervals = [score(model.P, data.test.gold).interval for model in models]
    chart = accuracy_bars([model.name for model in models], intervals)
    last = intervals[-1]
    return figure(
        chart,
        "How often it is right, on the test rows",
        "The thin line is the range in which the true accuracy lies with 95% certainty "
        f"({percent_range(last.low, last.high)} for the {models[-1].name.lower()}).",
    )


def conflict_share(data: ReportData) -> float:
    """Return the share of rows on which LFs voted for different classes."""
    return float(np.mean(conflicting(data.matrix.votes).any(axis=1))) if data.matrix.n else 0.0
