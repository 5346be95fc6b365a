import dataclasses

import numpy as np
import pytest
from scipy.optimize import check_grad

from labelwright._errors import LabelModelError
from labelwright.core import VoteStatistics, vote_patterns
from labelwright.io import read_wrench
from labelwright.label_models import estimate_class_balance
from labelwright.label_models._moments.triple_tables import TripleTables, choose_triples
from labelwright.testing import (
    VotePopulation,
    confusion_table,
    one_coin_table,
    sample_votes,
    unipolar_table,
)

MATRICES = np.random.default_rng(0).dirichlet([1.0] * 3, size=(6, 3)) * 0.4 + 0.6 * np.eye(3)
DENSE = confusion_table(MATRICES, propensities=[0.9, 0.5, 0.8, 0.7, 1.0, 0.6])
COINS = one_coin_table([0.9, 0.8, 0.7, 0.75], propensities=0.8)
NARROW = unipolar_table(
    [0, 0, 0, 1, 1, 1],
    precisions=[0.95, 0.9, 0.95, 0.7, 0.6, 0.8],
    coverages=[0.4, 0.3, 0.2, 0.1, 0.15, 0.05],
    class_balance=[0.8, 0.2],
)
CASES = [(DENSE, [0.5, 0.3, 0.2]), (COINS, [0.8, 0.2]), (NARROW, [0.8, 0.2])]


@pytest.mark.parametrize(
    ("table", "balance", "tolerance"),
    # Over three classes the likelihood is so flat that rounding ends the search before 1e-5.
    [(DENSE, [0.5, 0.3, 0.2], 1e-3), (COINS, [0.8, 0.2], 1e-5), (NARROW, [0.8, 0.2], 1e-5)],
)
def test_tables_without_noise_give_the_truth(table, balance, tolerance):
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    found = estimate_class_balance(patterns, n_classes=len(balance), n_bootstrap=0, max_iter=5000)
    np.testing.assert_allclose(found.raw, balance, atol=tolerance)
    assert found.shrinkage == 0.0
    assert np.isnan(found.standard_errors).all()


@pytest.mark.parametrize(("table", "balance"), CASES)
def test_the_truth_lies_within_four_of_the_standard_errors_that_are_given(table, balance):
    planted = sample_votes(table, 10_000, class_balance=balance, random_state=1)
    found = estimate_class_balance(planted.label_matrix)
    assert found.converged
    assert (np.abs(found.raw - balance) < 4 * found.standard_errors).all()
    assert (found.standard_errors < 0.05).all()
    low, high = found.interval(errors=4).T
    assert ((low <= balance) & (balance <= high)).all()
    np.testing.assert_allclose(found.shares.sum(), 1.0)


@pytest.mark.slow
def test_the_standard_errors_are_those_of_repeating():
    population, generator = VotePopulation.of(COINS, class_balance=[0.8, 0.2]), np.random.default_rng(2)
    repeated = [
        estimate_class_balance(population.sample(2000, random_state=generator), n_bootstrap=0).raw[0]
        for _ in range(30)
    ]
    found = estimate_class_balance(population.sample(2000, random_state=generator), n_bootstrap=40)
    assert found.standard_errors[0] == pytest.approx(np.std(repeated), rel=0.5)


def test_equal_shares_are_not_left_for_noise():
    found = [
        estimate_class_balance(sample_votes(COINS, 1000, random_state=seed).label_matrix, n_bootstrap=10)
        for seed in range(8)
    ]
    drawn, raw = (np.mean([np.abs(x - 0.5).max() for x in xs]) for xs in (
        [one.shares for one in found], [one.raw for one in found]
    ))  # fmt: skip
    assert drawn < 0.75 * raw < 0.05


@pytest.mark.parametrize("m", [1, 2])
def test_fewer_than_three_lfs_say_nothing(m):
    found = estimate_class_balance(np.column_stack([[0, 1, 1, 1]] * m + [[-1] * 4]))
    assert found.shares.tolist() == [0.5, 0.5]
    assert (found.n_triples, found.shrinkage) == (0, 1.0)


def test_triples_that_cannot_tell_the_parameters_apart_give_equal_shares():
    narrow = unipolar_table(
        [0, 1, 2, 3], precisions=[0.8] * 4, coverages=[0.1] * 4, class_balance=[0.4, 0.3, 0.2, 0.1]
    )
    planted = sample_votes(narrow, 2000, class_balance=[0.4, 0.3, 0.2, 0.1], random_state=6)
    found = estimate_class_balance(planted.label_matrix, n_bootstrap=2)
    assert not found.identified  # 4 rates, 6 pairs and 4 triples for 3 + 16 parameters
    assert found.shares.tolist() == [0.25] * 4
    assert estimate_class_balance(sample_votes(NARROW, 500, random_state=7).label_matrix).identified


def test_votes_patterns_and_statistics_give_the_same():
    planted = sample_votes(COINS, 500, class_balance=[0.7, 0.3], random_state=4)
    L = planted.label_matrix
    order = np.random.default_rng(0).permutation(500)
    expected = estimate_class_balance(L).shares
    for votes in (L.votes[order], vote_patterns(L.votes), VoteStatistics.of(L)):
        np.testing.assert_array_equal(estimate_class_balance(votes, n_classes=2).shares, expected)


def test_many_lfs_are_drawn_by_how_often_they_vote():
    votes = np.full((10, 30), -1)
    votes[:, :5] = 0
    votes[0, 5:] = 0
    triples = choose_triples(votes, np.ones(10, dtype=int), 100, np.random.default_rng(0))
    assert triples.shape == (100, 3)
    assert len(np.unique(triples, axis=0)) == 100
    assert (np.diff(triples, axis=1) > 0).all()
    assert (triples < 5).mean() > 0.35


def test_tables_are_those_of_counting():
    votes = np.array([[0, 1, -1, 0], [0, 1, -1, 1], [1, 1, 1, 1]], dtype=np.int8)
    weights = np.array([[2.0, 1.0], [3.0, 0.0], [4.0, 5.0]])
    tables = TripleTables.of(votes, weights, np.array([[0, 1, 2], [1, 2, 3]]), 2)
    cells = {
        tuple(np.flatnonzero(row)): tuple(counts)
        for row, counts in zip(tables.indicators.toarray(), tables.counts, strict=True)
    }
    assert cells == {
        (0, 4, 8): (5.0, 1.0),
        (1, 4, 7): (4.0, 5.0),
        (4, 8, 9): (2.0, 1.0),
        (4, 8, 10): (3.0, 0.0),
        (4, 7, 10): (4.0, 5.0),
    }


def test_the_gradient_is_that_of_the_likelihood(monkeypatch):
    import scipy.optimize

    seen = {}
    minimize = scipy.optimize.minimize
    monkeypatch.setattr(
        scipy.optimize, "minimize", lambda f, x, **rest: seen.update(f=f, n=len(x)) or minimize(f, x, **rest)
    )
    estimate_class_balance(sample_votes(COINS, 200, random_state=5).label_matrix, n_bootstrap=0, max_iter=3)
    at = np.random.default_rng(0).normal(size=seen["n"])
    assert check_grad(lambda x: seen["f"](x)[0], lambda x: seen["f"](x)[1], at) < 1e-6


def test_the_result_does_not_change():
    found = estimate_class_balance([[0, 0, 0], [1, 1, 1], [0, 0, 1], [1, 0, 1]])
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.shrinkage = 0.0


@pytest.mark.parametrize("setting", ["n_triples", "n_bootstrap", "max_iter"])
def test_settings_that_cannot_be(setting):
    with pytest.raises(LabelModelError, match=setting):
        estimate_class_balance([[0, 0, 0], [1, 1, 1]], **{setting: -1})
    with pytest.raises(LabelModelError, match="floats"):
        estimate_class_balance([[0.5, 1.0, 2.0]])


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "estimate", "gold"),
    [
        pytest.param("census", 0.19, 0.24, marks=pytest.mark.slow),
        ("youtube", 0.25, 0.47),
        ("sms_fixed", 0.71, 0.13),
        ("cdr_text_lfs", 0.09, 0.38),
    ],
)
def test_real_votes_show_how_far_dependent_lfs_lead_astray(real_data, name, estimate, gold):
    data = read_wrench(real_data / name)
    found = estimate_class_balance(data.train.label_matrix, n_bootstrap=2)
    assert found.raw[1] == pytest.approx(estimate, abs=0.03)
    assert (data.test.gold == 1).mean() == pytest.approx(gold, abs=0.01)
