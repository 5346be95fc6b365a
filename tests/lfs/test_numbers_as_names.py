"""Labeling functions whose votes are numbers of the data, where class names are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import labelwright as lw

STARS = lw.LabelSpace(["1", "2", "3", "4", "5"])
SIGNS = lw.LabelSpace(["-1", "0", "1"])
DATA = pl.DataFrame({"id": [10, 11, 12], "stars": [1, 5, None], "half": [2.0, None, 4.0], "sign": [-1, 0, 1]})


def votes(*lfs: Any, data: pl.DataFrame = DATA) -> list[list[int]]:
    return lw.apply(list(lfs), data, progress=False).votes.T.tolist()


def test_a_column_of_the_data_votes_by_name() -> None:
    stars = lw.expression("stars_lf", pl.col("stars"), vote=None, space=STARS)
    half = lw.expression("half_lf", pl.col("half"), vote=None, space=STARS)
    assert votes(stars, half) == [[0, 4, -1], [1, -1, 3]]
    assert votes(lw.expression("s", pl.col("sign"), vote=None, space=SIGNS)) == [[0, 1, 2]]
    plain = lw.expression("p", pl.col("sign"), vote=None, space=lw.LabelSpace(["HAM", "SPAM"]))
    assert votes(plain) == [[-1, 0, 1]]
    with pytest.raises(lw.LabelingFunctionError, match=r"LF 'id_lf'.*no class: 10 "):
        votes(lw.expression("id_lf", pl.col("id"), vote=None, space=STARS))


def test_what_an_expression_computes_are_indices() -> None:
    computed = lw.expression(
        "c", pl.when(pl.col("sign") > 0).then(pl.lit(STARS["3"])), vote=None, space=STARS
    )
    assert votes(computed) == [[-1, -1, 2]]


def test_votes_of_other_lfs_are_indices() -> None:
    stars = lw.expression("stars_lf", pl.col("stars"), vote=None, space=STARS)
    again = lw.from_votes("again", [stars], pl.col("stars_lf"), vote=None, space=STARS)
    assert votes(stars, again) == [[0, 4, -1], [0, 4, -1]]


def test_a_knowledge_base_and_a_crowd_vote_by_name() -> None:
    table = pl.DataFrame({"id": [10, 11], "stars": [1, 2]})
    known = lw.lookup("known", table=table, keys="id", votes="stars", space=STARS)
    answers = pl.DataFrame({"id": [10, 11], "worker": ["ann", "ann"], "label": [1.0, 2.0]})
    assert votes(known, *lw.crowd(answers, task="id", space=STARS)) == [[0, 1, -1], [0, 1, -1]]
    unbound = lw.lookup("late", table=table, keys="id", votes="stars")
    assert lw.apply([unbound], DATA, space=STARS, progress=False).votes[:, 0].tolist() == [0, 1, -1]


def test_the_classes_of_a_foreign_model_are_names_or_said() -> None:
    X = np.arange(10.0)[:, None]
    settings: dict[str, Any] = {"features": ["id"], "space": STARS}
    named = lw.classifier("m", LogisticRegression().fit(X, [1] * 5 + [5] * 5), **settings)
    assert named.votes_for == (0, 4)
    indexed = lw.classifier("m", LogisticRegression().fit(X, [0] * 5 + [4] * 5), **settings)
    assert indexed.votes_for == (0, 4)
    model = LogisticRegression().fit(X, [1] * 5 + [2] * 5)
    with pytest.raises(lw.LabelingFunctionError, match=r"classes 1, 2 could be names or indices .*classes="):
        lw.classifier("m", model, **settings)
    assert lw.classifier("m", model, classes=["1", "2"], **settings).votes_for == (0, 1)
