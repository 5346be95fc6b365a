import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from labelwright import read_crowd
from labelwright._errors import DataError, DataWarning, SchemaError
from labelwright.label_models import MajorityVote

VOTES = [
    {"task": "t2", "worker": "bob", "label": "dog"},
    {"task": "t1", "worker": "ann", "label": "cat"},
    {"task": "t2", "worker": "ann", "label": "dog"},
    {"task": "t1", "worker": "eve", "label": "dog"},
]


def test_tasks_become_rows_and_workers_lfs():
    with pytest.warns(DataWarning, match="1 of 2 gold labels are about tasks without votes"):
        crowd = read_crowd(VOTES, gold=[{"task": "t1", "label": "cat"}, {"task": "t9", "label": "dog"}])
    assert crowd.notes == ("1 of 2 gold labels are about tasks without votes",)
    assert crowd.space.names == ("cat", "dog")
    assert crowd.tasks["task"].to_list() == ["t2", "t1"]
    assert crowd.label_matrix.lf_names == ("bob", "ann", "eve")
    assert crowd.label_matrix.votes.tolist() == [[1, 1, -1], [-1, 0, 1]]
    assert crowd.gold.tolist() == [-1, 0]
    assert len(crowd) == 2


def test_a_folder_holds_votes_gold_items_and_class_names(tmp_path):
    pl.DataFrame({"task": [7, 8], "worker": ["a", "a"], "label": [1, 0]}).write_csv(tmp_path / "votes.csv")
    pl.DataFrame({"task": [8], "label": [0]}).write_csv(tmp_path / "gold.csv")
    pl.DataFrame({"task": [8, 7], "text": ["eight", "seven"]}).write_csv(tmp_path / "items.csv")
    (tmp_path / "label.json").write_text(json.dumps({"0": "no", "1": "yes", "2": "maybe"}))
    crowd = read_crowd(tmp_path)
    assert crowd.space.names == ("no", "yes", "maybe")
    assert crowd.tasks.to_dicts() == [{"task": "7", "text": "seven"}, {"task": "8", "text": "eight"}]
    assert crowd.label_matrix.votes.tolist() == [[1], [0]]
    assert crowd.gold.tolist() == [-1, 0]


def test_labels_are_names_or_indices_and_numbers_sort_as_numbers():
    by_index = [{**vote, "label": {"cat": 1, "dog": 0}[vote["label"]]} for vote in VOTES]
    named = read_crowd(by_index, space=["dog", "cat"])
    assert named.label_matrix.votes.tolist() == [[0, 0, -1], [-1, 1, 0]]
    numbered = read_crowd([{"task": i, "worker": "w", "label": label} for i, label in enumerate([10, 9, 2])])
    assert numbered.space.names == ("2", "9", "10")


def test_columns_may_have_other_names():
    frame = pl.DataFrame(VOTES).rename({"task": "item", "worker": "who", "label": "answer"})
    crowd = read_crowd(frame, gold=frame.head(1), task="item", worker="who", label="answer")
    assert crowd.label_matrix.shape == (2, 3)
    assert crowd.gold.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("votes", "settings", "error", "message"),
    [
        (VOTES, {"worker": "workers"}, SchemaError, "no column 'workers'; did you mean 'worker'"),
        (VOTES, {"worker": "task"}, SchemaError, "one column twice"),
        (VOTES, {"space": ["cat", "bird"]}, DataError, "votes hold 1 value that is no class: 'dog' .3 rows"),
        (
            VOTES,
            {"gold": [{"task": "t1", "label": "cow"}], "space": ["cat", "dog"]},
            DataError,
            "gold labels hold 1 value that is no class: 'cow'",
        ),
        (
            VOTES,
            {"gold": [{"task": "t1", "label": x} for x in ("cat", "dog")]},
            DataError,
            "two different ones",
        ),
        (VOTES, {"items": [{"id": "t1"}]}, SchemaError, "table of items has no column 'task'"),
        ([*VOTES, {**VOTES[0], "label": "cat"}], {}, DataError, "worker 'bob' labels task 't2' both"),
        ([*VOTES, {**VOTES[0], "worker": " "}], {}, DataError, "votes: row 4 has no 'worker'"),
        ([{**vote, "label": None} for vote in VOTES], {}, DataError, "no row of the votes has a label"),
        (VOTES, {"repeats": "frist"}, DataError, "repeats='frist' is unknown; did you mean 'first'"),
        (VOTES, {"mapping": {"cow": "cat"}}, DataError, "pass the classes as space= too"),
        (
            VOTES,
            {"gold": {"7": "cat", "8": "dog"}},
            DataError,
            r"gold labels: none of their tasks \('7', '8'\) is a task of the votes \('t2', 't1'\)",
        ),
        (VOTES, {"items": [{"task": 7, "text": "a"}]}, DataError, "items: none of their tasks"),
        (
            pl.DataFrame({"item": ["a"], "question": ["b"], "worker": ["c"], "label": ["d"]}),
            {},
            SchemaError,
            "each of item, question could be it; pass task=",
        ),
        (
            pl.DataFrame({"no": ["a"], "worker": ["c"], "label": ["d"]}),
            {},
            SchemaError,
            "no column 'task'; pass task=, one of no, worker, label",
        ),
        (
            [{**vote, "task": 2.0**60} for vote in VOTES],
            {},
            DataError,
            "as a float, which cannot tell it from its neighbours",
        ),
        (VOTES[:1], {}, DataError, "at least 2"),
        (pl.DataFrame(VOTES).head(0), {}, DataError, "0 rows"),
    ],
)
def test_bad_tables_are_refused_in_one_line(votes, settings, error, message):
    with pytest.raises(error, match=message) as caught:
        read_crowd(votes, **settings)
    assert "\n" not in str(caught.value)


def crowd_of(tasks, **settings):
    votes = pl.DataFrame({"task": tasks, "worker": "ann", "label": ["cat", "dog"]})
    return read_crowd(votes, **settings)


@pytest.mark.parametrize(
    ("tasks", "others"),
    [
        (["001", "002"], [1, 2]),
        ([1, 2], ["001", "002"]),
        ([1.0, 2.0], [1, 2]),
        ([1, 2], [1.0, 2.0]),
        (["1.0", "2.0"], [1, 2]),
        (["001", "002"], ["1", "2"]),
        ([" 1", "2 "], [1, 2]),
        (["a1", "2"], ["a1", 2]),
    ],
)
def test_tasks_join_where_they_are_one_number(tasks, others):
    others = pl.Series(others, strict=False) if isinstance(others[0], str) else pl.Series(others)
    answers = pl.DataFrame({"task": others, "label": ["cat", "dog"]})
    crowd = crowd_of(tasks, gold=answers, items=answers.rename({"label": "about"}))
    assert crowd.gold.tolist() == [0, 1]
    assert crowd.tasks["about"].to_list() == ["cat", "dog"]
    assert crowd.notes == ()


def test_tasks_that_could_be_several_are_said():
    with pytest.raises(DataError, match=r"task '1' of the gold labels is one number .* '1', '001'; write"):
        crowd_of(["1", "001"], gold=pl.DataFrame({"task": [1], "label": ["cat"]}))
    with pytest.raises(DataError, match=r"task '1' of the votes is one number .* gold labels: '01', '1'"):
        crowd_of([1, 2], gold=pl.DataFrame({"task": ["01", "1"], "label": ["cat", "cat"]}))
    assert crowd_of(["1", "001"], gold={"1": "cat"}).gold.tolist() == [0, -1]


TWICE = [*VOTES, {**VOTES[0], "label": "cat"}, {**VOTES[0], "label": "cat"}]


@pytest.mark.parametrize(
    ("repeats", "votes", "names"),
    [
        ("first", [[1, 1, -1], [-1, 0, 1]], ("bob", "ann", "eve")),
        ("last", [[1, 0, -1], [0, -1, 1]], ("ann", "bob", "eve")),
        ("abstain", [[1, -1], [0, 1]], ("ann", "eve")),
        ("all", [[1, 1, -1, 0], [-1, 0, 1, -1]], ("bob", "ann", "eve", "bob (2)")),
    ],
)
def test_two_labels_of_one_worker_for_one_task(repeats, votes, names):
    crowd = read_crowd(TWICE, repeats=repeats)
    found = {name: crowd.label_matrix[:, name].votes.ravel().tolist() for name in crowd.label_matrix.lf_names}
    expected = {name: [row[column] for row in votes] for column, name in enumerate(names)}
    assert found == expected


def test_votes_without_a_label_are_none():
    crowd = read_crowd([*VOTES, {"task": "t3", "worker": "bob", "label": None}])
    assert crowd.label_matrix.votes.tolist() == [[1, 1, -1], [-1, 0, 1], [-1, -1, -1]]
    assert crowd.notes == ("1 vote without a label",)
    assert "5 votes" not in repr(crowd)
    assert "4 votes of 3 workers on 3 tasks" in repr(crowd)


def test_labels_that_are_floats_are_named_and_sorted_as_numbers():
    labels = [10.0, 1.0, 2.0, float("nan")]
    votes = pl.DataFrame({"task": [1, 2, 3, 4], "worker": "ann", "label": labels})
    crowd = read_crowd(votes, gold=pl.DataFrame({"task": ["1", "2"], "label": ["10", "02"]}))
    assert crowd.space.names == ("1", "2", "10")
    assert crowd.label_matrix.votes.ravel().tolist() == [2, 0, 1, -1]
    assert crowd.gold.tolist() == [2, 1, -1, -1]


def test_numbers_are_names_where_the_class_names_are_numbers(tmp_path):
    votes = pl.DataFrame({"task": [1, 2, 3], "worker": "ann", "label": [1, 5, 2]})
    assert read_crowd(votes, space=list("12345")).label_matrix.votes.ravel().tolist() == [0, 4, 1]
    signs = votes.with_columns(label=pl.Series([-1, 0, 1]))
    assert read_crowd(signs, space=["-1", "0", "1"]).label_matrix.votes.ravel().tolist() == [0, 1, 2]
    votes.write_csv(tmp_path / "votes.csv")
    (tmp_path / "label.json").write_text(json.dumps({str(i): str(i + 1) for i in range(5)}))
    assert read_crowd(tmp_path).label_matrix.votes.ravel().tolist() == [0, 4, 1]


def test_labels_are_mapped_where_a_mapping_says_so():
    crowd = read_crowd(VOTES, space=["CAT", "DOG"], mapping={"cat": "CAT", "dog": None})
    assert crowd.label_matrix.votes.tolist() == [[-1], [0]]


def test_what_crowd_kit_users_hand_over():
    """There votes are a data frame of task, worker and label, and gold a series with tasks as its index."""
    frame = pd.DataFrame(VOTES)
    gold = pd.Series({"t1": "cat", "t2": "dog"}, name="true_label").rename_axis("task")
    expected = read_crowd(VOTES, gold={"t1": "cat", "t2": "dog"})
    by_index = frame.set_index(["task", "worker"])
    for votes in (frame, by_index, by_index["label"], by_index["label"].rename_axis([None, None])):
        for answers in (gold, gold.rename(None).rename_axis(None), gold.to_frame(), gold.reset_index()):
            crowd = read_crowd(votes, gold=answers)
            assert crowd.label_matrix.votes.tolist() == expected.label_matrix.votes.tolist()
            assert crowd.gold.tolist() == expected.gold.tolist() == [1, 0]


def test_columns_that_other_data_sets_name_otherwise_are_found():
    frame = pl.DataFrame(VOTES).rename({"task": "question", "worker": "Worker_ID", "label": "answer"})
    crowd = read_crowd(frame, gold=pl.DataFrame({"question": ["t1"], "truth": ["dog"]}))
    assert crowd.label_matrix.shape == (2, 3)
    assert crowd.gold.tolist() == [-1, 1]


def test_a_folder_without_votes(tmp_path):
    with pytest.raises(DataError, match=r"has no votes\.csv"):
        read_crowd(tmp_path)


@pytest.mark.wrench
@pytest.mark.parametrize(
    ("name", "shape", "k", "judged", "majority"),
    [("crowd_rte", (800, 164), 2, 800, 89.7), ("crowd_weather_snorkel", (1000, 102), 5, 992, 97.1)],
)
def test_real_crowds(real_data, name, shape, k, judged, majority):
    crowd = read_crowd(real_data / name)
    assert crowd.label_matrix.shape == shape
    assert len(crowd.space) == k
    known = crowd.gold >= 0
    assert known.sum() == judged
    assert "text" in crowd.tasks.columns
    P = MajorityVote().fit(crowd.label_matrix).predict_proba(crowd.label_matrix)[known]
    tied = P.max(axis=1, keepdims=True) - P < 1e-5
    accuracy = (tied[np.arange(judged), crowd.gold[known]] / tied.sum(axis=1)).mean()
    assert round(100 * accuracy, 1) == majority
