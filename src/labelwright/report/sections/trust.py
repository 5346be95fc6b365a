"""Which modelling is worth it, and whether to trust the label model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from labelwright._text import count, percent
from labelwright.advisor.modelling.modelling_advice import evidence_text
from labelwright.analysis import lf_accuracies, score
from labelwright.diagnostics.as_toml import in_toml
from labelwright.report.data import ReportData
from labelwright.report.elements import Cell, Table, section, true_accuracy
from labelwright.report.words import percent_range, sentence

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.label_models import FitReport, LFTrust

MAX_SHOWN: Final = 40
"""Rows of a table that people still read to its end."""


def modelling(data: ReportData) -> Markup:
    """Return the advisor's answer: majority vote or a label model, and why."""
    advice = data.modelling
    if advice is None:
        return section("modelling", headline=None)
    reasons = [(one.finding, evidence_text(one.evidence)) for one in advice.reasons]
    return section(
        "modelling", headline=advice.headline, toml=advice.toml, reasons=reasons, classes=_votes(advice)
    )


def _votes(advice: ModellingAdvice) -> Table:
    """Return what votes each class gets."""
    shown = sorted(advice.classes, key=lambda one: one.reached)[:MAX_SHOWN]
    left = len(advice.classes) - len(shown)
    more = f" {count(left, 'class', 'classes')} with more votes not shown." if left else ""
    caption = f"What votes each class gets, the fewest first; contested: with a vote for another class.{more}"
    rows = [
        (one.name, str(one.lfs), percent(one.reached), percent(one.contested), one.rival or "–")
        for one in shown
    ]
    heads = ("Class", "Labeling functions", "Rows with a vote", "Contested", "Most often with")
    return Table(caption, heads, rows, numbers=(1, 2, 3), kind="cards")


def trust(data: ReportData) -> Markup:
    """Return what the fit says of itself."""
    report = data.fit_report
    if report is None:
        return section("trust", report=None)
    return section(
        "trust",
        report=_story(report),
        truth=_truth(data),
        against=_against(report),
        findings=[(one.urgency == "note", sentence(in_toml(one.message))) for one in report.findings],
        classes=_shares(report),
        lfs=_lfs(report, data),
    )


def _truth(data: ReportData) -> str:
    """Return how often the label model is right by hand labels, or that nobody can say."""
    test = data.test
    if test is None:
        lack = "No hand label is left to say" if data.taught else "Without hand labels nobody can say"
        return f"{lack} how often it is right; what speaks against it is said here."
    scores = score(test.label_model, test.labels)
    spread = percent_range(scores.interval.low, scores.interval.high)
    rows = f"the {count(scores.n, test.row)} with hand labels"
    return f"On {rows} it is right on {percent(scores.accuracy, 1)} (95%: {spread})."


def _against(report: FitReport) -> str:
    """Return whether anything speaks against the fit, in a sentence."""
    told = len(report.warnings)
    if told:
        stand = "it stands" if told == 1 else "they stand"
        return f"{count(told, 'thing speaks', 'things speak')} against it; {stand} below."
    return "Nothing that can be seen in the votes speaks against it."


def _story(report: FitReport) -> dict[str, Any]:
    rows = "all rows" if report.learned_rows == report.rows else f"a sample of {report.learned_rows:,} rows"
    rest = {True: " and came to rest", False: " and had not come to rest", None: ""}[report.converged]
    labels = f"and {count(report.hand_labels, 'hand label')}" if report.hand_labels else "without hand labels"
    return {
        "learned": f"{report.model} learned from {rows} {labels}{rest}.",
        "assumes": sentence(f"It assumes that {report.assumes}") if report.assumes else "",
        "moved": percent(report.moved),
    }


def _shares(report: FitReport) -> Table:
    """Return how the covered rows are shared out among the classes."""
    shown = sorted(report.classes, key=lambda one: -one.majority)[:MAX_SHOWN]
    left = len(report.classes) - len(shown)
    more = f" {count(left, 'more class', 'more classes')} not shown." if left else ""
    rows = [(one.name, *map(percent, (one.votes, one.majority, one.predicted))) for one in shown]
    heads = ("Class", "Of the votes", "Majority vote", "Label model")
    return Table(f"How the covered rows are shared out.{more}", heads, rows, numbers=(1, 2, 3), kind="cards")


def _lfs(report: FitReport, data: ReportData) -> Table:
    """Return how far each LF is trusted, beside how right it is where hand labels tell."""
    shown = sorted(report.lf_trust, key=lambda lf: -lf.coverage)[:MAX_SHOWN]
    left = len(report.lf_trust) - len(shown)
    more = f" {count(left, 'labeling function')} with less coverage not shown." if left else ""
    caption = (
        "By sampling alone: how far luck in the rows moves the estimate if all that the model assumes is "
        "true; it is no confidence interval of the true accuracy. The others can judge a labeling "
        f"function that votes for several classes, independently of the model.{_true(data)}{more}"
    )
    heads = (
        "Labeling function",
        "Votes beside others",
        "Estimated accuracy",
        "By sampling alone",
        "As the others see it",
    )
    if data.gold is None:
        return Table(caption, heads, [_lf_row(lf) for lf in shown], numbers=(1, 2, 3, 4), kind="cards")
    truths = {row["lf"]: row for row in lf_accuracies(data.gold.matrix, data.gold.labels).to_dicts()}
    rows: list[tuple[str | Cell, ...]] = [(*_lf_row(lf), true_accuracy(truths.get(lf.name))) for lf in shown]
    return Table(caption, (*heads, "True accuracy"), rows, numbers=(1, 2, 3, 4, 5), kind="cards")


def _true(data: ReportData) -> str:
    return "" if data.gold is None else f" True accuracy, with its 95% interval, is by {data.gold.said}."


def _lf_row(lf: LFTrust) -> tuple[str, ...]:
    low, high = lf.sampling_low, lf.sampling_high
    spread = "–" if low is None or high is None else percent_range(low, high)
    return (lf.name, percent(lf.beside), percent(lf.accuracy), spread, percent(lf.others))
