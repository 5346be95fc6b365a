import numpy as np
import pytest

from labelwright._errors import SchemaError
from labelwright.analysis import Resampling, resampling, wilson_interval


def voted(drawn):
    return drawn.patterns.votes >= 0


def random_votes(seed, n=200, m=20, p=0.3):
    return np.where(np.random.default_rng(seed).random((n, m)) < p, 0, -1).astype(np.int8)


def test_shares_equal_the_plain_ones_and_lie_in_their_range():
    votes = random_votes(0)
    share, low, high = Resampling.of(votes).shares(voted(Resampling.of(votes)))
    np.testing.assert_allclose(share, (votes >= 0).mean(axis=0))
    assert ((low <= share) & (share <= high)).all()


@pytest.mark.parametrize("p", [0.05, 0.3])
def test_ranges_hold_the_planted_share_as_often_as_they_say(p):
    held = []
    for seed in range(40):
        drawn = Resampling.of(random_votes(seed, p=p), draws=400)
        _, low, high = drawn.shares(voted(drawn))
        held += ((low <= p) & (p <= high)).tolist()
    assert 0.93 <= np.mean(held) <= 0.99  # of 800 ranges; one standard error is 0.008


def test_groups_of_rows_give_the_width_that_patterns_give(monkeypatch):
    votes = random_votes(1, n=3000, m=16, p=0.5)
    exact = Resampling.of(votes)
    monkeypatch.setattr(resampling, "MAX_CELLS", 500)
    grouped = Resampling.of(votes)
    assert exact.fold is None
    assert grouped.weights.shape == (1000, 500)
    widths = [np.subtract(*drawn.shares(voted(drawn))[:0:-1]) for drawn in (exact, grouped)]
    assert np.mean(widths[1]) == pytest.approx(np.mean(widths[0]), rel=0.05)


def test_few_rows_for_or_against_get_wilsons_range():
    votes = np.array([[0, 0, -1]] * 5 + [[0, -1, -1]] * 35, dtype=np.int8)
    drawn = Resampling.of(votes)
    share, low, high = drawn.shares(voted(drawn))
    expected = wilson_interval(np.array([40, 5, 0]), np.array([40, 40, 40]))
    np.testing.assert_allclose([low, high], expected)
    assert share.tolist() == [1.0, 0.125, 0.0]


def test_a_share_of_nothing_is_unknown():
    drawn = Resampling.of(np.zeros((0, 2), dtype=np.int8))
    share, low, high = drawn.shares(voted(drawn))
    assert np.isnan(share).all()
    assert low.tolist() + high.tolist() == [0, 0, 1, 1]


def test_no_draws_are_refused():
    with pytest.raises(SchemaError, match="draws is 0"):
        Resampling.of(random_votes(0), draws=0)
