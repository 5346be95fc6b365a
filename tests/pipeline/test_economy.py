"""A run makes everything once, and a run with nothing changed makes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import wraps

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.core import VoteStatistics
from labelwright.end_models import NoiseAwareClassifier
from labelwright.label_models import MajorityVote, WeightedMajorityVote
from labelwright.pipeline import row_reader
from labelwright.pipeline import rows as rows_module
from labelwright.store import ModelStore, SoftLabelStore, ValueStore, VoteStore


@pytest.fixture
def counted(monkeypatch) -> Counter:
    """Count what costs something, by name and what it is about."""
    calls: Counter = Counter()

    def count(owner, name, about=lambda *args: None):
        function = getattr(owner, name)

        @wraps(function)
        def call(*args, **more):
            calls[name, about(*args)] += 1
            return function(*args, **more)

        monkeypatch.setattr(owner, name, call)

    statistics = VoteStatistics.of

    def counting(cls, L, *args, **more):
        calls["statistics", len(L)] += 1
        return statistics(L, *args, **more)

    monkeypatch.setattr(VoteStatistics, "of", classmethod(counting))
    count(SoftLabelStore, "load", lambda store, split, *rest: (store.folder.name, split))
    count(WeightedMajorityVote, "predict_proba", lambda model, L: len(L))
    count(WeightedMajorityVote, "_fit_patterns")
    count(MajorityVote, "_fit_patterns")
    count(NoiseAwareClassifier, "fit")
    count(NoiseAwareClassifier, "predict_proba", lambda model, X: len(X))
    count(ModelStore, "load_label_model")
    count(ModelStore, "read_end_model")
    count(rows_module, "frame_fingerprint", lambda frame: frame.height)
    count(VoteStore, "save_matrix", lambda store, split, matrix: split)
    return calls


def test_a_run_loads_each_label_file_once_and_counts_each_split_once(place, counted):
    place.open().run()
    assert counted["load", ("labels", "train")] == 1
    assert counted["load", ("labels", "test")] == 1
    assert counted["statistics", 45] == 1
    assert counted["statistics", 18] <= 1
    assert counted["frame_fingerprint", 45] == counted["frame_fingerprint", 18] == 1
    assert counted["predict_proba", 45] == 2  # the label model and the end model, once each
    assert counted["fit", None] == 1


def test_a_run_with_nothing_changed_loads_no_library_that_models_are_made_with(place):
    place.open().run()
    code = (
        "import sys; from labelwright.pipeline import Project; "
        f"result = Project.open({str(place.folder)!r}).run(); assert result.trained.cached; "
        "print({'sklearn', 'scipy', 'pandas', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_run_with_nothing_changed_makes_nothing(place, counted):
    first = place.open().run()
    report = first.report.stat()
    counted.clear()
    place.calls()
    again = place.open().run()
    assert place.calls() == {}
    assert again.fitted.cached
    assert again.trained.cached
    assert again.scores == first.scores
    made = {name: n for (name, _), n in counted.items() if name != "load"}
    assert made == {}  # not even the models are read
    np.testing.assert_array_equal(again.fitted.lf_accuracies, first.fitted.lf_accuracies)
    np.testing.assert_array_equal(again.fitted.class_balance, first.fitted.class_balance)
    assert str(again.fitted.report) == str(first.fitted.report)
    assert again.fitted.report.to_dict() == first.fitted.report.to_dict()
    assert counted["load", ("labels", "train")] == counted["load", ("labels", "test")] == 1
    assert counted["load", ("predictions", "train")] == counted["load", ("predictions", "test")] == 0
    kept = again.report.stat()
    assert (kept.st_mtime_ns, kept.st_ino) == (report.st_mtime_ns, report.st_ino)


COMMANDS = {
    "apply": lambda project: project.apply(),
    "analyze": lambda project: project.analyze(),
    "analyze a split": lambda project: project.analyze(split="test"),
    "advise": lambda project: project.advise(),
    "fit": lambda project: project.fit(),
    "train": lambda project: project.train(),
    "export": lambda project: project.export(project.folder / "rows.csv"),
    "predict": lambda project: project.predict(project.folder / "test.parquet"),
    "worth": lambda project: project.worth(draws=2),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("after", ["", "run"])
def test_every_command_makes_and_reads_everything_once_at_most(place, counted, command, after):
    if after or command == "predict":
        place.open().run()
    counted.clear()
    COMMANDS[command](place.open())
    of_all_rows = {
        what: n
        for what, n in counted.items()
        if what[0] in ("load", "load_label_model", "read_end_model", "save_matrix")
        or (what[0] in ("statistics", "frame_fingerprint") and what[1] in (45, 18))
    }
    assert set(of_all_rows.values()) <= {1}
    if after and command not in ("predict", "worth"):
        assert not {name for name, _ in counted} & {"_fit_patterns", "fit", "predict_proba", "statistics"}


# --- what an unchanged file is known by


def test_an_edit_that_leaves_size_and_time_of_a_file_is_not_missed(place):
    (place.folder / "train.csv").write_text("text\ncheck out\nlove song\n")
    before = place.open(train=place.folder / "train.csv").apply().matrices["train"]
    told = (place.folder / "train.csv").stat()
    (place.folder / "train.csv").write_text("text\nlove song\ncheck out\n")
    os.utime(place.folder / "train.csv", ns=(told.st_atime_ns, told.st_mtime_ns))
    now = (place.folder / "train.csv").stat()
    assert (now.st_size, now.st_mtime_ns) == (told.st_size, told.st_mtime_ns)
    after = place.open(train=place.folder / "train.csv").apply().matrices["train"]
    assert after.votes.tolist() == before.votes[::-1].tolist() != before.votes.tolist()


def test_gold_labels_alone_change_the_scores_and_the_report(place):
    first = place.open().run()
    page = first.report.read_text(encoding="utf-8")
    test = place.folder / "test.parquet"
    frame = pl.read_parquet(test)
    frame.with_columns(label=frame["label"].reverse()).write_parquet(test)
    place.calls()
    second = place.open().run()
    assert place.calls() == {}
    assert (second.fitted.cached, second.trained.cached) == (True, True)
    assert second.scores["test"]["end model"].accuracy != first.scores["test"]["end model"].accuracy
    assert second.report.read_text(encoding="utf-8") != page


def test_training_rows_without_gold_labels_are_refused_where_nothing_else_has_any(place):
    path = place.folder / "train.parquet"
    pl.read_parquet(path).drop("label").write_parquet(path)
    place.open().apply()
    place.change_toml('test = "test.parquet"\n', "")
    with pytest.raises(lw.SchemaError, match="no gold column 'label'"):
        place.open().apply()


def test_a_file_that_changes_while_a_run_goes_on_is_an_error(place):
    place.open().run()
    reader = row_reader.RowReader(place.open().settings, None, ValueStore(place.folder / ".labelwright/kept"))
    rows = reader.read("train")
    pl.read_parquet(place.folder / "train.parquet").reverse().write_parquet(place.folder / "train.parquet")
    with pytest.raises(lw.DataError, match="changed while the run was reading"):
        _ = rows.frame


def test_a_hook_may_read_anything_so_its_rows_are_made_anew(place):
    (place.folder / "suffix.txt").write_text("!")
    place.write_lfs(
        "ads",
        tail="import pathlib\nimport polars as pl\n"
        "def prepare(frame, split):\n"
        "    more = pathlib.Path(__file__).with_name('suffix.txt').read_text()\n"
        "    return frame.with_columns(text=pl.col('text') + more)\n"
        "asks = lw.regex('asks', r'[?]$', on='text', vote='SPAM')\n",
    )
    assert not place.open().apply().matrices["train"][:, "asks"].covered.any()
    (place.folder / "suffix.txt").write_text("?")
    assert place.open().apply().matrices["train"][:, "asks"].covered.all()


# --- files that somebody damaged or edited


@pytest.mark.parametrize(
    "name",
    [
        "report.html",
        "votes/train.parquet",
        "labels/test.parquet",
        "predictions/train.parquet",
        "kept/scores-test.json",
        "kept/rows-train.json",
        "kept/report.json",
        "kept/features.json",
        "kept/advice-train.json",
    ],
)
def test_damaged_results_are_made_again(place, name):
    first = place.open().run()
    path = place.folder / ".labelwright" / name
    path.write_text('{"key": "broken"')
    again = place.open().run()
    assert again.scores == first.scores
    assert "<html" in again.report.read_text(encoding="utf-8")
    assert lw.LabelMatrix.from_parquet(again.applied.paths["train"]) == again.applied.matrices["train"]


def test_a_damaged_end_model_is_trained_again(place):
    first = place.open().run()
    first.trained.path.write_bytes(b"broken")
    again = place.open().run()
    assert (again.fitted.cached, again.trained.cached) == (True, False)
    assert place.open().predict(place.folder / "test.parquet").labels.shape == (18,)


def test_advice_is_kept_and_comes_back_as_it_was(place):
    first = place.open().advise()
    assert place.open().advise().to_dict() == first.to_dict()
    assert str(place.open().advise()) == str(first)
    assert (place.folder / ".labelwright" / "kept" / "advice-train.json").exists()
    place.write_lfs("ads", "love")
    assert place.open().advise().lf_names == ("ads", "love", "praise")
