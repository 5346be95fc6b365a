"""Lookups, classifiers and crowds through `apply`."""

import numpy as np
import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame(
    {
        "chemical": ["c1", "c2", "c1", None, "c3"],
        "disease": ["d1", "d2", "d2", "d1", "d3"],
        "text": ["free prize", "nice song", "free free", "good song", "hm"],
        "task": [1, 2, 3, 4, 5],
    }
)


def test_lookup_by_two_keys():
    known = pl.DataFrame({"chemical": ["c1", "c2"], "disease": ["d1", "d2"]})
    lf = lw.lookup("known", table=known, keys=["chemical", "disease"], vote=1, space=SPACE)
    assert lw.apply([lf], FRAME, progress=False).votes.ravel().tolist() == [1, 1, -1, -1, -1]


def test_a_fitted_classifier():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), MultinomialNB()).fit(
        ["free prize", "free prize now", "song", "nice song"], [1, 1, 0, 0]
    )
    lf = lw.classifier("weak", model, features="text", threshold=0.6, space=SPACE)
    votes = lw.apply([lf], FRAME, progress=False).votes.ravel()
    assert votes.tolist() == [1, 0, 1, 0, -1]


class Broken:
    classes_ = np.array([0, 1])

    def predict_proba(self, values):
        raise RuntimeError("out of memory")


def test_a_classifier_that_raises_is_an_error_or_a_fault():
    lf = lw.classifier("weak", Broken(), features="text", space=SPACE)
    with pytest.raises(lw.LabelingFunctionError, match=r"LF 'weak'.*out of memory") as info:
        lw.apply([lf], FRAME, progress=False)
    assert str(info.value).count("'weak'") == 1
    matrix, report = lw.apply([lf], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert matrix.votes.ravel().tolist() == [-1] * 5
    assert [(fault.lf, fault.rows) for fault in report.faults] == [("weak", 5)]


def test_one_lf_a_worker_of_a_crowd():
    answers = pl.DataFrame(
        {
            "task": [1, 2, 2, 5],
            "worker": ["ann", "ann", "bob", "bob"],
            "label": ["HAM", "SPAM", "HAM", "SPAM"],
        }
    )
    matrix = lw.apply(lw.crowd(answers, space=SPACE), FRAME, progress=False)
    assert matrix.votes.T.tolist() == [[0, 1, -1, -1, -1], [-1, 0, -1, -1, 1]]
