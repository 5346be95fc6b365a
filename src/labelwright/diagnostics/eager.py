"""What happens when a fit ends: it is looked at, reported on, and warned of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright._errors import LabelModelWarning, warn_user
from labelwright.core import VotePatterns
from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.fit_report import FitReport

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel


def reported(model: BaseLabelModel, patterns: VotePatterns, *, warn: bool = True) -> FitReport:
    """Return the report of a fit, and warn whoever called labelwright of what speaks against it."""
    report = FitReport.of(model, Examination.of(model, patterns))
    for kind in dict.fromkeys(finding.kind for finding in report.warnings) if warn else ():
        _warn(report, kind)
    return report


def _warn(report: FitReport, kind: str) -> None:
    """Warn once of each kind of thing, however many of them there are."""
    first, *more = [finding for finding in report.warnings if finding.kind == kind]
    rest = f" (and {len(more)} more like it, see fit_report_)" if more else ""
    warn_user(f"{report.model}: {first.message}{rest}", LabelModelWarning)
