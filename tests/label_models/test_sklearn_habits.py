"""Label models and label matrices in the hands of somebody who knows scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils import resample, shuffle

import labelwright as lw
from labelwright.label_models import DawidSkene, MajorityVote, PartialLabels, load, save
from labelwright.testing import one_coin_table, sample_votes

SPACE = lw.LabelSpace(["HAM", "SPAM"])
_PLANTED = sample_votes(one_coin_table([0.9, 0.8, 0.75, 0.7]), 200, random_state=3)
L = lw.LabelMatrix(_PLANTED.label_matrix.votes, space=SPACE)
GOLD = np.where(np.arange(200) % 3 == 0, -1, _PLANTED.gold)
NAMES = SPACE.decode(GOLD)


@pytest.fixture(scope="module")
def model() -> DawidSkene:
    return DawidSkene().fit(L)


def test_predict_by_name_is_predict_decoded(model: DawidSkene) -> None:
    plain = model.predict(L)
    assert plain.dtype == np.int64
    names = model.predict(L, names=True)
    assert names.dtype == object
    assert names.tolist() == SPACE.decode(plain).tolist()
    assert MajorityVote().fit(L).predict(lw.LabelMatrix([[-1] * 4], space=SPACE), names=True).tolist() == [
        None
    ]
    assert set(model.predict(L, "first", names=True)) == {"HAM", "SPAM"}


def test_classes_are_names_where_there_are_some(model: DawidSkene, tmp_path: Any) -> None:
    assert model.classes_.tolist() == ["HAM", "SPAM"]
    plain = DawidSkene().fit(L.votes)
    assert plain.classes_.tolist() == [0, 1]
    assert plain.predict(L.votes[:1], names=True).tolist() in (["0"], ["1"])
    save(model, tmp_path / "model.npz")
    back = load(tmp_path / "model.npz")
    assert back.classes_.tolist() == ["HAM", "SPAM"]
    assert back.predict(L, names=True).tolist() == model.predict(L, names=True).tolist()
    stats = lw.VoteStatistics.of(L, gold=NAMES)
    assert DawidSkene().fit_statistics(stats).classes_.tolist() == ["HAM", "SPAM"]
    assert PartialLabels().fit(L).predict(L, names=True).dtype == object


@pytest.mark.parametrize("y", [GOLD, NAMES, NAMES.tolist(), pd.Series(NAMES), pl.Series(NAMES.tolist())])
def test_score_is_the_accuracy_that_reports_tell(model: DawidSkene, y: Any) -> None:
    assert model.score(L, y) == pytest.approx(lw.analysis.score(model.predict_proba(L), GOLD).accuracy)
    weights = np.arange(200.0)
    first = model.score(L, y, sample_weight=np.where(np.arange(200) < 50, 1.0, 0.0))
    assert first == pytest.approx(lw.analysis.score(model.predict_proba(L[:50]), GOLD[:50]).accuracy)
    assert 0 < model.score(L, y, weights) < 1


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (None, {}, r"needs gold labels: score\(L, y\)"),
        (np.full(200, -1), {}, "none of the 200 rows has a gold label"),
        (GOLD[:5], {}, r"shape \(5,\); expected \(200,\)"),
        (np.full(200, "ham"), {}, r"'ham' \(200 rows, first 0, did you mean 'HAM'\?\)"),
        (GOLD, {"sample_weight": [1.0]}, "sample_weight has shape"),
        (GOLD, {"sample_weight": np.zeros(200)}, "not all 0"),
    ],
)
def test_a_score_that_cannot_be_says_why(model: DawidSkene, y: Any, settings: Any, message: str) -> None:
    with pytest.raises(lw.LabelwrightError, match=message):
        model.score(L, y, **settings)


def test_a_class_that_no_lf_votes_for_is_missed_where_nobody_named_the_classes() -> None:
    votes = np.array([[0, 0], [1, 1], [1, 0]])
    assert MajorityVote().fit(votes).score(votes, [0, 2, -1]) == 0.5
    with pytest.raises(lw.LabelMatrixError, match="no class: 2"):
        MajorityVote().fit(lw.LabelMatrix(votes, space=SPACE)).score(votes, [0, 2, -1])


# --- scikit-learn's own tools


def test_rows_are_split_shuffled_and_drawn() -> None:
    train, test, gold_train, gold_test = train_test_split(L, NAMES, test_size=50, random_state=0)
    assert isinstance(train, lw.LabelMatrix)
    assert (train.n, test.n, len(gold_train), len(gold_test)) == (150, 50, 150, 50)
    assert (train.space, train.lf_names) == (SPACE, L.lf_names)
    both = np.concatenate([train.votes, test.votes])
    assert sorted(both.tolist()) == sorted(L.votes.tolist())
    assert isinstance(shuffle(L, random_state=0), lw.LabelMatrix)
    assert resample(L, n_samples=7, random_state=0).n == 7
    parts = [L[rows] for _, rows in KFold(5).split(L)]
    assert [part.n for part in parts] == [40] * 5


def test_cross_validation_takes_a_label_matrix_and_gold_by_name() -> None:
    by_name = cross_val_score(DawidSkene(), L, NAMES, cv=4)
    by_index = cross_val_score(DawidSkene(), L, GOLD, cv=4)
    assert by_name.tolist() == by_index.tolist()
    assert (by_name > 0.7).all()
    found = cross_validate(MajorityVote(), L, NAMES, cv=3, return_train_score=True)
    assert np.isfinite(found["train_score"]).all()


def test_cross_val_predict_covers_every_row() -> None:
    predicted = cross_val_predict(DawidSkene(), L, cv=4)
    assert predicted.shape == (200,)
    assert lw.analysis.accuracy(predicted, NAMES, space=SPACE) > 0.7
    assert cross_val_predict(DawidSkene(), L, cv=4, method="predict_proba").shape == (200, 2)
    assert cross_val_predict(DawidSkene(), L, NAMES, cv=4).tolist() == predicted.tolist()


def test_grid_search_chooses_by_gold_and_never_learns_from_it() -> None:
    search = GridSearchCV(MajorityVote(), {"uncovered": ["uniform", "prior"]}, cv=3).fit(L, NAMES)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(L).shape == (200,)
    assert search.score(L, NAMES) == search.best_estimator_.score(L, GOLD)
    assert search.classes_.tolist() == ["HAM", "SPAM"]


def test_models_stand_in_pipelines_and_are_cloned() -> None:
    pipeline = make_pipeline(DawidSkene()).fit(L, NAMES)
    assert pipeline.predict(L, names=True).tolist() == DawidSkene().fit(L).predict(L, names=True).tolist()
    assert pipeline.score(L, NAMES) == DawidSkene().fit(L).score(L, NAMES)
    assert not hasattr(clone(pipeline[-1]), "classes_")
    assert pipeline[-1].n_features_in_ == 4


def test_gold_by_name_is_evidence_in_fit() -> None:
    anchored = lw.LabelModel().fit(L, gold=pd.Series(NAMES, dtype="category"))
    same = lw.LabelModel().fit(L, gold=GOLD)
    np.testing.assert_array_equal(anchored.predict_proba(L), same.predict_proba(L))
