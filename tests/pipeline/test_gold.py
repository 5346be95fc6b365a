"""Hand labels are used where they are: they score, or teach the label model, and none does both."""

import json

import numpy as np
import polars as pl
import pytest

from labelwright import LabelModelError, ProjectError
from labelwright.label_models import WeightedMajorityVote
from labelwright.pipeline import Project
from labelwright.pipeline.run import started
from labelwright.store import ModelStore

LABEL_MODEL = 'name = "WeightedMajorityVote"'
TEACH = {split: f'{LABEL_MODEL}\ngold = "{split}"' for split in ("train", "valid")}
TEST = 'test = "test.parquet"\n'


def labeled(place, name: str, rows: int) -> None:
    """Leave the gold labels of the first rows only."""
    path = place.folder / f"{name}.parquet"
    keep = pl.int_range(pl.len()) < rows
    pl.read_parquet(path).with_columns(label=pl.when(keep).then("label")).write_parquet(path)


def relabeled(place, name: str, row: int, label: str) -> None:
    path = place.folder / f"{name}.parquet"
    there = pl.int_range(pl.len()) == row
    pl.read_parquet(path).with_columns(
        label=pl.when(there).then(pl.lit(label)).otherwise("label")
    ).write_parquet(path)


@pytest.fixture
def valid(place):
    """The project with validation rows, too: 10 of them labeled."""
    pl.read_parquet(place.folder / "train.parquet")[:30].write_parquet(place.folder / "valid.parquet")
    labeled(place, "valid", 10)
    place.change_toml(TEST, TEST + 'valid = "valid.parquet"\n')
    return place


# --- labels of training rows are used where no other row has any


def test_ten_hand_labels_of_training_rows_score_and_nothing_says_that_there_are_none(place):
    place.change_toml(TEST, "")
    labeled(place, "train", 10)
    result = place.open().run()
    assert result.split == "train"
    assert {name: one.n for name, one in result.scores["train"].items()} == {
        "majority vote": 10,
        "label model": 10,
        "end model": 10,
    }
    assert result.to_dict()["gold"] == {
        "label_model": "none",
        "teaching": {},
        "scoring": {"train": 10},
        "held_out": False,
        "picked_by_difficulty": 0,
    }
    page = " ".join(result.report.read_text().split())
    for lack in ("No hand labels", "Without hand labels", "no hand labels", "needs rows with hand labels"):
        assert lack not in page
    assert "On 10 training rows labeled by hand, the end model is right on" in page
    assert "True accuracy is counted on 10 hand labels (10 training rows)" in page
    assert "it learned from these rows, though not from their hand labels" in page
    assert "On the 10 training rows with hand labels it is right on" in page
    assert "There are 10 training rows with a hand label to score by" in page


def test_lfs_are_judged_by_the_hand_labels_of_all_splits(valid):
    labeled(valid, "train", 5)
    result = valid.open().run()
    assert result.fitted.gold.scoring == {"train": 5, "valid": 10, "test": 18}
    said = "33 hand labels (5 training rows, 10 validation rows and 18 test rows)"
    assert f"True accuracy is counted on {said}" in result.report.read_text()
    view = valid.open().analyze(split="valid").views["valid"]
    assert view.gold.said == said
    assert sum(view.functions["judged"]) == int((view.gold.matrix.votes >= 0).sum())
    assert valid.open().advise().measured.splits == {"train": 5, "valid": 10, "test": 18}


def test_a_split_without_hand_labels_shows_accuracies_by_those_of_others(place):
    labeled(place, "train", 0)
    found = place.open().analyze(split="train")
    view = found.views["train"]
    assert view.functions["accuracy"].is_not_null().any()
    assert view.classes is not None
    assert view.mistakes is None
    assert found.to_dict()["gold"]["scoring"] == {"test": 18}


def test_rows_that_were_picked_because_they_are_hard_are_said_to_be(place):
    place.change_toml(TEST, "")
    labeled(place, "train", 0)
    with place.open().label(count=6) as labeling:
        for _ in range(6):
            labeling.label("SPAM")
    assert place.open().fit().gold.picked == 0
    by_hand = place.folder / "hand_labels.csv"
    by_hand.write_text(by_hand.read_text().replace(",random,", ",uncertainty,", 3))
    gold = place.open().fit().gold
    assert (gold.scoring, gold.picked) == ({"train": 6}, 3)
    assert "3 rows with a hand label were picked by disagreement or uncertainty" in gold.sentence
    assert "scores on them are too low" in place.open().run().report.read_text()


# --- labels that teach


@pytest.mark.parametrize("source", ["train", "valid"])
def test_hand_labels_teach_the_label_model_and_do_not_score(valid, source):
    labeled(valid, "train", 20)
    plain = valid.open().fit()
    valid.change_toml(LABEL_MODEL, TEACH[source])
    result = valid.open().run()
    counts = {"train": 20, "valid": 10, "test": 18}
    taught = counts.pop(source)
    assert (result.fitted.gold.teaching, result.fitted.gold.scoring) == ({source: taught}, counts)
    assert source not in result.scores
    assert result.fitted.report.hand_labels == taught
    assert not result.fitted.cached
    assert json.loads(result.metrics.read_text())["gold"]["teaching"] == {source: taught}
    train, other = (result.applied.matrices[split] for split in ("train", "valid"))
    gold = {
        split: pl.read_parquet(valid.folder / f"{split}.parquet")["label"].to_numpy()
        for split in ("train", "valid")
    }
    if source == "train":
        direct = WeightedMajorityVote(random_state=0).fit(train, gold=gold["train"])
    else:
        both = np.vstack([train.votes, other[:10].votes])
        labels = [None] * train.n + gold["valid"][:10].tolist()
        direct = WeightedMajorityVote(random_state=0).fit(
            type(train)(both, space=train.space, lf_names=train.lf_names), gold=labels
        )
    assert result.fitted.class_balance.tolist() == pytest.approx(direct.class_balance_.tolist())
    assert result.fitted.class_balance.tolist() != plain.class_balance.tolist()
    rows = {"train": "20 training rows", "valid": "10 validation rows"}[source]
    assert f"on {rows} they teach the label model and score nothing" in result.report.read_text()


def test_where_no_other_label_scores_half_of_them_are_kept_back(place):
    place.change_toml(TEST, "")
    place.change_toml(LABEL_MODEL, TEACH["train"])
    result = place.open().run()
    gold = result.fitted.gold
    assert gold.held_out
    teach, score = gold.teaching["train"], gold.scoring["train"]
    assert teach + score == 45
    assert 10 < teach < 35
    assert result.scores["train"]["label model"].n == score
    assert result.fitted.report.hand_labels == teach
    # A label stays on its side when others are added or taken away.
    labeled(place, "train", 30)
    fewer = place.open().fit().gold
    assert fewer.teaching["train"] <= teach
    assert fewer.teaching["train"] + fewer.scoring["train"] == 30
    assert fewer.scoring["train"] <= score


def test_equal_rows_are_on_one_side(place):
    from labelwright.pipeline.gold import half_of
    from labelwright.pipeline.rows import Rows, RowsRecord

    frame = pl.DataFrame({"text": [f"row {i % 7}" for i in range(70)]})
    gold = np.zeros(70, dtype=np.int64)
    gold[::3] = -1
    half = half_of(Rows("train", RowsRecord.of(frame, gold), lambda: (frame, gold)), gold)
    for i in range(7):
        assert len(set(half[i::7][gold[i::7] >= 0].tolist())) == 1
    assert not half[gold < 0].any()


def test_an_answer_for_rows_of_one_text_never_both_teaches_and_scores(place):
    """One answer of `label` counts for all rows of its text, in every split, whatever their ids are."""
    train = pl.read_parquet(place.folder / "train.parquet").with_row_index("id").with_columns(label=None)
    train = pl.concat([train, train.with_columns(id=pl.col("id") + 1000)])
    train.with_columns(label=pl.lit(None, pl.String)).write_parquet(place.folder / "train.parquet")
    with place.open().label(count=25) as labeling:
        for i in range(25):
            labeling.label(("HAM", "SPAM")[i % 2])
    place.change_toml(LABEL_MODEL, TEACH["train"])

    def texts(split: str, *, teach: bool) -> set[str]:
        with started(place.open().settings, "fit") as run:
            labels = run.gold.teaching(split) if teach else run.gold.scoring(split)
            rows = run.rows(split).frame
            return set() if labels is None else set(rows["text"].to_numpy()[labels >= 0])

    test = pl.read_parquet(place.folder / "test.parquet")
    copies = train[:40].drop("id").with_columns(label=pl.lit("HAM"))
    pl.concat([test.select("text", "label"), copies.select("text", "label")]).write_parquet(
        place.folder / "test.parquet"
    )
    taught, scored = texts("train", teach=True), texts("test", teach=False)
    assert taught
    assert scored
    assert not taught & scored
    assert taught & set(copies["text"])
    gold = place.open().run().fitted.gold
    assert gold.scoring["test"] < 18 + 40
    place.change_toml(TEST, "")
    taught, scored = texts("train", teach=True), texts("train", teach=False)
    assert taught
    assert scored
    assert not taught & scored


def test_rows_that_are_hard_and_teach_do_not_spoil_scores(place):
    labeled(place, "train", 0)
    with place.open().label(count=6) as labeling:
        for i in range(6):
            labeling.label(("HAM", "SPAM")[i % 2])
    by_hand = place.folder / "hand_labels.csv"
    by_hand.write_text(by_hand.read_text().replace(",random,", ",uncertainty,"))
    assert place.open().fit().gold.picked == 6
    place.change_toml(LABEL_MODEL, TEACH["train"])
    gold = place.open().fit().gold
    assert (gold.teaching["train"], gold.picked) == (6, 0)
    assert "too low" not in gold.sentence


def test_editing_a_label_that_teaches_fits_anew_and_one_that_scores_does_not(place):
    place.change_toml(LABEL_MODEL, TEACH["train"])
    place.open().train()
    relabeled(place, "test", 0, "HAM")
    assert place.open().fit().cached
    relabeled(place, "train", 0, "HAM")
    assert not place.open().train().cached
    assert place.open().fit().cached


def test_without_the_setting_gold_changes_no_label(place):
    place.open().fit()
    relabeled(place, "train", 0, "HAM")
    assert place.open().fit().cached


def test_votes_beyond_exact_counts_learn_the_same_labels(place, monkeypatch):
    from labelwright.core import statistics

    place.change_toml(LABEL_MODEL, TEACH["train"])
    exact = place.open().fit()
    ModelStore(place.folder / ".labelwright" / "models").latest("label_model").unlink()
    monkeypatch.setattr(statistics, "MAX_PATTERNS", 4)
    assert place.open().fit().report.hand_labels == exact.report.hand_labels == 45


def test_the_advisor_says_what_labels_that_teach_bring(place):
    place.change_toml(LABEL_MODEL, TEACH["train"])
    advice = place.open().advise()
    assert advice.gold_gain.in_use
    assert (advice.gold_gain.taught, advice.gold_gain.scored) == (45, 18)
    assert advice.measured.splits == {"test": 18}
    assert "45 hand labels teach WeightedMajorityVote: it is right on" in str(advice).replace("\n    ", " ")


def test_labels_can_be_given_where_the_model_waits_for_them(place):
    place.change_toml(TEST, "")
    place.change_toml(LABEL_MODEL, TEACH["train"])
    labeled(place, "train", 0)
    with place.open().label(by="uncertainty", count=2) as labeling:
        labeling.label("SPAM")
    assert sum(place.open().fit().gold.to_dict()["teaching"].values()) <= 1


@pytest.mark.filterwarnings("ignore::labelwright.LabelModelWarning")  # so it is meant
def test_the_advisor_measures_what_idle_labels_would_bring_and_says_what_to_write(place):
    """Of copies that are wrong together hand labels tell more than agreement does."""
    wrong = [
        f'@lw.labeling_function(columns=["text"])\ndef wrong{i}(x):\n'
        f'    return None if len(x.text) % 7 == {i} else ("HAM" if "check" in x.text or "http" in x.text or '
        '"buy" in x.text else "SPAM")\n'
        for i in range(3)
    ]
    right = [
        one.replace("wrong", "right").replace('"HAM"', "0").replace('"SPAM"', '"HAM"') for one in wrong[:1]
    ]
    right = [one.replace("else (0 if", 'else ("SPAM" if') for one in right]
    (place.folder / "lfs.py").write_text("import labelwright as lw\n" + "\n".join(wrong + right))
    advice = place.open().advise()
    gain = advice.gold_gain
    assert (gain.model, gain.labels, gain.taught, gain.in_use) == ("WeightedMajorityVote", 63, 31, False)
    place.change_toml("WeightedMajorityVote", "DawidSkene")
    advice = place.open().advise()
    assert advice.gold_gain.model == "DawidSkene"
    assert advice.gold_gain.gain.low > 0
    step = next(one for one in advice.next_steps if one.kind == "hand-labels")
    assert step.action == 'Set gold = "train" in [label_model].'
    assert advice.to_dict()["gold_gain"]["gain"]["low"] > 0
    report = place.open().run().report.read_text()
    assert "Hand labels would help the label model: You have 63 hand labels: DawidSkene" in report
    place.change_toml("DawidSkene", "MajorityVote")
    action = [one.action for one in place.open().advise().next_steps if one.kind == "hand-labels"]
    assert action in ([], ['Set name = "LabelModel" and gold = "train" in [label_model].'])


# --- what cannot be


def test_a_split_without_hand_labels_cannot_teach(place):
    place.change_toml(LABEL_MODEL, TEACH["valid"])
    with pytest.raises(
        ProjectError, match="no validation row has a hand label: the project has no valid data"
    ):
        place.open().fit()
    place.change_toml('gold = "valid"', 'gold = "train"')
    labeled(place, "train", 0)
    with pytest.raises(ProjectError, match="no training row has a hand label: hand labels are in test"):
        place.open().run()


def test_labels_of_test_rows_never_teach(place):
    place.change_toml(LABEL_MODEL, f'{LABEL_MODEL}\ngold = "test"')
    with pytest.raises(ProjectError, match="hand labels of test rows only score"):
        place.open()
    place.change_toml('gold = "test"', 'gold = "trian"')
    with pytest.raises(ProjectError, match="did you mean 'train'"):
        place.open()


def test_a_model_that_learns_nothing_from_labels_refuses_them(place):
    place.change_toml(LABEL_MODEL, 'name = "MajorityVote"\ngold = "train"')
    for step in (Project.fit, Project.run):
        with pytest.raises(
            LabelModelError, match="MajorityVote learns nothing from hand labels; take another"
        ):
            step(place.open())


# --- several tasks


def test_each_task_learns_from_its_own_labels_and_one_without_from_votes_alone(place):
    place.change_toml('[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n', "")
    place.change_toml('gold = "label"\n', "")
    place.change_toml(LABEL_MODEL, TEACH["train"])
    text = (place.folder / "labelwright.toml").read_text()
    tasks = "".join(
        f'[[tasks]]\nname = "{name}"\nclasses = ["HAM", "SPAM"]\n{gold}\n'
        for name, gold in (("spam", 'gold = "label"'), ("other", ""))
    )
    (place.folder / "labelwright.toml").write_text(tasks + text)
    lfs = (
        'import labelwright as lw\nspam = lw.Task("spam", ["HAM", "SPAM"])\n'
        'other = lw.Task("other", ["HAM", "SPAM"])\n'
    )
    for task in ("spam", "other"):
        for word, vote in (("check", "SPAM"), ("love", "HAM"), ("song", "HAM")):
            lfs += f'{task}_{word} = lw.keywords("{task}_{word}", ["{word}"], on="text", vote="{vote}", '
            lfs += f"space={task})\n"
    (place.folder / "lfs.py").write_text(lfs)
    assert place.open(task="spam").fit().gold.teaching == {"train": 45}
    found = place.open(task="other").fit().gold
    assert (found.taught, found.source, found.scoring) == (0, "train", {})
