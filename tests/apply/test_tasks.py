"""Votes of several tasks never share a label matrix, whichever way they come."""

import pickle

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, apply_blocks
from labelwright.analysis import compare
from labelwright.compat.snorkel.labeling import LFApplier
from labelwright.label_models import DawidSkene, MajorityVote
from labelwright.lfs import PythonLF

SPACE = lw.LabelSpace(["no", "yes"])
SPAM, TOXIC = lw.Task("spam", SPACE), lw.Task("toxic", SPACE)
DATA = {"text": ["check out", "you idiot", "nice song"], "author": ["a", "b", "c"]}
AD = lw.keywords("ad", ["check out"], on="text", vote="yes", space=SPAM)
RUDE = lw.keywords("rude", ["idiot"], on="text", vote="yes", space=TOXIC)
LOOSE = lw.regex("nice", "nice", on="text", vote="no", space=SPACE)
EITHER = "task 'spam' has ad; task 'toxic' has rude"


@lw.labeling_function(TOXIC)
def shouts(x):
    return "yes" if x.text.isupper() else None


class OneModel:
    classes_ = np.array([0, 1])

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


class OneVector:
    def encode(self, texts):
        return np.ones((len(texts), 2))


def every_kind(space):
    table = pl.DataFrame({"text": ["nice song"], "vote": ["yes"]})
    answers = pl.DataFrame({"task": [1], "worker": ["w"], "label": ["yes"]})
    return [
        lw.keywords("keywords", ["nice"], on="text", vote=1, space=space),
        lw.gazetteer("gazetteer", ["nice"], on="text", vote=1, space=space),
        lw.regex("regex", "nice", on="text", vote=1, space=space),
        lw.expression("expression", pl.col("text") == "nice", vote=1, space=space),
        lw.threshold("threshold", on="n", above=1, vote=1, space=space),
        lw.interval("interval", on="n", low=0, high=1, vote=1, space=space),
        lw.lookup("lookup", table=table, keys=["text"], votes="vote", space=space),
        *lw.crowd(answers, space=space),
        lw.classifier("classifier", OneModel(), features=["n"], threshold=0.9, space=space),
        lw.nearest("nearest", {1: ["nice"]}, on="text", encoder=OneVector(), similarity=0.9, space=space),
        lw.labeling_function(space, name="python")(lambda x: 1),
        lw.labeling_function(space, name="batch", batch=True)(lambda frame: [1] * len(frame)),
        lw.from_votes("votes", [LOOSE], pl.col("nice") == 1, vote=1, space=space),
    ]


def test_every_kind_of_labeling_function_keeps_its_task():
    for lf in every_kind(SPAM):
        assert (lf.task, lf.space) == (SPAM, SPACE), lf.name
    for lf in every_kind(SPACE):
        assert (lf.task, lf.space) == (None, SPACE), lf.name
    assert pickle.loads(pickle.dumps(AD)).task == SPAM


def test_a_task_is_no_part_of_a_fingerprint_so_naming_the_question_runs_nothing_again():
    assert [lf.fingerprint for lf in every_kind(SPAM)] == [lf.fingerprint for lf in every_kind(SPACE)]


def test_a_labeling_function_of_a_task_and_other_classes_is_refused():
    with pytest.raises(lw.LabelingFunctionError, match="its task 'spam' has"):
        PythonLF(name="odd", f=len, space=lw.LabelSpace(["a", "b"]), task=SPAM)


def test_labeling_functions_of_several_tasks_are_an_error_that_names_both():
    for lfs in ([AD, RUDE], [AD, LOOSE, RUDE]):
        with pytest.raises(lw.LabelingFunctionError, match=EITHER):
            lw.apply(lfs, DATA)
        with pytest.raises(lw.LabelingFunctionError, match=EITHER):
            list(apply_blocks(lfs, pl.DataFrame(DATA), report=ApplyReport()))
        with pytest.raises(lw.LabelingFunctionError, match=EITHER):
            lw.check(lfs, DATA)
        with pytest.raises(lw.LabelingFunctionError, match=EITHER):
            lw.check(lfs)


def test_the_task_that_a_caller_names_must_be_that_of_the_labeling_functions():
    with pytest.raises(lw.LabelingFunctionError, match=r"'ad' is for task 'spam', but apply.space=. is"):
        lw.apply([AD], DATA, space=TOXIC)
    assert lw.apply([LOOSE], DATA, space=TOXIC).task == TOXIC
    assert lw.apply([AD], DATA, space=SPACE).task == SPAM


def test_what_has_classes_only_goes_with_any_task():
    assert lw.apply([LOOSE, AD], DATA).task == SPAM
    assert lw.apply([RUDE, LOOSE], DATA).task == TOXIC
    assert lw.apply([LOOSE], DATA).task is None
    same = lw.Task("spam", ["no", "yes"], description="in other words")
    assert lw.apply([AD, lw.regex("b", "b", on="text", vote=1, space=same)], DATA).task == SPAM


def test_one_label_matrix_a_task_where_that_is_asked():
    found = lw.apply([RUDE, AD, shouts], DATA, tasks=True)
    assert list(found) == ["toxic", "spam"]
    assert found["toxic"] == lw.apply([RUDE, shouts], DATA)
    assert found["spam"] == lw.apply([AD], DATA)
    assert [L.task for L in found.values()] == [TOXIC, SPAM]
    only, report = lw.apply([LOOSE, AD], DATA, tasks=True, return_report=True)
    assert only["spam"].lf_names == ("nice", "ad")
    assert (set(report.seconds), report.rows) == ({"nice", "ad"}, 3)


def test_with_several_tasks_every_labeling_function_must_say_its_own():
    with pytest.raises(lw.LabelingFunctionError, match="LFs without a task: nice"):
        lw.apply([AD, RUDE, LOOSE], DATA, tasks=True)
    with pytest.raises(lw.LabelingFunctionError, match="LFs without a task: nice"):
        lw.apply([LOOSE], DATA, tasks=True)
    with pytest.raises(lw.LabelingFunctionError, match="leave space= out"):
        lw.apply([AD, RUDE], DATA, space=SPACE, tasks=True)
    with pytest.raises(lw.LabelingFunctionError, match="occur twice: ad"):
        lw.apply([AD, lw.regex("ad", "b", on="text", vote=1, space=TOXIC)], DATA, tasks=True)


def test_votes_of_another_task_are_not_read():
    with pytest.raises(lw.LabelingFunctionError, match=f"{EITHER}; let LF 'both' read"):
        lw.from_votes("both", [AD, RUDE], pl.col("ad") == 1, vote=1)
    with pytest.raises(lw.LabelingFunctionError, match="task 'toxic' has far; task 'spam' has ad"):
        lw.from_votes("far", [AD], pl.col("ad") == 1, vote=1, space=TOXIC)
    reader = lw.from_votes("near", [AD], pl.col("ad") == 1, vote=1)
    assert reader.task == SPAM
    with pytest.raises(lw.LabelingFunctionError, match="LFs of 2 tasks"):
        lw.apply([RUDE, reader], DATA)


def test_snorkels_applier_takes_the_labeling_functions_of_one_task():
    @lw.labeling_function(SPAM)
    def other(x):
        return 0

    with pytest.raises(lw.LabelingFunctionError, match="task 'toxic' has shouts; task 'spam' has other"):
        LFApplier([shouts, other])
    LFApplier([other])


def test_label_matrices_of_two_tasks_do_not_join():
    spam, toxic = lw.apply([AD], DATA), lw.apply([RUDE], DATA)
    with pytest.raises(lw.LabelMatrixError, match="votes for task 'toxic' to votes for task 'spam'"):
        spam.with_lfs(toxic)
    loose = lw.apply([LOOSE], DATA)
    assert spam.with_lfs(loose).task == loose.with_lfs(spam).task == SPAM


def test_a_label_matrix_keeps_its_task(tmp_path):
    L = lw.apply([AD, LOOSE], DATA)
    assert L[:2].task == L[:, "ad"].task == L.drop_lf("ad").task == L.with_lf("c", [0, 1, 1]).task == SPAM
    assert "task 'spam'" in repr(L)
    assert pickle.loads(pickle.dumps(L)) == L
    L.to_parquet(tmp_path / "votes.parquet")
    read = lw.LabelMatrix.from_parquet(tmp_path / "votes.parquet")
    assert (read, read.task) == (L, SPAM)
    assert lw.LabelMatrix(L.votes, space=SPACE, lf_names=L.lf_names, fingerprints=L.fingerprints) != L
    change = SPACE.refine("yes", into=["yes", "really"])
    assert change.apply(L).task == lw.Task("spam", change.space)


def test_label_matrices_from_before_tasks_have_none(tmp_path):
    L = lw.LabelMatrix([[0, 1], [1, -1]], space=SPACE)
    old = lw.LabelMatrix.__new__(lw.LabelMatrix)
    slots = ("_fingerprints", "_lf_names", "_space", "_vote_sets", "_votes")
    old.__setstate__((None, {name: getattr(L, name) for name in slots}))
    assert (old.task, old) == (None, L)
    L.to_parquet(tmp_path / "votes.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "votes.parquet").task is None


def test_statistics_of_two_tasks_do_not_add(tmp_path):
    spam, toxic, plain = (lw.LabelMatrix([[0, 1], [1, 1]], space=one) for one in (SPAM, TOXIC, SPACE))
    stats = lw.VoteStatistics.of(spam)
    with pytest.raises(lw.LabelMatrixError, match="statistics of task 'spam' and of task 'toxic' do not add"):
        stats + lw.VoteStatistics.of(toxic, first_row=2)
    assert (stats + lw.VoteStatistics.of(plain, first_row=2)).task == SPAM
    stats.to_npz(tmp_path / "stats.npz")
    read = lw.VoteStatistics.from_npz(tmp_path / "stats.npz")
    assert (read, read.task) == (stats, SPAM)
    assert stats != lw.VoteStatistics.of(plain)


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
@pytest.mark.parametrize("model", [MajorityVote(), DawidSkene(), lw.LabelModel()])
def test_a_label_model_refuses_the_votes_of_another_task(model):
    votes = np.random.default_rng(0).integers(-1, 2, size=(60, 4))
    spam, toxic, plain = (lw.LabelMatrix(votes, space=one) for one in (SPAM, TOXIC, SPACE))
    model.fit(spam)
    assert model.task_ == SPAM
    with pytest.raises(lw.LabelModelError, match=r"is of task 'toxic', but .* was fitted with task 'spam'"):
        model.predict_proba(toxic)
    assert np.array_equal(model.predict_proba(plain), model.predict_proba(spam))
    model.fit_statistics(lw.VoteStatistics.of(toxic))
    assert model.task_ == TOXIC
    assert model.fit(plain).task_ is None
    model.predict_proba(toxic)


def test_votes_for_one_task_never_become_votes_for_another():
    votes = [[0, 1], [1, 1]]
    spam, toxic = lw.LabelMatrix(votes, space=SPAM), lw.LabelMatrix(votes, space=TOXIC)
    with pytest.raises(lw.LabelMatrixError, match="votes for task 'spam' are no votes for task 'toxic'"):
        lw.LabelMatrix(spam, space=TOXIC)
    assert lw.LabelMatrix(spam, space=SPAM) == spam
    assert lw.LabelMatrix(spam.votes, space=TOXIC) == toxic
    with pytest.raises(lw.LabelMatrixError, match="L_old votes on task 'spam' and L_new on task 'toxic'"):
        compare(spam, toxic)


def test_votes_for_sets_of_classes_have_a_task():
    L = lw.LabelMatrix.from_sets([["yes"]], space=SPAM)
    assert (L.task, L.space) == (SPAM, SPAM.space)
