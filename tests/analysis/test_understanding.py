import numpy as np
import polars as pl
import pytest
from sklearn.metrics import precision_score, recall_score

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright.analysis import (
    confusion_matrix,
    coverage_by_class,
    coverage_gaps,
    error_buckets,
    lf_classes,
    lf_statistics,
    pair_table,
)
from labelwright.core import LabelMatrix


@pytest.fixture(scope="module")
def voted():
    """Votes of 6 LFs for 3 classes on 500 rows, with gold labels of most of them."""
    generator = np.random.default_rng(3)
    gold = generator.integers(-1, 3, size=500)
    votes = np.where(generator.random((500, 6)) < 0.6, gold[:, None], generator.integers(-1, 3, (500, 6)))
    return LabelMatrix(votes, space=["a", "b", "c"]), gold


def test_statistics_are_those_of_the_summary(voted):
    matrix, gold = voted
    table, summary = lf_statistics(matrix, gold), matrix.summary(gold)
    for name, same in (("coverage", "coverage"), ("overlaps", "overlaps"), ("accuracy", "emp_acc")):
        np.testing.assert_allclose(table[name], summary[same])
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[f"{name}_high"] >= table[name]).all()
    np.testing.assert_allclose(table["conflicts"], summary["conflicts"])
    assert table["judged"].to_list() == (summary["correct"] + summary["incorrect"]).to_list()
    assert isinstance(table, Table)


def test_precision_and_recall_are_scikit_learns(voted):
    matrix, gold = voted
    known = gold >= 0
    for row in lf_classes(matrix, gold).iter_rows(named=True):
        cast = matrix[:, row["lf"]].votes[known, 0] == matrix.space.names.index(row["class"])
        true = gold[known] == matrix.space.names.index(row["class"])
        assert row["precision"] == pytest.approx(precision_score(true, cast))
        assert row["recall"] == pytest.approx(recall_score(true, cast))
        assert row["votes"] == cast.sum()


def test_a_vote_for_a_set_counts_for_each_of_its_classes():
    L = LabelMatrix.from_sets([[{"a", "b"}], ["c"]], space=["a", "b", "c"], lf_names=["x"])
    found = lf_classes(L, [0, 2])
    assert found.select("class", "votes", "precision").rows() == [("a", 1, 1.0), ("b", 1, 0.0), ("c", 1, 1.0)]


def test_what_an_lf_is_mostly_wrong_on():
    L = LabelMatrix([[0]] * 10, space=["a", "b", "c"])
    found = lf_classes(L, [0] * 4 + [1] * 2 + [2] * 4)
    assert found["mostly_wrong_on"].to_list() == ["c (4)"]


def test_buckets_are_the_confusion_matrix_with_their_rows(voted):
    matrix, gold = voted
    P = np.random.default_rng(0).dirichlet(np.ones(3), size=matrix.n)
    found = error_buckets(P, gold, matrix=matrix, most=None, right=True)
    counts = confusion_matrix(P, gold)
    for row in found.iter_rows(named=True):
        g, c = matrix.space.names.index(row["true"]), matrix.space.names.index(row["predicted"])
        assert row["rows"] == counts[g, c] == len(row["examples"])
        assert row["class_share"] == pytest.approx(counts[g, c] / counts[g].sum())
        assert (gold[row["examples"]] == g).all()
        assert (np.diff(P[row["examples"]].max(axis=1)) <= 0).all()
    assert found["rows"].is_sorted(descending=True)
    wrong = error_buckets(P, gold, matrix=matrix)
    assert wrong["rows"].sum() == counts.sum() - np.trace(counts)
    assert wrong["examples"].list.len().max() == 5


def test_a_row_without_a_winner_is_undecided_and_blames_nobody():
    found = error_buckets([[0.5, 0.5]], [1], matrix=LabelMatrix([[-1]]))
    assert found.select("true", "predicted", "voted_so").rows() == [("1", "(undecided)", [])]


def test_coverage_by_class_by_hand():
    L = LabelMatrix([[0, 1], [1, -1], [-1, -1], [0, -1]], space=["a", "b", "c"])
    found = coverage_by_class(L, [0, 0, 0, -1])
    assert found["rows"].to_list() == [3, 0, 0]
    assert found["coverage"].to_list() == [pytest.approx(2 / 3), None, None]
    assert found["found"].to_list() == [pytest.approx(1 / 3), None, None]


def test_pairs_have_ranges_where_asked(voted):
    matrix, _ = voted
    plain, ranged = pair_table(matrix), pair_table(matrix, most=4, confidence=0.95)
    assert "agreement_low" not in plain.columns
    assert ranged.drop("agreement_low", "agreement_high").equals(plain.head(4))
    assert (ranged["agreement_low"] < ranged["agreement"]).all()
    assert (ranged["agreement_high"] > ranged["agreement"]).all()


TEXTS = (
    ["a late goal decides", "the goal of the match", "one more goal then"]
    + ["an interest rate cut", "interest rate rises again"]
    + ["the vote of the house"] * 10
    + ["the house lost a goal"] * 2
)
COVERED = [False] * 5 + [True] * 12


def test_gaps_show_words_with_rows_of_their_own_and_where_they_lean():
    P = np.where(np.arange(17)[:, None] < 15, [[0.9, 0.1]], [[0.2, 0.8]])
    found = coverage_gaps(TEXTS, COVERED, P=P, space=["politics", "sports"])
    assert found["term"].to_list() == ["interest", "goal"]  # "rate" would show the rows of "interest"
    assert found["rows"].to_list() == [[3, 4], [0, 1, 2]]
    assert found["leans_to"].to_list() == [None, "sports"]
    assert found["leans_share"].to_list() == [None, pytest.approx(0.8)]
    assert found["examples"][0].to_list() == TEXTS[3:5]


def test_gaps_show_the_word_in_a_long_text_and_few_examples():
    texts = ["filler words " * 30 + "hidden treasure " + "more of it " * 30] * 9 + ["plain"] * 9
    found = coverage_gaps(texts, [False] * 9 + [True] * 9, examples=2, most=1)
    (examples,) = found["examples"].to_list()
    assert len(examples) == 2
    assert all(found["term"][0] in one and len(one) <= 72 for one in examples)
    assert all(set(one.strip("…").split()) <= set(texts[0].split()) for one in examples)  # whole words
    (uncut,) = coverage_gaps(["x" * 90 + "treasure" + "x" * 90] * 2 + ["y"], [False, False, True])["examples"]
    assert len(uncut[0]) == 72


def test_a_word_that_is_common_everywhere_marks_no_gap():
    texts = ["same word"] * 40 + ["same"] * 2
    assert coverage_gaps(texts, [False] * 20 + [True] * 22).is_empty()


def test_no_uncovered_rows_no_gaps():
    assert coverage_gaps(["some text"] * 3, [True] * 3).is_empty()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda L: lf_classes(L, [-1, -1]), "none of the 2 rows has a gold label"),
        (lambda L: coverage_by_class(L, [-1, -1]), "none of the 2 rows has a label"),
        (
            lambda L: error_buckets([[0.5, 0.5]] * 2, [-1, -1], matrix=L),
            "none of the 2 rows has a gold label",
        ),
        (lambda L: error_buckets([[0.5, 0.5]], [0], matrix=L), "expected (2, 2), as the votes"),
        (lambda L: coverage_gaps(["x"] * 2, L.covered, P=[[0.5, 0.5]]), "expected 2, one a text"),
        (
            lambda L: coverage_gaps(["abc abc"] * 2, ~L.covered, P=[[0.5, 0.5]] * 2, space=["a", "b", "c"]),
            "the probabilities have 2",
        ),
        (lambda L: lf_statistics(L, confidence=2), "confidence is 2"),
    ],
)
def test_wrong_input_is_told_in_one_line(call, said):
    with pytest.raises(SchemaError) as caught:
        call(LabelMatrix([[0, 1], [1, 1]]))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_real_tables_fit_80_columns(real_data):
    import labelwright as lw

    split = lw.read_wrench(real_data / "youtube").train
    L, gold = split.label_matrix, split.gold
    P = np.full((L.n, 2), 0.5) + 0.1 * ((L.votes == 1).sum(axis=1) - (L.votes == 0).sum(axis=1))[:, None] * [
        -0.5,
        0.5,
    ]
    tables = [
        lf_statistics(L, gold),
        lf_classes(L, gold),
        pair_table(L, confidence=0.95),
        error_buckets(P, gold, matrix=L),
        coverage_gaps(split.data["text"].to_list(), L.covered, P=P, space=L.space),
        coverage_by_class(L, gold),
    ]
    assert all(isinstance(table, pl.DataFrame) and not table.is_empty() for table in tables)
    assert all(len(line) <= 80 for table in tables for line in str(table).splitlines())
