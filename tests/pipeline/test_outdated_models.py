"""Who uses an end model is told what has changed since it was trained, and whether its scores are its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline import Project
from labelwright.store import ModelStore

SETTINGS = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.csv"
test = "test.csv"
gold = "label"
[label_model]
name = "WeightedMajorityVote"
[end_model]
name = "text"
features = ["text"]
"""
LFS = """
from pathlib import Path
import labelwright as lw
from words import ADS

@lw.labeling_function()
def ad(x):
    return "SPAM" if any(word in x.text for word in ADS) else None

@lw.labeling_function()
def love(x):
    return "HAM" if Path(__file__).with_name("love.txt").read_text() in x.text else None
"""
TRAIN = "text,label\ncheck this out,SPAM\nlove this song,HAM\ncheck my page,SPAM\nI love it,HAM\n"
FILES = {
    "labelwright.toml": SETTINGS,
    "lfs.py": LFS,
    "words.py": 'ADS = ["check"]\n',
    "love.txt": "love",
    "train.csv": TRAIN,
    "test.csv": TRAIN,
}


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def said(folder: Path) -> list[str]:
    """Return the lines that tell who lets the model label a row."""
    told: list[str] = []
    Project.open(folder, progress=False, notify=told.append).predict(["check this", "my love"])
    return told


def edited(name: str, old: str, new: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return edit


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an LF": (edited("lfs.py", "any(", "all("), "file 'lfs.py' changed"),
    "a helper of an LF": (edited("words.py", "check", "song"), "file 'words.py' changed"),
    "a file that an LF reads": (edited("love.txt", "love", "song"), "file 'love.txt' changed"),
    "a file that is gone": (lambda folder: (folder / "love.txt").unlink(), "file 'love.txt' is gone"),
    "classes": (edited("labelwright.toml", '"HAM", "SPAM"', '"SPAM", "HAM"'), "the classes changed"),
    "the label model": (
        edited("labelwright.toml", "WeightedMajorityVote", "MajorityVote"),
        "the label model changed",
    ),
    "a setting of the label model": (
        edited("labelwright.toml", "[end_model]", "[label_model.settings]\nweights = [1, 2]\n[end_model]"),
        "the label model changed",
    ),
    "whose labels teach": (
        edited("labelwright.toml", '"WeightedMajorityVote"', '"LabelModel"\ngold = "train"'),
        "the label model changed",
    ),
    "the seed": (edited("labelwright.toml", "[task]", "[project]\nseed = 3\n[task]"), "the seed changed"),
    "the end model": (
        edited("labelwright.toml", 'name = "text"\n', 'name = "text"\nsettings = {C = 2.0}\n'),
        "the end model changed",
    ),
    "the rows": (edited("train.csv", "I love it", "I love her"), "file 'train.csv' changed"),
    "other rows": (
        lambda folder: [
            (folder / "more.csv").write_text(TRAIN),
            edited("labelwright.toml", '"train.csv"', '"more.csv"')(folder),
        ],
        "where the training rows are changed",
    ),
}


def test_predict_says_what_has_changed_since_training(folder):
    project = Project.open(folder, progress=False)
    project.run()
    assert said(folder) == []
    before = project.predict(["check this"]).probabilities
    for name, (change, words) in CHANGES.items():
        kept = {path: path.read_text() for path in folder.iterdir() if path.is_file()}
        change(folder)
        told = said(folder)
        assert len(told) == 1, name
        assert told[0].startswith(f"end model: {words}"), name
        assert told[0].endswith("since it was trained; to train it anew: labelwright run")
        for path, text in kept.items():
            path.write_text(text)
    assert said(folder) == []
    assert (Project.open(folder).predict(["check this"]).probabilities == before).all()


def test_it_says_so_without_running_code_of_the_project(folder):
    Project.open(folder, progress=False).run()
    (folder / "lfs.py").write_text("raise SystemExit('it ran')")
    assert "lfs.py" in said(folder)[0]
    with pytest.warns(lw.EndModelWarning, match=r"file 'lfs\.py' changed since it was trained"):
        model = lw.load_predictor(folder)
    assert model.outdated is not None
    assert "outdated" in repr(model)


@pytest.mark.slow
def test_what_changes_nothing_of_the_model_is_no_word_any_more_after_a_run(folder):
    Project.open(folder, progress=False).run()
    edited("lfs.py", "import labelwright", "# words\nimport labelwright")(folder)
    assert len(said(folder)) == 1
    assert Project.open(folder, progress=False).run().trained.cached
    assert said(folder) == []
    edited("test.csv", "I love it", "I love her")(folder)  # which the model is not made of
    assert said(folder) == []


@pytest.mark.slow
def test_a_model_that_was_trained_after_the_report_says_that_no_score_is_of_it(folder):
    project = Project.open(folder, progress=False)
    result = project.run()
    assert result.trained.path.name in result.metrics.read_text()
    edited("words.py", "check", "song")(folder)
    Project.open(folder, progress=False).train()
    assert said(folder) == [
        "end model: trained after the last report, so no score is of it; to score it: labelwright run"
    ]
    Project.open(folder, progress=False).run()
    assert said(folder) == []


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("before the end model", marks=pytest.mark.slow),
        "after its file",
        pytest.param("before the report", marks=pytest.mark.slow),
    ],
)
def test_after_a_kill_the_model_is_used_that_was_judged_or_a_line_says_which(folder, moment, monkeypatch):
    """A kill is taken by an exception that nobody catches, at which nothing more is written."""
    project = Project.open(folder, progress=False)
    judged = project.run().trained.path
    expected = project.predict(["check this", "my love"]).probabilities
    edited("words.py", "check", "song")(folder)

    class KilledError(BaseException):
        pass

    def killed(*arguments: object, **named: object) -> None:
        raise KilledError

    if moment == "before the end model":
        monkeypatch.setattr("labelwright.pipeline.training.Training.train", killed)
    elif moment == "after its file":
        monkeypatch.setattr(
            ModelStore, "remove_others", lambda store, role, key: role == "end_model" and killed()
        )
    else:
        monkeypatch.setattr("labelwright.pipeline.evaluation.write_report", killed)
    with pytest.raises(KilledError):
        Project.open(folder, progress=False).run()
    monkeypatch.undo()
    found = Project.open(folder, progress=False).predict(["check this", "my love"]).probabilities
    if moment == "before the report":
        assert not judged.exists()
        assert "trained after the last report" in said(folder)[0]
    else:
        assert judged.exists()
        assert (found == expected).all()
        assert "file 'words.py' changed since it was trained" in said(folder)[0]
    Project.open(folder, progress=False).run()
    assert said(folder) == []
    assert len(list(judged.parent.glob("end_model-*"))) == 1


@pytest.mark.slow
def test_a_copied_project_is_as_it_was(folder, tmp_path_factory):
    import shutil

    Project.open(folder, progress=False).run()
    copy = shutil.copytree(folder, tmp_path_factory.mktemp("copy") / "project")
    assert said(copy) == []
    edited("train.csv", "I love it", "I love her")(copy)
    assert "file 'train.csv' changed" in said(copy)[0]


@pytest.mark.slow
def test_the_command_says_it_on_standard_error(folder):
    import subprocess

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "labelwright.cli", *arguments, "-C", str(folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=True)

    run("run", "--yes", "--quiet")
    assert "since it was trained" not in run("predict", str(folder / "test.csv")).stderr
    edited("words.py", "check", "song")(folder)
    done = run("predict", str(folder / "test.csv"))
    assert "end model: file 'words.py' changed since it was trained" in done.stderr
    assert pl.read_csv(done.stdout.encode()).height == 4
