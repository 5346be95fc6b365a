"""A project whose gold labels are several a row: any of them is right in every number."""

import json

import polars as pl
import pytest

import labelwright as lw

TOML = """
[project]
name = "several"
[task]
name = "topic"
classes = ["art", "music", "film"]
[data]
train = "train.{suffix}"
test = "test.{suffix}"
gold = "topics"
{option}
[label_model]
name = "MajorityVote"
"""

LFS = """
import labelwright as lw
art = lw.keywords("art", ["paint"], on="text", vote="art")
music = lw.keywords("music", ["song"], on="text", vote="music")
film = lw.keywords("film", ["movie"], on="text", vote="film")
"""

TEXTS = [
    "paint it",
    "a song",
    "the movie song",
    "paint and movie",
    "song of old",
    "nothing",
    "paint",
    "movie",
]
TOPICS = [
    ["art"],
    ["music", "art"],
    ["film", "music"],
    ["art", "film"],
    ["film"],
    ["art"],
    [],
    ["art", "music"],
]


def project(folder, how):
    suffix = "parquet" if how == "list" else "csv"
    option = {"list": "", "json": 'gold_separator = "json"', "|": 'gold_separator = "|"'}[how]
    (folder / "labelwright.toml").write_text(TOML.format(suffix=suffix, option=option))
    (folder / "lfs.py").write_text(LFS)
    frame = pl.DataFrame({"text": TEXTS * 4})
    pl.DataFrame({"text": TEXTS * 10}).write_parquet(folder / "train.parquet")
    if how == "list":
        frame.with_columns(topics=pl.Series(TOPICS * 4)).write_parquet(folder / "test.parquet")
        return lw.Project.open(folder, progress=False)
    pl.DataFrame({"text": TEXTS * 10}).write_csv(folder / "train.csv")
    cells = [json.dumps(one) if how == "json" else "|".join(one) for one in TOPICS]
    frame.with_columns(topics=pl.Series(cells * 4)).write_csv(folder / "test.csv")
    return lw.Project.open(folder, progress=False)


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
@pytest.mark.parametrize("how", ["list", "json", "|"])
def test_any_label_of_a_row_is_right_in_scores_tables_and_report(tmp_path, how):
    opened = project(tmp_path, how)
    summary = opened.analyze().summaries["test"].select("lf", "correct", "incorrect").rows()
    assert summary == [("art", 8, 0), ("music", 8, 4), ("film", 8, 4)]
    if how != "list":  # what is read alike scores alike
        return
    result = opened.run()
    votes = result.scores["test"]["label model"]
    # Right on four of seven texts, two of them tied between right classes; a third of one without votes.
    assert votes.n == 28
    assert votes.accuracy == pytest.approx((4 + 1 / 3) / 7)
    report = result.report.read_text()
    assert "61.9%" in report
    assert result.trained.to_dict()


def test_texts_without_the_option_are_class_names_and_say_so(tmp_path):
    opened = project(tmp_path, "|")
    toml = tmp_path / "labelwright.toml"
    toml.write_text(toml.read_text().replace('gold_separator = "|"', ""))
    with pytest.raises(lw.SchemaError, match=r"'music\|art'"):
        lw.Project.open(tmp_path, progress=False).run()
    toml.write_text(toml.read_text().replace('gold = "topics"', 'gold = "topics"\ngold_separator = "json"'))
    with pytest.raises(lw.SchemaError, match="no JSON list at row 0"):
        lw.Project.open(tmp_path, progress=False).run()
    assert opened is not None


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")
def test_rows_with_one_label_teach_and_all_others_score(tmp_path):
    project(tmp_path, "list")
    train = pl.read_parquet(tmp_path / "train.parquet")
    texts = [f"{text} {i}" for i, text in enumerate(TEXTS * 10)]  # rows of one text teach or score together
    train.with_columns(topics=pl.Series(TOPICS * 10), text=pl.Series(texts)).write_parquet(
        tmp_path / "train.parquet"
    )
    (tmp_path / "test.parquet").unlink()
    toml = (tmp_path / "labelwright.toml").read_text().replace('test = "test.parquet"', "")
    (tmp_path / "labelwright.toml").write_text(
        toml.replace("MajorityVote", "LabelModel") + 'gold = "train"\n'
    )
    result = lw.Project.open(tmp_path, progress=False).run()
    gold = result.fitted.gold
    assert gold.teaching["train"] + gold.scoring["train"] == 70
    assert 0 < gold.teaching["train"] <= 30


def test_the_advisor_scores_by_all_labels_of_a_row_and_lets_rows_of_one_teach(tmp_path):
    project(tmp_path, "list")
    frame = pl.DataFrame({"text": TEXTS * 10, "topics": TOPICS * 10})
    frame.write_parquet(tmp_path / "train.parquet")
    frame[:40].write_parquet(tmp_path / "test.parquet")
    advice = lw.Project.open(tmp_path, progress=False).advise()
    assert advice.measured.splits == {"train": 70, "test": 35}
    assert advice.measured.majority_vote == pytest.approx((4 + 1 / 3) / 7)  # as the scores say
    assert advice.gold_gain.labels == 105
    assert 0 < advice.gold_gain.taught <= 45  # three rows in seven have one label
