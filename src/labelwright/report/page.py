"""Write the report page."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files

from labelwright._display.markup import Markup, el, join
from labelwright._version import __version__
from labelwright.advisor import advice
from labelwright.core.finding import Finding
from labelwright.report.data import ReportData
from labelwright.report.sections.changes import changes
from labelwright.report.sections.examples import examples
from labelwright.report.sections.functions import functions
from labelwright.report.sections.guide import guide, next_steps
from labelwright.report.sections.headline import headline
from labelwright.report.sections.interactions import interactions
from labelwright.report.sections.mistakes import mistakes
from labelwright.report.sections.modelling import modelling
from labelwright.report.sections.models import models
from labelwright.report.sections.quality import quality
from labelwright.report.sections.settings import settings
from labelwright.report.sections.trust import trust
from labelwright.report.sections.worth import worth

_CONTENTS = (
    ("next", "What to fix"),
    ("changes", "Changes"),
    ("functions", "Labeling functions"),
    ("interactions", "Interactions"),
    ("quality", "Label quality"),
    ("modelling", "Modelling"),
    ("trust", "Trust"),
    ("models", "Models"),
    ("mistakes", "Mistakes"),
    ("worth", "Worth"),
    ("examples", "Examples"),
    ("settings", "Settings"),
)


_PARTS = (
    changes,
    functions,
    interactions,
    quality,
    modelling,
    trust,
    models,
    mistakes,
    worth,
    examples,
    settings,
)


def render(data: ReportData) -> str:
    """Write one self-contained HTML page that a person who writes no code can read.

    The page holds its style and its charts; it loads nothing, runs no script, follows the reader's choice
    of dark or light, and fits a phone and a sheet of paper. Every name and text is escaped.

    Parameters
    ----------
    data : ReportData
        What to show; what is missing is said to be missing, with what would give it.

    Returns
    -------
    str
        HTML, to be written as UTF-8. Around 100 to 300 KB, whatever the number of rows.

    Examples
    --------
    >>> import numpy as np
    >>> from labelwright.core import LabelMatrix, Task
    >>> from labelwright.report import ReportData
    >>> L = LabelMatrix([[0, 0, 1], [1, -1, 1]], lf_names=["a", "b", "c"])
    >>> P = np.array([[0.8, 0.2], [0.1, 0.9]])
    >>> page = render(ReportData(title="Demo", task=Task("demo", L.space), created="2026-01-31T12:00:00",
    ...     matrix=L, label_model_name="majority vote", lf_accuracies=np.full(3, 0.8), soft_labels=P,
    ...     majority_vote=P))
    >>> page.startswith("<!doctype html>"), "<script" in page
    (True, False)
    """
    shown = _without_empty_test(data)
    body = el("body", _top(shown), el("main", _sections(shown)), _foot(shown))
    return "<!doctype html>\n" + el("html", _head(shown.title), body, lang="en") + "\n"


def _without_empty_test(data: ReportData) -> ReportData:
    """Treat a test split in which no row has a gold label as the lack that it is."""
    if data.test is None or (data.test.gold >= 0).any():
        return data
    return replace(data, test=None)


def _head(title: str) -> Markup:
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", _style()),
    )


def _top(data: ReportData) -> Markup:
    question = el("p", data.task.description, class_="question") if data.task.description else None
    links = [el("a", name, href=f"#{place}") for place, name in _CONTENTS]
    return el("header", el("h1", data.title), question, el("nav", links, aria_label="Contents"))


def _sections(data: ReportData) -> Markup:
    top = [headline(data), guide(), next_steps(_advice(data))]
    return join([*top, *(part(data) for part in _PARTS)])


def _advice(data: ReportData) -> tuple[Finding, ...]:
    faults = {info.name: info.faults for info in data.lfs}
    return advice(data.matrix, accuracies=data.lf_accuracies, test=data.test, faults=faults)


def _foot(data: ReportData) -> Markup:
    when = el("time", data.created.replace("T", " ")[:16], datetime=data.created)
    return el("footer", el("p", "Written ", when, f" by labelwright {__version__}."))


@cache
def _style() -> Markup:
    return Markup((files("labelwright.report") / "page.css").read_text(encoding="utf-8"))
