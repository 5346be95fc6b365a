import json
import math
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest

from labelwright._packing import from_bytes, to_bytes

Point = namedtuple("Point", "x y")


class Colour(StrEnum):
    RED = "red"


VALUES = [
    None,
    True,
    -(10**30),
    0.1,
    float("inf"),
    "ä \ud800 \n",
    b"\x00\xff",
    [1, [2.5, "x"]],
    (1, ("a",)),
    {"a": {1: (2,), None: [], ("t", 1): 3.0}},
    {1, 2, 3},
    frozenset({"a"}),
    date(2020, 1, 2),
    time(3, 4, 5, 6),
    datetime(2020, 1, 2, 3, 4, 5, 6),
    timedelta(days=-3, seconds=7, microseconds=1),
]

ARRAYS = [
    np.arange(6).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.zeros((0, 2), dtype=np.int8),
    np.array(["a", "bc"]),
    np.float32(1.5),
    np.int64(-3),
    np.str_("text"),
    np.bool_(True),
    np.array(2.0),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_come_back_as_they_were(value):
    again = from_bytes(to_bytes(value))
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: f"{type(value).__name__} {value.dtype}")
def test_arrays_come_back_as_they_were(value):
    again = from_bytes(to_bytes({"x": value}))["x"]
    assert type(again) is type(value)
    assert again.dtype == value.dtype
    np.testing.assert_array_equal(again, value)


def test_nan_comes_back():
    assert math.isnan(from_bytes(to_bytes([float("nan")]))[0])


@pytest.mark.parametrize(
    "value",
    [
        object(),
        len,
        Counter("aab"),
        OrderedDict(a=1),
        defaultdict(list),
        Point(1, 2),
        Colour.RED,
        Path("x"),
        Decimal("0.1"),
        datetime(2020, 1, 2, tzinfo=UTC),
        np.array([object()]),
        np.zeros(1, dtype=[("a", np.int64)]),
        np.datetime64("2020"),
        np.ma.array([1]),
        1j,
        range(3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_types_that_would_come_back_otherwise_are_refused(value):
    for around in (value, [value], {"a": (value,)}):
        with pytest.raises(TypeError, match="a field is a"):
            to_bytes(around, "a field")


def test_bytes_that_were_not_made_so_are_refused(payload):
    good = to_bytes({"x": np.arange(3), "y": "text"})
    bad = [b"", b"\x00", payload.pickled, good[:-1], good + b"\x00", good[8:], good[:20]]
    head = {"value": {"is": "array", "name": "a0", "fixed": False}, "arrays": [["|O", [1]]]}
    bad.append(made(head, b"\x00" * 8))
    bad.append(made(head | {"arrays": [["<f8", [10**15]]]}, b"\x00" * 8))
    bad.append(made(head | {"arrays": [["<f8", [-1]]]}, b""))
    bad.append(made({"value": {"is": "os.system", "items": ["true"]}}, b""))
    for content in bad:
        with pytest.raises((ValueError, KeyError, TypeError)):
            from_bytes(content)
    assert not payload.ran


def made(head, rest):
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "big") + text + rest
