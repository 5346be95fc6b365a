"""The report: one self-contained HTML page."""

from __future__ import annotations

from labelwright.report.data import EvaluatedSplit, LFInfo, ReportData
from labelwright.report.page import render
from labelwright.report.reasons import with_reasons

__all__ = ["EvaluatedSplit", "LFInfo", "ReportData", "render", "with_reasons"]
