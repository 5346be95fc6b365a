import json
import sqlite3

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.end_models._saving import load_with_notes
from labelwright.pipeline import Project
from labelwright.pipeline.row_reader import RowReader
from labelwright.store import Ledger

ALL = {"ads": 63, "love": 63, "links": 63, "songs": 63}


# --- what runs again, and what does not


def test_nothing_runs_twice(place):
    place.open().apply()
    assert place.calls() == ALL
    again = place.open().apply()
    assert place.calls() == {}
    assert again.ran == 0


def test_after_editing_one_lf_only_that_one_runs(place):
    before = place.open().apply()
    place.calls()
    place.write_lfs("ads", "love", "links", "songs", links="https")
    after = place.open().apply()
    assert place.calls() == {"links": 63}
    assert after.ran == 1
    same = ["ads", "love", "songs", "praise"]
    assert np.array_equal(
        before.matrices["train"][:, same].votes,
        after.matrices["train"][:, same].votes,
    )
    assert not (after.matrices["train"][:, "links"].votes >= 0).any()


def test_an_edit_that_is_taken_back_runs_nothing(place):
    place.open().apply()
    place.write_lfs("ads", "love", links="https")
    place.open().apply()
    place.calls()
    place.write_lfs("ads", "love", "links", "songs")
    place.open().apply()
    assert place.calls() == {}


def test_renaming_reordering_and_moving_lfs_runs_none(place):
    before = place.open().apply().matrices["train"]
    place.calls()
    path = place.folder / "lfs.py"
    text = path.read_text()
    (place.folder / "rules.py").write_text(
        text.replace("columns=", 'name="advertises", columns=', 1)
        + "\nlfs = [praise, songs, links, love, ads]\n"
    )
    path.unlink()
    place.change_toml("[label_model]", '[lfs]\nmodule = "rules.py"\n[label_model]')
    after = place.open().apply().matrices["train"]
    assert place.calls() == {}
    assert after.lf_names == ("praise", "songs", "links", "love", "advertises")
    assert np.array_equal(after[:, "advertises"].votes, before[:, "ads"].votes)


def test_changed_rows_run_all_lfs_on_that_split_alone(place):
    place.open().apply()
    place.calls()
    frame = pl.read_parquet(place.folder / "test.parquet")
    frame.head(10).write_parquet(place.folder / "test.parquet")
    place.open().apply()
    assert place.calls() == dict.fromkeys(ALL, 10)


def test_the_same_rows_in_another_file_and_format_run_nothing(place):
    place.open().apply()
    place.calls()
    pl.read_parquet(place.folder / "train.parquet").write_csv(place.folder / "train.csv")
    place.open(train=place.folder / "train.csv").apply()
    assert place.calls() == {}


def test_other_classes_run_everything(place):
    place.open().apply()
    place.calls()
    place.change_toml('["HAM", "SPAM"]', '["SPAM", "HAM"]')
    place.open().apply()
    assert place.calls() == ALL


def test_models_are_kept_until_what_they_were_made_from_changes(place):
    first = place.open().run()
    assert (first.fitted.cached, first.trained.cached) == (False, False)
    second = place.open().run()
    assert (second.fitted.cached, second.trained.cached) == (True, True)
    assert second.before["end model"] == first.scores["test"]["end model"].accuracy
    path = place.folder / "labelwright.toml"
    path.write_text(path.read_text() + "\n[end_model]\nname = 'text'\nsettings = {C = 10.0}\n")
    third = place.open().run()
    assert (third.fitted.cached, third.trained.cached) == (True, False)


# --- gold labels


def test_training_gold_leaves_no_trace_in_the_labels(place):
    place.open().run()
    labels = place.folder / ".labelwright" / "labels" / "train.parquet"
    model = place.open().predict(place.folder / "test.parquet").probabilities
    before = labels.read_bytes()
    place.calls()
    frame = pl.read_parquet(place.folder / "train.parquet")
    shuffled = frame["label"].sample(fraction=1.0, shuffle=True, seed=3)
    assert not shuffled.equals(frame["label"])
    frame.with_columns(label=shuffled).write_parquet(place.folder / "train.parquet")
    for kept in (True, False):
        if not kept:  # not only because nothing had to be made again
            for path in sorted((place.folder / ".labelwright").rglob("*.*")):
                path.unlink()
        result = place.open().run()
        assert labels.read_bytes() == before
        assert result.fitted.cached is kept
    assert np.array_equal(place.open().predict(place.folder / "test.parquet").probabilities, model)


def test_lfs_prepare_and_the_end_model_never_see_the_gold_column(place):
    place.write_lfs(
        "ads",
        tail="@lw.labeling_function()\ndef peek(x):\n    return 1 if 'label' in x else 0\n"
        "def prepare(frame, split):\n    assert 'label' not in frame.columns\n    return frame\n",
    )
    matrix = place.open().apply().matrices["train"]
    assert set(matrix[:, "peek"].votes.ravel().tolist()) == {0}


def test_a_blank_line_of_a_gold_file_is_a_row_without_a_gold_label(place):
    (place.folder / "gold.csv").write_text("gold\nSPAM\n\n" + "HAM\n" * 15 + "\n")
    place.change_toml('gold = "label"', 'gold_files = {test = "gold.csv"}')
    rows = RowReader(place.open().settings, None).read("test")
    assert rows.gold.tolist() == [1, -1, *[0] * 15, -1]


def test_gold_files_stand_beside_the_data(place):
    frame = pl.read_parquet(place.folder / "test.parquet")
    frame.select("label").write_csv(place.folder / "gold.csv")
    frame.drop("label").write_parquet(place.folder / "test.parquet")
    pl.read_parquet(place.folder / "train.parquet").drop("label").write_parquet(
        place.folder / "train.parquet"
    )
    place.change_toml('gold = "label"', 'gold_files = {test = "gold.csv"}')
    result = place.open().run()
    assert list(result.scores) == ["test"]
    assert result.scores["test"]["end model"].n == 18


def test_gold_indices_and_unknown_labels(place):
    frame = pl.read_parquet(place.folder / "test.parquet")
    codes = pl.Series([None if i < 3 else int(label == "SPAM") for i, label in enumerate(frame["label"])])
    frame.with_columns(label=codes).write_parquet(place.folder / "test.parquet")
    assert place.open().run().scores["test"]["label model"].n == 15


def test_without_gold_there_are_no_scores_but_a_report(place):
    place.change_toml('gold = "label"', "")
    result = place.open().run()
    assert (dict(result.scores), result.split) == ({}, None)
    assert result.report.read_text(encoding="utf-8").startswith("<!")


# --- the prepare hook


def test_prepare_may_add_columns_and_repeat_rows_and_gold_follows(place):
    place.write_lfs(
        "ads",
        tail="import polars as pl\n"
        "def prepare(frame, split):\n"
        "    return pl.concat([frame, frame.filter(pl.col('text').str.contains('song'))])"
        ".with_columns(length=pl.col('text').str.len_chars())\n"
        "short = lw.expression('short', __import__('polars').col('length') < 12, vote='HAM')\n",
    )
    result = place.open().run()
    songs = pl.read_parquet(place.folder / "test.parquet")["text"].str.contains("song").sum()
    assert result.scores["test"]["label model"].n == 18 + songs
    assert result.applied.matrices["train"].n == 45 + 10
    predicted = place.open().predict(pl.DataFrame({"text": ["the song", "check out"]}))
    assert predicted.frame.height == 3


# --- faults


FAULTY = """
@lw.labeling_function(columns=["text"])
def faulty(x):
    called("faulty")
    return 1 if "http" in x.text else 1 / ("song" not in x.text)

"""


def test_faults_are_recorded_and_kept_votes_with_faults_do_not_hide_them(place):
    place.write_lfs("ads", tail=FAULTY)
    place.change_toml("[label_model]", '[lfs]\non_fault = "abstain"\n[label_model]')
    place.write_lfs("ads", tail=FAULTY.replace("1 / (", "1 // ("))
    result = place.open().apply()
    (outcome,) = [lf for lf in result.outcomes["train"] if lf.name == "faulty"]
    assert outcome.faults == 10
    assert "ZeroDivisionError" in outcome.first_fault
    assert place.open().apply().faults == result.faults > 0
    place.change_toml('"abstain"', '"raise"')
    with pytest.raises(lw.LabelingFunctionFaultError, match="faulty"):
        place.open().apply()


# --- results on disk


def test_what_lies_under_the_results_folder(place):
    place.open().run()
    results = place.folder / ".labelwright"
    matrix = lw.LabelMatrix.from_parquet(results / "votes" / "train.parquet")
    assert pl.read_parquet(results / "votes" / "train.parquet").columns == [*ALL, "praise"]
    assert all(matrix.fingerprints)
    labels = pl.read_parquet(results / "labels" / "train.parquet")
    assert labels.columns == ["HAM", "SPAM", "covered"]
    assert np.allclose(labels["HAM"] + labels["SPAM"], 1.0)
    metrics = json.loads((results / "metrics.json").read_text())
    assert metrics["scores"]["test"]["end model"]["all_rows"]["n"] == 18
    assert (results / "report.html").stat().st_size > 1000
    (model,) = (results / "models").glob("end_model-*.npz")
    assert load_with_notes(model).about["classes"] == ("HAM", "SPAM")
    assert not list(results.rglob("*.partial"))


def test_the_ledger_tells_lf_versions_runs_and_metrics(place):
    place.open().run()
    place.write_lfs("ads", "love", "links", "songs", links="https")
    place.open().run()
    with Ledger(place.folder / ".labelwright" / "ledger.sqlite") as ledger:
        last, first = ledger.runs()
        assert (last.status, last.settings["label_model"]["name"]) == ("done", "WeightedMajorityVote")
        assert [version.name for version in ledger.lf_versions("links")] == ["links", "links"]
        assert "https" in ledger.lf_versions("links")[1].source
        assert ledger.data(first.id) == ledger.data(last.id)
        ran = {lf.name for lf in ledger.lf_runs(last.id) if not lf.cached}
        assert ran == {"links"}
        accuracy = {
            m.model: m.value for m in ledger.metrics(last.id) if m.metric == "accuracy" and m.split == "test"
        }
    assert set(accuracy) == {"majority vote", "label model", "end model"}


def test_votes_survive_a_lost_ledger_and_damaged_files_are_made_again(place):
    place.open().run()
    place.calls()
    results = place.folder / ".labelwright"
    (results / "ledger.sqlite").unlink()
    (results / "votes" / "train.parquet").write_bytes(b"broken")
    (results / "labels" / "train.parquet").write_bytes(b"broken")
    next((results / "models").glob("end_model-*")).write_bytes(b"broken")
    place.open().run()
    assert place.calls() == {}
    assert lw.LabelMatrix.from_parquet(results / "votes" / "train.parquet").n == 45
    assert pl.read_parquet(results / "labels" / "train.parquet").height == 45


def test_two_runs_of_one_project_do_not_write_at_once(place):
    from labelwright.store import ProjectLock

    with (
        ProjectLock(place.folder / ".labelwright" / "lock"),
        pytest.raises(lw.StoreError, match="another run is writing"),
    ):
        place.open().apply()


# --- predict and export


def test_predictions_of_new_rows(place):
    place.open().train()
    found = place.open().predict([{"text": "check out http://x"}, {"text": "I love the song"}])
    assert found.frame.columns == ["text", "label", "probability", "p_HAM", "p_SPAM", "problem"]
    assert found.frame["label"].to_list() == ["SPAM", "HAM"]
    assert np.allclose(found.probabilities.sum(axis=1), 1.0)
    with pytest.raises(lw.SchemaError, match="no column 'text'"):
        place.open().predict([{"txt": "hello"}])


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_export_gives_soft_labels_beside_the_rows(place, tmp_path, suffix):
    from labelwright.io import read_table

    done = place.open().export(tmp_path / f"labels{suffix}")
    frame = read_table(done.path)
    assert frame.columns == ["text", "label", "lw_label", "probability", "p_HAM", "p_SPAM", "covered"]
    assert frame.select("text", "label").equals(pl.read_parquet(place.folder / "train.parquet"))
    assert done.names["label"] == "lw_label"
    assert frame.height == done.rows == 45
    votes = lw.LabelMatrix.from_parquet(place.folder / ".labelwright" / "votes" / "train.parquet")
    assert np.array_equal(frame["covered"].to_numpy(), votes.covered)
    covered = place.open().export(tmp_path / f"covered{suffix}", covered_only=True)
    assert covered.rows == votes.covered.sum() < 45


def test_csv_refuses_lists(place, tmp_path):
    frame = pl.read_parquet(place.folder / "train.parquet")
    frame.with_columns(words=pl.col("text").str.split(" ")).write_parquet(place.folder / "train.parquet")
    with pytest.raises(lw.SchemaError, match=r"'words' of type List.*\.parquet"):
        place.open().export(tmp_path / "labels.csv")


# --- end models


def numbers(place) -> None:
    for name in ("train", "test"):
        path = place.folder / f"{name}.parquet"
        frame = pl.read_parquet(path)
        values = [[float("http" in t), float("song" in t)] for t in frame["text"]]
        frame.with_columns(
            length=pl.col("text").str.len_chars() * 1000, flags=pl.Series(values)
        ).write_parquet(path)


def end_model(place, text: str) -> None:
    path = place.folder / "labelwright.toml"
    path.write_text(path.read_text() + f"\n[end_model]\n{text}\n")


def test_a_logistic_regression_on_numbers_and_lists_of_numbers(place):
    numbers(place)
    end_model(place, 'name = "logistic_regression"\nfeatures = ["length", "flags"]\nsettings = {C = 0.5}')
    result = place.open().run()
    assert result.scores["test"]["end model"].accuracy > 0.6
    with pytest.raises(lw.SchemaError, match="trained on 3"):
        place.open().predict(pl.DataFrame({"length": [1], "flags": [[1.0]]}))


@pytest.mark.slow
def test_a_net(place):
    pytest.importorskip("torch")
    numbers(place)
    end_model(place, 'name = "net"\nfeatures = "flags"\nsettings = {epochs = 2, progress = false}')
    first = place.open().train()
    assert place.open().train().cached
    assert first.rows == 35


def test_a_factory_in_the_project_folder(place):
    end_model(place, 'name = "mine:built"\nfeatures = "text"\nsettings = {alpha = 0.5}')
    (place.folder / "mine.py").write_text(
        "from sklearn.feature_extraction.text import CountVectorizer\n"
        "from sklearn.naive_bayes import MultinomialNB\n"
        "from sklearn.pipeline import make_pipeline\n"
        "class Lower(CountVectorizer):\n    pass\n"
        "def built(alpha):\n    return make_pipeline(Lower(), MultinomialNB(alpha=alpha))\n"
    )
    assert place.open().run().scores["test"]["end model"].accuracy > 0.7
    assert place.open().train().cached
    (place.folder / "mine.py").write_text((place.folder / "mine.py").read_text() + "# edited\n")
    assert not place.open().train().cached


# --- WRENCH


def test_a_wrench_folder(real_data, place):
    place.change_toml('train = "train.parquet"\ntest = "test.parquet"\ngold = "label"', 'format = "wrench"')
    place.change_toml('classes = ["HAM", "SPAM"]', "")
    result = place.open(data=real_data / "youtube").run()
    assert result.applied.matrices["train"].n == 1686
    assert {split: scores["end model"].n for split, scores in result.scores.items()}["test"] == 250


def test_other_data_on_the_command_line(place, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for name in ("train", "test"):
        pl.read_parquet(place.folder / f"{name}.parquet").head(9).write_parquet(other / f"{name}.parquet")
    assert place.open(data=other).apply().matrices["train"].n == 9
    assert place.open(test=other / "train.parquet").apply().matrices["train"].n == 45


def test_modules_beside_the_lf_module_belong_to_their_project(place, tmp_path):
    second = tmp_path / "second"
    second.mkdir()
    for folder, word in ((place.folder, "check"), (second, "song")):
        (folder / "words.py").write_text(f"WORD = {word!r}\n")
        (folder / "lfs.py").write_text(
            "import labelwright as lw\nfrom words import WORD\n"
            "has = lw.keywords('has', [WORD], on='text', vote='SPAM')\n"
        )
        if folder is second:
            for name in ("labelwright.toml", "train.parquet", "test.parquet"):
                (second / name).write_bytes((place.folder / name).read_bytes())
    one = Project.open(place.folder).apply().matrices["train"]
    other = Project.open(second).apply().matrices["train"]
    assert not np.array_equal(one.votes, other.votes)


def test_an_interrupted_run_is_marked_by_the_next(place):
    place.open().apply()
    with sqlite3.connect(place.folder / ".labelwright" / "ledger.sqlite") as db:
        db.execute("UPDATE runs SET status = 'running'")
    db.close()
    place.open().apply()
    with Ledger(place.folder / ".labelwright" / "ledger.sqlite") as ledger:
        assert [run.status for run in ledger.runs()] == ["done", "interrupted"]


# --- models that give no probabilities

WRONG = """
import numpy as np


class Own:
    def fit(self, X, P, *, covered=None):
        return self

    def predict_proba(self, X):
        return np.{wrong}


def make():
    return Own()
"""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("full((len(X), 2), 0.6)", r"row 0 has \[0.6, 0.6\]; expected numbers that are finite"),
        ("full((len(X), 3), 1 / 3)", r"probabilities of shape \(45, 3\); expected \(45, 2\)"),
    ],
)
def test_what_an_end_model_gives_are_probabilities(place, wrong, said):
    place.change_toml("[label_model]", '[end_model]\nname = "own:make"\nfeatures = ["text"]\n[label_model]')
    (place.folder / "own.py").write_text(WRONG.format(wrong=wrong))
    with pytest.raises(lw.LabelwrightError, match=said) as refusal:
        place.open().run()
    assert "\n" not in str(refusal.value)


def test_what_a_label_model_gives_are_probabilities(place, monkeypatch):
    monkeypatch.setattr(
        lw.label_models.WeightedMajorityVote, "predict_proba", lambda self, L: np.full((L.n, 2), 0.6)
    )
    with pytest.raises(
        lw.LabelModelError, match=r"gives train rows what are no prob.*row 0 has \[0.6, 0.6\]"
    ):
        place.open().fit()
