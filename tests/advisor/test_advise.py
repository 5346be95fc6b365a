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


# --- hand labels: what was promised beside what is measured, and what labels would bring


@pytest.fixture(scope="module")
def misled() -> tuple[lw.LabelMatrix, np.ndarray]:
    """Copies that are wrong together, which agreement takes for the truth: it promises too much."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, size=1200)
    good = np.where(generator.random((1200, 3)) < 0.85, y[:, None], 1 - y[:, None])
    wrong = np.where(generator.random(1200) < 0.3, y, 1 - y)
    copies = np.where(generator.random((1200, 3)) < 0.85, wrong[:, None], 1 - wrong[:, None])
    return lw.LabelMatrix(np.hstack([good, copies]), space=["no", "yes"]), y


@pytest.fixture(scope="module")
def with_gold(misled) -> ModellingAdvice:
    L, y = misled
    return lw.advise(L, gold=y, dependencies=None)


def test_the_promise_is_held_against_hand_labels(misled, with_gold):
    L, y = misled
    measured = with_gold.measured
    assert measured.labels == 1200
    assert measured.gain.low <= measured.gain.estimate <= measured.gain.high
    assert measured.gain.estimate == pytest.approx(measured.model - measured.majority_vote)
    trial = lw.LabelModel().fit(L)
    right = lw.analysis.score(trial.predict_proba(L), y).accuracy
    assert measured.model == pytest.approx(right)
    assert measured.expected == with_gold.trial.expected
    reason = with_gold.reason("measured")
    assert "On 1,200 hand labels LabelModel is right on" in reason.finding
    assert reason.evidence["expected gain"] == with_gold.trial.expected
    plain = json.loads(json.dumps(with_gold.to_dict()))
    assert plain["measured"]["gain"]["estimate"] == measured.gain.estimate
    assert "measured on 1,200 hand labels" in with_gold.headline


def test_hand_labels_go_before_what_is_expected():
    """By its own account the model gains; by hand labels it loses, and that is what counts."""
    table = one_coin_table([0.95, 0.95, 0.55, 0.55, 0.55], propensities=[1.0] * 5)
    L = sample_votes(table, 2000, random_state=3).label_matrix
    assert lw.advise(L, dependencies=None).choice == "label model"
    gold = np.where(np.arange(2000) < 400, MajorityVote().fit(L).predict(L), -1)
    against = lw.advise(L, gold=gold, dependencies=None)
    assert against.measured.gain.high < 0
    assert against.choice == "majority vote"
    assert "Majority vote is better: a label model loses; measured on 400 hand labels" in against.headline
    assert repr(against.label_model()) == "MajorityVote()"


def test_what_labels_bring_is_measured_and_no_label_teaches_and_scores_at_once(misled, with_gold):
    gain = with_gold.gold_gain
    assert (gain.labels, gain.taught, gain.scored, gain.in_use) == (1200, 100, 1200, False)
    assert gain.gain.low > 0  # labels tell the copies from the truth
    assert gain.gain.estimate == pytest.approx(gain.with_labels - gain.without)
    step = next(one for one in with_gold.next_steps if one.kind == "hand-labels")
    assert "You have 1,200 hand labels: LabelModel, learning from 100 of them, is right on" in step.finding
    assert step.action == "Pass them on: fit(L, gold=gold)."
    L, y = misled
    shuffled = np.random.default_rng(1).permutation(y)  # labels that say nothing promise nothing
    assert lw.advise(L, gold=shuffled, dependencies=None).gold_gain.gain.low <= 0.02


def test_labels_by_name_of_other_rows_and_counted_ones_say_the_same(misled, with_gold):
    from labelwright.analysis import GoldRows

    L, y = misled
    named = lw.advise(L, gold=[L.space.name(int(c)) for c in y], dependencies=None)
    assert named.measured == with_gold.measured
    assert named.gold_gain == with_gold.gold_gain
    counted = lw.advise(lw.VoteStatistics.of(L, gold=y), dependencies=None)
    assert counted.measured.gain == with_gold.measured.gain
    elsewhere = lw.advise(L[:600], gold=GoldRows.of({"test": (L[600:], y[600:])}), dependencies=None)
    assert elsewhere.measured.splits == {"test": 600}
    assert "(600 test rows)" in elsewhere.reason("measured").finding


@pytest.mark.parametrize("known", [0, 1, 19])
def test_too_few_labels_promise_nothing(misled, known):
    L, y = misled
    advice = lw.advise(L, gold=np.where(np.arange(1200) < known, y, -1), dependencies=None)
    assert advice.gold_gain is None
    assert advice.reason("hand-labels") is None
    assert (advice.measured is None) == (known == 0)
    str(advice), advice._repr_html_(), json.dumps(advice.to_dict(), allow_nan=False)


def test_gold_that_does_not_fit_is_refused(misled):
    L, _ = misled
    with pytest.raises(lw.LabelMatrixError):
        lw.advise(L, gold=[0, 1])
    with pytest.raises(lw.LabelMatrixError):
        lw.advise(L, gold=["maybe"] * 1200)
    with pytest.raises(lw.LabelMatrixError, match="count both"):
        lw.advise(lw.VoteStatistics.of(L), gold=np.zeros(1200, dtype=int))


def test_an_lf_that_hand_labels_clear_is_not_called_contradicted(misled):
    L, y = misled
    votes = np.hstack([L.votes[:, 3:], L.votes[:, :1]])
    turned = lw.LabelMatrix(votes, space=L.space, lf_names=["w1", "w2", "w3", "right"])
    blamed = [
        one.lfs for one in lw.advise(turned, dependencies=None).next_steps if one.kind == "contradicted"
    ]
    cleared = lw.advise(turned, gold=y, dependencies=None).next_steps
    assert ("right",) in blamed
    assert not any("right" in one.lfs for one in cleared if one.kind == "contradicted")
    assert next(one for one in cleared if one.kind == "below-chance").lfs[0].startswith("w")
