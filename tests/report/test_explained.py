"""The page that explains the report has a section for each of the report's, and a line for each finding."""

import re
from pathlib import Path

from labelwright.advisor import next_steps
from labelwright.report import page

EXPLAINED = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")


def test_every_section_is_explained_in_its_order():
    titles = re.findall(r"^## (.*)$", EXPLAINED, flags=re.MULTILINE)
    assert titles == ["Summary", *(name for _, name in page.CONTENTS)]


def test_every_kind_of_finding_is_explained():
    folder = Path(next_steps.__file__).parent
    kinds = set(re.findall(r'kind="([a-z-]+)"', "".join(f.read_text("utf-8") for f in folder.glob("*.py"))))
    first_cells = " ".join(re.findall(r"^\| (`.*?) \|", EXPLAINED, flags=re.MULTILINE))
    assert len(kinds) > 15
    kinds.add("hand-labels")  # which the advisor finds
    assert kinds == set(re.findall(r"`([a-z-]+)`", first_cells))
