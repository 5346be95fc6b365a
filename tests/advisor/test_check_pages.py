"""The pages on testing functions and on changing classes run from top to bottom, and say what comes out."""

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def run(tmp_path):
    """Run the code of a page as a file, so that functions have their source."""

    def run(page: str) -> dict:
        text = (DOCS / page).read_text(encoding="utf-8")
        file = tmp_path / "page.py"
        file.write_text("\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)))
        return runpy.run_path(str(file))

    return run


def test_the_page_on_testing_runs(run, monkeypatch):
    # What is slow by the clock is found slow on a machine that is busy with something else.
    monkeypatch.setattr("labelwright.advisor.lint._check.slow_findings", lambda run: iter(()))
    names = run("testing-labeling-functions.md")
    kinds = {one.kind: one.lfs for one in names["report"].findings}
    text = (DOCS / "testing-labeling-functions.md").read_text(encoding="utf-8")
    assert kinds["wrong-vote"] == ("half_sure",)
    assert kinds["raises"] == ("liked",)
    assert kinds["never-votes"] == ("rolex",)
    assert kinds["forgotten-abstain"] == ("says_free_money",)
    assert kinds["near-duplicates"] == ("money", "cash")
    assert kinds["unguarded"] is not None
    assert str(names["report"]) in text
    for kind in kinds:
        assert f"`{kind}`" in text


def test_the_page_on_changing_classes_runs(run, capsys):
    names = run("changing-classes.md")
    out = capsys.readouterr().out
    assert names["P"].shape == (4, 3)
    assert "positive -> neutral or positive" in out
    assert "great: partial - positive becomes neutral or positive; say which, and its votes say more" in out
    assert "['sale: keep - votes ad']" in out
    assert names["both"].space.names == ("spam", "sports", "politics", "other")
    assert names["less"].space.names == ("ad", "scam", "news")
    module: dict = {}
    exec(names["module"], module)
    assert module["change"].space == names["change"].space
