"""The label quality benchmark: its measures, its files, and the figures that it has to give."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from labelwright import LabelMatrix, analysis
from labelwright.label_models import MajorityVote
from labelwright.testing import one_coin_table, sample_votes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from label_quality import cases, markdown, models, peers, planted, results, scoring  # noqa: E402


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script itself; the package of its parts has the same name, and goes first."""
    spec = importlib.util.spec_from_file_location("label_quality_script", BENCHMARKS / "label_quality.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_case(measure: str = "accuracy") -> cases.Case:
    table = one_coin_table([0.9, 0.7, 0.6, 0.55], propensities=0.5)
    drawn = sample_votes(table, 600, class_balance=[0.7, 0.3], random_state=3)
    return cases.Case(
        block="test split",
        name="drawn",
        fit=drawn.label_matrix,
        score=drawn.label_matrix,
        gold=np.where(np.arange(600) % 7 == 0, -1, drawn.gold),
        measure=measure,
    )


# --- measures


@pytest.mark.parametrize("measure", ["accuracy", "F1"])
def test_row_parts_sum_to_the_measure_with_ties_shared(measure):
    rng = np.random.default_rng(0)
    P = rng.integers(1, 4, size=(400, 2)).astype(float)  # a third of the rows are tied
    P /= P.sum(axis=1, keepdims=True)
    gold = rng.integers(0, 2, size=400)
    summed = scoring.ratio(scoring.row_parts(P, gold, measure).sum(axis=0), measure)
    assert summed == pytest.approx(scoring.value_of(P, gold, measure), abs=1e-12)


@pytest.mark.parametrize("measure", ["accuracy", "F1"])
def test_interval_holds_the_estimate_and_is_like_one_by_formula(measure):
    case = a_case(measure)
    L = case.score
    P = MajorityVote().fit(L).predict_proba(L)
    better = np.where((case.gold % 2 == 1)[:, None], [[0.2, 0.8]], P)
    found = scoring.measure_all(case, {"mv": P, "better": better}, baseline="mv", draws=2000)
    gap = found["better"].difference
    assert found["mv"].difference is None
    assert gap.low < gap.estimate < gap.high
    assert gap.estimate == pytest.approx(found["better"].value - found["mv"].value)
    if measure == "accuracy":
        formula = analysis.accuracy_difference(scoring.with_uniform(better, L.covered), P, case.gold)
        assert (gap.low, gap.high) == pytest.approx((formula.low, formula.high), abs=0.01)


def test_same_rows_are_drawn_for_both_models():
    case = a_case()
    P = MajorityVote().fit(case.score).predict_proba(case.score)
    gap = scoring.measure_all(case, {"mv": P, "again": P.copy()}, baseline="mv", draws=100)[
        "again"
    ].difference
    assert (gap.estimate, gap.low, gap.high) == (0.0, 0.0, 0.0)


def test_uncovered_rows_are_uniform_in_one_figure_and_the_models_own_in_the_other():
    L = LabelMatrix([[0, 0], [-1, -1], [1, 1], [-1, -1]])
    case = cases.Case(block="crowds", name="four", fit=L, score=L, gold=np.array([0, 1, 1, 1]))
    P = np.array([[0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    quality = scoring.measure_all(case, {"model": P}, baseline="mv", draws=10)["model"]
    assert (quality.value, quality.value_own, quality.accuracy_covered) == (0.75, 1.0, 1.0)


# --- sets and models


def test_oracle_of_planted_votes_is_calibrated_and_beaten_by_no_model():
    case = next(planted.planted_cases(("planted_unipolar",), rows=3000))
    found = results.result_of(case, models.run_models({"MajorityVote": MajorityVote}, case), draws=50)
    oracle = found.qualities["oracle"]
    assert oracle.value > found.qualities["MajorityVote"].value
    assert oracle.calibration_error < 0.03


def test_wrench_folder_gives_one_case_a_protocol(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "label.json").write_text('{"0": "no", "1": "yes"}')
    for split, rows in {"train": [[0, 1], [-1, -1], [1, 1]], "test": [[1, -1], [-1, -1]]}.items():
        points = {
            f"{split}{i}": {"label": 1, "weak_labels": votes, "data": {"text": "a"}}
            for i, votes in enumerate(rows)
        }
        (folder / f"{split}.json").write_text(json.dumps(points))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "train.json").write_text("{")
    said: list[str] = []
    assert cases.find_sets(tmp_path) == ["broken", "tiny"]
    split, union = cases.read_cases(tmp_path, ["broken", "tiny"], skewed=["tiny"], say=said.append)
    assert (split.fit.n, split.score.n, split.measure) == (3, 2, "F1")
    assert (union.fit.n, union.fit is union.score, union.score.covered.all()) == (3, True, True)
    assert len(said) == 1
    assert said[0].startswith("broken left out")


def test_model_of_ones_own_is_measured_and_a_wrong_one_is_named():
    found = models.factories(["DawidSkene"], ["mine=labelwright.label_models:MajorityVote"])
    assert list(found) == ["MajorityVote", "DawidSkene", "mine"]
    with pytest.raises(SystemExit, match="no label model is called 'Nope'"):
        models.factories(["Nope"], [])
    with pytest.raises(SystemExit, match="name=module:factory"):
        models.factories(None, ["mine"])


def test_model_that_fails_is_a_failure_with_a_reason():
    class TwoColumns(MajorityVote):
        def predict_proba(self, L):
            return np.full((L.n, 3), 1 / 3)

    run = models.run_model(TwoColumns, a_case())
    assert run.P is None
    assert "shape (600, 3)" in run.failure


def test_peers_are_skipped_with_a_word_where_they_are_not():
    said: list[str] = []
    found = peers.run_peers(None, [a_case()], cache=None, limit=10, say=said.append)
    assert found == [{}]
    assert "no --peers-python" in said[0]
    found = peers.run_peers(
        Path(sys.executable), [a_case()], ["snorkel"], cache=None, limit=10, say=said.append
    )
    assert found == [{}]
    assert "has no snorkel" in said[1]


# --- the whole


def test_two_runs_write_the_same_but_for_seconds(script, tmp_path):
    def run(name: str) -> tuple[str, dict[str, object]]:
        out = tmp_path / name / "quality.md"
        script.main(["--models", "WeightedMajorityVote", "--draws", "20", "--out", str(out)])
        page = out.with_suffix(".html").read_text()
        assert page.count("<svg") == 2 * len(planted.NAMES)
        assert "http" not in re.sub(r"xmlns=\S+", "", page)
        found = json.loads(out.with_suffix(".json").read_text())
        for result in found["results"]:
            del result["seconds"]
        return out.read_text().partition("### Seconds")[0], found

    text, found = run("first")
    assert (text, found) == run("second")
    assert "| WeightedMajorityVote |" in text
    assert [result["name"] for result in found["results"]] == list(planted.NAMES)


def test_majority_vote_has_the_published_figures(real_data):
    names = ("youtube", "trec", "semeval", "sms_fixed")
    by_set = {
        case.name: case
        for case in cases.read_cases(real_data, names, say=pytest.fail)
        if case.block == "test split"
    }
    found = {
        name: scoring.value_of(
            MajorityVote().fit(case.fit).predict_proba(case.score), case.gold, case.measure
        )
        for name, case in by_set.items()
    }
    assert found == pytest.approx(
        {"youtube": 0.816, "trec": 0.611, "semeval": 0.768, "sms_fixed": 0.323}, abs=2e-3
    )


def test_markdown_has_a_part_a_protocol():
    case = a_case()
    runs = models.run_models({"MajorityVote": MajorityVote}, case)
    setting = results.Setting(draws=10, command="run me", versions={"numpy": "2"})
    text = markdown.markdown([results.result_of(case, runs, draws=10)], setting)
    assert "## Test split" in text
    assert "`run me`" in text
    assert "## Crowds" not in text
