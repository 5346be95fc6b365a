import itertools

import numpy as np
import pytest

from labelwright._errors import LabelModelError
from labelwright.core import vote_patterns
from labelwright.label_models import DawidSkene, MajorityVote, Triplet
from labelwright.label_models._moments.triplets import OneVsRest, Products, contradict, log_loadings
from labelwright.label_models._moments.vote_moments import VoteMoments
from labelwright.testing import (
    VotePopulation,
    confusion_table,
    label_model_checks,
    one_coin_table,
    sample_votes,
    unipolar_table,
)

ACCURACIES = np.array([0.9, 0.8, 0.7, 0.65, 0.85, 0.75])
PROPENSITIES = np.array([1.0, 0.5, 0.8, 0.4, 0.9, 0.6])
COINS = one_coin_table(ACCURACIES, propensities=PROPENSITIES)
MATRICES = np.random.default_rng(0).dirichlet([1.0, 1.0], size=(6, 2)) * 0.4 + 0.6 * np.eye(2)
DENSE = confusion_table(MATRICES, propensities=PROPENSITIES)
NARROW = unipolar_table(
    [0, 0, 0, 1, 1, 1],
    precisions=[0.95, 0.9, 0.95, 0.7, 0.6, 0.8],
    coverages=[0.4, 0.3, 0.2, 0.1, 0.15, 0.05],
    class_balance=[0.8, 0.2],
)
TINY = np.array([[0, 1, -1], [0, 0, 2], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [2, 1, -1]], dtype=np.int8)


def accuracy(P, gold):
    return (P.argmax(axis=1) == gold).mean()


def fit_given(model, patterns, balance):
    """Fit on patterns that stand for any number of rows, with a given balance."""
    model.n_classes_, model.classes_ = len(balance), np.arange(len(balance))
    model._fit_patterns(patterns, np.array(balance))
    model._describe(patterns, np.array(balance))
    return model


def ratios(table):
    """P(v | c) over P(v | the other class), for two classes: (m, v, c)."""
    right, wrong = table[:, :, :2], table[:, ::-1, :2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(right / wrong, 0.01, 100).transpose(0, 2, 1)


def products(loadings, n=1e6, noise=None):
    m = len(loadings)
    values = np.outer(loadings, loadings)
    return Products(values + (0 if noise is None else noise), np.ones((m, m)), ~np.eye(m, dtype=bool), int(n))


def test_exact_products_give_the_loadings():
    loadings = np.array([0.5, -0.3, 0.8, 0.05, -0.6])
    found = log_loadings(products(loadings, n=1e12), np.sign(loadings) * 0.2, prior_weight=1e-6)
    np.testing.assert_allclose(found, loadings, rtol=1e-9)


def test_three_variables_are_the_triplet_formula():
    values = products(np.array([0.5, 0.3, 0.8]), n=1e12)
    found = log_loadings(values, np.full(3, 0.2), prior_weight=1e-6)
    M = values.values
    for a, b, c in itertools.permutations(range(3)):
        assert found[a] == pytest.approx(np.sqrt(M[a, b] * M[a, c] / M[b, c]), rel=1e-9)


def test_no_triplet_divides_by_noise():
    generator = np.random.default_rng(0)
    loadings = np.r_[np.full(6, 0.5), np.full(6, 0.001)]
    noise = np.triu(generator.normal(size=(12, 12)) / 1e2, 1)
    found = log_loadings(products(loadings, n=1e4, noise=noise + noise.T), np.full(12, 0.3), prior_weight=4.0)
    np.testing.assert_allclose(found[:6], 0.5, atol=0.02)
    assert (found[6:] < 0.07).all()  # drawn to the assumed 0.3, but only so far


def test_signs_are_turned_only_on_evidence():
    loadings = np.array([0.5, 0.4, 0.6, -0.5, 0.3])
    prior = np.full(5, 0.3)
    assert np.sign(contradict(products(loadings, n=1e4), prior)).tolist() == [1, 1, 1, -1, 1]
    assert np.sign(contradict(products(loadings, n=10), prior)).tolist() == [1] * 5


def test_one_vs_rest_merges_the_votes_for_other_classes():
    rows = TINY[[0, 0, 1, 2, 3, 4, 5]]
    view = OneVsRest.of(VoteMoments.of(vote_patterns(rows), 3, model=""), 1)
    for a, b in itertools.product(range(len(view.lf)), repeat=2):
        cast = [
            (rows[:, view.lf[x]] != 1) & (rows[:, view.lf[x]] >= 0)
            if view.against[x]
            else rows[:, view.lf[x]] == 1
            for x in (a, b)
        ]
        assert view.together[a, b] == pytest.approx((cast[0] & cast[1]).mean())
    share, spread = 0.25, view.covariances(0.25).spread
    x, y = rows[:, 0] == 1, rows[:, 1] == 1
    here = [int(np.flatnonzero((view.lf == j) & ~view.against)[0]) for j in (0, 1)]
    expected = ((x - x.mean()) ** 2 * (y - y.mean()) ** 2).mean() / (share * (1 - share)) ** 2
    assert spread[here[0], here[1]] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("table", "balance"),
    [(COINS, [0.5, 0.5]), (DENSE, [0.3, 0.7]), (DENSE, [0.85, 0.15]), (NARROW, [0.8, 0.2])],
)
def test_moments_without_noise_give_the_truth(table, balance):
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    model = fit_given(Triplet(), patterns, balance)
    assert not model.contradicted_.any()
    cast = table[:, :, :2].sum(axis=1) > 0
    np.testing.assert_allclose(np.log(model.vote_ratios_)[cast], np.log(ratios(table))[cast], atol=1e-6)


def test_moments_without_noise_give_the_truth_for_more_classes_too():
    balance = [0.5, 0.3, 0.2]
    table = one_coin_table(ACCURACIES, k=3, propensities=PROPENSITIES)
    patterns = VotePopulation.of(table, class_balance=balance).patterns(1e15)
    model = fit_given(Triplet(), patterns, balance)
    np.testing.assert_allclose(
        model.vote_ratios_[:, np.arange(3), np.arange(3)],
        np.tile((ACCURACIES / ((1 - ACCURACIES) / 2))[:, None], 3),
        rtol=1e-6,
    )


@pytest.mark.parametrize("balance", [[0.5, 0.5], [0.8, 0.2]])
def test_raw_moments_without_noise_give_symmetric_lfs(balance):
    patterns = VotePopulation.of(COINS, class_balance=balance).patterns(1e15)
    model = fit_given(Triplet(moments="raw"), patterns, balance)
    np.testing.assert_allclose(np.log(model.vote_ratios_), np.log(ratios(COINS)), atol=1e-6)
    np.testing.assert_allclose(model.lf_accuracies_, ACCURACIES, atol=0.12 if balance[0] != 0.5 else 1e-6)


@pytest.mark.parametrize("moments", ["centred", "raw"])
def test_planted_accuracies_come_back_within_four_standard_errors(fit_patterns, moments):
    population, generator = VotePopulation.of(COINS), np.random.default_rng(1)
    fits = [
        fit_patterns(Triplet(moments=moments), population.sample(20_000, random_state=generator))
        for _ in range(20)
    ]
    found = np.array([fit.lf_accuracies_ for fit in fits])
    error = found.std(axis=0, ddof=1)
    assert (np.abs(found[0] - ACCURACIES) < 4 * error).all()
    assert (np.abs(found.mean(axis=0) - ACCURACIES) < 4 * error / np.sqrt(20)).all()
    assert error.max() < 0.02


@pytest.mark.parametrize("moments", ["centred", "raw"])
def test_the_error_falls_with_the_root_of_n(rate, moments):
    population = VotePopulation.of(COINS)
    slope = rate(lambda: Triplet(moments=moments), lambda model: model.lf_accuracies_, ACCURACIES, population)
    assert slope == pytest.approx(-0.5, abs=0.07)


def test_maximum_likelihood_is_at_least_as_precise(fit_patterns):
    population, generator = VotePopulation.of(COINS), np.random.default_rng(2)
    errors = np.zeros(2)
    for _ in range(5):
        patterns = population.sample(20_000, random_state=generator)
        for i, model in enumerate((Triplet(), DawidSkene(abstain="ignore"))):
            found = fit_patterns(model, patterns).lf_accuracies_
            errors[i] += ((found - ACCURACIES) ** 2).sum()
    assert errors[1] < errors[0] < 3 * errors[1]


def test_the_posterior_is_close_to_the_best_one():
    planted = sample_votes(DENSE, 20_000, class_balance=[0.3, 0.7], random_state=3)
    L, votes = planted.label_matrix, planted.label_matrix.votes
    best = np.log([0.3, 0.7]) + sum(
        np.where(votes[:, [j]] >= 0, np.log(MATRICES[j][:, votes[:, j]].T), 0.0) for j in range(6)
    )
    P = Triplet(class_balance=[0.3, 0.7], uncovered="prior").fit(L).predict_proba(L)
    assert accuracy(P, planted.gold) > accuracy(best, planted.gold) - 0.003
    expected = np.exp(best) / np.exp(best).sum(axis=1, keepdims=True)
    assert np.abs(P - expected).mean() < 0.01


def test_a_minority_worse_than_chance_is_turned_round():
    planted = sample_votes(one_coin_table([0.9, 0.8, 0.85, 0.8, 0.2, 0.3]), 3000, random_state=4)
    L = planted.label_matrix
    model = Triplet().fit(L)
    assert model.contradicted_.tolist() == [[False] * 2] * 4 + [[True] * 2] * 2
    assert (model.lf_accuracies_[4:] < 0.4).all()
    gain = accuracy(model.predict_proba(L), planted.gold) - accuracy(
        MajorityVote().fit(L).predict_proba(L), planted.gold
    )
    assert gain > 0.02


def test_agreeing_votes_are_not_overturned():
    planted = sample_votes(one_coin_table([0.8, 0.75, 0.7, 0.85], propensities=0.7), 2000, random_state=5)
    votes = planted.label_matrix.votes
    highest = votes.max(axis=1)
    agree = (highest >= 0) & ((votes == -1) | (votes == highest[:, None])).all(axis=1)
    assert (Triplet().fit(votes).predict(votes)[agree] == highest[agree]).all()


@pytest.mark.parametrize("moments", ["centred", "raw"])
@pytest.mark.parametrize("m", [1, 2])
def test_too_few_lfs_are_followed_at_the_assumed_precision(m, moments):
    votes = sample_votes(one_coin_table([0.9] * m), 200, random_state=6).label_matrix.votes
    model = Triplet(moments=moments).fit(votes)
    assert ((model.lf_accuracies_ > 0.6) & (model.lf_accuracies_ < 0.97)).all()
    alike = (votes == votes[:, :1]).all(axis=1)
    assert (model.predict(votes)[alike] == votes[alike, 0]).all()


def test_an_estimated_balance():
    planted = sample_votes(DENSE, 20_000, class_balance=[0.8, 0.2], random_state=7)
    model = Triplet(estimate_balance=True).fit(planted.label_matrix)
    np.testing.assert_allclose(model.class_balance_, [0.8, 0.2], atol=0.02)


def test_moments_that_would_not_fit_are_refused():
    votes = np.arange(5000)[:, None] % 2500
    with pytest.raises(LabelModelError, match=r"Triplet learns from the moments .* at most 4096"):
        Triplet().fit(np.column_stack([votes, votes]))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("moments", "third"), ("init_precision", 1.0), ("init_precision", 0.3), ("prior_weight", 0)],
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        Triplet(**{setting: value}).fit(TINY)


@pytest.mark.slow
def test_raw_moments_meet_the_contract():
    for check in label_model_checks():
        if check.__name__ != "check_gold_of_all_rows":  # raw moments take the class balance only from gold
            check(Triplet(moments="raw"))


class MeanOfTriplets(Triplet):
    """FlyingSquid as it is: the mean over all triplets, zero divisors left out, absolute cells."""

    def _fit_class(self, moments, c):
        view, share = OneVsRest.of(moments, c), self._balance[c]
        split = (view.lf == np.unique(view.lf)[:, None]).astype(float)
        signed = split * np.where(view.against, -1.0, 1.0)
        products = np.abs(signed @ view.together @ signed.T)
        with np.errstate(divide="ignore"):
            inverse = np.where(products > 0, products**-0.5, 0.0)
        np.fill_diagonal(inverse, 0.0)
        beside = np.sqrt(products)
        np.fill_diagonal(beside, 0.0)
        m = len(split)
        agreement = ((beside @ inverse) * beside).sum(axis=1) / max((m - 1) * (m - 2), 1)
        positive, voted = (split * ~view.against) @ view.rate, split @ view.rate
        right = (voted + agreement) / 2
        both = (positive + share * voted - voted + right) / 2
        for_c = np.abs([both, positive - both])
        for_rest = np.abs([share * voted - both, right - both])
        cells = np.maximum(np.where(view.against, for_rest @ split, for_c @ split), 1e-6)
        ratios = cells[0] / cells[1] * (1 - share) / share
        self._weights[:, c] = np.log(ratios[view.place])


# FlyingSquid's own figures, one class against the rest, uniform balance.
FLYING_SQUID = {
    "youtube": 78.8, "trec": 57.9, "semeval": 11.1, "sms_fixed": 31.2, "census": 17.9, "chemprot": 46.5,
    "cdr_text_lfs": 50.9,
}  # fmt: skip


@pytest.mark.wrench
@pytest.mark.parametrize("name", FLYING_SQUID)
def test_the_mean_over_triplets_gives_the_figures_of_flyingsquid(real_score, name):
    assert real_score(MeanOfTriplets(), name) == pytest.approx(FLYING_SQUID[name], abs=0.2)


SCORES = {
    "youtube": (85.6, 79.2),
    "trec": (56.6, 65.0),
    "semeval": (81.8, 71.0),
    "sms_fixed": (32.9, 31.5),
    "census": (51.6, 39.2),
    "chemprot": (47.2, 45.9),
    "cdr_text_lfs": (53.3, 52.1),
}


@pytest.mark.wrench
@pytest.mark.parametrize("name", SCORES)
def test_real_votes(real_score, name):
    scores = [real_score(Triplet(moments=moments), name) for moments in ("centred", "raw")]
    assert scores == pytest.approx(SCORES[name], abs=0.3)
