"""Scored votes beside the votes, through everything that makes a label matrix of another."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelwright as lw
from labelwright.core import LabelMatrix, LabelSpace, VoteStatistics
from labelwright.core.votes.scored_sample import claimed, levels_of

SPACE = LabelSpace(["ad", "ham", "scam"])
MAIL = LabelSpace(["HAM", "SPAM"])
NONE = [np.nan] * 3
CLF = [[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], NONE, [0.05, 0.05, 0.9]]


@pytest.fixture(name="L")
def votes_with_scores():
    made = LabelMatrix.from_scores({"clf": CLF}, space=SPACE, fingerprints=["v1"])
    return made.with_lf("url", [1, -1, 2, 2])


def scores(L, name="clf"):
    return np.asarray(L.scores[name], dtype=np.float64).round(4).tolist()


def test_the_highest_score_votes_and_a_tie_abstains(L):
    assert L.votes.tolist() == [[0, 1], [-1, -1], [-1, 2], [2, 2]]
    np.testing.assert_allclose(np.asarray(L.scores["clf"]), CLF, rtol=1e-6)
    assert list(L.scores) == ["clf"]
    low = LabelMatrix.from_scores({"clf": CLF}, space=SPACE, threshold=0.8)
    assert low.votes.ravel().tolist() == [-1, -1, -1, 2]
    assert low.scores["clf"] == L.scores["clf"]


def test_the_summary_tells_how_many_votes_have_scores_and_how_sure_they_are(L):
    told = L.summary()
    assert told["scored"].to_list() == [1.0, 0.0]
    assert told["confidence"].to_list() == [pytest.approx(0.8), None]
    assert "scores of 1 LF" in repr(L)
    assert "confidence" in L._repr_html_()
    assert "scored" not in LabelMatrix(L.votes, space=SPACE).summary().columns


def test_scores_go_with_their_rows_and_lfs(L):
    assert scores(L[[3, 2, 0]])[::2] == [CLF[3], CLF[0]]
    assert L[[3, 2, 0]].scores["clf"].rows.tolist() == [0, 2]
    assert scores(L[np.array([True, False, False, True])]) == [CLF[0], CLF[3]]
    assert scores(L[-1:, ["url", "clf"]]) == [CLF[3]]
    assert not L[:, "url"].scores
    assert not L[2].scores, "a row without scores has none"
    assert not L.with_lf("clf", [0, 0, 0, 0]).scores
    other = LabelMatrix.from_scores({"llm": CLF[::-1]}, space=SPACE)
    assert scores(L.with_lfs(other), "llm")[0] == CLF[3]
    assert L.with_lfs(other).scores["clf"] == L.scores["clf"]


def test_scores_follow_classes_that_are_renamed_or_merged_and_no_others(L):
    merged = SPACE.merge(["ad", "scam"], into="bad").apply(L)
    assert np.allclose(np.asarray(merged.scores["clf"])[0], [0.8, 0.2][:: 1 if merged.space.bad == 0 else -1])
    refined = SPACE.refine("ham", into=["news", "chat"]).apply(L)
    assert not refined.scores
    assert refined.votes[0, 0] >= 0


def test_equality_pickle_and_file_keep_them(L, tmp_path):
    without = LabelMatrix(L.votes, space=SPACE, lf_names=L.lf_names, fingerprints=L.fingerprints)
    assert without != L
    assert pickle.loads(pickle.dumps(L)) == L
    odd = L.with_lf("scores of clf", [0, 1, 2, 0])
    odd.to_parquet(tmp_path / "L.parquet")
    again = LabelMatrix.from_parquet(tmp_path / "L.parquet")
    assert again == odd
    assert again.lf_names == ("clf", "url", "scores of clf")
    assert LabelMatrix(L) == LabelMatrix(L)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([[0.5, 0.5]] * 4, "no numbers of shape (4, 3)"),
        ([[0.5, 0.2, 0.2]] * 4, "at row 0 are 0.5, 0.2, 0.2, which is no distribution"),
        ([CLF[0], [1.5, -0.5, 0.0], NONE, NONE], "at row 1 are 1.5, -0.5, 0.0"),
        ([CLF[0], [0.5, np.nan, 0.5], NONE, NONE], "at row 1"),
        ([CLF[0]], "(4, 3)"),
        ("no", "no numbers"),
    ],
)
def test_what_is_no_distribution_is_refused_with_its_row(L, scores, message):
    with pytest.raises(ValueError, match="LF 'clf'") as info:
        LabelMatrix(L.votes, space=SPACE, lf_names=L.lf_names, scores={"clf": scores})
    assert message in str(info.value)
    with pytest.raises(ValueError, match="no LF 'clg'; did you mean 'clf'"):
        LabelMatrix(L.votes, space=SPACE, lf_names=L.lf_names, scores={"clg": CLF})


def test_statistics_add_with_scores_and_without(L, tmp_path):
    whole = VoteStatistics.of(L, gold=[0, -1, 2, 2])
    plain = LabelMatrix(L.votes, space=SPACE, lf_names=L.lf_names)
    parts = [VoteStatistics.of(L[i : i + 1], gold=[g], first_row=i) for i, g in enumerate([0, -1, 2, 2])]
    assert sum(parts) == whole
    assert sum(parts[::-1]) == whole
    mixed = VoteStatistics.of(plain[:2]) + VoteStatistics.of(L[2:], first_row=2)
    assert sorted(mixed.scored.levels.ravel()) == [-1, -1, -1, whole.scored.levels.max()]
    whole.to_npz(tmp_path / "stats.npz")
    assert VoteStatistics.from_npz(tmp_path / "stats.npz") == whole
    assert whole != VoteStatistics.of(plain, gold=[0, -1, 2, 2])


def test_levels_stand_for_probabilities():
    shares = np.array([0.0, 1e-4, 0.3, 0.5, 0.999, 1.0])
    np.testing.assert_allclose(claimed(levels_of(shares)), shares, atol=0.006)


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_columns_of_scores_go_by_the_classes_that_they_name(table):
    turned = {"SPAM": [0.9, 0.2], "HAM": [0.1, 0.8]}
    straight = np.array([[0.1, 0.9], [0.8, 0.2]])
    expected = LabelMatrix.from_scores({"clf": straight}, space=MAIL)
    assert LabelMatrix.from_scores({"clf": table(turned)}, space=MAIL) == expected
    assert (
        LabelMatrix(expected.votes, space=MAIL, lf_names=["clf"], scores={"clf": table(turned)}) == expected
    )
    other = LabelMatrix([[0], [1]], space=MAIL, lf_names=["a"])
    assert other.with_lf("clf", [1, 0], scores=table(turned))[:, ["clf"]] == expected
    assert lw.analysis.score(table(turned), [1, 0], space=MAIL).accuracy == 1.0
    assert lw.analysis.brier_score(table(turned), [1, 0], space=MAIL) == lw.analysis.brier_score(
        straight, [1, 0], space=MAIL
    )
    with pytest.raises(lw.LabelMatrixError, match="scores of LF 'clf' have the columns SPAM, ham; expected"):
        LabelMatrix.from_scores({"clf": table({"SPAM": [0.9], "ham": [0.1]})}, space=MAIL)


def test_scores_without_the_name_of_their_lf_are_refused():
    with pytest.raises(lw.LabelMatrixError, match="scores are ndarray; pass "):
        LabelMatrix.from_scores(np.full((2, 2), 0.5), space=MAIL)
