"""Votes with planted parameters: the shapes of label matrices that real sets do not cover on their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

import labelwright as lw
from label_quality.cases import Case, Measure
from labelwright._types import FloatArray, IntArray
from labelwright.testing import PlantedVotes, one_coin_table, sample_votes, unipolar_table

ROWS = 4_000  # to fit on, and again to score on
Recipe = Callable[[np.random.Generator], tuple[FloatArray, FloatArray]]
"""Draws an outcome table (m, k, k+1) and a class balance (k,)."""


def _unipolar(
    rng: np.random.Generator, *, balance: FloatArray, coverage: tuple[float, float], m: int
) -> FloatArray:
    """Return the table of LFs of one class each, coverages log-uniform, broader LFs a little less precise."""
    k = len(balance)
    classes = np.arange(m) % k
    low, high = np.log(coverage)
    coverages = np.exp(rng.uniform(low, high, size=m)) * balance[classes] * k
    coverages = np.minimum(coverages, 0.7 * balance[classes])
    chance = balance[classes]
    precisions = chance + (1 - chance) * rng.uniform(0.35, 0.95, size=m)
    return unipolar_table(classes, precisions=precisions, coverages=coverages, class_balance=balance)


def unipolar(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """20 LFs over 4 classes, each votes for one class or abstains."""
    balance = np.full(4, 0.25)
    return _unipolar(rng, balance=balance, coverage=(0.01, 0.2), m=20), balance


def skewed(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """16 LFs of one class each, class 1 on 8% of the rows."""
    balance = np.array([0.92, 0.08])
    return _unipolar(rng, balance=balance, coverage=(0.03, 0.3), m=16), balance


def sparse(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """80 LFs over 3 classes that rarely vote; half of the rows have one vote or none."""
    table = one_coin_table(
        rng.uniform(0.5, 0.9, size=80), k=3, propensities=rng.uniform(0.005, 0.04, size=80)
    )
    return table, np.full(3, 1 / 3)


def many_classes(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """30 LFs over 40 classes of uneven size, right 30 to 80% of the time."""
    table = one_coin_table(rng.uniform(0.3, 0.8, size=30), k=40, propensities=rng.uniform(0.1, 0.4, size=30))
    return table, rng.dirichlet(np.full(40, 2.0))


def dense(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """12 LFs over 2 classes that vote on most rows, right 52 to 85% of the time: the model's home."""
    table = one_coin_table(rng.uniform(0.52, 0.85, size=12), propensities=rng.uniform(0.6, 1.0, size=12))
    return table, np.array([0.5, 0.5])


RECIPES: dict[str, tuple[Recipe, Measure]] = {
    "planted_dense": (dense, "accuracy"),
    "planted_unipolar": (unipolar, "accuracy"),
    "planted_skewed": (skewed, "F1"),
    "planted_sparse": (sparse, "accuracy"),
    "planted_many_classes": (many_classes, "accuracy"),
}
COPIES, FOLLOWS = 5, 0.9  # followers of the worst LF of `planted_correlated`, and how often they follow
NAMES = (*RECIPES, "planted_correlated")


def planted_cases(names: tuple[str, ...] = NAMES, *, seed: int = 0, rows: int = ROWS) -> Iterator[Case]:
    """Draw the planted sets; each has a seed of its own, so that leaving one out changes no other."""
    for name in names:
        rng = np.random.default_rng([seed, NAMES.index(name)])
        if name == "planted_correlated":
            yield _correlated(name, rng, rows)
        else:
            recipe, measure = RECIPES[name]
            yield _case(name, *recipe(rng), rng=rng, rows=rows, measure=measure)


def _case(
    name: str,
    table: FloatArray,
    balance: FloatArray,
    *,
    rng: np.random.Generator,
    rows: int,
    measure: Measure,
) -> Case:
    drawn = sample_votes(table, 2 * rows, class_balance=balance, random_state=rng)
    return _split(name, drawn.label_matrix.votes, drawn, measure=measure)


def _correlated(name: str, rng: np.random.Generator, rows: int) -> Case:
    """Eight LFs over 2 classes; the worst has followers that repeat nine in ten of its votes."""
    accuracies = np.r_[0.55, rng.uniform(0.65, 0.85, size=7)]
    drawn = sample_votes(one_coin_table(accuracies, propensities=0.8), 2 * rows, random_state=rng)
    votes = drawn.label_matrix.votes
    lead = np.repeat(votes[:, :1], COPIES, axis=1)
    own = rng.integers(0, 2, size=lead.shape)
    follows = rng.random(lead.shape) < FOLLOWS
    return _split(name, np.concatenate([votes, np.where(follows, lead, own)], axis=1), drawn)


def _split(name: str, votes: IntArray, drawn: PlantedVotes, *, measure: Measure = "accuracy") -> Case:
    """Fit on the first half, score on the second; LFs that were not drawn tell the oracle nothing."""
    half = len(votes) // 2
    space = drawn.label_matrix.space
    return Case(
        block="planted votes",
        name=name,
        fit=lw.LabelMatrix(votes[:half], space=space),
        score=lw.LabelMatrix(votes[half:], space=space),
        gold=drawn.gold[half:],
        measure=measure,
        oracle=posterior(drawn.table, drawn.class_balance, drawn.label_matrix.votes[half:]),
    )


def posterior(table: FloatArray, balance: FloatArray, votes: IntArray) -> FloatArray:
    """Return P(y | votes), (n, k), by the outcome table (m, k, k+1) that the votes were drawn from."""
    outcome = np.where(votes < 0, table.shape[1], votes)
    with np.errstate(divide="ignore"):  # an LF of one class never votes another: its log is -inf
        logs = np.log(table)
    scores = np.tile(np.log(balance), (len(votes), 1))
    for j, told in enumerate(logs):
        scores += told[:, outcome[:, j]].T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return shares
