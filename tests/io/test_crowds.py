import json

import numpy as np
import polars as pl
import pytest

from labelwright import read_crowd
from labelwright._errors import DataError, SchemaError
from labelwright.label_models import MajorityVote

VOTES = [
    {"task": "t2", "worker": "bob", "label": "dog"},
    {"task": "t1", "worker": "ann", "label": "cat"},
    {"task": "t2", "worker": "ann", "label": "dog"},
    {"task": "t1", "worker": "eve", "label": "dog"},
]


def test_tasks_become_rows_and_workers_lfs():
    crowd = read_crowd(VOTES, gold=[{"task": "t1", "label": "cat"}, {"task": "t9", "label": "dog"}])
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
        (VOTES, {"space": ["cat", "bird"]}, DataError, "row 0 has label 'dog'"),
        (
            VOTES,
            {"gold": [{"task": "t1", "label": "cow"}], "space": ["cat", "dog"]},
            DataError,
            "gold labels: row 0",
        ),
        (
            VOTES,
            {"gold": [{"task": "t1", "label": x} for x in ("cat", "dog")]},
            DataError,
            "two different ones",
        ),
        (VOTES, {"items": [{"id": "t1"}]}, SchemaError, "table of items has no column 'task'"),
        ([*VOTES, {**VOTES[0], "label": "cat"}], {}, DataError, "worker 'bob' labels task 't2' both"),
        ([*VOTES, {**VOTES[0], "label": None}], {}, DataError, "row 4 has no 'label'"),
        (VOTES[:1], {}, DataError, "at least 2"),
        (pl.DataFrame(VOTES).head(0), {}, DataError, "0 rows"),
    ],
)
def test_bad_tables_are_refused_in_one_line(votes, settings, error, message):
    with pytest.raises(error, match=message) as caught:
        read_crowd(votes, **settings)
    assert "\n" not in str(caught.value)


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
