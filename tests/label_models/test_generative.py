import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core.votes.cast_votes import CastVotes
from labelwright.label_models import Generative, MajorityVote, OneCoin
from labelwright.label_models.generative import joint_log, log_likelihood, propensity_weights
from labelwright.testing import VotePopulation, check_label_model, one_coin_table, sample_votes

ACCURACIES = np.array([0.9, 0.8, 0.7, 0.65, 0.85, 0.6])
PROPENSITIES = np.array([0.9, 0.8, 0.7, 0.95, 0.6, 0.9])
TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)


def brute_force(votes, alpha, beta, balance):
    """Log likelihood of each row, silence included, with loops over classes and LFs."""
    k = len(balance)
    totals = []
    for row in votes:
        joint = np.log(balance).copy()
        for y in range(k):
            for j, vote in enumerate(row):
                normaliser = np.exp(beta[j] + alpha[j]) + np.exp(beta[j] - alpha[j]) + 1
                outcome = {True: np.exp(beta[j] + alpha[j]), False: np.exp(beta[j] - alpha[j]) / (k - 1)}
                joint[y] += np.log((1 if vote < 0 else outcome[vote == y]) / normaliser)
        totals.append(logsumexp(joint))
    return np.array(totals)


def test_the_likelihood_is_that_of_brute_force():
    generator = np.random.default_rng(0)
    alpha, beta, logits = generator.normal(size=3), generator.normal(size=3), generator.normal(size=3)
    balance = np.exp(logits) / np.exp(logits).sum()
    value, _, _ = log_likelihood(CastVotes.of(TINY, 3), alpha, logits)
    votes = np.exp(np.logaddexp(beta + alpha, beta - alpha))
    log_propensity = np.where(TINY >= 0, np.log(votes / (votes + 1)), -np.log(votes + 1)).sum()
    assert value + log_propensity == pytest.approx(brute_force(TINY, alpha, beta, balance).sum(), abs=1e-10)


def test_the_gradient_is_the_numerical_one():
    planted = sample_votes(one_coin_table(ACCURACIES, k=3, propensities=PROPENSITIES), 200, random_state=1)
    cast_votes = CastVotes.of(planted.label_matrix.votes, 3, counts=np.arange(200) % 4)
    generator = np.random.default_rng(2)
    point, h = generator.normal(size=9), 1e-5

    def value(at):
        return log_likelihood(cast_votes, at[:6], at[6:])[0]

    numerical = [(value(point + h * e) - value(point - h * e)) / (2 * h) for e in np.eye(9)]
    _, by_alpha, by_logits = log_likelihood(cast_votes, point[:6], point[6:])
    np.testing.assert_allclose(np.concatenate([by_alpha, by_logits]), numerical, rtol=1e-6, atol=1e-5)


def test_the_propensities_in_closed_form_are_the_best():
    planted = sample_votes(one_coin_table([0.8, 0.7], propensities=[0.5, 0.9]), 100, random_state=3)
    votes = planted.label_matrix.votes
    model = Generative().fit(votes)
    np.testing.assert_allclose(model.propensities_, (votes >= 0).mean(axis=0))
    np.testing.assert_allclose(
        model.beta_, propensity_weights(model.alpha_, (votes >= 0).mean(axis=0)), atol=1e-12
    )
    best = brute_force(votes, model.alpha_, model.beta_, [0.5, 0.5]).sum()
    for j, away in ((0, 0.05), (0, -0.05), (1, 0.05), (1, -0.05)):
        beta = model.beta_ + away * (np.arange(2) == j)
        assert brute_force(votes, model.alpha_, beta, [0.5, 0.5]).sum() < best


@pytest.mark.parametrize(("k", "learn"), [(2, False), (2, True), (3, True)])
def test_the_population_gives_the_truth(fit_patterns, k, learn):
    balance = np.array([5, 3, 2])[:k] / np.array([5, 3, 2])[:k].sum() if learn else np.full(k, 1 / k)
    table = one_coin_table(ACCURACIES, k=k, propensities=PROPENSITIES)
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    model = fit_patterns(Generative(learn_balance=learn, tol=1e-9), patterns, k)
    np.testing.assert_allclose(model.accuracies_, ACCURACIES, atol=1e-6)
    np.testing.assert_allclose(model.propensities_, PROPENSITIES, atol=1e-6)
    np.testing.assert_allclose(model.class_balance_, balance, atol=1e-6)


def test_the_error_falls_with_the_root_of_n(rate):
    population = VotePopulation.of(one_coin_table(ACCURACIES, propensities=0.9))
    slope = rate(Generative, lambda model: model.accuracies_, ACCURACIES, population)
    assert slope == pytest.approx(-0.5, abs=0.07)


def test_planted_weights_come_back_within_four_standard_errors(standard_errors):
    planted = sample_votes(one_coin_table(ACCURACIES, propensities=PROPENSITIES), 20_000, random_state=4)
    model = Generative().fit(planted.label_matrix)
    cast_votes = CastVotes.of(planted.label_matrix.votes, 2)
    errors = standard_errors(lambda alpha: log_likelihood(cast_votes, alpha, np.zeros(2))[0], model.alpha_)
    truth = np.log(ACCURACIES / (1 - ACCURACIES)) / 2
    assert errors.max() < 0.06
    assert (np.abs(model.alpha_ - truth) / errors).max() < 4


def test_maximum_likelihood_is_that_of_one_coin_by_em():
    planted = sample_votes(one_coin_table(ACCURACIES, k=3, propensities=0.7), 2000, random_state=5)
    found = Generative(prior_weight=0, tol=1e-9).fit(planted.label_matrix)
    stepped = OneCoin(prior_votes=(0, 0), tol=1e-10, max_iter=10_000).fit(planted.label_matrix)
    np.testing.assert_allclose(found.accuracies_, stepped.accuracies_, atol=1e-6)


def test_silence_carries_no_evidence():
    planted = sample_votes(one_coin_table([0.9, 0.7, 0.8], propensities=[0.2, 0.9, 0.9]), 500, random_state=6)
    model = Generative().fit(planted.label_matrix)
    weights = np.log(model.accuracies_ / (1 - model.accuracies_))
    P = model.predict_proba([[-1, 1, -1], [0, 1, -1]])
    assert np.log(P[0, 1] / P[0, 0]) == pytest.approx(weights[1], abs=1e-9)
    assert np.log(P[1, 1] / P[1, 0]) == pytest.approx(weights[1] - weights[0], abs=1e-9)


def test_a_minority_of_lfs_worse_than_chance_is_turned_round():
    planted = sample_votes(one_coin_table([0.85, 0.8, 0.75, 0.9, 0.2, 0.25, 0.8]), 2000, random_state=7)
    model = Generative().fit(planted.label_matrix)
    assert (model.alpha_[[4, 5]] < -0.3).all()
    assert (model.predict(planted.label_matrix, ties="first") == planted.gold).mean() > 0.95


@pytest.mark.parametrize("m", [1, 2, 3, 30])
def test_unanimous_votes_are_followed(m):
    votes = np.repeat([[0], [1], [1], [1], [2]], m, axis=1)
    for settings in ({}, {"learn_balance": True}, {"prior_weight": 0}):
        model = Generative(**settings).fit(votes)
        assert model.predict(votes).tolist() == [0, 1, 1, 1, 2]
        assert np.isfinite(model.alpha_).all()


@pytest.mark.parametrize("m", [1, 2])
def test_one_or_two_lfs_are_trusted_and_predict_as_majority_vote(m):
    votes = sample_votes(one_coin_table(np.full(m, 0.8)), 500, random_state=8).label_matrix
    model = Generative().fit(votes)
    assert (model.accuracies_ > 0.7).all()
    np.testing.assert_array_equal(
        model.predict(votes, ties="first"), MajorityVote().fit(votes).predict(votes, ties="first")
    )


def test_the_objective_never_falls_and_is_on_record():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8, 0.65], propensities=0.6), 300, random_state=9)
    model = Generative().fit(planted.label_matrix)
    assert model.converged_
    assert len(model.objective_) == model.n_iter_ + 1 > 5
    assert (np.diff(model.objective_) > -1e-9).all()
    with pytest.warns(ConvergenceWarning, match="Generative did not converge in max_iter=2"):
        model = Generative(max_iter=2).fit(planted.label_matrix)
    assert (model.n_iter_, model.converged_) == (2, False)


def test_a_given_balance_multiplies_the_posterior():
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.9]), 500, random_state=10)
    model = Generative(class_balance=[1, 1e8]).fit(planted.label_matrix)
    cast_votes = CastVotes.of(np.array([[0, 0, 1]]), 2)
    joint = joint_log(cast_votes, model.alpha_, np.array([0.5, 0.5])) + np.log([1, 1e8])
    expected = np.exp(joint - logsumexp(joint))
    np.testing.assert_allclose(model.predict_proba([[0, 0, 1]]), expected, atol=1e-9)


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "percent"),
    [("trec", 56.4), ("semeval", 71.0), ("crowd_rte", 92.5), ("crowd_weather_snorkel", 97.0)],
)
def test_real_votes(real_score, name, percent):
    assert real_score(Generative(), name) == pytest.approx(percent, abs=0.15)


@pytest.mark.slow
def test_a_learned_balance_keeps_the_contract():
    check_label_model(Generative(learn_balance=True))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("prior_accuracy", 0.5), ("prior_accuracy", 1), ("prior_weight", -1), ("max_iter", 0), ("tol", -1.0)],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        Generative(**{setting: value}).fit(TINY)
