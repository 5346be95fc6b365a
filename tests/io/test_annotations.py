import json
import zipfile

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright.io import (
    read_argilla,
    read_doccano,
    read_label_sleuth,
    read_label_studio,
    read_prodigy,
)

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
    assert list(found.label_matrix.scores) == []
    assert found.gold.tolist() == [0]
    with pytest.raises(lw.DataError, match=r"holds no labels \(1 predictions of models"):
        read_label_studio(saved(tmp_path / "p.json", task("a", predictions=[guess])), space=SPACE)


def test_scores_of_predictions_are_scores_of_votes(tmp_path):
    guesses = [choice("SPAM", model_version="bert", score=score) for score in (0.8, 0.2, None, 7)]
    tasks = [task("a", choice("HAM"), predictions=[guess]) for guess in guesses]
    found = read_label_studio(saved(tmp_path / "e.json", *tasks), space=SPACE, predictions=True)
    assert by_annotator(found)["bert"] == [1, 1, 1, 1]
    scores = np.asarray(found.label_matrix.scores["bert"])
    assert np.allclose(scores[0], [0.1, 0.8, 0.1])
    assert np.isnan(scores[1:]).all()
    sure = {"mood": {"value": "SPAM", "score": 0.6, "agent": "gpt"}}
    path = saved(tmp_path / "r.json", record("a", response("HAM"), suggestions=sure))
    found = read_argilla(path, space=SPACE, predictions=True)
    assert np.allclose(np.asarray(found.label_matrix.scores["gpt"]), [[0.2, 0.6, 0.2]])


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


def test_annotations_in_files_of_their_own_are_put_together(tmp_path):
    inner = {"id": 7, "data": {"text": "a"}}
    saved(tmp_path / "1.json").write_text(json.dumps({"id": 1, **choice("HAM"), "task": inner}, indent=1))
    saved(tmp_path / "2.json").write_text(json.dumps({"id": 2, **choice("SPAM", by=2), "task": inner}))
    saved(tmp_path / "3.json").write_text(json.dumps(task("b", choice("SPAM")), indent=1))
    found = read_label_studio(tmp_path, space=SPACE)
    assert found.data["text"].to_list() == ["a", "b"]
    assert by_annotator(found) == {"1": [0, 1], "2": [1, -1]}


def test_a_name_that_no_choices_have_is_said(tmp_path):
    with pytest.raises(lw.DataError, match="has no choices named 'labl'"):
        read_label_studio(saved(tmp_path / "e.json", task("a", choice("HAM"))), name="labl")


def test_a_data_set_of_coco_is_told(tmp_path):
    coco = {"images": [{"id": 1}], "annotations": [{"bbox": [1, 2, 3, 4]}], "categories": [{"id": 1}]}
    for indent in (None, 1):
        (tmp_path / "coco.json").write_text(json.dumps(coco, indent=indent))
        for reader in (read_label_studio, read_prodigy, read_doccano):
            with pytest.raises(
                lw.DataError, match="looks like a data set of COCO: boxes or regions of images"
            ):
                reader(tmp_path / "coco.json")


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
    with pytest.raises(lw.DataError, match=r"'junk' \(2 votes, first task 1\), 'ham' \(task 0, did you"):
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


# --- doccano

EXAMPLES = [
    {"id": 1, "text": "a", "label": ["SPAM"], "Comments": [], "source": "x"},
    {"id": 2, "text": "b", "label": [], "Comments": ["?"], "source": "y"},
    {"id": 3, "text": "c", "label": ["HAM"], "Comments": [], "source": None},
]


@pytest.mark.parametrize("name", ["all.jsonl", "all.json", "all.csv"])
def test_doccano_exports_are_read(name, tmp_path):
    if name == "all.csv":
        joined = [{**row, "label": "#".join(row["label"]), "Comments": ""} for row in EXAMPLES]
        pl.DataFrame(joined).write_csv(tmp_path / name)
        path = tmp_path / name
    else:
        path = saved(tmp_path / name, *EXAMPLES)
    found = read_doccano(path, space=SPACE)
    assert found.gold.tolist() == [1, -1, 0]
    assert by_annotator(found) == {"annotator": [1, -1, 0]}
    assert found.data.columns == ["id", "text", "source"]
    assert found.data["text"].to_list() == ["a", "b", "c"]


def test_doccano_zips_and_folders_hold_a_file_an_annotator(tmp_path):
    saved(tmp_path / "ann.jsonl", *EXAMPLES)
    saved(tmp_path / "bob.jsonl", {**EXAMPLES[1], "label": ["HAM"]}, {**EXAMPLES[0], "label": ["HAM"]})
    saved(tmp_path / "unknown.jsonl", {"id": 4, "text": "d", "label": []})
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        for file in tmp_path.glob("*.jsonl"):
            packed.write(file, file.name)
    for path in (tmp_path, tmp_path / "export.zip"):
        found = read_doccano(path, space=SPACE)
        assert by_annotator(found) == {"ann": [1, -1, 0, -1], "bob": [0, 0, -1, -1]} or path.is_file()
        gold = dict(zip(found.data["text"], found.gold.tolist(), strict=True))
        assert gold == {"a": -1, "b": 0, "c": 0, "d": -1}


def test_old_doccano_exports_are_read(tmp_path):
    labels = saved(tmp_path / "a.jsonl", {"text": "a", "labels": ["SPAM"], "meta": {"lang": "en"}})
    found = read_doccano(labels, space=SPACE)
    assert (found.gold.tolist(), found.data.columns) == ([1], ["text", "meta.lang"])
    annotations = [{"label": 3, "user": 1}, {"label": 4, "user": 2}]
    numbers = saved(tmp_path / "b.json", {"text": "a", "annotations": annotations})
    found = read_doccano(numbers, space=SPACE, mapping={3: "HAM", 4: "SPAM"})
    assert by_annotator(found) == {"1": [0], "2": [1]}
    named = saved(tmp_path / "c.jsonl", {"data": "a", "cats": ["HAM"], "entities": []})
    assert read_doccano(named, space=SPACE).data.columns == ["text"]


def test_several_labels_in_doccano_are_an_error_unless_said_otherwise(tmp_path):
    path = saved(tmp_path / "a.jsonl", {**EXAMPLES[0], "label": ["HAM", "SPAM"]}, EXAMPLES[2])
    with pytest.raises(lw.DataError, match=r"line 1 has 2 labels at once \(HAM, SPAM\)"):
        read_doccano(path)
    assert by_annotator(read_doccano(path, repeats="abstain")) == {"annotator": [-1, 0]}
    (tmp_path / "b.csv").write_text("id,text,label\n1,a,C#\n2,b,F\n")
    assert read_doccano(tmp_path / "b.csv", space=["F", "C#"]).gold.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"label": [[0, 5, "PER"]]}, "spans of text"),
        ({"entities": [{"start_offset": 0, "end_offset": 5, "label": "PER"}]}, "spans of text"),
        ({"bbox": [{"x": 1, "y": 2, "label": "CAT"}]}, "boxes or regions of images"),
        ({"annotations": [{"text": "a summary", "user": 1}]}, "written texts"),
    ],
)
def test_doccano_files_of_other_work_say_what_they_hold(more, kind, tmp_path):
    with pytest.raises(lw.DataError, match=rf"holds {kind} \(1 row\) and no classes of rows"):
        read_doccano(saved(tmp_path / "a.jsonl", {"id": 1, "text": "a", **more}))


# --- Argilla


def response(value, who="u1", **more):
    return {"value": value, "user_id": who, **more}


def record(text, *responses, **more):
    return {"id": f"r-{text}", "fields": {"text": text}, "responses": {"mood": list(responses)}, **more}


def test_records_of_argilla_are_read(tmp_path):
    suggestion = {"mood": {"value": "OTHER", "score": 0.9, "agent": "bert"}}
    path = saved(
        tmp_path / "r.json",
        record("a", response("SPAM"), response("HAM", "u2", status="submitted"), suggestions=suggestion),
        record("b", response("HAM", status="draft"), metadata={"lang": "en"}, suggestions={}),
        record("c", response("HAM", status="discarded"), response("HAM", "u2")),
    )
    found = read_argilla(path, space=SPACE)
    assert by_annotator(found) == {"u1": [1, -1, -1], "u2": [0, -1, 0]}
    assert found.gold.tolist() == [-1, -1, 0]
    assert found.data.columns == ["id", "text", "metadata.lang"]
    suggested = "suggestions of models (read with predictions=True)"
    assert found.left_out == {suggested: 1, "draft": 1, "discarded": 1}
    found = read_argilla(path, space=SPACE, predictions=True)
    assert by_annotator(found)["bert"] == [2, -1, -1]
    assert found.gold.tolist() == [-1, -1, 0]


def test_feedback_records_of_argilla_1_are_read(tmp_path):
    responses = [
        {
            "user_id": "u1",
            "status": "submitted",
            "values": {"mood": {"value": "SPAM"}, "why": {"value": "x"}},
        },
        {"user_id": "u2", "status": "discarded", "values": {}},
    ]
    first = {"fields": {"text": "a"}, "responses": responses, "suggestions": [], "external_id": "7"}
    path = saved(tmp_path / "r.jsonl", first)
    with pytest.raises(lw.DataError, match="has several questions: mood, why; pass name="):
        read_argilla(path, space=SPACE)
    found = read_argilla(path, space=SPACE, name="mood")
    assert (found.gold.tolist(), found.left_out) == ([1], {"discarded": 1})
    assert found.data.to_dicts() == [{"external_id": "7", "text": "a"}]


def test_flat_records_of_argilla_are_read(tmp_path):
    flat = {
        "id": "1",
        "status": "completed",
        "text": "a",
        "mood.responses": ["SPAM", "HAM"],
        "mood.responses.users": ["u1", "u2"],
        "mood.responses.status": ["submitted", "draft"],
        "mood.suggestion": "HAM",
        "mood.suggestion.agent": "bert",
        "mood.suggestion.score": 0.5,
    }
    found = read_argilla(saved(tmp_path / "r.json", flat), space=SPACE, predictions=True)
    assert by_annotator(found) == {"u1": [1], "bert": [0]}
    assert found.data.to_dicts() == [{"id": "1", "text": "a"}]
    hub = {
        "text": "a",
        "mood": [response("SPAM", status="submitted")],
        "mood-suggestion": "HAM",
        "metadata": {},
    }
    found = read_argilla(saved(tmp_path / "h.json", hub), space=SPACE)
    assert (by_annotator(found), found.data.columns) == ({"u1": [1]}, ["text"])


def test_text_classification_of_argilla_before_1_is_read(tmp_path):
    old = {"inputs": {"text": "a"}, "annotation": "SPAM", "annotation_agent": "ann", "status": "Validated"}
    scored = {"prediction": [["HAM", 0.2], ["SPAM", 0.8]], "prediction_agent": "bert", "annotation": None}
    path = saved(
        tmp_path / "r.json",
        old,
        {"text": "b", "status": "Default", **scored},
        {**old, "status": "Discarded"},
    )
    found = read_argilla(path, space=SPACE, predictions=True)
    assert by_annotator(found) == {"ann": [1, -1, -1], "bert": [-1, 1, -1]}
    assert (found.gold.tolist(), found.left_out) == ([1, -1, -1], {"discarded": 1})
    assert found.data["text"].to_list() == ["a", "b", "a"]


def test_several_labels_and_spans_in_argilla(tmp_path):
    several = saved(
        tmp_path / "m.json", record("a", response(["HAM", "SPAM"])), record("b", response(["HAM"]))
    )
    with pytest.raises(lw.DataError, match=r"item 0 has 2 labels at once"):
        read_argilla(several)
    assert read_argilla(several, space=SPACE, repeats="abstain").gold.tolist() == [-1, 0]
    spans = saved(tmp_path / "s.json", record("a", response([{"start": 0, "end": 1, "label": "ORG"}])))
    with pytest.raises(lw.DataError, match=r"holds spans or rankings \(1 row\)"):
        read_argilla(spans)
    stars = saved(tmp_path / "n.json", *(record(str(i), response(i)) for i in (10, 9, 1)))
    assert read_argilla(stars).space.names == ("1", "9", "10")


# --- Label Sleuth


def sleuth(tmp_path, *rows, name="labels.csv"):
    names = ("category_name", "uri", "text", "label", "label_type")
    frame = pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    frame.with_columns(workspace_id=pl.lit("w"), dataset=pl.lit("d")).write_csv(tmp_path / name)
    return tmp_path / name


def test_one_category_of_label_sleuth_is_true_or_false(tmp_path):
    path = sleuth(
        tmp_path,
        ("SPAM", "d-1-0", "a", True, "Standard"),
        ("SPAM", "d-1-1", "b", False, "Standard"),
        ("SPAM", "d-1-2", "c", True, "Weak"),
    )
    found = read_label_sleuth(path)
    assert (found.space.names, found.gold.tolist()) == (("not SPAM", "SPAM"), [1, 0, -1])
    assert found.left_out == {"weak labels (read with predictions=True)": 1}
    assert found.data.columns == ["uri", "text", "dataset"]
    assert by_annotator(read_label_sleuth(path, predictions=True))["weak labels"] == [-1, -1, 1]
    assert read_label_sleuth(path, space=["SPAM", "HAM"]).gold.tolist() == [0, 1, -1]


def test_several_categories_of_label_sleuth_are_the_classes(tmp_path):
    path = sleuth(
        tmp_path,
        ("sport", "d-1-0", "a", True, "Standard"),
        ("sport", "d-1-1", "b", False, "Standard"),
        ("politics", "d-1-1", "b", True, "Standard"),
        ("politics", "d-1-0", "a", False, "Standard"),
    )
    found = read_label_sleuth(path)
    assert (found.space.names, found.gold.tolist()) == (("sport", "politics"), [0, 1])
    assert found.left_out == {"false of a category": 2}
    one = read_label_sleuth(path, category="politics")
    assert (one.space.names, one.gold.tolist()) == (("not politics", "politics"), [0, 1])
    with pytest.raises(lw.DataError, match="has no category 'sports'; did you mean 'sport'"):
        read_label_sleuth(path, category="sports")
    both = sleuth(
        tmp_path,
        ("sport", "d-1-0", "a", True, "Standard"),
        ("politics", "d-1-0", "a", True, "Standard"),
        name="both.csv",
    )
    with pytest.raises(lw.DataError, match=r"2 labels at once \(sport, politics\)"):
        read_label_sleuth(both)


# --- what all readers have in common

SPAM_HAM = lw.LabelSpace(["HAM", "SPAM"])


def sleuth_row(uri, label):
    return {"text": uri, "uri": uri, "category_name": "SPAM", "label": label, "label_type": "Standard"}


TWO_ANSWERS = {
    read_label_studio: [task("a", choice("HAM"), choice("SPAM")), task("b", choice("HAM"))],
    read_prodigy: [
        picked("a", 0, _input_hash=1),
        picked("a", 1, _input_hash=1),
        picked("b", 0, _input_hash=2),
    ],
    read_doccano: [
        {"id": 1, "text": "a", "label": ["HAM"]},
        {"id": 1, "text": "a", "label": ["SPAM"]},
        {"id": 2, "text": "b", "label": ["HAM"]},
    ],
    read_argilla: [record("a", response("HAM"), response("SPAM")), record("b", response("HAM"))],
    read_label_sleuth: [sleuth_row("a", False), sleuth_row("a", True), sleuth_row("b", False)],
}


@pytest.mark.parametrize("reader", TWO_ANSWERS)
@pytest.mark.parametrize(
    ("repeats", "columns", "gold"),
    [
        ("last", [[1, 0]], [1, 0]),
        ("first", [[0, 0]], [0, 0]),
        ("abstain", [[-1, 0]], [-1, 0]),
        ("all", [[0, 0], [1, -1]], [-1, 0]),
    ],
)
def test_all_readers_do_with_two_answers_what_they_are_told(reader, repeats, columns, gold, tmp_path):
    path = saved(tmp_path / "file.json", *TWO_ANSWERS[reader])
    found = reader(path, space=SPAM_HAM, repeats=repeats)
    assert list(by_annotator(found).values()) == columns
    assert found.gold.tolist() == gold
    assert found.data["text"].to_list() == ["a", "b"]
    assert found.to_polars("gold")["gold"].to_list() == SPAM_HAM.decode(found.gold).tolist()
    assert found.label_matrix.space is found.space
    assert bool(found.left_out) == (repeats != "all")


def test_several_labels_at_once_are_gold_of_which_any_is_right(tmp_path):
    path = saved(
        tmp_path / "e.json",
        task("a", choice("HAM", "SPAM", by=1), choice("SPAM", "HAM", "OTHER", by=2)),
        task("b", choice("HAM", by=1), choice("OTHER", by=2)),
        task("c", choice("HAM", by=1), choice("OTHER", "SPAM", by=2, ground_truth=True)),
        task("d"),
    )
    found = read_label_studio(path, space=SPACE, repeats="all")
    assert found.gold_labels == (("HAM", "SPAM"), (), ("SPAM", "OTHER"), ())
    assert found.gold.tolist() == [-1, -1, -1, -1]
    L = lw.LabelMatrix([[1], [0], [2], [0]], space=SPACE)
    assert L.summary(gold=found.gold_labels)["correct"].to_list() == [2]
    one = read_label_studio(saved(tmp_path / "o.json", task("a", choice("HAM"))), space=SPACE)
    assert one.gold_labels == (("HAM",),)


@pytest.mark.parametrize("reader", TWO_ANSWERS)
def test_all_readers_refuse_two_answers_where_they_are_told(reader, tmp_path):
    path = saved(tmp_path / "file.json", *TWO_ANSWERS[reader])
    with pytest.raises(
        lw.DataError, match=r"annotator '.*' says both 'HAM' and 'SPAM'; keep one .* repeats="
    ):
        reader(path, space=SPAM_HAM, repeats="error")
    with pytest.raises(lw.DataError, match=r"repeats='lats' is unknown; did you mean 'last'"):
        reader(path, space=SPAM_HAM, repeats="lats")


# --- files of another tool

READERS = {
    "Label Studio": (read_label_studio, task("a", choice("HAM"))),
    "Prodigy": (read_prodigy, picked("a", 1)),
    "doccano": (read_doccano, EXAMPLES[0]),
    "Argilla": (read_argilla, record("a", response("HAM"))),
    "Label Sleuth": (read_label_sleuth, {"text": "a", "category_name": "SPAM", "label": True}),
}


@pytest.mark.parametrize("of", READERS)
@pytest.mark.parametrize("read", READERS)
def test_a_file_of_another_tool_is_told(of, read, tmp_path):
    path = saved(tmp_path / "file.json", READERS[of][1])
    reader = READERS[read][0]
    if of != read:
        right = READERS[of][0].__name__
        named = f"'{path}' looks like an export of {of}, not of {read}; read it with lw.io.{right}"
        with pytest.raises(lw.DataError) as caught:
            reader(path)
        assert str(caught.value) == named
    else:
        reader(path, space=SPACE)


@pytest.mark.parametrize("reader", [reader for reader, _ in READERS.values()])
@pytest.mark.parametrize("content", ["", "[]", "{", "[1]", "3", "null", '[{"x": 1}]', "\x00\x01", "a,b\n"])
def test_what_is_no_export_is_one_plain_line(reader, content, tmp_path):
    for name in ("file.json", "file.jsonl"):
        (tmp_path / name).write_text(content)
        with pytest.raises(lw.DataError) as caught:
            reader(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert name in str(caught.value)
    with pytest.raises(lw.DataError):
        reader(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("reader", "record"),
    [
        (
            read_prodigy,
            {"_input_hash": [1], "text": "a", "options": 3, "accept": ["HAM"], "answer": "accept"},
        ),
        (read_prodigy, picked("a", 0, versions=[{"sessions": 3}, 4])),
        (
            read_argilla,
            {"inputs": {"text": "a"}, "annotation": "HAM", "prediction": 1.5, "status": "Default"},
        ),
        (read_label_studio, {"id": "x\x1b[2J\n", **task("a", choice("HAM"), None, predictions=[3])}),
    ],
)
def test_broken_records_are_read_as_far_as_they_go(reader, record, tmp_path):
    found = reader(saved(tmp_path / "e.json", record), space=SPACE)
    assert len(found) == found.data.height == found.label_matrix.n == 1
    assert found.gold.tolist() == [0]


@pytest.mark.parametrize(
    ("reader", "record", "message"),
    [
        (
            read_doccano,
            {"text": "a", "label": ["HAM", None]},
            "item 0 has the label None; expected doccano's",
        ),
        (
            read_label_studio,
            {"annotation_id": 1, "annotator": 2, "lead_time": 3, "label": "HAM"},
            "holds labels, and no data that they are of",
        ),
        (read_label_studio, {"id": "x\x1b[2J\n", "annotations": []}, "task x\ufffd.2J has no 'data'"),
        (read_argilla, {"fields": {}, "responses": []}, "item 0 has no fields"),
        (read_label_sleuth, {"category_name": "a", "label": True}, "item 0 has no 'text'"),
    ],
)
def test_records_that_cannot_be_read_are_named(reader, record, message, tmp_path):
    with pytest.raises(lw.DataError, match=message) as caught:
        reader(saved(tmp_path / "e.json", record), space=SPACE)
    assert not {"\n", "\x1b"} & set(str(caught.value))
