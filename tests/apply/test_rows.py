"""What a Python LF sees of a data point."""

from collections.abc import Mapping

import polars as pl
import pytest

import labelwright as lw
from labelwright._apply.runners.rows import MissingColumnError, make_rows, row_class

ODD_NAMES = ["text", "my column", "class", "_id", "__dunder__", "keys", "get", "1st", "Größe", ""]


def test_every_column_is_an_item_whatever_its_name():
    row = row_class(ODD_NAMES)(*range(len(ODD_NAMES)))
    assert {name: row[name] for name in ODD_NAMES} == {name: i for i, name in enumerate(ODD_NAMES)}
    assert dict(row) == {name: i for i, name in enumerate(ODD_NAMES)}
    assert list(row) == ODD_NAMES
    assert len(row) == len(ODD_NAMES)


def test_a_column_is_an_attribute_unless_that_means_something_else():
    row = row_class(ODD_NAMES)(*range(len(ODD_NAMES)))
    assert (row.text, row.Größe) == (0, 8)
    assert row.get("keys") == 5
    assert list(row.keys()) == ODD_NAMES


def test_rows_have_slots_and_are_mappings():
    row = row_class(["text"])("a")
    assert isinstance(row, Mapping)
    assert not hasattr(row, "__dict__")
    assert repr(row) == "Row({'text': 'a'})"
    with pytest.raises(AttributeError):
        row.other = 1


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
    rows = make_rows(row_class(frame.columns), frame, 2)
    assert [dict(row) for row in rows] == frame.to_dicts()
    assert [len(make_rows(row_class([]), frame.select([]), 2))] == [2]


def test_an_lf_may_read_any_column_of_data_with_odd_names():
    lf = lw.labeling_function(lw.LabelSpace(["HAM", "SPAM"]), name="lf")(
        lambda x: 1 if x["my column"] > x["class"] else 0
    )
    data = {"my column": [1, 2], "class": [2, 1], "keys": [0, 0]}
    assert lw.apply([lf], data, progress=False).votes.ravel().tolist() == [0, 1]
