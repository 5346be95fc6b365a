"""Write the report page."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from labelwright._display.page import render as filled
from labelwright._version import __version__
from labelwright.report.data import ReportData
from labelwright.report.sections.changes import changes
from labelwright.report.sections.examples import examples
from labelwright.report.sections.functions import functions
from labelwright.report.sections.interactions import interactions
from labelwright.report.sections.models import mistakes, models
from labelwright.report.sections.quality import quality
from labelwright.report.sections.summary import guide, next_steps, settings, summary
from labelwright.report.sections.trust import modelling, trust
from labelwright.report.sections.worth import worth

CONTENTS: Final = (
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

SECTIONS: Final = (
    summary,
    guide,
    next_steps,
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

    The page holds its style, its charts and a small script of its own, which sorts and searches the table of
    labeling functions; without scripts all of it can be read. It loads nothing, follows the reader's choice
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
    >>> page.startswith("<!doctype html>"), page.count("<script")
    (True, 1)
    """
    shown = _without_empty_test(data)
    page = filled(
        "page",
        package="labelwright.report",
        title=shown.title,
        question=shown.task.description,
        style=_part("page.css"),
        script=_part("page.js"),
        contents=CONTENTS,
        sections=[section(shown) for section in SECTIONS],
        created=shown.created,
        day=shown.created.replace("T", " ")[:16],
        version=__version__,
    )
    return str(page) + "\n"


def _without_empty_test(data: ReportData) -> ReportData:
    """Treat a test split in which no row has a gold label as the lack that it is."""
    if data.test is None or (data.test.gold >= 0).any():
        return data
    return replace(data, test=None)


@cache
def _part(name: str) -> Markup:
    return Markup((files("labelwright.report") / name).read_text(encoding="utf-8"))
