"""LFs written as Python code: how they are made, called and bound."""

from __future__ import annotations

import copy
import pickle
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])


@lw.labeling_function(SPACE)
def check_out(x: Any) -> Any:
    """Votes SPAM for invitations.

    The rest is detail.
    """
    return SPACE.SPAM if "check out" in x.text.lower() else lw.ABSTAIN


@lw.labeling_function
def bare(x: Any) -> Any:
    return "HAM" if x["likes"] > 3 else None


Comment = namedtuple("Comment", "text")


@dataclass
class Post:
    text: str


@pytest.mark.parametrize("row", [{"text": "Check out"}, Comment("Check out"), Post("Check out")])
def test_is_called_on_a_dictionary_or_any_row_like_object(row: Any) -> None:
    assert check_out(row) == 1


def test_a_dictionary_has_items_attributes_and_get() -> None:
    lf = lw.labeling_function(lambda x: (x.text, x["text"], x.get("text"), x.get("title", "none"), len(x)))
    assert lf({"text": "a"}) == ("a", "a", "a", "none", 1)


def test_a_missing_field_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="no field 'txt'; did you mean 'text'"):
        lw.labeling_function(lambda x: x.txt)({"text": "a"})
    with pytest.raises(KeyError, match="did you mean 'text'"):
        lw.labeling_function(lambda x: x["txt"])({"text": "a"})


def test_made_bare_and_with_arguments() -> None:
    assert (bare.name, bare.space, bare.kind, bare({"likes": 9})) == ("bare", None, "python", "HAM")
    assert (check_out.space, check_out.columns) == (SPACE, ("text",))
    task = lw.Task("spam", SPACE)
    renamed = lw.labeling_function(task, name="other")(lambda x: 0)
    assert (renamed.name, renamed.space) == ("other", SPACE)


def test_resources_are_keyword_arguments() -> None:
    @lw.labeling_function(SPACE, resources={"words": {"win"}})
    def wins(x: Any, words: set[str]) -> Any:
        return 1 if words & set(x.text.split()) else None

    assert wins({"text": "you win"}) == 1
    assert wins.bound(SimpleNamespace(text="you lose")) is None


def test_preprocessors_run_left_to_right() -> None:
    @lw.preprocessor
    def lowered(x: Any) -> Any:
        return {"text": x.text.lower()}

    @lw.preprocessor(name="splitting")
    def split(x: Any) -> Any:
        x.words = x.text.split()
        return x

    lf = lw.labeling_function(SPACE, pre=[lowered, split])(lambda x: x.words)
    row = {"text": "A B"}
    assert lf(row) == ["a", "b"]
    assert row == {"text": "A B"}
    assert lf(Post("C D")) == ["c", "d"]
    assert split.name == "splitting"


def test_a_preprocessor_that_returns_none_is_an_error() -> None:
    forgot = lw.preprocessor(lambda x: None)
    with pytest.raises(lw.LabelingFunctionError, match="returned None; return a dictionary"):
        lw.labeling_function(pre=[forgot])(lambda x: 0)({"text": ""})


@pytest.mark.parametrize(
    ("options", "raw", "vote"),
    [
        ({}, 0, 0),
        ({"abstain": 0}, 0, -1),
        ({"abstain": 0}, 1, 1),
        ({"abstain": 0}, "HAM", "HAM"),
        ({"abstain": 0}, None, None),
        ({"abstain": 0}, -1, -1),
        ({"abstain": 0}, np.int64(0), -1),
        ({"abstain": 0}, False, False),
        ({"abstain": 0}, 0.0, 0.0),
        ({"abstain": 0, "first_class": 1}, 0, -1),
        ({"abstain": 0, "first_class": 1}, 1, 0),
        ({"abstain": 0, "first_class": 1}, np.int8(2), 1),
        ({"abstain": 0, "first_class": 1}, "SPAM", "SPAM"),
        ({"abstain": 0, "first_class": 1}, -1, -1),
        ({"abstain": 9}, 9, -1),
    ],
)
def test_other_countings_of_classes(options: dict[str, Any], raw: Any, vote: Any) -> None:
    def f(x: Any) -> Any:
        return raw

    lf = lw.labeling_function(SPACE, **options)(f)
    batch = lw.labeling_function(SPACE, batch=True, **options)(lambda frame: [raw])
    assert lf({}) is raw
    for found in (lf.bound({}), next(iter(batch.vote_batch(pl.DataFrame({"a": [1]}))))):
        assert (found, type(found) is bool) == (vote, type(vote) is bool)


@pytest.mark.parametrize(
    ("options", "raw", "message"),
    [
        ({"first_class": 1}, 0, "0 is no vote: its classes count from 1 to 2, and None abstains"),
        ({"abstain": 0, "first_class": 1}, 3, "3 is no vote: its classes count from 1 to 2, and 0 abstains"),
        ({"abstain": 0}, 2, "if the LF counts classes from 1, say first_class=1"),
    ],
)
def test_numbers_outside_the_counting_are_errors(options: dict[str, Any], raw: int, message: str) -> None:
    lf = lw.labeling_function(SPACE, **options)(lambda x: raw)
    batch = lw.labeling_function(SPACE, batch=True, **options)(lambda frame: [raw])
    with pytest.raises(lw.LabelingFunctionError, match=message):
        lf.bound({})
    with pytest.raises(lw.LabelingFunctionError, match=message):
        batch.vote_batch(pl.DataFrame({"a": [1]}))


def test_a_batch_lf_takes_columns_and_gives_votes() -> None:
    @lw.labeling_function(SPACE, batch=True, resources={"limit": 2})
    def short(frame: pl.DataFrame, limit: int) -> Any:
        return [0 if len(text) < limit else None for text in frame["text"]]

    frame = pl.DataFrame({"text": ["a", "abc"]})
    assert short.kind == "batch"
    assert short(frame) == short.vote_batch(frame) == [0, None]
    assert short.pre == ()


def test_describes_itself_by_its_docstring_or_name() -> None:
    assert check_out.describe() == "Votes SPAM for invitations."
    assert bare.describe() == "Python code: bare"


def test_shows_its_source() -> None:
    assert bare.source == (
        '@lw.labeling_function\ndef bare(x: Any) -> Any:\n    return "HAM" if x["likes"] > 3 else None'
    )
    assert lw.labeling_function(lambda x: 0).source == "lambda x: 0"


def test_a_callable_object_can_be_an_lf() -> None:
    class Longer:
        def __init__(self, limit: int) -> None:
            self.limit = limit

        def __call__(self, x: Any) -> Any:
            return 1 if len(x.text) > self.limit else None

    lf = lw.labeling_function(SPACE, name="longer")(Longer(2))
    assert lf({"text": "abc"}) == 1
    assert lf.columns is None
    assert lf.fingerprint != lw.labeling_function(SPACE)(Longer(3)).fingerprint


def test_does_not_change() -> None:
    with pytest.raises(AttributeError):
        check_out.name = "other"


@lw.preprocessor
def lowered(x: Any) -> dict[str, str]:
    return {"low": x.text.lower()}


@lw.labeling_function(SPACE, pre=[lowered], resources={"word": "spam"}, should=["SPAM"])
def says(x: Any, word: str) -> int | None:
    return 1 if word in x.low else None


@lw.labeling_function(SPACE, name="another name", batch=True, row_local=False)
def loud(frame: pl.DataFrame) -> pl.Series:
    return frame["text"].str.contains("!").cast(pl.Int8)


@pytest.mark.parametrize("again", [lambda lf: pickle.loads(pickle.dumps(lf)), copy.deepcopy, copy.copy])
def test_a_decorated_function_is_found_again_by_its_name(again: Any) -> None:
    for lf in (says, loud, says.pre[0]):
        other = again(lf)
        assert (other.name, other.f, other.fingerprint) == (lf.name, lf.f, lf.fingerprint)
    assert again(says)({"text": "SPAM"}) == 1
    assert again(says).should == says.should


def test_functions_without_a_name_of_their_own_are_left_to_pickle() -> None:
    local = lw.labeling_function(SPACE, name="local")(lambda x: 1)
    assert copy.deepcopy(local).f is local.f
    with pytest.raises((pickle.PicklingError, AttributeError), match="pickle"):
        pickle.dumps(local)
