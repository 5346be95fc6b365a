"""Votes counted: the same numbers from rows, from patterns and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelwright.core import vote_patterns
from labelwright.core.votes import counts as module
from labelwright.core.votes.counts import PairCounts, VoteCounts, class_meetings, count_pairs, overlap_parts

K = 3
small_votes = hnp.arrays(
    np.int8, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.integers(-1, K)
)  # a vote for K is for a set of classes


@given(small_votes)
def test_votes_are_counted_alike_from_rows_patterns_and_by_hand(votes):
    patterns = vote_patterns(votes)
    by_row = VoteCounts.of_votes(votes, K)
    number = (votes >= 0).sum(axis=1)
    expected = [[(column == c).sum() for c in range(K)] for column in votes.T]
    for found in (by_row, VoteCounts.of_votes(patterns.votes, K, counts=patterns.counts)):
        assert (found.n, found.covered, found.several) == (len(votes), (number > 0).sum(), (number > 1).sum())
        assert found.by_class.tolist() == expected
        assert found.votes.tolist() == (votes >= 0).sum(axis=0).tolist()
        assert found.sets.tolist() == (votes == K).sum(axis=0).tolist()


@given(small_votes)
def test_pairs_are_counted_alike_from_rows_patterns_and_by_hand(votes):
    patterns, voted = vote_patterns(votes), votes >= 0
    equal = (votes[:, :, None] == votes[:, None, :]) & voted[:, :, None]
    for found in (
        PairCounts.of_rows(votes),
        PairCounts.of_patterns(patterns.votes, patterns.counts, K + 1),
    ):
        assert found.overlaps.tolist() == (voted.T.astype(int) @ voted).tolist()
        assert found.agreements.tolist() == equal.sum(axis=0).tolist()
    both, _ = count_pairs(votes, np.ones(len(votes)), K)
    single = voted & (votes < K)
    assert both.tolist() == (single.T.astype(int) @ single).tolist()


def test_blocks_change_nothing(monkeypatch):
    votes = np.random.default_rng(0).integers(-1, K, (500, 5)).astype(np.int8)
    whole = VoteCounts.of_votes(votes, K), class_meetings(votes, K), count_pairs(votes, np.ones(500), K)
    monkeypatch.setattr(module, "BLOCK", 64)
    monkeypatch.setattr(module, "PAIR_ROWS", 64)
    again = VoteCounts.of_votes(votes, K), class_meetings(votes, K), count_pairs(votes, np.ones(500), K)
    assert whole[0].by_class.tolist() == again[0].by_class.tolist()
    assert whole[0].several == again[0].several
    for one, other in zip((*whole[1], *whole[2]), (*again[1], *again[2]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_row_may_stand_for_several():
    found = VoteCounts.of_votes(np.array([[0, 1], [-1, 0]]), 2, weight=2.5)
    assert (found.n, found.covered, found.several) == (5, 5, 2)
    assert found.by_class.tolist() == [[2, 0], [2, 2]]


@pytest.mark.parametrize(("k", "slips", "meant"), [(2, 2, 1), (2, 3, 2), (20, 1, 1), (20, 2, 2)])
def test_a_class_voted_by_a_slip_is_not_meant(k, slips, meant):
    votes = np.zeros((100, 1), dtype=np.int8)
    votes[:slips] = 1
    assert VoteCounts.of_votes(votes, k).classes_meant.tolist() == [meant]


def test_parts_hang_together_over_rows_with_both_votes(monkeypatch):
    votes = np.full((1000, 5), -1, dtype=np.int8)
    votes[:400, :2], votes[400:, 2:4] = 0, 1
    assert overlap_parts(votes).tolist() == [0, 0, 1, 1, -1]
    votes[999, 0] = 1  # one row joins the two, which no first look at few rows shows
    monkeypatch.setattr(module, "FIRST_LOOK", 10)
    assert len(set(overlap_parts(votes)[:4].tolist())) == 1
