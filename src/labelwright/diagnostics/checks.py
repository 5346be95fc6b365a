"""The checks that every fit is put through; each yields what it finds, and says what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright.diagnostics.examination import Examination
from labelwright.diagnostics.finding import Finding
from labelwright.diagnostics.label_checks import label_findings
from labelwright.diagnostics.lf_checks import disagreement, overtrusted
from labelwright.diagnostics.search_checks import row_findings, search_findings
from labelwright.diagnostics.vote_checks import identifiability, vote_findings

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel


def findings(model: BaseLabelModel, seen: Examination) -> tuple[Finding, ...]:
    """Return what a fitted model's users should know, warnings first."""
    found: list[Finding] = []
    if model.learns:
        found += [
            *identifiability(seen),
            *disagreement(model, seen),
            *overtrusted(model, seen),
            *label_findings(model, seen),
        ]
    found += [*vote_findings(model, seen), *search_findings(model), *row_findings(model, seen)]
    return tuple(sorted(found, key=lambda one: one.urgency == "note"))
