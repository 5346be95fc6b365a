import datetime
import importlib.util
import json

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.io import (
    Split,
    label_studio_config,
    read_hugging_face,
    read_label_studio,
    read_prodigy,
    read_wrench,
    write_hugging_face,
    write_label_studio,
    write_prodigy,
    write_wrench,
)

SPACE = lw.LabelSpace(["HAM", "SPAM", "OTHER"])
DATA = pl.DataFrame({"id": [3, 1, 2], "text": ["free <prizes>", "grüße", "see you"]})
P = np.array([[0.1, 0.8, 0.1], [0.4, 0.4, 0.2], [0.7, 0.2, 0.1]])
GOLD = np.array([1, -1, 2])
TASK = {"data": {"text": "a"}, "annotations": []}


# --- Label Studio


def choice(*labels, name="label", **more):
    result = {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(labels)}}
    return {"result": [result], **more}


def test_label_studio_tasks_hold_data_predictions_and_gold(tmp_path):
    path = tmp_path / "new" / "tasks.json"
    write_label_studio(DATA, path, space=SPACE, probabilities=P, gold=GOLD)
    tasks = json.loads(path.read_text(encoding="utf-8"))
    assert [task["data"] for task in tasks] == DATA.to_dicts()
    assert tasks[0]["predictions"] == [choice("SPAM", model_version="labelwright", score=0.8)]
    assert "predictions" not in tasks[1]  # its classes tie
    assert [task.get("annotations") for task in tasks] == [[choice("SPAM")], None, [choice("OTHER")]]


def test_the_interface_fits_the_tasks():
    config = label_studio_config(["a & b", '"c"'], text="body", name="topic")
    assert '<Text name="body" value="$body"/>' in config
    assert '<Choices name="topic" toName="body" choice="single"' in config
    assert '<Choice value="a &amp; b"/>' in config
    assert "<Choice value='\"c\"'/>" in config


def test_gold_labels_come_back_from_label_studio_with_their_annotators(tmp_path):
    export = [
        {
            "id": 9,
            "data": {"text": "a"},
            "annotations": [choice("HAM", completed_by=1), choice("SPAM", completed_by=2)],
        },
        {
            "id": 8,
            "data": {"text": "b"},
            "annotations": [choice("SPAM", completed_by={"id": 1, "email": "x@y.z"})],
        },
        {"id": 7, "data": {"text": "c"}, "annotations": [choice("HAM", was_cancelled=True), choice()]},
        {
            "id": 6,
            "data": {"text": "d", "n": 4},
            "annotations": [choice("HAM", completed_by=1), choice("HAM", completed_by=2)],
        },
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(export))
    found = read_label_studio(path, space=SPACE)
    assert found.gold.tolist() == [-1, 1, -1, 0]
    assert found.label_matrix.lf_names == ("1", "2", "x@y.z")
    assert found.label_matrix.votes.tolist() == [[0, 1, -1], [-1, -1, 1], [-1, -1, -1], [0, 0, -1]]
    assert found.to_polars()["label"].to_list() == [None, "SPAM", None, "HAM"]
    assert found.data["n"].to_list() == [None, None, None, 4]
    assert read_label_studio(path).space.names == ("HAM", "SPAM")
    assert len(found) == 4


def test_what_label_studio_got_comes_back(tmp_path):
    write_label_studio(DATA, tmp_path / "t.json", space=SPACE, gold=GOLD)
    found = read_label_studio(tmp_path / "t.json", space=SPACE)
    assert found.data.equals(DATA)
    assert found.gold.tolist() == GOLD.tolist()


def test_one_of_several_choices_is_named(tmp_path):
    both = {"result": [*choice("HAM")["result"], *choice("en", name="language")["result"]]}
    (tmp_path / "t.json").write_text(json.dumps([{**TASK, "annotations": [both]}]))
    assert read_label_studio(tmp_path / "t.json", space=SPACE, name="label").gold.tolist() == [0]
    with pytest.raises(lw.DataError, match=r"task 0 has several choices: label, language; pass name="):
        read_label_studio(tmp_path / "t.json", space=SPACE)


# --- Prodigy


def lines(path, *tasks):
    path.write_text("\n".join(json.dumps(task) for task in tasks))
    return path


def test_prodigy_tasks_have_the_likely_class_chosen(tmp_path):
    path = tmp_path / "tasks.jsonl"
    write_prodigy(
        DATA.rename({"text": "body"}), path, space=SPACE, probabilities=P, gold=[-1, -1, 2], text="body"
    )
    tasks = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(task["text"], task["accept"]) for task in tasks] == [
        ("free <prizes>", ["SPAM"]),
        ("grüße", []),
        ("see you", ["OTHER"]),
    ]
    assert tasks[0]["id"] == 3
    assert tasks[0]["meta"] == {"probability": 0.8}
    assert [option["id"] for option in tasks[0]["options"]] == list(SPACE.names)


def test_gold_labels_come_back_from_prodigy(tmp_path):
    path = lines(
        tmp_path / "out.jsonl",
        {"text": "a", "_input_hash": 5, "accept": ["HAM"], "answer": "accept", "_annotator_id": "ann"},
        {"text": "b", "_input_hash": 6, "accept": ["SPAM"], "answer": "ignore", "_annotator_id": "ann"},
        {"text": "a", "_input_hash": 5, "accept": ["SPAM"], "answer": "accept", "_annotator_id": "bob"},
        {"text": "c", "n": 2, "_input_hash": 7, "accept": [], "answer": "accept", "_session_id": "bob"},
        {"text": "d", "_input_hash": 8, "accept": ["OTHER"], "answer": "accept", "_session_id": "bob"},
    )
    found = read_prodigy(path, space=SPACE)
    assert found.data["text"].to_list() == ["a", "b", "c", "d"]
    assert found.data.columns == ["text", "n"]
    assert found.label_matrix.lf_names == ("ann", "bob")
    assert found.label_matrix.votes.tolist() == [[0, 1], [-1, -1], [-1, -1], [-1, 2]]
    assert found.gold.tolist() == [-1, -1, -1, 2]


def test_a_rejected_label_is_the_other_class_only_of_two(tmp_path):
    path = lines(
        tmp_path / "out.jsonl",
        {"text": "a", "label": "SPAM", "answer": "accept"},
        {"text": "b", "label": "SPAM", "answer": "reject"},
        {"text": "c", "label": "SPAM", "answer": "ignore"},
    )
    assert read_prodigy(path, space=["HAM", "SPAM"]).gold.tolist() == [1, 0, -1]
    assert read_prodigy(path, space=SPACE).gold.tolist() == [1, -1, -1]


def test_what_prodigy_got_comes_back(tmp_path):
    write_prodigy(DATA, tmp_path / "t.jsonl", space=SPACE, gold=GOLD)
    found = read_prodigy(tmp_path / "t.jsonl", space=SPACE)
    assert found.data.select(DATA.columns).equals(DATA)
    assert found.gold.tolist() == GOLD.tolist()


# --- WRENCH


def test_a_wrench_folder_comes_back_equal(tmp_path):
    votes = lw.LabelMatrix([[0, -1], [2, 1]], space=SPACE, lf_names=["url", "short"])
    data = pl.DataFrame(
        {
            "id": ["x", "y"],
            "text": ["a", None],
            "feature": pl.Series([[0.5, 1], [2, 3]], dtype=pl.Array(pl.Float64, 2)),
        }
    )
    write_wrench(
        {"train": Split(data, votes, np.array([0, -1])), "test": Split(data[:1], votes[:1], GOLD[:1])},
        tmp_path,
    )
    found = read_wrench(tmp_path)
    assert list(found.splits) == ["train", "test"]
    assert found.space == SPACE
    assert found.train.data.equals(data)
    assert found.train.label_matrix.lf_names == votes.lf_names
    assert (found.train.label_matrix.votes == votes.votes).all()
    assert found.train.gold.tolist() == [0, -1]
    write_wrench(found, tmp_path / "again")
    assert read_wrench(tmp_path / "again").train.data.equals(data)


def test_a_real_folder_comes_back_equal(real_data, tmp_path):
    dataset = read_wrench(real_data / "youtube")
    write_wrench(dataset, tmp_path)
    again = read_wrench(tmp_path)
    for name, split in dataset.splits.items():
        other = again.splits[name]
        assert other.data.equals(split.data)
        assert (other.label_matrix.votes == split.label_matrix.votes).all()
        assert other.label_matrix.lf_names == split.label_matrix.lf_names
        assert (other.gold == split.gold).all()


# --- Hugging Face


def test_splits_come_back_from_a_hugging_face_folder(tmp_path):
    rich = DATA.with_columns(
        at=pl.lit(datetime.datetime(2026, 1, 2)),
        tags=pl.Series([["a"], [], ["b", "c"]]),
        kind=pl.Series(["u", "v", "u"], dtype=pl.Categorical),
    )
    for split in ("train", "validation"):
        write_hugging_face(rich, tmp_path, space=SPACE, probabilities=P, gold=GOLD, split=split)
    found = read_hugging_face(tmp_path)
    assert sorted(found) == ["train", "validation"]
    rows = found["train"]
    assert rows.data.equals(rich.with_columns(pl.col("kind").cast(pl.String)))
    assert (rows.space, rows.labels.tolist(), rows.gold.tolist()) == (SPACE, [1, -1, 0], GOLD.tolist())
    assert (rows.probabilities == P).all()
    assert len(rows) == 3


def test_the_card_says_the_types(tmp_path):
    write_hugging_face(DATA, tmp_path, space=["no: way", 'say "hi"'], gold=[0, 1, -1])
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert card.startswith('---\ndataset_info:\n  features:\n  - name: "id"\n    dtype: "int64"\n')
    assert """          '0': "no: way"\n          '1': "say \\"hi\\""\n""" in card
    assert read_hugging_face(tmp_path)["train"].labels.tolist() == [0, 1, -1]


def test_a_data_set_saved_to_disk_is_read(tmp_path):
    features = {"label": {"names": ["HAM", "SPAM"], "_type": "ClassLabel"}}
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "dataset_info.json").write_text(json.dumps({"features": features}))
    pl.DataFrame({"text": ["a", "b"], "label": [1, 0]}).write_ipc_stream(folder / "data-00000-of-00001.arrow")
    for place, split in ((tmp_path, "test"), (folder, "train")):
        rows = read_hugging_face(place)[split]
        assert (rows.data.columns, rows.labels.tolist(), rows.probabilities) == (["text"], [1, 0], None)


def test_plain_parquet_files_need_a_space_and_may_hold_names(tmp_path):
    pl.DataFrame({"text": ["a", "b"], "y": ["SPAM", None]}).write_parquet(tmp_path / "train.parquet")
    assert read_hugging_face(tmp_path, space=SPACE, label="y")["train"].labels.tolist() == [1, -1]
    with pytest.raises(lw.DataError, match=r"column 'y' is no ClassLabel with names; pass space="):
        read_hugging_face(tmp_path, label="y")


class HubDataset:
    """What labelwright needs of a Dataset of Hugging Face: columns, features and slices."""

    def __init__(self, columns, names=("SPAM", "HAM", "OTHER"), split="train"):
        self.columns, self.column_names, self.split = columns, list(columns), split
        self.features = {name: {"_type": "Value"} for name in columns}
        self.features["label"] = {"_type": "ClassLabel", "names": list(names)}

    def __len__(self):
        return len(self.columns["label"])

    def __getitem__(self, rows):
        return {name: values[rows] for name, values in self.columns.items()}


def test_classes_in_another_order_are_matched_by_name(tmp_path):
    """Here 0 is SPAM in the file and HAM in the space."""
    turned = lw.LabelSpace(["SPAM", "OTHER", "HAM"])
    write_hugging_face(DATA, tmp_path, space=turned, probabilities=P, gold=[0, -1, 2])
    rows = read_hugging_face(tmp_path, space=SPACE)["train"]
    assert (rows.labels.tolist(), rows.gold.tolist()) == ([2, -1, 1], [1, -1, 0])
    assert np.allclose(rows.probabilities, P[:, [2, 0, 1]])
    assert read_hugging_face(tmp_path)["train"].space == turned
    with pytest.raises(lw.SchemaError, match=r"no class: 'OTHER' \(row 0\)"):
        read_hugging_face(tmp_path, space=["SPAM", "HAM"])
    few = read_hugging_face(tmp_path, space=["SPAM", "HAM"], mapping={"OTHER": None})["train"]
    assert few.labels.tolist() == [-1, -1, 0]


def test_data_sets_in_memory_are_read():
    dataset = HubDataset({"text": ["a", "b", "c"], "label": [0, 1, -1]})
    for data, split in ((dataset, "train"), ({"test": dataset}, "test")):
        rows = read_hugging_face(data, space=SPACE)[split]
        assert (rows.labels.tolist(), rows.data["text"].to_list()) == ([1, 0, -1], ["a", "b", "c"])
    assert read_hugging_face(dataset)["train"].space.names == ("SPAM", "HAM", "OTHER")
    both = {"train": dataset, "test": dataset}
    for use in (
        lw.io.read_table,
        lw.io.as_source,
        lambda data: lw.apply([lw.regex("a", "a", on="text", vote=0)], data),
    ):
        with pytest.raises(lw.DataError, match=r"with the splits train, test; pass one .* data\['train'\]"):
            use(both)
    with pytest.raises(lw.DataError, match="got a list; pass a folder"):
        read_hugging_face([1])


def test_numbers_are_names_where_hugging_face_names_no_classes(tmp_path):
    pl.DataFrame({"text": ["a", "b"], "label": [1, 5]}).write_parquet(tmp_path / "train.parquet")
    assert read_hugging_face(tmp_path, space=list("12345"))["train"].labels.tolist() == [0, 4]
    write_hugging_face(DATA, tmp_path / "stars", space=["3", "1", "2"], gold=[0, 1, -1])
    rows = read_hugging_face(tmp_path / "stars", space=["1", "2", "3"])["train"]
    assert (rows.labels.tolist(), rows.gold.tolist()) == ([2, 0, -1], [2, 0, -1])


def test_several_labels_a_row_and_saved_folders_say_what_to_do(tmp_path):
    pl.DataFrame({"text": ["a"], "label": [[0, 1]]}).write_parquet(tmp_path / "train.parquet")
    with pytest.raises(lw.SchemaError, match="several a row; expected one class a row"):
        read_hugging_face(tmp_path, space=SPACE)
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "dataset_info.json").write_text("{}")
    with pytest.raises(lw.DataError, match=r"read it with lw\.io\.read_hugging_face"):
        lw.io.as_source(tmp_path / "saved")


@pytest.mark.skipif(importlib.util.find_spec("datasets") is None, reason="datasets is not installed")
def test_the_library_itself_reads_the_folder(tmp_path):
    import datasets

    write_hugging_face(DATA, tmp_path / "made", space=SPACE, probabilities=P, gold=GOLD)
    loaded = datasets.load_dataset(str(tmp_path / "made"), cache_dir=str(tmp_path / "cache"))["train"]
    assert loaded.features["label"].names == list(SPACE.names)
    assert loaded["text"][:] == DATA["text"].to_list()
    assert np.allclose(loaded["probabilities"][:], P)
    loaded.save_to_disk(str(tmp_path / "saved"))
    assert read_hugging_face(tmp_path / "saved")["train"].gold.tolist() == GOLD.tolist()


# --- columns of the data that are named as the format names its own


NAMESAKES = DATA.with_columns(
    label=pl.Series(["mine", None, "other"]),
    Gold=pl.lit("x"),
    probabilities=pl.lit(2.5),
    answer=pl.lit("yes"),
    meta=pl.lit(1),
    _id=pl.Series([7, 8, 9]),
)


def test_a_data_set_keeps_columns_named_like_its_own(tmp_path):
    write_hugging_face(NAMESAKES, tmp_path, space=SPACE, probabilities=P, gold=GOLD)
    written = pl.read_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    assert written.select(NAMESAKES.columns).equals(NAMESAKES)
    assert written.columns[-3:] == ["lw_label", "lw_probabilities", "lw_gold"]
    assert "`lw_label` is the most probable class" in (tmp_path / "README.md").read_text()
    found = read_hugging_face(tmp_path)["train"]
    assert found.data.equals(NAMESAKES)
    assert (found.labels.tolist(), found.gold.tolist()) == ([1, -1, 0], GOLD.tolist())
    assert np.array_equal(found.probabilities, P)


def test_a_column_gold_of_texts_is_data_of_a_data_set(tmp_path):
    data = DATA.with_columns(gold=pl.lit("ring"))
    write_hugging_face(data, tmp_path, space=SPACE, probabilities=P)
    found = read_hugging_face(tmp_path)["train"]
    assert found.gold is None
    assert found.data.equals(data)


def test_tasks_keep_columns_named_like_fields_of_tasks(tmp_path):
    write_prodigy(NAMESAKES, tmp_path / "tasks.jsonl", space=SPACE, probabilities=P, gold=GOLD)
    first = json.loads((tmp_path / "tasks.jsonl").read_text().splitlines()[0])
    assert (first["accept"], first["data_label"], first["data_answer"]) == (["SPAM"], "mine", "yes")
    assert (first["data_meta"], first["meta"]) == (1, {"probability": 0.8})
    found = read_prodigy(tmp_path / "tasks.jsonl", space=SPACE)
    assert found.gold.tolist() == [1, -1, 2]
    assert found.data["data__id"].to_list() == [7, 8, 9]
    write_label_studio(NAMESAKES, tmp_path / "tasks.json", space=SPACE, probabilities=P, gold=GOLD)
    assert [
        task["data"] for task in json.loads((tmp_path / "tasks.json").read_text())
    ] == NAMESAKES.to_dicts()


@pytest.mark.parametrize("ids", [[3, 1, 2], ["a", "a", "b"], ["a", None, "b"], ["01", "1", "x"]])
def test_wrench_ids_come_back_whatever_they_are(tmp_path, ids):
    data = DATA.with_columns(id=pl.Series(ids))
    votes = lw.LabelMatrix([[0], [1], [-1]], space=SPACE)
    write_wrench({"train": Split(data, votes, GOLD)}, tmp_path)
    assert read_wrench(tmp_path).train.data.equals(data)


# --- what is wrong


def text_file(tmp_path, content, name="file.json"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def annotated(*annotations):
    return [{"data": {"text": "a"}, "annotations": list(annotations)}]


LABEL_STUDIO = [
    (b"{", "is no valid JSON"),
    (b"\xff\xfe\x00", "begins as UTF-16 text and does not go on so"),
    ({"data": 1}, "task 0 has no 'data'; expected Label Studio's export"),
    ([], "holds an empty list; expected Label Studio's export"),
    ([{"text": "a", "label": "HAM"}], "task 0 has no 'data'; expected Label Studio's export"),
    ([{**TASK, "annotations": 3}], "'annotations' that are no list"),
    ([TASK], "holds no labels; annotate some rows"),
    (
        annotated(choice("HAN")),
        r"no class: 'HAN' \(task 0, did you mean 'HAM'",
    ),
    (
        annotated(choice("HAM", "SPAM")),
        r"task 0 has 2 labels at once \(HAM, SPAM\); expected one class a row",
    ),
    (annotated(choice("HAM"), choice("SPAM")), "'annotator' says both 'HAM' and 'SPAM'"),
]


@pytest.mark.parametrize(("content", "message"), LABEL_STUDIO)
def test_files_that_are_no_label_studio_export(tmp_path, content, message):
    with pytest.raises(lw.DataError, match=message) as caught:
        read_label_studio(text_file(tmp_path, content), space=SPACE, repeats="error")
    assert "\n" not in str(caught.value)


PRODIGY = [
    (b"", "is empty"),
    (b"\n", "holds no lines; expected one JSON object a line"),
    (b'{"text": "a"}\n[1]', "line 2 holds a JSON list; expected one JSON object a line"),
    (b'{"text": "a"}\n{', "line 2 is no valid JSON"),
    ({"text": "a"}, "holds no labels"),
    ({"label": "HAM"}, "line 1 has no fields of data"),
    ({"text": "a", "label": "HAM", "answer": "yes"}, "line 1 has answer 'yes'; expected accept, reject or"),
    (
        {"text": "a", "accept": ["HAM", "SPAM"]},
        r"line 1 has 2 labels at once \(HAM, SPAM\); expected one class a row",
    ),
    (
        {"text": "a", "label": "HAN", "answer": "accept"},
        r"no class: 'HAN' \(line 1, did you mean 'HAM'",
    ),
]


@pytest.mark.parametrize(("content", "message"), PRODIGY)
def test_files_that_are_no_prodigy_export(tmp_path, content, message):
    with pytest.raises(lw.DataError, match=message) as caught:
        read_prodigy(text_file(tmp_path, content, "out.jsonl"), space=SPACE)
    assert "\n" not in str(caught.value)


def one_label(tmp_path):
    path = lines(tmp_path / "one.jsonl", {"text": "a", "label": "HAM", "answer": "accept"})
    return read_prodigy(path)


def other_columns(tmp_path):
    write_hugging_face(DATA, tmp_path, space=SPACE, gold=GOLD)
    write_hugging_face(DATA.drop("id"), tmp_path, space=SPACE, gold=GOLD, split="test")


def broken_info(tmp_path):
    text_file(tmp_path, b"{", "dataset_info.json")
    return read_hugging_face(tmp_path)


def broken_parquet(tmp_path):
    text_file(tmp_path, b"no parquet", "train.parquet")
    return read_hugging_face(tmp_path, space=SPACE)


def saved_without_rows(tmp_path):
    text_file(tmp_path, {"features": {}}, "dataset_info.json")
    return read_hugging_face(tmp_path)


def parquet_of(columns):
    def read(tmp_path):
        pl.DataFrame(columns).write_parquet(tmp_path / "train.parquet")
        return read_hugging_face(tmp_path, space=SPACE)

    return read


def wrench_of(*names, votes=None, data=DATA, gold=GOLD):
    votes = lw.LabelMatrix([[0], [1], [-1]], space=SPACE) if votes is None else votes
    return lambda tmp_path: write_wrench({name: Split(data, votes, gold) for name in names}, tmp_path)


def different_spaces(tmp_path):
    first, second = (lw.LabelMatrix([[0], [1], [-1]], space=space) for space in (SPACE, ["a", "b"]))
    write_wrench({"train": Split(DATA, first, GOLD), "test": Split(DATA, second, GOLD)}, tmp_path)


SETS = lw.LabelMatrix.from_sets([[{0, 1}], [2], [None]], space=SPACE)
WRONG = [
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, text="txt"),
        "no column 'txt'; did you mean",
    ),
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, name="my label"),
        "takes no 'my label' as a name",
    ),
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, gold=[0]),
        r"gold labels have shape \(1,\)",
    ),
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, probabilities=P[:2]),
        r"shape \(2, 3\); expected",
    ),
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, probabilities=P * 2),
        "probabilities of row 0 are",
    ),
    (
        lambda t: write_label_studio(DATA, t / "a.json", space=SPACE, probabilities="P"),
        "probabilities are no numbers",
    ),
    (lambda t: write_label_studio({"text": [b"a"]}, t / "a.json", space=SPACE), "JSON cannot hold a bytes"),
    (lambda t: write_label_studio(DATA, t, space=SPACE), "cannot write"),
    (lambda t: read_label_studio(t / "none.json"), "no file"),
    (
        lambda t: write_prodigy({"text": [None, 1]}, t / "a", space=SPACE),
        "holds 1 at row 1; Prodigy shows texts",
    ),
    (one_label, r"label space has 1 class.*or pass space="),
    (lambda t: write_hugging_face(DATA, t, space=SPACE, split="a/b"), "split='a/b' is no name for a split"),
    (
        lambda t: write_hugging_face({"x": [{"a": 1}]}, t, space=SPACE),
        r"column 'x' has type Struct.*unnest it",
    ),
    (other_columns, "this split has columns text, label, gold, and .* has id, text, label, gold"),
    (lambda t: read_hugging_face(t / "none"), "is no folder"),
    (lambda t: read_hugging_face(t), "holds neither Parquet files nor"),
    (broken_info, "dataset_info.json. is no valid JSON: line 1 column"),
    (broken_parquet, "cannot read .*train.parquet"),
    (saved_without_rows, "has no files of rows beside"),
    (parquet_of({"text": ["a"]}), "split 'train' has no column 'label'; pass label=, one of text"),
    (parquet_of({"label": [7]}), "split 'train': labels in column 'label' hold 1 value that is no class: 7"),
    (parquet_of({"label": [1], "probabilities": [[0.5]]}), "'probabilities' does not hold 3 numbers a row"),
    (wrench_of(), "no splits were given"),
    (wrench_of("dev"), "WRENCH has no split 'dev'; expected one of train, valid, test"),
    (wrench_of("train", gold=GOLD[:2]), "3 data points, 3 rows of votes and 2 gold labels"),
    (wrench_of("train", votes=SETS), "holds votes for sets of classes"),
    (different_spaces, "splits 'train' and 'test' differ in classes or LFs"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_what_is_wrong_is_said_in_one_line(tmp_path, wrong, message):
    with pytest.raises(lw.LabelwrightError, match=message) as caught:
        wrong(tmp_path)
    assert "\n" not in str(caught.value)
