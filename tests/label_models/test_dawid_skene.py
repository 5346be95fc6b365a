import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from labelwright._errors import LabelModelError
from labelwright.core import vote_patterns
from labelwright.core.votes import indicators
from labelwright.core.votes.indicators import Outcomes
from labelwright.core.votes.log_space import softmax
from labelwright.label_models import DawidSkene
from labelwright.label_models.dawid_skene import m_step
from labelwright.testing import confusion_table, one_coin_table, sample_votes

TINY = np.array([[0, 1, -1], [0, 0, 0], [1, 1, 1], [-1, 0, 1], [-1, -1, -1], [0, 1, -1]], dtype=np.int8)


def brute_force_step(votes, P, *, k, abstain, pseudo_count=0.0):
    """One EM step with loops and products: parameters from P, then the posteriors."""
    v = k + abstain
    balance = (P.sum(axis=0) + pseudo_count) / (P.sum() + k * pseudo_count)
    confusion = np.full((votes.shape[1], k, v), pseudo_count)
    for row, q in zip(votes, P, strict=True):
        for j, y in itertools.product(range(votes.shape[1]), range(k)):
            if row[j] >= 0 or abstain:
                confusion[j, y, row[j]] += q[y]  # -1 is the last outcome
    confusion /= confusion.sum(axis=2, keepdims=True)
    posterior = np.zeros_like(P)
    for i, y in itertools.product(range(len(votes)), range(k)):
        seen = [confusion[j, y, vote] for j, vote in enumerate(votes[i]) if vote >= 0 or abstain]
        posterior[i, y] = balance[y] * np.prod(seen)
    return balance, confusion, posterior / posterior.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("abstain", [True, False])
@pytest.mark.parametrize("pseudo_count", [0.0, 0.5])
@pytest.mark.parametrize(
    "shown_from", [0.0, 0.6, 2.0]
)  # abstaining is written down of all LFs, of some, of none
def test_one_em_step_is_that_of_brute_force(abstain, pseudo_count, shown_from, monkeypatch):
    monkeypatch.setattr(indicators, "MIN_SHARE_SHOWN", shown_from)
    P = np.random.default_rng(0).dirichlet([1, 1], size=len(TINY))
    balance, confusion, posterior = brute_force_step(TINY, P, k=2, abstain=abstain, pseudo_count=pseudo_count)
    seen, ones = Outcomes.of(TINY, 2, abstain=abstain), np.ones(len(TINY), dtype=np.int64)
    parameters = m_step(seen, ones, P, pseudo_count=pseudo_count)
    np.testing.assert_allclose(parameters.balance, balance, atol=1e-12)
    ours = parameters.confusion.reshape(3, 2 + abstain, 2).transpose(0, 2, 1)
    np.testing.assert_allclose(ours, confusion, atol=1e-12)
    np.testing.assert_allclose(softmax(parameters.joint_log(seen)), posterior, atol=1e-12)


def test_what_is_impossible_stays_so_where_abstaining_is_implied(monkeypatch):
    never = np.log([[0.5, 0.5], [0.5, 0.25], [1e-300, 0.25], [0.3, 0.3], [0.7, 0.7], [1e-300, 1e-300]])
    never[2, 0] = -np.inf  # under class 0 the first LF always votes
    never[5] = -np.inf  # the second one always votes
    found = []
    for shown_from in (0.0, 2.0):
        monkeypatch.setattr(indicators, "MIN_SHARE_SHOWN", shown_from)
        found.append(Outcomes.of(TINY[:, :2], 2, abstain=True).sums(never))
    np.testing.assert_allclose(found[1], found[0])
    assert np.isneginf(found[0]).any()


def test_the_whole_fit_is_that_of_brute_force():
    votes = sample_votes(one_coin_table([0.8, 0.7, 0.9], propensities=0.8), 6, random_state=3)
    L = votes.label_matrix.votes
    model = DawidSkene(max_iter=4, tol=0.0)
    with pytest.warns(ConvergenceWarning):
        model.fit(L)
    shares = np.stack([(c == L).sum(axis=1) for c in range(2)], axis=1).astype(float)
    shares[shares.sum(axis=1) == 0] = 1
    P = shares / shares.sum(axis=1, keepdims=True)
    for _ in range(4):
        balance, confusion, P = brute_force_step(L, P, k=2, abstain=True)
    np.testing.assert_allclose(model.class_balance_, balance, atol=1e-10)
    np.testing.assert_allclose(model.confusion_, confusion, atol=1e-10)


@pytest.mark.parametrize("abstain", ["outcome", "ignore"])
def test_planted_parameters_come_back_within_four_standard_errors(abstain):
    matrices = np.random.default_rng(4).dirichlet([1.0, 1.0, 1.0], size=(6, 3)) * 0.35 + 0.65 * np.eye(3)
    table = confusion_table(matrices, propensities=[0.9, 0.8, 0.9, 0.7, 0.8, 0.9])
    balance = np.array([0.5, 0.3, 0.2])
    n = 40_000
    planted = sample_votes(table, n, class_balance=balance, random_state=5)
    model = DawidSkene(abstain=abstain, tol=1e-7).fit(planted.label_matrix)
    assert model.converged_
    target, seen = (table, 1.0) if abstain == "outcome" else (matrices, 1 - table[:, :, -1:])
    # The classes are not seen, so the information is less than a count's; a factor 1.5 covers that here.
    error = 1.5 * np.sqrt(target * (1 - target) / (n * balance[None, :, None] * seen)) + 1e-4
    assert (np.abs(model.confusion_ - target) / error).max() < 4
    assert (np.abs(model.class_balance_ - balance) < 4 * 1.5 * np.sqrt(balance * (1 - balance) / n)).all()
    assert np.abs(model.lf_accuracies_ - planted.lf_accuracies).max() < 0.01


def test_the_likelihood_never_falls():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8, 0.65], propensities=0.6), 300, random_state=6)
    model = DawidSkene().fit(planted.label_matrix)
    assert len(model.log_likelihood_) == model.n_iter_ > 3
    assert (np.diff(model.log_likelihood_) > -1e-8).all()


def test_not_converging_is_a_warning_and_on_record():
    planted = sample_votes(one_coin_table([0.7, 0.6, 0.8]), 300, random_state=7)
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        model = DawidSkene(max_iter=2).fit(planted.label_matrix)
    assert not model.converged_
    assert model.n_iter_ == 2


def test_a_given_class_balance_is_held_fixed():
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.9]), 500, random_state=8)
    model = DawidSkene(class_balance=[3, 1]).fit(planted.label_matrix)
    np.testing.assert_allclose(model.class_balance_, [0.75, 0.25])


def test_votes_that_no_class_explains_get_equal_shares_unless_smoothed():
    votes = [[0, 0, 0]] * 5 + [[1, 1, 1]] * 5
    np.testing.assert_allclose(DawidSkene().fit(votes).predict_proba([[0, 1, -1]]), 0.5)
    smoothed = DawidSkene(pseudo_count=0.5).fit(votes).predict_proba([[0, 1, 1]])
    assert smoothed[0, 1] > 0.9


@pytest.mark.slow
def test_ten_thousand_workers_do_not_underflow():
    planted = sample_votes(one_coin_table(np.full(5000, 0.6)), 20, random_state=9)
    model = DawidSkene(abstain="ignore", pseudo_count=1.0).fit(planted.label_matrix)
    assert (model.predict(planted.label_matrix) == planted.gold).all()


@pytest.mark.parametrize(
    ("setting", "value"), [("abstain", "maybe"), ("pseudo_count", -1), ("max_iter", 0), ("tol", -1.0)]
)
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        DawidSkene(**{setting: value}).fit(TINY)


def test_patterns_of_tiny_votes_cover_all_rows():
    assert vote_patterns(TINY).counts.sum() == len(TINY)
