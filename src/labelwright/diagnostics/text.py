"""A fit report as text for 80 columns, and for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from labelwright._display.notebook import Facts, Grid, Heading, Note, Part, Point, Points, notebook
from labelwright._display.text_table import WIDTH, columns_of_rows, text_table
from labelwright.diagnostics.finding import Finding, number, percent

if TYPE_CHECKING:
    from labelwright.diagnostics.fit_report import FitReport, LFTrust

MAX_LFS: Final = 30
MAX_PAGE_LFS: Final = 200
MAX_CLASSES: Final = 12
LONGEST_NAME: Final = 24
"""Characters of an LF's name that stand on one line."""


def report_text(report: FitReport) -> str:
    """Return the report in lines of at most 80 characters."""
    parts = [_classes(report), _lfs(report)]
    return "\n\n".join([summary_text(report, report.findings), *("\n".join(part) for part in parts if part)])


def summary_text(report: FitReport, findings: Sequence[Finding]) -> str:
    """Return the report without its tables, and with these findings."""
    parts = [
        wrap(headline(report), WIDTH),
        [line for name, said in facts(report) for line in _hanging(f"{name:<10}", said)],
        [line for found in findings for line in _hanging(_mark(found.urgency), found.message)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def headline(report: FitReport) -> str:
    """Return what was fitted to what."""
    names = ", ".join(one.name for one in report.classes[:8]) + (", ..." if len(report.classes) > 8 else "")
    settings = ", ".join(f"{name}={value!r}" for name, value in report.settings.items())
    model = f"{report.model}({settings})" if settings and len(settings) < 100 else report.model
    classes = number(len(report.classes), "class", "classes")
    return f"{model} on {number(report.rows, 'row')} x {number(report.lfs, 'LF')}, {classes} ({names})"


def facts(report: FitReport) -> list[tuple[str, str]]:
    """Return what there is to say of every fit, each under a word."""
    found = [("assumes", report.assumes)] if report.assumes else []
    rows = "all rows" if report.learned_rows == report.rows else f"a sample of {report.learned_rows:,} rows"
    found.append(
        (
            "learned",
            f"from {number(report.patterns, 'pattern')} of votes, {rows}; {percent(report.covered)} "
            f"covered, {percent(report.several)} with two votes or more{_hand_labels(report)}",
        )
    )
    if report.converged is not None:
        state = "came to rest" if report.converged else "stopped before it came to rest"
        found.append(("search", f"{state} after {number(report.steps or 0, 'step')}{_starts(report)}"))
    if report.model != "MajorityVote":
        found.append(
            (
                "labels",
                f"{percent(report.moved)} of the covered rows get a label that majority vote does not give; "
                f"mean probability of the label {percent(report.confidence)}",
            )
        )
    return found


def _hand_labels(report: FitReport) -> str:
    return f"; {number(report.hand_labels, 'hand label')}" if report.hand_labels else ""


def _starts(report: FitReport) -> str:
    if not report.starts:
        return ""
    agree = "agree" if report.starts_agree else "do not agree"
    return f"; its {len(report.starts)} starts {agree}"


def _mark(urgency: str) -> str:
    return "warning   " if urgency == "warning" else "note      "


def _hanging(head: str, text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def report_page(report: FitReport) -> str:
    """Return the report as one element of HTML with its style; every name is escaped."""
    heads, rows = lf_rows(report)
    shown = rows[:MAX_PAGE_LFS]
    left = len(rows) - len(shown)
    more = f" {left:,} LFs with less coverage are not shown." if left else ""
    return notebook(
        Heading(headline(report)),
        Facts(facts(report)),
        _findings(report),
        _class_grid(report),
        Grid(columns_of_rows(heads, shown, texts=(0, 1)), "How far each LF is trusted"),
        Note(range_note(report) + more),
    )


def _findings(report: FitReport) -> Part:
    """Return the findings, warnings first."""
    if not report.findings:
        return Note("Nothing speaks against this fit. Gold labels alone can say how accurate it is.")
    return Points(
        [
            Point(
                one.message,
                mark=f"{_mark(one.urgency).strip().capitalize()}:",
                kind="" if one.urgency == "note" else "warning",
            )
            for one in report.findings
        ]
    )


def _class_grid(report: FitReport) -> Grid:
    heads, rows = _class_rows(report)
    left = len(report.classes) - len(rows)
    caption = "Shares of the covered rows" + (f"; {left:,} more classes are not shown" if left else "")
    return Grid(columns_of_rows(heads, rows), caption)


def _class_rows(report: FitReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    shown = sorted(report.classes, key=lambda one: -one.majority)[:MAX_CLASSES]
    rows = [(one.name, *map(percent, (one.votes, one.majority, one.predicted))) for one in shown]
    return ("class", "of the votes", "majority vote", report.model), rows


def _classes(report: FitReport) -> list[str]:
    heads, rows = _class_rows(report)
    if not rows:
        return []
    left = len(report.classes) - len(rows)
    return [text_table(columns_of_rows(heads, rows)), *_more(left, "more class", "more classes")]


def _lfs(report: FitReport) -> list[str]:
    heads, rows = lf_rows(report)
    if not rows:
        return []
    more = _more(len(rows) - MAX_LFS, "more LF", None)
    table = text_table(columns_of_rows(heads, rows[:MAX_LFS], texts=(0, 1)), names=LONGEST_NAME)
    return [table, *more, *wrap(range_note(report), WIDTH)]


def lf_rows(report: FitReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return headings and cells of the LFs, widest coverage first."""
    lfs = sorted(report.lf_trust, key=lambda lf: -lf.coverage)
    heads = ("LF", "votes for", "covers", "accuracy", "95 % range")
    if not _others_told(report):
        return heads, [_lf_cells(lf) for lf in lfs]
    told = ["" if lf.others is None else f"{lf.others:.2f}" for lf in lfs]
    return (*heads, "others"), [(*_lf_cells(lf), said) for lf, said in zip(lfs, told, strict=True)]


def range_note(report: FitReport) -> str:
    """Return what the columns mean."""
    note = "accuracy: the model's estimate, with the range that sampling alone gives if the model is right."
    others = (
        " others: what the other LFs say of an LF that votes several classes, independently of the model."
    )
    return note + (others if _others_told(report) else "")


def _others_told(report: FitReport) -> bool:
    return any(lf.others is not None for lf in report.lf_trust)


def _lf_cells(lf: LFTrust) -> tuple[str, ...]:
    spread = "" if lf.low is None or lf.high is None else f"{lf.low:.2f} - {lf.high:.2f}"
    return (
        lf.name,
        _cut(", ".join(lf.votes_for[:3]) + (", ..." if len(lf.votes_for) > 3 else "") or "never", 15),
        percent(lf.coverage),
        "" if lf.accuracy is None else f"{lf.accuracy:.2f}",
        spread,
    )


def _more(left: int, noun: str, plural: str | None) -> list[str]:
    return [f"... and {number(left, noun, plural)}"] if left > 0 else []


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
