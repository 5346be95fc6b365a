import numpy as np
import pytest

from labelwright._errors import LabelModelError
from labelwright.core import vote_patterns
from labelwright.label_models import DawidSkene, LabelModel
from labelwright.label_models._default.independent import (
    MAX_LACK_OF_FIT,
    Given,
    independent_fit,
    lack_of_fit,
    worth_trying,
)
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.testing import one_coin_table, sample_votes, unipolar_table

pytestmark = pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
COINS = one_coin_table([0.9, 0.8, 0.75, 0.7, 0.65], propensities=0.6)


def cast_of(votes, k=2):
    return WeightedVotes.of_patterns(vote_patterns(np.asarray(votes, dtype=np.int8)), k)


def shares(cast):
    scores = np.exp(cast.scores(cast.own.astype(float)))
    return scores / scores.sum(axis=1, keepdims=True)


def fitted(votes, k=2):
    cast = cast_of(votes, k)
    return cast, independent_fit(cast, [shares(cast)], Given(None))[0]


def test_it_is_dawid_and_skene_with_the_same_prior():
    planted = sample_votes(COINS, 4000, class_balance=[0.7, 0.3], random_state=0)
    ours = LabelModel(method="independent").fit(planted.label_matrix)
    theirs = DawidSkene(pseudo_count=0.5, tol=1e-7, max_iter=2000).fit(planted.label_matrix)
    P, Q = (model.predict_proba(planted.label_matrix) for model in (ours, theirs))
    np.testing.assert_allclose(P, Q, atol=2e-3)
    np.testing.assert_allclose(ours.class_balance_, theirs.class_balance_, atol=1e-3)


def test_planted_tables_come_back():
    planted = sample_votes(COINS, 100_000, class_balance=[0.7, 0.3], random_state=1)
    _, fit = fitted(planted.label_matrix.votes)
    np.testing.assert_allclose(fit.balance, [0.7, 0.3], atol=0.02)
    np.testing.assert_allclose(fit.votes.reshape(5, 2, 2).transpose(0, 2, 1), COINS[:, :, :2], atol=0.02)
    np.testing.assert_allclose(fit.silence, 0.4, atol=0.02)


def test_the_better_of_several_starts_is_gone_on_with():
    planted = sample_votes(COINS, 3000, class_balance=[0.7, 0.3], random_state=2)
    cast = cast_of(planted.label_matrix.votes)
    useless = np.full((len(cast.counts), 2), 0.5)
    best, _ = independent_fit(cast, [useless, shares(cast)], Given(None))
    np.testing.assert_allclose(best.votes, independent_fit(cast, [shares(cast)], Given(None))[0].votes)
    stuck, _ = independent_fit(cast, [useless], Given(None))
    assert np.abs(stuck.votes[:, 0] - stuck.votes[:, 1]).max() < 1e-6


def test_classes_are_named_so_that_votes_are_right_most_often():
    planted = sample_votes(one_coin_table([0.9, 0.9, 0.3, 0.3, 0.3]), 5000, random_state=3)
    predicted = LabelModel(method="independent").fit(planted.label_matrix).predict(planted.label_matrix)
    assert (predicted == planted.gold).mean() > 0.9


def test_the_lack_of_fit_is_that_of_brute_force():
    planted = sample_votes(COINS, 500, random_state=4)
    votes = planted.label_matrix.votes
    cast, fit = fitted(votes)
    top = bottom = pairs = 0
    for a in range(10):
        for b in range(a + 1, 10):
            expected = len(votes) * (fit.balance * fit.votes[a] * fit.votes[b]).sum()
            if a // 2 == b // 2 or expected < 10:
                continue
            observed = ((votes[:, a // 2] == a % 2) & (votes[:, b // 2] == b % 2)).sum()
            top += ((observed - expected) ** 2 - expected) / expected
            bottom += expected
            pairs += 1
    found, error = lack_of_fit(cast, fit)
    assert found == pytest.approx(top / bottom)
    assert error == pytest.approx(np.sqrt(2 * pairs) / bottom)


def followers(n, seed, share):
    """Five LFs of which two follow the first on a share of the rows."""
    votes = np.array(sample_votes(COINS, n, random_state=seed).label_matrix.votes)
    generator = np.random.default_rng(seed)
    for j in (3, 4):
        follows = generator.random(n) < share
        votes[follows, j] = votes[follows, 0]
    return votes


@pytest.mark.parametrize("n", [3000, 30_000])
def test_the_lack_of_fit_is_a_size_and_does_not_grow_with_rows(n):
    independent = np.mean([lack_of_fit(*fitted(followers(n, seed, 0.0)))[0] for seed in range(3)])
    dependent = np.mean([lack_of_fit(*fitted(followers(n, seed, 0.5)))[0] for seed in range(3)])
    assert -0.005 < independent < 0.001
    assert 0.02 < dependent < 0.2


def test_near_duplicates_are_no_lack_of_fit():
    votes = followers(5000, 5, 0.0)
    found, _ = lack_of_fit(*fitted(np.column_stack([votes, votes[:, :2]])))
    assert abs(found) < MAX_LACK_OF_FIT


def test_the_default_takes_the_model_that_the_votes_bear_out():
    independent, dependent = followers(8000, 6, 0.0), followers(8000, 6, 0.5)
    assert LabelModel().fit(independent).method_ == "independent"
    model = LabelModel().fit(dependent)
    assert model.method_ == "anchored"
    assert model.lack_of_fit_ > MAX_LACK_OF_FIT
    told = LabelModel(method="anchored").fit(dependent)
    np.testing.assert_array_equal(model.predict_proba(dependent), told.predict_proba(dependent))
    assert np.isnan(told.lack_of_fit_)


def test_a_given_balance_is_kept():
    planted = sample_votes(COINS, 5000, class_balance=[0.7, 0.3], random_state=7)
    model = LabelModel(class_balance=[0.6, 0.4]).fit(planted.label_matrix)
    assert model.method_ == "independent"
    np.testing.assert_allclose(model.class_balance_, [0.6, 0.4])


def test_silence_speaks_where_it_may():
    """A row without votes is asked for by `uncovered`: LFs that find most of class 1 tell that it is none."""
    table = unipolar_table(
        [0, 0, 1, 1, 1],
        precisions=[0.9, 0.95, 0.9, 0.8, 0.85],
        coverages=[0.2, 0.1, 0.3, 0.35, 0.3],
        class_balance=[0.6, 0.4],
    )
    planted = sample_votes(table, 20_000, class_balance=[0.6, 0.4], random_state=8)
    model = LabelModel(uncovered="model").fit(planted.label_matrix)
    assert model.method_ == "independent"
    uncovered = ~planted.label_matrix.covered
    truth = (planted.gold[uncovered] == 0).mean()
    assert model.predict_proba(planted.label_matrix)[uncovered, 0].mean() == pytest.approx(truth, abs=0.02)


@pytest.mark.parametrize(
    "votes",
    [
        pytest.param(followers(5000, 9, 0.0)[:, :2], id="two LFs"),
        pytest.param(followers(50, 9, 0.0), id="few votes"),
        pytest.param(np.where(followers(5000, 9, 0.0) == 1, -1, 0), id="a class without votes"),
    ],
)
def test_too_little_to_judge_is_left_to_anchors(votes):
    assert not worth_trying(cast_of(votes))
    assert LabelModel(n_classes=2).fit(votes).method_ == "anchored"


def test_an_unknown_method_is_refused():
    with pytest.raises(LabelModelError, match="did you mean 'anchored'"):
        LabelModel(method="anchord").fit([[0, 1]])
