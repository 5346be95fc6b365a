"""Why this label: contributions that sum, and flips that the model confirms."""

import itertools
import json

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.label_models import GLAD, REGISTRY, LabelModel, MajorityVote, OneCoin, PartialLabels, Triplet
from labelwright.testing import one_coin_table, sample_votes

K = 3
L = sample_votes(
    one_coin_table([0.8, 0.7, 0.75, 0.65, 0.85], k=K, propensities=0.6), 400, random_state=0
).label_matrix


@pytest.fixture(scope="module")
def fitted():
    return {name: kind().fit(L) for name, kind in REGISTRY.items()}


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_what_is_told_sums_to_the_score(fitted, name):
    model = fitted[name]
    told = model.explain(L, rows=range(40))
    votes = told.votes.group_by("row").agg(pl.col("adds").sum()).sort("row")
    rows = told.rows.join(votes, on="row", how="left").fill_null(0.0)
    np.testing.assert_allclose(rows["score"], rows["prior"] + rows["rest"] + rows["adds"], atol=1e-9)
    P = model.predict_proba(L)[:40]
    np.testing.assert_allclose(rows["probability"], P.max(axis=1))
    if told.unit == "log odds":
        top = np.sort(P, axis=1)
        covered = L.covered[:40]
        np.testing.assert_allclose(
            rows["score"].to_numpy()[covered], np.log(top[:, -1] / top[:, -2])[covered]
        )


def test_one_coin_terms_are_the_log_odds_of_accuracies(fitted):
    model, rows = fitted["OneCoin"], [0, 1, 2, 7]
    told = model.explain(L, rows=rows)
    assert told.rows["exact"].all()
    weight = np.log((K - 1) * model.accuracies_ / (1 - model.accuracies_))
    labels = dict(told.rows.select("row", "label").iter_rows())
    others = dict(told.rows.select("row", "runner_up").iter_rows())
    for row, lf, vote, adds in told.votes.iter_rows():
        j = L.lf_names.index(lf)
        sign = (vote == labels[row]) - (vote == others[row])
        assert adds == pytest.approx(sign * weight[j], abs=1e-9)


def test_models_that_do_not_add_up_say_so(fitted):
    for kind in (GLAD, Triplet):
        told = fitted[kind.__name__].explain(L, rows=range(20))
        assert not told.rows["exact"].all()
        assert "they do not simply add up" in " ".join(str(told).split())


@pytest.mark.parametrize("name", ["LabelModel", "OneCoin", "DawidSkene", "MajorityVote", "IBCC"])
def test_flips_are_the_smallest_there_are(fitted, name):
    model = fitted[name]
    told = model.explain(L, rows=range(25))
    for row, tied, flip, alone, turned, other in told.rows.select(
        "row", "tied", "flip", "alone", "turned", "runner_up"
    ).iter_rows():
        votes = L.votes[row]
        cast = np.flatnonzero(votes >= 0)
        if tied or not len(cast):
            assert flip == alone == turned == []
            continue
        assert len(flip) == smallest_flip(model, votes, cast)
        assert set(alone) == {L.lf_names[j] for j in cast if flips(model, votes, [j])}
        assert set(turned) == {L.lf_names[j] for j in cast if flips(model, votes, [j], int(other))}


def smallest_flip(model, votes, cast):
    """Try all sets of votes, the small ones first."""
    for size in range(1, len(cast) + 1):
        if any(flips(model, votes, out) for out in itertools.combinations(cast, size)):
            return size
    return 0


def flips(model, votes, lfs, to=-1):
    changed = votes.copy()
    changed[list(lfs)] = to
    return model.predict(changed[None])[0] != model.predict(votes[None])[0]


def test_an_uncovered_row_has_only_a_prior():
    votes = np.full((1, 5), -1)
    told = LabelModel(class_balance=[0.6, 0.3, 0.1], uncovered="model").fit(L).explain(votes)
    assert told.votes.height == 0
    assert told.rows["label"].to_list() == ["0"]
    assert told.rows["prior"][0] == pytest.approx(np.log(2))
    assert str(told) == "row 0: no LF votes; 60% 0"


def test_sets_of_classes_are_named():
    space = lw.LabelSpace(["cat", "dog", "lynx"])
    sets = lw.LabelMatrix.from_sets([[{"cat", "lynx"}, "dog", "cat"]] * 3 + [["dog"] * 3] * 3, space=space)
    told = PartialLabels().fit(sets).explain(sets, rows=0)
    assert set(told.votes["vote"]) == {"cat or lynx", "dog", "cat"}


def test_text_fits_and_html_is_escaped():
    named = lw.LabelMatrix(L.votes, space=["<a>", "b", "c"], lf_names=[f"<i>{j}" * 9 for j in range(5)])
    told = OneCoin().fit(named).explain(named, rows=range(30))
    assert max(map(len, str(told).splitlines())) <= 80
    assert "20 more rows" in str(told)
    assert "<a>" not in told._repr_html_()
    assert "<i>" not in told._repr_html_()
    assert len(json.loads(json.dumps(told.to_dict(), allow_nan=False))["rows"]) == 30


def test_rows_are_chosen_and_checked():
    model = MajorityVote().fit(L)
    assert model.explain(L, rows=-1).rows["row"].to_list() == [399]
    assert model.explain(L, rows=np.arange(400) == 7).rows["row"].to_list() == [7]
    assert model.explain(L, rows=[]).rows.height == 0
    assert model.explain(L).rows.height == 400
    for rows in ([400], [0.5], "x", [[1]]):
        with pytest.raises(lw.LabelModelError, match="rows"):
            model.explain(L, rows=rows)
    with pytest.raises(lw.LabelModelError, match="at most 1,000"):
        model.explain(np.zeros((1001, 5), dtype=int))
    with pytest.raises(lw.NotFittedError, match="not fitted yet"):
        LabelModel().explain(L)


def test_many_votes_are_cut_in_the_middle():
    wide = sample_votes(one_coin_table([0.7] * 30), 50, random_state=0).label_matrix
    text = str(OneCoin().fit(wide).explain(wide, rows=0))
    assert "15 votes between" in text
