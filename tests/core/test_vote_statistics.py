"""Vote statistics: additive, bounded, bit by bit the same however the rows were cut, and unbiased beyond."""

import json
import pickle
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import labelwright as lw
from labelwright import VoteStatistics
from labelwright.core import pair_moments, statistics, vote_patterns
from labelwright.core.votes.hand_labels import LabeledPatterns
from labelwright.core.votes.row_sample import NO_LIMIT, RowSample, priority

small_votes = hnp.arrays(
    np.int8, st.tuples(st.integers(0, 40), st.integers(1, 4)), elements=st.integers(-1, 2)
)
bounds = st.sampled_from([1, 2, 5, 1000])


def random_votes(n, m=6, *, seed=0):
    return np.random.default_rng(seed).integers(-1, 3, (n, m)).astype(np.int8)


def cut(votes, places, **settings):
    edges = [0, *sorted(places), len(votes)]
    return [VoteStatistics.of(votes[a:b], first_row=a, **settings) for a, b in pairwise(edges)]


@given(small_votes)
def test_patterns_and_moments_are_those_of_the_rows(votes):
    stats = VoteStatistics.of(votes)
    found, expected = stats.patterns(), vote_patterns(votes)
    assert stats.exact
    assert stats.n == len(votes)
    assert np.array_equal(found.votes, expected.votes)
    assert np.array_equal(found.counts, expected.counts)
    assert len(found.inverse) == 0
    assert np.array_equal(stats.pair_moments().counts, pair_moments(votes, stats.k).counts)
    assert stats.pair_moments().n == len(votes)


@given(small_votes, bounds, st.lists(st.integers(0, 40), max_size=4), st.randoms(use_true_random=False))
def test_blocks_add_to_the_whole_in_any_order(votes, bound, places, random):
    whole = VoteStatistics.of(votes, max_patterns=bound)
    blocks = cut(votes, [min(place, len(votes)) for place in places], max_patterns=bound)
    random.shuffle(blocks)
    assert sum(blocks) == whole
    while len(blocks) > 1:  # in any bracketing
        i = random.randrange(len(blocks) - 1)
        blocks[i : i + 2] = [blocks[i + 1] + blocks[i]]
    assert blocks[0] == whole


def test_counting_in_blocks_changes_nothing(monkeypatch):
    votes = random_votes(1000)
    whole = [VoteStatistics.of(votes, max_patterns=bound) for bound in (100, 5000)]
    monkeypatch.setattr(statistics, "BLOCK_ROWS", 64)
    monkeypatch.setattr("labelwright.core.votes.row_sample.BLOCK_ROWS", 64)
    monkeypatch.setattr("labelwright.core.votes.pair_moments.PATTERN_BLOCK", 64)
    for stats in whole:
        again = VoteStatistics.of(votes, max_patterns=stats.max_patterns)
        assert again == stats
        assert np.array_equal(again.pair_moments().counts, stats.pair_moments().counts)


@pytest.mark.parametrize(("bound", "exact"), [(10, True), (9, False)])
def test_the_bound_is_on_the_patterns(bound, exact):
    votes = np.repeat(np.arange(10)[:, None], 30, axis=0)
    stats = VoteStatistics.of(votes, max_patterns=bound)
    assert stats.exact is exact
    assert stats.weight == (1.0 if exact else 300 / bound)
    assert sum(cut(votes, [100, 200], max_patterns=bound)).exact is exact


def test_beyond_the_bound_size_is_bounded_and_moments_stay_exact():
    votes = random_votes(5000)
    stats = sum(cut(votes, range(500, 5000, 500), max_patterns=100))
    assert not stats.exact
    assert stats.n == 5000
    assert stats.patterns().counts.sum() == 100
    assert len(stats.patterns()) <= 100
    assert stats.weight == 50.0
    assert np.array_equal(stats.pair_moments().counts, pair_moments(votes, 3).counts)
    assert "5000 rows x 6 LFs" in repr(stats)
    assert "sample of 100 rows" in repr(stats)


def test_sums_over_the_sample_are_unbiased_with_the_stated_variance():
    votes = np.where(np.arange(2000)[:, None] % 10 < 3, 1, 0) * np.ones((1, 3), dtype=np.int8)
    votes[:, 2] = np.arange(2000) % 7 % 3
    r, n, draws = 200, len(votes), 400
    estimates = []
    for draw in range(draws):
        sample = RowSample.draw(votes, r, first_row=draw * n)
        estimates.append((sample.votes[:, 0] == 1).sum() * n / len(sample))
    truth = (votes[:, 0] == 1).sum()
    share = truth / n
    error = np.sqrt(n**2 / r * (1 - r / n) * share * (1 - share))
    assert abs(np.mean(estimates) - truth) < 4 * error / np.sqrt(draws)
    assert np.std(estimates) == pytest.approx(error, rel=0.15)


def test_priorities_are_uniform_and_one_to_one():
    hashed = priority(np.arange(200_000, dtype=np.uint64))
    assert len(np.unique(hashed)) == 200_000
    cells = np.bincount((hashed >> np.uint64(58)).astype(np.int64), minlength=64)
    chi_squared = ((cells - 3125) ** 2 / 3125).sum()
    assert 25 < chi_squared < 117  # 63 degrees of freedom, 1e-5 either side


def test_a_small_sample_holds_all_rows():
    sample = RowSample.draw(random_votes(50), 50, first_row=3)
    assert len(sample) == 50
    assert sample.limit == NO_LIMIT


def test_shared_row_numbers_warn_where_the_sample_counts_and_still_commute():
    one, two = (VoteStatistics.of(random_votes(300, seed=seed), max_patterns=50) for seed in (1, 2))
    with pytest.warns(UserWarning, match="share row numbers.*first_row"):
        total = one + two
    with pytest.warns(UserWarning, match="share row numbers"):
        assert two + one == total
    few = VoteStatistics.of([[0, 1]])
    assert (few + few).patterns().counts.tolist() == [2]  # exact: no warning, which would be an error


# --- hand labels


def rows_with_labels(stats):
    found = stats.training_patterns()
    known = found.known if isinstance(found, LabeledPatterns) else np.full(len(found), -1)
    return dict(zip(map(tuple, np.column_stack([found.votes, known]).tolist()), found.counts, strict=True))


@given(
    small_votes,
    bounds,
    st.lists(st.integers(0, 40), max_size=4),
    st.randoms(use_true_random=False),
    st.data(),
)
def test_blocks_with_hand_labels_add_in_any_order(votes, bound, places, random, data):
    gold = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=len(votes), max_size=len(votes))), int)
    space = lw.LabelSpace.of_size(3)
    whole = VoteStatistics.of(votes, space=space, gold=gold, max_patterns=bound)
    edges = [0, *sorted(min(place, len(votes)) for place in places), len(votes)]
    blocks = [
        VoteStatistics.of(votes[a:b], space=space, gold=gold[a:b], first_row=a, max_patterns=bound)
        for a, b in pairwise(edges)
    ]
    random.shuffle(blocks)
    assert sum(blocks) == whole
    assert whole.gold_counts.tolist() == [(gold == c).sum() for c in range(3)]
    rows = Counter((*row, label) for row, label in zip(votes.tolist(), gold.tolist(), strict=True))
    found = rows_with_labels(whole)
    by_hand = {row: count for row, count in rows.items() if row[-1] >= 0}
    assert {row: count for row, count in found.items() if row[-1] >= 0} == by_hand
    if whole.exact:
        assert found == rows


def test_row_order_changes_nothing_of_labels_while_patterns_are_exact():
    votes, gold = random_votes(500, 4), np.random.default_rng(1).integers(-1, 3, 500)
    order = np.random.default_rng(2).permutation(500)
    one = VoteStatistics.of(votes, gold=gold).training_patterns()
    other = VoteStatistics.of(votes[order], gold=gold[order]).training_patterns()
    for name in ("votes", "counts", "known"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_labels_and_no_labels_add():
    votes = random_votes(60)
    gold = np.random.default_rng(1).integers(0, 3, 30)
    both = VoteStatistics.of(votes[:30], gold=gold) + VoteStatistics.of(votes[30:], first_row=30)
    assert both == VoteStatistics.of(votes, gold=np.append(gold, np.full(30, -1)))
    assert VoteStatistics.of(votes, gold=np.full(60, -1)) == VoteStatistics.of(votes)
    assert both.patterns().counts.sum() == both.training_patterns().counts.sum() == 60
    assert VoteStatistics.of([[0, 1]], gold=[4]).k == 5
    with pytest.raises(lw.LabelMatrixError, match=r"no class: 4 \(row \d\); expected one of classes 0..1"):
        VoteStatistics.of([[0, 1]], space=["a", "b"], gold=[4])


@pytest.mark.parametrize("bound", [20, 1000])
def test_hand_labels_come_back_from_disk(tmp_path, bound):
    votes, gold = random_votes(200, 3), np.random.default_rng(1).integers(-1, 3, 200)
    stats = VoteStatistics.of(votes, gold=gold, max_patterns=bound)
    stats.to_npz(tmp_path / "stats.npz")
    again = VoteStatistics.from_npz(tmp_path / "stats.npz")
    assert again == stats == pickle.loads(pickle.dumps(stats))
    more = VoteStatistics.of([[0, 1, 2]], first_row=200)
    assert again + more == stats + more


def test_files_from_before_hand_labels_are_read(tmp_path):
    stats = VoteStatistics.of(random_votes(50, 3))
    stats.to_npz(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as archive:
        contents = dict(archive)
    header = json.loads(str(contents["header"]))
    assert header["version"] == 1
    del header["gold"], contents["sample_labels"], contents["labeled_votes"], contents["labeled_counts"]
    contents["header"] = np.array(json.dumps(header))
    np.savez(tmp_path / "old.npz", **contents)
    assert VoteStatistics.from_npz(tmp_path / "old.npz") == stats


def test_names_and_classes_made_up_from_positions_give_way():
    space = lw.LabelSpace(["a", "b", "c"])
    named = VoteStatistics.of([[0, 1]], space=space, lf_names=["url", "short"])
    plain = VoteStatistics.of([[1, 1]])
    for total in (named + plain, plain + named):
        assert total.space == space
        assert total.lf_names == ("url", "short")
    assert (plain + VoteStatistics.of([[4, 0]])).k == 5


@pytest.mark.parametrize("bound", [1, 1000])
def test_more_classes_in_a_later_block(bound):
    votes = np.array([[0, 1], [1, 0], [200, 3], [1, -1]])
    whole = VoteStatistics.of(votes, max_patterns=bound)
    parts = cut(votes, [2], max_patterns=bound)
    assert parts[0].k == 2
    assert parts[0] + parts[1] == whole
    assert whole.patterns().votes.dtype == np.int16
    assert np.array_equal(whole.pair_moments().counts, pair_moments(votes.astype(np.int16), 201).counts)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (VoteStatistics.of([[0]]), "of 2 and of 1 LFs"),
        (VoteStatistics.of([[0, 1]], lf_names=["url", "long"]), "'short' stands in one where 'long'"),
        (VoteStatistics.of([[0, 1]], space=["b", "a"]), "do not add; count both over the same label space"),
        (VoteStatistics.of([[0, 2]]), "do not add; count both over the same label space"),
    ],
)
def test_what_does_not_add_says_so_in_one_line(other, message):
    named = VoteStatistics.of([[0, 1]], space=["a", "b"], lf_names=["url", "short"])
    for one, two in ((named, other), (other, named)):
        with pytest.raises(lw.LabelMatrixError) as caught:
            one + two
        assert "\n" not in str(caught.value)
    with pytest.raises(lw.LabelMatrixError, match=message):
        named + other


def test_adding_something_else_is_a_type_error():
    with pytest.raises(TypeError):
        VoteStatistics.of([[0]]) + 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_patterns": 0}, "max_patterns=0; expected at least 1"),
        ({"first_row": -1}, "first_row=-1"),
        ({"lf_names": ["a"]}, "1 LF names for 2 columns"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(lw.LabelMatrixError, match=message):
        VoteStatistics.of([[0, 1]], **settings)


def test_many_columns_have_no_moments_and_fewer_patterns():
    stats = VoteStatistics.of(random_votes(20, 300))
    with pytest.raises(lw.LabelMatrixError, match="300 LFs x 3 classes would take 900 columns"):
        stats.pair_moments()
    assert VoteStatistics.of(random_votes(5, 4096)).max_patterns == 2**26 // 4096


def test_sets_of_classes_are_counted_as_votes():
    space = ["cat", "dog", "fish"]
    L = lw.LabelMatrix.from_sets([[{"cat", "dog"}, "dog"], [None, "fish"], ["cat", None]], space=space)
    stats = VoteStatistics.of(L)
    assert np.array_equal(stats.vote_sets, L.vote_sets)
    assert VoteStatistics.of(L[:1]) + VoteStatistics.of(L[1:], first_row=1) == stats
    assert np.array_equal(stats.pair_moments().counts, L.pair_moments().counts)
    other = lw.LabelMatrix.from_sets([[{"cat", "fish"}, "dog"]], space=space)
    with pytest.raises(lw.LabelMatrixError, match="different vote_sets"):
        stats + VoteStatistics.of(other)


@pytest.mark.parametrize("bound", [10, 1000])
def test_statistics_come_back_from_disk_and_from_a_pickle(tmp_path, bound):
    votes = random_votes(400, 3)
    stats = VoteStatistics.of(votes, space=["a", "b", "c"], lf_names=["x", "y", "z"], max_patterns=bound)
    stats.to_npz(tmp_path / "shard.npz")
    again = VoteStatistics.from_npz(tmp_path / "shard.npz")
    assert again == stats
    assert again.lf_names == stats.lf_names
    more = VoteStatistics.of(votes, first_row=400, max_patterns=bound)
    assert again + more == stats + more
    assert np.array_equal(again.pair_moments().counts, stats.pair_moments().counts)
    assert pickle.loads(pickle.dumps(stats)) == stats
    assert [file.name for file in tmp_path.iterdir()] == ["shard.npz"]


def test_sets_of_classes_come_back_from_disk(tmp_path):
    stats = VoteStatistics.of(lw.LabelMatrix.from_sets([[{"a", "b"}]], space=["a", "b", "c"]))
    stats.to_npz(tmp_path / "sets.npz")
    assert VoteStatistics.from_npz(tmp_path / "sets.npz") == stats


def test_files_that_cannot_be_read_or_written(tmp_path):
    path = tmp_path / "shard.npz"
    stats = VoteStatistics.of([[0, 1]])

    def refused(message):
        with pytest.raises(lw.StoreError, match=message) as caught:
            VoteStatistics.from_npz(path)
        assert "\n" not in str(caught.value)

    refused("No such file")
    path.write_bytes(b"no archive")
    refused("damaged")
    np.savez(path, votes=np.zeros(3))
    refused("damaged")
    np.savez(path, header=np.array([{"pickled": 1}], dtype=object))
    refused("damaged")
    np.savez(path, header=np.array(json.dumps({"format": "something else"})))
    refused("holds no vote statistics")
    np.savez(path, header=np.array(json.dumps({"format": "labelwright vote statistics", "version": 99})))
    refused("format 99.*upgrade labelwright")
    stats.to_npz(path)
    path.write_bytes(path.read_bytes()[:-200])
    refused("damaged")
    with pytest.raises(lw.StoreError, match="cannot write"):
        stats.to_npz(tmp_path / "no such folder" / "shard.npz")


def test_statistics_are_equal_by_content_and_no_keys():
    stats = VoteStatistics.of([[0, 1], [1, 1]])
    assert stats == VoteStatistics.of([[0, 1], [1, 1]])
    assert stats != VoteStatistics.of([[0, 1], [1, 0]])
    assert stats != "statistics"
    with pytest.raises(TypeError, match="unhashable"):
        hash(stats)


def test_no_rows_are_the_zero_of_addition():
    votes = random_votes(30)
    none = VoteStatistics.of(votes[:0])
    assert none.n == 0
    assert none + VoteStatistics.of(votes) == VoteStatistics.of(votes)
