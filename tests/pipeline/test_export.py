"""A project's labels in the formats of other tools; `place` is in this room's conftest."""

import json

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.io import read_hugging_face, read_label_studio, read_prodigy, read_wrench


def test_every_format_holds_the_labels_of_the_project(place, tmp_path):
    project = place.open()
    votes = project.apply().matrices["train"].votes
    P = project.fit().probabilities
    names = pl.read_parquet(place.folder / "train.parquet")["label"]
    gold = [int(name == "SPAM") for name in names]
    assert project.export(tmp_path / "hf", format="hugging-face").columns == ("text",)
    rows = read_hugging_face(tmp_path / "hf")["train"]
    assert np.array_equal(rows.probabilities, P)
    assert rows.gold.tolist() == gold

    project.export(tmp_path / "tasks.json", format="label-studio")
    first = json.loads((tmp_path / "tasks.json").read_text())[0]
    assert first["predictions"][0]["score"] == pytest.approx(P[0].max(), abs=1e-6)
    assert read_label_studio(tmp_path / "tasks.json", space=["HAM", "SPAM"]).gold.tolist() == gold

    project.export(tmp_path / "tasks.jsonl", format="prodigy")
    assert read_prodigy(tmp_path / "tasks.jsonl", space=["HAM", "SPAM"]).gold.tolist() == gold

    for split in ("train", "test"):
        project.export(tmp_path / "wrench", format="wrench", split=split)
    found = read_wrench(tmp_path / "wrench")
    assert np.array_equal(found.train.label_matrix.votes, votes)
    assert found.train.gold.tolist() == gold
    assert len(found.test) == project.export(tmp_path / "t.csv", split="test").rows


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("a.json", "label_studio", r"format 'label_studio' is unknown; did you mean 'label-studio'"),
        ("labelwright.toml", "hugging-face", r"is a file; hugging-face is a folder"),
    ],
)
def test_formats_that_cannot_be(place, path, name, message):
    with pytest.raises(lw.ProjectError, match=message):
        place.open().export(place.folder / path, format=name)
