import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import labelwright as lw
from labelwright.end_models import NoiseAwareClassifier
from labelwright.label_models import MajorityVote
from labelwright.store import (
    FaultRecord,
    Ledger,
    LFRun,
    LFVersion,
    Metric,
    ModelStore,
    ProjectLock,
    SoftLabels,
    SoftLabelStore,
    StoredVotes,
    ValueStore,
    VoteStore,
    content_key,
    opened_ledger,
    remove_partials,
    write_atomically,
    write_text,
)
from labelwright.store.ledger import MIGRATIONS

SPACE = lw.LabelSpace(["HAM", "SPAM"])


def votes(*values: int) -> StoredVotes:
    return StoredVotes(np.array(values, dtype=np.int8), seconds=0.5)


# --- files


def test_a_failed_write_leaves_the_old_file_and_no_partial(tmp_path):
    place = tmp_path / "a.txt"
    write_text(place, "old")

    def fails(partial):
        partial.write_text("half")
        raise OSError("no space left on device")

    with pytest.raises(lw.StoreError, match=r"cannot write .*no space left"):
        write_atomically(place, fails)
    assert place.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_partials_of_killed_writers_are_removed_and_nothing_else(tmp_path):
    (tmp_path / "votes").mkdir()
    (tmp_path / "votes" / ".x.parquet.77.partial").touch()
    (tmp_path / "x.partial.txt").touch()
    assert remove_partials(tmp_path) == 1
    assert (tmp_path / "x.partial.txt").exists()


def test_a_folder_in_the_place_of_a_file_is_a_store_error(tmp_path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(lw.StoreError, match=r"report\.html"):
        write_text(tmp_path / "report.html", "x")


@pytest.mark.parametrize(
    ("one", "other"), [(["a", "b"], ["ab"]), ([1], ["1"]), ([{"a": 1}], [{"a": 2}]), ([["a"]], ["a"])]
)
def test_keys_differ_where_the_parts_differ(one, other):
    assert content_key(*one) != content_key(*other)


# --- lock


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path):
    place = tmp_path / "lock"
    with (
        ProjectLock(place),
        pytest.raises(lw.StoreError, match=rf"process {os.getpid()}"),
        ProjectLock(place),
    ):
        pass
    with ProjectLock(place):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    place = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from labelwright.store import ProjectLock\n"
        "with ProjectLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(lw.StoreError, match=f"process {child.pid}"), ProjectLock(place):
            pass
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    with ProjectLock(place):
        pass


# --- votes


def test_votes_come_back_with_what_is_known_about_them(tmp_path):
    store = VoteStore(tmp_path)
    stored = StoredVotes(
        np.array([1, -1, 0], dtype=np.int8),
        1.5,
        1,
        (FaultRecord(1, "ZeroDivisionError: x", "Traceback ..."),),
    )
    store.save("k", stored)
    back = store.load("k", n=3)
    assert back.votes.dtype == np.int8
    assert back.votes.tolist() == [1, -1, 0]
    assert (back.seconds, back.n_faults, back.faults) == (1.5, 1, stored.faults)


def test_votes_of_another_number_of_rows_or_a_damaged_file_count_as_missing(tmp_path):
    store = VoteStore(tmp_path)
    store.save("k", votes(1, 0))
    assert store.load("k", n=3) is None
    path = tmp_path / "columns" / "k.parquet"
    path.write_bytes(path.read_bytes()[:40])
    assert store.load("k", n=2) is None


def test_a_key_depends_on_the_rows_the_lf_the_task_and_the_order_of_classes():
    task = lw.Task("spam", SPACE)
    keys = {
        VoteStore.key("f", data="d", task=task),
        VoteStore.key("g", data="d", task=task),
        VoteStore.key("f", data="e", task=task),
        VoteStore.key("f", data="d", task=lw.Task("spam", ["SPAM", "HAM"])),
        VoteStore.key("f", data="d", task=lw.Task("toxic", SPACE)),
        content_key("votes", "f", "d", list(SPACE.names)),  # as versions had it that knew of no tasks
    }
    assert len(keys) == 6
    described = lw.Task("spam", SPACE, "Is it an advertisement?")
    assert VoteStore.key("f", data="d", task=described) == VoteStore.key("f", data="d", task=task)


def test_parts_make_a_prefix_without_gaps_for_each_key(tmp_path):
    store = VoteStore(tmp_path)
    store.save_part("d", 0, {"a": votes(1, 1), "b": votes(0, 0)})
    store.save_part("d", 2, {"a": votes(-1)})
    store.save_part("d", 5, {"a": votes(1), "b": votes(1)})
    store.save_part("other", 2, {"b": votes(1)})
    found = store.load_parts("d", ["a", "b", "c"])
    assert {key: stored.votes.tolist() for key, stored in found.items()} == {"a": [1, 1, -1], "b": [0, 0]}
    assert found["a"].seconds == 1.0
    store.drop_parts("d")
    assert store.load_parts("d", ["a"]) == {}
    assert list(store.load_parts("other", ["b"])) == []


def test_a_damaged_part_ends_the_prefix(tmp_path):
    store = VoteStore(tmp_path)
    for start in range(3):
        store.save_part("d", start, {"a": votes(1)})
    broken = sorted((tmp_path / "parts" / "d").iterdir())[1]
    broken.write_bytes(b"PAR1 nonsense")
    assert store.load_parts("d", ["a"])["a"].votes.tolist() == [1]


def test_the_label_matrix_is_written_only_when_it_changed(tmp_path):
    store = VoteStore(tmp_path)
    matrix = lw.LabelMatrix([[1, -1]], space=SPACE, lf_names=["a", "b"])
    store.save_matrix("train", matrix)
    before = store.matrix_path("train").stat().st_ino
    store.save_matrix("train", matrix)
    assert store.matrix_path("train").stat().st_ino == before
    store.save_matrix("train", matrix.drop_lf("b"))
    assert lw.LabelMatrix.from_parquet(store.matrix_path("train")).lf_names == ("a",)


# --- labels and models


def test_a_class_named_covered_keeps_its_column(tmp_path):
    space = lw.LabelSpace(["covered", "not"])
    store = SoftLabelStore(tmp_path)
    store.save("train", SoftLabels(np.array([[0.25, 0.75]]), np.array([False]), space, "k"))
    back = store.load("train", key="k", space=space)
    assert back.probabilities.tolist() == [[0.25, 0.75]]
    assert back.covered.tolist() == [False]


@pytest.fixture
def model():
    return MajorityVote().fit([[0, 1, 1], [1, 1, 1], [0, 0, 1]])


def test_a_new_model_replaces_the_old_one_of_its_role(tmp_path, model):
    store, learner = ModelStore(tmp_path), NoiseAwareClassifier(LogisticRegression())
    (tmp_path / "end_model-0123.joblib").touch()  # as older versions kept them
    store.save_label_model("a" * 32, model)
    store.save_end_model("b" * 32, learner, {"name": "first"})
    store.save_end_model("c" * 32, learner, {"name": "second"})
    assert sorted(path.name[:11] for path in tmp_path.iterdir()) == ["end_model-c", "label_model"]
    assert store.latest("end_model") == store.path("end_model", "c" * 32)
    kept = store.read_end_model(store.path("end_model", "c" * 32))
    assert (repr(kept.model), kept.about) == (repr(learner), {"name": "second"})
    assert store.load_label_model("b" * 32) is None


def test_a_damaged_model_is_refused_and_says_what_to_do(tmp_path, model):
    store = ModelStore(tmp_path)
    store.save_label_model("a" * 32, model)
    path = store.path("label_model", "a" * 32)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(lw.StoreError, match=r"cannot read .*; fit the model again, or take another copy"):
        store.load_label_model("a" * 32)
    with pytest.raises(lw.StoreError, match=r"cannot read .*; train it again, or take another copy"):
        store.read_end_model(path)


def test_links_in_the_place_of_models_are_refused(tmp_path, model):
    there, here = ModelStore(tmp_path / "there"), ModelStore(tmp_path / "here")
    there.save_label_model("a" * 32, model)
    here.folder.mkdir()
    here.path("label_model", "a" * 32).symlink_to(there.path("label_model", "a" * 32))
    here.path("label_model", "b" * 32).symlink_to(tmp_path / "nowhere")
    for key in ("a" * 32, "b" * 32):
        with pytest.raises(lw.StoreError, match="symbolic link"):
            here.load_label_model(key)
    here.save_label_model("a" * 32, model)
    assert not here.path("label_model", "a" * 32).is_symlink()
    assert there.load_label_model("a" * 32) is not None


# --- ledger


def version(fingerprint: str = "f1", name: str = "url") -> LFVersion:
    return LFVersion(
        fingerprint=fingerprint, name=name, kind="regex", description="votes SPAM", source="regex(...)"
    )


def test_the_ledger_keeps_versions_runs_lfs_and_metrics(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        run = ledger.start_run("run", settings={"seed": 3}, versions={"labelwright": "0"})
        ledger.record_data(run, "train", fingerprint="d", rows=7)
        ledger.record_lf_versions([version()])
        record = LFRun(
            task="spam",
            split="train",
            position=0,
            name="url",
            fingerprint="f1",
            seconds=0.25,
            faults=2,
            cached=True,
        )
        other = replace(record, task="toxic", name="slur")
        ledger.record_lf_runs(run, [record, other])
        numbers = [Metric(task=task, split="test", model="m", metric="f1", value=0.5) for task in ("a", "b")]
        ledger.record_metrics(run, numbers)
        ledger.finish_run(run, "failed", error="it broke")
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        (found,) = ledger.runs()
        assert (found.status, found.error, found.settings) == ("failed", "it broke", {"seed": 3})
        assert ledger.data(run) == {"train": ("d", 7)}
        assert ledger.lf_runs(run) == [record, other]
        assert ledger.metrics(run) == numbers
        assert ledger.lf_versions("url")[0].source == "regex(...)"


def test_a_known_lf_version_keeps_the_time_it_was_first_seen(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.record_lf_versions([version()])
        first = ledger.lf_versions()[0].first_seen
        time.sleep(0.005)
        ledger.record_lf_versions([version(), version("f2")])
        assert [(found.fingerprint, found.first_seen == first) for found in ledger.lf_versions("url")] == [
            ("f1", True),
            ("f2", False),
        ]


def test_runs_that_never_ended_are_marked(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        done = ledger.start_run("run", settings={}, versions={})
        ledger.finish_run(done, "done")
        ledger.start_run("apply", settings={}, versions={})
        assert ledger.mark_interrupted() == 1
        assert [run.status for run in ledger.runs()] == ["interrupted", "done"]


def test_a_ledger_of_a_newer_version_is_refused_untouched(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(lw.StoreError, match=r"version 99.*upgrade labelwright"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_before_tasks_is_brought_up_to_date(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as db:
        for statement in MIGRATIONS[0]:
            db.execute(statement)
        db.execute("INSERT INTO runs VALUES (1, 'run', 'done', 'then', 'later', NULL, '{}', '{}')")
        db.execute("INSERT INTO run_lfs VALUES (1, 'train', 0, 'url', 'f1', 0.5, 2, 0)")
        db.execute("INSERT INTO metrics VALUES (1, 'test', 'end model', 'accuracy', 0.9)")
        db.execute("PRAGMA user_version = 1")
    db.close()
    for _ in range(2):
        with Ledger(path) as ledger:
            (lf,) = ledger.lf_runs(1)
            assert (lf.task, lf.split, lf.name, lf.fingerprint, lf.faults) == ("", "train", "url", "f1", 2)
            assert ledger.metrics(1) == [
                Metric(task="", split="test", model="end model", metric="accuracy", value=0.9)
            ]
            assert ledger.runs()[0].command == "run"


def test_a_damaged_ledger_says_what_to_do_or_is_set_aside(tmp_path):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(lw.StoreError, match="move it away and run again"):
        Ledger(path)
    told = []
    kept = ValueStore(tmp_path / "kept")
    with opened_ledger(path, kept, damaged=told.append) as ledger:
        assert ledger.runs() == []
    assert [str(one).endswith("it is now 'ledger.damaged.sqlite'") for one in told] == [True]
    assert (tmp_path / "ledger.damaged.sqlite").read_bytes().startswith(b"this is no database")


def test_the_ledger_of_another_project_is_set_aside_and_a_new_one_is_not(tmp_path):
    told, kept, path = [], ValueStore(tmp_path / "kept"), tmp_path / "ledger.sqlite"
    for _ in range(2):
        opened_ledger(path, kept, damaged=told.append).close()
    path.unlink()
    opened_ledger(path, kept, damaged=told.append).close()
    assert told == []
    with Ledger(tmp_path / "other.sqlite") as other:
        other.start_run("run", settings={}, versions={})
    (tmp_path / "other.sqlite").replace(path)
    for _ in range(2):
        with opened_ledger(path, kept, damaged=told.append) as ledger:
            assert ledger.runs() == []
    assert [str(one).partition("' ")[2] for one in told] == [
        "is that of another project; it is now 'ledger.damaged.sqlite'"
    ]


def test_a_run_that_is_missing_in_a_ledger_is_said(tmp_path):
    told = []
    with Ledger(tmp_path / "ledger.sqlite", damaged=told.append) as ledger:
        for _ in range(3):
            ledger.finish_run(ledger.start_run("run", settings={}, versions={}), "done")
        ledger._db.execute("DELETE FROM runs WHERE id = 2")
        assert [run.id for run in ledger.runs()] == [3, 1]
    assert [str(one).partition(" in ")[0] for one in told] == ["runs before run 3 are missing"]
