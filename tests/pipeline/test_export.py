"""A project's labels in the formats of other tools; `place` is in this room's conftest."""

import json
from pathlib import Path

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


@pytest.mark.parametrize(("column", "word"), [("comment text", "comment_text"), ("文", "_"), ("1", "text_1")])
def test_a_text_column_that_label_studio_does_not_take_is_exported_under_a_name_that_it_takes(
    place, tmp_path, column, word
):
    rows = pl.read_parquet(place.folder / "train.parquet").with_columns(pl.lit("mine").alias("comment_text"))
    for split in ("train", "test"):
        rows.rename({"text": column}).write_parquet(place.folder / f"{split}.parquet")
    settings = place.folder / "labelwright.toml"
    settings.write_text(settings.read_text().replace("[data]", f'[data]\ntext = "{column}"'))
    (place.folder / "lfs.py").write_text(f"""
import labelwright as lw
ads = lw.keywords("ads", ["check"], on="{column}", vote="SPAM")
""")
    done = place.open().export(tmp_path / "tasks.json", format="label-studio")
    word = "lw_comment_text" if word == "comment_text" else word  # theirs stays
    assert done.names == {column: word}
    first = json.loads((tmp_path / "tasks.json").read_text())[0]
    assert first["data"][word] == rows["text"][0]
    assert first["data"]["comment_text"] == "mine"
    found = read_label_studio(tmp_path / "tasks.json", space=["HAM", "SPAM"])
    assert len(found.gold) == len(rows)


MINE = {
    "Label": "mine",
    "probability": 0.123,
    "p_ham": "theirs",
    "covered": None,
    "lw_label": "too",
    "gold": "ring",
    "answer": "yes",
    "_id": 7,
}


def with_mine(place):
    """Give the training rows columns that are named as labelwright names its own; the gold labels stay."""
    path = place.folder / "train.parquet"
    frame = pl.read_parquet(path)
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in MINE.items())
    frame = frame.with_columns(
        id=pl.Series([f"00{row // 2}" for row in range(frame.height)]),
        label=pl.when(pl.int_range(pl.len()) < 5).then("label"),
    )
    frame.write_parquet(path)
    return frame


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_table_holds_every_column_of_the_data_and_gold(place, tmp_path, suffix):
    frame = with_mine(place)
    done = place.open().export(tmp_path / f"rows{suffix}")
    assert done.names == {
        "label": "lw_lw_label",
        "probability": "lw_probability",
        "p_HAM": "lw_p_HAM",
        "p_SPAM": "p_SPAM",
        "covered": "lw_covered",
    }
    if suffix == ".parquet":
        found = pl.read_parquet(done.path)
        assert found.select(frame.columns).equals(frame)
        assert found["label"].null_count() == 40
        soft = place.open().fit().probabilities
        assert found["p_SPAM"].to_list() == soft[:, 1].tolist()
        assert found["lw_lw_label"].null_count() == (np.abs(soft[:, 0] - 0.5) < 1e-9).sum()
    covered = place.open().export(tmp_path / f"covered{suffix}", covered_only=True)
    assert covered.columns == done.columns


def test_other_formats_hold_every_column_of_the_data_and_gold(place, tmp_path):
    frame = with_mine(place)
    gold = [int(name == "SPAM") if name else -1 for name in frame["label"]]
    rest = frame.drop("label")
    project = place.open()
    assert project.export(tmp_path / "hf", format="hugging-face").names == {
        "label": "lw_label",
        "probabilities": "probabilities",
        "gold": "lw_gold",
    } | {"label": "lw_lw_label"}
    found = read_hugging_face(tmp_path / "hf")["train"]
    assert found.data.select(rest.columns).equals(rest)
    assert found.gold.tolist() == gold
    project.export(tmp_path / "tasks.json", format="label-studio")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert [{name: task["data"][name] for name in rest.columns} for task in tasks] == rest.to_dicts()
    assert read_label_studio(tmp_path / "tasks.json", space=["HAM", "SPAM"]).gold.tolist() == gold
    project.export(tmp_path / "tasks.jsonl", format="prodigy")
    task = json.loads((tmp_path / "tasks.jsonl").read_text().splitlines()[0])
    assert (task["data_answer"], task["data__id"], task["Label"]) == ("yes", 7, "mine")
    project.export(tmp_path / "wrench", format="wrench")
    again = read_wrench(tmp_path / "wrench").train
    assert again.data.select(rest.columns).equals(rest)
    assert again.gold.tolist() == gold


def test_what_prepare_leaves_out_goes_along_in_the_order_of_its_rows(place, tmp_path):
    place.write_lfs(
        "ads", tail="\n\ndef prepare(frame, split):\n    return frame.select('_row', 'text')[::-1]\n"
    )
    frame = with_mine(place)
    place.open().export(tmp_path / "rows.parquet")
    found = pl.read_parquet(tmp_path / "rows.parquet")
    assert found.select(frame.columns).equals(frame[::-1])


def test_gold_of_a_file_of_its_own_goes_along(place, tmp_path):
    frame = pl.read_parquet(place.folder / "train.parquet")
    frame.drop("label").write_parquet(place.folder / "train.parquet")
    frame.select("label").write_csv(place.folder / "gold.csv")
    place.change_toml('gold = "label"', 'gold = "label"\ngold_files = {train = "gold.csv"}')
    place.open().export(tmp_path / "rows.parquet")
    assert pl.read_parquet(tmp_path / "rows.parquet")["label"].equals(frame["label"])


def test_texts_that_spreadsheets_would_run_are_neutralised_on_request(place, tmp_path):
    path = place.folder / "train.parquet"
    evil = ["=1+1", "+1", "-1", "@a", "\ta", "\ra", "\uff1d1", "\ufeff=1", "a=1", " =1", "'=1", ""]
    frame = pl.read_parquet(path).head(len(evil))
    frame = frame.with_columns(pl.Series("=cmd", evil), pl.lit("b").alias("'=b"), pl.lit("c").alias("=b"))
    frame = frame.with_columns(number=pl.lit(-1))
    frame.write_parquet(path)
    place.open().export(tmp_path / "plain.csv")
    assert pl.read_csv(tmp_path / "plain.csv")["=cmd"].to_list()[:8] == evil[:8]
    place.open().export(tmp_path / "safe.csv", csv_safe=True)
    safe = pl.read_csv(tmp_path / "safe.csv")
    assert safe["'=cmd"].to_list() == [f"'{text}" for text in evil[:8]] + evil[8:]
    assert set(safe["number"]) == {-1}
    assert (safe["'=b"][0], safe["''=b"][0]) == ("b", "c")
    with pytest.raises(lw.ProjectError, match="csv_safe is for CSV"):
        place.open().export(tmp_path / "rows.parquet", csv_safe=True)
    with pytest.raises(lw.ProjectError, match="csv_safe is for CSV"):
        place.open().export(tmp_path / "wrench", format="wrench", csv_safe=True)


@pytest.mark.parametrize("name", ["train.parquet", "link.parquet", "sub/../test.parquet"])
def test_files_that_are_read_are_not_written_over(place, name):
    before = (place.folder / "train.parquet").read_bytes()
    (place.folder / "sub").mkdir()
    (place.folder / "link.parquet").symlink_to("train.parquet")
    with pytest.raises(lw.ProjectError, match=r"is a file that is read here.*name another"):
        place.open().export(place.folder / name)
    assert (place.folder / "train.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("TRAIN.parquet", "is a file that is read here"),  # the same file to systems that ignore case
        ("hand_labels.csv", "is a file that is read here"),  # of the next run
        ("hard.parquet", "is a file that is read here"),
        (".labelwright/rows.csv", "among the results that labelwright keeps"),
        ("results/rows.csv", "among the results that labelwright keeps"),
    ],
)
def test_nothing_that_a_project_reads_or_keeps_is_written_over_even_by_force(place, name, message):
    place.open().fit()
    (place.folder / "hard.parquet").hardlink_to(place.folder / "test.parquet")
    (place.folder / "results").symlink_to(".labelwright")
    with pytest.raises(lw.ProjectError, match=message):
        place.open().export(place.folder / name, overwrite=True)
    with pytest.raises(lw.ProjectError, match=message):
        place.open().predict(["a song"], output=place.folder / name, overwrite=True)


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_what_is_there_stays_unless_somebody_says_otherwise(place, tmp_path, make):
    target = tmp_path / "rows.csv"
    make(target)
    kind = target.lstat().st_mode
    with pytest.raises(lw.ProjectError, match=r"is there already.*name another"):
        place.open().export(target)
    assert target.lstat().st_mode == kind
    if target.is_dir():
        with pytest.raises(lw.StoreError, match="it is a folder"):
            place.open().export(target, overwrite=True)
    else:
        assert place.open().export(target, overwrite=True).rows == 45
        assert not (tmp_path / "nowhere").exists()


def test_folders_of_other_tools_take_further_splits_and_lose_nothing(place, tmp_path):
    project = place.open()
    for kind in ("wrench", "hugging-face"):
        for split in ("train", "test"):
            project.export(tmp_path / kind, split=split, format=kind)
        with pytest.raises(lw.ProjectError, match="is there already"):
            project.export(tmp_path / kind, format=kind)
        project.export(tmp_path / kind, format=kind, overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("# My own")
    with pytest.raises(lw.ProjectError, match=r"README.md' is there already"):
        project.export(tmp_path / "mine", format="hugging-face")
    place.write_lfs("ads", "love")
    (tmp_path / "wrench" / "test.json").unlink()
    with pytest.raises(lw.ProjectError, match=r"rules.json' is of other classes or LFs"):
        project.export(tmp_path / "wrench", split="test", format="wrench")


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


def test_labels_given_by_hand_are_a_column_beside_the_gold_column(place, tmp_path):
    with_mine(place)
    with place.open().label(count=2) as labeling:
        labeling.label("SPAM")
        labeling.label("HAM")
    done = place.open().export(tmp_path / "rows.parquet")
    assert done.names["gold"] == "lw_gold"
    found = pl.read_parquet(done.path)
    assert (found["label"].count(), found["lw_gold"].count(), found["gold"].n_unique()) == (5, 7, 1)


def test_gold_columns_of_other_tasks_go_along(tmp_path):
    frame = pl.DataFrame(
        {"text": ["check out", "lovely song"] * 6, "spam": ["yes", "no"] * 6, "tone": ["a", "b"] * 6}
    )
    frame.write_parquet(tmp_path / "train.parquet")
    task = '[[tasks]]\nname = "{0}"\nclasses = {1}\ngold = "{0}"\n'
    toml = task.format("spam", '["no", "yes"]') + task.format("tone", '["a", "b"]')
    (tmp_path / "labelwright.toml").write_text(
        toml + '[data]\ntrain = "train.parquet"\n[label_model]\nname = "MajorityVote"\n'
    )
    (tmp_path / "lfs.py").write_text(
        "import labelwright as lw\n"
        "spam, tone = lw.Task('spam', ['no', 'yes']), lw.Task('tone', ['a', 'b'])\n"
        "one = lw.keywords('one', ['check'], on='text', vote='yes', space=spam)\n"
        "two = lw.keywords('two', ['song'], on='text', vote='no', space=spam)\n"
        "three = lw.keywords('three', ['song'], on='text', vote='b', space=tone)\n"
    )
    project = lw.Project.open(tmp_path, task="spam", progress=False)
    project.export(tmp_path / "rows.parquet")
    assert pl.read_parquet(tmp_path / "rows.parquet").select(frame.columns).equals(frame)
    project.export(tmp_path / "hf", format="hugging-face")
    found = read_hugging_face(tmp_path / "hf")["train"]
    assert found.data.columns == ["text", "tone"]
    assert found.gold.tolist() == [1, 0] * 6
