import gzip
import json

import numpy as np
import polars as pl
import pytest

from labelwright import read_wrench
from labelwright._errors import DataError

POINT = {"label": 1, "weak_labels": [-1, 1], "data": {"text": "check out my channel"}}


def write(folder, name, content):
    raw = json.dumps(content).encode()
    (folder / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "label.json", {"0": "HAM", "1": "SPAM"})
    write(tmp_path, "train.json.gz", {"a": POINT, "b": {**POINT, "label": 0, "weak_labels": [0, -1]}})
    return tmp_path


def test_a_folder_of_one_gzipped_split(folder):
    data = read_wrench(str(folder))
    assert data.space.names == ("HAM", "SPAM")
    assert list(data.splits) == ["train"]
    assert data.train.data.to_dicts() == [
        {"id": "a", "text": "check out my channel"},
        {"id": "b", "text": "check out my channel"},
    ]
    assert data.train.label_matrix.votes.tolist() == [[-1, 1], [0, -1]]
    assert data.train.gold.tolist() == [1, 0]
    assert len(data.train) == 2


def test_a_missing_split_says_so_when_asked_for(folder):
    with pytest.raises(DataError, match=r"has no test\.json or test\.json\.gz; it has train"):
        read_wrench(folder).test  # noqa: B018


def test_rules_name_the_lfs_only_where_every_one_has_its_own_name(folder):
    rules = {"lfs": [{"name": "url"}, {"name": "channel"}]}
    write(folder, "rules.json", rules)
    assert read_wrench(folder).train.label_matrix.lf_names == ("url", "channel")
    for other in ([{"name": "url"}, {"name": "url"}], [{"name": "url"}, {}], [{"name": "url"}], []):
        write(folder, "rules.json", {"lfs": other})
        assert read_wrench(folder).train.label_matrix.lf_names == ("lf_0", "lf_1")


def test_features_become_an_array_column_and_unknown_gold_is_minus_one(folder):
    points = {str(i): {"weak_labels": [0], "data": {"feature": [0.5, i]}} for i in range(3)}
    write(folder, "test.json", points)
    test = read_wrench(folder).test
    assert test.data.schema["feature"] == pl.Array(pl.Float64, 2)
    assert test.data["feature"].to_numpy().tolist() == [[0.5, 0], [0.5, 1], [0.5, 2]]
    assert test.gold.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("label.json", ["HAM", "SPAM"], r"does not name classes 0\.\.k-1"),
        ("label.json", {"0": "HAM", "2": "SPAM"}, r"does not name classes 0\.\.k-1"),
        ("label.json", {"0": "HAM"}, "at least 2"),
        ("train.json", [], "holds no data points"),
        ("train.json", {"a": {"label": 1, "data": {}}}, "data point 'a' has no 'weak_labels'"),
        ("train.json", {"a": {"label": 1, "weak_labels": [0]}}, "data point 'a' has no 'data'"),
        (
            "train.json",
            {"a": POINT, "b": {**POINT, "weak_labels": [1]}},
            "'b' does not have 2 votes",
        ),
        ("train.json", {"a": {**POINT, "weak_labels": [0.5, 1]}}, "has the vote 0.5 in weak_labels"),
        ("train.json", {"a": {**POINT, "weak_labels": [0, 2]}}, "LF 'lf_1' has vote 2 at row 0"),
        ("train.json", {"a": {**POINT, "label": 2}}, "data point 'a' has label 2"),
    ],
)
def test_files_of_another_form_are_refused_in_one_line(folder, name, content, message):
    write(folder, name, content)
    with pytest.raises(DataError, match=message) as caught:
        read_wrench(folder)
    assert "\n" not in str(caught.value)


def test_folders_that_cannot_be_read(tmp_path, folder):
    with pytest.raises(DataError, match="is no folder"):
        read_wrench(tmp_path / "nowhere")
    (folder / "train.json.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match=r"cannot read .*train\.json\.gz"):
        read_wrench(folder)
    (folder / "train.json.gz").unlink()
    with pytest.raises(DataError, match=r"holds none of train\.json"):
        read_wrench(folder)
    (folder / "label.json").unlink()
    with pytest.raises(DataError, match=r"has no label\.json"):
        read_wrench(folder)


FOLDERS = {  # rows, classes, LFs, columns beside id
    "youtube": ([1686, 120, 250], 2, 10, {"text"}),
    "trec": ([5033, 500, 500], 6, 68, {"text", "fine_label"}),
    "semeval": ([1749, 178, 600], 9, 164, {"text", "entity1", "entity2", "span1", "span2"}),
    "chemprot": ([12861, 1607, 1607], 10, 26, {"text", "entity1", "entity2", "span1", "span2"}),
    "census": ([10083, 5561, 16281], 2, 83, {"feature"}),
    "sms": ([4571, 500, 500], 2, 73, {"text"}),
    "sms_fixed": ([4571, 500, 500], 2, 73, {"text"}),
    "cdr_text_lfs": (
        [8646, 971, 4931],
        2,
        26,
        {"text", "entity1", "entity2", "span1", "span2", "pmid", "chemical_id", "disease_id"},
    ),
}


@pytest.mark.slow
@pytest.mark.wrench
@pytest.mark.parametrize("name", FOLDERS)
def test_every_real_folder_is_read(real_data, name):
    rows, k, m, columns = FOLDERS[name]
    data = read_wrench(real_data / name)
    splits = [data.train, data.valid, data.test]
    assert [len(split) for split in splits] == rows
    assert len(data.space) == k
    for split in splits:
        assert split.label_matrix.shape == (len(split), m) == (split.data.height, m)
        assert split.label_matrix.lf_names == data.train.label_matrix.lf_names
        assert set(split.data.columns) == {"id", *columns}
        assert split.gold.min() >= 0
        assert not any(split.data.null_count().row(0))
    if "span1" in columns:
        start, end = np.array(data.test.data["span1"].to_list()).T
        mention = data.test.data.select("text", "entity1").with_columns(start=start, length=end - start)
        cut = mention.select(pl.col("text").str.slice(pl.col("start"), pl.col("length")) == pl.col("entity1"))
        assert cut.to_series().mean() > 0.99
