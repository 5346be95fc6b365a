"""A small project whose Python LFs write down every call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from labelwright.pipeline import Project

TOML = """
[project]
name = "Comments"
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.parquet"
test = "test.parquet"
gold = "label"
[label_model]
name = "WeightedMajorityVote"
"""

HEAD = """
import os
import labelwright as lw


def called(name):
    with open(os.environ["LABELWRIGHT_TEST_CALLS"], "a") as file:
        file.write(name + "\\n")

"""

PYTHON_LF = """
@lw.labeling_function(columns=["text"])
def {name}(x):
    called("{name}")
    return {vote!r} if {word!r} in x.text else None

"""

WORDS = {
    "ads": ("SPAM", "check"),
    "love": ("HAM", "love"),
    "links": ("SPAM", "http"),
    "songs": ("HAM", "song"),
}
DECLARED = 'praise = lw.keywords("praise", ["best", "great"], on="text", vote="HAM")\n'

SPAM = ["check out {}", "http://{}.example.com", "check http://{}", "buy {} now"]
HAM = ["love {}", "the song {}", "best song of {}", "great {}", "who is {}"]


def rows(n: int, start: int = 0) -> pl.DataFrame:
    both = [(text, "SPAM") for text in SPAM] + [(text, "HAM") for text in HAM]
    picked = [both[i % len(both)] for i in range(start, start + n)]
    return pl.DataFrame(
        {
            "text": [text.format(f"word{i}") for i, (text, _) in enumerate(picked)],
            "label": [label for _, label in picked],
        }
    )


@dataclass
class Place:
    """A project folder, and what its LFs did."""

    folder: Path
    calls_file: Path

    def write_lfs(self, *names: str, tail: str = DECLARED, head: str = "", **edited: str) -> None:
        functions = []
        for name in names:
            vote, word = WORDS[name]
            functions.append(PYTHON_LF.format(name=name, vote=vote, word=edited.get(name, word)))
        (self.folder / "lfs.py").write_text(HEAD + head + "".join(functions) + tail)

    def open(self, **more) -> Project:
        return Project.open(self.folder, progress=False, **more)

    def calls(self) -> Counter:
        """Count the calls since the last time."""
        lines = self.calls_file.read_text().split() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return Counter(lines)

    def change_toml(self, old: str, new: str) -> None:
        path = self.folder / "labelwright.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def place(tmp_path: Path, monkeypatch) -> Place:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "labelwright.toml").write_text(TOML)
    rows(45).write_parquet(folder / "train.parquet")
    rows(18, start=45).write_parquet(folder / "test.parquet")
    calls = tmp_path / "calls.txt"
    monkeypatch.setenv("LABELWRIGHT_TEST_CALLS", str(calls))
    made = Place(folder, calls)
    made.write_lfs("ads", "love", "links", "songs")
    return made
