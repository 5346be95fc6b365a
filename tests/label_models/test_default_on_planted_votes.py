"""The default label model where the truth is planted: near the best posterior, sound where classes are rare.

Items 4 and 9 of ``test_synthetic_suite.py``, for `LabelModel` without any setting. Scores are exact: the
model learns from rows that were drawn, and is judged on every pattern by its probability; ties are shared,
rows without a vote left out.
"""

import functools

import numpy as np
import pytest

from labelwright.label_models import LabelModel, MajorityVote
from labelwright.testing import (
    VotePopulation,
    confusion_table,
    exact_posterior,
    one_coin_table,
    unipolar_table,
)

TEN = np.linspace(0.6, 0.9, 10)
pytestmark = pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")


def mixed_up(k, m, right, seed):
    """Confusion matrices: `right` of each row on the diagonal, the rest drawn."""
    return np.random.default_rng(seed).dirichlet([1.0] * k, size=(m, k)) * (1 - right) + right * np.eye(k)


def narrow(balance, classes, precisions, recalls):
    """LFs that vote for one class each and find a part of it."""
    share = np.asarray(balance)[classes]
    coverages = np.asarray(recalls) * share / np.asarray(precisions)
    return unipolar_table(classes, precisions=precisions, coverages=coverages, class_balance=balance)


class Judge:
    """A population of votes, and exact scores of models that learn from rows drawn from it."""

    def __init__(self, table, balance, *, n):
        population = VotePopulation.of(table, class_balance=balance)
        drawn = population.sample(n, random_state=11)
        self.rows = np.repeat(drawn.votes, drawn.counts, axis=0)
        covered = (population.votes >= 0).any(axis=1)
        self.votes, self.k = population.votes[covered], table.shape[1]
        self.best = exact_posterior(table, self.votes, class_balance=balance)
        self.joint = self.best * (population.shares[covered] / population.shares[covered].sum())[:, None]

    def chosen(self, make):
        model = make(n_classes=self.k).fit(self.rows)
        self.taken = getattr(model, "method_", None)
        P = model.predict_proba(self.votes)
        tied = P.max(axis=1, keepdims=True) - P < 1e-5
        return tied / tied.sum(axis=1, keepdims=True)

    def accuracy(self, chosen):
        return (self.joint * chosen).sum()

    def f1(self, chosen):
        found = chosen[:, 1] @ self.joint.sum(axis=1)
        return 2 * (self.joint * chosen)[:, 1].sum() / (found + self.joint[:, 1].sum())

    def share(self, chosen):
        """How much more often class 1 is predicted than it occurs."""
        return chosen[:, 1] @ self.joint.sum(axis=1) / self.joint[:, 1].sum()


# --- 4. within a point of the best posterior, at n = 1e5

TWO, SKEWED = [0.5, 0.5], [0.8, 0.2]
HALVES = [0] * 5 + [1] * 5
FOUND = [0.5, 0.2, 0.4, 0.3, 0.1]
NEAR = {
    "both classes": (one_coin_table(TEN), TWO),
    "both classes, one LF worse than chance": (one_coin_table([0.35, *TEN[1:]]), TWO),
    "both classes, unlike errors": (confusion_table(mixed_up(2, 10, 0.4, 3)), TWO),
    "both classes, skewed": (one_coin_table(TEN), SKEWED),
    "both classes, very skewed": (one_coin_table(TEN), [0.95, 0.05]),
    "unlike errors, skewed": (confusion_table(mixed_up(2, 10, 0.4, 4)), SKEWED),
    "one class an LF": (narrow(TWO, HALVES, [0.6, 0.7, 0.8, 0.9, 0.95] * 2, FOUND * 2), TWO),
    "one class an LF, one class harder": (
        narrow(TWO, HALVES, [0.95, 0.9, 0.92, 0.85, 0.9, 0.6, 0.65, 0.7, 0.6, 0.55], FOUND * 2),
        TWO,
    ),
    "one class an LF, skewed": (
        narrow(SKEWED, HALVES, [0.85, 0.9, 0.95, 0.9, 0.97, 0.4, 0.5, 0.6, 0.7, 0.8], FOUND * 2),
        SKEWED,
    ),
    "sparse": (one_coin_table(TEN, propensities=0.1), TWO),
    "a third votes": (one_coin_table(TEN, propensities=0.3), TWO),
    "a third votes, skewed": (one_coin_table(TEN, propensities=0.3), SKEWED),
    "ten classes": (one_coin_table([0.3, 0.45, 0.6, 0.7, 0.8], k=10, propensities=0.7), [0.1] * 10),
    "four classes, unlike errors": (
        confusion_table(mixed_up(4, 7, 0.35, 5), propensities=0.6),
        [0.25] * 4,
    ),
    "four classes, unlike errors, skewed": (
        confusion_table(mixed_up(4, 7, 0.35, 5), propensities=0.6),
        [0.55, 0.25, 0.15, 0.05],
    ),
    "four classes, one an LF, skewed": (
        narrow([0.4, 0.3, 0.2, 0.1], [0, 0, 1, 1, 2, 2, 3], [0.8, 0.9, 0.8, 0.6, 0.6, 0.8, 0.7],
               [0.3, 0.4, 0.3, 0.5, 0.4, 0.3, 0.4]),
        [0.4, 0.3, 0.2, 0.1],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_4_the_default_comes_within_a_point_of_the_best_posterior(name):
    judge = Judge(*NEAR[name], n=100_000)
    best = judge.accuracy(judge.best >= judge.best.max(axis=1, keepdims=True))
    majority, ours = (judge.accuracy(judge.chosen(make)) for make in (MajorityVote, LabelModel))
    assert judge.taken == "independent"
    assert best - 0.01 < ours < best + 1e-9
    assert ours > majority


# --- 9. LFs that vote for one class, and a rare class

PRIORS = [0.02, 0.05, 0.1, 0.2, 0.5]


def rare(prior, kind):
    """Three LFs for class 0 that cover 10 to 60% of rows, four for class 1 that find 15 to 60% of it."""
    precisions = {
        "precise": np.array([0.6, 0.5, 0.8, 0.9]),
        "one imprecise": np.array([0.4, 0.5, 0.7, 0.9]),
        "lifting": np.minimum(0.62, prior * np.array([6.0, 4.0, 8.0, 10.0])),
    }[kind]
    precisions = np.maximum(precisions, prior + 0.05 * (1 - prior))
    coverages = np.minimum(
        np.maximum([0.6, 0.4, 0.25, 0.15] * (prior / precisions), 0.01), 0.9 * prior / precisions
    )
    common = np.array([0.6, 0.35, 0.1]) * min(1.0, 1.6 * (1 - prior))
    balance = [1 - prior, prior]
    table = unipolar_table(
        [0] * 3 + [1] * 4,
        precisions=[*(1 - prior * np.array([0.2, 0.35, 0.5])), *precisions],
        coverages=[*common, *coverages],
        class_balance=balance,
    )
    return table, balance


RARE = {
    f"{kind}, {prior}": (kind, prior) for kind in ("precise", "one imprecise", "lifting") for prior in PRIORS
}


@functools.cache
def judged(name):
    kind, prior = RARE[name]
    judge = Judge(*rare(prior, kind), n=20_000)
    majority, ours = judge.chosen(MajorityVote), judge.chosen(LabelModel)
    assert judge.taken == "independent"
    return judge, ours, majority


@pytest.mark.parametrize("name", RARE)
def test_9_a_rare_class_is_found_no_worse_than_by_majority_vote(name):
    judge, ours, majority = judged(name)
    assert judge.f1(ours) >= judge.f1(majority)


@pytest.mark.parametrize("name", RARE)
def test_9_a_rare_class_is_neither_lost_nor_blown_up(name):
    judge, ours, _ = judged(name)
    assert 1 / 3 < judge.share(ours) < 3
