import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.label_models import MajorityVote, OneCoin
from labelwright.label_models.one_coin import joint_log, m_step
from labelwright.testing import VotePopulation, check_label_model, one_coin_table, sample_votes

ACCURACIES = np.array([0.9, 0.8, 0.7, 0.65, 0.85, 0.6])
TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)
MAXIMUM_LIKELIHOOD = {"prior_votes": (0.0, 0.0), "tol": 1e-10, "max_iter": 20_000}


def accuracy(P, gold):
    return (P.argmax(axis=1) == gold).mean()


def test_one_em_step_is_that_of_brute_force():
    P = np.random.default_rng(0).dirichlet([1, 1, 1], size=len(TINY))
    right, wrong = 2.0, 1.0
    accuracies, balance = m_step(CastVotes.of(TINY, 3), P, prior_votes=(right, wrong), balance=None)
    posterior = np.zeros((len(TINY), 3))
    for j in range(3):
        rows = [i for i in range(len(TINY)) if TINY[i, j] >= 0]
        expected = (sum(P[i, TINY[i, j]] for i in rows) + right) / (len(rows) + right + wrong)
        assert accuracies[j] == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(balance, P[(TINY >= 0).any(axis=1)].mean(axis=0), atol=1e-12)
    for i, y in itertools.product(range(len(TINY)), range(3)):
        votes = [(j, v) for j, v in enumerate(TINY[i]) if v >= 0]
        posterior[i, y] = balance[y] * np.prod(
            [accuracies[j] if v == y else (1 - accuracies[j]) / 2 for j, v in votes]
        )
    np.testing.assert_allclose(
        np.exp(joint_log(CastVotes.of(TINY, 3), accuracies, balance)), posterior, atol=1e-12
    )


@pytest.mark.parametrize(("k", "learn"), [(2, False), (2, True), (3, True)])
def test_the_population_gives_the_truth(fit_patterns, k, learn):
    balance = (
        np.array([0.5, 0.3, 0.2])[:k] / np.array([0.5, 0.3, 0.2])[:k].sum() if learn else np.full(k, 1 / k)
    )
    table = one_coin_table(ACCURACIES, k=k, propensities=[1, 0.9, 0.8, 1, 0.7, 0.9])
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    model = fit_patterns(OneCoin(learn_balance=learn, **MAXIMUM_LIKELIHOOD), patterns, k)
    np.testing.assert_allclose(model.accuracies_, ACCURACIES, atol=1e-6)
    np.testing.assert_allclose(model.lf_accuracies_, ACCURACIES, atol=1e-6)
    np.testing.assert_allclose(model.class_balance_, balance, atol=1e-6)


def test_the_error_falls_with_the_root_of_n(rate):
    population = VotePopulation.of(one_coin_table(ACCURACIES, propensities=0.9))
    slope = rate(OneCoin, lambda model: model.accuracies_, ACCURACIES, population)
    assert slope == pytest.approx(-0.5, abs=0.07)


def test_planted_accuracies_come_back_within_four_standard_errors(standard_errors):
    planted = sample_votes(one_coin_table(ACCURACIES, k=3, propensities=0.8), 20_000, random_state=1)
    model = OneCoin().fit(planted.label_matrix)
    cast_votes = CastVotes.of(planted.label_matrix.votes, 3)

    def log_likelihood(accuracies):
        return np.logaddexp.reduce(joint_log(cast_votes, accuracies, np.full(3, 1 / 3)), axis=1).sum()

    errors = standard_errors(log_likelihood, model.accuracies_)
    assert errors.max() < 0.01
    assert (np.abs(model.accuracies_ - ACCURACIES) / errors).max() < 4


def test_a_minority_of_lfs_worse_than_chance_is_turned_round():
    planted = sample_votes(one_coin_table([0.85, 0.8, 0.75, 0.9, 0.2, 0.25, 0.8]), 2000, random_state=2)
    model = OneCoin().fit(planted.label_matrix)
    assert (model.accuracies_[[4, 5]] < 0.35).all()
    assert accuracy(model.predict_proba(planted.label_matrix), planted.gold) > 0.95


@pytest.mark.parametrize("m", [1, 2, 3, 30])
def test_unanimous_votes_are_followed(m):
    votes = np.repeat([[0], [1], [1], [1], [2]], m, axis=1)
    for settings in ({}, {"learn_balance": True}, {"prior_votes": (0, 0)}):
        assert OneCoin(**settings).fit(votes).predict(votes).tolist() == [0, 1, 1, 1, 2]


@pytest.mark.parametrize("m", [1, 2])
def test_one_or_two_lfs_keep_the_accuracies_of_the_prior_or_better(m):
    votes = sample_votes(one_coin_table(np.full(m, 0.8)), 500, random_state=3).label_matrix
    model = OneCoin().fit(votes)
    assert (model.accuracies_ > 0.7).all()
    np.testing.assert_array_equal(
        model.predict(votes, ties="first"), MajorityVote().fit(votes).predict(votes, ties="first")
    )


def test_only_a_learned_balance_weighs_on_the_posterior():
    balance = np.array([0.9, 0.1])
    planted = sample_votes(one_coin_table(ACCURACIES), 5000, class_balance=balance, random_state=7)
    fixed, free = (OneCoin(learn_balance=learn).fit(planted.label_matrix) for learn in (False, True))
    np.testing.assert_allclose(free.class_balance_, balance, atol=0.02)
    assert 0.6 < fixed.class_balance_[0] < 0.9
    split = np.array([[0, -1, -1, -1, -1, -1]])
    assert fixed.predict_proba(split)[0, 0] == pytest.approx(fixed.accuracies_[0])
    assert free.predict_proba(split)[0, 0] > 0.95
    scores = [accuracy(model.predict_proba(planted.label_matrix), planted.gold) for model in (fixed, free)]
    assert scores[1] > scores[0] + 0.01


def test_the_objective_never_falls():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8, 0.65], propensities=0.6), 300, random_state=4)
    model = OneCoin(prior_votes=(2, 1), tol=1e-9, max_iter=5000).fit(planted.label_matrix)
    assert model.converged_
    assert len(model.objective_) == model.n_iter_ > 5
    assert (np.diff(model.objective_) > -1e-9).all()


def test_not_converging_is_a_warning_and_on_record():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8]), 300, random_state=5)
    with pytest.warns(ConvergenceWarning, match="OneCoin did not converge in max_iter=2") as caught:
        model = OneCoin(max_iter=2).fit(planted.label_matrix)
    assert caught[0].filename == __file__  # the line of the user, not one of ours
    assert not model.converged_
    assert model.n_iter_ == 2


def test_hundreds_of_classes_and_thousands_of_sparse_lfs():
    k, m = 200, 2000
    generator = np.random.default_rng(6)
    gold = generator.integers(0, k, size=1000)
    votes = np.full((1000, m), -1)
    lfs = generator.integers(0, m, size=(1000, 8))
    wrong = generator.integers(0, k, size=lfs.shape)
    votes[np.arange(1000)[:, None], lfs] = np.where(generator.random(lfs.shape) < 0.6, gold[:, None], wrong)
    model = OneCoin(n_classes=k).fit(votes)
    assert (model.predict(votes) == gold).mean() > 0.98


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "percent"),
    # The first three are the reference cells of one-coin EM with the same prior, reached independently.
    [("youtube", 46.8), ("trec", 64.6), ("semeval", 71.0), ("crowd_rte", 92.8),
     ("crowd_weather_snorkel", 97.4)],
)  # fmt: skip
def test_real_votes(real_score, name, percent):
    assert real_score(OneCoin(), name) == pytest.approx(percent, abs=0.15)


@pytest.mark.wrench
@pytest.mark.parametrize(("name", "percent"), [("crowd_rte", 92.5), ("crowd_weather_snorkel", 96.98)])
def test_maximum_likelihood_scores_as_crowd_kit_does(real_score, name, percent):
    model = OneCoin(prior_votes=(0, 0), learn_balance=True)
    assert real_score(model, name) == pytest.approx(percent, abs=0.15)


def test_maximum_likelihood_with_a_learned_balance_keeps_the_contract():
    check_label_model(OneCoin(learn_balance=True, prior_votes=(0, 0)))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("prior_votes", (-1, 0)), ("prior_votes", (1, 2, 3)), ("max_iter", 0), ("tol", -1.0)],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        OneCoin(**{setting: value}).fit(TINY)
