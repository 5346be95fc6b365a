"""What a check found, for people, for programs and for CI."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from labelwright._display.notebook import Heading, Point, Points, notebook
from labelwright._text import count, printable
from labelwright.core.finding import Finding, most_pressing_first

WIDTH: Final = 80
MARGIN: Final = 8  # "[check] "


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """What `check` found; ``print(report)`` fits 80 columns.

    Attributes
    ----------
    findings : tuple of Finding
        The most pressing first: urgency "fix" (wrong), "check" (probably), "note" (good to know). Each has a
        stable short ``kind``, the ``lfs`` it is about, a finding and an action in a sentence each, and its
        numbers as ``evidence``.
    lfs : int
        Labeling functions checked.
    examples : int
        Examples run.
    rows : int
        Rows of data looked at; 0 without data.
    of_rows : int
        Rows that the data have.

    Examples
    --------
    >>> print(CheckReport((), lfs=3, examples=4))
    3 labeling functions, 4 examples: nothing to fix
    """

    findings: tuple[Finding, ...]
    lfs: int
    examples: int
    rows: int = 0
    of_rows: int = 0

    def of(self, lf: str) -> tuple[Finding, ...]:
        """Return the findings that are about one labeling function."""
        return tuple(one for one in self.findings if lf in one.lfs)

    def failed(self, *, strict: bool = False) -> bool:
        """Say whether CI should stop: something is to be fixed or, where strict, to be checked."""
        stopping = ("fix", "check") if strict else ("fix",)
        return any(one.urgency in stopping for one in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON.

        Examples
        --------
        >>> CheckReport((), lfs=3, examples=4).to_dict()["findings"]
        []
        """
        return {
            "labeling_functions": self.lfs,
            "examples": self.examples,
            "rows": self.rows,
            "of_rows": self.of_rows,
            "findings": [one.to_dict() for one in self.findings],
        }

    def __str__(self) -> str:
        head = "\n".join(textwrap.wrap(self._head(), WIDTH))
        return printable("\n".join([head, *map(paragraph, self.findings)]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        points = [
            Point(
                one.action,
                mark=f"{one.urgency.capitalize()}: {one.finding}",
                kind="" if one.urgency == "note" else "warning",
            )
            for one in self.findings
        ]
        return notebook(Heading(self._head()), *([Points(points)] if points else []))

    def _head(self) -> str:
        parts = [count(self.lfs, "labeling function"), count(self.examples, "example")]
        if self.rows:
            of = f" of {self.of_rows:,}" if self.rows < self.of_rows else ""
            parts.append(f"{self.rows:,}{of} {'row' if self.of_rows == 1 else 'rows'}")
        return f"{', '.join(parts)}: {self._verdict()}"

    def _verdict(self) -> str:
        urgencies = [one.urgency for one in self.findings]
        found = [("fix", "to fix"), ("check", "to check"), ("note", "to note")]
        counted = [f"{urgencies.count(urgency)} {said}" for urgency, said in found if urgency in urgencies]
        return ", ".join(counted) or "nothing to fix"


def joined(reports: Sequence[CheckReport]) -> CheckReport:
    """Return what checks of several groups of LFs on the same rows found, as one."""
    return CheckReport(
        most_pressing_first(one for report in reports for one in report.findings),
        lfs=sum(report.lfs for report in reports),
        examples=sum(report.examples for report in reports),
        rows=max(report.rows for report in reports),
        of_rows=max(report.of_rows for report in reports),
    )


def paragraph(finding: Finding) -> str:
    """Write a finding as a paragraph of at most 80 columns."""
    mark = f"[{finding.urgency}]".ljust(MARGIN)
    return textwrap.fill(finding.message, WIDTH, initial_indent=mark, subsequent_indent=" " * MARGIN)
