"""Junction trees and their tables against sums over all votes, on cases small enough for it."""

from itertools import combinations, product

import numpy as np
import pytest

from labelwright.core import VotePatterns
from labelwright.label_models._dependent.clique_rates import CliqueEvidence, state_rates
from labelwright.label_models._dependent.clique_tables import Cliques, small_trees
from labelwright.label_models._dependent.junction_tree import junction_tree
from labelwright.label_models._dependent.masked_inverse import class_covariance
from labelwright.label_models._dependent.vote_states import VoteStates

K = 2


def random_pairs(m, share, seed):
    generator = np.random.default_rng(seed)
    return [pair for pair in combinations(range(m), 2) if generator.random() < share]


@pytest.mark.parametrize("seed", range(8))
def test_every_edge_is_in_a_clique_and_cliques_of_a_node_hang_together(seed):
    pairs = random_pairs(9, 0.1 + 0.1 * seed, seed)
    tree = junction_tree(pairs)
    assert all(any(set(pair) <= set(clique) for clique in tree.cliques) for pair in pairs)
    # in a tree the cliques with a node are connected exactly if they are one more than its separators
    for node in {node for pair in pairs for node in pair}:
        assert sum(node in c for c in tree.cliques) == 1 + sum(node in s for s in tree.separators)


def test_a_cycle_gets_chords():
    tree = junction_tree([(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)])
    assert [len(clique) for clique in tree.cliques] == [3, 3, 3]
    assert [len(separator) for separator in tree.separators] == [2, 2]


def test_a_clique_that_is_too_wide_ends_the_search():
    pairs = list(combinations(range(8), 2))
    assert junction_tree(pairs, widest=7) is None
    assert junction_tree(pairs, widest=8).cliques == (tuple(range(8)),)


def all_votes(m):
    return np.array(list(product(range(-1, K), repeat=m)), dtype=np.int8)


def markov_field(pairs, m, seed):
    """P(votes | y) of all votes of m LFs with an energy for each edge, an outcome and a class at a time."""
    generator = np.random.default_rng(seed)
    votes = all_votes(m)
    P = np.exp(sum(generator.normal(size=(K + 1, K + 1, K))[votes[:, i], votes[:, j]] for i, j in pairs))
    return votes, P / P.sum(axis=0)


def marginals(votes, P, m):
    cast = np.array([P[votes[:, j] == v].sum(axis=0) for j in range(m) for v in range(K)])
    return cast, np.array([P[votes[:, j] == -1].sum(axis=0) for j in range(m)])


def log_joint(pairs, votes, rows, cast, silence):
    """log P(votes | y) of all votes, by tables on the junction tree that are counted from rows a class."""
    m = votes.shape[1]
    cliques = Cliques.of(junction_tree(pairs), votes, k=K)
    columns = np.arange(m * K)
    tables = cliques.tables(rows, columns, cast, silence)
    alone = VoteStates.of(votes, tuple(range(m)), k=K)[0].alone(columns, np.log(cast), np.log(silence))
    assert np.array_equal(tables.at(cliques), tables.of_votes(votes))
    return alone + tables.at(cliques)


@pytest.mark.parametrize(
    "pairs",
    [
        [(0, 1)],
        [(0, 1), (0, 2), (1, 2)],
        [(0, 1), (0, 2), (0, 3)],
        [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)],
        [(0, 1), (1, 2), (2, 3)],
    ],
    ids=["pair", "clique", "star", "overlapping cliques", "chain"],
)
def test_tables_of_the_tree_give_the_probability_of_all_votes(pairs):
    m = 5
    votes, P = markov_field(pairs, m, seed=len(pairs))
    cast, silence = marginals(votes, P, m)
    found = np.exp(log_joint(pairs, votes, 1e9 * P, cast, silence))
    np.testing.assert_allclose(found, P, rtol=1e-6)


def test_smoothed_tables_of_few_rows_are_a_distribution_still():
    pairs, m = [(0, 1), (1, 2), (0, 2), (2, 3)], 4
    votes, P = markov_field(pairs, m, seed=3)
    counts = np.random.default_rng(0).multinomial(40, P.mean(axis=1))
    rows = counts[:, None] * P / P.sum(axis=1, keepdims=True)
    cast, silence = marginals(votes, rows + 0.01, m)
    scale = cast[:K].sum(axis=0) + silence[0]
    found = np.exp(log_joint(pairs, votes, rows, cast / scale, silence / scale))
    np.testing.assert_allclose(found.sum(axis=0), 1.0, atol=1e-9)


def test_a_state_that_was_not_seen_gets_what_is_assumed():
    votes = np.array([[0, 0], [1, 1]], dtype=np.int8)
    cliques = Cliques.of(junction_tree([(0, 1)]), votes, k=K)
    tables = cliques.tables(np.array([[80.0, 10.0], [10.0, 80.0]]), np.arange(4), np.full((4, 2), 0.4),
                            np.full((2, 2), 0.2))  # fmt: skip
    unseen = tables.of_votes(np.array([[0, 1]], dtype=np.int8))
    np.testing.assert_allclose(np.exp(unseen), 10 / 100)


def test_components_whose_tables_would_be_empty_are_left_out():
    votes = np.random.default_rng(0).integers(-1, K, size=(400, 8)).astype(np.int8)
    patterns = VotePatterns(votes, np.ones(400, dtype=np.int64), np.zeros(0, dtype=np.int64))
    pairs = [(0, 1), *combinations(range(2, 8), 2)]
    assert list(small_trees(patterns, pairs, k=K)) == [(0, 1)]


def test_rates_of_states_come_from_moments_with_other_lfs():
    generator = np.random.default_rng(5)
    balance, truth = np.array([0.3, 0.7]), generator.dirichlet(np.ones(6), size=2).T
    others = generator.uniform(0.1, 0.8, size=(4, 2))
    together = (truth * balance) @ others.T
    evidence = CliqueEvidence(others, others @ balance, np.arange(4), np.eye(4), balance)
    found = state_rates(together, truth @ balance, np.log(np.full((6, 2), 0.1)), evidence=evidence, n=10**9)
    np.testing.assert_allclose(found, truth, atol=1e-6)


def test_the_class_part_of_a_covariance_is_found_within_dependent_groups():
    generator = np.random.default_rng(1)
    load = generator.uniform(0.3, 0.6, size=9)
    rest = np.diag(1.0 - load**2)
    rest[np.ix_([0, 1, 2], [0, 1, 2])] += 0.3 * (1 - np.eye(3))
    apart = ~np.eye(9, dtype=bool)
    apart[np.ix_([0, 1, 2], [0, 1, 2])] = False
    found = class_covariance(np.outer(load, load) + rest, apart, rank=1, n=10**9)
    np.testing.assert_allclose(found, np.outer(load, load), atol=2e-3)
