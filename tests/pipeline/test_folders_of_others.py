"""A project folder that somebody else made runs its lfs.py, which is said before, and nothing else."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import PreprocessorMemory
from labelwright._archive import read_archive, write_archive
from labelwright.cli import main
from labelwright.pipeline import Cancel, Project

OWN = """
from pathlib import Path
Path(__file__).with_name("own ran").touch()
from sklearn.ensemble import HistGradientBoostingClassifier

class Mine(HistGradientBoostingClassifier):
    pass

def make(random_state=None):
    return Mine(max_iter=3, random_state=random_state)
"""

NET = """
import torch
import labelwright as lw

def small(n_inputs, n_classes):
    return torch.nn.Sequential(torch.nn.Linear(n_inputs, 3), torch.nn.ReLU(), torch.nn.Linear(3, n_classes))

def make(random_state=None):
    return lw.NoiseAwareNet(small, epochs=2, progress=False, random_state=random_state)
"""


PREPARE = """
def prepare(frame, split):
    import polars as pl
    return frame.with_columns(pl.col("text").str.to_lowercase())
"""


@pytest.fixture
def told():
    return []


@pytest.fixture
def opened(place, told):
    return lambda: place.open(notify=told.append)


def models(place):
    return sorted((place.folder / ".labelwright" / "models").glob("*"))


def with_numbers(place):
    """Let the end model learn from a column of numbers."""
    for split in ("train", "test"):
        path = place.folder / f"{split}.parquet"
        frame = pl.read_parquet(path)
        frame.with_columns(
            size=pl.col("text").str.len_chars(), half=pl.col("text").str.len_chars() / 2
        ).write_parquet(path)


def end_model(place, name):
    toml = place.folder / "labelwright.toml"
    toml.write_text(toml.read_text() + f'[end_model]\nname = "{name}"\nfeatures = ["size", "half"]\n')


def test_models_in_a_project_are_no_pickles(place, opened):
    opened().run()
    files = models(place)
    assert [path.suffix for path in files] == [".npz", ".npz"]
    for path in files:
        with np.load(path, allow_pickle=False) as archive:
            assert all(archive[name] is not None for name in archive.files)
    assert isinstance(lw.label_models.load(files[1]), lw.label_models.WeightedMajorityVote)
    assert hasattr(lw.end_models.load(files[0]), "predict_proba")


@pytest.mark.parametrize("which", ["label_model", "end_model"])
def test_a_model_that_was_tampered_with_is_made_anew_in_one_line_and_not_run(
    place, opened, told, payload, which
):
    before = opened().run()
    (path,) = [path for path in models(place) if path.name.startswith(which)]
    joblib.dump(payload, path)
    told.clear()
    after = opened().run()
    assert not payload.ran
    (line,) = [line for line in told if "made anew" in line]
    assert str(path) in line
    assert "labelwright did not write it" in line
    assert after.scores == before.scores
    told.clear()
    opened().run()
    assert not [line for line in told if "made anew" in line]


def test_predicting_with_a_model_that_was_tampered_with_is_refused_in_one_line(place, opened, payload):
    opened().train()
    path = models(place)[0]
    for plant in (
        lambda: joblib.dump(payload, path),
        lambda: path.write_bytes(b"\x80\x04"),
        lambda: flip(path),
    ):
        plant()
        with pytest.raises(lw.StoreError) as refusal:
            opened().predict(pl.DataFrame({"text": ["check out"]}))
        assert "\n" not in str(refusal.value)
        assert str(path) in str(refusal.value)
        assert "train it again" in str(refusal.value)
    assert not payload.ran


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edited(path, format, edit):
    """Change what a model's file holds, and seal it again as labelwright does."""
    archive = read_archive(path, format, 9)
    arrays = dict(archive.arrays)
    header = edit(archive.header, arrays) or archive.header
    write_archive(path, format, 1, header=header, arrays=arrays)


def cut(header, arrays):
    arrays.update({name: array[:1] for name, array in arrays.items() if array.ndim})


def noted(name, value):
    def change(header, arrays):
        next(item for item in header["about"]["items"] if item[0] == name)[1] = value

    return change


@pytest.mark.parametrize(
    "edit",
    [
        cut,
        noted("columns", 5),
        noted("columns", {"is": "tuple", "items": [1]}),
        noted("as_text", False),
        noted("classes", {"is": "tuple", "items": ["A", "B", "C"]}),
        noted("width", "wide"),
        noted("key", "0" * 32),
        lambda header, arrays: {**header, "about": 3},
        lambda header, arrays: {
            **header,
            "model": {"is": "estimator", "name": "NoiseAwareClassifier", "state": {}},
        },
        lambda header, arrays: json.loads(json.dumps(header).replace('"content"', '"filename"')),
    ],
)
def test_an_end_model_with_a_good_seal_and_bad_content_is_refused_in_one_line(place, opened, capfd, edit):
    trained = opened().train()
    edited(trained.path, "labelwright end model", edit)
    assert main(["predict", str(place.folder / "test.parquet"), "-q", "-C", str(place.folder)]) == 1
    said = capfd.readouterr().err.splitlines()
    assert len([line for line in said if not line.startswith("running")]) == 1


def test_a_label_model_with_a_good_seal_and_bad_content_is_made_anew(place, opened, capfd):
    opened().fit()
    (path,) = [path for path in models(place) if path.name.startswith("label_model")]
    edited(path, "labelwright label model", cut)
    shutil.rmtree(place.folder / ".labelwright" / "labels")
    assert main(["fit", "-C", str(place.folder)]) == 0
    assert (
        "label model: made anew; the file of the label model holds one of other votes"
        in capfd.readouterr().err
    )


def test_rows_whose_numbers_are_text_are_refused_in_one_line(place, opened):
    with_numbers(place)
    end_model(place, "logistic_regression")
    opened().train()
    with pytest.raises(lw.SchemaError, match="column 'size' has type String, and not all of it are numbers"):
        opened().predict(pl.DataFrame({"size": ["a few"], "half": [1.0]}))


def test_pickles_of_older_versions_are_not_read(place, opened, payload):
    opened().train()
    models(place)[0].unlink()
    joblib.dump(payload, place.folder / ".labelwright" / "models" / "end_model-0123456789abcdef.joblib")
    with pytest.raises(lw.NotFittedError, match="whose pickles are not read; run: labelwright train"):
        opened().predict(pl.DataFrame({"text": ["check out"]}))
    opened().train()
    assert not list(place.folder.rglob("*.joblib"))
    assert not payload.ran


@pytest.mark.parametrize(
    "name", ["lock", "ledger.sqlite", "preprocessed/0.sqlite", "report.html", "metrics.json"]
)
def test_nothing_is_written_through_a_link_in_the_folder(place, opened, tmp_path, name):
    precious, new = tmp_path / "precious", tmp_path / "new"
    precious.write_text("mine")
    opened().run()
    path = place.folder / ".labelwright" / name
    for target in (precious, new):
        path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target)
        with contextlib.suppress(lw.StoreError):
            opened().run()
        assert precious.read_text() == "mine"
        assert not new.exists()


def test_a_link_in_the_place_of_what_preprocessors_made_is_done_without(tmp_path):
    (tmp_path / "shelves").mkdir()
    (tmp_path / "shelves" / "key.sqlite").symlink_to(tmp_path / "new")
    shelf = PreprocessorMemory(tmp_path / "shelves").shelf("key")
    shelf.save({b"key": b"result"})
    assert shelf.load([b"key"]) == {}
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param("mkdir", marks=pytest.mark.slow), "mkfifo"])
def test_what_is_no_file_is_refused_or_made_again_in_one_line(place, opened, kind):
    make = {"mkdir": Path.mkdir, "mkfifo": getattr(os, "mkfifo", None)}[kind]
    if make is None:
        pytest.skip("this system has no named pipes")
    opened().run()
    refusals = []
    for path in [path for path in (place.folder / ".labelwright").rglob("*") if path.is_file()]:
        kept = path.read_bytes()
        path.unlink()
        make(path)
        try:
            opened().run()
        except lw.StoreError as refusal:
            refusals.append(str(refusal))
        if not path.is_file():
            path.rmdir() if path.is_dir() else path.unlink()
            path.write_bytes(kept)
    assert all("\n" not in refusal and str(place.folder) in refusal for refusal in refusals)
    assert opened().run().scores


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE metrics SET value = 'many'",
        "UPDATE run_lfs SET name = CAST(x'ff' AS TEXT)",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
        *(
            pytest.param(change, marks=pytest.mark.slow)
            for change in (
                "UPDATE runs SET settings = '{'",
                f"UPDATE runs SET versions = '{'[' * 100_000}'",
                "UPDATE run_lfs SET name = 'same'",
                "UPDATE run_lfs SET name = x'ff'",
                "DROP TABLE metrics",
                "PRAGMA user_version = 1",
            )
        ),
    ],
)
def test_what_a_ledger_does_not_hold_any_more_is_left_out_in_one_line(place, opened, told, change):
    opened().run()
    lfs = place.folder / "lfs.py"
    lfs.write_text(lfs.read_text().replace('"best", "great"', '"best"'))  # so that versions are compared
    path = place.folder / ".labelwright" / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute(change)
    told.clear()
    opened().run()
    (line,) = [line for line in told if line.startswith("ledger: ")]
    assert "\n" not in line
    assert str(path) in line
    told.clear()
    opened().run()
    assert not [line for line in told if line.startswith("ledger: ")]


# --- end models of one's own


def test_a_model_of_a_class_of_the_project_is_kept_for_who_made_it(
    place, opened, told, tmp_path, monkeypatch
):
    with_numbers(place)
    end_model(place, "own:make")
    (place.folder / "own.py").write_text(OWN)
    assert not opened().train().cached
    assert opened().train().cached
    rows = pl.read_parquet(place.folder / "test.parquet")
    expected = opened().predict(rows).probabilities
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "another user"))
    with pytest.raises(lw.StoreError, match=r"somebody else made it, and it holds .*Mine") as refusal:
        opened().predict(rows)
    assert "\n" not in str(refusal.value)
    told.clear()
    assert not opened().train().cached
    assert [line for line in told if line.startswith("end model: made anew; cannot read")]
    np.testing.assert_array_equal(opened().predict(rows).probabilities, expected)


@pytest.mark.slow
def test_a_net_with_a_module_of_the_project_is_kept(place, opened):
    pytest.importorskip("torch")
    with_numbers(place)
    end_model(place, "own:make")
    (place.folder / "own.py").write_text(NET)
    opened().train()
    rows = pl.read_parquet(place.folder / "test.parquet")
    expected = opened().predict(rows).probabilities
    assert opened().train().cached
    np.testing.assert_array_equal(opened().predict(rows).probabilities, expected)


# --- the code of a project


def test_code_that_never_ran_here_is_named_before_it_runs(place, told, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    mark = place.folder / "lfs ran"
    lfs = place.folder / "lfs.py"
    lfs.write_text(lfs.read_text() + f"\nfrom pathlib import Path\nPath({str(mark)!r}).touch()\n")

    def listen(line):
        told.append((line, mark.exists()))

    place.open(notify=listen).apply()
    assert told[0] == (f"running lfs.py of {str(place.folder)!r}, which never ran here before", False)
    assert mark.exists()
    told.clear()
    place.open(notify=listen).apply()
    assert not [line for line, _ in told if line.startswith("running")]
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "third user"))
    place.open(notify=listen).check()
    assert told[-1][0].startswith("running lfs.py of")


def test_code_that_was_stopped_when_it_was_named_is_named_again(place, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    events = []
    for _ in range(2):
        cancel = Cancel()
        with pytest.raises(lw.CancelledError):
            place.open(
                on_event=lambda event, stop=cancel: [events.append(event), stop.cancel()], cancel=cancel
            ).apply()
    assert [event.step for event in events] == ["code", "code"]
    assert not place.calls()


def test_the_name_of_a_file_of_code_steers_no_terminal(place, told, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    (place.folder / "lfs.py").rename(place.folder / "a\x1b[2Jb.py")
    toml = place.folder / "labelwright.toml"
    toml.write_text(toml.read_text() + '[lfs]\nmodule = "a\\u001b[2Jb.py"\n')
    opened().apply()
    assert told[0].startswith("running a\ufffd[2Jb.py of ")


def test_every_file_of_code_is_named(place, told, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    with_numbers(place)
    end_model(place, "own:make")
    (place.folder / "own.py").write_text(OWN)
    opened().train()
    assert told[0].startswith("running lfs.py and own.py of ")


def test_a_factory_elsewhere_is_named_and_python_itself_has_none(place, told, opened, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    with_numbers(place)
    end_model(place, "os:system")
    toml = place.folder / "labelwright.toml"
    mark = tmp_path / "the toml ran"
    toml.write_text(toml.read_text() + f"[end_model.settings]\ncommand = 'touch \"{mark}\"'\n")
    with pytest.raises(lw.EndModelError, match="'os:system' is of Python itself, which makes no end models"):
        opened().train()
    assert told[0].startswith("running lfs.py and os:system of ")
    assert not mark.exists()


def test_a_folder_in_which_nothing_can_be_remembered_says_it_each_time(place, told, opened, monkeypatch):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(place.folder / "lfs.py" / "no folder"))
    for _ in range(2):
        opened().apply()
    assert len([line for line in told if line.startswith("running lfs.py")]) == 2


def test_predicting_runs_no_lfs_where_rows_are_not_prepared(place, told, opened, tmp_path, monkeypatch):
    opened().train()
    (place.folder / "lfs.py").write_text("raise SystemExit('it ran')")
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    told.clear()
    rows = pl.DataFrame({"text": ["check out", "love"]})
    assert opened().predict(rows).probabilities.shape == (2, 2)
    assert [line.partition(":")[0] for line in told] == ["end model"]  # its LFs have changed


def test_predicting_prepares_rows_where_training_did(place, opened):
    lfs = place.folder / "lfs.py"
    lfs.write_text(lfs.read_text() + PREPARE)
    opened().train()
    lower, upper = (
        opened().predict(pl.DataFrame({"text": [text]})).probabilities for text in ("love", "LOVE")
    )
    np.testing.assert_array_equal(lower, upper)


@pytest.mark.slow
@pytest.mark.parametrize("quiet", [pytest.param([], marks=pytest.mark.slow), ["--quiet"]], ids=["", "quiet"])
def test_the_command_line_says_it_first(place, tmp_path, monkeypatch, quiet):
    monkeypatch.setenv("LABELWRIGHT_STATE", str(tmp_path / "new user"))
    command = [sys.executable, "-m", "labelwright.cli", "apply", "--json", "--yes", "-C"]
    command += [str(place.folder), *quiet]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2))
    said = f"running lfs.py of {str(place.folder)!r}, which never ran here before"
    assert first.stderr.splitlines()[0] == said
    assert first.stderr.count("running") == 1
    assert said not in second.stderr


def test_a_project_is_known_by_its_folder(place, told, opened, tmp_path):
    opened().apply()
    told.clear()
    copy = tmp_path / "copy of it"
    shutil.copytree(place.folder, copy)
    Project.open(copy, notify=told.append).apply()
    assert told[0] == f"running lfs.py of {str(copy)!r}, which never ran here before"
