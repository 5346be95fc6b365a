"""Write the report page."""

from __future__ import annotations

from html import escape

from labelwright.report.data import ReportData


def render(data: ReportData) -> str:
    """Return the page as HTML."""
    return (
        f"<!doctype html><meta charset='utf-8'><title>{escape(data.title)}</title>{data.matrix._repr_html_()}"
    )
