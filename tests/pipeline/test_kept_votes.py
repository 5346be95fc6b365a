"""When kept votes count, and what is made of them: by what they hold, not by how they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

import labelwright as lw
import labelwright._reads
from labelwright import LabelwrightError, Project, ProjectError


def test_what_is_made_of_equal_votes_is_kept_and_of_other_votes_never(place):
    assert not place.open().fit().cached
    place.write_lfs("ads", "love", "links", "songs", ads="chec")  # other code, the same votes
    project = place.open()
    assert project.apply().ran == 1
    assert project.fit().cached
    place.write_lfs("ads", "love", "links", "songs", ads="buy")
    assert not place.open().fit().cached


def test_votes_of_another_version_are_not_taken(place, monkeypatch):
    place.open().apply()
    place.calls()
    place.open().apply()
    assert not place.calls()
    monkeypatch.setattr(labelwright._reads, "__version__", "9.9.9")
    assert place.open().apply().ran == 5
    assert place.calls()


def test_force_runs_labeling_functions_whatever_is_kept(place):
    project = place.open()
    project.fit()
    place.calls()
    assert project.apply(force="ads").ran == 1
    assert set(place.calls()) == {"ads"}
    assert project.apply(force=["ads", "praise"]).ran == 2
    assert set(place.calls()) == {"ads"}
    assert project.fit(force=True).cached  # made anew, the votes are the same
    assert place.calls() == {"ads": 63, "love": 63, "links": 63, "songs": 63}
    with pytest.raises(ProjectError, match="the project has no LF 'adds'; did you mean 'ads'"):
        project.fit(force=["adds"])


# --- what LFs read beside the row

READERS = """
import functools
import os
from pathlib import Path

import polars as pl
import labelwright as lw

HERE = Path(__file__).parent


@functools.lru_cache
def words():
    return (HERE / "words.txt").read_text().split()


@lw.labeling_function(columns=["text"])
def in_body(x):
    return "SPAM" if any(word in x.text for word in (HERE / "words.txt").read_text().split()) else None


@lw.labeling_function(columns=["text"])
def first(x):
    return "SPAM" if any(word in x.text for word in words()) else None


@lw.labeling_function(columns=["text"])
def second(x):
    return "HAM" if not any(word in x.text for word in words()) else None


@lw.labeling_function(columns=["text"], batch=True)
def in_batch(frame):
    return ["SPAM" if any(word in text for word in words()) else None for text in frame["text"]]


@lw.preprocessor(columns=["text"], keep=True)
def found(x):
    return {"found": [word for word in (HERE / "words.txt").read_text().split() if word in x.text]}


@lw.labeling_function(columns=["text"], pre=[found])
def prepared(x):
    return "SPAM" if x.found else None


inside = lw.expression(
    "inside",
    pl.col("text").map_elements(
        lambda text: any(word in text for word in (HERE / "words.txt").read_text().split()),
        return_dtype=pl.Boolean,
    ),
    vote="SPAM",
)
hidden = lw.labeling_function(columns=["text"], name="hidden")(
    lambda x: "SPAM" if any(word in x.text for word in (HERE / "words.txt").read_text().split()) else None
)
reader = lw.from_votes("reader", [hidden], pl.col("hidden").is_not_null(), vote="SPAM")
asks = lw.labeling_function(columns=["text"], name="asks")(
    lambda x: "SPAM" if os.environ.get("LABELWRIGHT_TEST_WORD", "check") in x.text else None
)
plain = lw.labeling_function(columns=["text"], name="plain")(lambda x: "HAM" if "love" in x.text else None)
lfs = [in_body, first, second, in_batch, prepared, inside, reader, asks, plain]
"""
OF_THE_FILE = {"in_body", "first", "second", "in_batch", "prepared", "inside", "reader"}


def ran(project) -> set[str]:
    outcomes = project.apply().outcomes
    return {lf.name for lfs in outcomes.values() for lf in lfs if not lf.cached}


@pytest.fixture
def readers(place, monkeypatch):
    monkeypatch.delenv("LABELWRIGHT_TEST_WORD", raising=False)
    (place.folder / "words.txt").write_text("check http")
    (place.folder / "lfs.py").write_text(READERS)
    return place


def test_votes_hold_as_long_as_what_was_read_for_them(readers, monkeypatch):
    said: list[str] = []
    project = readers.open(notify=said.append)
    assert len(ran(project)) == 9
    assert ran(project) == set()
    before = project.apply().matrices["train"].votes.copy()
    (readers.folder / "words.txt").write_text("love song!")  # as many characters as before
    said.clear()
    assert ran(project) == OF_THE_FILE
    told = [line for line in said if "runs anew" in line]
    assert "votes: LF 'in_body' runs anew: file 'words.txt' changed" in told
    assert len(told) == len(set(told)) == len(OF_THE_FILE) - 1 + 1
    found = project.apply().matrices["train"].votes
    assert (found[:, :7] != before[:, :7]).any(axis=0).all()
    assert (found[:, 7:] == before[:, 7:]).all()
    monkeypatch.setenv("LABELWRIGHT_TEST_WORD", "song")
    assert ran(project) == {"asks"}
    (readers.folder / "words.txt").unlink()
    (readers.folder / "lfs.py").write_text(READERS.replace('"love"', '"song"'))
    with pytest.raises(LabelwrightError, match="No such file"):
        project.apply()


def test_who_is_edited_alone_reads_for_itself(readers):
    project = readers.open()
    project.apply()
    (readers.folder / "lfs.py").write_text(
        READERS.replace('return "HAM" if not', 'return "HAM" if  not any([]) and not')
    )
    assert ran(project) == {"second"}
    (readers.folder / "words.txt").write_text("love")
    assert ran(project) == OF_THE_FILE


def test_a_project_is_moved_with_the_files_that_its_lfs_read(place, tmp_path, monkeypatch):
    (place.folder / "words.txt").write_text("check")
    one = "lambda x: 'SPAM' if pathlib.Path('words.txt').read_text() in x.text else None"
    place.write_lfs(head="import pathlib\n", tail=f"one = lw.labeling_function(name='one')({one})\n")
    monkeypatch.chdir(place.folder)
    assert ran(place.open()) == {"one"}
    moved = place.folder.rename(tmp_path / "moved")
    monkeypatch.chdir(moved)
    assert ran(Project.open(moved, progress=False)) == set()


UNREPEATABLE = {
    "chance": ("import random", "random.random() < 2", "draws at random: random.random"),
    "clock": ("import time", "time.time() > 0", "reads the clock: time.time"),
    "process": ("import subprocess", "subprocess.call(['true']) == 0", "starts a process"),
    "time of a file": ("import os", "os.path.getmtime(CSV) > 0", "looks at the time of"),
    "through polars": ("from polars import read_csv", "read_csv(CSV).height", "reads what is neither"),
}


QUICK = ("chance", "process")


@pytest.mark.parametrize(
    "kind", [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in UNREPEATABLE]
)
def test_what_no_record_can_hold_runs_in_every_run_and_is_said_once(place, kind):
    head, condition, said = UNREPEATABLE[kind]
    (place.folder / "words.csv").write_text("word\ncheck\n")
    text = f"{head}\nimport labelwright as lw\nCSV = {str(place.folder / 'words.csv')!r}\n"
    text += (
        "@lw.labeling_function({declared})\ndef asks(x):\n    return 'SPAM' if " + condition + " else None\n"
    )
    lines: list[str] = []
    project = place.open(notify=lines.append)
    ways = (("", True), ("deterministic=True", False), ("version=1", False))
    for declared, again in ways if kind == "chance" else ways[:1]:
        (place.folder / "lfs.py").write_text(text.format(declared=declared))
        ran(project)
        lines.clear()
        assert ran(project) == ({"asks"} if again else set())
        told = [line for line in lines if "runs in every run" in line]
        assert len(told) == again
        assert all("'asks'" in line and said in line for line in told)
    if kind == "chance":
        (place.folder / "lfs.py").write_text(text.format(declared="version=2"))
        assert ran(project) == {"asks"}


def test_results_of_a_preprocessor_that_asks_the_clock_are_not_kept(place):
    head = "import time\nimport labelwright as lw\n"
    body = "def now(x):\n    called('now')\n    return {'now': time.time()}\n\n"
    tail = "late = lw.labeling_function(name='late', pre=[now])(lambda x: 'HAM' if x.now > 0 else None)\n"
    called = "import os\ndef called(name):\n    log = open(os.environ['LABELWRIGHT_TEST_CALLS'], 'a')\n"
    called += "    log.write(name + '\\n')\n"
    for declared, again in (("keep=True", 63), ("keep=True, deterministic=True", 0)):
        (place.folder / "lfs.py").write_text(f"{head}{called}@lw.preprocessor({declared})\n{body}{tail}")
        place.open().apply()
        place.calls()
        place.open().apply()
        assert place.calls()["now"] == again


# --- why


def test_why_tells_what_votes_are_kept_by_and_what_changed(readers, monkeypatch):
    project = readers.open()
    assert not project.why("first").ran
    project.apply()
    found = project.why("first")
    assert {"first (lfs.py)", "words (lfs.py)"} <= set(found.parts)
    assert found.to_dict()["files"].keys() == {"words.txt"}
    assert {"labelwright", "Python", "polars"} <= set(found.versions)
    assert (found.ran, found.changes, found.unknowable) == (True, (), ())
    assert "its votes are kept" in repr(found)
    assert project.why("asks").variables == {"LABELWRIGHT_TEST_WORD": None}
    (readers.folder / "words.txt").write_text("love")
    lfs = (
        (readers.folder / "lfs.py")
        .read_text()
        .replace(".read_text().split()\n\n\n@lw", ".read_text().split()[:1]\n\n\n@lw")
    )
    (readers.folder / "lfs.py").write_text(lfs.replace('"love"', '"song"'))
    monkeypatch.setattr(labelwright._reads, "__version__", "9.9.9")
    changes = project.why("first").changes
    assert changes == (
        "labelwright was 0.2.0.dev0 and is 9.9.9",
        "words (lfs.py) changed",
        "file 'words.txt' changed",
    )
    assert project.why("plain").changes[1:] == ("<lambda> (lfs.py) changed",)
    assert "Changed: words (lfs.py) changed" in repr(project.why("first"))
    with pytest.raises(ProjectError, match="no LF 'frst'; did you mean 'first'"):
        project.why("frst")


def test_what_is_read_for_each_row_is_written_down_once(place):
    """Blocks hold what they read beyond earlier ones: who opens a file a row shall not fill the disk."""
    from labelwright._apply import ApplyReport, apply_blocks

    files = [place.folder / f"{i}.txt" for i in range(30)]
    for file in files:
        file.write_text("check")
    lf = lw.labeling_function(columns=["path"], name="a")(lambda x: 1 if Path(x.path).read_text() else None)
    rows = {"path": [str(file) for file in files]}
    blocks = apply_blocks([lf], rows, block_rows=10, progress=False, report=ApplyReport(), watch=True)
    assert [len(block.reads["a"].files) for block in blocks] == [10, 10, 10]
