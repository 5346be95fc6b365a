from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

import labelwright as lw
from labelwright import EndModelError, NoiseAwareClassifier


def tight_regression(**settings):
    return LogisticRegression(tol=1e-12, max_iter=5000, **settings)


def expected_loss(flat, X, P, C):
    """The objective of scikit-learn's multinomial regression, with soft labels in place of classes."""
    d, k = X.shape[1], P.shape[1]
    W, b = flat[: d * k].reshape(k, d), flat[d * k :]
    z = X @ W.T + b
    z -= z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    residual = np.exp(log_p) - P
    gradient = np.concatenate([(C * residual.T @ X + W).ravel(), C * residual.sum(axis=0)])
    return -C * (P * log_p).sum() + 0.5 * (W**2).sum(), gradient


def test_it_minimises_the_expected_loss_exactly(soft_data):
    X, P = soft_data
    model = NoiseAwareClassifier(tight_regression(C=0.5)).fit(X, P)
    brute = minimize(
        expected_loss, np.zeros(15), args=(X, P, 0.5), jac=True, options={"gtol": 1e-10, "maxiter": 2000}
    )
    weights = model.estimator_.coef_
    np.testing.assert_allclose(weights, brute.x[:12].reshape(3, 4), atol=1e-6)
    learned = np.concatenate([weights.ravel(), model.estimator_.intercept_])
    value, gradient = expected_loss(learned, X, P, 0.5)
    assert np.abs(gradient).max() < 1e-5
    assert value == pytest.approx(brute.fun, rel=1e-12)


def test_one_hot_labels_give_the_ordinary_fit(soft_data):
    X, P = soft_data
    y = P.argmax(axis=1)
    ordinary = LogisticRegression().fit(X, y)
    for labels in (np.eye(3)[y], y):
        model = NoiseAwareClassifier(LogisticRegression()).fit(X, labels)
        np.testing.assert_array_equal(model.estimator_.coef_, ordinary.coef_)
        np.testing.assert_array_equal(model.predict_proba(X), ordinary.predict_proba(X))
        assert model.score(X, y) == ordinary.score(X, y)


def test_naive_bayes_gets_the_expected_sufficient_statistics(soft_data):
    X, P = soft_data
    model = NoiseAwareClassifier(GaussianNB(var_smoothing=0)).fit(X, P)
    means = (P.T @ X) / P.sum(axis=0)[:, None]
    np.testing.assert_allclose(model.estimator_.theta_, means, rtol=1e-10)
    np.testing.assert_allclose(model.estimator_.class_prior_, P.mean(axis=0), rtol=1e-12)


def test_soft_labels_beat_hard_ones_where_they_are_calibrated(graded_data):
    X, P, X_test, P_test = graded_data

    def expected_log_loss(targets):
        model = NoiseAwareClassifier(LogisticRegression(C=1e4), targets=targets).fit(X, P)
        return -(P_test * np.log(np.clip(model.predict_proba(X_test), 1e-12, 1))).sum(axis=1).mean()

    entropy = -(P_test * np.log(P_test)).sum(axis=1).mean()
    assert expected_log_loss("soft") < entropy + 0.001
    assert expected_log_loss("hard") > entropy + 0.3
    assert expected_log_loss("sampled") < entropy + 0.05


def test_uncovered_rows_change_nothing(soft_data):
    X, P = soft_data
    rng = np.random.default_rng(0)
    more_X = np.vstack([X, 100 * rng.normal(size=(50, 4))])
    more_P = np.vstack([P, np.full((50, 3), 1 / 3)])
    alone = NoiseAwareClassifier(LogisticRegression()).fit(X, P)
    for covered in (None, np.arange(350) < 300):
        model = NoiseAwareClassifier(LogisticRegression()).fit(more_X, more_P, covered=covered)
        assert model.n_training_rows_ == 300
        np.testing.assert_array_equal(model.estimator_.coef_, alone.estimator_.coef_)


def test_covered_of_a_label_matrix_and_the_label_models_labels(soft_data):
    X, _ = soft_data
    votes = np.stack([np.where(X[:, 0] > 0.5, 1, -1), np.where(X[:, 0] < -0.5, 0, -1)], axis=1)
    L = lw.LabelMatrix(votes)
    P = np.where(L.covered, 0.0, 0.5)[:, None] + np.stack([votes[:, 1] == 0, votes[:, 0] == 1], axis=1)
    model = NoiseAwareClassifier(LogisticRegression()).fit(X, P, covered=L.covered)
    assert model.n_training_rows_ == L.covered.sum() < 300
    assert model.score(X, (X[:, 0] > 0).astype(int)) > 0.95


def numeric_forms(X):
    names = ["a", "b", "c", "d"]
    return {
        "list": X.tolist(),
        "csr": sp.csr_array(X),
        "coo": sp.coo_matrix(X),
        "csc": sp.csc_array(X),
        "polars": pl.DataFrame(X, schema=names),
        "pandas": pd.DataFrame(X, columns=names),
        "pandas with an index": pd.DataFrame(X, columns=names, index=range(900, 600, -1)),
    }


@pytest.mark.parametrize("form", ["list", "csr", "coo", "csc", "polars", "pandas", "pandas with an index"])
def test_every_form_of_the_same_data_gives_the_same_model(soft_data, form):
    X, P = soft_data
    covered = np.random.default_rng(0).random(300) < 0.7
    dense = NoiseAwareClassifier(tight_regression()).fit(X, P, covered=covered)
    given = numeric_forms(X)[form]
    model = NoiseAwareClassifier(tight_regression()).fit(given, P, covered=covered)
    np.testing.assert_allclose(model.predict_proba(given), dense.predict_proba(X), atol=1e-6)
    assert model.n_features_in_ == 4


@pytest.mark.parametrize("form", ["polars", "pandas"])
def test_frames_keep_their_column_names(soft_data, form):
    X, P = soft_data
    frame = numeric_forms(X)[form]
    pick = ColumnTransformer([("scaled", StandardScaler(), ["a", "b"])])
    model = NoiseAwareClassifier(make_pipeline(pick, LogisticRegression())).fit(frame, P)
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert model.predict(frame).shape == (300,)


def test_a_table_of_arrow_is_taken_where_the_estimator_takes_it(soft_data):
    X, P = soft_data
    table = pa.table({"text": ["up" if x > 0 else "down" for x in X[:, 0]]})
    model = NoiseAwareClassifier(make_pipeline(RowsOfArrow(), TfidfVectorizer(), LogisticRegression()))
    assert model.fit(table, P, covered=X[:, 1] > 0).n_training_rows_ == (X[:, 1] > 0).sum()


class RowsOfArrow:
    def fit(self, X, y=None):
        return self

    def fit_transform(self, X, y=None):
        return self.transform(X)

    def transform(self, X):
        return X.column("text").to_pylist()

    def get_params(self, deep=True):
        return {}


TEXTS = [
    "win money now",
    "lunch at noon",
    "money money win",
    "see you at lunch",
    "win a prize",
    "at noon then",
]
TEXT_P = np.array([[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])


@pytest.mark.parametrize("form", [list, tuple, np.array, pl.Series, pd.Series])
def test_a_text_pipeline_fits_its_vectorizer_on_each_row_once(form):
    covered = np.array([True, True, True, True, True, False])
    pipeline = make_pipeline(TfidfVectorizer(), tight_regression())
    model = NoiseAwareClassifier(pipeline).fit(form(TEXTS), TEXT_P, covered=covered)
    alone = TfidfVectorizer().fit(TEXTS[:5])
    np.testing.assert_array_equal(model.estimator_[0].idf_, alone.idf_)
    by_hand = NoiseAwareClassifier(tight_regression()).fit(alone.transform(TEXTS[:5]), TEXT_P[:5])
    np.testing.assert_allclose(model.predict_proba(TEXTS), by_hand.predict_proba(alone.transform(TEXTS)))


def test_a_scaler_in_a_pipeline_sees_unexpanded_rows_also_when_nested(soft_data):
    X, P = soft_data
    P = P**6 / (P**6).sum(axis=1, keepdims=True)
    P[:20] = np.eye(3)[0]  # rows with one copy each: an expanded mean would differ
    nested = Pipeline([("inner", Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]))])
    model = NoiseAwareClassifier(nested).fit(X, P)
    np.testing.assert_allclose(model.estimator_[0][0].mean_, X.mean(axis=0))
    assert nested[0][0].__dict__.keys().isdisjoint({"mean_"})


def test_a_supervised_transformer_gets_the_most_probable_class(soft_data):
    X, P = soft_data
    model = NoiseAwareClassifier(make_pipeline(SelectKBest(k=2), LogisticRegression())).fit(X, P)
    expected = SelectKBest(k=2).fit(X, P.argmax(axis=1))
    np.testing.assert_array_equal(model.estimator_[0].scores_, expected.scores_)


def test_a_pipeline_with_memory_is_fitted_too(soft_data, tmp_path):
    X, P = soft_data
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())], memory=str(tmp_path))
    model = NoiseAwareClassifier(pipeline).fit(X, P)
    np.testing.assert_allclose(model.estimator_[0].mean_, X.mean(axis=0))
    assert model.predict_proba(X).shape == (300, 3)


@pytest.mark.parametrize("k", [4, 6])
def test_a_class_without_weight_keeps_its_column(soft_data, k):
    X, P = soft_data
    wide = np.zeros((300, k))
    wide[:, [0, 2, k - 1]] = P
    model = NoiseAwareClassifier(LogisticRegression()).fit(X, wide)
    proba, scores = model.predict_proba(X), model.decision_function(X)
    assert model.classes_.tolist() == list(range(k))
    assert proba.shape == scores.shape == (300, k)
    assert (proba[:, 1] == 0).all()
    assert (scores[:, 1] == -np.inf).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(X), scores.argmax(axis=1))
    np.testing.assert_array_equal(model.predict(X), proba.argmax(axis=1))


def test_two_of_three_classes_still_score_in_three_columns(soft_data):
    X, P = soft_data
    two = np.column_stack([P[:, 0], np.zeros(300), P[:, 1] + P[:, 2]])
    model = NoiseAwareClassifier(LogisticRegression()).fit(X, two)
    scores = model.decision_function(X)
    np.testing.assert_array_equal(scores[:, 0], -scores[:, 2])
    np.testing.assert_array_equal(scores.argmax(axis=1), model.predict(X))


def test_two_classes_score_in_one_column_as_in_scikit_learn(graded_data):
    X, P, *_ = graded_data
    assert NoiseAwareClassifier(LogisticRegression()).fit(X, P).decision_function(X).shape == (400,)


def test_methods_are_there_where_the_estimator_has_them(soft_data):
    X, P = soft_data
    svm = NoiseAwareClassifier(LinearSVC()).fit(X, P)
    assert not hasattr(svm, "predict_proba")
    assert svm.decision_function(X).shape == (300, 3)
    forest = NoiseAwareClassifier(RandomForestClassifier(n_estimators=5, random_state=0)).fit(X, P)
    assert not hasattr(forest, "decision_function")
    np.testing.assert_allclose(forest.predict_proba(X).sum(axis=1), 1)
    assert not hasattr(NoiseAwareClassifier(LogisticRegression()), "n_features_in_")


def test_gradient_boosting_learns_from_soft_labels(graded_data):
    X, P, X_test, P_test = graded_data
    model = NoiseAwareClassifier(HistGradientBoostingClassifier(max_iter=30)).fit(X, P)
    assert np.abs(model.predict_proba(X_test) - P_test).mean() < 0.06


class WithoutWeights(KNeighborsClassifier):
    pass


def test_a_learner_without_weights_is_refused_with_the_way_out(soft_data):
    X, P = soft_data
    with pytest.raises(EndModelError, match=r"WithoutWeights takes no sample_weight.*targets='sampled'"):
        NoiseAwareClassifier(WithoutWeights()).fit(X, P)
    wrapped = VotingClassifier([("knn", KNeighborsClassifier())])
    with pytest.raises(EndModelError, match=r"VotingClassifier takes no sample_weight"):
        NoiseAwareClassifier(wrapped).fit(X, P)


@pytest.mark.parametrize("targets", ["hard", "sampled"])
def test_a_learner_without_weights_learns_from_one_class_a_row(soft_data, targets):
    X, P = soft_data
    model = NoiseAwareClassifier(WithoutWeights(), targets=targets, random_state=0).fit(X, P)
    assert model.n_examples_ == 300
    if targets == "hard":
        np.testing.assert_array_equal(model.predict(X), WithoutWeights().fit(X, P.argmax(axis=1)).predict(X))
    again = NoiseAwareClassifier(WithoutWeights(), targets=targets, random_state=0).fit(X, P)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))


def test_the_global_random_state_is_left_alone(soft_data):
    X, P = soft_data
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    NoiseAwareClassifier(LogisticRegression(), targets="sampled", random_state=0).fit(X, P)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def ok(n=6):
    return np.arange(float(n))[:, None], np.tile([0.7, 0.3], (n, 1))


@pytest.mark.parametrize(
    ("estimator", "X", "P", "message"),
    [
        (LogisticRegression, *ok(), "is the class LogisticRegression; pass an instance"),
        (LinearRegression(), *ok(), "ends in LinearRegression, a regressor; pass a classifier"),
        (StandardScaler(), *ok(), "ends in 'StandardScaler', which is no classifier"),
        (
            make_pipeline(StandardScaler(), "passthrough"),
            *ok(),
            "ends in 'passthrough', which is no classifier",
        ),
        (LogisticRegression(), *ok()[:1], [[1, 0]] * 6, r"only one class \(0\), but a classifier needs"),
        (LogisticRegression(), ok()[0], ok(5)[1], "X has 6 rows but the labels have 5"),
        (LogisticRegression(), "text", ok()[1], "X is a single str; pass an array"),
        (LogisticRegression(), {"a": [1]}, ok()[1], "X is a single dict"),
        (LogisticRegression(), (x for x in "abc"), ok()[1], "X is a generator without rows"),
        (LogisticRegression(), pl.LazyFrame({"a": [1]}), ok()[1], "X is a LazyFrame without rows"),
        (LogisticRegression(), np.array(3.0), ok()[1], "X is a ndarray without rows"),
        (
            LogisticRegression(),
            np.full((6, 1), np.nan),
            ok()[1],
            "LogisticRegression refused the data: Input X",
        ),
        (
            LogisticRegression(),
            ["a", "b", "c", "d", "e", "f"],
            ok()[1],
            "LogisticRegression refused the data",
        ),
        (LogisticRegression(C=-1), *ok(), "LogisticRegression refused the data: The 'C' parameter"),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            [["x"]] * 6,
            ok()[1],
            "before LogisticRegression",
        ),
    ],
)
def test_bad_input_gets_one_line(estimator, X, P, message):
    with pytest.raises(EndModelError, match=message) as caught:
        NoiseAwareClassifier(estimator).fit(X, P)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("negligible", [-0.1, 0.5, 1])
def test_a_threshold_that_could_drop_every_class_is_refused(negligible):
    with pytest.raises(EndModelError, match="negligible is"):
        NoiseAwareClassifier(LogisticRegression(), negligible=negligible).fit(*ok())


def test_before_fit_it_says_so():
    from sklearn.exceptions import NotFittedError

    model = NoiseAwareClassifier(LogisticRegression())
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(lw.NotFittedError, match=r"not fitted yet; call fit\(X, P\)"):
            getattr(model, method)([[0.0]])
    with pytest.raises(NotFittedError):
        model.score([[0.0]], [0])


def test_wrong_number_of_features_at_predict_is_one_line(soft_data):
    X, P = soft_data
    model = NoiseAwareClassifier(LogisticRegression()).fit(X, P)
    with pytest.raises(EndModelError, match="X has 2 features, but LogisticRegression is expecting 4"):
        model.predict(X[:, :2])


def test_the_estimator_given_is_never_changed_and_clones_are_equal(soft_data):
    X, P = soft_data
    given = LogisticRegression()
    model = NoiseAwareClassifier(given, targets="hard", class_weight="balanced").fit(X, P)
    assert not hasattr(given, "coef_")
    copy = clone(model)
    assert copy.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    assert (copy.targets, copy.class_weight) == ("hard", "balanced")
    assert not hasattr(copy, "classes_")
    assert is_classifier(model)


@pytest.mark.parametrize("through", ["pickle", "joblib"])
def test_it_comes_back_from_disk_the_same(soft_data, tmp_path, through):
    X, P = soft_data
    model = NoiseAwareClassifier(make_pipeline(StandardScaler(), LogisticRegression())).fit(X, P)
    if through == "pickle":
        back = pickle.loads(pickle.dumps(model))
    else:
        joblib.dump(model, tmp_path / "model.joblib")
        back = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))


def test_score_leaves_unknown_gold_out_and_takes_soft_labels(soft_data):
    X, P = soft_data
    model = NoiseAwareClassifier(LogisticRegression()).fit(X, P)
    predicted = model.predict(X)
    gold = np.where(np.arange(300) < 100, predicted, -1)
    assert model.score(X, gold) == 1
    assert model.score(X, np.where(np.arange(300) < 50, (predicted + 1) % 3, gold)) == 0.5
    assert model.score(X, P) == pytest.approx(P[np.arange(300), predicted].mean())
    weights = np.arange(300.0)
    right = predicted == P.argmax(axis=1)
    assert model.score(X, P.argmax(axis=1), weights) == pytest.approx(np.average(right, weights=weights))
    with pytest.raises(EndModelError, match="labels have 5 classes; this end model was fitted on 3"):
        model.score(X, np.full(300, 4))
    with pytest.raises(EndModelError, match="none of the 300 labels is known, so there is no score"):
        model.score(X, np.full(300, -1))


def test_grid_search_goes_around_it(soft_data):
    X, P = soft_data
    grid = {"estimator__C": [1e-6, 1.0], "targets": ["soft"]}
    search = GridSearchCV(NoiseAwareClassifier(LogisticRegression()), grid, cv=3).fit(X, P)
    assert search.best_params_["estimator__C"] == 1.0
    assert search.best_estimator_.n_training_rows_ == 300


def test_a_learner_that_cross_validates_by_itself_gets_a_warning(soft_data):
    X, P = soft_data
    with pytest.warns(UserWarning, match="copies of one row fall on both sides"):
        NoiseAwareClassifier(CalibratedClassifierCV(LogisticRegression(), cv=2)).fit(X, P)


EXPECTED_FAILURES = {
    "check_fit_score_takes_y": "the second argument of fit is named P: soft labels",
    "check_classifiers_classes": "-1 is no class but says that a label is unknown",
}


def test_scikit_learns_own_checks_pass():
    results = check_estimator(
        NoiseAwareClassifier(LogisticRegression()),
        expected_failed_checks=EXPECTED_FAILURES,
        on_fail=None,
        on_skip=None,
    )
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert failed == {}
    assert sum(r["status"] == "passed" for r in results) > 40
