"""Whatever changes what an LF does reaches its votes, also where its own text stays as it is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.pipeline.staleness.change import AFTER, BEFORE, VOTES, Change, word
from tests.pipeline.staleness.code import CODE
from tests.pipeline.staleness.files import ENVIRONMENT, FILES, PROCESS, UNKNOWABLE
from tests.pipeline.staleness.steps import FACTORIES, PREPARE, PREPROCESSORS
from tests.pipeline.staleness.values import VALUES

from labelwright.pipeline import Project

CHANGES: dict[str, Change] = CODE | VALUES | FILES | ENVIRONMENT | UNKNOWABLE | PREPROCESSORS | PREPARE
QUICK = {
    "a name of a module",
    "an import of a package in the body",
    "importlib.import_module",
    "globals()",
    "a package of equal size and time",
    "an attribute of a function",
    "an attribute of a metaclass",
    "an object that hides its state",
    "the sign of zero",
    "a generator",
    "a subclass of str",
    "the mask of an array",
    "a function within an expression",
    "a function within a fold",
    "a file of equal size and time",
    "a database",
    "pl.scan_csv",
    "a cached helper that another LF called first",
    "a file read by map_elements",
    "a file that was not there",
    "whether there is a file",
    "the names in a folder",
    "os.environ",
    "a process",
    "the clock",
    "a preprocessor: a file",
    "prepare: a file",
}
"""What the default run tries, one of a kind; the others are slow by their number."""


def params(changes):
    for name, change in changes.items():
        if change.alone:
            continue
        marks = [] if name in QUICK else [pytest.mark.slow]
        yield pytest.param(name, marks=marks, id=name)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a project folder that Python looks into, as in a notebook that lies there."""
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    if "TZ" in os.environ:
        monkeypatch.delenv("TZ")
        time.tzset()
    for name, module in list(sys.modules.items()):
        if str(tmp_path) in str(getattr(module, "__file__", None)):
            del sys.modules[name]


@pytest.fixture
def served(monkeypatch):
    """A server that says what an environment variable holds."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setenv("GUESS_PORT", str(server.getsockname()[1]))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(os.environ.get("GUESS_SERVED", "").encode())

    threading.Thread(target=serve, daemon=True).start()
    with closing(server):
        yield


def write(change: Change, folder: Path, word: str, monkeypatch) -> None:
    """Write a project for a word, where wanted with files as old as those before."""
    times = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    change.write(folder, word)
    for name, text in change.variables.items():
        monkeypatch.setenv(name, text.replace(BEFORE, word))
    if change.same_time:
        for path, was in times.items():
            if path.exists() and path.name != "time":  # whose time is all that changes
                os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def voted(folder: Path) -> tuple[list[int], bool, list[str]]:
    """Return the votes of ``guess``, whether they were kept, and the lines that were told."""
    told: list[str] = []
    applied = Project.open(folder, progress=False, notify=told.append).apply()
    matrix = applied.matrices["train"]
    place = matrix.lf_names.index("guess")
    return matrix.votes[:, place].tolist(), applied.outcomes["train"][place].cached, told


@pytest.mark.parametrize("name", list(params(CHANGES)))
def test_no_change_of_what_an_lf_does_leaves_its_votes(name, folder, monkeypatch, request):
    change = CHANGES[name]
    for library in change.libraries:
        pytest.importorskip(library)
    if "GUESS_SERVED" in change.variables:
        request.getfixturevalue("served")
    write(change, folder, BEFORE, monkeypatch)
    votes, cached, first = voted(folder)
    assert votes == VOTES[BEFORE]
    assert not cached
    write(change, folder, AFTER, monkeypatch)
    votes, cached, second = voted(folder)
    if change.announced:
        assert any("guess" in line for line in first + second), "in silence"
        assert not cached
    if not change.announced or change.files or change.variables:
        assert votes == VOTES[AFTER]


def predicted(folder: Path) -> tuple[list[list[float]], list[str]]:
    """Return what the end model says of the training rows, as it is kept, too, and the lines told."""
    told: list[str] = []
    project = Project.open(folder, progress=False, notify=told.append)
    project.run()
    said = project.predict(folder / "train.csv").probabilities
    kept = pl.read_parquet(folder / ".labelwright" / "predictions" / "train.parquet")
    assert kept.select("NO", "YES").to_numpy().tolist() == said.tolist()
    return said.tolist(), told


@pytest.mark.parametrize("name", list(params(FACTORIES)))
def test_no_change_of_how_an_end_model_is_made_leaves_it(name, folder, monkeypatch):
    change = FACTORIES[name]
    write(change, folder, BEFORE, monkeypatch)
    before, first = predicted(folder)
    write(change, folder, AFTER, monkeypatch)
    after, second = predicted(folder)
    if change.announced:
        assert any("end model" in line for line in first + second)
    assert after != before


@pytest.mark.slow
def test_a_package_that_a_factory_names_is_upgraded(folder, monkeypatch):
    write(FACTORIES["a factory: a file that training reads"], folder, BEFORE, monkeypatch)
    predicted(folder)
    assert not any("made anew" in line for line in predicted(folder)[1])
    monkeypatch.setattr("labelwright._reads.version_now", lambda name, was: "99.0")
    told = predicted(folder)[1]
    assert any("made anew; package 'sklearn' was" in line and "is 99.0" in line for line in told)


@pytest.mark.slow
def test_a_word_for_a_factory_keeps_what_no_record_holds(folder, monkeypatch):
    write(FACTORIES["a factory: a process"], folder, BEFORE, monkeypatch)
    toml = folder / "labelwright.toml"
    toml.write_text(toml.read_text() + 'version = "1"\n')
    predicted(folder)
    assert any("nothing changed" in line for line in predicted(folder)[1] if "end model" in line)
    toml.write_text(toml.read_text().replace('version = "1"', 'version = "2"'))
    assert any("trained in" in line for line in predicted(folder)[1])


# --- what the others are not: nothing changes, so that nothing runs

STILL = {
    "a helper": word("WORD", "from helper import WORD", {"helper": f'WORD = "{BEFORE}"\n'}),
    "a package": word(
        "pkg.words.WORD", "import pkg.words", {"pkg/__init__.py": "", "pkg/words.py": f'WORD = "{BEFORE}"\n'}
    ),
    "a file": word('(HERE / "word.txt").read_text()', "", {"word.txt": BEFORE}),
    "a variable": word('os.environ["GUESS_WORD"]', "import os", variables={"GUESS_WORD": BEFORE}),
    "the environment under a name": word(
        'there["GUESS_WORD"]', "from os import environ as there", variables={"GUESS_WORD": BEFORE}
    ),
    "whether there is a file": word('("omega" if (HERE / "no.txt").exists() else "alpha")'),
    "an object": word("Words().word", f'class Words:\n    word = "{BEFORE}"\n'),
    "a library": word('np.array(["alpha"])[0]', "import numpy as np"),
    "a file by its place past links": word(
        '(Path(__file__).resolve().parent / "word.txt").read_text()', "", {"word.txt": BEFORE}
    ),
    "a column of polars": word(
        'pl.select(pl.lit("alpha").alias("a")).select(pl.col("a")).item()', "import polars as pl"
    ),
    "a file on one's own word": word(
        '(HERE / "word.txt").read_text()', "", {"word.txt": BEFORE}, decorated="deterministic=True"
    ),
    "the clock on one's own word": word('(time.time() and "alpha")', "import time", decorated='version="1"'),
    "a process on one's own word": word("find()", PROCESS, {"word.txt": BEFORE}, decorated='version="1"'),
}
STILL_QUICK = ("a file", "a process on one's own word")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in STILL_QUICK else pytest.mark.slow) for name in STILL]
)
def test_where_nothing_changes_nothing_runs_and_nothing_is_said(name, folder, monkeypatch):
    change = STILL[name]
    write(change, folder, BEFORE, monkeypatch)
    assert voted(folder)[0] == VOTES[BEFORE]
    for path in folder.rglob("*.*"):
        if path.suffix in (".py", ".txt"):
            path.touch()  # a later time is no other content
    (folder / "notes.txt").write_text("of nobody")
    monkeypatch.setenv("GUESS_OTHER", "of nobody")
    votes, cached, told = voted(folder)
    assert (votes, cached) == (VOTES[BEFORE], True)
    assert not any("guess" in line for line in told)
    assert Project.open(folder, progress=False).apply(force=["guess"]).outcomes["train"][0].cached is False


def test_a_word_for_an_lf_is_part_of_its_key(folder, monkeypatch):
    project = word('(time.time() and "alpha")', "import time", decorated='version="1"')
    write(project, folder, BEFORE, monkeypatch)
    assert voted(folder)[1] is False
    text = (folder / "lfs.py").read_text()
    (folder / "lfs.py").write_text(text.replace('version="1"', 'version="2"'))
    assert voted(folder)[1] is False
    assert voted(folder)[1] is True


VERSIONS = {
    "labelwright": "labelwright._reads.__version__",
    "polars": "polars.__version__",
    "python": "sys.version_info",
}


@pytest.mark.slow
@pytest.mark.parametrize("package", VERSIONS)
def test_votes_of_other_versions_are_made_again(package, folder, monkeypatch):
    write(word('"alpha"'), folder, BEFORE, monkeypatch)
    voted(folder)
    monkeypatch.setattr(VERSIONS[package], (9, 9, 9) if package == "python" else "9.9.9")
    assert voted(folder)[1] is False


# --- in new processes, which share nothing but the disk

DRIVER = """
import json, os, sys
from labelwright.pipeline import Project

for line in sys.stdin:
    folder, variables = json.loads(line)
    os.environ.update(variables)
    paths = [folder, os.path.join(folder, "site-packages")]
    sys.path[:0] = paths
    told = []
    try:
        applied = Project.open(folder, progress=False, notify=told.append).apply()
        matrix = applied.matrices["train"]
        place = matrix.lf_names.index("guess")
        found = matrix.votes[:, place].tolist(), applied.outcomes["train"][place].cached, told
    except Exception as error:
        found = [], False, [repr(error)]
    for path in paths:
        sys.path.remove(path)
    print("FOUND", json.dumps(found), flush=True)
"""


def voted_in_a_process(projects: list[tuple[Path, dict[str, str]]], seed: int) -> list[tuple]:
    """Return what `voted` does of each project, all in one new process."""
    lines = "".join(json.dumps([str(folder), variables]) + "\n" for folder, variables in projects)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": str(seed)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DRIVER],
        input=lines,
        capture_output=True,
        text=True,
        env=environment,
    )
    found = [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("FOUND")]
    assert len(found) == len(projects), done.stderr[-2000:]
    return found


@pytest.mark.slow
def test_no_change_leaves_votes_in_a_new_process(tmp_path, monkeypatch, served):
    """All of them, each project with its own folder, files as old as before and other hash seeds."""
    changes = {name: change for name, change in CHANGES.items() if "torch" not in change.libraries}
    folders = {name: tmp_path / str(number) for number, name in enumerate(changes)}

    def found(word: str, seed: int) -> dict[str, tuple]:
        projects = []
        for name, change in changes.items():
            folders[name].mkdir(exist_ok=True)
            write(replace(change, same_time=True), folders[name], word, monkeypatch)
            projects.append(
                (folders[name], {key: text.replace(BEFORE, word) for key, text in change.variables.items()})
            )
        return dict(zip(changes, voted_in_a_process(projects, seed), strict=True))

    before, again, after = found(BEFORE, 1), found(BEFORE, 2), found(AFTER, 3)
    wrong = {name: told for name, (votes, _, told) in before.items() if votes != VOTES[BEFORE]}
    assert wrong == {}
    stale = []
    for name, change in changes.items():
        votes, cached, told = after[name]
        lines = before[name][2] + told
        if change.announced and (cached or not any("guess" in line for line in lines)):
            stale.append(name)
        if (not change.announced or change.files or change.variables) and votes != VOTES[AFTER]:
            stale.append(name)
    assert stale == []
    restless = [
        name
        for name, (_, cached, told) in again.items()
        if not cached and not any("guess" in line for line in before[name][2] + told)
    ]
    assert restless == []
