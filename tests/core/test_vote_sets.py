import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import labelwright as lw

ANIMALS = ["cat", "dog", "fish", "crow"]
PETS = {"cat", "dog", "fish"}
FURRED = {"cat", "dog"}


@pytest.fixture
def matrix():
    rows = [[PETS, "cat", None], [FURRED, ["fish", "crow"], 2], [("dog", "cat"), None, 0], [-1, -1, {"crow"}]]
    return lw.LabelMatrix.from_sets(rows, space=ANIMALS, lf_names=["a", "b", "c"])


def test_sets_get_codes_after_the_classes_in_lexicographic_order(matrix):
    # rows of the table: fish+crow 0011, cat+dog 1100, cat+dog+fish 1110
    assert matrix.vote_sets.astype(int).tolist() == [[0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]]
    assert matrix.votes.tolist() == [[6, 0, -1], [5, 4, 2], [5, -1, 0], [-1, -1, 3]]
    assert matrix.votes.dtype == np.int8
    assert not matrix.vote_sets.flags.writeable
    assert repr(matrix).startswith(
        "LabelMatrix: 4 rows x 3 LFs, classes 0..3 (cat, dog, fish, crow) and 3 sets of them, 100%"
    )


def test_equal_votes_give_equal_matrices_however_the_table_was_written(matrix):
    table = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1], [1, 1, 0, 0]], dtype=bool)
    votes = [[4, 0, -1], [8, 7, 2], [5, -1, 0], [-1, -1, 6]]
    again = lw.LabelMatrix(votes, space=ANIMALS, lf_names=["a", "b", "c"], vote_sets=table)
    assert again == matrix
    assert lw.LabelMatrix(again, space=ANIMALS, lf_names=["a", "b", "c"]) == matrix
    assert lw.LabelMatrix(votes, vote_sets=table).space.names == ("0", "1", "2", "3")


def test_a_matrix_of_single_classes_carries_no_table():
    plain = lw.LabelMatrix([[1, -1], [0, 2]], space=ANIMALS)
    written = lw.LabelMatrix.from_sets([[["dog"], None], ["cat", {2}]], space=ANIMALS)
    assert written.vote_sets is None
    assert written == plain
    assert lw.LabelMatrix([[1]], space=ANIMALS) != lw.LabelMatrix(
        [[1]], space=ANIMALS, vote_sets=np.array([[True, True, False, False]])
    )


def test_many_codes_are_stored_wider():
    rows = np.triu(np.ones((120, 120), dtype=bool))[1:-1]
    matrix = lw.LabelMatrix([[237]], vote_sets=rows)
    assert matrix.votes.dtype == np.int16
    assert matrix.vote_sets[matrix.votes[0, 0] - 120].sum() == 2


def test_parts_and_variants_keep_the_table(matrix):
    part = matrix[1:, ["b", "a"]]
    assert part.votes.tolist() == [[4, 5], [-1, 5], [-1, -1]]
    assert np.array_equal(part.vote_sets, matrix.vote_sets)
    assert np.array_equal(matrix.drop_lf("a").vote_sets, matrix.vote_sets)
    more = matrix.with_lf("d", [6, -1, 0, 4])
    assert more.votes[:, 3].tolist() == [6, -1, 0, 4]
    assert np.array_equal(more.vote_sets, matrix.vote_sets)


def test_summary_reads_the_sets(matrix):
    rows = matrix.summary(gold=[2, 2, 1, 3]).to_dicts()
    assert [row["polarity"] for row in rows] == [[0, 1, 2], [0, 2, 3], [0, 2, 3]]
    # Row 0: cat+dog+fish and cat share cat. Row 1: cat+dog is against fish+crow and fish.
    assert [row["conflicts"] for row in rows] == [0.25, 0.25, 0.25]
    assert [row["overlaps"] for row in rows] == [0.75, 0.5, 0.5]
    assert [(row["correct"], row["incorrect"]) for row in rows] == [(2, 1), (1, 1), (2, 1)]
    assert "cat, dog, fish" in matrix._repr_html_()


@given(
    hnp.arrays(np.int8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(-1, 6)),
)
def test_conflicts_equal_counting_by_hand(votes):
    table = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]], dtype=bool)
    sets = [{0}, {1}, {2}, {3}, {2, 3}, {0, 1}, {0, 1, 2}]
    summary = lw.LabelMatrix(votes, space=ANIMALS, vote_sets=table).summary()
    for j in range(votes.shape[1]):
        against = sum(
            row[j] >= 0 and any(v >= 0 and not sets[row[j]] & sets[v] for i, v in enumerate(row) if i != j)
            for row in votes.tolist()
        )
        assert summary["conflicts"][j] == against / len(votes)


def test_patterns_and_pair_moments_count_codes(matrix):
    assert len(matrix.patterns()) == 4
    moments = matrix.pair_moments()
    assert moments.counts.shape == (3, 7, 3, 7)
    assert moments.votes_per_class[0].tolist() == [0, 0, 0, 0, 0, 2, 1]
    assert moments.counts[0, 6, 1, 0] == 1


def test_parquet_keeps_the_sets_and_only_then_rises_the_version(matrix, tmp_path):
    matrix.to_parquet(tmp_path / "sets.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "sets.parquet") == matrix
    lw.LabelMatrix([[1]], space=ANIMALS).to_parquet(tmp_path / "plain.parquet")
    written = {
        name: json.loads(pl.read_parquet_metadata(tmp_path / f"{name}.parquet")["labelwright"])
        for name in ("sets", "plain")
    }
    assert written["sets"]["version"] == 2
    assert written["sets"]["vote_sets"] == [[2, 3], [0, 1], [0, 1, 2]]
    assert written["plain"] == {"version": 1, "classes": ANIMALS, "fingerprints": [None]}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["cat", {"cat", "dgo"}]], "row 0, column 1: unknown class 'dgo'; did you mean 'dog'"),
        ([[None], [set()]], "row 1, column 0: the set set\\(\\) is no vote"),
        ([[ANIMALS]], "row 0, column 0: .*at least one class, and not all"),
        ([[{None, "cat"}]], "is no vote"),
        ([[[["cat"], ["dog"]]]], "is no vote"),
        ([[1], [True]], "row 1, column 0: True .bool. is no vote"),
        ([["cat", "dog"], ["cat"]], "row 1 has 1 votes, row 0 has 2"),
    ],
)
def test_sets_that_are_no_votes_are_refused(rows, says):
    with pytest.raises(lw.LabelMatrixError, match=says) as caught:
        lw.LabelMatrix.from_sets(rows, space=ANIMALS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("votes", "table", "says"),
    [
        ([[5]], [[True, True, False, False]], r"vote 5 at row 0; .* 4..4 for the sets in vote_sets"),
        ([[4]], [[False] * 4], "row 0 allows no class"),
        ([[4]], [[True, True, False, False], [True] * 4], "row 1 allows all classes"),
        ([[4]], [[1, 1, 0, 0]], r"type int64; expected \(sets, 4\) booleans"),
        ([[4]], [[True, True]], r"shape \(1, 2\)"),
        ([[4]], "cat", r"shape \(\)"),
    ],
)
def test_tables_that_do_not_fit_are_refused(votes, table, says):
    with pytest.raises(lw.LabelMatrixError, match=says):
        lw.LabelMatrix(votes, space=ANIMALS, vote_sets=table)
