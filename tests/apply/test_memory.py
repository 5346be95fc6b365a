"""Results of preprocessors on disk: once a row, never again, and nothing half."""

import contextlib
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import PreprocessorMemory

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame({"text": ["Buy NOW", "hello", "now or never", "x"], "n": [1, 2, 3, 4]})
CALLS = queue.SimpleQueue()  # counts for nothing in fingerprints, unlike a list


def counted(f, *, name="step", columns=("text",), **settings):
    def step(x):
        CALLS.put(x.text)
        return f(x)

    return lw.preprocessor(name=name, columns=columns, **settings)(step)


def lf(name, f, pre):
    return lw.labeling_function(SPACE, name=name, columns=["text"], pre=pre)(f)


def calls():
    """Return the texts on which a step ran since this was asked last."""
    return [CALLS.get() for _ in range(CALLS.qsize())]


@pytest.fixture(autouse=True)
def _no_calls():
    calls()


def ten(step):
    return [lf(f"lf{i}", lambda x, i=i: 1 if len(x.lower) > i else -1, [step]) for i in range(10)]


def apply(lfs, frame, memory):
    return lw.apply(lfs, frame, progress=False, memory=memory).votes.tolist()


def test_ten_lfs_share_one_run_a_row_and_the_next_run_has_none(tmp_path):
    step = counted(lambda x: {"lower": x.text.lower()}, keep=True)
    first = apply(ten(step), FRAME, tmp_path)
    assert calls() == FRAME["text"].to_list()
    assert apply(ten(step), FRAME, tmp_path) == first
    assert calls() == []
    assert apply(ten(step), FRAME, None) == first


def test_new_rows_run_and_old_ones_do_not_wherever_they_stand(tmp_path):
    step = counted(lambda x: {"lower": x.text.lower()}, keep=True)
    apply(ten(step), FRAME, tmp_path)
    calls()
    more = pl.DataFrame({"text": ["new", "x", "hello"], "n": [7, 8, 9]})
    votes = apply(ten(step), more, tmp_path)
    assert calls() == ["new"]  # other columns than those that are read do not count
    assert votes == apply(ten(step), more, None)


def test_other_code_and_other_columns_are_other_results(tmp_path):
    lower = counted(lambda x: {"lower": x.text.lower()}, keep=True)
    doubled = counted(lambda x: {"lower": x.text.lower() * 2}, keep=True)
    both = counted(lambda x: {"lower": x.text * x.n}, columns=("text", "n"), keep=True)
    for step in (lower, doubled, both):
        assert apply(ten(step), FRAME, tmp_path) == apply(ten(step), FRAME, None)
    calls()
    changed = FRAME.with_columns(pl.Series("n", [1, 2, 3, 9]))
    assert apply(ten(both), changed, tmp_path) == apply(ten(both), changed, None)
    assert calls() == ["x", *FRAME["text"]]  # one row of other content, then all without a memory


def test_a_chain_is_kept_by_what_it_reads_of_the_data(tmp_path):
    lower = counted(lambda x: {"lower": x.text.lower()}, name="lower", keep=True)

    def mark(x):
        x.lower = x.lower + "!" * 3
        return x

    marked = counted(mark, name="mark", columns=("text", "lower"), keep=True)
    lfs = [*ten(lower)[:3], lf("marked", lambda x: 1 if x.lower.endswith("!!!") else 0, [lower, marked])]
    first = apply(lfs, FRAME, tmp_path)
    assert [row[3] for row in first] == [1, 1, 1, 1]
    calls()
    assert apply(lfs, FRAME, tmp_path) == first
    assert calls() == []


def test_quick_steps_are_not_kept_and_slow_ones_are_unless_told_otherwise(tmp_path):
    def slow(x):
        time.sleep(0.002)
        return {"lower": x.text}

    for folder, f, settings, expected in [
        ("quick", lambda x: {"lower": x.text}, {}, 8),
        ("slow", slow, {}, 4),
        ("never", slow, {"keep": False}, 8),
    ]:
        calls()
        step = counted(f, **settings)
        for _ in range(2):
            apply(ten(step), FRAME, tmp_path / folder)
        assert len(calls()) == expected, folder
        assert (tmp_path / folder).exists() == (expected == 4)


def test_failures_are_not_kept(tmp_path):
    def fragile(x):
        if x.text == "hello" and not (tmp_path / "mended").exists():
            raise KeyError("lemma")
        return {"lower": x.text}

    step = counted(fragile, keep=True)
    with pytest.raises(lw.LabelingFunctionFaultError, match="preprocessor 'step'"):
        apply(ten(step), FRAME, tmp_path / "memory")
    (tmp_path / "mended").touch()
    calls()
    apply(ten(step), FRAME, tmp_path / "memory")
    assert "hello" in calls()


def test_a_pickle_in_the_place_of_a_result_is_not_run(tmp_path, payload):
    step = counted(lambda x: {"lower": x.text.lower()}, keep=True)
    first = apply(ten(step), FRAME, tmp_path)
    [file] = tmp_path.glob("*.sqlite")
    for planted in (payload.pickled, b"\xff" * 400):
        shelf, connection = PreprocessorMemory(tmp_path).shelf(file.stem), sqlite3.connect(file)
        keys = [key for (key,) in connection.execute("SELECT key FROM sealed")]
        connection.close()
        shelf.save(dict.fromkeys(keys, planted))  # with a good digest
        shelf.close()
        calls()
        assert apply(ten(step), FRAME, tmp_path) == first
        assert len(calls()) == 4  # made anew, once a text
    assert not payload.ran


def test_types_that_come_back_otherwise_are_not_kept(tmp_path):
    kept = {"when": datetime(2020, 1, 2), "both": ("a", {"b": [1.5, None]}), "raw": b"x", "v": np.arange(3)}
    for more, runs in ((kept, 4), ({"counts": Counter("aab")}, 8), ({"row": FRAME}, 8)):
        step = counted(lambda x, more=more: {"lower": x.text, **more}, keep=True, name=f"{list(more)}")
        calls()
        for _ in range(2):
            assert apply(ten(step), FRAME, tmp_path) == apply(ten(step), FRAME, None)
        assert len(calls()) == runs + 8


def test_what_cannot_be_kept_is_made_anew(tmp_path):
    step = counted(lambda x: {"lower": x.text, "open": lambda: 1}, keep=True)
    for _ in range(2):
        assert apply(ten(step), FRAME, tmp_path) == apply(ten(step), FRAME, None)
    assert len(calls()) == 16


def test_damaged_and_unreadable_files_are_done_without(tmp_path):
    step = counted(lambda x: {"lower": x.text.lower()}, keep=True)
    first = apply(ten(step), FRAME, tmp_path)
    [file] = tmp_path.glob("*.sqlite")
    file.write_bytes(b"no database at all" * 100)
    assert apply(ten(step), FRAME, tmp_path) == first
    assert apply(ten(step), FRAME, tmp_path) == first
    assert len(calls()) == 8  # begun anew once, good after that
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE sealed SET value = x'00'")
    connection.close()
    assert apply(ten(step), FRAME, tmp_path) == first
    assert len(calls()) == 4
    (tmp_path / "a file").touch()
    assert apply(ten(step), FRAME, tmp_path / "a file" / "below") == first


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sealed SET value = (SELECT max(value) FROM sealed)",
        "UPDATE sealed SET value = CAST(x'ff' AS TEXT)",
        "UPDATE sealed SET value = 7",
        "ALTER TABLE sealed RENAME COLUMN value TO valve",
        "another chain's",
    ],
)
def test_results_that_were_moved_or_changed_are_made_again_and_said_once(tmp_path, change):
    told = []
    one, other = (PreprocessorMemory(tmp_path, damaged=told.append).shelf(name) for name in "ab")
    one.save({b"key": b"result", b"lock": b"another"})
    one.close()
    if change == "another chain's":
        (tmp_path / "a.sqlite").rename(tmp_path / "b.sqlite")
        one = other
    else:
        with contextlib.closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
            connection.execute(change)
    found = one.load([b"key", b"lock"])
    assert set(found.items()) < {(b"key", b"result"), (b"lock", b"another")}
    assert len(told) == 1
    one.save({b"key": b"result", b"lock": b"another"})
    assert one.load([b"key", b"lock"]) == {b"key": b"result", b"lock": b"another"}
    assert len(told) == 1


KILLED = """
import sys, time
import polars as pl
import labelwright as lw
from labelwright._apply import block

block.BLOCK_SECONDS = 60.0  # chunks of 1, 16 and all further rows, however slow the machine is

@lw.preprocessor(keep=True)
def slow(x):
    with open(sys.argv[2], "a") as log:
        log.write(x.text + "\\n")
    time.sleep(0.01)
    return {"lower": x.text.lower()}

@lw.labeling_function(pre=[slow])
def long(x):
    return 1 if len(x.lower) > 4 else -1

frame = pl.DataFrame({"text": [f"text {i}" for i in range(100)]})
print(lw.apply([long], frame, progress=False, memory=sys.argv[1]).votes.sum())
"""


def test_a_killed_run_loses_no_finished_block_and_leaves_nothing_half(tmp_path):
    (tmp_path / "job.py").write_text(KILLED)
    log, folder = tmp_path / "log", tmp_path / "memory"
    command = [sys.executable, str(tmp_path / "job.py"), str(folder), str(log)]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    while not log.exists() or len(log.read_text().splitlines()) < 70:
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = log.read_text().splitlines()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    again = log.read_text().splitlines()[len(before) :]
    assert done.stdout.strip() == "100"
    assert len(again) == 100 - 17  # chunks of 1 and 16 rows were on disk
    assert set(before) | set(again) == {f"text {i}" for i in range(100)}


def test_a_memory_can_be_used_by_two_runs_at_once(tmp_path):
    one, other = PreprocessorMemory(tmp_path), PreprocessorMemory(tmp_path)
    one.shelf("a").save({b"1": b"x"})
    other.shelf("a").save({b"2": b"y"})
    assert one.shelf("a").load([b"1", b"2", b"3"]) == {b"1": b"x", b"2": b"y"}
    one.close()
    other.close()
