import numpy as np
import pytest
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError, NotFittedError
from labelwright.core import vote_patterns
from labelwright.label_models import GLAD, OneCoin
from labelwright.label_models.glad import Ease, best_abilities, blocks
from labelwright.testing import VotePopulation, one_coin_table, sample_votes

TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)
ABILITIES = np.array([1.2, 0.5, 0.8, 0.3, -0.4, 1.0])


def rows_of_differing_ease(abilities, n, *, k=2, propensity=1.0, seed=0, ease=(1.0, 1.0)):
    """Draw votes, classes and the log ease of rows from the model."""
    generator = np.random.default_rng(seed)
    gold, log_ease = generator.integers(0, k, size=n), generator.normal(*ease, size=n)
    right = generator.random((n, len(abilities))) < expit(np.exp(log_ease)[:, None] * abilities)
    wrong = (gold[:, None] + generator.integers(1, k, size=right.shape)) % k
    votes = np.where(right, gold[:, None], wrong)
    return np.where(generator.random(votes.shape) < propensity, votes, -1), gold, log_ease


def integral(row, abilities, k):
    """P(y, votes) with the ease integrated out on a grid of 20,001 points."""
    grid = np.linspace(1 - 8, 1 + 8, 20_001)
    density = np.exp(-((grid - 1) ** 2) / 2) / np.sqrt(2 * np.pi)
    joint = np.zeros(k)
    for y in range(k):
        likelihood = density / k
        for j, vote in enumerate(row):
            if vote >= 0:
                p = expit(abilities[j] * np.exp(grid))
                likelihood = likelihood * (p if vote == y else (1 - p) / (k - 1))
        joint[y] = likelihood.sum() * (grid[1] - grid[0])
    return joint


def test_posteriors_are_those_of_numerical_integration():
    model = GLAD().fit(TINY)
    model.abilities_ = np.array([1.2, 0.4, -0.3])
    joint = np.array([integral(row, model.abilities_, 3) for row in TINY])
    np.testing.assert_allclose(model.predict_proba(TINY), joint / joint.sum(axis=1, keepdims=True), atol=0.01)
    (block,) = blocks(TINY, 3)
    _, evidence = block.posterior(model.abilities_, Ease.normal(1, 1), np.full(3, 1 / 3))
    np.testing.assert_allclose(evidence, np.log(joint.sum(axis=1)), atol=0.02)


def test_abilities_are_the_top_of_their_objective():
    generator = np.random.default_rng(1)
    ease = Ease.normal(1, 1)
    cast = generator.uniform(0, 50, size=(5, len(ease.points)))
    right = cast * generator.uniform(0, 1, size=cast.shape)
    right[0], right[1], cast[2], right[2] = cast[0], 0, 0, 0  # all right, all wrong, and silent

    def objective(abilities):
        p = expit(abilities[:, None] * np.exp(ease.points))
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(right > 0, right * np.log(p), 0)
            terms += np.where(cast > right, (cast - right) * np.log1p(-p), 0)
        return terms.sum(axis=1) - (abilities - 1) ** 2 / 2

    best = best_abilities(right, cast, ease, prior=(1.0, 1.0), start=np.full(5, 1.0))
    assert best[2] == pytest.approx(1.0)
    assert (objective(best) >= objective(best + 1e-4)).all()
    assert (objective(best) >= objective(best - 1e-4)).all()
    far = best_abilities(right, cast, ease, prior=(1.0, 1.0), start=np.full(5, -0.9))
    np.testing.assert_allclose(far, best, atol=1e-9)


def test_planted_abilities_come_back_within_four_standard_errors(standard_errors):
    votes, gold, _ = rows_of_differing_ease(ABILITIES, 20_000, seed=2)
    model = GLAD(tol=1e-7).fit(votes)
    patterns = vote_patterns(votes.astype(np.int8))
    (block,) = blocks(patterns.votes, 2, counts=patterns.counts)
    ease, balance = Ease.normal(1, 1), np.full(2, 0.5)

    def log_likelihood(abilities):
        return block.counts @ block.posterior(abilities, ease, balance)[1]

    errors = standard_errors(log_likelihood, model.abilities_)
    assert errors.max() < 0.06
    assert (np.abs(model.abilities_ - ABILITIES) / errors).max() < 4
    right = (votes == gold[:, None]).mean(axis=0)
    np.testing.assert_allclose(model.lf_accuracies_, right, atol=0.015)


def test_the_population_of_its_own_model_gives_the_truth(fit_patterns):
    # With the ease at quadrature points only, the population is a mixture of one-coin tables. 1e15 rows
    # outweigh the prior of the abilities.
    ease = Ease.normal(1, 1)
    coins = [np.clip(expit(ABILITIES * np.exp(point)), 1e-14, 1 - 1e-14) for point in ease.points]
    populations = [VotePopulation.of(one_coin_table(accuracies)) for accuracies in coins]
    shares = sum(np.exp(log) * p.shares for log, p in zip(ease.log_shares, populations, strict=True))
    patterns = VotePopulation(populations[0].votes, shares).patterns(1e15)
    model = fit_patterns(GLAD(tol=1e-10, max_iter=5000), patterns)
    np.testing.assert_allclose(model.abilities_, ABILITIES, atol=1e-6)


def test_expected_votes_are_those_of_brute_force():
    Q = np.random.default_rng(10).random((len(TINY), 3, 11))
    counts = np.arange(1, 7)
    (block,) = blocks(TINY, 3, counts=counts)
    right, cast = block.expected_votes(Q)
    for j in range(3):
        voting = np.flatnonzero(TINY[:, j] >= 0)
        np.testing.assert_allclose(right[j], sum(counts[i] * Q[i, TINY[i, j]] for i in voting))
        np.testing.assert_allclose(cast[j], sum(counts[i] * Q[i].sum(axis=0) for i in voting))


def test_small_blocks_change_nothing(monkeypatch):
    votes, _, _ = rows_of_differing_ease(ABILITIES, 100, k=3, propensity=0.7, seed=11)
    whole = GLAD().fit(votes)
    expected = whole.predict_proba(votes), whole.log_ease(votes)
    monkeypatch.setattr("labelwright.label_models.glad.BLOCK", 7 * 3 * 11)
    parts = GLAD().fit(votes)
    np.testing.assert_allclose(parts.predict_proba(votes), expected[0], atol=1e-9)
    np.testing.assert_allclose(parts.log_ease(votes), expected[1], atol=1e-9)


def test_the_ease_of_rows_is_found():
    votes, _, log_ease = rows_of_differing_ease(np.full(15, 1.0), 2000, k=3, seed=3, ease=(0.0, 1.0))
    model = GLAD(ease_prior=(0.0, 1.0)).fit(votes)
    found = model.log_ease(votes)
    assert np.corrcoef(found, log_ease)[0, 1] > 0.7
    silent = np.full((1, 15), -1)
    assert model.log_ease(silent)[0] == pytest.approx(0.0, abs=1e-9)


def test_rows_with_the_same_votes_have_the_same_ease_seen_in_training_or_not():
    votes, _, _ = rows_of_differing_ease(ABILITIES, 50, seed=4)
    model = GLAD().fit(votes)
    twice = model.log_ease(np.concatenate([votes, votes[::-1]]))
    np.testing.assert_array_equal(twice[:50], twice[:-51:-1])
    unseen = np.random.default_rng(5).integers(-1, 2, size=(100, 6))
    assert np.isfinite(model.log_ease(unseen)).all()
    with pytest.raises(NotFittedError):
        GLAD().log_ease(votes)


def test_contradicted_rows_are_less_certain_than_to_one_coin():
    votes, gold, _ = rows_of_differing_ease(np.full(20, 0.8), 1000, seed=6, ease=(0.0, 1.5))
    glad, coin = GLAD(ease_prior=(0.0, 1.5)), OneCoin()
    P, Q = (model.fit(votes).predict_proba(votes) for model in (glad, coin))
    losses = [-np.log(R[np.arange(1000), gold]).mean() for R in (P, Q)]
    assert losses[0] < 0.8 * losses[1]


def test_a_minority_of_lfs_worse_than_chance_is_turned_round():
    planted = sample_votes(one_coin_table([0.85, 0.8, 0.75, 0.9, 0.2, 0.25, 0.8]), 2000, random_state=7)
    model = GLAD().fit(planted.label_matrix)
    assert (model.abilities_[[4, 5]] < 0).all()
    assert (model.predict(planted.label_matrix, ties="first") == planted.gold).mean() > 0.95


@pytest.mark.parametrize("m", [1, 2, 3, 30])
def test_unanimous_votes_are_followed(m):
    votes = np.repeat([[0], [1], [1], [1], [2]], m, axis=1)
    assert GLAD().fit(votes).predict(votes).tolist() == [0, 1, 1, 1, 2]


def test_the_objective_never_falls():
    votes, _, _ = rows_of_differing_ease(ABILITIES, 300, k=3, propensity=0.6, seed=8)
    model = GLAD().fit(votes)
    assert model.converged_
    assert len(model.objective_) == model.n_iter_ > 5
    assert (np.diff(model.objective_) > -1e-9).all()


def test_not_converging_is_a_warning_and_on_record():
    with pytest.warns(ConvergenceWarning, match="GLAD did not converge in max_iter=2"):
        model = GLAD(max_iter=2).fit(rows_of_differing_ease(ABILITIES, 300, seed=9)[0])
    assert (model.n_iter_, model.converged_) == (2, False)


# crowd-kit 1.4.2 with its defaults: 92.5 on crowd_rte, 98.39 on crowd_weather_snorkel.
@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "percent"),
    [("trec", 52.1), ("semeval", 71.0), ("crowd_rte", 92.5), ("crowd_weather_snorkel", 98.1)],
)
def test_real_votes(real_score, name, percent):
    assert real_score(GLAD(), name) == pytest.approx(percent, abs=0.15)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("ability_prior", (1.0,)), ("ability_prior", (1.0, 0.0)), ("ease_prior", (np.nan, 1.0)),
     ("max_iter", 0), ("tol", -1.0)],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        GLAD(**{setting: value}).fit(TINY)
