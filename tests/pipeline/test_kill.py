"""A run that is killed, at any moment, loses no finished work and corrupts nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from labelwright.core import Task
from labelwright.pipeline import Project
from labelwright.pipeline.lf_module import load_lf_module
from labelwright.pipeline.row_reader import RowReader
from labelwright.store import Ledger, VoteStore

# The command line, in a process that kills itself at the n-th call of an LF, or right before or after the
# n-th move of a finished file to its place; every file but SQLite's own is written so.
DRIVER = """
import os, pathlib, signal, sys, time
from labelwright._apply import block

block.BLOCK_SECONDS = 0.02
kind, n = sys.argv[1].split()
seen = 0

def deadly(function, *, when):
    def call(*args):
        global seen
        seen += kind == when
        if kind == when and seen == int(n) and when != "after":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args)
        if kind == when and seen == int(n):
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

time.sleep = deadly(time.sleep, when="call")
pathlib.Path.replace = deadly(deadly(pathlib.Path.replace, when="after"), when="before")
from labelwright.cli import main
sys.exit(main(["run", "-C", sys.argv[2], "--quiet", "--yes"]))
"""

HEAD = """
import os, time
import labelwright as lw


def called(name, row):
    with open(os.environ["LABELWRIGHT_TEST_CALLS"], "a") as file:
        file.write(f"{name}:{row}\\n")
    time.sleep(0.001)

"""

LF = """
@lw.labeling_function(columns=["text", "row"])
def {name}(x):
    called("{name}", x.row)
    return {voted!r} if {word!r} in x.text else None

"""

LFS = {"ads": ("SPAM", "check"), "love": ("HAM", "love"), "links": ("SPAM", "http"), "songs": ("HAM", "song")}
TAIL = """
praise = lw.keywords("praise", ["best", "great"], on="text", vote="HAM")

@lw.labeling_function(batch=True, columns=["text", "row"])
def likes(frame):
    for row in frame["row"]:
        called("likes", row)
    return ["HAM" if "best" in text else None for text in frame["text"]]
"""
TEST_ROWS = 1000  # rows of the test split are numbered from here


@pytest.fixture
def slow(place):
    """Give the project LFs that take a while, and rows that know their number."""
    for name, first in (("train", 0), ("test", TEST_ROWS)):
        path = place.folder / f"{name}.parquet"
        pl.read_parquet(path).with_row_index("row", offset=first).write_parquet(path)
    functions = [LF.format(name=name, word=word, voted=voted) for name, (voted, word) in LFS.items()]
    (place.folder / "lfs.py").write_text(HEAD + "".join(functions) + TAIL)
    return place


def run_until_killed(place, moment: str) -> int:
    """Run the command line in a process of its own; "outside 100" kills it from here after so many calls."""
    command = [sys.executable, "-c", DRIVER, moment, str(place.folder)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    kind, n = moment.split()
    while child.poll() is None:
        if kind == "outside" and place.calls_file.exists() and len(place.calls_file.read_text()) > int(n) * 7:
            child.kill()
        time.sleep(0.002)
    return child.wait()


def saved_votes(place) -> set[str]:
    """List the votes that are on disk, as "LF:row"."""
    settings = place.open().settings
    lfs = load_lf_module(settings.lfs).lfs
    store = VoteStore(place.folder / ".labelwright" / "votes")
    reader, found = RowReader(settings, None), set()
    task = Task(settings.chosen.name, reader.space)
    for split, first in (("train", 0), ("test", TEST_ROWS)):
        rows = reader.read(split)
        keys = {lf.name: VoteStore.key(lf.fingerprint, data=rows.fingerprint, task=task) for lf in lfs}
        parts = store.load_parts(rows.fingerprint, keys.values())
        for name, key in keys.items():
            stored = store.load(key, n=len(rows)) or parts.get(key)
            found |= {f"{name}:{first + row}" for row in range(len(stored) if stored else 0)}
    return found


def results(folder: Path) -> dict[str, bytes]:
    """Read every result that does not tell the time."""
    place = folder / ".labelwright"
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.glob("[vl]*/*.parquet"))}


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was_and_ends_like_an_undisturbed_one(slow, tmp_path):
    undisturbed = shutil.copytree(slow.folder, tmp_path / "undisturbed")
    Project.open(undisturbed, progress=False).run()
    assert set(slow.calls().values()) == {1}

    moments = ["outside 100", "after 6", "before 12", "before 4", "after 3"]
    killed = 0
    for moment in [*moments, None]:
        saved = saved_votes(slow)
        if moment is None:
            slow.open().run()
        else:
            code = run_until_killed(slow, moment)
            assert code in (0, -signal.SIGKILL)
            killed += code != 0
        assert not saved & set(slow.calls()), f"{moment}: finished votes were made again"
    assert killed >= 4, "the run ended too early to be killed in all its steps"
    assert results(slow.folder) == results(undisturbed)
    assert len(results(slow.folder)) == 4
    assert not list((slow.folder / ".labelwright").rglob("*.partial"))
    with Ledger(slow.folder / ".labelwright" / "ledger.sqlite") as ledger:
        statuses = [run.status for run in ledger.runs()]
    assert statuses[0] == "done"
    assert statuses.count("interrupted") == killed
