"""The advisor: the choice it makes, whether the choice is right, and how it says so."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import labelwright as lw
from labelwright.advisor import ModellingAdvice, modelling_advantage, sweep_strengths
from labelwright.advisor.modelling.strength_sweep import elbow_of
from labelwright.label_models import MajorityVote, PartialLabels
from labelwright.testing import (
    PlantedVotes,
    Structure,
    one_coin_table,
    sample_correlated_votes,
    sample_votes,
)

pytestmark = pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")

_SPEC = importlib.util.spec_from_file_location(
    "advisor_benchmark", Path(__file__).parents[2] / "benchmarks" / "advisor.py"
)
benchmark = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = benchmark  # where its dataclasses look for their types
_SPEC.loader.exec_module(benchmark)


@pytest.fixture(scope="module")
def copied() -> PlantedVotes:
    table = one_coin_table([0.8, 0.7, 0.75, 0.8, 0.65, 0.7, 0.7, 0.3], propensities=[0.8] * 7 + [0.3])
    copying = Structure(copies=((5, 4, 0.9), (6, 4, 0.9)))
    return sample_correlated_votes(table, 3000, copying, random_state=0)


@pytest.fixture(scope="module")
def advice(copied) -> ModellingAdvice:
    return lw.advise(copied.label_matrix)


# --- the choice


@pytest.mark.parametrize("name", benchmark.TASKS)
def test_the_choices_of_the_published_table(name):
    task = benchmark.TASKS[name]
    L = task.draw()
    advice = lw.advise(L, dependencies=None)
    assert advice.choice == task.choice
    assert advice.advantage.density == pytest.approx(task.density, rel=0.03)
    bound = modelling_advantage(L, ties="wrong").bound
    assert abs(bound - task.bound) < 0.035
    assert (bound < 0.01) == (task.bound < 0.01)


@pytest.mark.slow
def test_where_majority_vote_suffices_the_label_model_gains_less_than_half_a_point():
    generator = np.random.default_rng(3)
    chosen, gains = [], []
    for _ in range(45):
        planted = benchmark.of_any_kind(generator)
        if planted.label_matrix.covered.any():
            chosen.append(lw.advise(planted.label_matrix, dependencies=None).choice)
            gains.append(benchmark.gain(planted.label_matrix, planted.label_matrix, planted.gold))
    enough = np.array(chosen) == "majority vote"
    assert 8 <= enough.sum() <= 37
    assert np.array(gains)[enough].max() < 0.005
    assert np.array(gains)[~enough].mean() > 0.005


@pytest.mark.parametrize("name", ["youtube", "trec", "semeval", "chemprot", "sms", "sms_fixed"])
def test_the_choice_on_real_votes(real_data, name):
    found = lw.read_wrench(real_data / name)
    L = found.train.label_matrix
    chosen = lw.advise(L, dependencies=None).choice
    gained = benchmark.gain(L, found.test.label_matrix, found.test.gold)
    assert chosen == ("majority vote" if name.startswith("sms") else "label model")
    assert gained < 0.005 if chosen == "majority vote" else gained > 0.005


def test_two_independent_lfs_teach_nothing(copied):
    votes = copied.label_matrix.votes
    advice = lw.advise(votes[:, :2])
    assert (advice.choice, advice.model) == ("majority vote", "MajorityVote()")
    assert advice.reason("identifiability").evidence["independent labeling functions"] == 2
    assert advice.next_steps[0].kind == "few-lfs"
    copies = lw.advise(votes[:, [0, 4, 5, 6]], dependencies=[("lf_1", "lf_2"), ("lf_1", "lf_3")])
    assert copies.reason("identifiability").evidence["independent labeling functions"] == 2
    assert copies.choice == "majority vote"


def test_a_label_model_is_advised_with_dependencies(advice):
    assert advice.choice == "label model"
    assert advice.dependencies.pairs() == [(4, 5), (4, 6)]
    assert advice.reason("dependencies").evidence["pairs"] == 2
    assert advice.model == "LabelModel(dependencies=advice.dependencies)"
    assert advice.label_model().dependencies == advice.dependencies
    assert advice.trial.moved > advice.trial.expected > 0.005


def test_what_to_write_next(advice):
    steps = {one.kind: one for one in advice.next_steps}
    assert steps["contradicted"].lfs == ("lf_7",)
    assert steps["dependent"].lfs == ("lf_4", "lf_5", "lf_6")
    assert advice.next_steps[0].kind == "contradicted"


def test_silent_lfs_missing_classes_and_bare_rows():
    votes = np.full((1000, 4), -1)
    votes[:150, 0], votes[100:200, 1], votes[180:400, 2] = 0, 1, 0
    advice = lw.advise(lw.LabelMatrix(votes, space=["ham", "spam", "other"]))
    steps = {one.kind: one for one in advice.next_steps}
    assert steps["never-votes"].lfs == ("lf_3",)
    assert "votes for other" in steps["class-without-votes"].finding
    assert steps["low-coverage"].evidence["uncovered rows"] == 600
    spam = advice.classes[1]
    assert (spam.name, spam.lfs, spam.reached, spam.contested, spam.rival) == ("spam", 1, 0.1, 0.7, "ham")
    for kind, wanted in {
        "uncovered": votes.max(axis=1) < 0,
        "one vote": (votes >= 0).sum(axis=1) == 1,
    }.items():
        assert wanted[list(advice.rows_to_read[kind])].all()
        assert len(advice.rows_to_read[kind]) == 10


def test_statistics_are_advised_alike_but_for_the_rows(copied, advice):
    counted = lw.advise(lw.VoteStatistics.of(copied.label_matrix))
    assert counted.rows_to_read == {}
    assert counted.advantage == advice.advantage
    assert [one.message for one in counted.next_steps] == [one.message for one in advice.next_steps]


def test_of_many_patterns_a_part_is_tried():
    table = one_coin_table(np.linspace(0.6, 0.85, 24), propensities=0.6)
    planted = sample_votes(table, 20_000, random_state=0)
    advice = lw.advise(planted.label_matrix, dependencies=None)
    ours = lw.LabelModel().fit(planted.label_matrix).predict(planted.label_matrix)
    theirs = MajorityVote().fit(planted.label_matrix).predict(planted.label_matrix)
    decided = theirs >= 0
    moved = (ours != theirs)[decided].mean() * decided.mean() + 0.5 * (~decided).mean()
    assert advice.trial.rows == 8192
    assert advice.trial.all_seconds > advice.trial.seconds
    assert advice.trial.moved == pytest.approx(moved, abs=0.02)


# --- the sweep


def test_the_elbow():
    assert elbow_of([300, 80, 6, 5, 5, 5]) == 1
    assert elbow_of([4, 4, 4, 4, 0, 0]) == 3
    assert elbow_of([2, 2]) == elbow_of([]) == elbow_of([1, 1, 1]) == 0


def test_the_sweep_falls_and_its_elbow_holds_what_was_planted(copied):
    sweep, graph = sweep_strengths(copied.label_matrix)
    assert (sweep.thresholds[0], sweep.thresholds[-1], len(sweep.thresholds)) == (0.02, 0.5, 25)
    assert sweep.counts[-1] == 2
    assert max(sweep.counts) == sweep.counts[0] > 2
    assert {(4, 5), (4, 6)} <= set(graph.pairs())
    assert sweep.counts[sweep.at] == len(graph)
    assert lw.advise(copied.label_matrix, dependencies="elbow").dependencies.pairs() == graph.pairs()


# --- how it is said


def test_every_sentence_has_its_numbers(advice):
    assert all(one.evidence for one in advice.reasons)
    assert all(one.evidence for one in advice.next_steps)


@pytest.mark.parametrize("names", ["short", "long"])
def test_text_fits_80_columns_and_html_escapes(copied, names):
    name = "<b>a rather long name of a labeling function that goes on & on</b>" if names == "long" else "lf"
    L = lw.LabelMatrix(
        copied.label_matrix.votes,
        space=[f"{name}-yes", f"{name}-no"],
        lf_names=[f"{name} {j}" for j in range(8)],
    )
    advice = lw.advise(L)
    assert max(map(len, str(advice).splitlines())) <= 80
    assert "up to" in str(advice).splitlines()[0]
    assert "<b>a rather" not in advice._repr_html_()
    assert "ModellingAdvice: LabelModel" in repr(advice)


def test_it_can_be_written_as_json(advice):
    back = json.loads(json.dumps(advice.to_dict(), allow_nan=False))
    assert back["advantage"]["bound"] == advice.advantage.bound
    assert [one["kind"] for one in back["reasons"]] == [one.kind for one in advice.reasons]
    assert len(back["dependencies"]) == 2


@pytest.mark.parametrize("votes", [np.full((5, 3), -1), np.zeros((0, 3), dtype=int)])
def test_no_votes(votes):
    advice = lw.advise(votes)
    assert (advice.choice, advice.trial, advice.advantage.bound) == ("majority vote", None, 0.0)
    assert str(advice).startswith("Nothing to model")
    json.dumps(advice.to_dict(), allow_nan=False)


def test_votes_for_sets_of_classes_need_the_model_that_reads_them():
    votes = [[3, 0, 0], [3, 1, 1], [0, 1, -1]] * 20
    advice = lw.advise(lw.LabelMatrix(votes, space=["a", "b", "c"], vote_sets=[[True, True, False]]))
    assert (advice.choice, advice.model) == ("label model", "PartialLabels()")
    assert isinstance(advice.label_model(), PartialLabels)
    assert advice.reason("vote-sets").evidence["rows with sets"] == pytest.approx(2 / 3)
    assert advice.advantage.contested == pytest.approx(1 / 3)
    assert str(advice).startswith("A label model is needed")


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"dependencies": "atuo"}, lw.DependencyError, "expected 'auto', 'elbow', None"),
        ({"dependencies": [("lf_0", "lf_9")]}, lw.DependencyError, "unknown"),
        ({"least_gain": 2}, lw.LabelModelError, "expected a share of rows"),
        ({"accuracies": (0.9, 0.8, 0.7)}, lw.LabelModelError, "ascending"),
    ],
)
def test_settings_that_cannot_be(copied, settings, error, said):
    with pytest.raises(error, match=said):
        lw.advise(copied.label_matrix, **settings)
