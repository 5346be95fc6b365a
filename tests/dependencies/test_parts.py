"""The pieces of structure learning, each against brute force."""

import numpy as np
import pytest

from labelwright.core import VoteStatistics
from labelwright.dependencies.class_factor import fit_loadings, residuals
from labelwright.dependencies.direct_edges import direct, partial_correlations
from labelwright.dependencies.pair_counts import PairBlocks
from labelwright.dependencies.pseudolikelihood import Ising
from labelwright.dependencies.robust_pca import sparse_part
from labelwright.dependencies.screening import presumed_copies, screen


@pytest.fixture
def votes() -> np.ndarray:
    return np.random.default_rng(0).integers(-1, 2, size=(500, 4)).astype(np.int8)


@pytest.fixture
def blocks(votes) -> PairBlocks:
    patterns = VoteStatistics.of(votes).patterns()
    return PairBlocks.of(patterns, 2, blocks=7, generator=np.random.default_rng(1))


def test_blocks_add_up_to_all_rows(votes, blocks):
    counts = blocks.counts()
    voted = votes >= 0
    assert counts.n == 500
    assert (counts.overlaps == voted.T.astype(int) @ voted).all()
    alike = [[((votes[:, i] == votes[:, j]) & voted[:, i]).sum() for j in range(4)] for i in range(4)]
    assert (counts.agreements == alike).all()
    assert counts.beside[1, 0, 2] == ((votes[:, 0] == 1) & voted[:, 2]).sum()


def test_a_block_taken_twice_counts_twice(blocks):
    once, twice = (blocks.counts(np.eye(7)[3] * times) for times in (1.0, 2.0))
    assert (twice.overlaps == 2 * once.overlaps).all()


def test_correlations_of_two_classes_are_those_of_numpy_where_both_vote(votes, blocks):
    r, rows = blocks.counts().correlations()
    both = (votes[:, 0] >= 0) & (votes[:, 3] >= 0)
    assert rows[0, 3] == both.sum()
    assert r[0, 3] == pytest.approx(np.corrcoef(votes[both, 0], votes[both, 3])[0, 1], abs=1e-6)


def test_pairs_with_few_rows_say_nothing():
    votes = np.full((1000, 2), -1, dtype=np.int8)
    votes[:29] = np.random.default_rng(0).integers(0, 2, (29, 2))
    patterns = VoteStatistics.of(votes).patterns()
    r, rows = PairBlocks.of(patterns, 2, blocks=3, generator=np.random.default_rng(0)).counts().correlations()
    assert not r.any()
    assert not rows.any()


def exact(loadings: list[float], **shared: float) -> np.ndarray:
    a = np.array(loadings)
    r = np.outer(a, a)
    for pair, extra in shared.items():
        i, j = map(int, pair[1:].split("_"))
        r[i, j] = r[j, i] = r[i, j] + extra
    np.fill_diagonal(r, 0.0)
    return r


def test_one_outlying_pair_hardly_bends_the_fit():
    truth = [0.7, 0.5, 0.4, 0.6, 0.5, 0.3]
    rows = np.full((6, 6), 1e4) * ~np.eye(6, dtype=bool)
    fitted = fit_loadings(exact(truth, p0_1=0.4), rows, np.zeros((6, 6), bool), np.full(6, 0.5))
    assert np.abs(fitted - truth).max() < 0.06


def test_a_residual_is_what_the_fit_without_the_pair_leaves():
    truth = np.array([0.7, 0.5, 0.4, 0.6, 0.5, 0.3])
    rows = np.full((6, 6), 1e6) * ~np.eye(6, dtype=bool)
    r = exact(truth.tolist(), p0_1=0.2)
    left_out = np.zeros((6, 6), bool)
    left_out[0, 1] = left_out[1, 0] = True
    found = residuals(r, rows, left_out, fit_loadings(r, rows, left_out, truth))
    assert found.shared[0, 1] == pytest.approx(0.2 / np.sqrt((1 - 0.49) * (1 - 0.25)), abs=1e-3)
    assert np.abs(found.scores[2:, 2:]).max() < 0.5


def test_screening_finds_negative_and_positive_pairs():
    r = exact([0.7, 0.5, 0.4, 0.6, 0.5, 0.3, 0.5, 0.6], p0_1=0.3, p2_3=-0.3)
    rows = np.full((8, 8), 1e4) * ~np.eye(8, dtype=bool)
    assert np.argwhere(np.triu(screen(r, rows).pairs)).tolist() == [[0, 1], [2, 3]]


def test_two_independent_lfs_cannot_contradict_copies():
    known = ~np.eye(4, dtype=bool)
    assert not presumed_copies(np.where(known, 0.9, 0.0), known).any()
    r = np.where(known, 0.3, 0.0)
    r[0, 1] = r[1, 0] = 0.9
    assert np.argwhere(presumed_copies(r, known)).tolist() == [[0, 1], [1, 0]]


def test_partial_correlations_are_those_of_regression():
    x = np.random.default_rng(0).normal(size=(4000, 3))
    x[:, 1] += x[:, 0]
    x[:, 2] += x[:, 1]
    partial = partial_correlations(np.corrcoef(x.T))
    assert partial[0, 2] == pytest.approx(0.0, abs=0.04)
    assert partial[0, 1] > 0.4


def test_an_indirect_pair_stays_where_nothing_else_joins_it():
    pairs = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    shared = np.array([[1, 0.01, 0.0], [0.01, 1, 0.9], [0.0, 0.9, 1]])
    assert (direct(pairs, shared, np.full((3, 3), 50.0)) == pairs).all()


def test_sparse_and_low_rank_parts_come_apart():
    generator = np.random.default_rng(0)
    z = generator.uniform(0.2, 0.5, (12, 1))
    S = np.eye(12) * 2.0
    S[0, 1] = S[1, 0] = -0.8
    found = sparse_part(S - z @ z.T, penalty=0.02, weight=0.05)
    assert np.argwhere(np.triu(np.abs(found) > 0.2, 1)).tolist() == [[0, 1]]


@pytest.mark.parametrize("k", [2, 3])
def test_the_gradient_of_the_pseudolikelihood_is_that_of_brute_force(k):
    generator = np.random.default_rng(k)
    votes = generator.integers(-1, k, size=(40, 3))
    cast = np.stack([votes == a for a in range(k)]).astype(np.float32)
    evidence = np.array([0.5, 1.0, 0.3], dtype=np.float32)
    data = Ising(cast, np.full(40, 1 / 40, dtype=np.float32), evidence, 40.0)
    theta = generator.normal(size=(3, 3)).astype(np.float32) * ~np.eye(3, dtype=bool)
    accuracy = np.array([0.7, 0.2, 1.1], dtype=np.float32)
    slope, rise = data.gradient(theta.astype(np.float32), accuracy)

    def objective(theta, accuracy):
        total = 0.0
        for row in votes:
            for j in np.flatnonzero(row >= 0):
                others = [i for i in np.flatnonzero(row >= 0) if i != j]
                log = np.zeros((k, k))  # vote of j, class
                for a in range(k):
                    for y in range(k):
                        log[a, y] = accuracy[j] * (a == y) + sum(evidence[i] * (row[i] == y) for i in others)
                        log[a, y] += sum(theta[j, i] * (row[i] == a) for i in others)
                total += np.log(np.exp(log[row[j]]).sum()) - np.log(np.exp(log).sum())
        return total / 40

    step = 1e-5
    for j, i in ((0, 1), (2, 0)):
        moved = theta.astype(float).copy()
        moved[j, i] += step
        by_hand = (objective(moved, accuracy) - objective(theta.astype(float), accuracy)) / step
        assert slope[j, i] == pytest.approx(by_hand, abs=1e-4)
    moved = accuracy.astype(float).copy()
    moved[1] += step
    by_hand = (objective(theta, moved) - objective(theta, accuracy.astype(float))) / step
    assert rise[1] == pytest.approx(by_hand, abs=1e-4)
