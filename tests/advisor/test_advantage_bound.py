"""The bound on what weighing votes can gain: what it is on small rows, and that it holds on planted votes."""

import math

import numpy as np
import pytest

import labelwright as lw
from labelwright.advisor import modelling_advantage
from labelwright.advisor.modelling.advantage_bound import ASSUMED, dependent_groups
from labelwright.testing import Structure, one_coin_table, sample_correlated_votes, sample_votes


def logistic(w):
    return 1 / (1 + math.exp(-w))


def credit(scores, gold):
    """Right by chance where classes tie."""
    first = np.isclose(scores, scores.max(axis=1, keepdims=True))
    return first[np.arange(len(gold)), gold] / first.sum(axis=1)


def optimal_gain(votes, gold, accuracies, k):
    """What the weights that the votes were drawn with gain over majority vote."""
    weights = np.log(accuracies * (k - 1) / (1 - accuracies))
    hits = [votes == c for c in range(k)]
    weighted, counted = (np.stack([(hit * w).sum(axis=1) for hit in hits], axis=1) for w in (weights, 1.0))
    return float((credit(weighted, gold) - credit(counted, gold)).mean())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1, 1, 0], logistic(-1.0)),  # 1.5 > 2 * 0.5: one vote could win
        ([1, 1, 1, 0], 0.0),  # 1.5 = 3 * 0.5: it could not
        ([1, 1, 1, 0, 0], logistic(-1.0)),
        ([1, 0], 0.5),  # a coin flip could always be right
        ([1, 1, 1], 0.0),
        ([1, -1], 0.0),
        ([-1, -1], 0.0),
    ],
)
def test_two_classes_by_hand(row, expected):
    found = modelling_advantage(lw.LabelMatrix([row], space=["a", "b"]))
    assert found.bound == pytest.approx(expected)


def test_a_tie_is_wrong_as_the_paper_counts():
    found = modelling_advantage(lw.LabelMatrix([[1, 0], [1, 1]], space=["a", "b"]), ties="wrong")
    assert (found.bound, found.contested, found.tied) == (0.5, 0.5, 0.5)


def test_three_classes_by_hand():
    w = [math.log(a * 2 / (1 - a)) for a in ASSUMED]
    row = lw.LabelMatrix([[0, 0, 1, 2]], space=["a", "b", "c"])
    assert w[2] > 2 * w[0] - w[2]
    share = math.exp(w[1]) / (math.exp(2 * w[1]) + 2 * math.exp(w[1]))
    expected = 2 * share if w[2] > 2 * w[0] else 0.0
    assert modelling_advantage(row).bound == pytest.approx(expected)
    tied = lw.LabelMatrix([[0, 1, 2]], space=["a", "b", "c"])
    assert modelling_advantage(tied).bound == pytest.approx(2 / 3)


def test_dependent_lfs_may_count_once():
    row = lw.LabelMatrix([[1, 1, 1, 1, 0]], space=["a", "b"])
    graph = lw.DependencyGraph.from_groups([[0, 1, 2, 3]], names=row.lf_names)
    assert modelling_advantage(row).bound == 0.0
    assert modelling_advantage(row, dependencies=graph).bound == pytest.approx(0.5)
    against = lw.DependencyGraph.from_groups([[0, 1, 2, 3]], names=row.lf_names, kind="exclusive")
    assert modelling_advantage(row, dependencies=against).bound == 0.0
    assert dependent_groups(graph).tolist() == [0, 0, 0, 0, 4]


def test_it_holds_in_99_of_100_draws_within_its_assumptions():
    generator = np.random.default_rng(11)
    held, gained = [], []
    for _ in range(500):
        k, m, n = (
            int(generator.choice(options)) for options in ((2, 2, 3, 5, 10), range(2, 31), (300, 1000))
        )
        accuracies = generator.uniform(ASSUMED[0], ASSUMED[2], m)
        table = one_coin_table(accuracies, k=k, propensities=10 ** generator.uniform(-1.7, 0, m))
        planted = sample_votes(table, n, random_state=generator)
        gain = optimal_gain(planted.label_matrix.votes, planted.gold, accuracies, k)
        held.append(modelling_advantage(planted.label_matrix).bound + 1e-12 >= gain)
        gained.append(gain)
    assert np.mean(held) >= 0.99
    assert np.mean(gained) > 0.005  # so that it is not for nothing


def test_copies_need_the_graph_for_it_to_hold():
    """Four copies of a poor LF outvote better ones; counted once each, the bound knows."""
    copies = Structure(copies=tuple((j, 0, 1.0) for j in (1, 2, 3, 4)))
    accuracies = np.array([0.62, 0.62, 0.62, 0.62, 0.62, 0.81, 0.81])
    planted = sample_correlated_votes(one_coin_table(accuracies), 5000, copies, random_state=0)
    graph = copies.graph(planted.label_matrix.lf_names)
    once = np.where(np.arange(7) < 5, 0.2, 1.0) * np.log(accuracies / (1 - accuracies))
    votes, gold = planted.label_matrix.votes, planted.gold
    best = credit(np.stack([((votes == c) * once).sum(axis=1) for c in (0, 1)], axis=1), gold).mean()
    gain = best - credit(np.stack([(votes == c).sum(axis=1) for c in (0, 1)], axis=1), gold).mean()
    assert gain > 0.1
    assert modelling_advantage(planted.label_matrix).bound < gain
    assert modelling_advantage(planted.label_matrix, dependencies=graph).bound >= gain


def test_statistics_and_permutations_change_nothing():
    planted = sample_votes(one_coin_table([0.7] * 6, k=4, propensities=0.4), 2000, random_state=0)
    votes, generator = planted.label_matrix.votes, np.random.default_rng(1)
    found = modelling_advantage(planted.label_matrix)
    assert modelling_advantage(lw.VoteStatistics.of(planted.label_matrix)) == found
    shuffled = generator.permutation(votes, axis=0)[:, generator.permutation(6)]
    classes = np.append(generator.permutation(4), -1)
    other = modelling_advantage(lw.LabelMatrix(classes[shuffled], space=planted.label_matrix.space))
    assert other.bound == pytest.approx(found.bound)
    assert (other.contested, other.density) == (found.contested, found.density)


@pytest.mark.parametrize("accuracies", [(0.7, 0.6, 0.8), (0.4, 0.7, 0.8), (0.6, 0.7, 1.0), (0.6, 0.7)])
def test_accuracies_that_cannot_be(accuracies):
    with pytest.raises(lw.LabelModelError, match=r"above 1/2 and below 1, such as"):
        modelling_advantage([[0, 1]], accuracies=accuracies)


def test_an_unknown_way_to_count_ties():
    with pytest.raises(lw.LabelModelError, match="ties='half'; expected 'shared' or 'wrong'"):
        modelling_advantage([[0, 1]], ties="half")
