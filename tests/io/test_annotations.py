import json

import polars as pl
import pytest

import labelwright as lw
from labelwright.io import read_label_studio, read_prodigy

SPACE = lw.LabelSpace(["HAM", "SPAM", "OTHER"])


def saved(path, *records):
    """Write records as a JSON list or, by the name of the file, as JSON lines."""
    if path.suffix == ".json":
        path.write_text(json.dumps(records))
    else:
        path.write_text("\n".join(map(json.dumps, records)))
    return path


def by_annotator(found):
    matrix = found.label_matrix
    return {name: matrix[:, name].votes.ravel().tolist() for name in matrix.lf_names}


# --- Label Studio


def choice(*labels, name="label", kind="choices", by=1, at=None, value=None, **more):
    result = {"from_name": name, "to_name": "text", "type": kind, "value": value or {kind: list(labels)}}
    return {"completed_by": by, "result": [result], "updated_at": at, **more}


def task(text, *annotations, key="annotations", **more):
    return {"data": {"text": text}, key: list(annotations), **more}


EARLY, LATE = "2024-01-01T10:00:00.000000Z", "2024-01-02T10:00:00.000000Z"
TWICE = [
    task("a", choice("SPAM", at=LATE), choice("HAM", at=EARLY)),
    task("b", choice("HAM", at=EARLY), choice("HAM", at=LATE)),
]


@pytest.mark.parametrize(
    ("repeats", "votes"),
    [
        ("last", {"1": [1, 0]}),
        ("first", {"1": [0, 0]}),
        ("abstain", {"1": [-1, 0]}),
        ("all", {"1": [0, 0], "1 (2)": [1, -1]}),
    ],
)
def test_of_several_annotations_by_one_user_the_later_counts(repeats, votes, tmp_path):
    found = read_label_studio(saved(tmp_path / "e.json", *TWICE), space=SPACE, repeats=repeats)
    assert by_annotator(found) == votes
    if repeats == "last":
        assert found.left_out == {"replaced by a later one": 1}
        assert "left out: 1 replaced by a later one" in repr(found)
        assert found.gold.tolist() == [1, 0]


def test_without_times_the_order_of_the_file_counts(tmp_path):
    path = saved(tmp_path / "e.json", task("a", choice("SPAM", at=LATE), choice("HAM")))
    assert read_label_studio(path, space=SPACE).gold.tolist() == [0]


def test_a_ground_truth_is_gold_and_no_vote(tmp_path):
    path = saved(
        tmp_path / "e.json",
        task("a", choice("HAM", by=1), choice("HAM", by=2), choice("SPAM", by=3, ground_truth=True)),
        task("b", choice("HAM", by=1), choice("SPAM", by=2)),
    )
    found = read_label_studio(path, space=SPACE)
    assert found.gold.tolist() == [1, -1]
    assert by_annotator(found) == {"1": [0, 0], "2": [0, 1]}
    only = saved(tmp_path / "only.json", task("a", choice("SPAM", by=3, ground_truth=True)), task("b"))
    found = read_label_studio(only, space=SPACE)
    assert (found.gold.tolist(), by_annotator(found)) == ([1, -1], {"3": [1, -1]})


def test_cancelled_skipped_and_empty_annotations_are_counted(tmp_path):
    path = saved(
        tmp_path / "e.json",
        task(
            "a",
            choice("HAM", at=EARLY),
            choice("SPAM", at=LATE, was_cancelled=True),
            choice("SPAM", skipped=True, by=2),
            {"completed_by": 3, "result": []},
        ),
    )
    found = read_label_studio(path, space=SPACE)
    assert found.gold.tolist() == [0]
    assert found.left_out == {"cancelled or skipped": 2, "without a choice": 1}


def test_completions_of_old_versions_are_read(tmp_path):
    old = task("a", choice("SPAM", created_at=1589000000, by=None), key="completions", id=4)
    older = {"task": {"text": "b"}, "completions": [choice("HAM", honeypot=True)]}
    found = read_label_studio(saved(tmp_path / "e.jsonl", old, older), space=SPACE)
    assert found.data["text"].to_list() == ["a", "b"]
    assert found.gold.tolist() == [1, 0]


def test_predictions_of_models_are_votes_where_asked(tmp_path):
    guess = choice("SPAM", model_version="bert")
    path = saved(tmp_path / "e.json", task("a", choice("HAM", by="bert"), predictions=[guess]))
    found = read_label_studio(path, space=SPACE)
    assert found.left_out == {"predictions of models (read with predictions=True)": 1}
    found = read_label_studio(path, space=SPACE, predictions=True)
    assert by_annotator(found) == {"bert": [0], "bert (model)": [1]}
    assert found.gold.tolist() == [0]
    with pytest.raises(lw.DataError, match=r"holds no labels \(1 predictions of models"):
        read_label_studio(saved(tmp_path / "p.json", task("a", predictions=[guess])), space=SPACE)


def test_ratings_are_classes_named_by_numbers(tmp_path):
    stars = [task("a", choice(kind="rating", value={"rating": rating})) for rating in (10, 2, 5)]
    found = read_label_studio(saved(tmp_path / "e.json", *stars))
    assert found.space.names == ("2", "5", "10")
    assert found.gold.tolist() == [2, 0, 1]


SPAN = {"start": 0, "end": 1, "text": "a", "labels": ["ORG"]}
BOX = {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["CAT"]}


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (choice(kind="labels", value=SPAN), "spans of text"),
        (choice(kind="rectanglelabels", value=BOX), "boxes or regions of images"),
        (choice(kind="choices", value={"start": 0, "end": 2, "choices": ["HAM"]}), "choices for regions"),
        (choice(kind="taxonomy", value={"taxonomy": [["A", "B"]]}), "taxonomies"),
    ],
)
def test_label_studio_files_of_other_work_say_what_they_hold(annotation, kind, tmp_path):
    message = rf"holds {kind} \(1 row\) and no classes of rows; labelwright reads classification"
    with pytest.raises(lw.DataError, match=message):
        read_label_studio(saved(tmp_path / "e.json", task("a", annotation)))
    both = task("a", {**annotation, "result": [*annotation["result"], *choice("HAM")["result"]]})
    assert read_label_studio(saved(tmp_path / "e.json", both), space=SPACE).left_out == {kind: 1}


def flat(text, label, by=1, **more):
    times = {"created_at": EARLY, "updated_at": EARLY, "lead_time": 3.5}
    return {"text": text, "lang": "en", **more, "topic": label, "annotator": by, "annotation_id": 9, **times}


def test_the_export_json_min_is_read(tmp_path):
    path = saved(
        tmp_path / "e.json",
        flat("a", "HAM", id=1),
        flat("a", "SPAM", id=1, by=2),
        flat("b", {"choices": ["SPAM"]}, id=2),
        flat("a", "OTHER", id=1) | {"updated_at": LATE},
    )
    found = read_label_studio(path, space=SPACE)
    assert found.data.to_dicts() == [{"text": "a", "lang": "en"}, {"text": "b", "lang": "en"}]
    assert by_annotator(found) == {"1": [2, 1], "2": [1, -1]}
    spans = saved(tmp_path / "s.json", flat("a", [SPAN], id=1))
    with pytest.raises(lw.DataError, match=r"holds spans of text \(1 row\)"):
        read_label_studio(spans)


def test_the_export_csv_is_read(tmp_path):
    path = tmp_path / "e.csv"
    frame = pl.DataFrame(
        {
            "annotation_id": [1, 2, 3],
            "annotator": ["x@y.z", "x@y.z", "u@v.w"],
            "created_at": [EARLY] * 3,
            "id": [7, 8, 7],
            "lead_time": [1.5] * 3,
            "mood": ["HAM", '{"choices":["SPAM"]}', "HAM"],
            "text": ["a", "b", "a"],
            "updated_at": [EARLY] * 3,
            "was_cancelled": ["False", "False", "True"],
        }
    )
    frame.write_csv(path)
    found = read_label_studio(path, space=SPACE, name="mood")
    assert found.data.to_dicts() == [{"text": "a"}, {"text": "b"}]
    assert (found.gold.tolist(), found.left_out) == ([0, 1], {"cancelled or skipped": 1})
    with pytest.raises(lw.DataError, match="has several choices: mood, text; pass name="):
        read_label_studio(path, space=SPACE)


def test_numbers_are_names_where_the_class_names_are(tmp_path):
    path = saved(tmp_path / "e.json", *(task("a", choice(label)) for label in (1, "2", 2.0, "5")))
    assert read_label_studio(path, space=list("12345")).gold.tolist() == [0, 1, 1, 4]


def test_nested_data_have_dotted_names_and_mixed_ones_are_text(tmp_path):
    first = {"data": {"text": "a", "meta": {"lang": "en"}, "id": 7}, "annotations": [choice("HAM")]}
    second = {"data": {"text": "b", "meta": None, "id": "a7"}, "annotations": [choice("SPAM")]}
    found = read_label_studio(saved(tmp_path / "e.json", first, second))
    assert found.data.to_dicts() == [
        {"text": "a", "meta.lang": "en", "id": "7"},
        {"text": "b", "meta.lang": None, "id": "a7"},
    ]


def test_unknown_labels_are_mapped_or_said_all_at_once(tmp_path):
    path = saved(tmp_path / "e.json", *(task("a", choice(label)) for label in ("ham", "junk", "HAM", "junk")))
    with pytest.raises(lw.DataError, match=r"'junk' \(2 rows.*'ham' .*first is at '.*e.json': task 0"):
        read_label_studio(path, space=SPACE)
    found = read_label_studio(path, space=SPACE, mapping={"ham": "HAM", "junk": None})
    assert found.gold.tolist() == [0, -1, 0, -1]


# --- Prodigy

OPTIONS = [{"id": 0, "text": "HAM"}, {"id": 1, "text": "SPAM"}, {"id": 2, "text": "OTHER"}]


def picked(text, *accept, options=OPTIONS, answer="accept", **more):
    return {"text": text, "options": options, "accept": list(accept), "answer": answer, **more}


def test_options_count_by_text_where_ids_are_numbers(tmp_path):
    path = saved(tmp_path / "e.jsonl", picked("a", 1), picked("b", 0))
    for space in (None, SPACE):
        found = read_prodigy(path, space=space)
        assert (found.gold.tolist(), found.space) == ([1, 0], SPACE)
    turned = read_prodigy(path, space=["SPAM", "OTHER", "HAM"])
    assert turned.gold.tolist() == [0, 2]


def test_options_count_by_id_where_these_are_names(tmp_path):
    options = [{"id": "HAM", "text": "Good mail"}, {"id": "SPAM", "text": "Junk"}]
    path = saved(tmp_path / "e.jsonl", picked("a", "SPAM", options=options))
    assert read_prodigy(path).space.names == ("HAM", "SPAM")
    assert read_prodigy(path, space=["SPAM", "HAM"]).gold.tolist() == [0]
    assert read_prodigy(path, space=["Junk", "Good mail"]).gold.tolist() == [0]


def test_what_was_ignored_rejected_or_left_open_is_counted(tmp_path):
    path = saved(
        tmp_path / "e.jsonl",
        picked("a", 1),
        picked("b", 1, answer="ignore"),
        picked("c", 1, answer="reject"),
        picked("d"),
    )
    found = read_prodigy(path)
    assert found.gold.tolist() == [1, -1, -1, -1]
    assert found.left_out == {"ignored": 1, "rejected": 1, "without a choice": 1}


def test_of_several_answers_in_prodigy_the_later_counts(tmp_path):
    seen = {"_input_hash": 5, "_session_id": "news-ann"}
    path = saved(
        tmp_path / "e.jsonl", picked("a", 1, _timestamp=20, **seen), picked("a", 0, _timestamp=10, **seen)
    )
    assert by_annotator(read_prodigy(path)) == {"news-ann": [1]}
    assert by_annotator(read_prodigy(path, repeats="first")) == {"news-ann": [0]}
    with pytest.raises(lw.DataError, match="line 1: annotator 'news-ann' says both 'HAM' and 'SPAM'"):
        read_prodigy(path, repeats="error")


def test_several_options_at_once_are_an_error_unless_said_otherwise(tmp_path):
    path = saved(tmp_path / "e.jsonl", picked("a", 0, 1), picked("b", 1))
    for repeats in ("last", "first", "error"):
        with pytest.raises(lw.DataError, match=r"line 1 has 2 labels at once \(HAM, SPAM\)"):
            read_prodigy(path, repeats=repeats)
    assert by_annotator(read_prodigy(path, repeats="abstain")) == {"annotator": [-1, 1]}
    assert by_annotator(read_prodigy(path, repeats="all")) == {"annotator": [0, 1], "annotator (2)": [1, -1]}


def test_a_label_that_was_accepted_and_rejected_makes_two_classes(tmp_path):
    path = saved(
        tmp_path / "e.jsonl",
        {"text": "a", "label": "SPAM", "answer": "accept"},
        {"text": "b", "label": "SPAM", "answer": "reject"},
    )
    found = read_prodigy(path)
    assert (found.space.names, found.gold.tolist()) == (("not SPAM", "SPAM"), [1, 0])


def test_what_a_review_decided_is_gold(tmp_path):
    versions = [picked("a", 0) | {"sessions": ["ann", "bob"]}, picked("a", 1) | {"sessions": ["cy"]}]
    found = read_prodigy(saved(tmp_path / "e.jsonl", picked("a", 1, versions=versions)))
    assert by_annotator(found) == {"ann": [0], "bob": [0], "cy": [1]}
    assert found.gold.tolist() == [1]
    assert found.data.columns == ["text"]


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"text": "a", "spans": [{"start": 0, "end": 1, "label": "ORG"}], "tokens": []}, "spans of text"),
        ({"image": "a.png", "spans": [{"points": [[0, 1]], "label": "CAT"}]}, "boxes or regions of images"),
        ({"text": "a", "relations": []}, "relations"),
        ({"text": "a", "user_input": "yes"}, "written texts"),
    ],
)
def test_prodigy_files_of_other_work_say_what_they_hold(record, kind, tmp_path):
    path = saved(tmp_path / "e.jsonl", {**record, "answer": "accept", "_input_hash": 1})
    with pytest.raises(lw.DataError, match=rf"holds {kind} \(1 row\) and no classes of rows"):
        read_prodigy(path)
