"""Hand labels by name, and with gaps, at every door that takes them."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright import analysis
from labelwright.label_models import DawidSkene, MajorityVote
from labelwright.testing import one_coin_table, sample_votes

NAMES = ["HAM", "SPAM"]
SPACE = lw.LabelSpace(NAMES)
_PLANTED = sample_votes(one_coin_table([0.9, 0.8, 0.7]), 120, random_state=1)
L = lw.LabelMatrix(_PLANTED.label_matrix.votes, space=SPACE)
INDICES = np.where(np.arange(120) % 4 == 3, -1, _PLANTED.gold)
TEXTS = SPACE.decode(INDICES)
P = MajorityVote().fit(L).predict_proba(L)

AS_PEOPLE_HAVE_IT: dict[str, Any] = {
    "object array": TEXTS,
    "list": TEXTS.tolist(),
    "pandas, index turned": pd.Series(TEXTS, index=np.arange(120)[::-1]),
    "pandas string": pd.Series(TEXTS, dtype="string"),
    "pandas categorical": pd.Series(TEXTS, dtype="category"),
    "pandas Int64": pd.Series(INDICES, dtype="Int64").where(INDICES >= 0),
    "floats": np.where(INDICES >= 0, INDICES, np.nan),
    "polars": pl.Series(TEXTS.tolist()),
}


def measured(measure: Any, gold: Any) -> Any:
    return measure(P, gold, space=SPACE)


def doors() -> dict[str, Any]:
    """Everything that takes gold labels in Python, as a function of them."""
    before = MajorityVote().fit(L).predict_proba(L)[::-1].copy()
    change = SPACE.refine("SPAM", into=["SPAM", "SCAM"])
    of_P = {
        name: partial(measured, getattr(analysis, name))
        for name in (
            "brier_score",
            "calibration_curve",
            "confusion_matrix",
            "expected_accuracy",
            "expected_calibration_error",
            "log_loss",
            "macro_f1",
            "score",
        )
    }
    return of_P | {
        "summary": L.summary,
        "statistics": lambda gold: lw.VoteStatistics.of(L, gold=gold).gold_counts,
        "fit": lambda gold: DawidSkene().fit(L, gold=gold).predict_proba(L),
        "partial_fit": lambda gold: DawidSkene().partial_fit(L, gold=gold).lf_accuracies_,
        "default model": lambda gold: lw.LabelModel().fit(L, gold=gold).class_balance_,
        "lf_classes": lambda gold: analysis.lf_classes(L, gold, draws=20),
        "lf_statistics": lambda gold: analysis.lf_statistics(L, gold, draws=20),
        "lf_accuracies": lambda gold: analysis.lf_accuracies(L, gold),
        "coverage_by_class": lambda gold: analysis.coverage_by_class(L, gold, draws=20),
        "error_buckets": lambda gold: analysis.error_buckets(P, gold, matrix=L, draws=20),
        "GoldRows": lambda gold: analysis.GoldRows.of({"train": (L, gold)}).gold,
        "advise": lambda gold: lw.advise(L, gold=gold, dependencies=None).measured,
        "taught": lambda gold: analysis.compare(L, L[:, ["lf_0", "lf_1"]], taught=gold).to_dict(),
        "compare": lambda gold: analysis.compare(L, L[:, ["lf_0", "lf_1"]], gold=gold).to_dict(),
        "evaluate_without_gold": lambda gold: repr(
            analysis.evaluate_without_gold([MajorityVote()], L, gold=gold, folds=2)
        ),
        "accuracy": lambda gold: analysis.accuracy(P.argmax(axis=1), gold, space=SPACE),
        "accuracy_difference": lambda gold: analysis.accuracy_difference(P, before, gold, space=SPACE),
        "f1_binary": lambda gold: analysis.f1_binary(P, gold, positive="HAM", space=SPACE),
        "evaluation": lambda gold: (
            analysis.Evaluation(gold=gold, matrix=L, majority_vote=P, label_model=P).gold
        ),
        "changed classes": change.gold,
    }


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.to_dicts() if isinstance(value, pl.DataFrame) else value


@pytest.mark.parametrize("door", list(doors()))
def test_gold_by_name_says_what_indices_say(door: str) -> None:
    call = doors()[door]
    expected = plain(call(INDICES))
    for kind, gold in AS_PEOPLE_HAVE_IT.items():
        assert plain(call(gold)) == expected, kind


@pytest.mark.parametrize("door", list(doors()))
def test_all_unknown_names_are_told_at_every_door(door: str) -> None:
    wrong = TEXTS.copy()
    wrong[[0, 1, 2, 4]] = ["ham", "junk", "ham", "ham"]
    with pytest.raises(
        ValueError,
        match=r"2 values that are no class: 'ham' \(3 rows, first 0, did you mean 'HAM'\?\), 'junk'",
    ):
        doors()[door](wrong)


def test_every_public_function_with_gold_is_a_door_here() -> None:
    import inspect

    takes_gold = {
        name
        for name in analysis.__all__
        if callable(getattr(analysis, name))
        and {"gold", "labels"} & set(inspect.signature(getattr(analysis, name)).parameters)
    }
    results = {"Evaluation", "GoldlessEvaluation", "GoldRows"}
    assert takes_gold - results <= set(doors())


def test_rows_of_people_who_have_no_space_are_compared_by_their_names() -> None:
    assert analysis.accuracy(["a", None, "b"], ["a", "b", None]) == 0.5
    assert analysis.accuracy([0, 7], [0, 7]) == 1.0


def test_worth_takes_names() -> None:
    from sklearn.linear_model import LogisticRegression

    from labelwright.worth import measure_worth

    X = _PLANTED.gold[:, None] + np.random.default_rng(0).normal(size=(120, 2))
    settings = {
        "X_test": X,
        "draws": 2,
        "sizes": [60],
        "label_model": MajorityVote(),
        "end_model": lw.NoiseAwareClassifier(LogisticRegression()),
    }
    by_name = measure_worth(X, L, gold=TEXTS, gold_test=pd.Series(TEXTS), **settings)
    assert (by_name.test_rows, by_name.supervised.sizes[-1]) == (90, 90)


def test_more_gold_classes_than_votes_still_widen_a_matrix_without_names() -> None:
    stats = lw.VoteStatistics.of([[0], [1]], gold=[2.0, float("nan")])
    assert stats.space.names == ("0", "1", "2")
    assert lw.VoteStatistics.of([[0], [1]], gold=["2", None]).space.names == ("0", "1", "2")
