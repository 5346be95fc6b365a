"""The default label model reads scores: planted ones are found, and bad ones do no harm."""

import numpy as np
import pytest

import labelwright as lw
from labelwright.core import LabelMatrix, VoteStatistics
from labelwright.label_models import LabelModel, MajorityVote, WeightedMajorityVote, load, save

HOW_SURE = {
    "calibrated": lambda P: P,
    "too sure": lambda P: P**6,
    "not sure": lambda P: P**0.1,
}


def planted(seed=0, *, n=2000, k=3, m=5, scoring=2, how="calibrated"):
    """Return votes of m LFs, of which some score, the same votes without scores, and the classes."""
    generator = np.random.default_rng(seed)
    y = generator.integers(0, k, n)
    votes, scores = np.full((n, m), -1), {}
    for j in range(m):
        on = generator.random(n) < 0.6
        seen = generator.normal(size=(n, k))
        seen[np.arange(n), y] += 1.4
        P = np.exp(1.4 * seen)  # the posterior of what the LF sees, so calibrated
        P /= P.sum(axis=1, keepdims=True)
        votes[on, j] = P.argmax(axis=1)[on]
        if j < scoring:
            said = P if how == "at random" else HOW_SURE[how](P)
            said = generator.permuted(said, axis=0) if how == "at random" else said
            said = said / said.sum(axis=1, keepdims=True)
            scores[f"lf_{j}"] = np.where(on[:, None], said, np.nan)
    space = lw.LabelSpace([f"class {c}" for c in range(k)])
    return LabelMatrix(votes, space=space, scores=scores), LabelMatrix(votes, space=space), y


def loss(P, y):
    return float(-np.log(P[np.arange(len(y)), y]).mean())


@pytest.mark.parametrize("how", HOW_SURE)
@pytest.mark.parametrize("k", [2, 4])
def test_scores_make_labels_better_however_sure_the_lf_says_it_is(how, k):
    L, plain, y = planted(k=k, how=how)
    with_scores, without = LabelModel().fit(L).predict_proba(L), LabelModel().fit(plain).predict_proba(plain)
    assert loss(with_scores, y) < loss(without, y) - 0.02
    assert (with_scores.argmax(axis=1) == y).mean() > (without.argmax(axis=1) == y).mean()


def test_scores_that_tell_nothing_do_no_harm():
    L, plain, y = planted(how="at random")
    with_scores, without = LabelModel().fit(L).predict_proba(L), LabelModel().fit(plain).predict_proba(plain)
    assert loss(with_scores, y) < loss(without, y) + 0.01


def test_how_often_votes_of_each_level_are_right_is_found():
    """Planted: LF 0 votes at two levels, of which one is far more often right."""
    generator = np.random.default_rng(3)
    n, accuracy = 20_000, {0.6: 0.55, 0.9: 0.95}
    y = generator.integers(0, 2, n)
    level = np.where(generator.random(n) < 0.5, 0.6, 0.9)
    right = generator.random(n) < np.where(level == 0.6, accuracy[0.6], accuracy[0.9])
    first = np.where(right, y, 1 - y)
    others = np.where(generator.random((n, 4)) < 0.8, y[:, None], 1 - y[:, None])
    P = np.where(np.arange(2) == first[:, None], level[:, None], 1 - level[:, None])
    space = lw.LabelSpace(["a", "b"])
    L = LabelMatrix(np.column_stack([first, others]), space=space, scores={"lf_0": P})
    levels = LabelModel(method="independent").fit(L).score_levels_
    share = right.mean()
    for bin_, sure in enumerate(accuracy):
        truly_right = np.mean(level[right] == sure)
        assert levels.right[0, bin_] == pytest.approx(truly_right, abs=0.02)
        assert levels.wrong[0, bin_] == pytest.approx(np.mean(level[~right] == sure), abs=0.03)
        odds = share * levels.right[0, bin_] / ((1 - share) * levels.wrong[0, bin_])
        assert odds / (1 + odds) == pytest.approx(accuracy[sure], abs=0.02)


@pytest.mark.filterwarnings("ignore:LabelModel. only LF")
@pytest.mark.parametrize("how", [*HOW_SURE, "at random"])
def test_one_lf_alone_is_followed(how):
    L, _, _ = planted(m=1, scoring=1, how=how)
    predicted = LabelModel().fit(L).predict(L)
    voted = L.votes[:, 0]
    assert (predicted[L.covered] == voted[L.covered]).all()


def test_second_choices_count_where_the_vote_is_wrong():
    L, _, y = planted(k=4, how="calibrated")
    levels = LabelModel().fit(L).score_levels_
    P, votes = np.asarray(L.scores["lf_0"]).copy(), L.votes[:, 0]
    wrong = (votes >= 0) & (votes != y)
    P[np.arange(len(y)), votes] = -1
    assert levels.second[0] == pytest.approx((P[wrong].argmax(axis=1) == y[wrong]).mean(), abs=0.1)


def test_fit_in_parts_statistics_and_files_leave_the_same(tmp_path):
    L, plain, y = planted(n=800)
    gold = np.where(np.arange(800) < 50, y, -1)
    whole = LabelModel().fit(L, gold=gold)
    P = whole.predict_proba(L)
    counted = LabelModel().fit_statistics(VoteStatistics.of(L, gold=gold))
    parts = LabelModel().fit(L[:300], gold=gold[:300]).partial_fit(L[300:], gold=gold[300:])
    save(whole, tmp_path / "model.npz")
    for other in (counted, parts, load(tmp_path / "model.npz")):
        np.testing.assert_array_equal(other.predict_proba(L), P)
    np.testing.assert_array_equal(
        LabelModel(scores="ignore").fit(L, gold=gold).predict_proba(L),
        LabelModel().fit(plain, gold=gold).predict_proba(plain),
    )
    assert whole.fit(plain).score_levels_ is None
    assert np.isfinite(P).all()
    with pytest.raises(lw.LabelModelError, match="scores"):
        LabelModel(scores="sometimes").fit(L)


def test_prediction_reads_the_scores_that_are_there():
    L, plain, _ = planted(n=800)
    model = LabelModel().fit(L)
    votes_alone = model.predict_proba(plain)
    np.testing.assert_array_equal(model.predict_proba(plain.votes), votes_alone)
    some = LabelMatrix(plain, scores={"lf_1": L.scores["lf_1"], "lf_4": np.full((800, 3), 1 / 3)})
    told = model.predict_proba(some)
    moved = (np.abs(told - votes_alone).max(axis=1) > 1e-9).nonzero()[0]
    assert set(moved) <= set(L.scores["lf_1"].rows)
    assert len(moved) > 300
    np.testing.assert_allclose(told.sum(axis=1), 1)
    assert model.predict_proba(L[:0]).shape == (0, 3)


def test_an_explanation_counts_scores_to_the_vote_they_are_of():
    L, _, _ = planted(n=800, k=2)
    model, rows = LabelModel().fit(L), [0, 1, 2, 3]
    why = model.explain(L, rows)
    assert why.rows["probability"].to_list() == pytest.approx(
        model.predict_proba(L)[rows].max(axis=1).tolist(), abs=1e-6
    )
    for row in rows:
        told = why.rows.row(row, named=True)
        adds = why.votes.filter(row=row)["adds"].sum()
        assert told["prior"] + told["rest"] + adds == pytest.approx(told["score"], abs=1e-6)


def test_models_say_whether_they_read_scores():
    L, plain, _ = planted(n=400)
    assert "scores of 2 LFs weigh their votes" in str(LabelModel().fit(L).fit_report_).replace("\n", " ")
    for model in (MajorityVote, WeightedMajorityVote):
        fitted = model().fit(L)
        assert "scores of 2 LFs are not read" in fitted.fit_report_.assumes
        assert "scores" not in model().fit(plain).fit_report_.assumes
        np.testing.assert_array_equal(fitted.predict_proba(L), model().fit(plain).predict_proba(plain))
