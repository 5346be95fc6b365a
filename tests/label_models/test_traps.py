"""Votes that lead label models astray without a word: the default gets them right, and says what is wrong.

Each trap plants accuracies that give the figures of its comment; scores are means over draws, ties shared.
"""

import warnings

import numpy as np
import pytest

from labelwright import LabelModelWarning
from labelwright.label_models import LabelModel, MajorityVote
from labelwright.testing import exact_posterior, one_coin_table, sample_votes, unipolar_table

DRAWS = range(3)


def accuracy(P, gold):
    """Share of rows labeled right, ties shared."""
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    return (tied / tied.sum(axis=1, keepdims=True))[np.arange(len(gold)), gold].mean()


def scores(draw, *, draws=DRAWS):
    """Mean accuracy of the default, majority vote and the best posterior where an LF votes, and warnings."""
    found, kinds = [], set()
    for seed in draws:
        votes, gold, best = draw(seed)
        covered, k = (votes >= 0).any(axis=1), best.shape[1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LabelModelWarning)
            models = [model(n_classes=k).fit(votes) for model in (LabelModel, MajorityVote)]
        answers = [*(model.predict_proba(votes) for model in models), best]
        found.append([accuracy(P[covered], gold[covered]) for P in answers])
        kinds |= {finding.kind for finding in models[0].fit_report_.warnings}
    return *np.mean(found, axis=0), kinds


def planted(table, n, balance=None):
    """A function that draws votes, their classes and their best posterior."""

    def draw(seed):
        drawn = sample_votes(table, n, class_balance=balance, random_state=seed)
        votes = drawn.label_matrix.votes
        return votes, drawn.gold, exact_posterior(table, votes, class_balance=balance)

    return draw


def copied(draw, j, times):
    """The same with LF j beside itself."""

    def more(seed):
        votes, gold, best = draw(seed)
        return np.column_stack([votes, *[votes[:, j]] * (times - 1)]), gold, best

    return more


# --- copies


@pytest.mark.parametrize("n", [1000, 10_000])
def test_five_copies_of_a_coin_flip_beside_five_good_lfs(n):
    # Good LFs of 0.9: the copies win or tie unless the five agree, so majority vote has 1/2 + 0.9**5 / 4.
    ours, majority, best, kinds = scores(copied(planted(one_coin_table([0.9] * 5 + [0.5]), n), 5, 5))
    assert (majority, best) == pytest.approx((0.65, 0.99), abs=0.02)
    assert ours >= 0.95
    assert "near-duplicates" in kinds


def test_copies_that_vote_on_a_part_of_the_rows():
    table = one_coin_table([0.9] * 5 + [0.5], propensities=0.7)
    ours, majority, best, _ = scores(copied(planted(table, 5000), 5, 5))
    assert majority < 0.7
    assert ours > best - 0.01


# --- unequal classes

UNEQUAL = {
    "80/20, unlike LFs": (one_coin_table([0.85, 0.8, 0.7, 0.65, 0.6]), [0.8, 0.2]),
    "80/20, ten that vote on half": (
        one_coin_table(np.linspace(0.6, 0.85, 10), propensities=0.5),
        [0.8, 0.2],
    ),
    "80/20, five alike": (one_coin_table([0.7] * 5), [0.8, 0.2]),
    "80/20, ten alike that vote on a third": (one_coin_table([0.8] * 10, propensities=0.3), [0.8, 0.2]),
    "90/10, unlike LFs": (one_coin_table(np.linspace(0.65, 0.9, 7)), [0.9, 0.1]),
}


@pytest.mark.parametrize("name", UNEQUAL)
def test_symmetric_lfs_over_unequal_classes(name):
    table, balance = UNEQUAL[name]
    ours, majority, _, kinds = scores(planted(table, 10_000, balance))
    assert ours >= majority
    # Votes of 62 to 38, as LFs of 0.7 cast them, could also come of classes alike and other errors.
    assert ("unequal-classes" in kinds) == (name != "80/20, five alike")


# --- worse than chance

WORSE = [  # three of five, with a mean accuracy above chance, so that which class is which is defined
    (0.8, 0.8, 0.4, 0.4, 0.4),
    (0.75, 0.75, 0.4, 0.4, 0.4),
    (0.9, 0.85, 0.4, 0.4, 0.45),
    (0.9, 0.8, 0.35, 0.4, 0.45),
    (0.9, 0.9, 0.35, 0.35, 0.35),
    (0.9, 0.9, 0.3, 0.3, 0.3),
]


@pytest.mark.parametrize("accuracies", WORSE)
def test_three_of_five_lfs_worse_than_chance(accuracies):
    ours, majority, best, kinds = scores(planted(one_coin_table(accuracies), 5000))
    assert majority < 0.7 < 0.78 < best
    assert ours >= 0.74
    assert "contradicted" in kinds


# --- many LFs, many classes


def between(low, high, m):
    return np.random.default_rng(9).uniform(low, high, m)


DENSE = {
    "weak": (one_coin_table(between(0.48, 0.6, 400)), None),
    "40 good, the rest coins": (one_coin_table(np.r_[between(0.6, 0.8, 40), np.full(360, 0.5)]), None),
    "80/20": (one_coin_table(between(0.48, 0.58, 400)), [0.8, 0.2]),
    "four classes": (one_coin_table(between(0.22, 0.33, 400), k=4), None),
}


@pytest.mark.parametrize(
    "name", ["weak", *(pytest.param(name, marks=pytest.mark.slow) for name in list(DENSE)[1:])]
)
def test_400_dense_lfs(name):
    table, balance = DENSE[name]
    ours, majority, best, kinds = scores(planted(table, 1000, balance), draws=[0])
    assert ours > majority + 0.01
    if name in ("weak", "40 good, the rest coins"):
        assert ours > best - 0.01
        assert "overconfident" in kinds


def test_200_classes():
    table = one_coin_table(between(0.3, 0.7, 20), k=200, propensities=0.4)
    ours, majority, best, kinds = scores(planted(table, 4000), draws=[0])
    assert ours >= majority
    assert ours > best - 0.01
    assert "many-classes" in kinds


@pytest.mark.slow
@pytest.mark.xfail(reason="0.754 against 0.757: rare classes win where LFs disagree", strict=True)
def test_50_classes_and_two_lfs_for_each():
    generator = np.random.default_rng(1)
    balance, classes = generator.dirichlet(np.full(50, 5.0)), np.repeat(np.arange(50), 2)
    precisions, found = generator.uniform(0.5, 0.9, 100), generator.uniform(0.2, 0.6, 100)
    table = unipolar_table(
        classes, precisions=precisions, coverages=found * balance[classes] / precisions, class_balance=balance
    )
    ours, majority, _, _ = scores(planted(table, 10_000, balance), draws=[0])
    assert ours >= majority


# --- one LF, two LFs


def test_one_lf_is_followed_but_not_believed():
    draw = planted(one_coin_table([0.9], propensities=0.6), 1000)
    ours, majority, _, kinds = scores(draw)
    assert ours == majority
    assert kinds == {"one-lf"}
    votes, _, _ = draw(0)
    with pytest.warns(LabelModelWarning, match="only LF 'lf_0' votes"):
        P = LabelModel().fit(votes).predict_proba(votes)
    assert P.max() < 0.95
    np.testing.assert_allclose(P[votes[:, 0] < 0], 0.5)


TWO = {
    "dense": (one_coin_table([0.9, 0.7]), None),
    "80/20, votes on a part": (one_coin_table([0.9, 0.7], propensities=0.6), [0.8, 0.2]),
    "one class each": (
        unipolar_table([0, 1], precisions=[0.9, 0.7], coverages=[0.4, 0.2], class_balance=[0.7, 0.3]),
        [0.7, 0.3],
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_two_lfs_that_disagree_are_not_settled_at_random(name):
    table, balance = TWO[name]
    ours, majority, _, _ = scores(planted(table, 2000, balance))
    assert ours > majority - 0.01


@pytest.mark.parametrize("name", TWO)
def test_two_lfs_are_followed_where_they_agree(name):
    table, balance = TWO[name]
    votes, _, _ = planted(table, 2000, balance)(0)
    with pytest.warns(LabelModelWarning, match="not identifiable"):
        predicted = LabelModel().fit(votes).predict(votes)
    highest = votes.max(axis=1)
    alike = (highest >= 0) & ((votes == highest[:, None]) | (votes < 0)).all(axis=1)
    assert (predicted[alike] == highest[alike]).all()
