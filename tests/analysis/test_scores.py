import json

import numpy as np
import pytest

from labelwright._errors import SchemaError
from labelwright.analysis import (
    accuracy_difference,
    calibration_curve,
    expected_calibration_error,
    score,
    wilson_interval,
)
from labelwright.core import LabelMatrix


def test_wilson_equals_published_values():
    # Newcombe (1998), table I: 81/263, 15/148, 0/20, 1/29
    low, high = wilson_interval([81, 15, 0, 1], [263, 148, 20, 29])
    np.testing.assert_allclose(low, [0.2553, 0.0624, 0.0, 0.0061], atol=5e-5)
    np.testing.assert_allclose(high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)


@pytest.mark.parametrize(("share", "n"), [(0.9, 50), (0.6, 30), (0.97, 200)])
def test_wilson_holds_the_truth_as_often_as_it_says(share, n):
    right = np.random.default_rng(3).binomial(n, share, size=20_000)
    low, high = wilson_interval(right, n)
    # Coverage swings around 95% with n and share, as for every interval of a discrete count.
    assert 0.93 < np.mean((low <= share) & (share <= high)) < 0.985


def test_wilson_without_rows_knows_nothing():
    low, high = wilson_interval(0, 0)
    assert (float(low), float(high)) == (0.0, 1.0)


@pytest.mark.parametrize(("correct", "total", "confidence"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 95)])
def test_wilson_refuses_counts_and_confidences_that_cannot_be(correct, total, confidence):
    with pytest.raises(SchemaError, match="expected"):
        wilson_interval(correct, total, confidence=confidence)


def test_both_conventions_side_by_side():
    P = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5], [0.5, 0.5]])
    L = LabelMatrix([[0, 0], [-1, 1], [-1, -1], [-1, -1]])
    scores = score(P, np.array([0, 1, 1, 0]), covered=L.covered)
    assert (scores.n, scores.coverage, scores.accuracy) == (4, 0.5, 0.75)
    assert scores.covered_rows is not None
    assert (scores.covered_rows.n, scores.covered_rows.accuracy) == (2, 1.0)
    assert scores.interval.low < 0.75 < scores.interval.high


def test_coverage_counts_rows_with_gold_only():
    scores = score([[0.9, 0.1]] * 3, [0, -1, 0], covered=[True, False, False])
    assert (scores.n, scores.coverage) == (2, 0.5)


def test_without_a_covered_row_there_is_no_score_over_covered_rows():
    assert score([[0.5, 0.5]], [0], covered=[False]).covered_rows is None
    assert "no row covered" in str(score([[0.5, 0.5]], [0], covered=[False]))


def test_without_a_mask_all_rows_count_as_covered():
    scores = score([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]], [0, 0])
    assert scores.covered_rows == scores.all_rows
    assert scores.all_rows.f1 is None


def test_scores_are_ready_for_json():
    assert json.loads(json.dumps(score([[0.9, 0.1]], [0]).as_dict()))["all_rows"]["accuracy"] == 1.0


def test_a_mask_of_another_length_or_type_is_an_error():
    for mask in ([True, False], [1]):
        with pytest.raises(SchemaError, match="covered has shape"):
            score([[0.9, 0.1]], [0], covered=mask)


def test_calibration_by_hand():
    P = [[0.9, 0.1]] * 4 + [[0.45, 0.55]] * 2 + [[0.5, 0.5]]
    curve = calibration_curve(P, [0, 0, 0, 1, 1, 0, 0])
    assert curve.select("from", "to", "rows").rows() == [(0.4, 0.5, 1), (0.5, 0.6, 2), (0.8, 0.9, 4)]
    np.testing.assert_allclose(curve["confidence"], [0.5, 0.55, 0.9])
    np.testing.assert_allclose(curve["accuracy"], [0.5, 0.5, 0.75])
    error = (1 * 0.0 + 2 * 0.05 + 4 * 0.15) / 7
    assert expected_calibration_error(P, [0, 0, 0, 1, 1, 0, 0]) == pytest.approx(error)


def test_a_confidence_on_an_edge_belongs_to_the_lower_bin():
    edges = [[at, 1 - at] for at in (0.6, 0.7, 0.8, 0.9, 1.0)]
    np.testing.assert_allclose(calibration_curve(edges, [0] * 5)["to"], [0.6, 0.7, 0.8, 0.9, 1.0])


def test_honest_probabilities_are_calibrated():
    generator = np.random.default_rng(0)
    p = generator.uniform(size=50_000)
    gold = (generator.random(50_000) < p).astype(np.int64)
    P = np.stack([1 - p, p], axis=1)
    assert expected_calibration_error(P, gold) < 0.01
    sharpened = np.stack([(1 - p) ** 3, p**3], axis=1)
    assert expected_calibration_error(sharpened / sharpened.sum(axis=1, keepdims=True), gold) > 0.1


def test_no_bins_is_an_error():
    with pytest.raises(SchemaError, match="at least 1"):
        calibration_curve([[0.9, 0.1]], [0], bins=0)


def test_comparison_holds_the_true_difference_as_often_as_it_says():
    generator = np.random.default_rng(1)
    gold, sure = np.zeros(120, dtype=np.int64), np.array([[0.9, 0.1], [0.1, 0.9]])
    held = 0
    for _ in range(600):
        base = generator.random(120) < 0.8
        better = np.where(base, generator.random(120) < 0.97, generator.random(120) < 0.6)
        gap = accuracy_difference(sure[(~better).astype(int)], sure[(~base).astype(int)], gold)
        held += gap.low <= 0.8 * 0.97 + 0.2 * 0.6 - 0.8 <= gap.high
    assert 0.92 < held / 600 < 0.985


def test_comparison_of_a_model_with_itself_is_zero_and_open():
    P = np.random.default_rng(0).dirichlet([1, 1], size=50)
    gap = accuracy_difference(P, P, np.zeros(50, dtype=np.int64))
    assert gap.estimate == 0.0
    assert gap.low < 0 < gap.high
