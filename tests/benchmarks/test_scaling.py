"""The scaling benchmark: what it reads, and the two files that it writes."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelwright.core import LabelMatrix, LabelSpace
from labelwright.io.wrench import Split
from labelwright.io.wrench_writing import write_wrench

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import scaling


def split_of(rows: int, seed: int) -> Split:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    texts = [f"{'buy cheap' if c else 'lovely song'} word{rng.integers(20)}" for c in y]
    votes = np.where(rng.random((rows, 3)) < 0.9, y[:, None], 1 - y[:, None])
    matrix = LabelMatrix(votes, space=LabelSpace(["HAM", "SPAM"]), lf_names=["a", "b", "c"])
    return Split(data=pl.DataFrame({"text": texts}), label_matrix=matrix, gold=y)


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    splits = {
        name: split_of(rows, i) for i, (name, rows) in enumerate((("train", 40), ("valid", 12), ("test", 20)))
    }
    write_wrench(splits, tmp_path / "data" / "planted")
    monkeypatch.setenv("LABELWRIGHT_DATA", str(tmp_path / "data"))
    return tmp_path


def test_it_writes_the_figures_and_the_curves(data, monkeypatch):
    out = data / "scaling.md"
    command = ["scaling.py", "--sets", "planted", "--draws", "2", "--write", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    assert scaling.main() == 0
    text = out.read_text()
    assert "--sets planted --draws 2 --seed 0" in text
    (line,) = [line for line in text.splitlines() if line.startswith("| planted |")]
    assert [cell.strip() for cell in line.split("|")][2:5] == ["2", "3", "40"]
    assert "32 judged rows, 2 draws." in text
    assert [row.split("|")[1].strip() for row in text.splitlines()[-3:]] == ["16", "32", "40"]
    page = out.with_suffix(".html").read_text()
    assert page.count("<svg") == 1
    assert "<script" not in page
