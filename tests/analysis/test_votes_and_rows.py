import numpy as np
import pytest

from labelwright._errors import SchemaError
from labelwright.analysis import (
    contested_rows,
    disagreements,
    lf_accuracies,
    pair_counts,
    pair_table,
    uncovered_terms,
)
from labelwright.analysis.vote_counts import NamedVoteCounts
from labelwright.core import LabelMatrix, VoteStatistics


def random_votes(seed=0, n=400, m=6, k=3):
    return np.random.default_rng(seed).integers(-1, k, size=(n, m))


def test_pairs_equal_brute_force():
    votes = random_votes()
    counts = pair_counts(LabelMatrix(votes))
    for i in range(6):
        for j in range(6):
            both = (votes[:, i] >= 0) & (votes[:, j] >= 0)
            either = (votes[:, i] >= 0) | (votes[:, j] >= 0)
            same = both & (votes[:, i] == votes[:, j])
            assert counts.overlaps[i, j] == both.sum()
            assert counts.agreements[i, j] == same.sum()
            assert counts.similarity[i, j] == pytest.approx(same.sum() / either.sum())


def test_pairs_come_with_most_conflicts_first_and_only_where_they_meet():
    L = LabelMatrix([[0, 1, -1], [0, 1, -1], [0, 0, -1], [-1, -1, 1]], lf_names=["a", "b", "c"])
    assert pair_table(L).rows() == [("a", "b", 3, 2, pytest.approx(1 / 3), pytest.approx(1 / 3))]


def test_pairs_that_never_meet_have_no_agreement():
    assert np.isnan(pair_counts(LabelMatrix([[0, -1], [-1, 0]])).agreement[0, 1])


def test_lf_accuracies_by_hand():
    L = LabelMatrix([[1, 0, -1]] * 9 + [[0, 0, -1]], lf_names=["a", "b", "c"])
    table = lf_accuracies(L, [1] * 9 + [-1], estimated=[0.95, 0.9, np.nan])
    assert table["judged"].to_list() == [9, 9, 0]
    assert table["accuracy"].to_list() == [1.0, 0.0, None]
    assert table["estimated"].to_list() == [0.95, 0.9, None]
    assert table["off"].to_list() == [False, True, False]
    assert (table["low"][2], table["high"][2]) == (0.0, 1.0)


def test_lf_accuracies_need_one_estimate_an_lf():
    with pytest.raises(SchemaError, match="one an LF"):
        lf_accuracies(LabelMatrix([[0]]), [0], estimated=[0.5, 0.5])


def test_contested_rows_equal_brute_force_and_show_each_set_of_votes_once():
    votes = random_votes(1)
    found = contested_rows(LabelMatrix(votes), most=20)

    def quarrels(row):
        cast = [v for v in row if v >= 0]
        return sum(a != b for i, a in enumerate(cast) for b in cast[:i])

    for row in found.iter_rows(named=True):
        assert row["conflicts"] == quarrels(votes[row["row"]])
    assert found["conflicts"][0] == max(map(quarrels, votes))
    assert len({tuple(votes[row]) for row in found["row"]}) == len(found) == 20


def test_no_conflict_no_rows():
    assert contested_rows(LabelMatrix([[0, 0], [1, -1]])).is_empty()
    assert contested_rows(LabelMatrix(np.zeros((0, 2), dtype=int))).is_empty()


def test_disagreements_are_sorted_by_the_less_sure_of_the_two():
    first = [[0.9, 0.1], [0.55, 0.45], [0.8, 0.2], [0.8, 0.2]]
    second = [[0.4, 0.6], [0.01, 0.99], [0.3, 0.7], [0.9, 0.1]]
    assert disagreements(first, second)["row"].to_list() == [2, 0, 1]
    assert disagreements(first, second, at_least=0.65)["row"].to_list() == [2]
    assert disagreements(first, second, rows=np.array([True, True, False, True]))["row"].to_list() == [0, 1]
    assert disagreements(first, second, most=1).height == 1


def test_disagreements_need_the_same_rows():
    with pytest.raises(SchemaError, match="same rows"):
        disagreements([[0.5, 0.5]], [[0.5, 0.5]] * 2)


def test_terms_mark_uncovered_rows_and_common_words_sink():
    texts = ["The Striker scored the goal"] * 12 + ["the market fell the most"] * 30
    covered = np.array([False] * 12 + [True] * 30)
    found = uncovered_terms(texts, covered)
    assert found["term"].to_list() == ["goal", "scored", "striker"]
    assert found.row(0) == ("goal", 12, 0, 1.0, 0.0)


def test_terms_without_any_text_or_without_covered_rows():
    assert uncovered_terms([], np.zeros(0, dtype=bool)).is_empty()
    found = uncovered_terms(["naïve café", "café crème"], np.array([False, False]))
    assert found["term"].to_list() == ["café"]


def test_terms_need_one_text_a_row():
    with pytest.raises(SchemaError, match="covered has shape"):
        uncovered_terms(["a"], np.array([True, False]))


@pytest.mark.parametrize("max_patterns", [None, 40])
def test_votes_counted_from_rows_and_from_statistics_are_alike(max_patterns):
    votes = np.random.default_rng(0).integers(-1, 3, size=(3000, 5))
    votes[:, 4] = -1
    votes[7, 4] = 2  # rare: no sample of 40 rows holds it
    L = LabelMatrix(votes)
    rows = NamedVoteCounts.of(L)
    counted = NamedVoteCounts.of(VoteStatistics.of(L, max_patterns=max_patterns))
    for name in ("by_class", "votes"):
        np.testing.assert_array_equal(getattr(rows, name), getattr(counted, name))
    np.testing.assert_array_equal(rows.pairs.overlaps, counted.pairs.overlaps)
    np.testing.assert_array_equal(rows.pairs.agreements, counted.pairs.agreements)
    error = 0 if max_patterns is None else 4 * np.sqrt(0.25 / 40) * L.n
    assert abs(rows.covered - counted.covered) <= error
    assert abs(rows.several - counted.several) <= error
    assert np.abs(rows.class_rows - counted.class_rows).max() <= error


def test_terms_of_uncovered_rows_in_scripts_without_spaces_and_in_any_spelling():
    from labelwright.analysis.rows import uncovered_terms

    texts = [
        "我很喜欢数据科学",
        "数据真好",
        "今天天气好",
        "天气不错",
        "don’t go",
        "DON'T stop",
        "go on",
        "stop it",
    ]
    covered = [False, False, True, True, False, False, True, True]
    terms = uncovered_terms(texts, covered)["term"].to_list()
    assert set(terms) >= {"数据", "don't"}
    assert not any("天气" in term for term in terms)
    thai = uncovered_terms(["กินข้าวแล้ว", "ไม่กินข้าว", "ไปเที่ยว", "ไปนอน"], [False, False, True, True])
    assert "กิน" in thai["term"].to_list()
