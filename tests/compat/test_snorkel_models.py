import importlib
import importlib.util
import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import labelwright as lw
from labelwright.compat.snorkel.analysis import Scorer, get_label_buckets, get_label_instances, metric_score
from labelwright.compat.snorkel.labeling import LFAnalysis, filter_unlabeled_dataframe
from labelwright.compat.snorkel.labeling.model import (
    LabelModel,
    MajorityClassVoter,
    MajorityLabelVoter,
    RandomVoter,
)
from labelwright.compat.snorkel.utils import filter_labels, preds_to_probs, probs_to_preds, to_int_label_array
from labelwright.label_models import MatrixCompletion
from labelwright.testing import one_coin_table, sample_votes

needs_snorkel = pytest.mark.skipif(
    importlib.util.find_spec("snorkel") is None, reason="Snorkel is not installed"
)

# probs_to_preds(np.full((12, 3), 1 / 3)) by Snorkel 0.10.0
SNORKEL_TIES = [0, 0, 0, 1, 0, 0, 1, 2, 1, 1, 0, 2]
L = np.array([[0, 0, 2], [-1, 1, 0], [2, 2, 2], [-1, -1, -1], [1, -1, 1], [0, 1, 2], [0, 0, -1]])


@pytest.fixture(scope="module")
def planted():
    table = one_coin_table([0.9, 0.85, 0.8, 0.8, 0.75, 0.7], k=3, propensities=0.6)
    drawn = sample_votes(table, 600, random_state=4)
    return SimpleNamespace(votes=drawn.label_matrix.votes, gold=drawn.gold)


def test_the_majority_voter_shares_ties_as_snorkel_does():
    P = MajorityLabelVoter(cardinality=3).predict_proba(L)
    assert P[0].tolist() == [1, 0, 0]
    assert P[1].tolist() == [0.5, 0.5, 0]
    np.testing.assert_allclose(P[[3, 5]], 1 / 3)
    labels, same = MajorityLabelVoter(3).predict(L, return_probs=True)
    assert labels.tolist() == [0, -1, 2, -1, 1, -1, 0]
    assert (same == P).all()


def test_ties_at_random_are_the_ones_that_snorkel_takes():
    assert probs_to_preds(np.full((12, 3), 1 / 3)).tolist() == SNORKEL_TIES
    assert probs_to_preds([[0.5, 0.4, 0.1]], tie_break_policy="abstain", tol=0.2).tolist() == [-1]
    assert probs_to_preds(np.zeros((0, 2))).tolist() == []
    drawn = probs_to_preds(np.full((400, 2), 0.5), tie_break_policy="true-random")
    assert 120 < drawn.sum() < 280


def test_the_label_model_takes_a_notebook_as_it_is(planted):
    model = LabelModel(cardinality=3, verbose=False)
    model.fit(L_train=planted.votes, n_epochs=500, lr=0.001, log_freq=100, seed=123, progress_bar=False)
    P = model.predict_proba(L=planted.votes)
    assert (lw.LabelModel(n_classes=3).fit(planted.votes).predict_proba(planted.votes) == P).all()
    scores = model.score(planted.votes, planted.gold, metrics=["accuracy", "f1_macro", "coverage"])
    assert scores["accuracy"] > 0.8
    assert scores["coverage"] == pytest.approx((model.predict(planted.votes) >= 0).mean())


def test_its_tables_are_probabilities_close_to_the_planted_ones(planted):
    model = LabelModel(3).fit(planted.votes)
    table = model.get_conditional_probs()
    assert table.shape == (6, 4, 3)
    np.testing.assert_allclose(table.sum(axis=1), 1.0)
    truth = LFAnalysis(planted.votes).lf_empirical_probs(planted.gold, 3)
    assert np.abs(table - truth).max() < 0.15
    weights = model.get_weights()
    assert weights.shape == (6,)
    summary = LFAnalysis(planted.votes).lf_summary(est_weights=weights)
    assert summary["Learned Weight"].tolist() == weights.tolist()


def test_another_model_can_be_put_inside(planted):
    inside = MatrixCompletion(l2=1.0)
    model = LabelModel(3, model=inside).fit(planted.votes, seed=3)
    assert isinstance(model.label_model_, MatrixCompletion)
    assert model.label_model_.l2 == 1.0
    assert not hasattr(inside, "statistics_")


@pytest.mark.parametrize(
    "given", [{"class_balance": [0.5, 0.25, 0.25]}, {"Y_dev": np.array([0, 0, 1, 2, -1])}]
)
def test_the_class_balance_is_given_or_counted_and_goes_to_uncovered_rows(planted, given):
    model = LabelModel(3).fit(planted.votes, **given)
    empty = np.full((1, 6), -1)
    assert model.predict_proba(empty).tolist() == [[0.5, 0.25, 0.25]]
    np.testing.assert_allclose(LabelModel(3).fit(planted.votes).predict_proba(empty), 1 / 3)


def test_a_model_comes_back_from_its_file(planted, tmp_path):
    model = LabelModel(3).fit(planted.votes)
    model.save(tmp_path / "model.pkl")
    again = LabelModel()
    again.load(tmp_path / "model.pkl")
    assert again.cardinality == 3
    assert (again.predict_proba(planted.votes) == model.predict_proba(planted.votes)).all()


def test_the_other_baselines():
    voter = MajorityClassVoter(3)
    voter.fit(np.array([0.4, 0.4, 0.2]))
    assert voter.predict_proba(L)[0].tolist() == [0.5, 0.5, 0]
    P = RandomVoter(3, random_state=1).predict_proba(L)
    np.testing.assert_allclose(P.sum(axis=1), 1.0)
    assert P.shape == (len(L), 3)


def test_scores_leave_out_what_snorkel_leaves_out(caplog):
    golds, preds = np.array([1, 0, 1, 1, -1]), np.array([1, 0, 0, -1, 1])
    scores = Scorer(["accuracy", "coverage", "f1", "precision", "recall"]).score(golds, preds)
    assert scores == pytest.approx(
        {"accuracy": 2 / 3, "coverage": 0.8, "f1": 2 / 3, "precision": 1.0, "recall": 0.5}
    )
    custom = Scorer(custom_metric_funcs={"both": lambda golds, preds, probs: {"n": len(golds), "one": 1}})
    assert custom.score(golds, preds) == {"n": 5, "one": 1}
    assert metric_score(golds[:3], preds[:3], metric="fbeta", beta=2) == pytest.approx(5 / 9)
    P = np.array([[0.2, 0.8], [0.9, 0.1], [0.4, 0.6]])
    assert metric_score(golds[:3], probs=P, metric="roc_auc") == 1.0
    with caplog.at_level(logging.WARNING):
        MajorityLabelVoter(3).score(L, np.zeros(len(L), dtype=int))
    assert "are left out of the score" in caplog.text


def test_scores_by_slice():
    S = np.array([(1, 0), (1, 1), (0, 1)], dtype=[("long", int), ("loud", int)]).view(np.recarray)
    golds, preds = np.array([1, 0, 1]), np.array([1, 1, 1])
    scores = Scorer(["accuracy"]).score_slices(S, golds, preds, preds)
    assert scores == {
        "overall": {"accuracy": pytest.approx(2 / 3)},
        "long": {"accuracy": 0.5},
        "loud": {"accuracy": 0.5},
    }
    frame = Scorer(["accuracy"]).score_slices(S, golds, preds, preds, as_dataframe=True)
    assert frame.loc["loud", "accuracy"] == 0.5


def test_buckets_and_their_instances():
    buckets = get_label_buckets(np.array([[1], [1], [0]]), np.array([1, 0, 1]), np.array([0, 0, -1]))
    assert {bucket: rows.tolist() for bucket, rows in buckets.items()} == {
        (1, 1, 0): [0],
        (1, 0, 0): [1],
        (0, 1, -1): [2],
    }
    x = np.array([["a", 1], ["b", 2], ["c", 3]], dtype=object)
    assert get_label_instances((1,), x, np.array([0, 1, 1])).tolist() == [["b", 2], ["c", 3]]
    assert get_label_instances((7,), x, np.array([0, 1, 1])).tolist() == []


def test_labels_and_probabilities_become_each_other():
    assert preds_to_probs(np.array([[2], [0]]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert to_int_label_array(np.array([[1.0, 0.0]]), flatten_vector=False).tolist() == [[1, 0]]
    for gaps in ([1, None, 0], [1.0, float("nan"), 0.0], pd.Series([1, pd.NA, 0], dtype="Int64")):
        assert to_int_label_array(gaps).tolist() == [1, -1, 0]
    for names in (["HAM", None], np.array(["HAM", "SPAM"])):
        with pytest.raises(lw.SchemaError, match=r"of class names make them with LabelSpace.names..encode"):
            to_int_label_array(names)
    assert filter_labels({"golds": None, "preds": np.array([1, -1])}, {"preds": [-1]})["preds"].tolist() == [
        1
    ]


def test_unlabeled_rows_are_filtered_whatever_the_index():
    df = pd.DataFrame({"text": list("abc")}, index=[7, 7, 9])
    kept, labels = filter_unlabeled_dataframe(df, np.eye(3), np.array([[1, -1], [-1, -1], [-1, 0]]))
    assert kept["text"].tolist() == ["a", "c"]
    assert labels.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_rows_without_gold_are_left_out_of_accuracy_on_purpose():
    analysis = LFAnalysis(np.array([[1, -1], [1, -1], [0, -1]]))
    summary = analysis.lf_summary(np.array([1, -1, 1]))
    assert summary["Emp. Acc."].tolist() == [0.5, 0.0]  # Snorkel: 1/3 and 0
    assert summary.index.tolist() == [0, 1]
    assert "j" not in summary


@needs_snorkel
def test_snorkel_itself_gives_the_same(planted):
    gold = planted.gold
    theirs = {
        name: importlib.import_module(f"snorkel.{name}")
        for name in ("labeling", "labeling.model", "utils", "analysis")
    }
    assert theirs["utils"].probs_to_preds(np.full((12, 3), 1 / 3)).tolist() == SNORKEL_TIES
    voter = theirs["labeling.model"].MajorityLabelVoter(cardinality=3)
    ours = MajorityLabelVoter(cardinality=3)
    for policy in ("abstain", "random"):
        predicted = voter.predict(planted.votes, tie_break_policy=policy)
        assert (predicted == ours.predict(planted.votes, tie_break_policy=policy)).all()
        metrics = ["accuracy", "coverage", "f1_micro", "f1_macro", "matthews_corrcoef"]
        assert Scorer(metrics).score(gold, predicted) == pytest.approx(
            theirs["analysis"].Scorer(metrics).score(gold, predicted)
        )
    for votes in (planted.votes.astype(int), L):
        Y = gold[: len(votes)]
        pd.testing.assert_frame_equal(
            LFAnalysis(votes).lf_summary(Y), theirs["labeling"].LFAnalysis(votes).lf_summary(Y)
        )


SETS = lw.LabelMatrix.from_sets([[{0, 1}]], space=["a", "b", "c"])
WRONG = [
    (lambda: LabelModel(1), "cardinality=1; expected the number of classes, at least 2"),
    (lambda: LabelModel(model="metal"), r"model is a str; expected one of labelwright\.label_models"),
    (lambda: LabelModel().predict(L), "this LabelModel is not fitted yet; call fit"),
    (lambda: LabelModel(2).fit(L), r"has vote 2 at row 0; expected a class 0\.\.1"),
    (lambda: LabelModel(3).fit(L, n_epoch=3), "fit has no setting 'n_epoch'; did you mean 'n_epochs'"),
    (lambda: LabelModel(3).fit(L, class_balance=[0.5, 0.5]), "expected 3 positive shares"),
    (lambda: LabelModel(3).fit(L, Y_dev=[0, 1]), r"Y_dev has \[1, 1, 0\] rows of classes"),
    (
        lambda: LabelModel(3).fit(L).predict(L, tie_break_policy="rand"),
        "'rand' is unknown; did you mean 'random'",
    ),
    (lambda: LabelModel(3).fit(L).predict(L[:, :2]), "pass the votes of the LFs"),
    (lambda: LabelModel().load("nowhere.pkl"), r"cannot read a label model from 'nowhere\.pkl'"),
    (lambda: MajorityClassVoter().predict_proba(L), "is not fitted yet; call fit with a class balance"),
    (lambda: MajorityClassVoter().fit([1.0]), r"balance has shape \(1,\); expected \(2,\)"),
    (lambda: MajorityLabelVoter().predict(L), "vote 2 at row 0"),
    (lambda: probs_to_preds(np.ones((2, 1))), r"probs have shape \(2, 1\)"),
    (lambda: preds_to_probs(np.array([0, -1]), 2), "prediction -1 at row 1 is no class"),
    (lambda: to_int_label_array([0.5]), "numbers with a fraction"),
    (lambda: to_int_label_array(["HAM"]), "labels have type <U3; expected integers"),
    (lambda: to_int_label_array(np.zeros((2, 2))), r"labels have shape \(2, 2\)"),
    (
        lambda: LFAnalysis(lw.LabelMatrix.from_sets([[{0, 1}]], space=["a", "b", "c"])),
        "LFs vote for sets of classes",
    ),
    (lambda: LFAnalysis(L, lfs=[1]), "1 LFs for 3 columns of votes"),
    (lambda: LFAnalysis(L).lf_summary(np.zeros(2)), "2 gold labels for 7 rows"),
    (lambda: LFAnalysis(L).lf_summary(est_weights=[1]), "1 weights for 3 LFs"),
    (lambda: Scorer(["acuracy"]), "metric 'acuracy' is unknown; did you mean 'accuracy'"),
    (lambda: Scorer(["accuracy"]).score([]), "there are no gold labels"),
    (lambda: metric_score([1], metric="f1"), "metric 'f1' needs preds"),
    (lambda: metric_score([2], [2], metric="f1"), "choose f1_micro or f1_macro"),
    (lambda: metric_score([1], [1], metric="fbeta"), "metric 'fbeta' needs beta"),
    (lambda: metric_score([1], probs=[[0.1, 0.2, 0.7]], metric="roc_auc"), "roc_auc is for two classes"),
    (lambda: Scorer(["f1"]).score([1, -1], [-1, 1]), "metric 'f1' has no rows"),
    (lambda: get_label_buckets([1], [1, 0]), "arrays of labels have 1, 2 rows"),
    (lambda: get_label_instances((1,), np.zeros(3), [1], [0]), "bucket has 1 labels for 2 arrays"),
    (lambda: get_label_instances((1,), np.zeros(3), [1]), "x has 3 rows"),
    (lambda: filter_unlabeled_dataframe(pd.DataFrame({"a": [1]}), L, L), "X has 1 rows, y 7 and L 7"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_what_is_wrong_is_said_in_one_line(wrong, message):
    with pytest.raises(lw.LabelwrightError, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_file_of_something_else_is_no_model(tmp_path, payload):
    (tmp_path / "other").write_bytes(b"no model")
    (tmp_path / "pickle").write_bytes(payload.pickled)
    for name in ("other", "pickle", "missing"):
        with pytest.raises(lw.StoreError, match="cannot read"):
            LabelModel().load(tmp_path / name)
    RandomVoter().save(tmp_path / "random")
    with pytest.raises(lw.StoreError, match="holds no LabelModel"):
        LabelModel().load(tmp_path / "random")
    assert not payload.ran


def test_state_in_a_file_hides_nothing_of_the_class(tmp_path):
    from labelwright._archive import read_archive, write_archive
    from labelwright.compat.snorkel.labeling.model.base_labeler import FORMAT, VERSION

    RandomVoter().save(tmp_path / "random")
    kept = read_archive(tmp_path / "random", FORMAT, VERSION)
    kept.header["state"]["items"].append(["predict", 1])
    write_archive(tmp_path / "random", FORMAT, VERSION, header=kept.header, arrays=kept.arrays)
    with pytest.raises(lw.StoreError, match="a RandomVoter holds no predict"):
        RandomVoter().load(tmp_path / "random")


def test_a_model_that_cannot_be_kept_is_told(tmp_path):
    model = LabelModel(2)
    model.verbose = print
    with pytest.raises(lw.StoreError, match=r"cannot write .*it is a builtin_function_or_method"):
        model.save(tmp_path / "model")


def test_assumptions_that_have_no_effect_are_named():
    with pytest.warns(UserWarning, match=r"l2, prec_init is without effect"):
        LabelModel(3).fit(L, prec_init=0.6, l2=0.1, n_epochs=5)
