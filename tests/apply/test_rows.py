"""What a Python LF sees of a data point."""

import copy
import pickle
from collections.abc import Mapping

import polars as pl
import pytest

import labelwright as lw
from labelwright._apply.runners.rows import MissingColumnError, make_rows, row_class
from labelwright.lfs import Row
from labelwright.lfs.row import RowWrittenError

ODD_NAMES = [
    "text",
    "my column",
    "class",
    "_id",
    "__dunder__",
    "__x",
    "_column_0",
    "1st",
    "Größe",
    "",
    "_fields",
]
METHODS = ["items", "values", "keys", "get", "index", "count", "copy", "update", "pop", "mro"]
NAMES = [*ODD_NAMES, *METHODS, "cafe\u0301", "\ufb01le", "__del__", "__class__", "__getters__"]
ROW = row_class(NAMES)(*range(len(NAMES)))


@pytest.mark.parametrize("row", [ROW, Row(ROW)])
def test_every_column_is_an_item_whatever_its_name(row):
    assert [row[name] for name in NAMES] == list(range(len(NAMES)))
    assert list(row) == NAMES
    assert len(row) == len(NAMES)
    assert row == {name: i for i, name in enumerate(NAMES)}
    assert repr(row) == f"Row({ {name: i for i, name in enumerate(NAMES)} })"


@pytest.mark.parametrize("row", [ROW, Row(ROW)])
def test_a_column_is_an_attribute_also_where_rows_have_a_method_of_its_name(row):
    names = [*ODD_NAMES, *METHODS]
    assert [getattr(row, name) for name in names if name != "__dunder__"] == [
        row[name] for name in names if name != "__dunder__"
    ]
    assert (row.Größe, row._id, row.items, row.keys) == (8, 3, row["items"], row["keys"])


def test_a_column_is_found_in_the_form_in_which_python_reads_names():
    assert (ROW.café, ROW.file) == (ROW["cafe\u0301"], ROW["\ufb01le"])


def test_methods_of_rows_are_there_without_columns_of_their_names():
    for row in (row_class(["text", "my column"])("a", 1), Row({"text": "a", "my column": 1})):
        assert row.get("text") == "a"
        assert list(row.keys()) == ["text", "my column"]
        assert dict(row) == {**row} == {"text": "a", "my column": 1}


def test_rows_are_copied_and_pickled():
    row = pickle.loads(pickle.dumps(Row(ROW)))
    assert row == ROW
    copy.copy(row).text = "other"
    assert copy.deepcopy(row).text == 0


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x.items.lower(), "reads column 'items' at row 0, which the data lack"),
        (lambda x: x.__index__, r'reads column \'__index__\' at row 0, .* write x\["__index__"\]'),
    ],
)
def test_a_method_in_place_of_a_column_that_is_not_there_is_told(function, words):
    lf = lw.labeling_function(lw.LabelSpace(["HAM", "SPAM"]), name="lf")(function)
    with pytest.raises(lw.SchemaError, match=words):
        lw.apply([lf], {"text": ["a"], "__index__": [1]}, progress=False)


def test_preprocessors_and_lfs_read_columns_named_like_methods():
    @lw.preprocessor
    def lowered(x):
        x.low = x.items.lower()
        return x

    @lw.labeling_function(lw.LabelSpace(["HAM", "SPAM"]), pre=[lowered])
    def shoes(x):
        get = x.get
        return "SPAM" if x.low == "shoes" and get and x.keys and x._id else None

    data = {"items": ["Shoes", "hats"], "keys": ["a", "b"], "get": [True, True], "_id": ["7", "8"]}
    assert lw.apply([shoes], data, progress=False).votes.ravel().tolist() == [1, -1]
    assert shoes({name: values[0] for name, values in data.items()}) == "SPAM"


def test_a_method_of_rows_that_is_passed_on_reads_every_column():
    @lw.labeling_function(lw.LabelSpace(["HAM", "SPAM"]))
    def passed_on(x):
        get = x.get
        return "SPAM" if get("text") == "a" else None

    assert lw.apply([passed_on], {"text": ["a", "b"]}, progress=False).votes.ravel().tolist() == [1, -1]


def test_rows_have_slots_and_are_mappings():
    row = row_class(["text"])("a")
    assert isinstance(row, Mapping)
    assert not hasattr(row, "__dict__")
    assert repr(row) == "Row({'text': 'a'})"
    for write in (lambda: setattr(row, "text", 1), lambda: delattr(row, "text")):
        with pytest.raises(RowWrittenError):
            write()
    assert row.text == "a"
    own = copy.copy(row)
    own.text = "b"
    assert (row.text, own.text, pickle.loads(pickle.dumps(row)).text) == ("a", "b", "a")


def test_a_missing_column_is_a_key_error_and_an_attribute_error():
    row = row_class(["text"])("a")
    with pytest.raises(KeyError) as info:
        row["other"]
    assert isinstance(info.value, MissingColumnError)
    with pytest.raises(AttributeError):
        _ = row.other
    assert row.get("other", 3) == 3
    assert getattr(row, "other", 4) == 4
    assert "other" not in row


def test_rows_hold_python_values_of_every_type():
    frame = pl.DataFrame({"i": [1, None], "tags": [["a"], []], "s": [{"x": 1}, {"x": None}]})
    rows = make_rows(row_class(frame.columns), [column.to_list() for column in frame], 2)
    assert [dict(row) for row in rows] == frame.to_dicts()
    assert [len(make_rows(row_class([]), [], 2))] == [2]


def test_an_lf_may_read_any_column_of_data_with_odd_names():
    lf = lw.labeling_function(lw.LabelSpace(["HAM", "SPAM"]), name="lf")(
        lambda x: 1 if x["my column"] > x["class"] else 0
    )
    data = {"my column": [1, 2], "class": [2, 1], "keys": [0, 0]}
    assert lw.apply([lf], data, progress=False).votes.ravel().tolist() == [0, 1]
