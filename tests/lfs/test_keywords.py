"""`keywords` against a straightforward reference, and its words for people."""

from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])


def votes(lf: lw.LabelingFunction, texts: list[str | None]) -> list[int]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(lf.expr(SPACE))[lf.name].to_list()


def is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" or unicodedata.category(character) in ("Nd", "Pc")


def has_spaces(character: str) -> bool:
    return is_word(character) and character != "中"


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def mentions(text: str, phrase: str) -> bool:
    """Look at every place in turn: no regular expressions."""
    text, phrase = plain(text), plain(phrase)
    for start in range(len(text) - len(phrase) + 1):
        end = start + len(phrase)
        left_clear = start == 0 or not (has_spaces(text[start - 1]) and has_spaces(phrase[0]))
        right_clear = end == len(text) or not (
            (has_spaces(text[end]) and has_spaces(phrase[-1]))
            or (unicodedata.category(text[end])[0] == "M" and is_word(phrase[-1]))
        )
        if text[start:end] == phrase and left_clear and right_clear:
            return True
    return False


LETTERS = st.sampled_from("aAbéÉжЖ中_1+$.-'\u0301")
PHRASES = st.lists(st.text(LETTERS, min_size=1, max_size=3), min_size=1, max_size=4)
TEXTS = st.lists(st.text(LETTERS | st.just(" "), max_size=12), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(phrases=PHRASES, texts=TEXTS, at_least=st.integers(1, 4))
def test_agrees_with_a_search_of_every_place(phrases: list[str], texts: list[str], at_least: int) -> None:
    distinct = {plain(phrase) for phrase in phrases}
    needed = min(at_least, len(distinct))
    lf = lw.keywords("k", phrases, on="text", vote="SPAM", at_least=needed)
    expected = [
        1 if sum(mentions(text, phrase) for phrase in distinct) >= needed else lw.ABSTAIN for text in texts
    ]
    assert votes(lf, list(texts)) == expected


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("song", "a SONG.", True),
        ("song", "songs", False),
        ("song", "é song", True),
        ("song", "ésong", False),
        ("check out", "check\n  out my", True),
        ("check out", "checkout", False),
        ("C++", "I love c++!", True),
        ("C++", "C++11", True),
        ("C++", "xc++", False),
        ("$", "win $100", True),
        ("$5", "win $50", False),
        ("a.c", "abc", False),
        ("(x|y)", "see (X|Y)", True),
        ("straße", "die STRASSE", True),
        ("größe", "GRÖSSE GRÖßE", True),
        ("caf", "café", False),
    ],
)
def test_word_boundaries(phrase: str, text: str, found: bool) -> None:
    lf = lw.keywords("k", [phrase], on="text", vote=1)
    assert votes(lf, [text]) == [1 if found else -1]


def test_any_all_and_at_least_differ() -> None:
    phrases, texts = ["red", "green", "blue"], ["red", "red blue", "blue green red", "black", None]
    counts = [votes(lw.keywords("k", phrases, on="text", vote=0, at_least=n), texts) for n in (1, 2, 3)]
    assert counts == [[0, 0, 0, -1, -1], [-1, 0, 0, -1, -1], [-1, -1, 0, -1, -1]]
    assert votes(lw.keywords("k", phrases, on="text", vote=0), texts) == counts[0]
    assert votes(lw.keywords("k", phrases, on="text", vote=0, mode="all"), texts) == counts[2]


def test_case_counts_only_when_asked() -> None:
    texts = ["US", "us"]
    assert votes(lw.keywords("k", ["US"], on="text", vote=0), texts) == [0, 0]
    assert votes(lw.keywords("k", ["US"], on="text", vote=0, case_sensitive=True), texts) == [0, -1]


def test_the_same_phrase_twice_counts_once() -> None:
    lf = lw.keywords("k", ["Win", "win", "my  prize"], on="text", vote=0, at_least=2)
    assert lf.phrases == ("Win", "my prize")
    assert votes(lf, ["win win", "win my prize"]) == [-1, 0]


def test_any_phrase_is_one_search() -> None:
    lf = lw.keywords("k", ["a", "b", "C++", "$"], on="text", vote=0)
    assert str(lf.expr(SPACE)).count("python_udf") == 1


def test_in_long_lists_all_phrases_count() -> None:
    phrases = [f"word{number}" for number in range(5000)]
    lf = lw.keywords("k", phrases, on="text", vote=0)
    assert votes(lf, ["word0", "a WORD4999.", "word5000", "sword7", None]) == [0, 0, -1, -1, -1]


def test_votes_are_int16_under_the_name() -> None:
    frame = pl.DataFrame({"text": ["a"]}).select(lw.keywords("k", "a", on="text", vote=1).expr(SPACE))
    assert frame.schema == {"k": pl.Int16}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "votes sports where the text mentions any of: a, b, c, d, e, f, g, h, ... (12 phrases)"),
        (
            {"mode": "all"},
            "votes sports where the text mentions all of: a, b, c, d, e, f, g, h, ... (12 phrases)",
        ),
        (
            {"at_least": 2},
            "votes sports where the text mentions at least 2 of: a, b, c, d, e, f, g, h, ... (12 phrases)",
        ),
    ],
)
def test_says_what_it_does(options: dict[str, object], said: str) -> None:
    assert lw.keywords("k", list("abcdefghijkl"), on="text", vote="sports", **options).describe() == said


def test_columns_and_source() -> None:
    lf = lw.keywords("k", {"b", "a"}, on="text", vote=1, space=SPACE)
    assert lf.columns == ("text",)
    assert lf.source == "keywords('k', ['a', 'b'], on='text', vote='SPAM')"
