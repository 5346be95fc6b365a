import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.core.votes.log_space import softmax
from labelwright.label_models import MACE
from labelwright.label_models.mace import expected_shares, vote_logs
from labelwright.testing import (
    VotePopulation,
    check_label_model,
    confusion_table,
    one_coin_table,
    sample_votes,
)

HONESTY = np.array([0.9, 0.7, 0.5, 0.8, 0.3, 0.6])
HABITS = np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.5, 0.5]])
TABLE = confusion_table(HONESTY[:, None, None] * np.eye(2) + (1 - HONESTY)[:, None, None] * HABITS[:, None])
TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)
METHODS = ["vb", "em"]


def brute_force(votes, honest, habits):
    """Posteriors and expected counts by summing over the class and over every vote being meant or spam."""
    m, k = habits.shape
    P, meant, spam = np.zeros((len(votes), k)), np.zeros(m), np.zeros((m, k))
    for i, row in enumerate(votes):
        cast = [(j, v) for j, v in enumerate(row) if v >= 0]
        states = []
        for y, kinds in itertools.product(range(k), itertools.product([True, False], repeat=len(cast))):
            weight = 1 / k
            for (j, v), is_meant in zip(cast, kinds, strict=True):
                weight *= honest[j] * (v == y) if is_meant else (1 - honest[j]) * habits[j, v]
            states.append((weight, y, kinds))
        total = sum(weight for weight, _, _ in states)
        for weight, y, kinds in states:
            P[i, y] += weight / total
            for (j, v), is_meant in zip(cast, kinds, strict=True):
                meant[j] += is_meant * weight / total
                spam[j, v] += (not is_meant) * weight / total
    return P, meant, spam


def test_posteriors_and_expected_counts_are_those_of_brute_force():
    generator = np.random.default_rng(0)
    honest, habits = generator.uniform(0.2, 0.9, size=3), generator.dirichlet([1, 1, 1], size=3)
    cast_votes, spam = CastVotes.of(TINY, 3), (1 - honest)[:, None] * habits
    P = softmax(cast_votes.joint_log(np.log(np.full(3, 1 / 3)), *vote_logs(cast_votes, honest, spam)))
    expected_P, expected_meant, expected_spam = brute_force(TINY, honest, habits)
    np.testing.assert_allclose(P, expected_P, atol=1e-12)
    meant_share, spam_share = expected_shares(cast_votes, P, honest, spam)
    np.testing.assert_allclose(meant_share * cast_votes.size, expected_meant, atol=1e-12)
    np.testing.assert_allclose(spam_share * cast_votes.size[:, None], expected_spam, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_population_gives_the_truth(fit_patterns, method):
    patterns = VotePopulation.of(TABLE).patterns(1e15)
    model = fit_patterns(MACE(method=method, tol=1e-12, max_iter=20_000), patterns)
    np.testing.assert_allclose(model.honesty_, HONESTY, atol=1e-6)
    np.testing.assert_allclose(model.habits_, HABITS, atol=1e-6)
    right = np.einsum("jyy->j", TABLE[:, :, :2]) / 2
    np.testing.assert_allclose(model.lf_accuracies_, right, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_error_falls_with_the_root_of_n(rate, method):
    def make():
        return MACE(method=method, spam_prior=1.0)

    slope = rate(make, lambda model: model.honesty_, HONESTY, VotePopulation.of(TABLE), repeats=10)
    assert slope == pytest.approx(-0.5, abs=0.07)


def test_planted_honesty_comes_back_within_four_standard_errors(fit_patterns, standard_errors):
    patterns = VotePopulation.of(TABLE).sample(20_000, random_state=1)
    model = fit_patterns(MACE(method="em", honesty_prior=(0, 0), spam_prior=0, tol=1e-9), patterns)
    cast_votes = CastVotes.of(patterns.votes, 2, counts=patterns.counts)

    def log_likelihood(flat):
        honest, first = flat[:6], flat[6:]
        spam = (1 - honest)[:, None] * np.stack([first, 1 - first], axis=1)
        joint = cast_votes.joint_log(np.log([0.5, 0.5]), *vote_logs(cast_votes, honest, spam))
        return cast_votes.counts @ np.logaddexp.reduce(joint, axis=1)

    errors = standard_errors(log_likelihood, np.concatenate([model.honesty_, model.habits_[:, 0]]))
    found = np.concatenate([model.honesty_, model.habits_[:, 0]])
    assert errors[:6].max() < 0.02
    assert (np.abs(found - np.concatenate([HONESTY, HABITS[:, 0]])) / errors).max() < 4


@pytest.mark.parametrize("method", METHODS)
def test_spammers_are_found_and_not_followed(method):
    generator = np.random.default_rng(2)
    gold = generator.integers(0, 3, size=500)
    honest = np.where(generator.random((500, 3)) < 0.85, gold[:, None], generator.integers(0, 3, (500, 3)))
    always_two, at_random = np.full((500, 3), 2), generator.integers(0, 3, size=(500, 2))
    votes = np.column_stack([honest, always_two, at_random])
    model = MACE(method=method).fit(votes)
    assert model.honesty_[:3].min() > 0.7
    assert model.honesty_[3:].max() < 0.1
    assert (model.habits_[3:6, 2] > 0.9).all()
    accuracy = (model.predict(votes, ties="first") == gold).mean()
    by_honest = np.array([np.bincount(row, minlength=3).argmax() for row in honest])
    assert accuracy > (by_honest == gold).mean() - 0.02


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [1, 2, 3, 30])
def test_unanimous_votes_are_followed(method, m):
    votes = np.repeat([[0], [1], [1], [1], [2]], m, axis=1)
    assert MACE(method=method).fit(votes).predict(votes).tolist() == [0, 1, 1, 1, 2]


def test_a_minority_of_lfs_worse_than_chance_is_not_followed():
    planted = sample_votes(one_coin_table([0.85, 0.8, 0.75, 0.9, 0.2, 0.25, 0.8]), 2000, random_state=3)
    model = MACE().fit(planted.label_matrix)
    assert model.honesty_[[4, 5]].max() < 0.02
    assert (model.predict(planted.label_matrix, ties="first") == planted.gold).mean() > 0.92


@pytest.mark.parametrize("method", METHODS)
def test_the_objective_never_falls(method):
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8, 0.65], k=3, propensities=0.6), 300, random_state=4)
    model = MACE(method=method).fit(planted.label_matrix)
    assert model.converged_
    assert len(model.objective_) == model.n_iter_ > 5
    assert (np.diff(model.objective_) > -1e-8).all()


def test_restarts_never_lower_the_objective_and_are_seeded():
    table = one_coin_table([0.45, 0.5, 0.55, 0.5, 0.5], k=3, propensities=0.7)
    planted = sample_votes(table, 60, random_state=1)
    settings = {"method": "em", "honesty_prior": (0, 0), "spam_prior": 0}
    once = MACE(**settings).fit(planted.label_matrix)
    many, again = (MACE(restarts=2, random_state=6, **settings).fit(planted.label_matrix) for _ in range(2))
    assert many.objective_[-1] > once.objective_[-1] + 0.1
    np.testing.assert_array_equal(many.honesty_, again.honesty_)


def test_not_converging_is_a_warning_and_on_record():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8]), 300, random_state=7)
    with pytest.warns(ConvergenceWarning, match="MACE did not converge in max_iter=2"):
        model = MACE(max_iter=2).fit(planted.label_matrix)
    assert (model.n_iter_, model.converged_) == (2, False)


# crowd-kit 1.4.2 with its defaults: 92.5 on crowd_rte, 95.97 on crowd_weather_snorkel.
@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "percent"),
    [("youtube", 84.0), ("semeval", 82.5), ("crowd_rte", 92.6), ("crowd_weather_snorkel", 95.5)],
)
def test_real_votes(real_score, name, percent):
    assert real_score(MACE(), name) == pytest.approx(percent, abs=0.15)


@pytest.mark.slow
def test_expectation_maximization_keeps_the_contract():
    check_label_model(MACE(method="em", tol=1e-4))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("method", "gibbs"), ("honesty_prior", (0.5,)), ("honesty_prior", (0.0, 1.0)), ("spam_prior", 0),
     ("spam_prior", -1), ("restarts", -1), ("max_iter", 0), ("tol", -1.0)],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        MACE(**{setting: value}).fit(TINY)
