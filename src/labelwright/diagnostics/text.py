"""A fit report as text for 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from labelwright.diagnostics.finding import Finding, number, percent

if TYPE_CHECKING:
    from labelwright.diagnostics.fit_report import FitReport, LFTrust

WIDTH: Final = 80
MAX_LFS: Final = 30
MAX_CLASSES: Final = 12


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


def _classes(report: FitReport) -> list[str]:
    shown = sorted(report.classes, key=lambda one: -one.majority)[:MAX_CLASSES]
    rows = [(one.name, *map(percent, (one.votes, one.majority, one.predicted))) for one in shown]
    heads = ("class", "of the votes", "majority vote", report.model)
    return [
        *aligned(heads, rows, widest=30),
        *_more(len(report.classes) - len(shown), "more class", "more classes"),
    ]


def _lfs(report: FitReport) -> list[str]:
    heads, rows = lf_rows(report)
    more = _more(len(rows) - MAX_LFS, "more LF", None)
    return [*aligned(heads, rows[:MAX_LFS], widest=24), *more, *wrap(range_note(report), WIDTH)]


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
        _cut(", ".join(lf.votes_for[:3]) + (", ..." if len(lf.votes_for) > 3 else "") or "never", 16),
        percent(lf.coverage),
        "" if lf.accuracy is None else f"{lf.accuracy:.2f}",
        spread,
    )


def _more(left: int, noun: str, plural: str | None) -> list[str]:
    return [f"... and {number(left, noun, plural)}"] if left > 0 else []


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], *, widest: int) -> list[str]:
    """Return a table with text on the left and numbers on the right; the first column is cut to `widest`."""
    cut = [[_cut(cell, widest if i == 0 else 26) for i, cell in enumerate(row)] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cut, strict=True)]
    left = {0, heads.index("votes for")} if "votes for" in heads else {0}
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (heads, *cut)
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
