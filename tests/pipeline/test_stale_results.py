"""Whatever single thing changes, a run gives what it would have given without anything kept."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline import Project, evaluation
from labelwright.store import ModelStore

RESULTS = ".labelwright"
MADE_FROM_VOTES = ("kept", "labels", "predictions", "models", "report.html", "metrics.json")
Change = Callable[[Path], object]

OWN = (
    "import strength\nfrom labelwright.end_models import text_classifier\n\n\ndef make(random_state=None):\n"
)
OWN += "    return text_classifier(C=strength.C, random_state=random_state)\n"


@pytest.fixture
def folder(place, monkeypatch) -> Path:
    monkeypatch.setattr(evaluation, "now", lambda: "now")
    infos = evaluation.LFInfo
    monkeypatch.setattr(
        evaluation, "LFInfo", lambda **values: infos(**{**values, "seconds": 0.0, "cached": True})
    )
    toml = place.folder / "labelwright.toml"
    toml.write_text(
        toml.read_text().replace("[task]", '[task]\ndescription = "Is it an ad?"')
        + '[end_model]\nname = "own:make"\nfeatures = ["text"]\n'
    )
    (place.folder / "own.py").write_text(OWN)
    (place.folder / "strength.py").write_text("C = 1.0\n")
    return place.folder


def outputs(folder: Path) -> dict[str, object]:
    """Run a project, and return all that it makes but for times and the number of the run."""
    project = Project.open(folder, progress=False)
    result = project.run()
    metrics = json.loads(result.metrics.read_text())
    page = result.report.read_text(encoding="utf-8").replace(str(folder), "")
    found = {
        "report": re.sub("<li><div>Fitting LabelModel to all rows.*", "", page),
        "metrics": {name: value for name, value in metrics.items() if name != "run"},
        "accuracies": result.fitted.lf_accuracies.tolist(),
        "trust": result.fitted.report.summary(),
        "predict": project.predict(folder / "test.parquet").probabilities.tolist(),
    }
    for split, matrix in result.applied.matrices.items():
        kept = lw.LabelMatrix.from_parquet(folder / RESULTS / "votes" / f"{split}.parquet")
        assert kept == matrix
        found[f"votes {split}"] = (kept.votes.tolist(), kept.lf_names, kept.fingerprints, repr(kept.task))
        target = folder / f"{split}.jsonl"
        project.export(target, split=split, overwrite=True)
        found[f"labels {split}"] = target.read_text()
        found[f"faults {split}"] = [lf.faults for lf in result.applied.outcomes[split]]
    return found


def differences(folder: Path, without: tuple[str, ...] | None) -> list[str]:
    """Name what comes out otherwise where some of the results, or all of them, are not there."""
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    results = copy / RESULTS
    for path in [results] if without is None else [results / name for name in without]:
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)
    anew = outputs(copy)
    return [name for name, value in outputs(folder).items() if anew[name] != value]


def replaced(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def frame(name: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    return lambda folder: edit(pl.read_parquet(folder / name)).write_parquet(folder / name)


def swapped(folder: Path) -> None:
    train, test = (folder / name for name in ("train.parquet", "test.parquet"))
    one, other = train.read_bytes(), test.read_bytes()
    train.write_bytes(other)
    test.write_bytes(one)


def gold(name: str) -> Change:
    return frame(name, lambda rows: rows.with_columns(pl.col("label").reverse()))


ORDER = "lfs = [songs, praise, ads, love, links]\n"
CHANGES: dict[str, Change] = {
    "nothing": lambda folder: None,
    "an LF's words": replaced("lfs.py", '"best", "great"', '"best"'),
    "an LF renamed": replaced("lfs.py", 'keywords("praise"', 'keywords("applause"'),
    "an LF removed": replaced("lfs.py", "praise = ", "lfs = [ads, love, links, songs]\npraise = "),
    "LFs in another order": lambda folder: (folder / "lfs.py").open("a").write(ORDER),
    "a class renamed": lambda folder: [
        *(replaced(name, "SPAM", "AD")(folder) for name in ("labelwright.toml", "lfs.py")),
        *(frame(f"{name}.parquet", _renamed)(folder) for name in ("train", "test")),
    ],
    "classes in another order": replaced("labelwright.toml", '["HAM", "SPAM"]', '["SPAM", "HAM"]'),
    "the task's name": replaced("labelwright.toml", 'name = "spam"', 'name = "ads"'),
    "the task's description": replaced("labelwright.toml", "Is it an ad?", "Does it sell?"),
    "the project's name": replaced("labelwright.toml", "Comments", "Texts"),
    "one text": frame(
        "train.parquet", lambda rows: pl.concat([rows[:1].with_columns(text=pl.lit("http")), rows[1:]])
    ),
    "gold labels of training rows": gold("train.parquet"),
    "gold labels of test rows": gold("test.parquet"),
    "rows in another order": frame("train.parquet", lambda rows: rows.reverse()),
    "a column that nobody reads": frame("test.parquet", lambda rows: rows.with_row_index("id")),
    "splits swapped": swapped,
    "the label model": replaced("labelwright.toml", "WeightedMajorityVote", "DawidSkene"),
    "the seed": replaced("labelwright.toml", "[project]", "[project]\nseed = 3"),
    "the end model": replaced("labelwright.toml", "own:make", "text"),
    "the end model's code": replaced("own.py", "C=strength.C", "C=0.01 * strength.C"),
    "code that the end model's imports": replaced("strength.py", "1.0", "0.01"),
    "whose labels teach": replaced(
        "labelwright.toml", 'name = "WeightedMajorityVote"', 'name = "WeightedMajorityVote"\ngold = "train"'
    ),
    "no gold labels": replaced("labelwright.toml", 'gold = "label"\n', ""),
}
QUICK = (
    "an LF renamed",
    "gold labels of test rows",
)


def _renamed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("label").replace("SPAM", "AD"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CHANGES]
)
def test_a_change_reaches_all_that_is_made_from_it(folder, name):
    outputs(folder)
    CHANGES[name](folder)
    assert differences(folder, MADE_FROM_VOTES) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_gives_what_a_new_project_would(folder, name):
    outputs(folder)
    CHANGES[name](folder)
    assert set(differences(folder, None)) <= {"report"}  # which tells of the version before


# --- results that somebody damaged, or brought from elsewhere


def parquet(pattern: str, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> Change:
    """Return a change of the values in kept files that leaves their keys as they are."""

    def change(folder: Path) -> None:
        found = list((folder / RESULTS).glob(pattern))
        assert found
        for path in found:
            told = pl.read_parquet_metadata(path)
            metadata = {name: value for name, value in told.items() if not name.startswith("ARROW")}
            edit(pl.read_parquet(path)).write_parquet(path, metadata=metadata)

    return change


def text(pattern: str, edit: Callable[[str], str]) -> Change:
    def change(folder: Path) -> None:
        for path in (folder / RESULTS).glob(pattern):
            path.write_text(edit(path.read_text()))

    return change


def value(new: str) -> Callable[[str], str]:
    return lambda kept: kept[: kept.index('"value": ')] + f'"value": {new}, "digest": ""}}\n'


DAMAGE: dict[str, Change] = {
    "votes in another order": parquet("votes/columns/*", lambda votes: votes.reverse()),
    "votes for no class": parquet(
        "votes/columns/*", lambda votes: votes.with_columns(votes=pl.lit(9, pl.Int8))
    ),
    "votes of text": parquet("votes/columns/*", lambda votes: votes.cast(pl.String)),
    "votes of nothing": parquet(
        "votes/columns/*", lambda votes: votes.with_columns(votes=pl.lit(None, pl.Int8))
    ),
    "labels turned round": parquet("labels/*", lambda labels: labels.with_columns(HAM="SPAM", SPAM="HAM")),
    "labels without a class": parquet("labels/*", lambda labels: labels.drop("HAM")),
    "too few labels": parquet("labels/*", lambda labels: labels[:3]),
    "labels of text": parquet("labels/*", lambda labels: labels.cast(pl.String)),
    "no numbers": parquet("labels/*", lambda labels: labels.with_columns(HAM=pl.lit(float("nan")))),
    "too few predictions": parquet("predictions/*", lambda labels: labels[:3]),
    "other numbers": text("kept/*", lambda kept: re.sub(r"0\.\d", "0.3", kept)),
    "huge numbers": text("kept/*", lambda kept: re.sub(r"0\.\d+", "1" + "0" * 400, kept)),
    "deep values": text("kept/*", value("[" * 20_000 + "]" * 20_000)),
    "another number of rows": text("kept/rows-*", lambda kept: re.sub(r'"rows": \d+', '"rows": 7', kept)),
    "other columns": text("kept/features*", lambda kept: kept.replace('["text"]', '["label"]')),
    "a page by hand": text("report.html", lambda page: page.replace("Comments", "Nonsense")),
}


@pytest.mark.slow
def test_results_that_were_changed_by_hand_are_made_again(folder):
    expected = outputs(folder)
    for name, change in DAMAGE.items():
        change(folder)
        found = outputs(folder)
        assert [part for part in expected if found[part] != expected[part]] == [], name


@pytest.mark.slow
@pytest.mark.parametrize("role", ["label_model", "end_model"])
def test_a_model_of_another_project_is_made_anew(folder, role):
    expected = outputs(folder)
    other = folder.parent / "other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns(RESULTS))
    replaced("lfs.py", '"best", "great"', '"song"')(other)
    gold("train.parquet")(other)
    assert outputs(other)["predict"] != expected["predict"]
    theirs, ours = (ModelStore(one / RESULTS / "models").latest(role) for one in (other, folder))
    shutil.copyfile(theirs, ours)
    told: list[str] = []
    if role == "end_model":
        with pytest.raises(lw.StoreError, match="made from something else; train again") as refusal:
            Project.open(folder).predict(folder / "test.parquet")
        assert "\n" not in str(refusal.value)
    Project.open(folder, notify=told.append).train()
    assert [line for line in told if "made anew" in line]
    found = outputs(folder)
    assert [part for part in expected if found[part] != expected[part]] == []


@pytest.mark.slow
def test_what_a_model_trained_again_says_is_made_again(folder):
    """A factory may give another model each time; what is shown is what the model in the folder says."""
    replaced("own.py", "C=strength.C", "C=10.0 ** -len(list(Path(__file__).parent.glob('again*')))")(folder)
    (folder / "own.py").write_text("from pathlib import Path\n" + (folder / "own.py").read_text())
    before = outputs(folder)
    ModelStore(folder / RESULTS / "models").latest("end_model").unlink()
    (folder / "again").touch()
    assert outputs(folder)["metrics"] != before["metrics"]
    assert differences(folder, ("kept", "predictions", "report.html")) == []


def test_rows_that_are_known_wrongly_are_known_again_after_one_word(folder):
    from labelwright.pipeline.row_reader import RowReader
    from labelwright.pipeline.rows import RowsRecord
    from labelwright.store import ValueStore

    outputs(folder)
    kept = ValueStore(folder / RESULTS / "kept")
    path = folder / RESULTS / "kept" / "rows-train.json"
    key = json.loads(path.read_text())["key"]
    kept.save("rows train", key, RowsRecord(fingerprint="0" * 32, rows=45, gold=None, has_gold=False))
    reader = RowReader(Project.open(folder).settings, None, kept)
    with pytest.raises(lw.DataError, match="run again"):
        _ = reader.read("train").frame
    assert reader.read("train").frame.height == 45
