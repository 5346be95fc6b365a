"""Null, empty, blank, repeated and very long texts go through every command and come out of every format."""

from __future__ import annotations

import random

import polars as pl
import pytest

import labelwright as lw
from labelwright.io import read_hugging_face, read_label_studio, read_prodigy, read_table, write_table
from labelwright.pipeline import Project

TOML = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.{suffix}"
test = "test.{suffix}"
gold = "gold"
[label_model]
name = "WeightedMajorityVote"
"""
LFS = """
import labelwright as lw
import polars as pl

space = lw.LabelSpace(["HAM", "SPAM"])
free = lw.keywords("free", ["free"], on="text", vote="SPAM", space=space)
link = lw.regex("link", "http", on="text", vote="SPAM", space=space)
short = lw.expression("short", pl.col("text").str.len_chars() < 9, vote="HAM", space=space)
songs = lw.gazetteer("songs", ["song", "love"], on="text", vote="HAM", space=space)


@lw.labeling_function(space)
def money(x):
    return space.SPAM if x.text and "money" in x.text else None
"""
BLANK = [None, "", "   ", "\u200b\n"]
# fmt: off
ODD = [
    "free money " * 10_000, "love \x00 song", "\u2028\u202e=1+1", '"quoted, text"\r\n', "free", "free",
    "👩‍👩‍👧 song", "1e5",
]
# fmt: on
FORMATS = {
    "table": "rows.csv",
    "hugging-face": "hf",
    "label-studio": "tasks.json",
    "prodigy": "tasks.jsonl",
    "wrench": "w",
}


def rows(n, seed):
    chance = random.Random(seed)
    words = ["check", "out", "my", "love", "song", "nice", "free", "money", "http://x", "best"]
    texts = [" ".join(chance.choices(words, k=5)) for _ in range(n)]
    gold = ["SPAM" if "free" in text or "http" in text else "HAM" for text in texts]
    return pl.DataFrame(
        {
            "id": [*map(str, range(n)), *["007"] * 12],
            "text": [*texts, *BLANK, *ODD],
            "likes": [*range(n), *[None] * 12],
            "gold": [*(name if i % 3 else None for i, name in enumerate(gold)), *[None] * 4, *["SPAM"] * 8],
        }
    )


def opened(folder, suffix):
    write_table(rows(40, 0), folder / f"train.{suffix}")
    write_table(rows(20, 1), folder / f"test.{suffix}")
    (folder / "labelwright.toml").write_text(TOML.format(suffix=suffix))
    (folder / "lfs.py").write_text(LFS)
    return Project.open(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = opened(tmp_path_factory.mktemp("hostile"), "csv")
    made.run()
    return made


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_every_row_is_kept_as_it_was(project, suffix, tmp_path):
    project = project if suffix == "csv" else opened(tmp_path, suffix)
    for split, wanted in {"train": rows(40, 0), "test": rows(20, 1)}.items():
        project.export(project.folder / "rows.csv", split=split, overwrite=True)
        found = read_table(project.folder / "rows.csv").select(wanted.columns)
        assert found.equals(wanted)


def test_every_command_goes_through(project):
    assert project.analyze(split="test").views["test"].functions.height == 5
    assert project.advise().choice
    assert [one.kind for one in project.check().findings if one.kind.endswith(("text", "id", "train"))]
    found = project.predict(project.folder / project.settings.data.files["test"].name)
    assert found.unjudged == 4
    assert project.worth(draws=2).worth.test_rows > 0


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_holds_the_rows_and_leaves_out_those_without_text(project, kind):
    target = project.folder / FORMATS[kind]
    whole = project.export(target, format=kind, overwrite=True)
    assert (whole.rows, whole.left_out) == (52, 0)
    told = project.export(target, format=kind, skip_empty=True, overwrite=True)
    assert (told.rows, told.left_out) == (48, 4)
    read = {
        "table": lambda: read_table(target),
        "hugging-face": lambda: read_hugging_face(target)["train"].data,
        "label-studio": lambda: read_label_studio(target, space=["HAM", "SPAM"]).data,
        "prodigy": lambda: read_prodigy(target, space=["HAM", "SPAM"]).data,
        "wrench": lambda: lw.read_wrench(target).train.data,
    }[kind]
    wanted = rows(40, 0)["text"].filter(~rows(40, 0)["text"].is_in(BLANK).fill_null(value=True))
    assert read()["text"].to_list() == wanted.to_list()


def test_texts_of_digits_alone_are_texts(project):
    digits = project.folder / "digits.csv"
    digits.write_text("text,likes\n12345,1\n1.50,2\n")
    found = project.predict(digits)
    assert found.frame["text"].to_list() == ["12345", "1.50"]
    assert found.unjudged == 0
