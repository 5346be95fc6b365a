"""What the page was made with."""

from __future__ import annotations

from labelwright._display.markup import Markup, el
from labelwright.report.data import ReportData
from labelwright.report.elements import missing, section, td, th


def settings(data: ReportData) -> Markup:
    """Return settings and versions."""
    if not data.settings:
        return section("settings", "Settings and versions", missing("None were recorded with this run."))
    rows = [el("tr", th(name, row=True), td(value)) for name, value in data.settings.items()]
    return section(
        "settings",
        "Settings and versions",
        el(
            "table",
            el("caption", "Settings of this run", class_="hidden"),
            el("tbody", rows),
            class_="settings",
        ),
    )
