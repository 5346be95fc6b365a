import numpy as np
import pytest

from labelwright.analysis import expected_calibration_error
from labelwright.core import vote_patterns
from labelwright.label_models import LabelModel
from labelwright.label_models._default.calibration import (
    Overlaps,
    _loss,
    inverse_temperature,
    vote_precisions,
)
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.testing import one_coin_table, sample_votes, unipolar_table

pytestmark = pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
PRECISIONS = np.array([0.95, 0.8, 0.7, 0.9, 0.75, 0.6])


def one_class_votes(n, seed, precisions=PRECISIONS):
    table = unipolar_table(
        [0, 0, 0, 1, 1, 1], precisions=precisions, coverages=[0.2] * 6, class_balance=[0.5, 0.5]
    )
    return sample_votes(table, n, random_state=seed)


def cast_of(votes, k=2):
    return WeightedVotes.of_patterns(vote_patterns(np.asarray(votes, dtype=np.int8)), k)


def test_slopes_are_those_of_differences():
    overlaps = Overlaps.of(cast_of(one_class_votes(400, 0).label_matrix.votes))
    q = len(overlaps.votes)
    at = np.random.default_rng(0).normal(size=2 * q + 2) * 0.5
    usual, shares = np.linspace(-0.2, 0.2, q), np.array([0.4, 0.6])
    _, gradient = _loss(at, overlaps, shares, usual)
    steps = np.eye(len(at)) * 1e-6
    found = [
        (_loss(at + step, overlaps, shares, usual)[0] - _loss(at - step, overlaps, shares, usual)[0]) / 2e-6
        for step in steps
    ]
    np.testing.assert_allclose(gradient, found, atol=1e-5)


def test_precisions_come_back_where_votes_are_independent():
    overlaps = Overlaps.of(cast_of(one_class_votes(50_000, 1).label_matrix.votes))
    found = vote_precisions(overlaps)
    assert np.abs(found.precision - PRECISIONS).max() < 0.12
    assert np.corrcoef(found.precision, PRECISIONS)[0, 1] > 0.9


def test_without_overlaps_votes_are_as_precise_as_usual():
    votes = np.full((600, 6), -1)
    votes[np.arange(600), np.arange(600) % 6] = np.arange(600) % 6 // 3
    found = vote_precisions(Overlaps.of(cast_of(votes)))
    assert np.abs(found.precision - 0.75).max() < 0.08


def test_a_vote_built_into_another_tells_nothing():
    votes = np.array(one_class_votes(2000, 2).label_matrix.votes)
    inside = np.where(np.arange(2000) % 3 == 0, votes[:, 0], -1)
    overlaps = Overlaps.of(cast_of(np.column_stack([votes, inside])))
    pairs = set(map(tuple, (overlaps.votes[overlaps.pair] // 2).T.tolist()))
    assert (0, 6) not in pairs
    assert (0, 1) in pairs


def test_labels_stay_and_confidence_moves():
    planted = one_class_votes(3000, 3)
    L = planted.label_matrix
    model = LabelModel(method="anchored").fit(L)
    P = model.predict_proba(L)
    raw = np.exp(np.log(P) / model.inverse_temperature_)
    raw /= raw.sum(axis=1, keepdims=True)
    assert model.inverse_temperature_ != pytest.approx(1.0, abs=0.01)
    assert (P.argmax(axis=1) == raw.argmax(axis=1))[L.covered].all()
    errors = [expected_calibration_error(Q[L.covered], planted.gold[L.covered]) for Q in (P, raw)]
    assert errors[0] < 0.06 < errors[1]


@pytest.mark.parametrize("precision", [0.6, 0.9])
def test_confidence_follows_the_precision_of_the_votes(precision):
    planted = one_class_votes(20_000, 4, np.full(6, precision))
    L = planted.label_matrix
    P = LabelModel(method="anchored").fit(L).predict_proba(L)[L.covered]
    right = (P.argmax(axis=1) == planted.gold[L.covered]).mean()
    assert P.max(axis=1).mean() == pytest.approx(right, abs=0.08)


def test_lfs_of_several_classes_are_left_alone():
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.75]), 500, random_state=5)
    cast = cast_of(planted.label_matrix.votes)
    assert inverse_temperature(cast, np.log(np.where(cast.own, 0.7, 0.3))) == 1.0


@pytest.mark.slow
@pytest.mark.wrench
def test_confidence_is_calibrated_on_real_votes(dataset):
    errors = []
    for name in ("youtube", "trec", "semeval", "sms_fixed", "chemprot", "cdr_text_lfs", "census"):
        data = dataset(name)
        test = data.test.label_matrix
        P = LabelModel().fit(data.train.label_matrix).predict_proba(test)
        errors.append(expected_calibration_error(P[test.covered], data.test.gold[test.covered]))
    assert np.mean(errors) < 0.10
