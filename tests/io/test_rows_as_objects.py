"""Rows that are plain objects, and texts alone: what LFs see of them."""

from __future__ import annotations

import dataclasses
import functools
import types
from collections import namedtuple
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
TEXTS = ["free prizes", "see you"]


@lw.labeling_function(SPACE)
def free(x: Any) -> int:
    """Vote SPAM where something is free."""
    return SPACE.SPAM if "free" in x.text else lw.ABSTAIN


LFS = [free, lw.keywords("prizes", ["prizes"], on="text", vote="SPAM", space=SPACE)]


class Plain:
    kind = "class attributes are no columns"

    def __init__(self, text: str) -> None:
        self.text, self._hidden = text, object()

    def shout(self) -> str:
        return self.text.upper()


class Slotted:
    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Computed:
    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def text(self) -> str:
        return self._text

    @functools.cached_property
    def length(self) -> int:
        return len(self._text)


@dataclasses.dataclass
class Data:
    title: str

    @property
    def text(self) -> str:
        return self.title


Named = namedtuple("Named", ["text"])


@pytest.mark.parametrize(
    "data",
    [
        [{"text": text} for text in TEXTS],
        [Plain(text) for text in TEXTS],
        [Slotted(text) for text in TEXTS],
        [Computed(text) for text in TEXTS],
        [Data(text) for text in TEXTS],
        [Named(text) for text in TEXTS],
        [types.SimpleNamespace(text=text) for text in TEXTS],
        np.array([Plain(text) for text in TEXTS], dtype=object),
        (Plain(text) for text in TEXTS),
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS, index=[7, 3]),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, dtype="string", name="text"),
        pd.Index(TEXTS),
        pd.Series([{"text": text} for text in TEXTS]),
        pl.Series(TEXTS),
        pl.Series([{"text": text} for text in TEXTS]),
        pa.array(TEXTS),
        pa.chunked_array([TEXTS]),
    ],
    ids=lambda data: (
        type(data).__name__
    ),  # no addresses: processes of a test run compare their lists of tests
)
def test_rows_of_every_kind_get_the_same_votes(data: Any) -> None:
    assert lw.apply(LFS, data, progress=False).votes.tolist() == [[1, 1], [-1, -1]]


def test_public_attributes_and_properties_are_the_columns() -> None:
    assert lw.io.read_table([Plain("a")]).to_dicts() == [{"text": "a"}]
    assert lw.io.read_table([Computed("ab")]).to_dicts() == [{"text": "ab", "length": 2}]
    assert lw.io.read_table([Data("a")]).to_dicts() == [{"title": "a", "text": "a"}]


def test_a_series_is_the_column_of_its_name() -> None:
    assert lw.io.read_table(pd.Series(TEXTS, name="comment")).columns == ["comment"]
    assert lw.io.read_table(pl.Series("stars", [1, 2])).columns == ["stars"]
    assert lw.io.read_table(["a", None]).to_dicts() == [{"text": "a"}, {"text": None}]


def test_a_labeling_function_takes_one_text() -> None:
    assert [free(TEXTS[0]), free({"text": TEXTS[1]}), free(Plain(TEXTS[0]))] == [1, -1, 1]


class Broken:
    @property
    def text(self) -> str:
        raise KeyError("no connection")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, 2], "item 0 of the data is a int; .* or texts alone"),
        (["a", {"text": "b"}], "item 0 of the data is a str"),
        ([Plain("a"), Broken()], "item 1 of the data, a Broken, cannot be read: KeyError: 'no connection'"),
        (set(TEXTS), "data is a set"),
        ([b"a"], "item 0 of the data is a bytes"),
        ([Plain], "item 0 of the data is a type"),
        ([None], "item 0 of the data is a NoneType"),
        (pl.Series([1, 2]), r"without a name; pass a table, such as series.to_frame\('name'\)"),
        (np.array([TEXTS]), "data is a numpy ndarray"),
        (pd.Series([], dtype=str), "0 rows"),
    ],
)
def test_what_is_no_row_is_told(data: Any, message: str) -> None:
    with pytest.raises(lw.DataError, match=message):
        lw.apply(LFS, data, progress=False)


def test_readers_and_writers_take_a_task_for_its_classes(tmp_path: Any) -> None:
    task = lw.Task("mail", ["HAM", "SPAM"])
    crowd = lw.io.read_crowd([{"task": 1, "worker": "ann", "label": "SPAM"}], space=task)
    assert crowd.space == task.space
    lw.io.write_label_studio({"text": TEXTS}, tmp_path / "tasks.json", space=task, gold=["SPAM", None])
    assert lw.io.read_label_studio(tmp_path / "tasks.json", space=task).gold.tolist() == [1, -1]
