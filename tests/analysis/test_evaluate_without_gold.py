"""Comparing label models without gold labels: unseen votes, agreement, and a few gold labels."""

import json
import math

import numpy as np
import pytest

import labelwright as lw
from labelwright.analysis import evaluate_without_gold
from labelwright.analysis.goldless.held_out import HeldOut
from labelwright.analysis.goldless.prediction_powered import powered_mean
from labelwright.label_models import DawidSkene, LabelModel, MajorityVote, OneCoin, PartialLabels
from labelwright.testing import one_coin_table, sample_votes, unipolar_table

UNEQUAL = sample_votes(one_coin_table([0.92, 0.9, 0.58, 0.57, 0.55]), 1500, random_state=0)


class Flipped(MajorityVote):
    """Has the classes the wrong way round."""

    def _posterior(self, votes):
        return super()._posterior(votes)[:, ::-1]


class Sharpened(OneCoin):
    """Far too sure of itself."""

    def _posterior(self, votes):
        P = super()._posterior(votes) ** 8
        return P / P.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def found():
    gold = np.full(1500, -1)
    known = np.random.default_rng(1).choice(1500, 150, replace=False)
    gold[known] = UNEQUAL.gold[known]
    models = {"one coin": OneCoin(), "flipped": Flipped(), "sharp": Sharpened()}
    return evaluate_without_gold(models, UNEQUAL.label_matrix, gold=gold)


def test_the_better_model_tells_unseen_votes_better(found):
    assert found.best in ("one coin", "sharp")
    assert found.of("one coin").gain.low > 0
    assert found.of("MajorityVote").gain.estimate == 0
    assert found.of("one coin").hits > found.of("MajorityVote").hits


def test_flipped_classes_are_not_forgiven_and_too_much_certainty_is(found):
    assert found.of("flipped").gain.high < 0
    assert found.of("sharp").log_loss == pytest.approx(found.of("one coin").log_loss, abs=0.01)
    assert found.models[-1].name == "flipped"


def test_no_model_is_best_where_lfs_are_equally_good():
    L = sample_votes(one_coin_table([0.75] * 5), 1000, random_state=3).label_matrix
    found = evaluate_without_gold([OneCoin()], L)
    assert abs(found.of("OneCoin").gain.estimate) < 0.01


def test_the_loss_is_that_of_the_shares_where_votes_tell_nothing():
    votes = np.random.default_rng(0).integers(0, 2, (800, 4))
    found = evaluate_without_gold([LabelModel()], lw.LabelMatrix(votes), folds=3)
    assert found.of("LabelModel").log_loss == pytest.approx(math.log(2), abs=0.01)
    assert found.best is None


def test_lfs_for_one_class_do_not_give_the_class_away():
    table = unipolar_table(
        [0, 0, 1, 1], precisions=[0.9, 0.8, 0.9, 0.8], coverages=[0.4] * 4, class_balance=[0.5] * 2
    )
    found = evaluate_without_gold([LabelModel()], sample_votes(table, 1500, random_state=0).label_matrix)
    assert 0.3 < found.of("LabelModel").log_loss < math.log(2)


def test_near_duplicates_do_not_tell_each_other():
    coin = np.random.default_rng(0).integers(0, 2, (600, 1))
    votes = lw.LabelMatrix(
        np.column_stack([np.repeat(coin, 3, axis=1), UNEQUAL.label_matrix.votes[:600, :2]])
    )
    groups = np.array([0, 0, 0, 3, 4])
    out = HeldOut.of(votes, np.arange(600), groups=groups, generator=np.random.default_rng(0))
    assert len(out.rows) == 600 * 5
    assert (out.rest.votes[:3, :3] == -1).all()
    assert (out.rest.votes[:3, 3:] >= 0).all()
    alone = lw.LabelMatrix(np.repeat(coin, 3, axis=1))
    assert (
        len(
            HeldOut.of(
                alone, np.arange(600), groups=np.zeros(3, int), generator=np.random.default_rng(0)
            ).rows
        )
        == 0
    )


def test_agreement_bounds_hold(found):
    L, gold = UNEQUAL.label_matrix, UNEQUAL.gold
    right = {
        "one coin": OneCoin().fit(L).predict(L) == gold,
        "MajorityVote": MajorityVote().fit(L).predict(L) == gold,
    }
    for pair in found.pairs:
        if {pair.first, pair.second} == set(right):
            one, two = right[pair.first].mean(), right[pair.second].mean()
            assert min(one, two) <= pair.at_most
            assert abs(one - two) <= pair.differ
    assert found.votes_right >= (gold[:, None] == L.votes).mean()
    flipped = next(pair for pair in found.pairs if "flipped" in (pair.first, pair.second))
    assert flipped.at_most < 0.6


def test_gold_labels_narrow_it_down(found):
    L, gold = UNEQUAL.label_matrix, UNEQUAL.gold
    truth = (OneCoin().fit(L).predict(L) == gold).mean()
    one = found.of("one coin")
    assert found.gold == 150
    assert one.accuracy.low <= truth <= one.accuracy.high
    assert one.gold_only.low <= truth <= one.gold_only.high
    gap = next(pair for pair in found.pairs if pair.second == "flipped")
    assert gap.settled
    assert gap.gap.low > 0.5
    assert gap.more == 0


def test_prediction_powered_means_are_right_and_narrower():
    """Over 300 draws of 100 labels: 95% intervals hold, and are narrower than those of the labels alone."""
    generator = np.random.default_rng(0)
    guessed = generator.random(5000)
    y = (generator.random(5000) < guessed).astype(float)
    held, width, plain = [], [], []
    for _ in range(300):
        rows = generator.choice(5000, 100, replace=False)
        powered = powered_mean(y[rows], guessed[rows], guessed, confidence=0.95)
        alone = powered_mean(y[rows], np.zeros(100), np.zeros(5000), confidence=0.95)
        held.append(powered.low <= y.mean() <= powered.high)
        width.append(powered.half_width)
        plain.append(alone.half_width)
    assert 0.91 <= np.mean(held) <= 0.985
    assert np.mean(width) < 0.9 * np.mean(plain)  # var(y | guess) = 2/3 var(y), so 0.82


def test_more_labels_are_asked_for_until_it_is_settled():
    L = UNEQUAL.label_matrix[:500]
    without = evaluate_without_gold([OneCoin()], L, margin=0.02, folds=2).pairs[0]
    assert without.gap is None
    assert without.settled is None
    share = without.differ
    assert without.more == math.ceil(1.959964**2 * (share - 0.02**2) / 0.02**2)
    assert without.more_chosen < without.more
    enough = UNEQUAL.gold[:500]
    assert evaluate_without_gold([OneCoin()], L, gold=enough, folds=2).pairs[0].settled
    same = evaluate_without_gold({"a": OneCoin(), "b": OneCoin()}, L, folds=2).pairs
    assert {pair.more for pair in same if {pair.first, pair.second} == {"a", "b"}} == {None}


def test_models_are_not_touched_and_results_do_not_hang_on_chance():
    model = LabelModel()
    first, second = (evaluate_without_gold([model], UNEQUAL.label_matrix[:400], folds=2) for _ in range(2))
    assert not hasattr(model, "statistics_")
    assert first.to_dict() == second.to_dict()


def test_votes_for_sets_of_classes_are_no_targets():
    sets = [[{"cat", "lynx"}, "dog", "cat"], ["dog", "dog", {"dog", "fox"}], ["cat", "cat", "lynx"]] * 20
    L = lw.LabelMatrix.from_sets(sets, space=["cat", "dog", "lynx", "fox"])
    with pytest.raises(lw.LabelModelError, match="votes a set of classes"):
        evaluate_without_gold([PartialLabels()], L)


def test_text_fits_and_html_is_escaped(found):
    assert max(map(len, str(found).splitlines())) <= 80
    named = evaluate_without_gold(
        {"<b>": LabelModel(), "y": DawidSkene()}, UNEQUAL.label_matrix[:300], folds=2
    )
    assert "&lt;b&gt;" in named._repr_html_()
    assert "<b>" not in named._repr_html_()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["gold"] == 150


def test_wrong_input_is_named():
    L = UNEQUAL.label_matrix
    for models, told in (
        ([], "no label model"),
        ([1], "expected a label model"),
        ([OneCoin(), OneCoin()], "two models"),
    ):
        with pytest.raises(lw.SchemaError, match=told):
            evaluate_without_gold(models, L)
    with pytest.raises(lw.SchemaError, match="expected a LabelMatrix"):
        evaluate_without_gold([OneCoin()], L.votes)
    with pytest.raises(lw.SchemaError, match="folds=1"):
        evaluate_without_gold([OneCoin()], L, folds=1)
    with pytest.raises(lw.SchemaError, match="margin=0"):
        evaluate_without_gold([OneCoin()], L, margin=0)
    with pytest.raises(lw.SchemaError, match="no row has two votes"):
        evaluate_without_gold([OneCoin()], lw.LabelMatrix([[0, -1], [-1, 1]]))
    with pytest.raises(lw.LabelMatrixError, match="gold labels have shape"):
        evaluate_without_gold([OneCoin()], L, gold=[1, 0])
