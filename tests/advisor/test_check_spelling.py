"""The lint of spellings: what LFs do not find for the way in which it is written."""

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
SETTINGS = {"on": "text", "vote": "SPAM", "space": SPACE}
TEXTS = [
    "I don’t know",
    "I DON’T KNOW",
    "p\u0430ypal me",
    "пpивет всем",
    "sub\u200bscribe",
    "plain words",
    None,
    "",
    "в IT-отделе",
]


def found(lf, kind, texts=TEXTS):
    data = None if texts is None else pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return [one for one in lw.check([lf], data).findings if one.kind == kind]


@pytest.mark.parametrize(
    ("lf", "rows", "example"),
    [
        (lw.keywords("k", ["don't"], fold="case", **SETTINGS), 2, "I don’t know"),
        (lw.keywords("k", ["don't"], fold="none", **SETTINGS), 1, "I don’t know"),
        (lw.gazetteer("k", ["subscribe"], fold="case", **SETTINGS), 1, "sub<U+200B>scribe"),
        (lw.regex("k", "don't", **SETTINGS), 1, "I don’t know"),
        (lw.regex("k", "(?i)subscribe|don't", **SETTINGS), 3, "I don’t know"),
        (lw.keywords("k", ["don't"], **SETTINGS), 0, ""),
        (lw.regex("k", "don.t", **SETTINGS), 0, ""),
    ],
)
def test_what_folding_would_find(lf, rows, example):
    told = found(lf, "unfolded-spelling")
    assert [one.evidence["rows"] for one in told] == ([rows] if rows else [])
    if rows:
        assert told[0].evidence["example"] == example
        assert told[0].lfs == ("k",)


def test_words_of_two_alphabets_that_look_like_one():
    told = found(lw.keywords("k", ["paypal", "привет"], **SETTINGS), "lookalikes")
    assert [one.evidence["rows"] for one in told] == [2]
    assert "'p\\u0430ypal'" in told[0].finding  # as no font would tell
    assert "'k' does not find them" in told[0].finding
    assert not found(lw.keywords("k", ["plain", "IT"], **SETTINGS), "lookalikes")
    [together] = [
        one
        for one in lw.check(
            [lw.keywords("k", ["paypal"], **SETTINGS), lw.regex("r", "pay", **SETTINGS)],
            pl.DataFrame({"text": TEXTS}),
        ).findings
        if one.kind == "lookalikes"
    ]
    assert together.lfs == ("k", "r")


def test_phrases_that_are_not_what_they_look_like_are_told_without_data():
    told = found(lw.keywords("k", ["p\u0430ypal", "fine"], **SETTINGS), "odd-phrase", None)
    assert "looks for 'p\\u0430ypal', which mixes letters of two alphabets" in told[0].finding
    assert found(lw.regex("k", "p\u0430y", **SETTINGS), "odd-phrase", None)
    hidden = ["sub\u200bscribe"]
    assert (
        "nobody sees"
        in found(lw.keywords("k", hidden, fold="case", **SETTINGS), "odd-phrase", None)[0].finding
    )
    assert not found(lw.keywords("k", hidden, **SETTINGS), "odd-phrase", None)  # it is folded
    assert not found(lw.keywords("k", ["don’t", "日本", "é"], **SETTINGS), "odd-phrase", None)
