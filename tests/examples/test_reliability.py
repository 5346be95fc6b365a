"""Each promise of the page is held by tests that are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"


def test_the_tests_behind_promises_are_there():
    page = PAGE.read_text(encoding="utf-8").partition("## What it costs")[0]
    rows = [line for line in page.splitlines() if line.startswith("|")]
    promises = [line.rsplit("|", 2)[1] for line in rows if "---" not in line and "| promised |" not in line]
    assert len(promises) > 25
    for behind in promises:
        named = re.findall(r"`([\w/.]+)`", behind)
        assert named, behind
        assert [name for name in named if not (TESTS / name).exists()] == []
