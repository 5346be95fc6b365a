"""Nothing kept is believed unseen: whatever happens to a file, results are as they were, or it is said."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._user import remember_project

TOML = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.csv"
test = "test.csv"
gold = "label"
[label_model]
name = "WeightedMajorityVote"
"""
LFS = """
import labelwright as lw

@lw.preprocessor(columns=["text"], keep=True)
def lower(x):
    return {"lower": x.text.lower()}

@lw.labeling_function(pre=[lower])
def ads(x):
    return "SPAM" if "check" in x.lower else None

@lw.labeling_function(columns=["text"])
def unsure(x):
    return [0.25, 0.75] if "http" in x.text else None

praise = lw.keywords("praise", ["best", "great"], on="text", vote="HAM")
songs = lw.regex("songs", "(?i)song|love", on="text", vote="HAM")
"""
SPAM = ["CHECK out {}", "http://{}.example.com", "check http://{}", "buy {} now"]
HAM = ["love {}", "the Song {}", "best song of {}", "great {}", "who is {}"]
READ_FOR = {
    "predictions": ("kept/scores-test.json", "kept/scores-train.json", "report.html"),
    "kept/advice-train.json": ("report.html",),
    "preprocessed": ("votes/columns",),
}
"""Files that a run in which nothing changed does not read, and what has to go for them to be read."""
UNSAID = ("metrics.json", "lock", "ledger.sqlite", "preprocessed", "kept/sources")
"""Files that a run does not read, and those in which not every byte means something."""


@dataclass
class Kept:
    """A project with all that it keeps, and what comes out of it."""

    folder: Path
    files: dict[str, bytes] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    other: dict[str, bytes] = field(default_factory=dict)
    expected: dict[str, object] = field(default_factory=dict)

    @property
    def results(self) -> Path:
        return self.folder / ".labelwright"

    def project(self) -> lw.Project:
        return lw.Project.open(self.folder, progress=False, notify=self.told.append)

    def now(self) -> dict[str, bytes]:
        found = (path for path in self.results.rglob("*") if path.is_file())
        return {path.relative_to(self.results).as_posix(): path.read_bytes() for path in found}

    def put(self, files: dict[str, bytes]) -> None:
        shutil.rmtree(self.results, ignore_errors=True)
        for name, content in files.items():
            path = self.results / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def put_damaged(self, damaged: dict[str, bytes]) -> None:
        """Put files as they were, but for some, and without those that would save reading these."""
        gone = [
            prefix
            for name in damaged
            for of, more in READ_FOR.items()
            if name.startswith(of)
            for prefix in more
        ]
        kept = {name: one for name, one in self.files.items() if not name.startswith(tuple(gone))}
        self.put({**kept, **damaged})

    def outcome(self) -> dict[str, object]:
        """Return what the API says of a project, first what it says without running it again."""
        self.told.clear()
        project = self.project()
        said: dict[str, object] = {
            "predict": said_or_refused(lambda: project.predict(self.folder / "test.csv").probabilities),
            "matrix": said_or_refused(lambda: read_matrix(self.results / "votes" / "train.parquet")),
            "analysis": project.analyze().summaries["test"].rows(),
            "exported": project.export(self.folder.parent / "out.jsonl", overwrite=True).path.read_text(),
        }
        result = project.run()
        for split, matrix in result.applied.matrices.items():
            said[f"votes {split}"] = (matrix.votes.tolist(), matrix.lf_names, matrix.space.names)
            said[f"file of votes {split}"] = read_matrix(result.applied.paths[split])
            faults = [(lf.name, lf.fingerprint, lf.faults) for lf in result.applied.outcomes[split]]
            said[f"faults {split}"] = faults
            labels = pl.read_parquet(self.results / "labels" / f"{split}.parquet")
            said[f"labels {split}"] = labels.rows()
        said["probabilities"] = result.fitted.probabilities.tolist()
        said["accuracies"] = result.fitted.lf_accuracies.tolist()
        said["trust"] = result.fitted.report.to_dict()
        said["gold"] = result.fitted.gold.to_dict()
        said["scores"] = {
            split: {name: one.as_dict() for name, one in by.items()} for split, by in result.scores.items()
        }
        said["trained on"] = result.trained.rows
        said["before"] = dict(result.before)
        said["predict again"] = project.predict(self.folder / "test.csv").probabilities.tolist()
        return said

    def differences(self) -> list[str]:
        """Name what comes out otherwise in silence, and lines that are none; then put everything back."""
        try:
            found = self.outcome()
        finally:
            self.put(self.files)
        silent = [
            name
            for name, value in found.items()
            if repr(value) != repr(self.expected[name])
            and not (name in ("predict", "matrix") and value == "refused")
            and not (name == "before" and value == {} and self.said)
        ]
        return silent + [line for line in self.told if "\n" in line]

    @property
    def said(self) -> list[str]:
        return [line for line in self.told if "made anew" in line or line.startswith("ledger: ")]


def said_or_refused(read: Callable[[], object]) -> object:
    try:
        found = read()
    except lw.LabelwrightError as refusal:
        return "refused" if "\n" not in str(refusal) else str(refusal)
    return found.tolist() if isinstance(found, np.ndarray) else found


def read_matrix(path: Path) -> object:
    found = lw.LabelMatrix.from_parquet(path)
    return found.votes.tolist(), found.lf_names, found.space.names, found.fingerprints, repr(found.task)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Kept:
    folder = tmp_path_factory.mktemp("flips") / "project"
    folder.mkdir()
    (folder / "labelwright.toml").write_text(TOML)
    (folder / "lfs.py").write_text(LFS)
    both = [(text, "SPAM") for text in SPAM] + [(text, "HAM") for text in HAM]
    for name, start, n in (("train", 0, 45), ("test", 45, 18)):
        picked = [both[i % len(both)] for i in range(start, start + n)]
        texts = [text.format(f"word{i}") for i, (text, _) in enumerate(picked)]
        frame = pl.DataFrame({"text": texts, "label": [label for _, label in picked]})
        frame.write_csv(folder / f"{name}.csv")
    made = Kept(folder)
    remember_project(folder)
    made.project().run()
    made.project().run()
    made.files = made.now()
    made.expected = made.outcome()
    (folder / "lfs.py").write_text(LFS.replace('"great"', '"who"').replace('"check"', '"buy"'))
    made.project().run()
    made.other = made.now()
    (folder / "lfs.py").write_text(LFS)
    made.put(made.files)
    return made


def flipped(content: bytes, chance: random.Random) -> bytes:
    changed, place = bytearray(content), chance.randrange(8 * len(content))
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def same_json(one: bytes, other: bytes) -> bool:
    """Tell whether two files say the same: 1e-05 and 1E-05 are one number."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("first", "number"),
    [(0, 4), *(pytest.param(first, 60, marks=pytest.mark.slow) for first in range(1, 11))],
)
def test_no_flipped_bit_changes_anything_in_silence(kept, capfd, first, number):
    """In all about 3,000 bits: of one file, or of several at once."""
    chance = random.Random(first)
    for trial in range(number):
        names = chance.sample(sorted(kept.files), k=(1, 4, 10)[trial % 3])
        damaged = {name: flipped(kept.files[name], chance) for name in names}
        kept.put_damaged(damaged)
        assert kept.differences() == [], (trial, names)
        unsaid = [name for name in names if not any(Path(name).name in line for line in kept.told)]
        if trial % 3 == 0:
            unsaid = [name for name in unsaid if not name.startswith(UNSAID)]
            assert [name for name in unsaid if not same_json(damaged[name], kept.files[name])] == []
    assert "panicked" not in capfd.readouterr().err


def damages(kept: Kept) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Give what happens to files beside flipped bits, in words."""
    files, other = kept.files, kept.other
    for name, content in files.items():
        for what, damaged in {
            "nothing": b"",
            "half": content[: len(content) // 2],
            "all but a byte": content[:-1],
            "a byte more": content + b"\n",
            "zeros": bytes(len(content)),
            "a page of zeros": content[: len(content) // 3] + bytes(100) + content[len(content) // 3 + 100 :],
            "another format": b"a,b\n1,2\n",
        }.items():
            yield f"{name} holds {what}", {name: damaged}
    by_folder: dict[str, list[str]] = {}
    for name in files:
        by_folder.setdefault(Path(name).parent.as_posix(), []).append(name)
    for names in by_folder.values():
        for one, two in pairwise(sorted(names)):
            yield f"{one} and {two} are exchanged", {one: files[two], two: files[one]}
    yield (
        "labels for predictions",
        {name: files[name.replace("predictions", "labels")] for name in files if "pred" in name},
    )
    for name in files:
        if name in other and other[name] != files[name] and not name.startswith(UNSAID):
            yield f"{name} is of another run", {name: other[name]}
    for folder in ("votes/columns", "models", "preprocessed"):
        ours = sorted(name for name in files if name.startswith(folder))
        theirs = sorted(name for name in other if name.startswith(folder) and name not in files)
        for one, two in zip(ours, theirs, strict=False):
            yield f"{one} holds what {two} does", {one: other[two]}


@pytest.mark.parametrize("step", [64, pytest.param(1, marks=pytest.mark.slow)])
def test_no_file_that_was_cut_exchanged_or_replaced_changes_anything_in_silence(kept, capfd, step):
    every = list(damages(kept))
    assert len(every) > 200
    for what, damaged in every[step // 2 :: step]:
        kept.put_damaged(damaged)
        # Who reads a whole file by its path gets what it is, wherever it lies.
        assert [one for one in kept.differences() if one != "matrix"] == [], what
    assert "panicked" not in capfd.readouterr().err


# --- files that users write themselves

VOTES = lw.LabelMatrix(
    np.random.default_rng(0).integers(-1, 2, (60, 3)), space=["HAM", "SPAM"], lf_names=["a", "*", "^.$"]
)


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (VOTES.to_parquet, lw.LabelMatrix.from_parquet),
        (lw.VoteStatistics.of(VOTES).to_npz, lw.VoteStatistics.from_npz),
        (lambda path: lw.label_models.save(lw.LabelModel().fit(VOTES), path), lw.label_models.load),
    ],
    ids=["matrix", "statistics", "label model"],
)
def test_files_of_users_are_what_was_written_or_refused_in_one_line(tmp_path, capfd, write, read):
    chance, path, refused = random.Random(3), tmp_path / "file", 0
    write(path)
    whole, content = read(path), path.read_bytes()
    changes = [flipped(content, chance) for _ in range(100)]
    changes += [content[:-1], content[: len(content) // 2], b"", bytes(len(content)), content + b"\0"]
    for changed in changes:
        path.write_bytes(changed)
        try:
            found = read(path)
        except lw.StoreError as refusal:
            refused += 1
            assert "\n" not in str(refusal)  # noqa: PT017
        else:
            same = found == whole if isinstance(whole, (lw.LabelMatrix, lw.VoteStatistics)) else False
            assert same
    assert refused > 70
    assert "panicked" not in capfd.readouterr().err


def test_votes_of_other_programs_need_no_seal(tmp_path):
    pl.DataFrame({"a": [0, 1], "b": [-1, 1]}).write_parquet(tmp_path / "votes.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "votes.parquet").votes.tolist() == [[0, -1], [1, 1]]
