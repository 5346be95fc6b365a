"""Gold with several labels a row: any of them is right, wherever gold is taken."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression

import labelwright as lw
from labelwright import analysis
from labelwright.core import LabelMatrix
from labelwright.core.gold_sets import GoldSets, has_several
from labelwright.label_models import MajorityVote

SPACE = lw.LabelSpace(["art", "music", "film"])
LISTS = [["art", "music"], ["music"], None, ["film"], []]
HOT = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
WAYS = {
    "lists": LISTS,
    "sets and names": [{"art", "music"}, "music", None, "film", set()],
    "indices": [[0, 1], [1], [], [2], []],
    "polars": pl.Series([one or [] for one in LISTS]),
    "pandas": pd.Series(LISTS),
    "object array": np.array([*LISTS, 0], dtype=object)[:5],
    "multi-hot": HOT,
    "booleans": HOT.astype(bool),
    "arrow": pa.array(LISTS),
    "arrow in chunks": pa.chunked_array([LISTS[:2], LISTS[2:]]),
    "lists of 0 and 1": HOT.tolist(),
    "object array of 0 and 1": HOT.astype(object),
    "sparse": scipy.sparse.csr_array(HOT),
    "table": pl.DataFrame(HOT, schema=list(SPACE.names)),
    "table in another order": pd.DataFrame(HOT[:, ::-1].astype(bool), columns=["film", "music", "art"]),
    "table with gaps": pd.DataFrame(np.where(HOT.any(1)[:, None], HOT, np.nan), columns=list(SPACE.names)),
    "itself": GoldSets(HOT.astype(bool)),
}
L = LabelMatrix([[0, 1], [0, 1], [0, 1], [1, -1], [1, 1]], space=SPACE, lf_names=["a", "b"])
P = np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [1.0, 0.0, 0.0], [0.2, 0.2, 0.6], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize("way", WAYS)
def test_a_vote_is_correct_where_it_is_among_the_labels(way):
    gold = WAYS[way]
    assert has_several(gold)
    assert GoldSets.of(gold, SPACE.names, n=5).sets.tolist() == HOT.astype(bool).tolist()
    told = L.summary(gold).select("correct", "incorrect").rows()
    assert told == [(1, 2), (2, 0)]
    assert analysis.lf_accuracies(L, gold).select("judged", "correct").rows() == [(3, 1), (2, 2)]
    assert analysis.lf_statistics(L, gold)["judged"].to_list() == [3, 2]
    assert analysis.lf_statistics(L, gold)["accuracy"].to_list() == pytest.approx([1 / 3, 1.0])


@pytest.mark.parametrize("way", WAYS)
def test_probabilities_are_judged_by_the_likeliest_of_the_labels(way):
    gold = WAYS[way]
    scores = lw.analysis.score(P, gold, space=SPACE)
    assert (scores.n, scores.accuracy) == (3, pytest.approx(2 / 3))
    assert scores.all_rows.log_loss == pytest.approx(-np.log([0.7, 0.3, 0.6]).mean())
    assert analysis.accuracy(["art", "art", "art", "film", "art"], gold, space=SPACE) == pytest.approx(2 / 3)
    assert analysis.expected_accuracy(P, gold, space=SPACE) == pytest.approx(2 / 3)
    wrong = analysis.error_buckets(P, gold, matrix=L)
    assert wrong.select("true", "predicted", "rows").rows() == [("music", "art", 1)]
    model = MajorityVote().fit(L)
    assert model.score(L, gold) == pytest.approx(
        (1.0 + 0.5 + 0.0) / 3
    )  # tied, between two right ones at first


def test_classes_count_a_row_with_several_labels_in_each():
    found = analysis.coverage_by_class(L, LISTS)
    assert found.select("class", "rows").rows() == [("art", 1), ("music", 2), ("film", 1)]
    told = analysis.lf_classes(L, LISTS).select("lf", "class", "votes", "precision").rows()
    assert told == [("a", "art", 2, 0.5), ("a", "music", 1, 0.0), ("b", "music", 2, 1.0)]


def test_votes_for_sets_are_right_where_they_meet_the_labels():
    sets = LabelMatrix.from_sets([[{"art", "film"}]] * 5, space=SPACE)
    assert sets.summary(LISTS)["correct"].to_list() == [2]
    assert analysis.lf_accuracies(sets, LISTS)["correct"].to_list() == [2]
    assert analysis.lf_accuracies(sets, ["art", "music", None, "film", None])["correct"].to_list() == [2]


def test_label_models_learn_from_rows_with_one_label_and_say_so():
    big, gold = L[[0, 1, 3] * 20], [LISTS[0], LISTS[1], LISTS[3]] * 20
    with pytest.warns(
        lw.LabelModelWarning, match="20 rows .* have several labels.* from the 40 rows with one"
    ):
        told = MajorityVote().fit(big, gold=gold)
    single = MajorityVote().fit(big, gold=[None, "music", "film"] * 20)
    np.testing.assert_array_equal(told.class_balance_, single.class_balance_)


def test_gold_of_rows_with_one_label_each_is_plain_gold():
    lists = [["art"], ["music"], [], ["film"], ["art"]]
    plain = ["art", "music", None, "film", "art"]
    assert L.summary(lists).equals(L.summary(plain))
    assert analysis.score(P, lists, space=SPACE) == analysis.score(P, plain, space=SPACE)


@pytest.mark.parametrize(
    ("gold", "message"),
    [
        (
            [["art", "musik"], ["musik"], ["x"], None, None],
            "'musik' (2 rows, first 0, did you mean 'music'?), 'x' (row 2)",
        ),
        (HOT[:, :2], "(n, 3) array of 0 and 1"),
        (HOT * 2, "(n, 3) array of 0 and 1"),
        (LISTS[:3], "expected (5, 3)"),
        (pd.DataFrame(HOT, columns=["art", "x", "y"]), "columns art, x, y; expected a column of 0 and 1 for"),
        (
            pl.DataFrame(HOT * 2, schema=list(SPACE.names)),
            "hold 2 in column 'art'; expected a column of 0 and",
        ),
        (pd.DataFrame({"gold": ["art"] * 5}), "such as frame['gold']"),
    ],
)
def test_wrong_labels_are_refused_all_at_once(gold, message):
    with pytest.raises(lw.LabelMatrixError) as info:
        L.summary(gold)
    assert message in str(info.value)


def test_labels_that_come_one_by_one_are_read_once():
    assert L.summary(iter(["art", "music", None, "film", None])).equals(
        L.summary(["art", "music", None, "film", None])
    )


@pytest.mark.parametrize("way", [way for way in WAYS if way != "itself"])
def test_end_models_are_judged_by_any_of_the_labels_and_learn_from_none(way):
    X = np.eye(5)
    model = lw.NoiseAwareClassifier(LogisticRegression(C=1e3), space=SPACE).fit(X, P)
    guessed = SPACE.encode(model.predict(X))
    assert model.score(X, WAYS[way]) == pytest.approx(HOT[np.arange(5), guessed][HOT.any(axis=1)].mean())
    with pytest.raises(lw.EndModelError, match="several classes a row"):
        model.fit(X, WAYS[way])
