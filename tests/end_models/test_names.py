"""End models that know the names of the classes: labels in and predictions out by name."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import labelwright as lw
from labelwright.end_models import load, save, text_classifier
from labelwright.end_models.targets import read_labels

SPACE = lw.LabelSpace(["ham", "spam", "ads"])  # not sorted, so that an order by name would show
_RNG = np.random.default_rng(0)
INDEX = _RNG.integers(0, 3, 150)
X = _RNG.normal(size=(150, 2)) + 3 * np.eye(3)[INDEX][:, :2]
P = np.eye(3)[INDEX] * 0.8 + 0.2 / 3
NAMES = SPACE.decode(INDEX)
GAPS = np.where(np.arange(150) % 5 == 0, None, NAMES)


def model(**settings: Any) -> lw.NoiseAwareClassifier:
    return lw.NoiseAwareClassifier(LogisticRegression(), **settings)


def test_with_a_space_names_come_out() -> None:
    plain, named = model().fit(X, P), model(space=SPACE).fit(X, P)
    assert named.classes_.tolist() == list(SPACE)
    assert named.predict(X).tolist() == SPACE.decode(plain.predict(X)).tolist()
    np.testing.assert_array_equal(named.predict_proba(X), plain.predict_proba(X))
    assert set(named.predict(X)) <= set(named.classes_)
    assert model(space=list(SPACE)).fit(X, P).predict(X[:1])[0] in SPACE
    assert plain.predict(X).dtype.kind == "i"


@pytest.mark.parametrize(
    "y", [NAMES, NAMES.tolist(), pd.Series(NAMES, dtype="category"), pl.Series(NAMES.tolist()), INDEX]
)
def test_labels_go_in_by_name_and_by_index(y: Any) -> None:
    expected = model().fit(X, INDEX)
    named = model(space=SPACE).fit(X, y)
    np.testing.assert_array_equal(named.predict_proba(X), expected.predict_proba(X))
    assert named.score(X, y) == named.score(X, NAMES) == expected.score(X, INDEX)
    assert named.score(X, P) == expected.score(X, P)


def test_names_without_a_space_are_sorted_as_in_scikit_learn() -> None:
    ours, theirs = model().fit(X, NAMES), LogisticRegression().fit(X, NAMES)
    assert ours.classes_.tolist() == theirs.classes_.tolist() == ["ads", "ham", "spam"]
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert ours.predict(X).tolist() == theirs.predict(X).tolist()
    numbered = model().fit(X, INDEX.astype(str))
    assert numbered.classes_.tolist() == ["0", "1", "2"]
    assert set(numbered.predict(X)) <= {"0", "1", "2"}


def test_unknown_labels_are_left_out() -> None:
    named = model(space=SPACE).fit(X, GAPS)
    assert named.n_training_rows_ == 120
    same = model(space=SPACE).fit(X, np.where(np.arange(150) % 5 == 0, -1, INDEX))
    np.testing.assert_array_equal(named.predict_proba(X), same.predict_proba(X))
    known = np.arange(150) % 5 != 0
    assert named.score(X, GAPS) == pytest.approx(np.mean(named.predict(X)[known] == NAMES[known]))
    assert model().fit(X, GAPS).n_training_rows_ == 120
    assert model().fit(X, np.where(np.arange(150) % 5 == 0, np.nan, INDEX)).n_training_rows_ == 120
    two = model(space=SPACE).fit(
        X[INDEX < 2], NAMES[INDEX < 2]
    )  # a class that does not occur keeps its place
    assert two.predict_proba(X).shape == (150, 3)
    assert two.classes_.tolist() == list(SPACE)


def test_numbers_as_names() -> None:
    stars = lw.LabelSpace(["1", "2", "3"])
    named = model(space=stars).fit(X, pd.Series(INDEX + 1))
    assert named.predict(X).tolist() == stars.decode(model().fit(X, INDEX).predict(X)).tolist()


def test_a_table_of_soft_labels_is_read_by_its_columns() -> None:
    turned = pl.DataFrame({name: P[:, SPACE[name]] for name in sorted(SPACE)})
    expected = model(space=SPACE).fit(X, P).predict_proba(X)
    for table in (turned, turned.to_pandas(), turned.to_pandas().rename(columns=str)):
        np.testing.assert_array_equal(model(space=SPACE).fit(X, table).predict_proba(X), expected)
    with pytest.raises(lw.EndModelError, match="have the columns ads, ham, spma; expected one a class"):
        model(space=SPACE).fit(X, turned.rename({"spam": "spma"}))


@pytest.mark.parametrize(
    ("settings", "labels", "message"),
    [
        (
            {"space": SPACE},
            np.where(INDEX == 1, "Spam", NAMES),
            r"'Spam' \(\d+ rows, first \d+, did you mean 'spam'",
        ),
        ({"space": SPACE}, P[:, :2] / P[:, :2].sum(axis=1, keepdims=True), "have 2 columns; expected 3"),
        ({"space": SPACE}, NAMES[:5], "X has 150 rows but the labels have 5"),
        ({"space": SPACE}, np.full(150, "ham"), r"only one class \('ham'\)"),
        ({}, np.full(150, "ham"), r"only one class \('ham'\)"),
        ({"space": SPACE}, INDEX + 0.5, "Unknown label type: continuous, such as"),
        (
            {"space": SPACE, "class_weight": {"spma": 2}},
            P,
            "class_weight names class 'spma'; did you mean 'spam'",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(settings: Any, labels: Any, message: str) -> None:
    with pytest.raises(lw.EndModelError, match=message) as caught:
        model(**settings).fit(X, labels)
    assert "\n" not in str(caught.value)


def test_class_weights_by_name() -> None:
    by_name = model(space=SPACE, class_weight={"spam": 5.0}).fit(X, P)
    by_index = model(class_weight={1: 5.0}).fit(X, P)
    np.testing.assert_array_equal(by_name.predict_proba(X), by_index.predict_proba(X))


def test_it_goes_through_scikit_learns_tools() -> None:
    scores = cross_val_score(model(space=SPACE), X, NAMES, cv=3)
    assert (scores > 0.6).all()
    predicted = cross_val_predict(model(space=SPACE), X, P, cv=3)
    assert np.mean(predicted == NAMES) > 0.6
    search = GridSearchCV(model(space=SPACE), {"targets": ["soft", "hard"]}, cv=KFold(3)).fit(X, GAPS)
    assert search.classes_.tolist() == list(SPACE)
    assert search.predict(X[:2])[0] in SPACE
    pipeline = make_pipeline(StandardScaler(), model(space=SPACE)).fit(X, NAMES)
    assert pipeline.score(X, NAMES) > 0.6
    assert clone(model(space=SPACE)).space == SPACE
    assert cross_val_score(model(space=SPACE), X, NAMES, cv=3, scoring="f1_macro").min() > 0.6
    frame = pd.DataFrame(X, columns=["a", "b"])
    assert model(space=SPACE).fit(frame, NAMES).feature_names_in_.tolist() == ["a", "b"]


LINEAR = make_pipeline(StandardScaler(), LogisticRegression())


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (LINEAR, SPACE),
        (LINEAR, list(SPACE)),
        (LINEAR, None),
        pytest.param(
            HistGradientBoostingClassifier(max_iter=2), SPACE, marks=pytest.mark.slow
        ),  # loads skops
    ],
)
def test_names_come_back_from_disk(estimator: Any, space: Any, tmp_path: Any) -> None:
    fitted = lw.NoiseAwareClassifier(estimator, space=space).fit(X, NAMES)
    save(fitted, tmp_path / "model.npz")
    for back in (load(tmp_path / "model.npz"), pickle.loads(pickle.dumps(fitted))):
        assert back.predict(X).tolist() == fitted.predict(X).tolist()
        assert back.classes_.tolist() == fitted.classes_.tolist()


def test_models_of_older_versions_give_indices() -> None:
    state = vars(model().fit(X, P)).copy()
    state.pop("space")
    old = lw.NoiseAwareClassifier.__new__(lw.NoiseAwareClassifier)
    old.__setstate__(state)
    assert old.predict(X).tolist() == model().fit(X, P).predict(X).tolist()


def test_texts_by_name() -> None:
    texts = ["cheap pills, buy now", "see you at lunch", "buy cheap watches", "lunch was lovely"]
    named = text_classifier(space=["HAM", "SPAM"]).fit(texts, ["SPAM", "HAM", "SPAM", "HAM"])
    assert named.predict(["cheap watches", "lovely lunch"]).tolist() == ["SPAM", "HAM"]


def test_nets_do_the_same(tmp_path: Any) -> None:
    pytest.importorskip("torch")
    settings = {"hidden": (), "epochs": 3, "random_state": 0, "progress": False}
    plain = lw.NoiseAwareNet(**settings).fit(X, INDEX)
    named = lw.NoiseAwareNet(**settings, space=SPACE).fit(X, NAMES)
    assert named.predict(X).tolist() == SPACE.decode(plain.predict(X)).tolist()
    assert named.classes_.tolist() == list(SPACE)
    assert named.score(X, GAPS) == pytest.approx(np.mean((named.predict(X) == NAMES)[GAPS != None]))  # noqa: E711
    save(named, tmp_path / "net.npz")
    assert load(tmp_path / "net.npz").predict(X).tolist() == named.predict(X).tolist()


def test_soft_labels_of_names() -> None:
    found = read_labels([None, "b", "a"], n=3)
    assert found.names == ("a", "b")
    assert found.probabilities.tolist() == [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]]
    with pytest.warns(UserWarning, match="column-vector"):
        assert read_labels([[1], [0]], n=2).probabilities.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_a_task_is_a_space() -> None:
    task = lw.Task("mail", ["ham", "spam", "ads"])
    named = model(space=task).fit(X, NAMES)
    assert named.classes_.tolist() == list(SPACE)
    assert named.predict(X[:1])[0] in SPACE
    assert lw.analysis.score(named.predict_proba(X), GAPS, space=task).n == 120
    assert lw.analysis.accuracy(named.predict(X), NAMES, space=task) == named.score(X, NAMES)


def test_scorers_of_probabilities_are_right_with_labels_by_index() -> None:
    named = model(space=lw.LabelSpace(["spam", "ham", "ads"]))
    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, 90)
    rows = generator.normal(size=(90, 3)) + 4 * np.eye(3)[y]
    assert cross_val_score(named, rows, y, cv=3, scoring="roc_auc_ovr").min() > 0.95
    assert cross_val_score(named, rows, y, cv=3, scoring="neg_log_loss").min() > -0.3
