"""Vote patterns and pair moments: exact, additive, blind to row order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import labelwright as lw
from labelwright.core import pair_moments, vote_patterns
from labelwright.core.votes import pair_moments as moments
from labelwright.core.votes import patterns

small_votes = hnp.arrays(
    np.int8,
    st.tuples(st.integers(0, 40), st.integers(1, 4)),
    elements=st.integers(-1, 2),
)


@given(small_votes)
def test_patterns_rebuild_the_votes(votes):
    found = vote_patterns(votes)
    assert np.array_equal(found.votes[found.inverse], votes)
    assert found.counts.sum() == len(votes)
    assert [tuple(row) for row in found.votes.tolist()] == sorted({tuple(row) for row in votes.tolist()})


@given(small_votes, st.randoms(use_true_random=False))
def test_patterns_do_not_depend_on_row_order(votes, random):
    order = random.sample(range(len(votes)), len(votes))
    one, other = vote_patterns(votes), vote_patterns(votes[order])
    assert np.array_equal(one.votes, other.votes)
    assert np.array_equal(one.counts, other.counts)


def test_patterns_stay_exact_when_different_rows_share_a_hash(monkeypatch):
    monkeypatch.setattr(patterns, "_hashes", lambda words: np.zeros(words.shape[1], dtype=np.uint64))
    votes = np.full((3, 100), -1, dtype=np.int8)
    votes[:, [0, 99]] = [[0, 1], [1, 0], [0, 1]]
    found = vote_patterns(votes)
    assert found.votes[:, [0, 99]].tolist() == [[0, 1], [1, 0]]
    assert found.counts.tolist() == [2, 1]
    assert np.array_equal(found.votes[found.inverse], votes)


@pytest.mark.parametrize("k", [2, 10, 126, 300, 32767])
@pytest.mark.parametrize("m", [1, 5, 41, 90])
def test_patterns_of_rows_of_one_word_and_of_many(m, k):
    generator = np.random.default_rng(m * k)
    rows = generator.integers(-1, k, (60, m)).astype(np.int8 if k < 127 else np.int16)
    votes = rows[generator.integers(0, 60, 500)]
    found = vote_patterns(votes)
    expected, counts = np.unique(votes, axis=0, return_counts=True)
    assert np.array_equal(found.votes, expected)
    assert found.votes.dtype == votes.dtype
    assert np.array_equal(found.counts, counts)
    assert np.array_equal(found.votes[found.inverse], votes)


def by_hand(votes, k):
    onehot = (votes[:, :, None] == np.arange(k)).astype(np.int64)
    return np.einsum("nia,njb->iajb", onehot, onehot)


@given(small_votes)
def test_moments_equal_the_one_hot_product(votes):
    assert np.array_equal(pair_moments(votes, 3).counts, by_hand(votes, 3))


@pytest.mark.parametrize("n", [63, 64, 65, 1000])
def test_moments_over_word_and_block_borders(n, monkeypatch):
    monkeypatch.setattr(moments, "BLOCK_ROWS", 128)
    votes = np.random.default_rng(n).integers(-1, 4, (n, 5)).astype(np.int16)
    assert np.array_equal(pair_moments(votes, 4).counts, by_hand(votes, 4))


def test_moments_of_parts_add_to_those_of_the_whole():
    votes = np.random.default_rng(0).integers(-1, 2, (500, 6)).astype(np.int8)
    whole = pair_moments(votes, 2)
    parts = pair_moments(votes[:123], 2) + pair_moments(votes[123:], 2)
    assert np.array_equal(whole.counts, parts.counts)
    assert whole.n == parts.n == 500
    with pytest.raises(lw.LabelMatrixError, match="do not add"):
        whole + pair_moments(votes[:, :2], 2)


def test_derived_counts():
    votes = np.random.default_rng(1).integers(-1, 3, (200, 4)).astype(np.int8)
    L = lw.LabelMatrix(votes)
    found = L.pair_moments()
    voted = votes != -1
    assert np.array_equal(found.overlaps, voted.T.astype(int) @ voted.astype(int))
    assert found.agreements[0, 1] == (voted[:, 0] & (votes[:, 0] == votes[:, 1])).sum()
    assert np.array_equal(
        found.votes_per_class, [[(column == c).sum() for c in range(3)] for column in votes.T]
    )
