"""Several labeling questions in one project: their votes never meet."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

import labelwright as lw
from labelwright import ProjectError
from labelwright.cli import main
from labelwright.pipeline import Project
from labelwright.store import Ledger, StoredVotes, VoteStore, content_key

TOML = """
[[tasks]]
name = "spam"
classes = ["no", "yes"]
description = "Is it an advertisement?"
gold = "is_spam"

[[tasks]]
name = "toxic"
classes = ["no", "yes"]
gold = "is_toxic"

[data]
train = "train.csv"
test = "test.csv"

[label_model]
name = "MajorityVote"
"""

FILES = 'train = "train.csv"\ntest = "test.csv"'

LFS = """
import labelwright as lw

spam = lw.Task("spam", ["no", "yes"])
toxic = lw.Task("toxic", ["no", "yes"])

lfs = [
    lw.keywords("ad", ["check", "buy"], on="text", vote="yes", space=spam),
    lw.keywords("nice", ["love"], on="text", vote="no", space=spam),
    lw.keywords("insult", ["stupid"], on="text", vote="yes", space=toxic),
    lw.keywords("kind", ["love"], on="text", vote="no", space=toxic),
    lw.keywords("polite", ["please"], on="text", vote="no", space=toxic),
]
"""

ROWS = """text,is_spam,is_toxic
check this please,yes,no
I love it,no,no
you are stupid,no,yes
buy it stupid,yes,yes
love love,no,no
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, text in (("labelwright.toml", TOML), ("lfs.py", LFS), ("train.csv", ROWS), ("test.csv", ROWS)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def opened(folder):
    return lambda **more: Project.open(folder, progress=False, **more)


def change(folder, old, new, file="labelwright.toml"):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


# --- votes


def test_each_task_has_label_matrices_of_its_own(opened):
    applied = opened().apply_tasks()
    assert list(applied.tasks) == ["spam", "toxic"]
    spam, toxic = (applied.tasks[name].matrices["train"] for name in ("spam", "toxic"))
    assert (spam.lf_names, toxic.lf_names) == (("ad", "nice"), ("insult", "kind", "polite"))
    assert (spam.task.name, toxic.task.name) == ("spam", "toxic")
    assert spam.votes.tolist() == [[1, -1], [-1, 0], [-1, -1], [1, -1], [-1, 0]]
    assert toxic.votes.tolist() == [[-1, -1, 0], [-1, 0, -1], [1, -1, -1], [1, -1, -1], [-1, 0, -1]]
    assert applied.ran == 5
    assert opened().apply_tasks().ran == 0
    with pytest.raises(lw.LabelMatrixError):
        spam.with_lfs(toxic)


def test_one_task_is_chosen_and_its_votes_are_those_of_all_tasks(opened):
    both = opened().apply_tasks()
    one = opened(task="toxic").apply()
    assert one.ran == 0
    assert one.matrices["test"] == both.tasks["toxic"].matrices["test"]
    assert one.paths == both.tasks["toxic"].paths


def test_a_task_that_comes_later_hides_its_gold_column_from_the_others(folder, opened):
    lines = [f"{line},{'no' if i else 'is_rude'}" for i, line in enumerate(ROWS.splitlines())]
    for name in ("train.csv", "test.csv"):
        (folder / name).write_text("\n".join(lines))
    opened(task="spam").run()
    later = '[[tasks]]\nname = "rude"\nclasses = ["no", "yes"]\ngold = "is_rude"\n\n[data]'
    change(folder, "[data]", later)
    added = """
rude = lw.Task("rude", ["no", "yes"])
lfs = [
    lw.keywords("rudeness", ["stupid"], on="text", vote="yes", space=rude),
    lw.keywords("like", ["like"], on="text", vote="no", space=spam),"""
    change(folder, "\nlfs = [", added, file="lfs.py")
    assert opened(task="spam").apply().ran == 3  # without that column the rows are others for all LFs


def test_the_same_lf_for_two_tasks_shares_no_file(folder, opened):
    both = "".join(
        f'lw.keywords("love_{task}", ["love"], on="text", vote="no", space={task}),\n'
        for task in ("spam", "toxic")
    )
    change(folder, "lfs = [", f"lfs = [\n{both}", file="lfs.py")
    opened().apply_tasks()
    stores = [folder / ".labelwright" / "tasks" / task / "votes" / "columns" for task in ("spam", "toxic")]
    keys = [{path.name for path in store.iterdir()} for store in stores]
    assert [len(found) for found in keys] == [2, 3]  # LFs that do the same share one within a task
    assert not keys[0] & keys[1]
    assert not (folder / ".labelwright" / "votes").exists()


def test_the_run_gives_the_votes_of_any_task(opened):
    with opened()._started("apply", all_tasks=True) as run:
        toxic = run.of("toxic")
        assert toxic.votes("train").matrix.m == 3
        assert toxic.votes("train", "spam").matrix.m == 2
        assert toxic.votes("train", "toxic") is toxic.votes("train")
        assert run.of("toxic") is toxic
        with pytest.raises(ProjectError, match="has no task 'toxi'; did you mean 'toxic'"):
            run.of("toxi")


# --- the other steps


def test_each_task_has_labels_models_report_and_scores_of_its_own(folder, opened):
    change(folder, "[label_model]", '[end_model]\nname = "text"\n[label_model]')
    results = {task: opened(task=task).run() for task in ("spam", "toxic")}
    assert results["spam"].fitted.probabilities[:, 1].tolist() == [1.0, 0.0, 0.5, 1.0, 0.0]
    assert results["toxic"].fitted.probabilities[:, 1].tolist() == [0.0, 0.0, 1.0, 1.0, 0.0]
    for task, result in results.items():
        home = folder / ".labelwright" / "tasks" / task
        assert result.report == home / "report.html"
        assert result.scores["test"]["label model"].all_rows.n == 5
        assert opened(task=task).train().cached
        assert (home / "models").is_dir()
    rows = pl.read_csv(folder / "test.csv")
    spam, toxic = (opened(task=task).predict(rows).labels.tolist() for task in ("spam", "toxic"))
    assert spam == [1, 0, 1, 1, 0]
    assert toxic == [0, 0, 1, 1, 0]
    with Ledger(folder / ".labelwright" / "ledger.sqlite") as ledger:
        newest = {run.id: run for run in ledger.runs()}
        tasks = {metric.task for run in newest for metric in ledger.metrics(run)}
        assert tasks == {"spam", "toxic"}
        assert {lf.task for run in newest for lf in ledger.lf_runs(run)} == {"spam", "toxic"}


def test_what_was_before_is_compared_within_a_task(folder, opened):
    first = opened(task="spam").run()
    assert first.before == {}
    assert opened(task="toxic").run().before == {}
    assert (
        opened(task="spam").run().before["label model"]
        == first.scores["test"]["label model"].all_rows.accuracy
    )


def test_no_lf_and_no_end_model_sees_the_gold_labels_of_any_task(folder, opened):
    change(
        folder,
        "lfs = [",
        'lfs = [lw.keywords("peek", ["yes"], on="is_toxic", vote="yes", space=spam),',
        "lfs.py",
    )
    for call in (opened().apply_tasks, opened(task="spam").apply, opened(task="spam").check):
        with pytest.raises(lw.LabelingFunctionError, match="'peek' reads 'is_toxic', the gold column"):
            call()


def test_without_a_choice_the_other_steps_ask_for_one(folder, opened):
    project = opened()
    assert project.tasks == ("spam", "toxic")
    assert len(project.lfs) == 5
    rows = pl.DataFrame({"text": ["x"]})
    steps = [
        project.apply,
        project.fit,
        project.train,
        project.run,
        project.analyze,
        project.advise,
        project.worth,
    ]
    for step in (
        *steps,
        project.check,
        lambda: project.predict(rows),
        lambda: project.export(folder / "x.csv"),
    ):
        with pytest.raises(ProjectError, match="has 2 tasks: spam, toxic; choose one with"):
            step()
    assert not (folder / ".labelwright").exists()


# --- one task in [[tasks]] is a project with one task


def test_one_of_several_is_as_task(folder, opened):
    change(folder, TOML[TOML.index('[[tasks]]\nname = "toxic"') : TOML.index("[data]")], "")
    change(
        folder,
        LFS[LFS.index('    lw.keywords("insult"') : LFS.index("]\n", LFS.index('"polite"'))],
        "",
        "lfs.py",
    )
    result = opened().apply()
    assert result.matrices["train"].task == lw.Task("spam", ["no", "yes"])
    assert result.paths["train"] == folder / ".labelwright" / "votes" / "train.parquet"
    assert opened().results == folder / ".labelwright"
    assert opened(task="spam").apply().ran == 0


# --- what is wrong


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "toxic"', 'name = "spam"', r"\[\[tasks\]\] name 'spam' occurs twice"),
        ('name = "toxic"', "", r"\[\[tasks\]\] name is missing"),
        ('gold = "is_toxic"', "goldd = 1", r"\[\[tasks\]\] unknown key 'goldd'; did you mean 'gold'"),
        ("[data]", '[data]\ngold = "is_spam"', r"\[data\] gold is of one task, but there are 2"),
        ("[data]", "[task]\n[data]", r"there are \[task\] and \[\[tasks\]\]"),
        (
            TOML[TOML.index('[[tasks]]\nname = "toxic"') : TOML.index("[data]") + 6],
            '[data]\ngold = "is_toxic"',
            r"\[data\] gold = 'is_toxic', but \[\[tasks\]\] gold = 'is_spam'; keep one",
        ),
        (TOML[: TOML.index("[data]")], "tasks = []\n", r"begin each task with a line \[\[tasks\]\]"),
        (TOML[: TOML.index("[data]")], "[tasks]\n", r"begin each task with a line \[\[tasks\]\]"),
        (TOML[: TOML.index("[data]")], "tasks = [1]\n", r"begin each task with a line \[\[tasks\]\]"),
        (
            'train = "train.csv"\ntest = "test.csv"',
            'format = "wrench"\nfolder = "w"',
            "a WRENCH folder is of one",
        ),
    ],
)
def test_settings_that_are_wrong_are_told_in_one_line(folder, opened, old, new, message):
    change(folder, old, new)
    with pytest.raises(ProjectError, match=message) as refusal:
        opened()
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", space=spam)", ")", r"LF 'ad' says no task, and the project has 2: spam, toxic"),
        ('lw.Task("toxic"', 'lw.Task("toxid"', r"LF 'insult' is of task 'toxid', .* did you mean 'toxic'"),
        ("space=toxic", "space=spam", r"task 'toxic' has no LFs"),
    ],
)
def test_lfs_of_no_task_of_the_project_are_told_in_one_line(folder, opened, old, new, message):
    change(folder, old, new, file="lfs.py")
    with pytest.raises(ProjectError, match=message) as refusal:
        opened().apply_tasks()
    assert "\n" not in str(refusal.value)


def test_names_of_tasks_are_never_paths(folder, opened):
    for name in ("..", "a/b", "a.b", "ä ö"):
        (folder / "labelwright.toml").write_text(TOML.replace('name = "toxic"', f'name = "{name}"'))
        home = opened(task=name).results
        assert home.parent == folder / ".labelwright" / "tasks"
        assert home.resolve() == home


def test_each_name_of_a_task_is_a_folder_of_its_own_on_every_system(folder, opened):
    names = [
        "toxic",
        "Toxic",
        "TOXIC",
        "toxic ",
        "tox-ic",
        "tox ic",
        "tox/ic",
        "con",
        "ß",
        "ä" * 200,
        "x" * 300,
    ]
    names += ["x" * 299, "x" * 299 + "/", "%2E", ".", "~"]
    homes = []
    for name in names:
        (folder / "labelwright.toml").write_text(TOML.replace('name = "toxic"', f'name = "{name}"'))
        homes.append(opened(task=name).results.name)
    assert homes[0] == "toxic"  # what is plain stays readable
    assert len({home.lower() for home in homes}) == len(names)
    assert all(re.fullmatch("[a-z0-9_~-]{1,60}", home) and home != "con" for home in homes)


def test_a_very_long_name_of_a_task_can_be_worked_on(folder, opened):
    name = "is it toxic? " * 30
    change(folder, 'name = "toxic"', f'name = "{name}"')
    change(folder, 'lw.Task("toxic"', f'lw.Task("{name}"', "lfs.py")
    assert opened().apply_tasks().ran == 5
    assert opened(task=name).fit().probabilities.shape == (5, 2)


# --- votes of versions that knew of no tasks


def test_votes_of_before_tasks_are_missing_not_misread(place):
    place.open().apply()
    place.calls()
    store = VoteStore(place.folder / ".labelwright" / "votes")
    kept = sorted((store.folder / "columns").iterdir())
    project = place.open()
    with project._started("apply") as run:
        for split in run.splits:
            rows = run.rows(split)
            for lf in run.module.lfs:
                old = content_key("votes", lf.fingerprint, rows.fingerprint, list(run.task.space.names))
                store.save(old, StoredVotes(run.votes(split).matrix.votes[:, 0] * 0 + 1))
    for path in kept:
        path.unlink()
    again = place.open().apply()
    assert again.ran == 5
    assert set(again.matrices["train"].votes.ravel().tolist()) == {-1, 0, 1}


# --- the command line


def test_the_command_line_chooses_a_task(folder, capfd):
    assert main(["apply", "--json", "-q", "--yes", "-C", str(folder)]) == 0
    assert list(json.loads(capfd.readouterr().out)["tasks"]) == ["spam", "toxic"]
    assert main(["apply", "-q", "-C", str(folder)]) == 0
    assert "task spam" in capfd.readouterr().out
    assert main(["apply", "--json", "-q", "-C", str(folder), "--task", "toxic"]) == 0
    assert list(json.loads(capfd.readouterr().out)["splits"]) == ["train", "test"]
    assert main(["fit", "-q", "-C", str(folder)]) == 1
    assert "choose one with Project.open(..., task='spam') or --task spam" in capfd.readouterr().err
    assert main(["train", "-q", "-C", str(folder), "--task", "spam"]) == 0
    assert main(["predict", str(folder / "test.csv"), "-q", "-C", str(folder), "--task", "spam"]) == 0
