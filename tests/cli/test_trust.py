"""What the command line says of a label model that should not be trusted."""

import json

import pytest


@pytest.fixture
def doubtful(folder):
    """The project with two LFs left, and a label model that learns."""
    lfs = folder / "lfs.py"
    lfs.write_text(lfs.read_text().split("@lw")[0])
    toml = folder / "labelwright.toml"
    toml.write_text(toml.read_text().replace("MajorityVote", "LabelModel"))


def test_a_doubtful_fit_is_warned_of_in_one_line(labelwright, doubtful):
    result = labelwright("fit")
    assert result.code == 0, result.err
    told = [line for line in result.err.splitlines() if "warning" in line]
    assert len(told) == 1
    assert told[0].startswith("labelwright: warning: LabelModel: only LFs 'ads' and 'praise' vote")
    assert "which of them is better" not in " ".join(result.out.split())


def test_a_kept_fit_still_says_it(labelwright, doubtful):
    labelwright("fit", "--quiet")
    kept = labelwright("fit")
    assert "which of them is better" in " ".join(kept.out.split())
    assert "labelwright: warning" not in kept.err


def test_programs_get_the_fit_report(labelwright, doubtful):
    report = json.loads(labelwright("fit", "--json", "--quiet").out)["fit_report"]
    assert report["model"] == "LabelModel"
    assert "two-lfs" in [finding["kind"] for finding in report["findings"]]
    assert [lf["name"] for lf in report["lf_trust"]] == ["ads", "praise"]


def test_the_page_says_it(labelwright, doubtful, folder):
    assert labelwright("run").code == 0
    page = (folder / ".labelwright" / "report.html").read_text()
    assert "Whether to trust the label model" in page
    assert "which of them is better is not identifiable" in page
