"""Any fitted classifier as an LF."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
THREE = lw.LabelSpace(["a", "b", "c"])


class Fixed:
    """A model that gives the scores it was handed."""

    def __init__(self, scores: Any, classes: list[Any] | None = None) -> None:
        self.scores = np.asarray(scores, dtype=float)
        if classes is not None:
            self.classes_ = np.array(classes)

    def predict_proba(self, rows: Any) -> Any:
        return self.scores


class Margins(Fixed):
    """The same, by ``decision_function`` alone."""

    predict_proba = property()

    def decision_function(self, rows: Any) -> Any:
        return self.scores


PROBABILITIES = [[0.95, 0.05], [0.6, 0.4], [0.5, 0.5], [0.2, 0.8], [np.nan, np.nan]]
FRAME = pl.DataFrame({"f": [0.0] * 5})


def votes(model: Any, frame: pl.DataFrame = FRAME, **options: Any) -> list[Any]:
    lf = lw.classifier("c", model, **{"features": ["f"], **options})
    return list(lf.vote_batch(frame))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0, 0, 0, 1, -1]),
        ({"threshold": 0.7}, [0, -1, -1, 1, -1]),
        ({"threshold": {0: 0.9, 1: 0.8}}, [0, -1, -1, 1, -1]),
        ({"threshold": {1: 0.5}}, [-1, -1, -1, 1, -1]),
        ({"abstain_band": (0.1, 0.8)}, [0, -1, -1, 1, -1]),
        ({"abstain_band": (0.4, 0.9)}, [0, 0, -1, -1, -1]),
        ({"classes": ["SPAM", "HAM"], "space": SPACE}, [1, 1, 1, 0, -1]),
        ({"classes": [None, 1]}, [-1, -1, -1, 1, -1]),
        ({"classes": ["x", None]}, ["x", "x", "x", None, None]),
    ],
)
def test_thresholds_bands_and_classes(options: dict[str, Any], expected: list[Any]) -> None:
    assert votes(Fixed(PROBABILITIES, [0, 1]), **options) == expected


def test_classes_are_found_by_name_in_the_space() -> None:
    model = Fixed(np.eye(3), ["c", "a", "b"])
    frame = pl.DataFrame({"f": [0.0] * 3})
    assert votes(model, frame, space=THREE) == [2, 0, 1]
    assert votes(model, frame) == ["c", "a", "b"]
    assert votes(model, frame, threshold={"c": 0.5}) == ["c", None, None]


def test_margins_count_for_both_classes() -> None:
    model = Margins([-2.0, -0.5, 0.5, 2.0, np.nan], ["HAM", "SPAM"])
    assert votes(model, space=SPACE) == [0, 0, 1, 1, -1]
    assert votes(model, space=SPACE, threshold=1) == [0, -1, -1, 1, -1]
    assert votes(model, space=SPACE, abstain_band=(-1, 0.5)) == [0, -1, 1, 1, -1]


TEXTS = pl.DataFrame({"text": ["win a prize", "nice song", None, "win win"]})


def test_a_text_pipeline_takes_one_column_and_null_abstains() -> None:
    model = make_pipeline(CountVectorizer(), LogisticRegression(C=100)).fit(
        ["win prize", "nice song"], ["SPAM", "HAM"]
    )
    lf = lw.classifier("c", model, features="text", threshold=0.8, space=SPACE)
    assert list(lf.vote_batch(TEXTS)) == [1, 0, -1, 1]
    assert (lf.kind, lf.columns) == ("classifier", ("text",))
    assert list(lf.vote_batch(TEXTS.clear())) == []
    assert list(lf.vote_batch(TEXTS[2:3])) == [-1]


def test_a_model_fitted_on_named_columns_gets_them(recwarn: pytest.WarningsRecorder) -> None:
    data = pl.DataFrame({"a": [0.0, 1.0, 9.0, 10.0], "b": [1.0, 2.0, 3.0, 4.0]})
    scaled = make_column_transformer((StandardScaler(), ["b", "a"]))
    for model in (make_pipeline(scaled, LogisticRegression()), LogisticRegression(), RidgeClassifier()):
        lf = lw.classifier("c", model.fit(data, [0, 0, 1, 1]), features=["a", "b"])
        assert list(lf.vote_batch(data)) == [0, 0, 1, 1]
    assert not recwarn.list


def test_features_may_be_a_function_of_the_frame() -> None:
    model = LogisticRegression().fit([[1.0], [2.0], [9.0], [11.0]], [0, 0, 1, 1])
    lf = lw.classifier("c", model, features=lambda frame: frame["text"].str.len_chars().to_numpy()[:, None])
    assert lf.columns == ("text",)
    assert list(lf.vote_batch(pl.DataFrame({"text": ["a", "a very long text"]}))) == [0, 1]


def test_says_what_it_does() -> None:
    lf = lw.classifier("c", Fixed(PROBABILITIES, [0, 1]), features="text", threshold=0.9)
    assert lf.describe() == (
        "votes what a trained model (Fixed) says about the text, where it is sure enough (score at least 0.9)"
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Fixed([[0.1, 0.9]], [0, 1]), r"LF 'c': predict_proba gave shape \(1, 2\) for 5 rows and 2 classes"),
        (Margins([[0.1] * 3] * 5, [0, 1]), r"gave shape \(5, 3\)"),
    ],
)
def test_scores_of_another_shape_are_an_error(model: Any, message: str) -> None:
    with pytest.raises(lw.LabelingFunctionError, match=message):
        votes(model)


def test_a_model_that_fails_is_named() -> None:
    class Broken(Fixed):
        def predict_proba(self, rows: Any) -> Any:
            raise RuntimeError("not loaded\nat all")

    with pytest.raises(
        lw.LabelingFunctionError, match=r"LF 'c': Broken\.predict_proba failed with RuntimeError: not"
    ):
        votes(Broken([], [0, 1]))
