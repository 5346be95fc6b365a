"""Fixtures that every room's tests may use, and the word on tests that lack the real data sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA_VARIABLE = "LABELWRIGHT_DATA"
NO_DATA = f"no real data sets: {DATA_VARIABLE} does not name a folder"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real votes and gold labels; the test is skipped where it is absent."""
    folder = Path(os.environ.get(DATA_VARIABLE, ""))
    if not os.environ.get(DATA_VARIABLE) or not folder.is_dir():
        pytest.skip(NO_DATA)
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if NO_DATA in str(report.longrepr)
    ]
    terminalreporter.write_line(
        f"{len(skipped)} tests skipped for lack of the real data sets"
        + (f" (set {DATA_VARIABLE} to their folder to run them)" if skipped else "")
    )
