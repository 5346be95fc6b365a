"""Hand labels: kept by what rows hold, read by every step, written after every answer."""

import csv

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline.hand_labels import HandLabels
from labelwright.pipeline.row_reader import RowReader

TOML = """
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.csv"
test = "test.csv"
[label_model]
name = "MajorityVote"
"""
LFS = """
import labelwright as lw
ads = lw.keywords("ads", ["check out", "buy"], on="text", vote="SPAM")
love = lw.keywords("love", ["love", "song"], on="text", vote="HAM")
"""
TEXTS = ["check out this song", "love it", "buy now", "nothing", "love it", " ", "buy this song, love"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "labelwright.toml").write_text(TOML)
    (tmp_path / "lfs.py").write_text(LFS)
    write(tmp_path, TEXTS)
    pl.DataFrame({"text": ["love it", "buy that"]}).write_csv(tmp_path / "test.csv")
    return tmp_path


def write(folder, texts, **columns):
    pl.DataFrame({"text": texts, **columns}).write_csv(folder / "train.csv")


def open_(folder, **more):
    return lw.Project.open(folder, progress=False, **more)


def answer(folder, answers, **more):
    """Label by text; None skips."""
    asked = []
    with open_(folder).label(**more) as labeling:
        while labeling.row is not None and labeling.row.text in answers:
            asked.append(labeling.row.text)
            said = answers[labeling.row.text]
            if said is None:
                labeling.skip()
            else:
                labeling.label(said)
    return asked, labeling.result()


def gold(folder, split="train"):
    settings = open_(folder).settings
    found = RowReader(settings, None).read(split).gold
    return None if found is None else found.tolist()


ALL = {"check out this song": "SPAM", "love it": "HAM", "buy now": 1, "nothing": None, TEXTS[6]: "SPAM"}


def test_every_row_of_one_content_is_labeled_once_and_blank_ones_are_not_asked(folder):
    assert gold(folder) is None
    asked, result = answer(folder, ALL)
    assert sorted(asked) == sorted({text for text in TEXTS if text.strip()})
    assert (result.labeled, result.skipped, result.classes) == (4, 1, {"HAM": 1, "SPAM": 3})
    assert gold(folder) == [1, 0, 1, -1, 0, -1, 1]
    assert gold(folder, "test") == [0, -1]  # the same text stands there, too


def test_labels_follow_their_rows_through_reordered_and_changed_data(folder):
    answer(folder, ALL)
    texts = ["new", "buy  now ", *reversed(TEXTS)]
    write(folder, texts, stars=list(range(len(texts))))
    assert gold(folder) == [-1, 1, 1, -1, 0, -1, 1, 0, 1]
    toml = (folder / "labelwright.toml").read_text()
    (folder / "labelwright.toml").write_text(toml.replace("[data]", '[data]\ntext = "body"'))
    pl.DataFrame({"body": TEXTS}).write_csv(folder / "train.csv")
    assert gold(folder) == [1, 0, 1, -1, 0, -1, 1]


def test_a_sitting_goes_on_where_the_last_one_stopped_and_skipped_rows_come_last(folder):
    with open_(folder).label() as labeling:
        first = labeling.row.text
        labeling.skip()
        second = labeling.row.text
        labeling.label("HAM")
        third = labeling.row.text
    with open_(folder).label() as labeling:
        seen = [labeling.row.text]
        while labeling.row is not None:
            seen.append(labeling.row.text)
            labeling.label(0)
    assert seen[0] == third
    assert second not in seen
    assert seen[-1] == first


def test_as_many_are_asked_for_as_wanted(folder):
    _, result = answer(folder, ALL, count=2)
    assert result.labeled + result.skipped <= 3
    assert result.labeled == 2
    assert result.rows_left == 3


def test_undo_takes_back_answers_in_the_file_too(folder):
    path = folder / "hand_labels.csv"
    with open_(folder).label() as labeling:
        assert not labeling.undo()
        first = labeling.row
        labeling.label("HAM")
        before = path.read_text()
        labeling.skip()
        labeling.label("SPAM")
        assert labeling.undo()
        assert labeling.undo()
        assert path.read_text() == before
        assert labeling.undo()
        assert labeling.row == first
        assert labeling.labeled == 0
    assert len(path.read_text().splitlines()) == 1


def test_the_seed_decides_the_order_and_the_place_of_rows_does_not(folder):
    orders = set()
    for seed in range(6):
        with open_(folder).label(seed=seed) as labeling:
            orders.add(labeling.row.text)
    assert len(orders) > 1
    with open_(folder).label(seed=3) as labeling:
        first = labeling.row.text
    write(folder, list(reversed(TEXTS)))
    with open_(folder).label(seed=3) as labeling:
        assert labeling.row.text == first


def test_by_disagreement_the_rows_on_which_lfs_differ_come_first(folder):
    with open_(folder).label(by="disagreement") as labeling:
        assert labeling.note is None
        assert labeling.row.text == TEXTS[6] or labeling.row.text == TEXTS[0]


def test_by_uncertainty_rows_with_even_probabilities_come_first_and_those_without_a_vote_last(folder):
    asked, _ = answer(folder, ALL, by="uncertainty")
    assert set(asked[:2]) == {TEXTS[0], TEXTS[6]}
    assert asked[-1] == "nothing"


@pytest.mark.parametrize("lfs", [None, "import labelwright as lw\n", LFS.replace("song", "sing")])
def test_where_nothing_speaks_for_a_row_all_are_picked_at_random_and_it_is_said(folder, lfs):
    write(folder, ["check out", "love it", "nothing"])
    (folder / "lfs.py").unlink()
    if lfs is not None:
        (folder / "lfs.py").write_text(lfs)
    for by in ("disagreement", "uncertainty"):
        with open_(folder).label(by=by) as labeling:
            assert "picked at random" in labeling.note
            assert labeling.row is not None
        assert labeling.result().picked == "random"


def test_rows_with_gold_labels_are_not_asked_about_and_later_hand_labels_win(folder):
    toml = (folder / "labelwright.toml").read_text()
    (folder / "labelwright.toml").write_text(toml.replace("[data]", '[data]\ngold = "label"'))
    write(folder, TEXTS, label=["SPAM", None, None, None, "HAM", None, None])
    asked, _ = answer(folder, dict.fromkeys(TEXTS, "SPAM"))
    assert sorted(asked) == sorted(["buy now", "nothing", TEXTS[6]])
    write(folder, TEXTS, label=["SPAM", None, "HAM", "HAM", "HAM", None, None])
    assert gold(folder) == [1, -1, 1, 1, 0, -1, 1]


def test_labels_are_seen_by_the_next_run_and_votes_are_kept(folder):
    project = open_(folder)
    project.run()
    assert open_(folder).analyze().summaries["train"].get_column("correct", default=None) is None
    answer(folder, ALL)
    result = open_(folder).run()
    assert all(lf.cached for lf in result.applied.outcomes["train"])
    assert result.scores["train"]["label model"].n == 5
    assert result.scores["test"]["label model"].n == 1


def test_columns_that_are_shown_tell_rows_apart(folder):
    toml = (folder / "labelwright.toml").read_text()
    (folder / "labelwright.toml").write_text(toml.replace("[data]", '[data]\nshow = ["text", "stars"]'))
    write(folder, ["ok", "ok", "ok"], stars=[1, 5, 1])
    with open_(folder).label() as labeling:
        shown = dict(labeling.row.values)["stars"]
        labeling.label("SPAM" if shown == "1" else "HAM")
        assert dict(labeling.row.values)["stars"] != shown
    assert sorted(gold(folder)) in ([-1, 1, 1], [-1, -1, 0])


def test_tables_without_a_text_are_labeled_by_all_their_columns(folder):
    pl.DataFrame({"a": [1.5, 2.0, 1.5], "b": [True, None, True]}).write_csv(folder / "train.csv")
    with open_(folder).label(count=9) as labeling:
        assert labeling.row.text is None
        assert [name for name, _ in labeling.row.values] == ["a", "b"]
        while labeling.row is not None:
            labeling.label(0)
    assert labeling.labeled == 2
    assert gold(folder) == [0, 0, 0]


def test_the_tasks_of_one_project_share_the_file(folder):
    toml = (folder / "labelwright.toml").read_text()
    several = '[[tasks]]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n'
    several += '[[tasks]]\nname = "tone"\nclasses = ["bad", "good"]\n'
    tail = toml.partition("[data]")[2]
    (folder / "labelwright.toml").write_text(f"{several}[data]{tail}")
    for task, label in (("spam", "SPAM"), ("tone", "good")):
        with open_(folder, task=task).label(count=1) as labeling:
            labeling.label(label)
    found = HandLabels.read(folder / "hand_labels.csv")
    assert [one.label for one in found.of_task("spam") + found.of_task("tone")] == ["SPAM", "good"]
    with pytest.raises(lw.ProjectError, match="2 tasks"):
        open_(folder).label()


def test_one_sitting_at_a_time(folder):
    with open_(folder).label(), pytest.raises(lw.StoreError, match="somebody else is labeling"):
        open_(folder).label().__enter__()


def test_what_a_killed_sitting_left_is_removed(folder):
    left = folder / ".hand_labels.csv.123.partial"
    left.write_text("half")
    with open_(folder).label():
        assert not left.exists()


def test_what_somebody_wrote_into_the_file_stays(folder):
    path = folder / "hand_labels.csv"
    with open_(folder).label() as labeling:
        labeling.label("HAM")
        lines = list(csv.reader(path.open(newline="")))
        lines[0].append("why")
        lines[1].append("said so; really")
        csv.writer(path.open("w", newline=""), delimiter=";").writerows(lines)  # as some spreadsheets do
        labeling.label("SPAM")
    written = list(csv.DictReader(path.open(newline="")))
    assert [line["why"] for line in written] == ["said so; really", ""]
    assert [line["label"] for line in written] == ["HAM", "SPAM"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("label,text\nHAM,x\n", "lack the columns task, columns, key"),
        ("label,task,columns,key\nHAM,spam,,\n", "line 2 has no key"),
        ("label,task,columns,key\nHAM,spam,[1],a\n", "line 2 has no key or columns"),
        ("label,task,columns,key\nHMA,spam,,a\n", "hold 1 value that is no class: 'HMA'"),
        ("label,task,columns,key\nHAM,junk,,a\n", "of task 'junk'"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_says_what_is_wrong(folder, content, said):
    path = folder / "hand_labels.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(lw.LabelwrightError, match="hand labels") as caught:
        gold(folder)
    assert said in str(caught.value)


def test_an_empty_file_and_blank_lines_say_nothing(folder):
    (folder / "hand_labels.csv").write_text("")
    assert gold(folder) is None
    (folder / "hand_labels.csv").write_text("\ufefflabel,task,columns,key\n,,,\n\n")
    assert gold(folder) is None
