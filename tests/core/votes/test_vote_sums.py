"""Sums over votes by look-up, against the sparse product that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from labelwright.core import rows_repeat
from labelwright.core.votes import vote_shares as shares_module
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_shares import vote_counts
from labelwright.core.votes.vote_sums import BLOCK_ROWS, vote_sums


def random_votes(n: int, m: int, k: int, *, abstain: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.int8 if k <= 127 else np.int16
    return np.where(rng.random((n, m)) < abstain, -1, rng.integers(0, k, size=(n, m))).astype(dtype)


@pytest.mark.parametrize("abstain", [0.0, 0.7, 0.99, 1.0])
@pytest.mark.parametrize(
    ("n", "m", "k", "q"), [(300, 50, 2, 2), (3, 7, 3, 5), (900, 13, 200, 1), (0, 4, 2, 2)]
)
def test_sums_are_those_of_the_sparse_product(n, m, k, q, abstain):
    votes = random_votes(n, m, k, abstain=abstain)
    table = np.random.default_rng(1).normal(size=(m * k, q))
    expected = indicators(votes, k) @ table
    np.testing.assert_allclose(vote_sums(votes, table, k=k), expected, atol=1e-12)
    columns = np.arange(0, m * k, 3)
    np.testing.assert_allclose(
        vote_sums(votes, table[columns], k=k, columns=columns),
        indicators(votes, k)[:, columns] @ table[columns],
        atol=1e-12,
    )


def test_sums_of_many_blocks_and_of_columns_in_memory_order():
    votes = random_votes(2 * BLOCK_ROWS + 17, 9, 2, abstain=0.5)
    table = np.random.default_rng(2).normal(size=(18, 2))
    expected = indicators(votes, 2) @ table
    np.testing.assert_allclose(vote_sums(votes, table, k=2), expected, atol=1e-12)
    np.testing.assert_allclose(vote_sums(np.asfortranarray(votes), table, k=2), expected, atol=1e-12)


def test_indicators_hold_each_vote_once():
    votes = random_votes(40, 6, 3, abstain=0.6)
    onehot = (votes[:, :, None] == np.arange(3)).reshape(40, 18)
    for laid_out in (votes, np.asfortranarray(votes), votes[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(indicators(laid_out, 3).toarray(), onehot)


@pytest.mark.parametrize("m", [3, 300])
def test_vote_counts_count(m):
    votes = random_votes(50, m, 3, abstain=0.01)
    np.testing.assert_array_equal(vote_counts(votes, 3), (votes[:, :, None] == np.arange(3)).sum(axis=1))


def test_softmax_keeps_its_argument_and_its_order_in_memory():
    scores = np.array([[0.0, 1.0, -np.inf], [-np.inf] * 3, [1e4, 0.0, 1e4]])
    before = scores.copy()
    P = softmax(scores)
    np.testing.assert_array_equal(scores, before)
    np.testing.assert_allclose(P[0], [1 / (1 + np.e), np.e / (1 + np.e), 0.0], atol=1e-15)
    np.testing.assert_allclose(P[1:], [[1 / 3] * 3, [0.5, 0.0, 0.5]], atol=1e-15)
    assert P.flags.c_contiguous


def test_sample_tells_repeated_rows_from_distinct_ones():
    rng = np.random.default_rng(0)
    few = random_votes(5000, 8, 2, abstain=0.5)[rng.integers(0, 5000, size=40_000)]
    many = random_votes(40_000, 60, 2, abstain=0.5)
    silent = many.copy()
    silent[:16_000] = -1  # one pattern of 40% of the rows, the others distinct
    assert rows_repeat(few)
    assert not rows_repeat(many)
    assert not rows_repeat(silent)


def test_votes_right_over_blocks_are_those_over_all(monkeypatch):
    votes = random_votes(500, 7, 3, abstain=0.5)
    votes[:, 2] = -1
    counts = np.arange(1, 501)
    P = softmax(np.random.default_rng(5).normal(size=(500, 3)))
    cast = votes >= 0
    expected = [
        (counts * P[np.arange(500), votes[:, j]])[cast[:, j]].sum() / max(counts[cast[:, j]].sum(), 1)
        for j in range(7)
    ]
    monkeypatch.setattr(shares_module, "BLOCK_ROWS", 64)
    got = shares_module.votes_right(votes, counts, P)
    assert np.isnan(got[2])
    np.testing.assert_allclose(np.nan_to_num(got), expected, rtol=1e-12)
