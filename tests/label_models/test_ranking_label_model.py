import itertools
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from labelwright._errors import LabelModelError, NotFittedError
from labelwright.label_models import RankingLabelModel
from labelwright.label_models._ranking import kemeny, order_agreements
from labelwright.label_models._ranking.kemeny import (
    borda_rankings,
    exact_rankings,
    improved_rankings,
    order_probabilities,
    scores,
)
from labelwright.label_models._ranking.mallows import (
    expected_distance,
    gap_shares,
    log_normaliser,
    mean_agreement,
    order_agreement,
    order_agreement_slope,
    theta_of_agreement,
)
from labelwright.label_models._ranking.order_agreements import OrderAgreements, trust
from labelwright.testing import sample_rankings

THETAS = np.array([2.0, 1.0, 0.5, 0.2, -0.7])


def planted(n, *, d=5, seed=0, thetas=THETAS, **settings):
    return sample_rankings(thetas, n_items=d, n=n, random_state=seed, **settings)


def all_rankings(d):
    return np.array(list(itertools.permutations(range(d))))


def kendall(one, two):
    """Item pairs in different order, where both order them."""
    first, second = np.triu_indices(one.shape[-1], 1)
    known = (
        (one[..., first] >= 0) & (one[..., second] >= 0) & (two[..., first] >= 0) & (two[..., second] >= 0)
    )
    apart = (one[..., first] - one[..., second]) * (two[..., first] - two[..., second]) < 0
    return (known & apart).sum(axis=-1)


def random_margins(n, d, *, seed=0):
    margins = np.random.default_rng(seed).normal(size=(n, d, d))
    return margins - margins.transpose(0, 2, 1)


# --- the Mallows model by enumeration


@pytest.mark.parametrize("theta", [-1.0, 0.0, 1e-3, 0.3, 2.0, 9.0])
@pytest.mark.parametrize("d", [2, 3, 5])
def test_mallows_formulas_are_those_of_enumeration(theta, d):
    rankings = all_rankings(d)
    distances = kendall(rankings, np.arange(d))
    weights = np.exp(-theta * distances)
    assert log_normaliser(theta, d) == pytest.approx(np.log(weights.sum()), abs=1e-12)
    shares = weights / weights.sum()
    assert expected_distance(theta, d) == pytest.approx(shares @ distances, abs=1e-12)
    for first, second in itertools.combinations(range(d), 2):
        right = shares @ (rankings[:, first] < rankings[:, second])
        assert order_agreement(theta, d)[second - first - 1] == pytest.approx(2 * right - 1, abs=1e-12)
    slope = (order_agreement(theta + 1e-6, d) - order_agreement(theta - 1e-6, d)) / 2e-6
    np.testing.assert_allclose(order_agreement_slope(theta, d), slope, atol=1e-8)
    if theta < 9:
        assert theta_of_agreement(mean_agreement(theta, d), d) == pytest.approx(theta, abs=1e-7)


def test_two_lfs_agree_as_often_as_enumeration_says():
    d, rankings = 4, all_rankings(4)
    one, two = (np.exp(-t * kendall(rankings, np.arange(d))) for t in (1.2, 0.4))
    joint = np.outer(one / one.sum(), two / two.sum())
    distance = (joint * kendall(rankings[:, None], rankings[None, :])).sum()
    product = order_agreement(1.2, d) * order_agreement(0.4, d)
    assert distance == pytest.approx(6 * (1 - product @ gap_shares(d)) / 2, abs=1e-12)
    # ... and not as the sum of the distances from the truth, which counts what both got wrong as wrong twice
    assert expected_distance(1.2, d) + expected_distance(0.4, d) > distance + 0.5


def test_planted_rankings_have_the_model_s_distances():
    data = planted(20_000, thetas=[1.0, 0.3, -0.5], d=6)
    distances = kendall(data.ranks, data.gold[:, None])
    errors = distances.std(axis=0) / np.sqrt(20_000)
    assert (np.abs(distances.mean(axis=0) - expected_distance([1.0, 0.3, -0.5], 6)) < 4 * errors).all()


# --- Kemeny by enumeration


@pytest.mark.parametrize("d", [2, 3, 4, 6])
def test_exact_rankings_and_probabilities_are_those_of_enumeration(d):
    margins, rankings = random_margins(30, d), all_rankings(d)
    table = np.stack([scores(margins, np.tile(ranking, (30, 1))) for ranking in rankings], axis=1)
    np.testing.assert_array_equal(exact_rankings(margins), rankings[table.argmax(axis=1)])
    weights = np.exp(table)
    weights /= weights.sum(axis=1, keepdims=True)
    before = np.einsum("nr,rpq->npq", weights, rankings[:, :, None] < rankings[:, None, :])
    before[:, np.arange(d), np.arange(d)] = 0.5
    np.testing.assert_allclose(order_probabilities(margins), before, atol=1e-12)


def test_the_posterior_is_that_of_the_mallows_model():
    data = planted(5)
    model = RankingLabelModel().fit(planted(500).ranks)
    rankings = all_rankings(5)
    distances = kendall(data.ranks[:, :, None], rankings[None, None])
    logs = -np.einsum("j,njr->nr", model.lf_dispersions_, distances)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    np.testing.assert_array_equal(model.predict(data.ranks), rankings[logs.argmax(axis=1)])
    before = np.einsum("nr,rpq->npq", weights, rankings[:, :, None] < rankings[:, None, :])
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(model.predict_pairs(data.ranks)[:, off], before[:, off], atol=1e-9)


def test_local_search_never_lowers_the_score_and_mostly_finds_the_best():
    margins = random_margins(200, 7)
    start = borda_rankings(margins)
    found, best = improved_rankings(margins, start), exact_rankings(margins)
    assert (scores(margins, found) >= scores(margins, start) - 1e-12).all()
    assert (scores(margins, found) <= scores(margins, best) + 1e-9).all()
    assert (found == best).all(axis=1).mean() > 0.7
    data = planted(300, d=7)
    exact, search = (RankingLabelModel(max_exact_items=most).fit(data.ranks) for most in (8, 0))
    assert (exact.exact_, search.exact_) == (True, False)
    assert (exact.predict(data.ranks) == search.predict(data.ranks)).all(axis=1).mean() > 0.99


def test_blocks_change_nothing(monkeypatch):
    data = planted(120, ranked=0.8)
    model = RankingLabelModel().fit(data.ranks)
    ranks, pairs = model.predict(data.ranks), model.predict_pairs(data.ranks)
    monkeypatch.setattr(kemeny, "BLOCK_CELLS", 500)
    monkeypatch.setattr(order_agreements, "BLOCK_CELLS", 500)
    again = RankingLabelModel().fit(data.ranks)
    np.testing.assert_allclose(again.lf_dispersions_, model.lf_dispersions_)
    np.testing.assert_array_equal(again.predict(data.ranks), ranks)
    np.testing.assert_allclose(again.predict_pairs(data.ranks), pairs)


# --- what is found is what was planted


@pytest.mark.parametrize("d", [2, 3, 6])
def test_exact_agreements_give_the_truth(d):
    mu = np.concatenate([order_agreement(THETAS, d), np.ones((1, d - 1))])
    means = (mu * gap_shares(d)) @ mu.T
    rows = np.full((6, 6), 1e9)
    rows[-1] = rows[:, -1] = 0
    counts = OrderAgreements(10**9, d, rows, means * rows, rows)
    found = trust(counts, prior=0.5, prior_votes=2.0, additive=False)
    np.testing.assert_allclose(found.thetas, THETAS, atol=1e-5)
    assert found.identified.all()


@pytest.mark.parametrize("settings", [{}, {"ranked": 0.7, "propensities": 0.8}], ids=["full", "partial"])
def test_planted_dispersions_come_back_within_four_standard_errors(settings):
    draws = [planted(3000, d=4, seed=seed, **settings) for seed in range(20)]
    found = np.array([RankingLabelModel().fit(data.ranks).lf_dispersions_ for data in draws])
    errors = found.std(axis=0, ddof=1)
    assert errors.max() < 0.3
    assert (np.abs(found - THETAS) < 4 * errors).all()
    assert (np.abs(found.mean(axis=0) - THETAS) < 4 * errors / np.sqrt(20)).all()


def test_the_error_falls_with_the_root_of_n():
    sizes = [300, 2000, 15_000]

    def thetas(n):
        draws = [planted(n, d=3, seed=seed, thetas=[1.5, 1.0, 0.5, 0.8]) for seed in range(12)]
        return np.array([RankingLabelModel().fit(data.ranks).lf_dispersions_ for data in draws])

    errors = [np.sqrt(((thetas(n) - [1.5, 1.0, 0.5, 0.8]) ** 2).mean()) for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.07)


def test_three_lfs_give_the_paper_s_triplets():
    ranks = planted(500, thetas=[2.0, 1.0, 0.5]).ranks
    one, two, three = (kendall(ranks[:, j], ranks[:, k]).mean() for j, k in [(0, 1), (0, 2), (1, 2)])
    expected = np.array([one + two - three, one + three - two, two + three - one]) / 2
    model = RankingLabelModel(method="triplets", prior_votes=1e-6).fit(ranks)
    np.testing.assert_allclose(model.lf_expected_distances_, expected, atol=1e-6)


def test_additive_triplets_find_the_order_of_lfs_but_not_their_dispersions():
    data = planted(20_000, thetas=[2.0, 1.0, 0.5, 0.2])
    exact = RankingLabelModel().fit(data.ranks).lf_dispersions_
    triplets = RankingLabelModel(method="triplets").fit(data.ranks).lf_dispersions_
    np.testing.assert_allclose(exact, data.dispersions, atol=0.06)
    assert (np.diff(triplets) < 0).all()
    assert triplets[3] > 0.4


def test_learned_weights_beat_equal_ones():
    data = planted(2000, thetas=[2.0, 0.3, 0.2, 0.3, 0.2])
    model = RankingLabelModel().fit(data.ranks)
    plain = clone(model).fit(data.ranks)
    plain.lf_dispersions_ = np.ones(5)
    learned, equal = (kendall(m.predict(data.ranks), data.gold).mean() for m in (model, plain))
    assert learned < 0.6 * equal
    assert learned < 1.01 * kendall(data.ranks[:, 0], data.gold).mean()


def test_pair_probabilities_are_calibrated():
    data = planted(20_000)
    P = RankingLabelModel().fit(data.ranks).predict_pairs(data.ranks)
    first, second = np.triu_indices(5, 1)
    said, true = P[:, first, second].ravel(), (data.gold[:, first] < data.gold[:, second]).ravel()
    for low in np.arange(0.0, 1.0, 0.1):
        inside = (said >= low) & (said < low + 0.1)
        assert said[inside].mean() == pytest.approx(true[inside].mean(), abs=0.03)
    np.testing.assert_allclose(P + P.transpose(0, 2, 1), 1.0, atol=1e-9)


# --- LFs that are no good witnesses, and what little evidence tells


def test_gold_tells_the_direction_and_what_few_lfs_do_not():
    data = planted(3000, thetas=[-1.0, -1.0, -0.5])
    gold = np.where(np.arange(3000)[:, None] < 50, data.gold, -1)
    assert (RankingLabelModel().fit(data.ranks).lf_dispersions_ > 0).all()
    np.testing.assert_allclose(
        RankingLabelModel().fit(data.ranks, gold=gold).lf_dispersions_, data.dispersions, atol=0.2
    )
    pair = planted(3000, thetas=[2.0, 0.3])
    gold = np.where(np.arange(3000)[:, None] < 300, pair.gold, -1)
    told = RankingLabelModel().fit(pair.ranks, gold=gold)
    assert told.identified_.all()
    np.testing.assert_allclose(told.lf_dispersions_, [2.0, 0.3], atol=0.3)


@pytest.mark.parametrize("copies", [2, 5])
def test_repeats_share_one_vote(copies):
    data = planted(3000, thetas=[0.7, 1.0, 1.0, 1.0, 1.0, 1.0])
    ranks = np.concatenate([np.repeat(data.ranks[:, :1], copies - 1, axis=1), data.ranks], axis=1)
    model, plain = RankingLabelModel().fit(ranks), RankingLabelModel().fit(data.ranks)
    assert model.repeats_.sum() == copies * (copies - 1)
    np.testing.assert_allclose(model.lf_dispersions_[copies - 1 :], plain.lf_dispersions_, atol=0.02)
    np.testing.assert_allclose(model.predict_pairs(ranks), plain.predict_pairs(data.ranks), atol=0.05)


def test_two_accurate_lfs_are_no_repeats():
    model = RankingLabelModel().fit(planted(3000, thetas=[3.0, 3.0, 0.7, 0.7, 0.7]).ranks)
    assert not model.repeats_.any()


@pytest.mark.parametrize("m", [1, 2])
def test_one_or_two_lfs_count_alike_and_a_warning_says_so(m):
    data = planted(300, thetas=np.ones(m))
    with pytest.warns(UserWarning, match=f"do not tell how good {m} of {m} LFs") as caught:
        model = RankingLabelModel().fit(data.ranks)
    assert caught[0].filename == __file__
    assert not model.identified_.any()
    assert (model.lf_dispersions_ > 0.3).all()
    np.testing.assert_allclose(model.lf_dispersions_, model.lf_dispersions_[0])
    alone = np.full((1, m, 5), -1)
    alone[0, 0] = [4, 0, 3, 1, 2]
    assert model.predict(alone).tolist() == [[4, 0, 3, 1, 2]]


def test_items_and_rows_without_evidence_are_not_ranked():
    data = planted(200)
    ranks = np.concatenate([data.ranks, np.full((200, 1, 5), -1)], axis=1)
    model = RankingLabelModel().fit(ranks)
    assert np.isnan(model.lf_dispersions_[5])
    assert np.isnan(model.lf_accuracies_[5])
    rows = np.full((4, 6, 5), -1)
    rows[1, 0] = [-1, 3, -1, 0, 1]  # gaps do not matter
    rows[2, 0] = [0, -1, -1, -1, -1]  # one item is in no order
    rows[3, 5] = [4, 3, 2, 1, 0]  # nothing is known of this LF
    assert model.predict(rows).tolist() == [[-1] * 5, [-1, 2, -1, 0, 1], [-1] * 5, [-1] * 5]
    np.testing.assert_allclose(model.predict_pairs(rows)[[0, 2, 3]], 0.5)
    assert model.predict_pairs(rows)[1, 3, 1] > 0.9


def test_equal_ranks_say_nothing_and_a_top_list_ranks_the_others_behind():
    model = RankingLabelModel().fit(planted(300).ranks)
    rows = np.full((2, 5, 5), -1)
    rows[0, 0] = [2, 2, 1, 0, 2]
    rows[1, :2] = [[0, 0, 1, 1, 1], [1, 0, 2, 2, 2]]
    P = model.predict_pairs(rows)
    assert P[0, 3, 2] > 0.8
    assert P[0, 0, 1] == pytest.approx(0.5)
    assert model.predict(rows[:1])[0, [3, 2]].tolist() == [0, 1]
    assert model.predict(rows[1:])[0, :2].tolist() == [1, 0]


# --- contract


def test_order_of_lfs_rows_and_items_does_not_matter():
    data, rng = planted(300, ranked=0.9), np.random.default_rng(0)
    model = RankingLabelModel().fit(data.ranks)
    lfs, rows, items = rng.permutation(5), rng.permutation(300), rng.permutation(5)
    mixed = RankingLabelModel().fit(data.ranks[rows][:, lfs][:, :, items])
    np.testing.assert_allclose(mixed.lf_dispersions_, model.lf_dispersions_[lfs], rtol=1e-4)
    P = mixed.predict_pairs(data.ranks[:, lfs][:, :, items])
    np.testing.assert_allclose(P, model.predict_pairs(data.ranks)[:, items][:, :, items], atol=1e-4)
    full = planted(300, seed=1).ranks
    np.testing.assert_array_equal(model.predict(full)[:, items], mixed.predict(full[:, lfs][:, :, items]))


def test_a_reversed_lf_counts_in_reverse():
    data = planted(3000)
    model = RankingLabelModel().fit(data.ranks)
    turned = data.ranks.copy()
    turned[:, 1] = 4 - turned[:, 1]
    other = RankingLabelModel().fit(turned)
    np.testing.assert_allclose(other.lf_dispersions_[1], -model.lf_dispersions_[1], atol=0.01)
    np.testing.assert_array_equal(other.predict(turned), model.predict(data.ranks))


def test_fitting_in_parts_leaves_what_one_fit_leaves():
    data = planted(400)
    gold = np.where(np.arange(400)[:, None] % 10 == 0, data.gold, -1)
    whole = RankingLabelModel().fit(data.ranks, gold=gold)
    parts = RankingLabelModel().partial_fit(data.ranks[:100], gold=gold[:100])
    parts.partial_fit(data.ranks[100:], gold=gold[100:])
    np.testing.assert_allclose(parts.lf_dispersions_, whole.lf_dispersions_)
    assert parts.statistics_.n == 400


def test_clone_pickle_y_and_no_rows():
    data = planted(100)
    kept = data.ranks.copy()
    model = clone(RankingLabelModel(n_restarts=2)).fit(data.ranks, data.gold)
    np.testing.assert_array_equal(data.ranks, kept)
    again = pickle.loads(pickle.dumps(RankingLabelModel(n_restarts=2).fit(data.ranks)))
    np.testing.assert_array_equal(again.predict(data.ranks), model.predict(data.ranks))
    assert model.predict(data.ranks[:0]).shape == (0, 5)
    assert model.predict_pairs(data.ranks[:0]).shape == (0, 5, 5)
    search = RankingLabelModel(max_exact_items=0).fit(data.ranks)
    assert search.predict(data.ranks[:0]).shape == (0, 5)


def test_nothing_but_abstentions_is_an_answer():
    none = np.full((4, 3, 5), -1)
    model = RankingLabelModel().fit(none)
    assert (model.predict(none) == -1).all()
    assert np.isnan(model.lf_dispersions_).all()


def test_hundreds_of_items_and_lfs_work():
    data = planted(30, d=40, thetas=np.full(12, 0.3))
    model = RankingLabelModel(n_restarts=1).fit(data.ranks)
    found = kendall(model.predict(data.ranks), data.gold).mean()
    assert found < 0.5 * kendall(data.ranks[:, 0], data.gold).mean()


def test_check_estimator_of_scikit_learn_where_it_applies():
    with pytest.warns(UserWarning, match="Can't test estimator"):  # most checks are on 2-dimensional input
        passed = check_estimator(RankingLabelModel(), on_skip=None)
    assert {result["status"] for result in passed} <= {"passed", "skipped"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("method", "agreements"), ("init_accuracy", 0.5), ("prior_votes", 0), ("max_exact_items", 20),
     ("n_restarts", -1)],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting) as caught:
        RankingLabelModel(**{setting: value}).fit(planted(20).ranks)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ranks", "message"),
    [
        (np.zeros((3, 4)), "expected \\(rows, LFs, items\\)"),
        (np.zeros((3, 4, 1), dtype=int), "2 to 1000 items"),
        (np.zeros((0, 4, 3), dtype=int), "0 rows"),
        ([[[0, 1, 3]]], "hold rank 3 at \\(0, 0, 2\\); expected ranks 0..2"),
        ([[[0, -2, 1]]], "hold rank -2"),
        ([[[0.5, 1, 2]]], "expected integers"),
        ([[["a", "b"]]], "expected integers"),
    ],
)
def test_rankings_that_cannot_be(ranks, message):
    with pytest.raises(LabelModelError, match=message) as caught:
        RankingLabelModel().fit(ranks)
    assert "\n" not in str(caught.value)


def test_gold_and_calls_that_cannot_be():
    ranks = planted(20).ranks
    with pytest.raises(LabelModelError, match="gold has shape \\(20,\\)"):
        RankingLabelModel().fit(ranks, gold=np.zeros(20, dtype=int))
    with pytest.raises(NotFittedError, match="not fitted yet"):
        RankingLabelModel().predict(ranks)
    with pytest.raises(
        LabelModelError, match="2 LFs and 5 items, but RankingLabelModel was fitted with 5 LFs"
    ):
        RankingLabelModel().fit(ranks).predict(ranks[:, :2])
