"""An end model at work: in another program, and as a co-process."""

import contextlib
import io
import json
import os
import threading

import numpy as np
import pandas as pd
import polars as pl
import pytest

import labelwright as lw
from labelwright.end_models import save, text_classifier
from labelwright.pipeline.streaming import serve

TEXTS = ["cheap pills", "see you at lunch", "buy cheap watches", "lunch was lovely"]
SOFT = [[0.1, 0.9], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]]
ABOUT = {"name": "m", "columns": ("text",), "as_text": True, "width": 0, "prepared": False}


def kept(folder, model, **about):
    path = folder / f"{len(list(folder.iterdir()))}.npz"
    save(model, path, about={**ABOUT, "classes": ("HAM", "SPAM"), **about})
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def texts(folder):
    return lw.load_predictor(kept(folder, text_classifier().fit(TEXTS, SOFT)))


@pytest.fixture(scope="module")
def numbers(folder):
    from sklearn.linear_model import LogisticRegression

    X = np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]] * 4)
    fitted = lw.NoiseAwareClassifier(LogisticRegression()).fit(X, np.array([[0.9, 0.1], [0.1, 0.9]] * 4))
    return lw.load_predictor(kept(folder, fitted, columns=("x", "v"), as_text=False, width=3))


# --- in another program


@pytest.mark.parametrize(
    "rows",
    [
        ["cheap watches", "lovely lunch", " \u200b", None],
        np.array(["cheap watches", "lovely lunch", "", None], dtype=object),
        pd.Series(["cheap watches", "lovely lunch", "\n", pd.NA]),
        pl.Series(["cheap watches", "lovely lunch", "\u3164", None]),
        pl.DataFrame({"id": [1, 2, 3, 4], "text": ["cheap watches", "lovely lunch", "", None]}),
        [{"text": "cheap watches"}, {"text": "lovely lunch"}, {"text": ""}, {"text": None}],
    ],
)
def test_a_model_labels_texts_and_tables_by_name(texts, rows):
    assert texts.predict(rows).tolist() == ["SPAM", "HAM", None, None]
    probabilities = texts.predict_proba(rows)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    assert probabilities[2:].tolist() == [[0.5, 0.5]] * 2
    assert texts.classes_.tolist() == ["HAM", "SPAM"]


def test_labels_stand_beside_every_column_of_the_rows(texts):
    rows = pl.DataFrame({"Label": ["mine", "x"], "text": ["cheap", ""], "p_HAM": [1, 2]})
    found = texts.label(rows)
    assert found.frame.select(rows.columns).equals(rows)
    assert found.frame.columns[3:] == ["lw_label", "probability", "lw_p_HAM", "p_SPAM", "problem"]
    assert found.labels.tolist() == [1, -1]
    assert found.frame.row(1)[3:] == (None, None, None, None, "no text in 'text'")
    assert found.to_dict()["predictions"][1] == {
        "label": None,
        "probabilities": None,
        "problem": "no text in 'text'",
    }
    assert texts.label(rows, skip_empty=True).frame["text"].to_list() == ["cheap"]


def test_no_rows_and_nothing_but_empty_rows(texts):
    assert texts.predict([]).tolist() == []
    assert texts.predict(["", " "]).tolist() == [None, None]


def test_other_types_of_columns_are_read_where_that_is_sure(texts, numbers):
    assert texts.predict(pl.DataFrame({"text": [1, None]})).tolist()[1] is None
    assert texts.predict(pl.DataFrame({"text": pl.Series(["cheap"], dtype=pl.Categorical)})) == ["SPAM"]
    rows = pl.DataFrame({"x": ["3", "0", None], "v": [[1, 0], [1, 2], [1, 1]]})
    assert numbers.predict(rows).tolist() == ["SPAM", "HAM", None]
    rows = pl.DataFrame({"x": [3.0, float("nan"), 0.0, 1.0], "v": [[1.0, 0.0], [1.0, 0.0], None, [1.0]]})
    found = numbers.label(rows)
    assert found.frame["problem"].to_list() == [
        None,
        "no number in 'x'",
        "no number in 'v'",
        "2 numbers, and the end model learned from 3",
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("one text", "rows is a single text; pass a list"),
        ([1, 2], "expected a dictionary, a dataclass"),
        ([{"txt": "a"}], "no column 'text'.*did you mean 'txt'"),
        (pl.DataFrame({"text": [["a"]]}), "column 'text' has type List"),
        (pl.DataFrame({"text": [{"a": 1}]}), "column 'text' has type Struct"),
    ],
)
def test_rows_that_cannot_be_read_are_told(texts, rows, words):
    with pytest.raises(lw.LabelwrightError, match=words) as caught:
        texts.predict(rows)
    assert "\n" not in str(caught.value)


def test_texts_for_a_model_of_numbers_and_files_of_others(numbers, folder, tmp_path):
    with pytest.raises(lw.SchemaError, match="rows are texts, and the end model reads x, v"):
        numbers.predict(["a"])
    prepared = kept(folder, text_classifier().fit(TEXTS, SOFT), prepared=True)
    with pytest.raises(lw.ProjectError, match="pass the project folder instead"):
        lw.load_predictor(prepared)
    save(text_classifier().fit(TEXTS, SOFT), tmp_path / "bare.npz")
    with pytest.raises(
        lw.StoreError, match=r"no end model of a project; read it with: labelwright.end_models"
    ):
        lw.load_predictor(tmp_path / "bare.npz")


def test_a_project_is_served_in_the_order_of_its_rows(place):
    place.write_lfs(
        "ads",
        "love",
        tail="\n\ndef prepare(frame, split):\n    return frame.sort('text').select('text', '_row')\n",
    )
    place.open().train()
    model = lw.load_predictor(place.folder)
    rows = [{"n": 1, "text": "love this"}, {"n": 2, "text": ""}, {"n": 3, "text": "check out"}]
    assert model.predict(rows).tolist() == ["HAM", None, "SPAM"]
    found = place.open().predict(rows).frame
    assert found.select("n", "text", "label").rows() == [
        (1, "love this", "HAM"),
        (2, "", None),
        (3, "check out", "SPAM"),
    ]
    assert [one["label"] for one in answers(model, lines(*rows))] == ["HAM", None, "SPAM"]


# --- as a co-process


def lines(*rows):
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


def answers(predictor, content, **more):
    sink = io.BytesIO()
    with contextlib.suppress(lw.DataError):
        serve(predictor, io.BytesIO(content), sink, **more)
    return [json.loads(line) for line in sink.getvalue().decode().splitlines()]


HOSTILE = [
    {"text": "cheap\u2028watches", "id": 2**70, "nested": {"a": [1, None]}},
    {"text": "\ud800 cheap"},
    {"text": "cheap", "label": "mine", "Problem": 1, "p_SPAM": "theirs"},
    {"text": 7},
    {"text": True},
]


def test_rows_are_answered_with_all_that_they_hold(texts):
    found = answers(texts, b"\xef\xbb\xbf" + lines(*HOSTILE))
    assert [{name: one[name] for name in row} for one, row in zip(found, HOSTILE, strict=True)] == HOSTILE
    assert [found[0]["label"], found[1]["label"], found[2]["lw_label"]] == ["SPAM"] * 3
    assert found[2]["lw_problem"] is None


def test_csv_that_is_sent_as_json_lines_is_told_what_to_add(texts):
    with pytest.raises(lw.DataError, match=r"2 of 2 lines .*; if they are CSV, add --format csv$"):
        serve(texts, io.BytesIO(b"id,text\n1,cheap\n"), io.BytesIO())


BAD = [
    (b"nonsense\n", "it is no valid JSON"),
    (b"[1]\n", "it holds a JSON list, not an object"),
    (b'{"text": "\xff"}\n', "it is not UTF-8 text"),
    (b"[" * 100_000 + b"\n", "it is nested too deeply to be read"),
    (lines({"txt": "a"}), "the row has no 'text', which the end model learned from; did you mean 'txt'"),
    (lines({"text": ["a"]}), "'text' is a JSON list; expected a text"),
    (b'{"text": "a"', "it is no valid JSON"),
    (b'{"text": "a", "text": "b"}\n', "it has the key 'text' twice in one object; keep one"),
]


@pytest.mark.parametrize(("line", "words"), BAD)
def test_a_line_that_holds_no_row_is_answered_and_told_at_the_end(texts, line, words):
    good = lines({"text": "cheap"})
    content = good + b"\n" + line if not line.endswith(b"\n") else good + b"\n" + line + good
    sink = io.BytesIO()
    with pytest.raises(
        lw.DataError, match=r"1 of [23] lines hold no row that can be labeled, first: line 3: "
    ):
        serve(texts, io.BytesIO(content), sink)
    found = [json.loads(one) for one in sink.getvalue().splitlines()]
    assert found[1]["problem"].startswith(f"line 3: {words}")
    assert found[1]["label"] is None
    assert {one["label"] for one in found} - {None} == {"SPAM"}


def test_missing_numbers_are_no_guess_and_no_error(numbers):
    rows = lines({"x": 3, "v": [1, 0]}, b'{"x": NaN, "v": [1, 0]}\n', {"x": "3", "v": [1, 0.5]})
    found = answers(numbers, rows)
    assert [one["label"] for one in found] == ["SPAM", None, "SPAM"]
    assert found[1]["problem"] == "no number in 'x'"
    [wrong] = answers(numbers, lines({"x": "many", "v": [1, 0]}))
    assert wrong["problem"] == "line 1: 'x' is 'many'; expected a number"


def test_csv_rows_hold_quoted_line_ends_and_may_be_short(texts):
    content = (
        b'\xef\xbb\xbfid,text\r\n007,"cheap, ""very""\nwatches"\r\n\r\n8,\n9,cheap,more\n10\n11,5" cheap\n'
    )
    sink = io.BytesIO()
    with pytest.raises(lw.DataError, match=r"1 of 5 lines .* line 6: it has 3 fields, and the header 2"):
        serve(texts, io.BytesIO(content), sink, format="csv")
    found = pl.read_csv(sink.getvalue(), infer_schema=False)
    assert found.columns == ["id", "text", "label", "probability", "p_HAM", "p_SPAM", "problem"]
    assert found["id"].to_list() == ["007", "8", None, "10", "11"]
    assert found["label"].to_list() == ["SPAM", None, None, None, "SPAM"]
    assert found["text"][0] == 'cheap, "very"\nwatches'


def test_unlabeled_rows_can_be_left_unanswered(texts):
    assert len(answers(texts, lines({"text": ""}, {"text": "cheap"}, b"{\n"), skip_empty=True)) == 1


def test_a_row_is_answered_before_the_next_one_comes(texts):
    ours, theirs = os.pipe()
    there, back = os.pipe()
    served = threading.Thread(
        target=lambda: serve(texts, os.fdopen(ours, "rb"), os.fdopen(back, "wb")), daemon=True
    )
    served.start()
    with os.fdopen(theirs, "wb", buffering=0) as ask, os.fdopen(there, "rb") as answer:
        for text, label in (("cheap", "SPAM"), ("lunch", "HAM"), ("", None)):
            ask.write(lines({"text": text}))
            assert json.loads(answer.readline())["label"] == label
    served.join(timeout=120)
    assert not served.is_alive()


@pytest.mark.parametrize(
    "head",
    [b"text;n\r\n", b'text;"n, or m"\r\n', b"sep=;\r\ntext;n\r\n", b"\xef\xbb\xbfsep=;\ntext;n\n"],
)
def test_csv_of_spreadsheets_may_be_separated_by_semicolons(texts, head):
    sink = io.BytesIO()
    serve(texts, io.BytesIO(head + b"cheap, so cheap;1\r\n"), sink, format="csv")
    header, row = sink.getvalue().decode().splitlines()
    assert header.startswith(("text,n,label,", 'text,"n, or m",label,'))
    assert row.startswith('"cheap, so cheap",1,')
