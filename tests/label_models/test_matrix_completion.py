import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core import pair_moments, vote_patterns
from labelwright.label_models import MajorityVote, MatrixCompletion
from labelwright.label_models._moments.completion import (
    assumed_rates,
    complete,
    loss_and_gradient,
    rotate_towards,
)
from labelwright.label_models._moments.vote_moments import VoteMoments
from labelwright.testing import (
    VotePopulation,
    check_label_model,
    confusion_table,
    one_coin_table,
    sample_votes,
    unipolar_table,
)

MATRICES = np.random.default_rng(0).dirichlet([1.0, 1.0], size=(6, 2)) * 0.4 + 0.6 * np.eye(2)
PROPENSITIES = [1.0, 0.5, 0.8, 0.4, 0.9, 0.6]
DENSE = confusion_table(MATRICES, propensities=PROPENSITIES)
NARROW = unipolar_table(
    [0, 0, 1, 1, 1, 0],
    precisions=[0.97, 0.95, 0.5, 0.6, 0.7, 0.95],
    coverages=[0.4, 0.3, 0.1, 0.08, 0.05, 0.2],
    class_balance=[0.9, 0.1],
)
TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)


def accuracy(P, gold):
    return (P.argmax(axis=1) == gold).mean()


def test_moments_are_those_of_counting():
    rows = TINY[[0, 0, 1, 2, 2, 2, 3, 4, 5]]
    moments = VoteMoments.of(vote_patterns(rows), 3, model="")
    onehot = (rows[:, :, None] == np.arange(3)).reshape(9, 9).astype(float)
    assert moments.columns.tolist() == np.flatnonzero(onehot.any(axis=0)).tolist()
    np.testing.assert_allclose(moments.together, (onehot.T @ onehot / 9)[np.ix_(*[moments.columns] * 2)])


def test_bit_planes_and_sparse_products_count_alike(monkeypatch):
    votes = sample_votes(one_coin_table(np.full(9, 0.7), k=3, propensities=0.9), 500, random_state=0)
    patterns = vote_patterns(votes.label_matrix.votes)
    assert (patterns.counts == 1).any()
    sums = []
    for pairs in (1e-9, 1e9):
        monkeypatch.setattr("labelwright.label_models._moments.vote_moments.BIT_PAIRS", pairs)
        sums.append(VoteMoments.of(patterns, 3, model="").together * 500)
    np.testing.assert_allclose(sums[0], sums[1], atol=1e-9)
    counted = pair_moments(votes.label_matrix.votes, 3).counts
    np.testing.assert_allclose(sums[0], counted.reshape(len(sums[0]), -1))


@pytest.mark.parametrize("pull", [0.0, 0.3])
def test_the_gradient_is_that_of_the_loss(pull):
    moments = VoteMoments.of(vote_patterns(TINY), 3, model="")
    balance = np.array([0.5, 0.3, 0.2])
    anchor = assumed_rates(moments, balance, precision=0.7)

    def parts(flat):
        return loss_and_gradient(
            flat.reshape(anchor.shape), moments.together, moments.apart, balance, anchor=anchor, pull=pull
        )

    at = np.random.default_rng(0).uniform(size=anchor.size)
    assert check_grad(lambda x: parts(x)[0], lambda x: parts(x)[1].ravel(), at) < 1e-6


def test_the_loss_is_that_of_its_formula():
    moments = VoteMoments.of(vote_patterns(TINY), 3, model="")
    a, p = len(moments.columns), np.array([0.5, 0.3, 0.2])
    rates, anchor = np.random.default_rng(1).uniform(size=(2, a, 3))
    expected = 0.2 * ((rates - anchor) ** 2).sum()
    for one in range(a):
        expected += (rates[one] @ p - moments.together[one, one]) ** 2
        for two in range(a):
            if moments.columns[one] // 3 != moments.columns[two] // 3:
                expected += (moments.together[one, two] - (rates[one] * p) @ rates[two]) ** 2
    loss, _ = loss_and_gradient(rates, moments.together, moments.apart, p, anchor=anchor, pull=0.2)
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [2, 4])
def test_rotating_keeps_the_moments_and_never_leads_away_from_the_anchor(k):
    generator = np.random.default_rng(k)
    balance = generator.dirichlet(np.ones(k))
    rates, anchor = generator.uniform(size=(2, 12, k))
    turned = rotate_towards(rates, anchor, balance)
    np.testing.assert_allclose(turned * balance @ turned.T, rates * balance @ rates.T, atol=1e-12)
    np.testing.assert_allclose(turned @ balance, rates @ balance, atol=1e-12)
    assert ((turned - anchor) ** 2 @ balance).sum() <= ((rates - anchor) ** 2 @ balance).sum()
    np.testing.assert_allclose(rotate_towards(turned, anchor, balance), turned, atol=1e-10)


@pytest.mark.parametrize(
    ("table", "balance"),
    [
        (DENSE, [0.5, 0.5]),
        (DENSE, [0.3, 0.7]),
        (DENSE, [0.15, 0.85]),
        (NARROW, [0.9, 0.1]),
        (one_coin_table([0.9, 0.8, 0.7, 0.6, 0.75], k=3, propensities=PROPENSITIES[:5]), [1 / 3] * 3),
    ],
)
def test_moments_without_noise_give_the_truth(table, balance):
    k = table.shape[1]
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    fitted = fit_given(MatrixCompletion(), patterns, np.array(balance), k)
    assert fitted.converged_
    assert np.ptp(fitted.start_losses_) < 1e-12
    seen = table[:, :, :k] > 0
    np.testing.assert_allclose(fitted.vote_rates_[seen], table[:, :, :k][seen], atol=1e-6)


def fit_given(model, patterns, balance, k):
    """Fit on patterns that stand for more rows than there could be, with a given balance."""
    model.n_classes_, model.classes_ = k, np.arange(k)
    model._fit_patterns(patterns, balance)
    model._describe(patterns, balance)
    return model


def test_three_classes_are_found_up_to_a_rotation_and_that_is_all_that_moments_tell():
    generator = np.random.default_rng(0)
    matrices = generator.dirichlet([1.0] * 3, size=(6, 3)) * 0.4 + 0.6 * np.eye(3)
    table, balance = confusion_table(matrices, propensities=PROPENSITIES), np.array([0.5, 0.3, 0.2])
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    moments = VoteMoments.of(patterns, 3, model="")
    found = complete(
        moments, balance, anchor=assumed_rates(moments, balance, precision=0.7), pull=0.0, n_starts=3,
        max_iter=5000, tol=1e-12, generator=np.random.default_rng(0),
    ).rates  # fmt: skip
    truth = table[:, :, :3].transpose(0, 2, 1).reshape(18, 3)
    for rates in (truth, found):
        np.testing.assert_allclose(
            (rates * balance @ rates.T)[moments.apart], moments.together[moments.apart], atol=1e-9
        )
    assert 0.01 < np.abs(found - truth).max() < 0.08


def test_planted_rates_come_back_within_four_standard_errors(fit_patterns):
    population, generator = VotePopulation.of(DENSE), np.random.default_rng(1)
    fits = [
        fit_patterns(MatrixCompletion(), population.sample(20_000, random_state=generator)) for _ in range(20)
    ]
    found = np.array([fit.vote_rates_ for fit in fits])
    error = found.std(axis=0, ddof=1)
    assert (np.abs(found[0] - DENSE[:, :, :2]) < 4 * error).all()
    assert (np.abs(found.mean(axis=0) - DENSE[:, :, :2]) < 4 * error / np.sqrt(20)).all()
    assert error.max() < 0.03


@pytest.mark.slow
def test_the_error_falls_with_the_root_of_n(rate):
    population = VotePopulation.of(DENSE)
    slope = rate(MatrixCompletion, lambda model: model.vote_rates_, DENSE[:, :, :2], population)
    assert slope == pytest.approx(-0.5, abs=0.07)


def test_the_posterior_is_that_of_a_product_of_rates():
    planted = sample_votes(DENSE, 300, class_balance=[0.3, 0.7], random_state=2)
    votes = planted.label_matrix.votes
    for abstain in ("ignore", "outcome"):
        model = MatrixCompletion(class_balance=[0.3, 0.7], abstain=abstain).fit(votes)
        rates = model.vote_rates_
        expected = np.tile([0.3, 0.7], (300, 1))
        for j in range(6):
            silent = np.clip(1 - rates[j].sum(axis=1), 0, 1) if abstain == "outcome" else np.ones(2)
            expected *= np.where(votes[:, [j]] >= 0, rates[j][:, votes[:, j]].T, silent)
        covered = (votes >= 0).any(axis=1)
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict_proba(votes)[covered], expected[covered], atol=1e-9)


def test_silence_as_an_outcome_comes_close_to_the_best_posterior():
    planted = sample_votes(NARROW, 50_000, class_balance=[0.9, 0.1], random_state=3)
    L, votes = planted.label_matrix, planted.label_matrix.votes
    model = MatrixCompletion(class_balance=[0.9, 0.1], abstain="outcome", uncovered="model").fit(L)
    best = np.log([0.9, 0.1]) + sum(np.log(np.maximum(NARROW[j][:, votes[:, j]].T, 1e-12)) for j in range(6))
    assert accuracy(model.predict_proba(L), planted.gold) > accuracy(best, planted.gold) - 0.002


def test_a_minority_worse_than_chance_is_turned_round():
    planted = sample_votes(one_coin_table([0.9, 0.8, 0.85, 0.8, 0.2, 0.3]), 3000, random_state=4)
    L = planted.label_matrix
    model = MatrixCompletion().fit(L)
    assert (model.lf_accuracies_[4:] < 0.4).all()
    gain = accuracy(model.predict_proba(L), planted.gold) - accuracy(
        MajorityVote().fit(L).predict_proba(L), planted.gold
    )
    assert gain > 0.02


def test_agreeing_votes_are_not_overturned():
    planted = sample_votes(one_coin_table([0.8, 0.75, 0.7, 0.85], propensities=0.7), 2000, random_state=5)
    votes = planted.label_matrix.votes
    agree = (votes >= 0).any(axis=1) & ((votes == -1) | (votes == votes.max(axis=1, keepdims=True))).all(
        axis=1
    )
    predicted = MatrixCompletion().fit(votes).predict(votes)
    assert (predicted[agree] == votes.max(axis=1)[agree]).all()


@pytest.mark.parametrize("m", [1, 2])
def test_too_few_lfs_are_followed_at_the_assumed_precision(m):
    votes = sample_votes(one_coin_table([0.9] * m), 200, random_state=6).label_matrix.votes
    model = MatrixCompletion().fit(votes)
    assert ((model.lf_accuracies_ > 0.6) & (model.lf_accuracies_ < 0.97)).all()
    alike = (votes == votes[:, :1]).all(axis=1)
    assert (model.predict(votes)[alike] == votes[alike, 0]).all()


def test_an_estimated_balance():
    planted = sample_votes(DENSE, 20_000, class_balance=[0.8, 0.2], random_state=7)
    model = MatrixCompletion(estimate_balance=True).fit(planted.label_matrix)
    np.testing.assert_allclose(model.class_balance_, [0.8, 0.2], atol=0.02)
    np.testing.assert_allclose(MatrixCompletion().fit(planted.label_matrix).class_balance_, 0.5)


def test_seeds_draw_starts_that_arrive_at_the_same_place():
    votes = sample_votes(DENSE, 2000, random_state=8).label_matrix.votes
    fits = [MatrixCompletion(n_starts=5, random_state=seed).fit(votes) for seed in range(3)]
    for fit in fits:
        assert np.ptp(fit.start_losses_) < 1e-9
        np.testing.assert_allclose(fit.vote_rates_, fits[0].vote_rates_, atol=1e-6)


def test_not_arriving_is_a_warning_and_on_record():
    votes = sample_votes(DENSE, 300, random_state=9).label_matrix.votes
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        model = MatrixCompletion(max_iter=2, l2=0).fit(votes)
    assert not model.converged_
    assert len(model.losses_) == model.n_iter_ + 1


def test_moments_that_would_not_fit_are_refused():
    votes = np.arange(5000)[:, None] % 2500
    with pytest.raises(LabelModelError, match="at most 4096 are possible; use LabelModel"):
        MatrixCompletion().fit(np.column_stack([votes, votes]))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("abstain", "maybe"),
        ("init_precision", 1.0),
        ("l2", -1),
        ("n_starts", 0),
        ("max_iter", 0),
        ("tol", -1),
    ],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        MatrixCompletion(**{setting: value}).fit(TINY)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"abstain": "outcome"}, {"n_starts": 1, "l2": 20}])
def test_other_settings_meet_the_contract(settings):
    check_label_model(MatrixCompletion(**settings))


# Measured; Snorkel 0.10's LabelModel, which stops early, gives 84.0, 47.3, 81.3, 32.1, 51.2, 47.7, 44.3.
SCORES = {
    "youtube": 86.4, "trec": 47.0, "semeval": 81.3, "sms_fixed": 32.0, "census": 51.1, "chemprot": 42.9,
    "cdr_text_lfs": 44.5,
}  # fmt: skip


@pytest.mark.wrench
@pytest.mark.parametrize("name", SCORES)
def test_real_votes(real_score, name):
    assert real_score(MatrixCompletion(), name) == pytest.approx(SCORES[name], abs=0.3)
