from collections import Counter

import numpy as np
import pytest

from labelwright import VoteStatistics
from labelwright.core import vote_patterns
from labelwright.core.votes.hand_labels import starting_shares
from labelwright.core.votes.row_sample import priority
from labelwright.core.votes.vote_shares import vote_counts, vote_shares
from labelwright.label_models import (
    GLAD,
    IBCC,
    MACE,
    REGISTRY,
    DawidSkene,
    Generative,
    LabelModel,
    MajorityVote,
    MatrixCompletion,
    OneCoin,
    PartialLabels,
    Triplet,
    WeightedMajorityVote,
)
from labelwright.testing import one_coin_table, sample_votes, unipolar_table
from labelwright.testing.hand_label_checks import planted_rows

# Votes that need labels warn without them; what is warned of is tested elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore::labelwright._errors.LabelModelWarning")


def some_gold(gold, n, *, seed=0):
    """The labels of n rows at random, -1 elsewhere."""
    known = np.random.default_rng(seed).choice(len(gold), n, replace=False)
    labels = np.full(len(gold), -1)
    labels[known] = gold[known]
    return labels


def accuracy(model, planted):
    return (model.predict(planted.label_matrix, ties="first") == planted.gold).mean()


# --- grouping


def rows_of(patterns):
    return Counter(
        {
            (*votes, known): count
            for votes, known, count in zip(
                patterns.votes.tolist(), patterns.known.tolist(), patterns.counts.tolist(), strict=True
            )
        }
    )


def test_rows_are_grouped_by_votes_and_label():
    votes, gold = planted_rows(300)
    votes, labels = votes[:, :3].astype(np.int8), some_gold(gold, 120)
    found = VoteStatistics.of(votes, gold=labels).training_patterns()
    assert rows_of(found) == Counter((*row, label) for row, label in zip(votes.tolist(), labels, strict=True))


def test_beyond_the_bound_all_labeled_rows_are_kept_beside_a_sample_of_the_others():
    votes, gold = planted_rows(2000)
    votes, labels = votes.astype(np.int8), some_gold(gold, 300)
    stats = VoteStatistics.of(votes, gold=labels, max_patterns=100)
    assert not stats.exact
    found = rows_of(stats.training_patterns())
    rows = Counter((*row, label) for row, label in zip(votes.tolist(), labels, strict=True))
    by_hand = {row: count for row, count in rows.items() if row[-1] >= 0}
    assert {row: count for row, count in found.items() if row[-1] >= 0} == by_hand
    rest = {row: count for row, count in found.items() if row[-1] < 0}
    sampled = np.argsort(priority(np.arange(2000, dtype=np.uint64)))[:100]
    assert sum(rest.values()) == (labels[sampled] < 0).sum()
    assert all(count <= rows[row] for row, count in rest.items())


def test_a_fit_remembers_the_statistics_of_all_rows():
    votes, gold = planted_rows(200)
    labels = some_gold(gold, 50)
    assert LabelModel().fit(votes, gold=labels).statistics_ == VoteStatistics.of(votes, gold=labels)


def test_prediction_does_not_look_labels_up():
    planted = sample_votes(one_coin_table([0.8] * 5), 300, random_state=0)
    model = OneCoin().fit(planted.label_matrix, gold=planted.gold)
    assert accuracy(model, planted) < 1


# --- where EM starts


def test_without_labels_em_starts_from_the_shares_of_the_votes():
    votes, _ = planted_rows(100)
    patterns = vote_patterns(votes.astype(np.int8))
    np.testing.assert_array_equal(starting_shares(patterns, 3), vote_shares(vote_counts(patterns.votes, 3)))


def test_em_starts_from_what_the_labels_make_of_the_votes():
    # Vote 0 of LF 0 is wrong on all of 6 labeled rows, 4 more are taken at their word; LF 1 has no labels.
    votes = np.array([[0, -1]] * 6 + [[0, -1], [0, 0], [-1, -1]], dtype=np.int8)
    gold = np.array([1] * 6 + [-1] * 3)
    patterns = VoteStatistics.of(votes, gold=gold).training_patterns()
    expected = {(0, -1, -1): [0.4, 0.6], (0, 0, -1): [0.7, 0.3], (-1, -1, -1): [0.5, 0.5], (0, -1, 1): [0, 1]}
    for row, shares in zip(rows_of(patterns), starting_shares(patterns, 2), strict=True):
        np.testing.assert_allclose(shares, expected[row])


# --- supervised: labels of all rows


def counted(votes, gold, k=3):
    """(m, k, k): rows of class y on which LF j votes v."""
    return np.array(
        [[[((column == v) & (gold == y)).sum() for v in range(k)] for y in range(k)] for column in votes.T]
    )


def test_labels_of_all_rows_leave_smoothed_counts():
    votes, gold = planted_rows()
    counts = counted(votes, gold)
    right, size = np.einsum("jyy->j", counts), counts.sum(axis=(1, 2))
    np.testing.assert_allclose(OneCoin().fit(votes, gold=gold).accuracies_, (right + 20) / (size + 25))
    smoothed = counts + 0.5
    confusion = smoothed / smoothed.sum(axis=2, keepdims=True)
    dawid = DawidSkene(abstain="ignore", pseudo_count=0.5).fit(votes, gold=gold)
    np.testing.assert_allclose(dawid.confusion_, confusion)
    smoothed = counts + 1 + 3 * np.eye(3)
    confusion = smoothed / smoothed.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(IBCC().fit(votes, gold=gold).confusion_, confusion)
    own, voted = np.einsum("jyy->jy", counts), counts.sum(axis=2)
    np.testing.assert_allclose(PartialLabels().fit(votes, gold=gold).accuracies_, (own + 0.7) / (voted + 1))
    generative = Generative(prior_weight=0).fit(votes, gold=gold)
    np.testing.assert_allclose(generative.accuracies_, right / size, atol=1e-5)


@pytest.mark.parametrize("model", [MajorityVote(), WeightedMajorityVote(), MACE(), GLAD()], ids=repr)
def test_accuracies_of_rows_with_labels_are_empirical(model):
    votes, gold = planted_rows()
    voted = votes >= 0
    empirical = ((votes == gold[:, None]) & voted).sum(axis=0) / voted.sum(axis=0)
    np.testing.assert_allclose(model.fit(votes, gold=gold).lf_accuracies_, empirical)


@pytest.mark.parametrize("model", [MatrixCompletion(), Triplet()], ids=repr)
def test_labels_draw_moment_models_away_from_what_copies_feign(model):
    planted = sample_votes(one_coin_table([0.8, 0.75, 0.7, 0.6]), 2000, random_state=0)
    votes = planted.label_matrix.votes[:, [0, 1, 2, 3, 3]]
    truth = np.array([0.8, 0.75, 0.7, 0.6, 0.6])
    errors = [
        np.abs(model.fit(votes, gold=gold).lf_accuracies_ - truth).max()
        for gold in (None, some_gold(planted.gold, 200), planted.gold)
    ]
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.parametrize(
    ("model", "trace"),
    [
        (OneCoin(learn_balance=True), "objective_"),
        (PartialLabels(), "objective_"),
        (GLAD(), "objective_"),
        (Generative(), "objective_"),
        (MACE(), "objective_"),
        (MACE(method="em"), "objective_"),
        (IBCC(), "elbo_"),
        (DawidSkene(), "log_likelihood_"),
    ],
    ids=repr,
)
def test_the_objective_with_labels_never_falls(model, trace):
    votes, gold = planted_rows(200)
    objective = getattr(model.fit(votes, gold=some_gold(gold, 60)), trace)
    assert len(objective) > 2
    assert (np.diff(objective) >= -1e-8 * np.abs(objective[-1])).all()


# --- what labels repair

FLIPPED = one_coin_table([0.3, 0.3, 0.3, 0.85, 0.85])
EM_MODELS = [
    "OneCoin",
    "DawidSkene",
    "Generative",
    "MACE",
    "GLAD",
    "IBCC",
    "EBCC",
    "PartialLabels",
]


@pytest.mark.parametrize("name", [*EM_MODELS, "Triplet"])
def test_fifty_labels_repair_three_of_five_lfs_worse_than_chance(name):
    planted = sample_votes(FLIPPED, 2000, random_state=0)
    model = REGISTRY[name]()
    assert accuracy(model.fit(planted.label_matrix), planted) < 0.25
    # MACE has no LF that is worse than chance: it can but ignore them.
    least = 0.82 if name == "MACE" else 0.9
    assert accuracy(model.fit(planted.label_matrix, gold=some_gold(planted.gold, 50)), planted) > least


UNIPOLAR = unipolar_table(
    [0, 0, 0, 1, 1, 1],
    precisions=[0.95, 0.9, 0.85, 0.7, 0.6, 0.5],
    coverages=[0.3, 0.2, 0.2, 0.15, 0.1, 0.2],
    class_balance=[0.8, 0.2],
)
COINS = one_coin_table([0.9, 0.8, 0.7, 0.65, 0.6], propensities=0.6)


# Where nothing speaks against independence, the default learns as much from the votes alone.
MODELS = {name: make() for name, make in REGISTRY.items()} | {"LabelModel": LabelModel(method="anchored")}


def gains_of_labels(name, table, balance, *, n, draws):
    """How much accuracy on covered rows 100 labels add, in each of some draws."""
    model, gains = MODELS[name], []
    for seed in range(draws):
        planted = sample_votes(table, n, class_balance=balance, random_state=seed)
        covered = planted.label_matrix.covered
        right = [
            model.fit(planted.label_matrix, gold=gold).predict(planted.label_matrix, ties="first")[covered]
            == planted.gold[covered]
            for gold in (None, some_gold(planted.gold, 100, seed=seed))
        ]
        gains.append(right[1].mean() - right[0].mean())
    return np.array(gains)


@pytest.mark.parametrize(("name", "least"), [("LabelModel", 0.02), ("Triplet", 0.05)])
def test_a_hundred_labels_help_where_lfs_vote_one_class_each_and_one_is_rare(name, least):
    assert gains_of_labels(name, UNIPOLAR, [0.8, 0.2], n=3000, draws=4).mean() > least


@pytest.mark.parametrize("name", ["OneCoin", "Generative", "MACE", "PartialLabels", "Triplet"])
def test_a_hundred_labels_help_where_classes_are_skewed(name):
    assert gains_of_labels(name, COINS, [0.7, 0.3], n=1000, draws=4).mean() > 0.01


def test_labels_that_contradict_a_vote_turn_it_in_the_default():
    planted = sample_votes(one_coin_table([0.2, 0.7]), 500, random_state=0)
    model = LabelModel().fit(planted.label_matrix, gold=some_gold(planted.gold, 200))
    assert model.contradicted_.tolist() == [[True, True], [False, False]]
    assert not LabelModel().fit(planted.label_matrix).contradicted_.any()
