"""The report: one self-contained HTML page."""

from __future__ import annotations

from labelwright.report.data import EvaluatedSplit, LFInfo, ReportData, with_reasons
from labelwright.report.page import render

__all__ = ["EvaluatedSplit", "LFInfo", "ReportData", "render", "with_reasons"]
