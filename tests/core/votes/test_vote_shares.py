import numpy as np
import pytest

from labelwright.core.votes.vote_shares import vote_counts


@pytest.mark.parametrize("m", [3, 255, 300])
def test_votes_are_counted_alike_for_few_and_many_lfs(m):
    # 2 and 3 stand for sets of classes, which count for none.
    votes = np.random.default_rng(0).integers(-1, 4, size=(5_000, m)).astype(np.int8)
    np.testing.assert_array_equal(
        vote_counts(votes, 2), np.stack([(votes == c).sum(1) for c in (0, 1)], axis=1)
    )


def test_no_rows_have_no_votes():
    assert vote_counts(np.zeros((0, 300), dtype=np.int8), 2).shape == (0, 2)
