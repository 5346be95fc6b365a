"""Sums over votes by look-up, against the sparse product that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from labelwright.core import rows_repeat, vote_patterns
from labelwright.core.votes import near_duplicates
from labelwright.core.votes import vote_shares as shares_module
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.log_space import softmax
from labelwright.core.votes.vote_shares import vote_counts
from labelwright.core.votes.vote_sums import BLOCK_ROWS, vote_sums
from labelwright.label_models import REGISTRY, LabelModel
from labelwright.label_models._default import weighted_votes as cast_module
from labelwright.label_models._default.weighted_votes import WeightedVotes


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
    silent[:16_000] = -1  # one pattern of 40 % of the rows, the others distinct
    assert rows_repeat(few)
    assert not rows_repeat(many)
    assert not rows_repeat(silent)


@pytest.mark.parametrize("name", ["LabelModel", "OneCoin"])
def test_rows_and_their_patterns_have_the_same_posteriors(name):
    votes = random_votes(20_000, 40, 2, abstain=0.7)
    votes[5] = -1
    model = REGISTRY[name]().fit(votes[:300])
    patterns = vote_patterns(votes)
    by_pattern = model._pattern_proba(patterns.votes)[patterns.inverse]
    np.testing.assert_allclose(model.predict_proba(votes), by_pattern, atol=1e-12)
    assert model.predict_proba(votes)[5].tolist() == [0.5, 0.5]
    assert LabelModel._sums_votes
    assert not REGISTRY["OneCoin"]._sums_votes


def by_hand(cast: WeightedVotes, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave every vote out in turn, one softmax a vote."""
    totals, number = np.zeros_like(table), np.zeros(len(table))
    scores = cast.scores(table)
    for row, vote, counted in zip(cast.rows, cast.indicators.indices, cast.has_other, strict=True):
        if counted:
            totals[vote] += softmax(scores[[row]] - table[vote])[0] * cast.counts[row]
            number[vote] += cast.counts[row]
    return totals, number


@pytest.mark.parametrize(("k", "scale"), [(2, 1.0), (4, 3.0), (2, 60.0)])
def test_totals_of_others_leave_each_vote_out(k, scale, monkeypatch):
    monkeypatch.setattr(cast_module, "BLOCK", 256)  # several blocks
    votes = random_votes(400, 6, k, abstain=0.6)
    cast = WeightedVotes.of_patterns(vote_patterns(votes), k)
    table = scale * np.random.default_rng(3).normal(size=(6 * k, k))
    for got, expected in zip(cast.totals_of_others(table), by_hand(cast, table), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


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


def weights_of(cast, counts, *, k):
    likeness = near_duplicates.Likeness(0.95)
    pairs = near_duplicates.near_duplicates(cast, counts, k=k, likeness=likeness)
    return near_duplicates.duplicate_weights(pairs, m=cast.shape[1] // k)


def test_first_look_rules_out_no_near_duplicates(monkeypatch):
    rng = np.random.default_rng(6)
    votes = random_votes(3000, 9, 3, abstain=0.6)
    votes[:, 8] = votes[:, 7] = votes[:, 2]
    changed = rng.random(3000) < 0.01  # alike on more than 95 % of the rows, not on all
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
