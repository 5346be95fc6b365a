"""Labeling functions that return distributions over the classes, and sets of classes."""

import re
from collections import OrderedDict
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import make_plan, vote_block
from labelwright.io.source import FrameSource

SPACE = lw.LabelSpace(["ad", "ham", "scam"])
SAID = {
    "list": [0.1, 0.8, 0.1],
    "tuple": (0.0, 0.0, 1.0),
    "array": np.array([0.5, 0.25, 0.25], dtype=np.float16),
    "names": {"scam": 0.8},
    "ordered names": OrderedDict(scam=0.8, ad=0.2),
    "pandas": pd.Series([0.1, 0.1, 0.8], index=["scam", "ham", "ad"]),
    "polars": pl.Series([0.1, 0.8, 0.1]),
    "indices": {0: 0.5, "ham": 0.3, 2: 0.2},
    "tie": [0.4, 0.4, 0.2],
    "set": {"ad", "scam"},
    "list of names": ["ham", "scam"],
    "set of one": {"ham"},
    "class": "ad",
    "nothing": None,
    "nan": [float("nan")] * 3,
}
DATA = {"what": list(SAID)}


@lw.labeling_function(SPACE)
def says(x):
    return SAID[x.what]


def test_each_way_to_say_it_is_understood():
    L = lw.apply([says], DATA, progress=False)
    named = [L.vote_name(vote) for vote in L.votes[:, 0]]
    assert named == [
        *("ham", "scam", "ad", "scam", "scam", "ad", "ham", "ad", "ABSTAIN"),
        *("ad or scam", "ham or scam", "ham", "ad", "ABSTAIN", "ABSTAIN"),
    ]
    scores = np.asarray(L.scores["says"])
    assert np.isnan(scores[9:]).all()
    np.testing.assert_allclose(scores[3:6], [[0.1, 0.1, 0.8], [0.2, 0, 0.8], [0.8, 0.1, 0.1]], rtol=1e-6)
    np.testing.assert_allclose(scores[6:8], [SAID["polars"], [0.5, 0.3, 0.2]], rtol=1e-6)
    np.testing.assert_allclose(scores[8], SAID["tie"], rtol=1e-6)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([0.5, 0.6, 0.1], "its numbers sum to 1.2"),
        ([0.5, 0.5], "it has 2 numbers for 3 classes"),
        ([-0.1, 0.6, 0.5], "it holds a negative number"),
        ([0.5, float("nan"), 0.5], "it holds what is no number"),
        ([float("inf"), 0.0, 0.0], "it holds what is no number"),
        ({"ad": 1.2}, "its numbers sum to 1.2"),
        ({"ad": 0.1, "ham": 0.1, "scam": 0.1}, "its numbers sum to 0.3"),
        ({"adv": 0.4, "scan": 0.6}, "'adv', 'scan' are no classes of classes 0..2 (ad, ham, scam)"),
        ({"ad": 0.5, 0: 0.5}, "it names the class 'ad' twice"),
        ({"ad": True}, "it holds what is no number"),
        ({None: 1.0}, "None is no class"),
        ({}, "it is empty"),
        ([0, 1, 0], "whole numbers may be a distribution or classes"),
        ({"ad", "ham", "scam"}, "a set holds at least one class and not all"),
        (set(), "a set holds at least one class"),
        ({"ad", "scan"}, "unknown class 'scan'; did you mean 'scam'"),
        (np.full((2, 3), 1 / 3), "it has shape (2, 3)"),
        ([{"label": "ad", "score": 0.9}], "it holds dictionaries; write one from class to score"),
    ],
)
def test_what_is_neither_is_an_error_that_names_lf_and_row(returned, message):
    lf = lw.labeling_function(SPACE, name="wrong")(lambda x: returned if x.i else None)
    with pytest.raises(lw.LabelingFunctionError, match=re.escape(message)) as info:
        lw.apply([lf], {"i": [0, 0, 1]}, progress=False, on_fault="abstain")
    assert (info.value.lf, info.value.row, info.value.kind) == ("wrong", 2, "vote")
    assert "\n" not in str(info.value)


def test_without_a_space_a_list_says_how_many_classes_there_are():
    lf = lw.labeling_function(lambda x: x.p)
    L = lw.apply([lf], {"p": [[0.1, 0.2, 0.7], None]}, progress=False)
    assert (L.k, L.votes.ravel().tolist()) == (3, [2, -1])
    with pytest.raises(lw.LabelingFunctionError, match="pass space="):
        lw.apply([lf], {"p": [{"a": 0.8}]}, progress=False)
    with pytest.raises(ValueError, match="different numbers of classes"):
        lw.apply([lf], {"p": [[0.1, 0.9], [0.1, 0.2, 0.7]]}, progress=False)


def test_counting_from_one_holds_inside_distributions_and_sets():
    lf = lw.labeling_function(SPACE, abstain=0, first_class=1)(
        lambda x: {1: 0.9, 2: 0.1} if x.i == 0 else {1, 3}
    )
    L = lw.apply([lf], {"i": [0, 1]}, progress=False)
    assert [L.vote_name(vote) for vote in L.votes[:, 0]] == ["ad", "ad or scam"]


def test_a_batch_lf_returns_an_array_of_scores():
    shares = np.array([[0.7, 0.2, 0.1], [np.nan] * 3, [0.0, 0.1, 0.9]])
    lf = lw.labeling_function(SPACE, batch=True)(lambda frame: shares[frame["i"].to_numpy()])
    L = lw.apply([lf], {"i": [2, 1, 0]}, progress=False)
    assert L.votes.ravel().tolist() == [2, -1, 0]
    np.testing.assert_allclose(np.asarray(L.scores[lf.name]), shares[::-1], rtol=1e-6)
    turned = lw.labeling_function(SPACE, batch=True)(
        lambda frame: pd.DataFrame(shares[:, ::-1], columns=["scam", "ham", "ad"]).iloc[frame["i"].to_numpy()]
    )
    assert lw.apply([turned], {"i": [2, 1, 0]}, progress=False).votes.ravel().tolist() == [2, -1, 0]
    wrong = lw.labeling_function(SPACE, batch=True, name="wrong")(lambda frame: shares[:3] * 2)
    with pytest.raises(lw.LabelingFunctionError, match=r"LF 'wrong' .* at row 0 .*no distribution"):
        lw.apply([wrong], {"i": [2, 1, 0]}, progress=False)


def test_rows_on_which_a_batch_lf_raises_have_neither_vote_nor_score():
    @lw.labeling_function(SPACE, batch=True)
    def fragile(frame):
        if (frame["i"] == 40).any():
            raise RuntimeError("no answer")
        return np.tile([0.6, 0.3, 0.1], (frame.height, 1))

    L, report = lw.apply([fragile], {"i": range(100)}, progress=False, on_fault="abstain", return_report=True)
    assert [fault.row for fault in report.faults] == [40]
    assert np.flatnonzero(L.votes[:, 0] < 0).tolist() == [40]
    assert set(range(100)) - set(L.scores["fragile"].rows.tolist()) == {40}


def test_declarative_lfs_vote_sets():
    lfs = [
        lw.regex("bad", "http", on="text", vote=["scam", "ad"], space=SPACE),
        lw.keywords("good", ["song"], on="text", vote={"ham"}, space=SPACE),
        lw.expression("short", pl.col("text").str.len_chars() < 5, vote=("ham", "ad"), space=SPACE),
        lw.threshold("long", on="n", above=3, vote=["ham", 2], space=SPACE),
    ]
    L = lw.apply(lfs, {"text": ["http://a song", "yo"], "n": [5, 1]}, progress=False)
    names = [[L.vote_name(vote) for vote in row] for row in L.votes]
    assert names == [
        ["ad or scam", "ham", "ABSTAIN", "ham or scam"],
        ["ABSTAIN", "ABSTAIN", "ad or ham", "ABSTAIN"],
    ]
    assert lfs[0].describe() == "votes ad or scam where the text matches the pattern http"
    assert lfs[0].fingerprint != lw.regex("bad", "http", on="text", vote="ad", space=SPACE).fingerprint
    with pytest.raises(lw.LabelingFunctionError, match="all classes"):
        lw.regex("all", "x", on="text", vote=SPACE.names, space=SPACE)
    loose = lw.apply(
        [lw.regex("bad", "http", on="text", vote=["scam", "ad"])], {"text": ["http"]}, space=SPACE
    )
    assert loose.vote_name(loose.votes[0, 0]) == "ad or scam"


def test_blocks_processes_and_statistics_agree():
    frame = pl.DataFrame({"what": list(SAID) * 20})
    bad = lw.regex("bad", "a", on="what", vote=["ad", "scam"], space=SPACE)
    L = lw.apply([says, bad], frame, progress=False)
    plan = make_plan([says, bad]).on(frame.schema)
    blocks = [vote_block(plan, block) for block in FrameSource(frame).blocks(37)]
    whole = vote_block(plan, next(iter(FrameSource(frame).blocks(1000))))
    for name in ("says", "bad"):
        assert sum(len(block.weights[name].rows) for block in blocks if name in block.weights) == len(
            whole.weights[name].rows
        )
    counted = lw.count_votes([says, bad], frame)
    assert counted == lw.VoteStatistics.of(L)


def test_a_classifier_gives_its_probabilities_beside_its_votes():
    from sklearn.linear_model import LogisticRegression, RidgeClassifier

    X, y = [[0.0], [1.0], [9.0], [10.0]], ["scam", "scam", "ham", "ham"]
    model = LogisticRegression().fit(X, y)
    make = partial(lw.classifier, "clf", features=["n"], threshold=0.9, space=SPACE)
    plain, scored = make(model), make(model, scores=True)
    data = {"n": [0.0, 5.0, 10.0, None]}
    L, P = lw.apply([scored], data, progress=False), model.predict_proba([[0.0], [5.0], [10.0]])
    assert L.votes.tolist() == lw.apply([plain], data, progress=False).votes.tolist()
    expected = np.column_stack([np.zeros(3), P[:, 0], P[:, 1]])
    np.testing.assert_allclose(np.asarray(L.scores["clf"])[:3], expected, atol=1e-6)
    assert np.isnan(np.asarray(L.scores["clf"])[3]).all()
    assert plain.fingerprint == make(model, scores=False).fingerprint != scored.fingerprint
    with pytest.raises(lw.LabelingFunctionError, match="CalibratedClassifierCV"):
        make(RidgeClassifier().fit(X, y), threshold=0.0, scores=True)


def test_columns_of_probabilities_are_an_lf():
    data = {"a": [0.9, 0.4, None, 0.5], "s": [0.1, 0.6, None, 0.5]}
    llm = lw.probabilities("llm", {"ad": "a", "scam": "s"}, threshold=0.7, space=SPACE)
    L = lw.apply([llm], data, progress=False)
    assert L.votes.ravel().tolist() == [0, -1, -1, -1]
    np.testing.assert_allclose(np.asarray(L.scores["llm"])[1], [0.4, 0.0, 0.6], rtol=1e-6)
    with pytest.raises(lw.LabelingFunctionError, match="LF 'llm' has no scores at row 0"):
        lw.apply([llm], {"a": [0.9], "s": [-0.1]}, progress=False)
    with pytest.raises(lw.SchemaError, match="which is String"):
        lw.apply([llm], {"a": ["0.9"], "s": [0.1]}, progress=False)
    for columns, message in (({}, "no column"), (["a", "a", "s"], "twice"), (["a", "s"], "2 columns for 3")):
        with pytest.raises(lw.LabelingFunctionError, match=message):
            lw.probabilities("llm", columns, space=SPACE)


def test_examples_of_an_lf_that_votes_sets_and_distributions_are_judged():
    def lf(should, should_not=()):
        return lw.labeling_function(SPACE, name="says", should=should, should_not=should_not)(
            lambda x: {"ad", "scam"} if x.t == "set" else {"ham": 0.9}
        )

    assert not lw.check([lf({"ad": [{"t": "set"}], "ham": [{"t": "other"}]})]).findings
    [found] = lw.check([lf({"ham": [{"t": "set"}]})]).findings
    assert "votes ad or scam on" in found.finding
    [found] = lw.check([lf((), {"scam": [{"t": "set"}]})]).findings
    assert "should not" in found.finding
