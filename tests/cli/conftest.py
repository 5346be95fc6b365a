"""A small project, and the command line called in this process."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from labelwright._user import remember_project
from labelwright.cli import main

TOML = """
[project]
name = "Comments"

[task]
name = "spam"
classes = ["HAM", "SPAM"]

[data]
train = "train.csv"
test = "test.csv"
gold = "label"

[lfs]
module = "lfs.py"

[label_model]
name = "MajorityVote"

[end_model]
name = "text"
"""

LFS = """
import labelwright as lw

ads = lw.keywords("ads", ["check out", "subscribe"], on="text", vote="SPAM")
praise = lw.keywords("praise", ["love", "song"], on="text", vote="HAM")


@lw.labeling_function()
def link(x):
    return "SPAM" if "http" in x.text else None
"""

TRAIN = """text,label
check out my channel,SPAM
I love this song,HAM
http://cheap.example.com check out,SPAM
what a lovely song,HAM
please subscribe to my channel,SPAM
best song,HAM
nothing to see,HAM
subscribe http://x.example.com,SPAM
"""

TEST = """text,label
check out this channel,SPAM
love it,HAM
the song is the best,HAM
http://prizes.example.com,SPAM
"""


@dataclass
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("labelwright.toml", TOML), ("lfs.py", LFS), ("train.csv", TRAIN), ("test.csv", TEST)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    remember_project(tmp_path)  # whose code ran before, so that no command says that it is new
    return tmp_path


@pytest.fixture
def labelwright(folder, capfd, monkeypatch):
    """Call the command line in the project folder."""
    monkeypatch.chdir(folder)

    def call(*arguments: object, warned: str = "default") -> Outcome:
        capfd.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter(warned)  # as for users, not as in tests
            code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Outcome(code, out, err)

    return call
