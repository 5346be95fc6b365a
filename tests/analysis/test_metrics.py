import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from labelwright._errors import LabelMatrixError, SchemaError
from labelwright.analysis import (
    accuracy,
    brier_score,
    confusion_matrix,
    expected_accuracy,
    f1_binary,
    log_loss,
    macro_f1,
)
from labelwright.core.votes import ties


def random_case(seed, n=300, k=4):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.ones(k), size=n), generator.integers(0, k, size=n)


@pytest.mark.parametrize("seed", range(3))
def test_measures_equal_those_of_scikit_learn_where_nothing_is_tied(seed):
    P, gold = random_case(seed)
    chosen = P.argmax(axis=1)
    assert expected_accuracy(P, gold) == pytest.approx(sk.accuracy_score(gold, chosen))
    assert accuracy(chosen, gold) == pytest.approx(sk.accuracy_score(gold, chosen))
    assert macro_f1(P, gold) == pytest.approx(sk.f1_score(gold, chosen, average="macro"))
    assert log_loss(P, gold) == pytest.approx(sk.log_loss(gold, P, labels=range(4)))
    np.testing.assert_allclose(confusion_matrix(P, gold), sk.confusion_matrix(gold, chosen))


def test_binary_f1_and_brier_equal_those_of_scikit_learn():
    P, gold = random_case(5, k=2)
    chosen = P.argmax(axis=1)
    assert f1_binary(P, gold) == pytest.approx(sk.f1_score(gold, chosen))
    assert f1_binary(P, gold, positive=0) == pytest.approx(sk.f1_score(gold, chosen, pos_label=0))
    assert brier_score(P, gold) == pytest.approx(2 * sk.brier_score_loss(gold, P[:, 1]))


def test_macro_f1_averages_over_the_classes_that_occur_as_scikit_learn_does():
    P, gold = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.6, 0.4, 0.0]]), [0, 1, 1]
    assert macro_f1(P, gold) == pytest.approx(sk.f1_score(gold, P.argmax(axis=1), average="macro"))


def test_ties_are_shared_by_hand():
    P = [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3], [0.1, 0.2, 0.7], [0.5, 0.5, 0.0]]
    assert expected_accuracy(P, [0, 2, 2, 2]) == pytest.approx((1 / 2 + 1 / 3 + 1 + 0) / 4)
    expected = [[1 / 2, 1 / 2, 0], [0, 0, 0], [1 / 3 + 1 / 2, 1 / 3 + 1 / 2, 1 / 3 + 1]]
    np.testing.assert_allclose(confusion_matrix(P, [0, 2, 2, 2]), expected)


def test_expected_accuracy_is_the_mean_over_random_tie_breaks():
    generator = np.random.default_rng(0)
    P = generator.integers(0, 3, size=(200, 3)) + 1.0
    P /= P.sum(axis=1, keepdims=True)
    gold = generator.integers(0, 3, size=200)
    drawn = [
        np.mean(ties.break_ties(P, "random", np.random.default_rng(seed)) == gold) for seed in range(400)
    ]
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(np.mean(drawn) - expected_accuracy(P, gold)) < 4 * error


@pytest.mark.parametrize("gap", [0.5e-5, 2e-5])
def test_ties_are_those_that_label_models_break(gap):
    P = [[0.5 + gap / 2, 0.5 - gap / 2]]
    tied = ties.break_ties(np.array(P), "abstain")[0] == -1
    assert expected_accuracy(P, [0]) == (0.5 if tied else 1.0)
    assert tied == (gap < 1e-5)


def test_f1_counts_a_tied_row_fractionally():
    # tp 1 + .5, fp .5, fn .5
    assert f1_binary([[0.2, 0.8], [0.5, 0.5], [0.5, 0.5]], [1, 1, 0]) == pytest.approx(3 / (3 + 0.5 + 0.5))
    assert f1_binary([[0.9, 0.1]], [0]) == 0.0


def test_log_loss_of_a_certain_mistake_is_finite():
    assert log_loss([[1.0, 0.0]], [1]) == pytest.approx(-np.log(1e-15))


def test_rows_without_gold_count_for_nothing():
    P, gold = random_case(1)
    gold[::2] = -1
    for measure in (expected_accuracy, macro_f1, log_loss, brier_score):
        assert measure(P, gold) == pytest.approx(measure(P[1::2], gold[1::2]))


def test_an_abstention_is_wrong_and_counts():
    assert accuracy([0, -1, 1, 1], [0, 0, 1, 0]) == 0.5


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 2**31))
def test_measures_do_not_change_with_the_order_of_rows_or_classes(k, n, seed):
    generator = np.random.default_rng(seed)
    P = generator.integers(1, 4, size=(n, k)) / 1.0
    P /= P.sum(axis=1, keepdims=True)
    gold, rows, classes = generator.integers(0, k, size=n), generator.permutation(n), generator.permutation(k)
    for measure in (expected_accuracy, macro_f1, log_loss, brier_score):
        moved = measure(P[rows][:, classes], np.argsort(classes)[gold[rows]])
        assert moved == pytest.approx(measure(P, gold))


@pytest.mark.parametrize(
    ("P", "gold", "error", "message"),
    [
        ([0.1, 0.9], [1], SchemaError, "expected .rows, classes."),
        ([[1.0]], [0], SchemaError, "at least 2 classes"),
        ([[np.nan, 1.0]], [0], SchemaError, "row 0 are not finite"),
        ([["a", "b"]], [0], SchemaError, "not numbers"),
        ([[0.5, 0.5]], [-1], SchemaError, "none of the 1 rows has a gold label"),
        ([[0.5, 0.5]], [2], LabelMatrixError, "no class: 2 .* classes 0..1"),
        ([[0.5, 0.5]], [0, 1], LabelMatrixError, "one a row"),
        ([[0.5, 0.5]], ["SPAM"], LabelMatrixError, "no class: 'SPAM'.*pass space="),
    ],
)
def test_bad_input_is_told_in_one_line(P, gold, error, message):
    with pytest.raises(error, match=message) as caught:
        expected_accuracy(P, gold)
    assert "\n" not in str(caught.value)


def test_a_positive_class_outside_the_space_is_an_error():
    with pytest.raises(SchemaError, match=r"expected 0\.\.1"):
        f1_binary([[0.5, 0.5]], [0], positive=2)


def test_accuracy_without_gold_is_an_error():
    with pytest.raises(SchemaError, match="none of the 2 rows"):
        accuracy([0, 1], [-1, -1])
