"""Near duplicates: counted alike in every way, and no pair is overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from labelwright.core import vote_patterns
from labelwright.core.votes import near_duplicates
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.near_duplicates import Likeness, duplicate_groups


def random_votes(n: int, m: int, k: int, *, abstain: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    dtype = np.int8 if k <= 127 else np.int16
    return np.where(rng.random((n, m)) < abstain, -1, rng.integers(0, k, size=(n, m))).astype(dtype)


def test_near_duplicates_are_counted_alike_by_dense_and_sparse_products(monkeypatch):
    patterns = vote_patterns(random_votes(300, 12, 3, abstain=0.5))
    cast = indicators(patterns.votes, 3)
    counts = np.random.default_rng(4).integers(1, 2**40, size=len(patterns))
    monkeypatch.setattr(near_duplicates, "BLOCK_ROWS", 100)
    found = []
    for gain in (0.0, 1e9):
        monkeypatch.setattr(near_duplicates, "DENSE_GAIN", gain)
        found.append(near_duplicates._agreements(cast, counts, m=12, k=3).toarray())
    hits = patterns.votes[:, :, None] == patterns.votes[:, None, :]
    hits &= patterns.votes[:, :, None] >= 0
    np.testing.assert_array_equal(found[0], (hits * counts[:, None, None]).sum(axis=0))
    np.testing.assert_array_equal(found[0], found[1])


def weights_of(cast, counts, *, k):
    likeness = near_duplicates.Likeness(0.95)
    pairs = near_duplicates.near_duplicates(cast, counts, k=k, likeness=likeness)
    return near_duplicates.duplicate_weights(pairs, m=cast.shape[1] // k)


def test_first_look_rules_out_no_near_duplicates(monkeypatch):
    rng = np.random.default_rng(6)
    votes = random_votes(3000, 9, 3, abstain=0.6)
    votes[:, 8] = votes[:, 7] = votes[:, 2]
    changed = rng.random(3000) < 0.01  # alike on more than 95% of the rows, not on all
    votes[changed, 7] = rng.integers(-1, 3, size=changed.sum())
    votes[:, 4] = -1
    patterns = vote_patterns(votes)
    cast = indicators(patterns.votes, 3)
    expected = weights_of(cast, patterns.counts, k=3)
    assert expected.round(3).tolist() == [1, 1, 0.333, 1, 1, 1, 1, 0.333, 0.333]
    monkeypatch.setattr(near_duplicates, "MIN_PATTERNS", 1)
    voted = near_duplicates._voted(cast, patterns.counts, 3)
    suspects = near_duplicates._suspects(cast, patterns.counts, voted, k=3, at_least=0.95)
    assert {2, 7, 8} <= set(suspects.tolist()) < set(range(9))
    for different in (votes, votes[:, [0, 1, 3, 5, 6]]):  # the second has no near duplicates at all
        patterns = vote_patterns(different)
        cast = indicators(patterns.votes, 3)
        got = weights_of(cast, patterns.counts, k=3)
        monkeypatch.setattr(near_duplicates, "MIN_PATTERNS", 10**9)
        plain = weights_of(cast, patterns.counts, k=3)
        monkeypatch.setattr(near_duplicates, "MIN_PATTERNS", 1)
        np.testing.assert_array_equal(got, plain)


@pytest.mark.parametrize(
    ("likeness", "pairs"),
    [
        (Likeness(0.9), [[0, 1], [0, 3], [1, 3]]),
        (Likeness(0.9, of_both=0.98), [[0, 1], [0, 3], [1, 3]]),
        (Likeness(0.9, of_both=0.995), [[0, 1]]),
        (Likeness(0.9, rows=101), []),
        (Likeness(1.1), []),
    ],
)
def test_each_threshold_is_asked_for(likeness, pairs):
    votes = np.zeros((100, 4), dtype=np.int8)
    votes[:, 2] = 1
    votes[0, 3] = 1  # equal on 99 of the 100 rows on which both vote
    found = near_duplicates.near_duplicates(indicators(votes, 2), np.ones(100), k=2, likeness=likeness)
    assert found.tolist() == pairs


def test_groups_join_pairs_over_others():
    assert duplicate_groups(np.array([[1, 3], [3, 4]]), m=6).tolist() == [0, 1, 2, 1, 1, 5]
    assert duplicate_groups(np.zeros((0, 2), dtype=int), m=2).tolist() == [0, 1]
