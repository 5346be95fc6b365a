"""Files that are made to be hard on who reads them: nested, packed, ambiguous."""

import gzip
import json
import zipfile

import polars as pl
import pytest

from labelwright import LabelMatrix
from labelwright._errors import DataError, LabelwrightError
from labelwright.io import read_crowd, read_table, read_wrench, unpacking
from labelwright.io.json_files import parsed
from labelwright.label_models import MajorityVote


@pytest.fixture
def kilobyte(monkeypatch):
    monkeypatch.setenv(unpacking.LIMIT, "0.000001")


@pytest.mark.parametrize(
    "text",
    ["[" * 300 + "]" * 300, '{"a":' * 300 + "1" + "}" * 300, '[{"a": [' * 120 + "]}]" * 120],
    ids=["lists", "objects", "both"],
)
def test_what_is_nested_deeper_than_python_follows_later_is_refused_at_the_door(text):
    with pytest.raises(DataError, match="line 1 is nested too deeply to be read; at most 200"):
        parsed(text, "line 1")


def test_many_brackets_are_no_deep_nest():
    assert len(parsed(json.dumps([{"a": [[]]}] * 500), "line 1")) == 500


@pytest.mark.parametrize("inner", [b"text\n" + b"a" * 500_000, b'[{"text": "' + b"a" * 500_000 + b'"}]'])
def test_a_gzip_file_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path, kilobyte, inner):
    path = tmp_path / ("t.csv.gz" if inner.startswith(b"text") else "t.json.gz")
    path.write_bytes(gzip.compress(inner))
    with pytest.raises(DataError, match=r"t.*gz.*unpack to more than.*set LABELWRIGHT_MAX_UNPACKED"):
        read_table(path)


def test_zip_files_and_spreadsheets_and_parquet_are_held_to_the_same(tmp_path, kilobyte):
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 500_000)
    pl.DataFrame({"a": pl.repeat(0, 500_000, eager=True)}).write_parquet(tmp_path / "t.parquet")
    for name in ("t.xlsx", "t.parquet"):
        with pytest.raises(DataError, match=f"{name}.*unpack to more than"):
            read_table(tmp_path / name)


def test_the_limit_is_lifted_by_a_variable_and_tight_packing_of_little_passes(tmp_path, monkeypatch):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"a" * 500_000))
    assert read_table(path).height == 1
    monkeypatch.setenv(unpacking.LIMIT, "many")
    with pytest.raises(DataError, match="LABELWRIGHT_MAX_UNPACKED='many'; expected a number of gigabytes"):
        read_table(path)


@pytest.mark.parametrize("labels", [[-1, 0, 1], ["-1", "cat", "dog"], [-1.0, 1.0, 1.0]])
def test_minus_one_among_crowd_labels_is_no_class_that_nobody_named(labels):
    votes = [{"task": "t", "worker": f"w{at}", "label": label} for at, label in enumerate(labels)]
    with pytest.raises(DataError, match=r"hold -1, which may be a class or no label; pass space=\["):
        read_crowd(votes)


def test_minus_one_is_what_the_space_says_and_a_class_on_a_scale():
    votes = [{"task": "t", "worker": f"w{at}", "label": label} for at, label in enumerate([-1, 0, 1])]
    assert read_crowd(votes, space=["0", "1"]).label_matrix.votes.tolist() == [[0, 1]]
    assert read_crowd(votes, space=["-1", "0", "1"]).label_matrix.votes.tolist() == [[0, 1, 2]]
    scale = [{"task": "t", "worker": f"w{at}", "label": label} for at, label in enumerate([-2, -1, 1])]
    assert read_crowd(scale).space.names == ("-2", "-1", "1")


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        ([True, 1], "has the vote true in weak_labels; expected whole numbers"),
        ([None, 1], "has the vote null"),
        ([1.0, 1], "has the vote 1.0"),
        (["1", 1], 'has the vote "1"'),
        ([[1], [0]], r"has the vote \[1\]"),
        ([[1, 2], [0]], r"has the vote \[1, 2\]"),
        (5, "has weak_labels 5; expected a list"),
        ([], r"has weak_labels \[\]; expected a list"),
        ([2**70, 0], "a number of twenty digits"),
    ],
)
def test_votes_of_wrench_files_are_whole_numbers_and_nothing_else(tmp_path, votes, told):
    (tmp_path / "label.json").write_text('{"0": "HAM", "1": "SPAM"}')
    point = {"label": 1, "weak_labels": votes, "data": {"text": "a"}}
    (tmp_path / "train.json").write_text(json.dumps({"0": point}))
    with pytest.raises(DataError, match=told):
        read_wrench(tmp_path)


def test_two_data_points_of_one_id_are_refused(tmp_path):
    (tmp_path / "label.json").write_text('{"0": "HAM", "1": "SPAM"}')
    point = json.dumps({"label": 1, "weak_labels": [0, 1], "data": {"text": "a"}})
    (tmp_path / "train.json").write_text(f'{{"7": {point}, "7": {point}}}')
    with pytest.raises(DataError, match="has the key '7' twice in one object"):
        read_wrench(tmp_path)


@pytest.mark.parametrize("read", [LabelMatrix, MajorityVote().fit], ids=["LabelMatrix", "fit"])
@pytest.mark.parametrize("votes", [[[True, 1], [0, 1]], [[0, 1], [1.0, False]]])
def test_true_beside_numbers_is_no_class(read, votes):
    with pytest.raises(LabelwrightError, match=r"vote of LF \d at row \d is (True|False); expected integers"):
        read(votes)
