import itertools
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from labelwright._errors import LabelModelError, NotFittedError
from labelwright.core import LabelMatrix
from labelwright.label_models import NumericLabelModel
from labelwright.label_models._numeric import differences
from labelwright.label_models._numeric.differences import DifferenceMoments
from labelwright.label_models._numeric.gaussian_em import extrapolated
from labelwright.label_models._numeric.noise import PairVariances, noise
from labelwright.testing import sample_numbers

SCALES = np.array([0.4, 0.7, 1.0, 1.5, 2.0])
BIASES = np.array([0.3, -1.0, 0.0, 2.0, -0.2])  # the median is LF 2
NAN = np.nan
METHODS = [NumericLabelModel(), NumericLabelModel(method="em")]


def planted(n, *, seed=0, **settings):
    settings = {"biases": BIASES, "propensities": 0.8, "mean": 10, "spread": 3, **settings}
    return sample_numbers(settings.pop("scales", SCALES), n, random_state=seed, **settings)


def rmse(estimate, truth):
    return float(np.sqrt(np.nanmean((estimate - truth) ** 2)))


# --- moments


def test_moments_are_those_of_brute_force():
    data = planted(40)
    gold = np.where(np.arange(40) < 7, data.gold, NAN)
    moments = DifferenceMoments.of(data.votes, gold)
    columns = np.column_stack([data.votes, gold])
    for j, k in itertools.product(range(6), repeat=2):
        both = ~np.isnan(columns[:, j]) & ~np.isnan(columns[:, k])
        one, two = columns[both, j], columns[both, k]
        assert moments.together[j, k] == both.sum()
        assert moments.means[j, k] == pytest.approx(one.mean())
        assert moments.products[j, k] == pytest.approx(((one - one.mean()) * (two - two.mean())).sum())
        assert moments.differences[j, k] == pytest.approx((one - two).mean(), abs=1e-12)
        assert moments.squares[j, k] == pytest.approx((one - two).var() * both.sum(), abs=1e-9)


def test_moments_add_whatever_the_blocks(monkeypatch):
    votes = planted(500).votes
    whole = DifferenceMoments.of(votes)
    monkeypatch.setattr(differences, "BLOCK_CELLS", 7 * 6)
    blocks = DifferenceMoments.of(votes[300:]) + DifferenceMoments.of(votes[:300])
    assert blocks.n == 500
    for name in ("together", "means", "products", "differences", "squares"):
        np.testing.assert_allclose(getattr(blocks, name), getattr(whole, name), atol=1e-8)


def test_small_noise_on_large_values_is_seen():
    data = planted(3000, mean=1e9, spread=1e8)
    model = NumericLabelModel().fit(data.votes)
    np.testing.assert_allclose(model.lf_scales_, SCALES, rtol=0.15)


# --- what is found is what was planted


def test_exact_moments_give_the_truth():
    variances = np.add.outer(np.append(SCALES, 0) ** 2, np.append(SCALES, 0) ** 2)
    rows = np.full((6, 6), 1e12)
    rows[-1] = rows[:, -1] = 0
    np.fill_diagonal(rows, 0)
    found = noise(PairVariances(variances, rows), prior_weight=0.25)
    np.testing.assert_allclose(found.variances, SCALES**2, rtol=1e-5)
    assert found.identified.all()
    assert not found.repeats.any()


def test_three_lfs_give_the_closed_form_of_triplets():
    votes = planted(500, scales=[0.5, 1.0, 2.0], biases=0.0, propensities=0.7).votes
    one, two, three = (np.nanvar(votes[:, j] - votes[:, k], ddof=1) for j, k in [(0, 1), (0, 2), (1, 2)])
    expected = np.array([one + two - three, one + three - two, two + three - one]) / 2
    found = NumericLabelModel(prior_weight=1e-9).fit(votes).lf_scales_ ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("model", "draws", "n"), [(METHODS[0], 40, 4000), (METHODS[1], 12, 1500)], ids=repr)
def test_planted_parameters_come_back_within_four_standard_errors(model, draws, n):
    fits = [clone(model).fit(planted(n, seed=seed).votes) for seed in range(draws)]
    for found, truth in [
        (np.array([fit.lf_scales_ for fit in fits]), SCALES),
        (np.array([fit.lf_biases_ - fit.lf_biases_[2] for fit in fits]), BIASES),
        (np.array([[fit.prior_mean_, np.sqrt(fit.prior_variance_)] for fit in fits]), [10, 3]),
    ]:
        errors = np.maximum(found.std(axis=0, ddof=1), 1e-12)
        assert (np.abs(found - truth) < 4 * errors).mean() > 0.98
        assert (np.abs(found.mean(axis=0) - truth) < 4 * errors / np.sqrt(draws)).all()
        assert errors.max() < 0.2


def test_the_error_falls_with_the_root_of_n():
    sizes = [300, 3000, 30_000]

    def scales(n):
        return np.array(
            [NumericLabelModel().fit(planted(n, seed=seed).votes).lf_scales_ for seed in range(20)]
        )

    errors = [rmse(scales(n), SCALES) for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.07)


def test_the_truth_may_be_of_any_shape_and_abstaining_may_depend_on_it():
    rng = np.random.default_rng(0)
    y = rng.exponential(5, size=20_000)
    votes = y[:, None] + BIASES + SCALES * rng.normal(size=(len(y), 5))
    votes[(y > 8)[:, None] & (rng.random(votes.shape) < 0.7)] = NAN
    with pytest.warns(UserWarning, match="15 votes of 86,064"):  # the largest y: lone votes far out
        model = NumericLabelModel().fit(votes)
    np.testing.assert_allclose(model.lf_scales_, SCALES, rtol=0.05)
    np.testing.assert_allclose(model.lf_biases_, BIASES, atol=0.06)


# --- the posterior


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_the_posterior_is_gaussian_conditioning(model):
    data = planted(300)
    fit = clone(model).fit(data.votes)
    mu, spread = fit.prior_mean_, fit.prior_variance_
    for row in data.votes[:20]:
        j = np.flatnonzero(~np.isnan(row))
        inside = spread * np.ones((len(j), len(j))) + np.diag(fit.lf_scales_[j] ** 2)
        lever = np.linalg.solve(inside, np.full(len(j), spread))
        mean = mu + lever @ (row[j] - fit.lf_biases_[j] - mu)
        assert fit.predict([row])[0] == pytest.approx(mean, rel=1e-9)
        assert fit.predict_std([row])[0] == pytest.approx(np.sqrt(spread - spread * lever.sum()), rel=1e-7)


def test_precision_weights_beat_mean_and_median_and_come_near_the_best_there_are():
    data = sample_numbers([0.2, 0.5, 1.0, 2.0, 4.0], 5000, propensities=0.9, spread=5, random_state=0)
    covered = ~np.isnan(data.votes).all(axis=1)
    votes, gold = data.votes[covered], data.gold[covered]
    reached = rmse(NumericLabelModel().fit(votes).predict(votes), gold)
    precisions = np.where(np.isnan(votes), 0, data.scales**-2.0)
    best = rmse((precisions * np.nan_to_num(votes)).sum(axis=1) / precisions.sum(axis=1), gold)
    assert reached < 1.02 * best
    assert reached < 0.4 * rmse(np.nanmedian(votes, axis=1), gold)
    assert reached < 0.3 * rmse(np.nanmean(votes, axis=1), gold)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_intervals_cover(level):
    data = planted(8000, biases=0.0)
    model = NumericLabelModel().fit(data.votes)
    covered = ~np.isnan(data.votes).all(axis=1)
    low, high = model.predict_interval(data.votes[covered], level=level).T
    gold = data.gold[covered]
    assert ((low < gold) & (gold < high)).mean() == pytest.approx(level, abs=0.02)


def test_a_prior_draws_rows_with_little_evidence_and_an_infinite_one_does_not():
    data = planted(2000, scales=[2.0, 2.0, 2.0], biases=0.0, spread=1)
    shrunk, free = (
        NumericLabelModel().fit(data.votes),
        NumericLabelModel(prior_variance=np.inf).fit(data.votes),
    )
    one = [[14.0, NAN, NAN]]
    assert free.predict(one)[0] == pytest.approx(14.0, abs=0.2)
    assert shrunk.predict(one)[0] == pytest.approx(10 + 4 / 5, abs=0.4)
    assert rmse(shrunk.predict(data.votes), data.gold) < 0.8 * rmse(free.predict(data.votes), data.gold)
    fixed = NumericLabelModel(prior_mean=0.0, prior_variance=4.0).fit(data.votes)
    assert (fixed.prior_mean_, fixed.prior_variance_) == (0.0, 4.0)


# --- EM


def marginal_log_likelihood(votes, variances, biases, mean, spread):
    total = 0.0
    for row in votes:
        j = np.flatnonzero(~np.isnan(row))
        if len(j):
            covariance = spread + np.diag(variances[j])
            total += multivariate_normal.logpdf(row[j], biases[j] + mean, covariance)
    return total


def test_em_ends_at_the_maximum_of_the_likelihood():
    votes = planted(100, seed=3).votes
    model = NumericLabelModel(method="em", prior_weight=1e-9, tol=1e-8, max_iter=2000).fit(votes)
    assert model.converged_
    assert (np.diff(model.objective_) > -1e-7).all()
    at = [model.lf_scales_**2, model.lf_biases_, model.prior_mean_, model.prior_variance_]
    top = marginal_log_likelihood(votes, *at)
    for part, j, way in itertools.product(range(4), range(5), (0.99, 1.01)):
        tried = [np.array(value, dtype=float) for value in at]
        if part < 2:
            tried[part][j] = tried[part][j] * way + (way - 1) * (part == 1)
        else:
            tried[part] = tried[part] * way
        assert marginal_log_likelihood(votes, *tried) < top + 1e-6
    start = NumericLabelModel(prior_weight=1e-9).fit(votes)
    before = [start.lf_scales_**2, start.lf_biases_, start.prior_mean_, start.prior_variance_]
    risen = top - marginal_log_likelihood(votes, *before)
    assert model.objective_[-1] - model.objective_[0] == pytest.approx(risen, abs=1e-4)


def test_a_leap_of_em_goes_where_shrinking_steps_end_and_not_to_infinity():
    start, first, second = ((np.array([x]), np.array([0.0])) for x in (0.0, 1.0, 1.5))
    ends = extrapolated(start, first, second)
    np.testing.assert_allclose(np.concatenate(ends), [2.0, 0.0])
    straight = extrapolated(start, first, (np.array([2.0 - 1e-9]), np.array([0.0])))
    assert straight[0][0] == pytest.approx(7.0)


def test_em_is_more_precise_where_its_assumptions_hold():
    scales = [0.1, 1.0, 1.0, 2.0]
    draws = [planted(1000, scales=scales, biases=0.0, seed=seed).votes for seed in range(8)]
    errors = [
        rmse(np.array([clone(model).fit(votes).lf_scales_[1:] for votes in draws]), scales[1:])
        for model in METHODS
    ]
    assert errors[1] < errors[0]


# --- biases, gold and anchors


def test_only_differences_of_biases_are_told_and_the_anchor_sets_the_level():
    votes = planted(3000).votes
    median, mean, third = (NumericLabelModel(anchor=a).fit(votes) for a in ("median", "mean", 3))
    assert np.median(median.lf_biases_) == pytest.approx(0)
    assert np.average(mean.lf_biases_, weights=mean.lf_scales_**-2.0) == pytest.approx(0)
    assert third.lf_biases_[3] == pytest.approx(0)
    for model in (mean, third):
        shift = model.lf_biases_ - median.lf_biases_
        np.testing.assert_allclose(shift, shift[0], atol=1e-9)
        assert model.prior_mean_ == pytest.approx(median.prior_mean_ - shift[0])


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_a_few_gold_values_tell_the_level_and_the_noise(model):
    data = planted(2000, biases=BIASES + 5)
    gold = np.where(np.arange(2000) < 100, data.gold, NAN)
    fit = clone(model).fit(data.votes, gold=gold)
    np.testing.assert_allclose(fit.lf_biases_, BIASES + 5, atol=0.25)
    assert rmse(fit.predict(data.votes), data.gold) < 0.5
    for m in (1, 2):
        told = clone(model).fit(data.votes[:, :m], gold=gold)
        assert told.identified_.all()
        np.testing.assert_allclose(told.lf_scales_, SCALES[:m], rtol=0.25)
        np.testing.assert_allclose(told.lf_biases_, BIASES[:m] + 5, atol=0.25)


def test_without_biases_a_bias_is_noise():
    data = planted(3000)
    model = NumericLabelModel(learn_biases=False).fit(data.votes)
    assert (model.lf_biases_ == 0).all()
    assert model.lf_scales_[3] > 2.0


# --- LFs that are no good witnesses


def test_wild_and_far_off_lfs_lose_their_weight():
    data = planted(2000, scales=[1, 1, 1, 0.3, 1000, 3000], biases=[0, 0, 0, 0, 0, 500.0])
    model = NumericLabelModel().fit(data.votes)
    np.testing.assert_allclose(model.lf_scales_, data.scales, rtol=0.15)
    assert not model.repeats_.any()
    seen = ~np.isnan(data.votes[:, :4]).all(axis=1)
    assert rmse(model.predict(data.votes)[seen], data.gold[seen]) < 0.7


@pytest.mark.parametrize("jitter", [0.0, 0.1])
@pytest.mark.parametrize("copies", [2, 5])
def test_repeats_share_one_vote(copies, jitter):
    rng = np.random.default_rng(1)
    data = planted(4000, scales=[1.5, 1, 1, 1, 1, 1], biases=0.0, propensities=1.0, spread=5)
    once = data.votes[:, :1]
    extra = once + jitter * rng.normal(size=(4000, copies - 1))
    votes = np.column_stack([data.votes, extra])
    model, plain = NumericLabelModel().fit(votes), NumericLabelModel().fit(data.votes)
    assert model.repeats_.sum() == copies * (copies - 1)
    np.testing.assert_allclose(model.lf_scales_[:6], plain.lf_scales_, rtol=0.05)
    assert rmse(model.predict(votes), data.gold) < 1.02 * rmse(plain.predict(data.votes), data.gold)


def test_two_accurate_lfs_are_no_repeats():
    data = planted(3000, scales=[0.1, 0.1, 1.0, 1.0, 1.0], biases=0.0)
    model = NumericLabelModel().fit(data.votes)
    assert not model.repeats_.any()
    assert (model.lf_scales_[:2] < 0.3).all()


# --- little or nothing to learn from


def test_one_lf_is_followed_and_its_noise_is_not_made_up():
    votes = np.array([[1.0], [4.0], [NAN], [2.0]])
    with pytest.warns(UserWarning, match="do not tell how noisy 1 of 1 LFs") as caught:
        model = NumericLabelModel().fit(votes)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(model.predict(votes), votes[:, 0])
    assert np.isnan(model.lf_scales_).all()
    assert np.isnan(model.predict_std(votes)).all()
    assert not model.identified_.any()
    assert model.prior_variance_ == np.inf


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_two_lfs_count_alike_unless_the_spread_of_the_votes_tells(model):
    data = planted(500, scales=[1.0, 1.0], biases=0.0)
    with pytest.warns(UserWarning, match="do not tell how noisy 2 of 2"):
        fit = clone(model).fit(data.votes)
    assert fit.lf_scales_ == pytest.approx([1, 1], rel=0.35)
    if model.method == "differences":
        assert fit.lf_scales_[0] == pytest.approx(fit.lf_scales_[1])


def test_lfs_that_never_meet_or_never_vote():
    votes = np.full((6, 4), NAN)
    votes[:3, 0], votes[3:, 1], votes[:, 3] = [1, 2, 3], [4, 5, 6], [1, 2, 3, 4, 5, 6]
    with pytest.warns(UserWarning, match="3 of 4"):
        model = NumericLabelModel().fit(votes)
    assert np.isnan(model.lf_scales_[2])
    assert np.isnan(model.lf_biases_[2])
    np.testing.assert_allclose(model.predict(votes), [1, 2, 3, 4, 5, 6], atol=1e-5)
    assert np.isnan(model.predict([[NAN, NAN, 7.0, NAN]])).all()


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_no_votes_at_all_and_equal_votes(model):
    empty = np.full((5, 3), NAN)
    assert np.isnan(clone(model).fit(empty).predict(empty)).all()
    equal = np.tile(np.arange(20.0)[:, None], (1, 3))
    with pytest.warns(UserWarning, match="3 of 3"):
        fit = clone(model).fit(equal)
    np.testing.assert_allclose(fit.predict(equal), equal[:, 0], atol=1e-6)
    assert (fit.lf_scales_ == 0).all()
    assert (fit.predict_std(equal) == 0).all()
    constant = np.full((20, 3), 7.0)
    with pytest.warns(UserWarning, match="3 of 3"):
        assert clone(model).fit(constant).predict(constant) == pytest.approx(np.full(20, 7.0))


def test_uncovered_rows_follow_the_policy():
    data = planted(300)
    none = np.full((1, 5), NAN)
    made_up, honest = (
        NumericLabelModel(uncovered="prior").fit(data.votes),
        NumericLabelModel().fit(data.votes),
    )
    assert np.isnan(honest.predict(none)[0])
    assert np.isnan(honest.predict_interval(none)).all()
    assert made_up.predict(none)[0] == pytest.approx(made_up.prior_mean_)
    assert made_up.predict_std(none)[0] == pytest.approx(np.sqrt(made_up.prior_variance_))


# --- contract


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_order_of_lfs_and_rows_and_units_do_not_matter(model):
    votes = planted(400).votes
    fit = clone(model).fit(votes)
    rng = np.random.default_rng(0)
    lfs, rows = rng.permutation(5), rng.permutation(400)
    mixed = clone(model).fit(votes[rows][:, lfs])
    np.testing.assert_allclose(mixed.lf_scales_, fit.lf_scales_[lfs], rtol=1e-4)
    np.testing.assert_allclose(mixed.predict(votes[:, lfs]), fit.predict(votes), atol=1e-3)
    scaled = clone(model).fit(100 * votes - 70)
    np.testing.assert_allclose(scaled.lf_scales_, 100 * fit.lf_scales_, rtol=1e-4)
    np.testing.assert_allclose(scaled.predict(100 * votes - 70), 100 * fit.predict(votes) - 70, rtol=1e-3)


def test_fitting_in_parts_leaves_what_one_fit_leaves():
    data = planted(400)
    gold = np.where(np.arange(400) % 10 == 0, data.gold, NAN)
    whole = NumericLabelModel().fit(data.votes, gold=gold)
    parts = NumericLabelModel().partial_fit(data.votes[:100], gold=gold[:100])
    parts.partial_fit(data.votes[100:], gold=gold[100:])
    np.testing.assert_allclose(parts.predict(data.votes), whole.predict(data.votes), atol=1e-8)
    assert parts.statistics_.n == 400
    with pytest.raises(AttributeError, match="partial_fit"):
        _ = METHODS[1].partial_fit


@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_y_is_ignored_input_kept_and_a_pickle_predicts_the_same(model):
    data = planted(200)
    votes = data.votes.copy()
    fit = clone(model).fit(votes, data.gold)
    np.testing.assert_array_equal(votes, data.votes)
    again = pickle.loads(pickle.dumps(clone(model).fit(votes)))
    np.testing.assert_array_equal(again.predict(votes), fit.predict(votes))
    assert fit.predict(votes[:0]).shape == (0,)
    assert fit.predict_interval(votes[:0]).shape == (0, 2)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("model", METHODS, ids=repr)
def test_check_estimator_of_scikit_learn(model):
    passed = check_estimator(model, on_skip=None)
    assert len(passed) >= 40
    assert {result["status"] for result in passed} <= {"passed", "skipped"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("method", "difference"), ("anchor", "centre"), ("anchor", 9), ("anchor", 1.5), ("prior_weight", 0),
     ("prior_variance", 0.0), ("prior_mean", NAN), ("uncovered", "zero"), ("max_iter", 0), ("tol", -1)],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting) as caught:
        NumericLabelModel(**{setting: value}).fit(planted(20).votes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        (LabelMatrix([[0, 1]]), "LabelMatrix holds votes for classes"),
        (np.zeros((0, 3)), "0 rows"),
        (np.zeros(3), "expected \\(rows, LFs\\)"),
        (np.array([[1.0, np.inf]]), "vote of LF 1 at row 0 is inf"),
        (np.array([["a", 1.0]], dtype=object), "'a' \\(str\\) at row 0"),
    ],
)
def test_votes_that_cannot_be(votes, message):
    with pytest.raises(LabelModelError, match=message) as caught:
        NumericLabelModel().fit(votes)
    assert "\n" not in str(caught.value)


def test_gold_and_calls_that_cannot_be():
    votes = planted(20).votes
    with pytest.raises(LabelModelError, match="gold has shape \\(3,\\)"):
        NumericLabelModel().fit(votes, gold=[1, 2, 3])
    with pytest.raises(LabelModelError, match="gold is infinite at row 1"):
        NumericLabelModel().fit(votes[:2], gold=[1, np.inf])
    with pytest.raises(NotFittedError, match="not fitted yet"):
        NumericLabelModel().predict(votes)
    model = NumericLabelModel().fit(votes)
    with pytest.raises(LabelModelError, match="level=2"):
        model.predict_interval(votes, level=2)
    with pytest.raises(LabelModelError, match="features"):
        model.predict(votes[:, :3])


# --- wild votes


@pytest.mark.parametrize("model", METHODS, ids=["differences", "em"])
@pytest.mark.parametrize("wild", [1e3, -1e12, 1e300])
def test_one_wild_vote_spoils_no_other_row_and_is_named(model, wild):
    data = planted(200, scales=[0.3, 0.4, 0.5], biases=[0.0, 1.0, 0.0], propensities=1.0)
    clean = clone(model).fit(data.votes)
    votes = data.votes.copy()
    votes[17, 1] = wild
    with pytest.warns(UserWarning, match=r"1 vote of 600 .*row 17, LF 1"):
        model = clone(model).fit(votes)
    assert model.outliers_.tolist() == [[17, 1]]
    np.testing.assert_allclose(model.lf_scales_, clean.lf_scales_, rtol=0.05)
    assert rmse(model.predict(votes), data.gold) < 1.05 * rmse(clean.predict(data.votes), data.gold)
    assert abs(clean.predict(votes)[17] - data.gold[17]) < 1.5  # nor is a model of clean votes misled by it


def test_a_twentieth_of_wild_votes_is_found_and_none_beside():
    data = planted(2_000)
    drawn = np.random.default_rng(1)
    wild = (drawn.random(data.votes.shape) < 0.05) & ~np.isnan(data.votes)
    votes = np.where(wild, drawn.normal(0, 1e4, size=wild.shape), data.votes)
    with pytest.warns(UserWarning, match="outliers_"):
        model = NumericLabelModel().fit(votes)
    found = np.zeros(wild.shape, dtype=bool)
    found[tuple(model.outliers_.T)] = True
    assert not (found & ~wild).sum() > 5  # on rows with one other vote, a wild one, nothing tells them apart
    assert (found & wild).sum() > 0.98 * wild.sum()
    np.testing.assert_allclose(model.lf_scales_, SCALES, rtol=0.1)


def test_clean_votes_are_all_kept_and_wild_ones_where_told_to():
    data = planted(3_000)
    kept, default = NumericLabelModel(outliers="keep").fit(data.votes), NumericLabelModel().fit(data.votes)
    assert len(default.outliers_) == 0
    np.testing.assert_array_equal(default.predict(data.votes), kept.predict(data.votes))
    votes = data.votes.copy()
    votes[0, 0] = 1e6
    assert len(NumericLabelModel(outliers="keep").fit(votes).outliers_) == 0


def test_gold_decides_which_vote_is_wild_and_votes_that_mostly_agree_stay():
    data = planted(500, propensities=1.0)
    votes, gold = data.votes.copy(), np.where(np.arange(500) < 5, data.gold, NAN)
    votes[2] += 500.0  # all LFs alike
    with pytest.warns(UserWarning, match="5 votes"):
        model = NumericLabelModel().fit(votes, gold=gold)
    assert model.outliers_.tolist() == [[2, j] for j in range(5)]
    stars = np.where(np.random.default_rng(0).random((400, 4)) < 0.1, 4.0, 3.0)
    assert len(NumericLabelModel().fit(stars).outliers_) == 0


def test_a_row_where_nothing_else_is_known_keeps_its_votes():
    model = NumericLabelModel().fit(planted(2_000).votes)
    far = np.array([[NAN, NAN, 1e4, NAN, NAN], [NAN, NAN, 1e4, NAN, 1.01e4]])
    assert (model.predict(far) > 1e3).all()


def test_tables_with_gaps_are_numbers():
    votes = np.array([[1.0, 1.2, np.nan], [2.0, 2.1, 1.9], [np.nan, 3.1, 3.0]] * 10)
    told = NumericLabelModel().fit(votes).predict(votes)
    frame = pd.DataFrame(votes, columns=list("abc"))
    for table in (frame, frame.astype("Float64"), pl.DataFrame(votes).fill_nan(None)):
        np.testing.assert_allclose(NumericLabelModel().fit(table).predict(table), told)
