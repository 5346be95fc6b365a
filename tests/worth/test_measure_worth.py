"""The worth of planted votes comes out as planted: perfect ones are hand labels, random ones none."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from labelwright import EndModelError, LabelMatrix, NoiseAwareClassifier, SchemaError
from labelwright.io import read_wrench
from labelwright.label_models import MajorityVote
from labelwright.worth import HandLabels, LabelWorth, default_sizes, measure_worth

END_MODEL = NoiseAwareClassifier(LogisticRegression(C=0.01))


def population(n, seed, d=80):
    """Two Gaussian classes that a few rows do not tell apart well, and many do."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.normal(size=(n, d)) + 0.25 * (2 * y[:, None] - 1) * (np.arange(d) < 40), y


def votes(y, accuracy, m=3, seed=1):
    right = np.random.default_rng(seed).random((len(y), m)) < accuracy
    return LabelMatrix(np.where(right, y[:, None], 1 - y[:, None]))


X, Y = population(400, 0)
X_TEST, Y_TEST = population(600, 1)


def measured(L, *, x=X, **settings):
    given = {"gold": Y, "X_test": X_TEST, "gold_test": Y_TEST, "draws": 3, "end_model": END_MODEL}
    given |= {"sizes": [16, 50, 150]}
    return measure_worth(x, L, **(given | {"label_model": MajorityVote()} | settings))


@pytest.fixture(scope="module")
def perfect():
    return measured(votes(Y, 1.0))


def test_perfect_votes_on_all_rows_are_hand_labels(perfect):
    assert perfect.unlabeled.sizes == perfect.supervised.sizes == (16, 50, 150, 400)
    assert perfect.unlabeled == perfect.supervised
    assert perfect.hand_labels.estimate == pytest.approx(400, rel=0.3)
    assert perfect.slope_difference.low == perfect.slope_difference.high == 0
    assert perfect.unlabeled.slope.high < -0.15
    errors = [error.estimate for error in perfect.unlabeled.errors]
    assert errors[0] > 1.5 * errors[-1]
    assert all(error.low < error.estimate < error.high for error in perfect.unlabeled.errors)


def test_votes_by_chance_are_worth_no_hand_labels():
    worth = measured(votes(Y, 0.5))
    assert worth.unlabeled.errors[-1].estimate > 0.35
    assert worth.hand_labels.estimate < 20
    assert worth.slope_difference.low > 0


def test_fair_votes_lie_in_between_and_the_range_holds_the_estimate(perfect):
    worth = measured(votes(Y, 0.75))
    labels = worth.hand_labels
    assert labels.least < labels.estimate < perfect.hand_labels.estimate
    assert labels.low <= labels.estimate <= labels.high


def test_votes_on_more_rows_than_have_hand_labels_are_worth_more_than_those():
    more, y = population(4000, 5)
    worth = measure_worth(
        more,
        votes(y, 0.95),
        X_labeled=X[:60],
        gold=Y[:60],
        X_test=X_TEST,
        gold_test=Y_TEST,
        label_model=MajorityVote(),
        end_model=END_MODEL,
        draws=3,
        sizes=[30, 60],
    )
    assert worth.unlabeled.sizes == (30, 60, 4000)
    assert worth.supervised.sizes == (30, 60)
    assert worth.hand_labels.estimate == np.inf
    assert "more than 60" in worth.said()


def test_unknown_gold_is_left_out_everywhere(perfect):
    padded = np.vstack([X_TEST, np.zeros((50, 80))])
    worth = measured(votes(Y, 1.0), X_test=padded, gold_test=np.append(Y_TEST, np.full(50, -1)))
    assert worth == perfect
    half = measured(votes(Y, 1.0), gold=np.where(np.arange(400) < 100, Y, -1))
    assert half.supervised.sizes == (16, 50, 100)
    assert half.unlabeled.sizes[-1] == 400


def test_the_same_seed_gives_the_same_and_another_one_other_draws(perfect):
    assert measured(votes(Y, 1.0)) == perfect
    other = measured(votes(Y, 1.0), random_state=1)
    assert other.unlabeled.errors[0] != perfect.unlabeled.errors[0]
    assert other.unlabeled.errors[-1].estimate == perfect.unlabeled.errors[-1].estimate


def test_draws_that_hold_one_class_or_no_votes_count_as_guessing():
    rare = np.where(np.arange(400) < 8, 1, 0)
    silent = LabelMatrix(np.where(np.arange(400)[:, None] < 20, rare[:, None], -1))
    worth = measured(silent, gold=rare, sizes=[2, 100])
    assert 0.3 < worth.unlabeled.errors[0].estimate < 0.7
    assert 0.3 < worth.supervised.errors[0].estimate < 0.7


def test_texts_take_the_default_models():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    texts = [f"{'buy cheap' if c else 'lovely song'} word{rng.integers(9)}" for c in y]
    L = LabelMatrix(np.column_stack([y, np.where(rng.random(120) < 0.9, y, 1 - y), y]))
    worth = measure_worth(texts[:80], L[:80], gold=y[:80], X_test=texts[80:], gold_test=y[80:], draws=2)
    assert worth.unlabeled.errors[-1].estimate == 0
    assert worth.hand_labels.least == 16


def test_of_several_models_for_hand_labels_the_best_counts_at_each_size(perfect):
    other = NoiseAwareClassifier(LogisticRegression(C=100))
    alone = measured(votes(Y, 1.0), supervised_models=[other])
    both = measured(votes(Y, 1.0), supervised_models=[other, END_MODEL])
    assert alone.unlabeled == both.unlabeled == perfect.unlabeled
    errors = [[error.estimate for error in worth.supervised.errors] for worth in (alone, perfect, both)]
    assert errors[2] == np.minimum(*errors[:2]).tolist()


def test_every_training_is_told(perfect):
    told = []
    measured(votes(Y, 1.0), draws=2, sizes=[20, 50], on_point=lambda done, total: told.append((done, total)))
    assert told == [(i, 10) for i in range(1, 11)]


def test_it_keeps_as_json_and_shows_as_frame_and_text(perfect):
    assert LabelWorth.from_dict(json.loads(json.dumps(perfect.to_dict(), allow_nan=False))) == perfect
    frame = perfect.frame()
    assert frame.columns == ["labels", "rows", "error", "low", "high"]
    assert frame.filter(pl.col("labels") == "hand labels").height == 4
    shown = str(perfect).splitlines()
    assert max(map(len, shown[:-1])) <= 80
    assert shown[1].split()[0] == "16"
    assert str(perfect.hand_labels) in shown[-1]


def test_one_size_has_no_slope_and_is_kept_all_the_same():
    few = measured(votes(Y, 1.0)[:9], X_labeled=X[:9], gold=Y[:9], x=X[:9], draws=2)
    assert few.unlabeled.sizes == (9,)
    assert np.isnan(few.slope_difference.estimate)
    back = LabelWorth.from_dict(json.loads(json.dumps(few.to_dict(), allow_nan=False)))
    assert str(back) == str(few)
    assert "slope" not in str(few)


def test_infinity_is_read_as_more_than_there_were():
    labels = HandLabels(estimate=float("inf"), low=0.0, high=float("inf"), least=16, most=99)
    assert str(labels) == "more than 99 (fewer than 16 to more than 99)"


def test_sizes_double_up_to_all_rows():
    assert default_sizes(1000, 2) == (16, 32, 64, 128, 256, 512, 1000)
    assert default_sizes(1000, 9)[0] == 64
    assert default_sizes(20, 2) == (16, 20)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gold": Y[:-1]}, r"labels in gold have shape \(399,\); expected \(400,\), one a row"),
        ({"gold": Y * 0.5}, r"labels in gold hold 1 value that is no class: 0.5"),
        ({"gold": Y + 1}, r"labels in gold hold 1 value that is no class: 2 .*classes 0..1"),
        ({"gold": Y * 0}, "gold knows 400 rows of 1 class"),
        ({"gold": Y * 0 - 1}, "gold knows 0 rows of 0 class"),
        ({"gold_test": Y_TEST * 0}, "gold_test knows 600 rows of 1 class"),
        ({"sizes": []}, "sizes are .*; expected numbers of rows, each at least 2"),
        ({"sizes": [0.5]}, "expected numbers of rows"),
        ({"sizes": [1, 50]}, "each at least 2"),
        ({"draws": 1}, "draws is 1; expected an integer of at least 2"),
        ({"draws": True}, "draws is True"),
    ],
)
def test_bad_input_gets_one_line(settings, message):
    with pytest.raises(SchemaError, match=message) as caught:
        measured(votes(Y, 1.0), **settings)
    assert "\n" not in str(caught.value)


def test_votes_on_other_rows_are_refused():
    with pytest.raises(SchemaError, match="X has 400 rows but the votes have 399"):
        measured(votes(Y[:-1], 1.0))


def test_what_the_end_model_refuses_is_told():
    with pytest.raises(EndModelError):
        measured(votes(Y, 1.0), end_model=NoiseAwareClassifier(LogisticRegression), draws=2)


@pytest.mark.slow
def test_on_youtube_the_lfs_are_worth_hundreds_of_hand_labels(real_data):
    data = read_wrench(real_data / "youtube")
    judged = [data.test, data.valid]
    worth = measure_worth(
        data.train.data["text"].to_list(),
        data.train.label_matrix,
        gold=data.train.gold,
        X_test=[text for split in judged for text in split.data["text"]],
        gold_test=np.concatenate([split.gold for split in judged]),
        draws=6,
    )
    assert worth.hand_labels.estimate > 100
    assert worth.hand_labels.low > 32
    assert worth.unlabeled.slope.high < 0
    assert worth.slope_difference.low < 0.05
