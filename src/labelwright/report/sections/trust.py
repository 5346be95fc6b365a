"""Whether to trust the label model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from labelwright._display.markup import Child, Markup, el
from labelwright.report.data import ReportData
from labelwright.report.elements import lead, missing, scrolled, section, table, td, th
from labelwright.report.words import count, percent, percent_range, sentence

if TYPE_CHECKING:
    from labelwright.label_models import ClassTrust, FitReport, LFTrust

MAX_SHOWN: Final = 40
"""Rows of a table that people still read to its end."""


def trust(data: ReportData) -> Markup:
    """Return what the fit says of itself."""
    title = "Whether to trust the label model"
    report = data.fit_report
    if report is None:
        return section("trust", title, missing("Not shown: the label model left no report of its fit."))
    return section(
        "trust",
        title,
        lead(*_story(report)),
        _findings(report),
        scrolled(_classes(report), label="Shares of the classes"),
        el(
            "details",
            el("summary", "How far each labeling function is trusted"),
            scrolled(_lfs(report), label="How far each labeling function is trusted"),
        ),
    )


def _story(report: FitReport) -> list[Child]:
    rows = "all rows" if report.learned_rows == report.rows else f"a sample of {report.learned_rows:,} rows"
    rest = {True: "and came to rest", False: "and had not come to rest", None: ""}[report.converged]
    labels = f"and {count(report.hand_labels, 'hand label')}" if report.hand_labels else "without hand labels"
    return [
        f"{report.model} learned from {rows} {labels} {rest}. ",
        sentence(f"It assumes that {report.assumes}") + " " if report.assumes else None,
        f"On {percent(report.moved)} of the covered rows its label is none that majority vote gives. Without "
        "hand labels nobody can say how often it is right; what speaks against it is said here.",
    ]


def _findings(report: FitReport) -> Markup:
    if not report.findings:
        return el("p", "Nothing speaks against it.")
    items = [el("li", _badge(one.urgency), el("div", sentence(one.message))) for one in report.findings]
    return el("ul", items, class_="steps")


def _badge(urgency: str) -> Markup:
    return el("span", "Check" if urgency == "warning" else "Note", class_=f"badge {_KIND[urgency]}")


_KIND = {"warning": "fix", "note": "note"}


def _classes(report: FitReport) -> Markup:
    shown = sorted(report.classes, key=lambda one: -one.majority)[:MAX_SHOWN]
    heads = [
        th("Class"),
        *(th(name, number=True) for name in ("Of the votes", "Majority vote", "Label model")),
    ]
    left = len(report.classes) - len(shown)
    more = f" {count(left, 'more class', 'more classes')} not shown." if left else ""
    return table(f"How the covered rows are shared out.{more}", heads, [_class_row(one) for one in shown])


def _class_row(one: ClassTrust) -> Markup:
    shares = (one.votes, one.majority, one.predicted)
    return el("tr", th(one.name, row=True), [td(percent(share), number=True) for share in shares])


def _lfs(report: FitReport) -> Markup:
    shown = sorted(report.lf_trust, key=lambda lf: -lf.coverage)[:MAX_SHOWN]
    heads = [
        th("Labeling function"),
        th("Votes beside others", number=True),
        th("Estimated accuracy", number=True),
        th("Range", number=True),
        th("As the others see it", number=True),
    ]
    left = len(report.lf_trust) - len(shown)
    more = f" {count(left, 'labeling function')} with less coverage not shown." if left else ""
    caption = (
        "The range is what sampling alone gives if the model is right (95%). The others can judge a labeling "
        f"function that votes for several classes, independently of the model.{more}"
    )
    return table(caption, heads, [_lf_row(lf) for lf in shown])


def _lf_row(lf: LFTrust) -> Markup:
    spread = "–" if lf.low is None or lf.high is None else percent_range(lf.low, lf.high)
    return el(
        "tr",
        th(lf.name, row=True),
        td(percent(lf.beside), number=True),
        td(_share(lf.accuracy), number=True),
        td(spread, number=True),
        td(_share(lf.others), number=True),
    )


def _share(share: float | None) -> str:
    return "–" if share is None else percent(share)
