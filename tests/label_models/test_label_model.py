import numpy as np
import pytest

from labelwright._errors import LabelModelError
from labelwright.core import LabelMatrix, vote_patterns
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.near_duplicates import Likeness, near_duplicates
from labelwright.label_models import LabelModel, MajorityVote
from labelwright.label_models._default.anchored import Anchoring, anchor_table, anchored_fit, contradicted
from labelwright.label_models._default.lf_priors import LFPriors
from labelwright.label_models._default.weighted_votes import WeightedVotes
from labelwright.testing import one_coin_table, sample_votes, unipolar_table


def accuracy(P, gold):
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    return (tied[np.arange(len(gold)), gold] / tied.sum(axis=1)).mean()


def cast_of(votes, k=2):
    return WeightedVotes.of_patterns(vote_patterns(np.asarray(votes, dtype=np.int8)), k)


def brute_force_round(votes, table, *, k, anchor, anchor_weight, anchor_votes, balance_weight):
    """One round with loops over rows and LFs, before trust is bounded: (m, k, k) weights."""
    alone = (1 - anchor) / (k - 1)
    m = votes.shape[1]
    scores = np.array([sum(table[j, v] for j, v in enumerate(row) if v >= 0) + np.zeros(k) for row in votes])
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    covered = (votes >= 0).any(axis=1)
    shares = (P[covered].mean(axis=0) + balance_weight) / (1 + k * balance_weight)
    weights = np.empty((m, k, k))
    for j in range(m):
        cast = [i for i in range(len(votes)) if votes[i, j] >= 0]
        right = sum(P[i, votes[i, j]] for i in cast)
        held = 0.9 * len(cast) + anchor_votes
        accuracy = (right + held * anchor) / (len(cast) + held)
        for v in range(k):
            if len(set(votes[cast, j])) > 1:
                weights[j, v] = np.log(k * np.where(np.arange(k) == v, accuracy, (1 - accuracy) / (k - 1)))
                continue
            rows = votes[:, j] == v
            anchors = np.where(np.arange(k) == v, anchor, alone)
            pull = anchor_weight * rows.sum() + anchor_votes
            precision = (P[rows].sum(axis=0) + pull * anchors) / (rows.sum() + pull)
            weights[j, v] = np.log(precision) - np.log(shares)
    return weights


def test_a_round_is_that_of_brute_force():
    # Two LFs vote several classes, two vote one class each.
    votes = np.array(
        [[0, 2, -1, 1], [1, 1, 0, -1], [0, -1, 0, 1], [2, 2, -1, 1], [-1, -1, -1, -1], [0, 0, 0, -1]]
    )
    settings = {"anchor": 0.7, "anchor_weight": 0.6, "anchor_votes": 2.0, "balance_weight": 0.2}
    start = np.log(anchor_table(np.tile(np.eye(3, dtype=bool), (4, 1)), 0.7) * 3)
    fit = anchored_fit(
        cast_of(votes, 3),
        Anchoring(
            anchor=0.7,
            weight=0.6,
            several_weight=0.9,
            votes=2.0,
            balance_weight=0.2,
            priors=LFPriors.of(None, m=4, names=None),
            max_iter=1,
            tol=1e-6,
        ),
    )
    expected = brute_force_round(votes, start.reshape(4, 3, 3), k=3, **settings).reshape(12, 3)
    ceiling = np.diagonal(expected.reshape(4, 3, 3), axis1=1, axis2=2).reshape(12, 1) - 0.1
    own = np.tile(np.eye(3, dtype=bool), (4, 1))
    assert not fit.contradicted.any()
    expected = np.where(own, expected, np.minimum(expected, ceiling))
    np.testing.assert_allclose(fit.weights, expected[cast_of(votes, 3).columns], atol=1e-12)


def test_the_leave_one_out_totals_are_those_of_brute_force():
    votes = np.array([[0, 1, 0], [1, 1, -1], [0, -1, -1], [0, 0, 1], [0, 1, 0]])
    table = np.random.default_rng(0).normal(size=(6, 2))
    totals, number = cast_of(votes).totals_of_others(table)
    expected, counted = np.zeros((6, 2)), np.zeros(6)
    for row in votes:
        voting = [(j, v) for j, v in enumerate(row) if v >= 0]
        for j, v in voting:
            others = [table[other * 2 + vote] for other, vote in voting if other != j]
            if others:
                expected[j * 2 + v] += softmax(np.sum(others, axis=0)[None])[0]
                counted[j * 2 + v] += 1
    np.testing.assert_allclose(totals, expected, atol=1e-12)
    np.testing.assert_array_equal(number, counted)


@pytest.mark.parametrize("m", [1, 2, 3, 20])
def test_lfs_that_all_vote_one_class_are_followed(m):
    votes = np.zeros((50, m), dtype=int)
    assert (LabelModel().fit(votes).predict(votes) == 0).all()


def test_one_class_in_the_data_of_many():
    votes = np.where(np.random.default_rng(0).random((200, 6)) < 0.4, 3, -1)
    predicted = LabelModel(n_classes=5).fit(votes).predict(votes)
    np.testing.assert_array_equal(predicted, votes.max(axis=1))


def test_agreeing_votes_are_never_overturned_whatever_the_skew():
    generator = np.random.default_rng(2)
    for _ in range(15):
        m, share = int(generator.integers(1, 15)), generator.uniform(0.02, 0.98)
        classes = generator.integers(0, 2, size=m)
        balance = np.array([1 - share, share])
        coverage = generator.uniform(0.01, 0.5, size=m) * np.minimum(balance[classes], 1 - balance[classes])
        precision = np.maximum(generator.uniform(0.6, 0.95, size=m), balance[classes])
        coverage *= np.minimum(1, (1 - balance[classes]) / (1 - precision))
        table = unipolar_table(classes, precisions=precision, coverages=coverage, class_balance=balance)
        L = sample_votes(table, 500, class_balance=balance, random_state=generator).label_matrix
        highest = L.votes.max(axis=1)
        agree = ((L.votes == -1) | (L.votes == highest[:, None])).all(axis=1) & L.covered
        model = LabelModel().fit(L)
        against = (model.contradicted_[np.arange(m), L.votes] & (L.votes != -1)).any(axis=1)
        held = agree & ~against
        assert (model.predict(L)[held] == highest[held]).all()


def test_better_lfs_outvote_worse_ones():
    table = one_coin_table([0.95, 0.95, 0.6, 0.6, 0.6], propensities=0.9)
    planted = sample_votes(table, 5000, random_state=1)
    model = LabelModel().fit(planted.label_matrix)
    gain = accuracy(model.predict_proba(planted.label_matrix), planted.gold) - accuracy(
        MajorityVote().fit(planted.label_matrix).predict_proba(planted.label_matrix), planted.gold
    )
    assert gain > 0.03
    assert model.lf_accuracies_[:2].min() > model.lf_accuracies_[2:].max() + 0.1


def test_estimated_accuracies_lie_between_the_truth_and_the_anchor():
    accuracies = np.array([0.95, 0.9, 0.85, 0.65, 0.6, 0.7])
    planted = sample_votes(one_coin_table(accuracies), 20_000, random_state=2)
    estimated = LabelModel().fit(planted.label_matrix).lf_accuracies_
    low, high = np.minimum(accuracies, 0.75) - 0.03, np.maximum(accuracies, 0.75) + 0.03
    assert ((estimated > low) & (estimated < high)).all()


def test_lfs_that_the_others_contradict_are_found():
    planted = sample_votes(one_coin_table([0.9, 0.85, 0.8, 0.85, 0.9, 0.2]), 2000, random_state=3)
    model = LabelModel().fit(planted.label_matrix)
    assert model.contradicted_.tolist() == [[False, False]] * 5 + [[True, True]]
    assert accuracy(model.predict_proba(planted.label_matrix), planted.gold) > 0.96


def test_silence_contradicts_nobody():
    cast = cast_of([[0, -1], [-1, 1], [-1, -1]])
    assert not contradicted(cast, np.zeros((2, 2))).any()


def test_near_duplicates_weigh_as_one():
    planted = sample_votes(one_coin_table([0.85, 0.85, 0.85, 0.6]), 2000, random_state=4)
    votes = planted.label_matrix.votes
    cloned = np.column_stack([votes, *[votes[:, 3]] * 8])
    model = LabelModel().fit(cloned)
    np.testing.assert_allclose(model.duplicate_weights_, [1, 1, 1] + [1 / 9] * 9)
    without = LabelModel().fit(votes).predict_proba(votes)
    assert accuracy(model.predict_proba(cloned), planted.gold) > accuracy(without, planted.gold) - 0.01
    assert accuracy(MajorityVote().fit(cloned).predict_proba(cloned), planted.gold) < 0.65


def test_agreement_where_both_vote_makes_no_near_duplicate():
    votes = np.array([[1, 1], [1, -1], [-1, 1], [1, -1]])
    found = near_duplicates(indicators(votes, 2), np.ones(4, dtype=int), k=2, likeness=Likeness(0.95))
    assert len(found) == 0


def expected_f1(P, gold):
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    shares = tied[:, 1] / tied.sum(axis=1)
    return 2 * shares[gold == 1].sum() / (shares.sum() + (gold == 1).sum()), shares.mean()


@pytest.mark.parametrize("rare", [0.02, 0.05, 0.1])
def test_a_rare_class_is_neither_lost_nor_blown_up(rare):
    balance = [1 - rare, rare]
    table = unipolar_table(
        [0, 0, 1, 1, 1],
        precisions=[0.97, 0.95, 0.6, 0.7, 0.5],
        coverages=[0.4, 0.3, rare / 2, rare / 2, rare * 0.8],
        class_balance=balance,
    )
    planted = sample_votes(table, 20_000, class_balance=balance, random_state=5)
    L, covered = planted.label_matrix, planted.label_matrix.covered
    (f1, share), (f1_of_majority, _) = (
        expected_f1(model.fit(L).predict_proba(L)[covered], planted.gold[covered])
        for model in (LabelModel(), MajorityVote())
    )
    truth = planted.gold[covered].mean()
    assert truth / 3 < share < truth * 3
    # Boosting rare classes costs a little where they are one in ten, and gains much at one in fifty.
    assert f1 > f1_of_majority + (0.1 if rare == 0.02 else -0.06)


def test_a_class_balance_multiplies_the_posteriors():
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.75]), 500, random_state=6)
    L = planted.label_matrix
    plain = LabelModel(method="anchored").fit(L).predict_proba(L)
    told = LabelModel(method="anchored", class_balance=[0.2, 0.8]).fit(L)
    expected = plain * [0.2, 0.8]
    np.testing.assert_allclose(told.predict_proba(L), expected / expected.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(told.class_balance_, [0.2, 0.8])


def test_fit_converges_and_says_how_fast():
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.75], propensities=0.5), 1000, random_state=7)
    model = LabelModel().fit(planted.label_matrix)
    assert model.converged_
    assert 1 < model.n_iter_ < 300
    assert not LabelModel(method="anchored", max_iter=2).fit(planted.label_matrix).converged_


def test_small_blocks_of_votes_give_the_same_totals(monkeypatch):
    planted = sample_votes(one_coin_table([0.8, 0.7, 0.75, 0.3], propensities=0.5), 300, random_state=8)
    whole = LabelModel().fit(planted.label_matrix).weights_
    monkeypatch.setattr("labelwright.label_models._default.weighted_votes.BLOCK", 7)
    np.testing.assert_allclose(LabelModel().fit(planted.label_matrix).weights_, whole, atol=1e-9)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("anchor", 1.0), ("anchor", 0), ("anchor_weight", -1), ("anchor_votes", 0), ("balance_weight", 0),
     ("max_iter", 0), ("tol", -1.0), ("n_classes", 1), ("class_balance", [1, 0]),
     ("class_balance", "uniform")],
)  # fmt: skip
def test_settings_that_cannot_be(setting, value):
    with pytest.raises(LabelModelError, match=setting):
        LabelModel(**{setting: value}).fit(LabelMatrix([[0, 1], [1, 1]]))
