"""IBCC and EBCC: the bound, planted parameters, and real votes."""

import itertools

import numpy as np
import pytest
from scipy.special import gammaln
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core import VotePatterns, vote_patterns
from labelwright.io import read_crowd, read_wrench
from labelwright.label_models import EBCC, IBCC, MajorityVote
from labelwright.label_models.ebcc import split_majority
from labelwright.testing import confusion_table, one_coin_table, sample_votes
from labelwright.testing.label_model_suite import planted_votes

TINY = np.array([[0, 1, -1], [0, 0, 0], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [0, 1, -1]], dtype=np.int8)


def all_patterns(m, k):
    votes = np.array(list(itertools.product(range(-1, k), repeat=m)), dtype=np.int8)
    return votes, np.arange(len(votes))


def pattern_shares(votes, table, balance):
    """The exact probability of each pattern."""
    likelihood = np.stack(
        [table[np.arange(table.shape[0]), y, votes].prod(axis=1) for y in range(len(balance))], axis=1
    )
    return likelihood @ balance


def fitted_to_counts(model, votes, counts, *, k):
    model.n_classes_ = k
    model._fit_patterns(VotePatterns(votes, counts, np.arange(len(votes))), None)
    return model


def log_of_dirichlet(counts, prior):
    """log P(counts in this order | Dirichlet(prior)), over the last axis."""
    log = gammaln(prior.sum(-1)) - gammaln((counts + prior).sum(-1))
    return (log + (gammaln(counts + prior) - gammaln(prior)).sum(-1)).sum()


def log_evidence(votes, *, k, abstain):
    """Sum over all labelings: the log probability of the votes with parameters integrated out."""
    n, m = votes.shape
    v = k + abstain
    prior = np.where(np.arange(v) == np.arange(k)[:, None], 4.0, 1.0)
    logs = []
    for labels in itertools.product(range(k), repeat=n):
        counts = np.zeros((m, k, v))
        for (i, j), vote in np.ndenumerate(votes):
            if vote >= 0 or abstain:
                counts[j, labels[i], vote] += 1
        logs.append(
            log_of_dirichlet(np.bincount(labels, minlength=k), np.ones(k)) + log_of_dirichlet(counts, prior)
        )
    return np.logaddexp.reduce(logs)


@pytest.mark.parametrize("abstain", ["ignore", "outcome"])
def test_the_bound_is_below_the_evidence_and_close_to_it(abstain):
    model = IBCC(abstain=abstain, tol=1e-9).fit(TINY)
    exact = log_evidence(TINY, k=2, abstain=abstain == "outcome")
    assert exact - 2.5 < model.elbo_[-1] < exact


@pytest.mark.parametrize(
    "model", [IBCC(), IBCC(abstain="outcome"), EBCC(), EBCC(abstain="outcome")], ids=repr
)
@pytest.mark.parametrize("settings", [{}, {"class_balance": [2, 1, 1]}, {"empirical_prior": True}], ids=str)
def test_the_bound_never_falls(model, settings):
    fitted = type(model)(abstain=model.abstain, tol=1e-8, max_iter=2000, **settings).fit(planted_votes())
    assert len(fitted.elbo_) == fitted.n_iter_ > 5
    assert np.diff(fitted.elbo_).min() > -1e-9 * abs(fitted.elbo_[-1])


@pytest.mark.parametrize("abstain", ["ignore", "outcome"])
def test_one_update_is_that_of_loops(abstain):
    both = abstain == "outcome"
    with pytest.warns(ConvergenceWarning, match="max_iter=1") as warned:
        model = IBCC(abstain=abstain, max_iter=1).fit(TINY)
    assert warned[0].filename == __file__
    confusion = np.where(np.arange(2 + both) == np.arange(2)[:, None], 4.0, 1.0)[None].repeat(3, axis=0)
    balance = np.ones(2)
    for row in TINY:
        shares = np.array([(row == c).sum() for c in range(2)], dtype=float)
        shares = shares / shares.sum() if shares.sum() else np.full(2, 0.5)
        balance += shares
        for j, vote in enumerate(row):
            if vote >= 0 or both:
                confusion[j, :, vote] += shares
    np.testing.assert_allclose(model.confusion_, confusion / confusion.sum(axis=2, keepdims=True))
    np.testing.assert_allclose(model.class_balance_, balance / balance.sum())


@pytest.mark.parametrize("abstain", ["ignore", "outcome"])
def test_planted_parameters_come_back_within_four_standard_errors(abstain):
    matrices = np.random.default_rng(4).dirichlet([1.0, 1.0, 1.0], size=(6, 3)) * 0.35 + 0.65 * np.eye(3)
    table = confusion_table(matrices, propensities=[0.9, 0.8, 0.9, 0.7, 0.8, 0.9])
    balance = np.array([0.5, 0.3, 0.2])
    n = 40_000
    planted = sample_votes(table, n, class_balance=balance, random_state=5)
    model = IBCC(abstain=abstain, tol=1e-7).fit(planted.label_matrix)
    assert model.converged_
    target, seen = (table, 1.0) if abstain == "outcome" else (matrices, 1 - table[:, :, -1:])
    # The classes are not seen, so the information is less than a count's; a factor 1.5 covers that here.
    error = 1.5 * np.sqrt(target * (1 - target) / (n * balance[None, :, None] * seen)) + 2e-4
    assert (np.abs(model.confusion_ - target) / error).max() < 4
    assert (np.abs(model.class_balance_ - balance) < 4 * 1.5 * np.sqrt(balance * (1 - balance) / n)).all()
    assert np.abs(model.lf_accuracies_ - planted.lf_accuracies).max() < 0.01


POPULATION = one_coin_table([0.85, 0.8, 0.75, 0.7], propensities=[0.9, 0.8, 0.7, 0.9])
BALANCE = np.array([0.6, 0.4])


@pytest.mark.parametrize("abstain", ["ignore", "outcome"])
def test_the_population_gives_the_parameters_back(abstain):
    votes, _ = all_patterns(4, 2)
    counts = np.round(pattern_shares(votes, POPULATION, BALANCE) * 1e11).astype(np.int64)
    model = fitted_to_counts(IBCC(abstain=abstain, tol=1e-12, max_iter=10_000), votes, counts, k=2)
    target = (
        POPULATION if abstain == "outcome" else POPULATION[:, :, :2] / POPULATION[:, :, :2].sum(2)[..., None]
    )
    assert np.abs(model.confusion_ - target).max() < 1e-6
    assert np.abs(model._belief.mean_balance() - BALANCE).max() < 1e-6


@pytest.mark.slow
def test_errors_shrink_with_the_square_root_of_the_rows():
    votes, _ = all_patterns(4, 2)
    shares = pattern_shares(votes, POPULATION, BALANCE)
    generator = np.random.default_rng(0)
    sizes = [10**3, 10**4, 10**5, 10**6]
    errors = [
        np.sqrt(
            np.mean(
                [
                    (
                        fitted_to_counts(
                            IBCC(abstain="outcome", tol=1e-6, max_iter=3000),
                            votes,
                            generator.multinomial(n, shares / shares.sum()),
                            k=2,
                        ).confusion_
                        - POPULATION
                    )
                    ** 2
                    for _ in range(12)
                ]
            )
        )
        for n in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.07)


@pytest.mark.parametrize("model", [IBCC(), EBCC()], ids=repr)
def test_an_adversarial_minority_is_found_out(model):
    planted = sample_votes(one_coin_table([0.9, 0.8, 0.85, 0.8, 0.2, 0.1]), 2000, random_state=3)
    model.fit(planted.label_matrix)
    assert (model.predict(planted.label_matrix) == planted.gold).mean() > 0.96
    assert model.lf_accuracies_[4] < 0.3


def fooled_together(n, *, seed):
    """Rows of which a fifth fool three of seven LFs together, in either class."""
    generator = np.random.default_rng(seed)
    fooled = generator.random(n) < 0.2
    easy, hard = (
        sample_votes(one_coin_table([accuracy] * 3 + [0.85] * 4), n, random_state=generator)
        for accuracy in (0.9, 0.1)
    )
    votes = np.where(fooled[:, None], hard.label_matrix.votes, easy.label_matrix.votes)
    return votes, np.where(fooled, hard.gold, easy.gold), fooled.mean()


def test_subtypes_hold_what_lfs_do_together():
    votes, gold, hard = fooled_together(5000, seed=6)
    enhanced = EBCC()
    found, others = (
        max((model.fit(votes).predict(votes, ties="first") == gold).mean() for model in models)
        for models in ([enhanced], [IBCC(), MajorityVote()])
    )
    assert found > 0.955
    assert found > others + 0.03
    np.testing.assert_allclose(enhanced.subtype_shares_[:, :2], [[1 - hard, hard]] * 2, atol=0.05)
    right = enhanced.confusion_[:, [0, 1], [0, 1]].mean(axis=1)
    np.testing.assert_allclose(right, [0.9 - 0.8 * hard] * 3 + [0.85] * 4, atol=0.02)


def test_one_subtype_is_the_independent_model():
    votes = planted_votes()
    np.testing.assert_allclose(
        EBCC(n_subtypes=1).fit(votes).predict_proba(votes), IBCC().fit(votes).predict_proba(votes), atol=1e-9
    )


def test_the_best_of_several_starts_is_kept_whatever_the_seed():
    votes = planted_votes()
    model = EBCC(n_init=4).fit(votes)
    assert model.elbos_.shape == (4,)
    assert model.elbo_[-1] == model.elbos_.max()
    again = EBCC(n_init=4).fit(votes)
    np.testing.assert_array_equal(again.elbos_, model.elbos_)
    assert not np.array_equal(EBCC(n_init=4, random_state=9).fit(votes).elbos_, model.elbos_)


def test_a_start_splits_the_majority_vote():
    patterns = vote_patterns(TINY)
    start = split_majority(patterns, 2, 3, np.random.default_rng(0))
    by_class = start.reshape(len(patterns), 2, 3).sum(axis=2)
    np.testing.assert_allclose(by_class, MajorityVote().fit(TINY).predict_proba(patterns.votes))


def test_an_empirical_prior_holds_the_balance():
    votes = planted_votes()
    majority = MajorityVote().fit(votes).class_balance_
    free, held = IBCC().fit(votes), IBCC(empirical_prior=True).fit(votes)
    assert np.abs(held.class_balance_ - majority).max() < np.abs(free.class_balance_ - majority).max()


def test_outcomes_that_training_never_showed_get_their_prior():
    votes = np.array([[0, 0], [0, 0], [0, 1]])
    model = IBCC(n_classes=3).fit(votes)
    assert model.confusion_.shape == (2, 3, 3)
    np.testing.assert_allclose(model.confusion_.sum(axis=2), 1)
    assert model.predict([[2, 2]]).tolist() == [2]


def test_two_hundred_classes_and_many_sparse_lfs():
    gold = np.repeat(np.arange(200), 3)
    votes = np.full((600, 1000), -1)
    for column in range(1000):
        votes[np.random.default_rng(column).choice(3, size=2, replace=False) + 3 * (column % 200), column] = (
            column % 200
        )
    model = EBCC(n_init=1, n_subtypes=2).fit(votes)
    covered = (votes >= 0).any(axis=1)
    assert (model.predict(votes)[covered] == gold[covered]).all()
    assert len(model._belief.columns) == 1000


@pytest.mark.parametrize(
    ("setting", "value"),
    [("abstain", "missing"), ("right_votes", 0), ("wrong_votes", -1.0), ("balance_votes", np.inf),
     ("share_votes", 0), ("n_subtypes", 0), ("n_init", 1.5), ("max_iter", 0), ("tol", -1.0)],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        EBCC(**{setting: value}).fit(TINY)


def expected_accuracy(P, gold):
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    return 100 * (tied / tied.sum(axis=1, keepdims=True))[np.arange(len(gold)), gold].mean()


@pytest.mark.slow
@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "independent", "enhanced"), [("crowd_rte", 92.8, 92.8), ("crowd_weather_snorkel", 95.2, 92.6)]
)
def test_crowds(real_data, name, independent, enhanced):
    crowd = read_crowd(real_data / name)
    judged = crowd.gold >= 0
    scores = [
        expected_accuracy(
            model.fit(crowd.label_matrix).predict_proba(crowd.label_matrix)[judged], crowd.gold[judged]
        )
        for model in (IBCC(), EBCC())
    ]
    assert scores == pytest.approx([independent, enhanced], abs=0.5)


@pytest.mark.wrench
def test_lfs_for_one_class_tell_nothing_unless_abstaining_is_an_outcome(real_data):
    data = read_wrench(real_data / "youtube")
    scores = [
        expected_accuracy(
            model.fit(data.train.label_matrix).predict_proba(data.test.label_matrix), data.test.gold
        )
        for model in (IBCC(), IBCC(abstain="outcome"), EBCC(abstain="outcome"))
    ]
    assert scores == pytest.approx([53.2, 83.6, 78.0], abs=0.5)
