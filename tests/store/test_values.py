"""Values come back from JSON as they were, or count as missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest

from labelwright import VoteStatistics, advise
from labelwright.advisor import ModellingAdvice
from labelwright.analysis import Scores, score
from labelwright.core import DependencyGraph
from labelwright.store import ValueStore
from labelwright.store.values import as_plain, from_plain
from labelwright.testing import one_coin_table, sample_votes


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    kind: Literal["good", "bad"]
    parts: tuple[Part, ...]
    pair: tuple[int, str]
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    flag: bool = False


WHOLE = Whole(
    kind="good",
    parts=(Part("a", 0.1), Part("b"), Part("c", float("inf"))),
    pair=(3, "x"),
    numbers={"share": 0.5, "count": 3, "said": "much"},
    flag=True,
)


@pytest.fixture
def store(tmp_path) -> ValueStore:
    return ValueStore(tmp_path / "kept")


def test_a_value_comes_back_as_it_was(store):
    store.save("whole", "key", WHOLE)
    assert store.load("whole", "key", Whole) == WHOLE
    assert isinstance(store.load("whole", "key", Whole).numbers["count"], int)


def test_numbers_of_numpy_and_nan_come_back(store):
    store.save("part", "key", Part("a", np.float64("nan")))
    assert math.isnan(store.load("part", "key", Part).share)
    assert as_plain((np.int64(3), np.bool_(True))) == [3, True]


def test_another_key_is_another_value(store):
    store.save("whole", "key", WHOLE)
    assert store.load("whole", "other", Whole) is None
    store.save("whole", "other", WHOLE)
    assert store.load("whole", "key", Whole) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"key": "key"}',
        '{"key": "key", "value": 3}',
        '{"key": "key", "value": {"name": 3, "share": null}}',
        '{"key": "key", "value": {"name": "a"}}',
        '{"key": "key", "value": {"name": "a", "share": "much"}}',
        b"\xff\xfe",
    ],
)
def test_what_does_not_fit_is_missing(store, content):
    store.save("part", "key", Part("a", 0.5))
    path = store.folder / "part.json"
    path.write_bytes(content) if isinstance(content, bytes) else path.write_text(content)
    assert store.load("part", "key", Part) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [(int, "three"), (str, 3), (Literal["a", "b"], "c"), (tuple[int, str], [1]), (tuple[int, ...], 3)],
)
def test_a_value_of_another_type_is_refused(kind, value):
    with pytest.raises((TypeError, ValueError)):
        from_plain(kind, value)


def test_advice_and_scores_are_values(store):
    planted = sample_votes(one_coin_table([0.9, 0.6, 0.7, 0.6, 0.8]), 500, random_state=0)
    for L in (planted.label_matrix, VoteStatistics.of(planted.label_matrix)):
        made = advise(L)
        store.save("advice", "key", made)
        kept = store.load("advice", "key", ModellingAdvice)
        assert kept.to_dict() == made.to_dict()
        assert isinstance(kept.dependencies, DependencyGraph)
        assert str(kept) == str(made)
    scores = score([[0.9, 0.1], [0.4, 0.6]], [0, 0])
    store.save("scores", "key", {"label model": scores})
    assert store.load("scores", "key", dict[str, Scores]) == {"label model": scores}


def test_a_file_holds_what_was_noted_of_it_or_not(store, tmp_path):
    path = tmp_path / "page.html"
    assert not store.holds("page", "key", path)
    path.write_text("page")
    assert not store.holds("page", "key", path)
    store.note_file("page", "key", path)
    assert store.holds("page", "key", path)
    assert not store.holds("page", "other", path)
    path.write_text("Page")
    assert not store.holds("page", "key", path)
    path.unlink()
    assert not store.holds("page", "key", path)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text(path.read_text().replace('"role"', '"rolf"')),
        lambda path: path.write_text(path.read_text().replace('"numbers"', '"letters"')),
        lambda path: path.write_text(path.read_text().replace("0.5", "0.25")),
        lambda path: path.write_text("[1]"),
        lambda path: path.write_bytes(b"\xff"),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.write_text(path.with_name("other.json").read_text()),
    ],
)
def test_what_was_changed_is_missing_and_said(tmp_path, change):
    told = []
    store = ValueStore(tmp_path, damaged=told.append)
    for role in ("numbers", "other"):
        store.save(role, "key", (0.5,))
    change(tmp_path / "numbers.json")
    assert store.load("numbers", "key", tuple[float, ...]) is None
    assert [str(one) for one in told] == [f"{str(tmp_path / 'numbers.json')!r} is damaged or was changed"]
    assert store.load("other", "key", tuple[float, ...]) == (0.5,)


def test_another_key_is_no_damage(tmp_path):
    told = []
    store = ValueStore(tmp_path, damaged=told.append)
    store.save("numbers", "key", (0.5,))
    assert store.load("numbers", "another", tuple[float, ...]) is None
    assert store.load("missing", "key", tuple[float, ...]) is None
    assert told == []


def test_a_look_keeps_nothing(tmp_path):
    store = ValueStore(tmp_path / "kept", writes=False)
    store.save("widths", "key", 3)
    store.forget("widths")
    assert not (tmp_path / "kept").exists()
