from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelwright import EndModelError, LabelMatrix
from labelwright.end_models.expansion import NEGLIGIBLE, expand
from labelwright.end_models.targets import as_soft_labels, target_weights, training_rows

P3 = np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("P", "message"),
    [
        (None, "target y is None; pass soft labels"),
        (LabelMatrix([[0], [1], [0]]), "got a LabelMatrix as P; pass soft labels: label_model.predict_proba"),
        ([[1.0], [1.0], [1.0]], r"shape \(3, 1\); expected \(3, k\)"),
        (np.ones((3, 2, 2)), r"shape \(3, 2, 2\)"),
        ([[0.5, 0.5]] * 4, "X has 3 rows but the labels have 4"),
        (
            [[0.5, 0.5], [0.9, 0.2], [2.0, 3.0]],
            r"row 1 does not sum to 1; .* got \[0.9 0.2\] \(2 such rows\)",
        ),
        ([[0.5, 0.5], [1.2, -0.2], [0, 1]], r"row 1 has a negative entry; .* got \[ 1.2 -0.2\]"),
        ([[0.5, 0.5], [np.nan, 1.0], [0, 1]], "row 1 is not finite"),
        ([["a", "b"]] * 3, "soft labels have type <U1; expected probabilities"),
        ([0.0, 1.0, 1.0], "must be classes 0..k-1, or -1 where unknown; got float64"),
        ([0, 1, -2], "got class -2"),
        (["HAM", "SPAM", "HAM"], "name classes by their index"),
    ],
)
def test_labels_that_are_no_soft_labels_are_refused_in_one_line(P, message):
    with pytest.raises(EndModelError, match=message) as caught:
        as_soft_labels(P, n=3)
    assert "\n" not in str(caught.value)


def test_no_rows_are_refused():
    with pytest.raises(EndModelError, match="X has 0 rows"):
        as_soft_labels(np.empty((0, 2)), n=0)


def test_labels_rounded_to_three_digits_are_rescaled():
    P = as_soft_labels(np.array([[0.333, 0.333, 0.333], [0.25, 0.25, 0.5]]), n=2)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(P[1], [0.25, 0.25, 0.5])


def test_a_table_of_probabilities_is_taken():
    P = as_soft_labels(pl.DataFrame({"HAM": [0.9, 0.1], "SPAM": [0.1, 0.9]}), n=2)
    np.testing.assert_array_equal(P, [[0.9, 0.1], [0.1, 0.9]])


def test_gold_classes_become_one_hot_and_unknown_ones_are_left_out():
    P = as_soft_labels(np.array([2, -1, 0], dtype=np.int8), n=3)
    np.testing.assert_array_equal(P[[0, 2]], [[0, 0, 1], [1, 0, 0]])
    assert training_rows(P).tolist() == [0, 2]


def test_rows_with_uniform_labels_are_left_out_unless_covered_says_otherwise():
    assert training_rows(P3).tolist() == [0, 1, 3]
    assert training_rows(P3, np.array([True, False, True, False])).tolist() == [0, 2]
    assert training_rows(P3, pl.Series([False, True, False, True])).tolist() == [1, 3]


@pytest.mark.parametrize(
    ("covered", "message"),
    [
        ([0, 1], r"covered has type int64 and shape \(2,\); expected bool \(4,\)"),
        ([1, 1, 0, 1], "covered has type int64"),
        ([True], r"shape \(1,\)"),
        ([False] * 4, "none of the 4 rows is covered"),
    ],
)
def test_covered_must_be_one_bool_a_row_and_leave_some(covered, message):
    with pytest.raises(EndModelError, match=message):
        training_rows(P3, covered)


def test_all_uniform_labels_leave_nothing_to_train_on():
    with pytest.raises(EndModelError, match="none of the 5 rows is covered"):
        training_rows(np.full((5, 4), 0.25))


def test_hard_targets_share_a_tie():
    expected = [[1, 0, 0], [0.5, 0.5, 0], [1 / 3] * 3, [0, 0, 1]]
    np.testing.assert_allclose(target_weights(P3, targets="hard"), expected)


def test_sampled_targets_are_drawn_from_the_probabilities():
    P = np.tile([0.2, 0.0, 0.8], (20_000, 1))
    drawn = target_weights(P, targets="sampled", generator=np.random.default_rng(0))
    assert set(drawn.sum(axis=1)) == {1.0}
    standard_error = np.sqrt(0.2 * 0.8 / 20_000)
    assert drawn[:, 1].sum() == 0
    assert abs(drawn[:, 0].mean() - 0.2) < 4 * standard_error


def test_confidence_weights_follow_the_entropy_and_have_mean_one():
    rows = target_weights(P3, confidence_weighting=True).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(P3 * np.log(P3), axis=1)
    confidence = 1 - entropy / np.log(3)
    np.testing.assert_allclose(rows, confidence / confidence.mean(), atol=1e-12)
    assert rows.mean() == pytest.approx(1)


def test_balancing_evens_the_rows_of_each_class_and_keeps_the_odds_within_a_row():
    P = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [1.0, 0.0, 0.0], [0.4, 0.6, 0.0]])
    weights = target_weights(P, class_weight="balanced")
    np.testing.assert_allclose(weights.sum(axis=1), [2 / 3, 2 / 3, 2 / 3, 2])
    np.testing.assert_allclose(weights / weights.sum(axis=1, keepdims=True), P)


def test_balancing_shares_a_tied_row_between_its_classes():
    weights = target_weights(np.array([[0.5, 0.5], [1.0, 0.0], [1.0, 0.0]]), class_weight="balanced")
    np.testing.assert_allclose(weights.sum(axis=1), [(3 / 5 + 3) / 2, 3 / 5, 3 / 5])


def test_balancing_raises_a_rare_class_ten_times_at_most():
    weights = target_weights(np.eye(2)[[0] * 999 + [1]], class_weight="balanced")
    np.testing.assert_allclose(weights.sum(axis=0), [500, 10])


def test_class_weights_by_name_or_in_order():
    np.testing.assert_allclose(target_weights(P3, class_weight={1: 3.0}), P3 * [1, 3, 1])
    np.testing.assert_allclose(target_weights(P3, class_weight=[1, 3, 0]), P3 * [1, 3, 0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"targets": "sotf"}, "targets is 'sotf'; expected one of soft, hard, sampled; did you mean 'soft'"),
        ({"class_weight": "balance"}, "expected 'balanced'"),
        ({"class_weight": {7: 1.0}}, r"names class 7; expected classes 0..2"),
        ({"class_weight": [1.0, 2.0]}, "expected 3 weights"),
        ({"class_weight": [1.0, -1.0, 1.0]}, "expected 3 weights >= 0"),
        ({"class_weight": [0, 0, 0]}, "not all 0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(EndModelError, match=message):
        target_weights(P3, **settings)


def test_one_hot_weights_give_each_row_once_in_order():
    examples = expand(np.eye(3)[[2, 0, 1, 1]])
    assert examples.rows.tolist() == [0, 1, 2, 3]
    assert examples.classes.tolist() == [2, 0, 1, 1]
    assert examples.unweighted


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(2, 6)), elements=st.floats(1e-30, 1)),
)
def test_expansion_keeps_each_row_its_weight_and_each_class_its_share(raw):
    P = raw / raw.sum(axis=1, keepdims=True)
    examples = expand(P)
    rebuilt = np.zeros_like(P)
    rebuilt[examples.rows, examples.classes] = examples.weights
    np.testing.assert_allclose(rebuilt, P, rtol=1e-12, atol=P.shape[1] * NEGLIGIBLE)
    np.testing.assert_allclose(rebuilt.sum(axis=1), 1, rtol=1e-12)
    assert (examples.weights > 0).all()


def test_a_larger_threshold_hands_the_weight_to_the_other_classes():
    examples = expand(np.array([[0.6, 0.39, 0.01]]), negligible=0.05)
    np.testing.assert_allclose(examples.weights, [0.6 / 0.99, 0.39 / 0.99])
