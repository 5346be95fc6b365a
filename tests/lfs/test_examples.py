"""Examples on labeling functions: rows that they should, and should not, vote on."""

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])


def promo(**examples):
    return lw.keywords("promo", ["check out"], on="text", vote="SPAM", space=SPACE, **examples)


def test_examples_are_rows_and_may_be_bare_strings_of_the_one_column():
    lf = promo(should=["check out this", {"text": "Check OUT"}], should_not={"SPAM": ["checkout"]})
    assert [(dict(one.row), one.vote) for one in lf.should] == [
        ({"text": "check out this"}, None),
        ({"text": "Check OUT"}, None),
    ]
    assert [(dict(one.row), one.vote) for one in lf.should_not] == [({"text": "checkout"}, SPACE.SPAM)]


def test_examples_are_no_part_of_the_fingerprint():
    assert promo(should=["check out"]).fingerprint == promo().fingerprint


@pytest.mark.parametrize(
    "make",
    [
        lambda **e: lw.gazetteer("x", ["a"], on="text", vote=1, **e),
        lambda **e: lw.regex("x", "a", on="text", vote=1, **e),
        lambda **e: lw.expression("x", pl.col("text") == "a", vote=1, **e),
        lambda **e: lw.lookup("x", table={"a"}, keys="text", vote=1, **e),
        lambda **e: lw.threshold("x", on="text", above=1, vote=1, **e),
        lambda **e: lw.interval("x", on="text", low=1, high=2, vote=1, **e),
        lambda **e: lw.nearest("x", {1: ["a"]}, on="text", encoder=lambda t: t, similarity=0.5, **e),
        lambda **e: lw.from_votes("x", [promo()], pl.col("promo") == 1, vote=1, **e),
        lambda **e: lw.labeling_function(**e)(lambda x: 1 if x.text else None),
        lambda **e: lw.labeling_function(batch=True, **e)(lambda f: [1 for _ in f["text"]]),
    ],
)
def test_every_kind_that_takes_rows_takes_examples(make):
    lf = make(should=[{"text": "a"}], should_not=[{"text": "b"}])
    assert [dict(one.row) for one in (*lf.should, *lf.should_not)] == [{"text": "a"}, {"text": "b"}]
    assert lf.fingerprint == make().fingerprint


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        ({"should": "check out"}, "should='check out' is no list of rows; put it into brackets"),
        ({"should": {"text": "check out"}}, r"should=\{'text': 'check out'\} holds no list of rows"),
        ({"should": {"SPAN": ["x"]}}, "unknown class 'SPAN'; did you mean 'SPAM'"),
        ({"should": [3]}, r"should holds 3 \(int\), which is no row"),
        ({"should_not": [{}]}, r"should_not holds \{\} \(dict\), which is no row"),
        ({"should": None}, "should=None is no list of rows"),
        ({"should": ["a"], "should_not": ["a"]}, "example 'a' is in should= and in should_not="),
    ],
)
def test_wrong_examples_are_one_clear_line(examples, words):
    with pytest.raises(lw.LabelingFunctionError, match=words) as caught:
        promo(**examples)
    assert "\n" not in str(caught.value)
    assert "'promo'" in str(caught.value)


def test_a_bare_string_needs_one_known_column():
    with pytest.raises(lw.LabelingFunctionError, match="the LF reads columns a, b; write"):
        lw.lookup("x", table={("a", "b")}, keys=["a", "b"], vote=1, should=["a"])
    with pytest.raises(lw.LabelingFunctionError, match="columns that its code does not show"):
        lw.labeling_function(should=["a"])(lambda x: str(x))
