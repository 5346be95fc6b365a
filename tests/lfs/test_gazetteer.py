"""Gazetteers: the same votes as keywords, and as a loop over phrases, however long the list."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelwright as lw
from labelwright.lfs._folding import fold_series

SPACE = lw.LabelSpace(["OTHER", "TRAVEL"])
ALPHABET = "abcAC é+$ß ΣσÉ_1\n-\u0301日\u00a0"
words = st.text(st.sampled_from(ALPHABET), min_size=1, max_size=6)


def votes(lf, texts):
    return lw.apply([lf], pl.DataFrame({"text": texts}, schema={"text": pl.String}), progress=False).votes[
        :, 0
    ]


def simple(texts):
    return fold_series(texts, fold="case")


def pair(phrases, **settings):
    common = {"on": "text", "vote": 1, "space": SPACE, **settings}
    return lw.gazetteer("g", phrases, **common), lw.keywords("k", phrases, **common)


@settings(max_examples=60, deadline=None)
@given(
    phrases=st.lists(words.filter(str.strip), min_size=1, max_size=4),
    texts=st.lists(st.lists(words, max_size=4).map(" ".join), min_size=1, max_size=8),
    case_sensitive=st.booleans(),
)
def test_votes_equal_those_of_keywords(phrases, texts, case_sensitive):
    ours, theirs = pair(phrases, case_sensitive=case_sensitive)
    assert votes(ours, texts).tolist() == votes(theirs, texts).tolist()


def test_it_counts_different_phrases_as_keywords_do():
    phrases = ["new york", "york", "paris", "C++"]
    texts = ["New  York", "paris PARIS", "york and paris", "in C++ at York", "c+", None]
    for needed in (1, 2, 3):
        ours, theirs = pair(phrases, at_least=needed)
        assert votes(ours, texts).tolist() == votes(theirs, texts).tolist()


def test_thousands_of_phrases_vote_as_a_loop_over_them_does():
    syllables = [c + v for c in "bdfgklmn" for v in "aeiou"]
    stems = [a + b for a in syllables for b in syllables]
    phrases = stems[::20] + [f"{a} {b}" for a, b in zip(stems[1::2], stems[::2], strict=True)]
    texts = [f"x{stems[i]} {stems[(7 * i) % 1600]}, {stems[(3 * i + 1) % 1600]}" for i in range(0, 1600, 8)]
    patterns = [re.compile(rf"\b{phrase}\b") for phrase in phrases]
    loop = [1 if any(pattern.search(text) for pattern in patterns) else -1 for text in texts]
    assert votes(pair(phrases)[0], texts).tolist() == loop
    assert 0.1 < loop.count(1) / len(loop) < 0.9  # else equality would say little


def test_no_nul_in_a_text_makes_an_edge_of_a_word():
    lf = lw.gazetteer("g", ["art", "$"], on="text", vote=1, space=SPACE)
    assert votes(lf, ["p\0art", "\0art\0", "part\0", "a\0rt", "p$\0", "\0"]).tolist() == [1, 1, -1, -1, 1, -1]


def test_folding_tells_the_same_characters_apart_as_the_regex_engine():
    characters = [chr(code) for code in (*range(1, 0xD800), *range(0xE000, 0x1E944))]
    texts = pl.Series(characters).filter(pl.Series(characters).str.contains(r"\S"))
    folds = simple(texts)
    changed = texts.filter(texts != folds)
    alike = {*changed, *folds.filter(texts != folds)}
    assert len(changed) > 1400
    for character in changed.to_list()[::40]:
        same = set(texts.filter(folds == simple(pl.Series([character]))[0]))
        found = pl.Series(sorted(alike)).str.contains(f"(?i)^{pl.escape_regex(character)}$")
        assert set(pl.Series(sorted(alike)).filter(found)) == same


def test_lazy_data_and_many_blocks_give_the_same_votes(tmp_path):
    texts = ["in Paris", "nowhere", "PARIS!", None] * 3000
    lf = lw.gazetteer("g", ["paris", "nice"], on="text", vote=1, space=SPACE)
    pl.DataFrame({"text": texts}).write_parquet(tmp_path / "texts.parquet", row_group_size=1000)
    lazy = lw.apply([lf], tmp_path / "texts.parquet", progress=False).votes
    assert lazy[:, 0].tolist() == votes(lf, texts).tolist() == [1, -1, 1, -1] * 3000


def test_real_gazetteer_votes_equal_those_of_keywords(real_data):
    import gzip
    import json

    def read(path):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return json.load(lines)

    held = read(real_data / "gazetteers" / "first_names.json.gz")
    names = sorted({name for name in _strings(held) if name.strip()})[:3000]
    texts = lw.read_wrench(real_data / "youtube").train.data["text"].to_list()
    ours, theirs = pair(names)
    found = votes(ours, texts)
    assert found.tolist() == votes(theirs, texts).tolist()
    assert 0.01 < (found == 1).mean() < 0.9


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def test_the_fingerprint_follows_the_list_and_not_its_order_or_name():
    one, _ = pair(["a", "b"])
    same = lw.gazetteer("other", ["b", "a"], on="text", vote="TRAVEL", space=SPACE)
    more, _ = pair(["a", "b", "c"])
    strict, _ = pair(["a", "b"], case_sensitive=True)
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, more.fingerprint, strict.fingerprint}) == 3


def test_it_describes_long_lists_shortly():
    lf = lw.gazetteer("g", [f"name{i}" for i in range(50_000)], on="text", vote=1, space=SPACE)
    assert "50,000 listed phrases (name0, name1" in lf.describe()
    assert len(lf.source) < 200
    assert lf.kind == "gazetteer"
    told = lw.gazetteer("g", ["a"], on="text", vote=1, description="names a place")
    assert told.describe() == "names a place"


@pytest.mark.parametrize(
    ("phrases", "settings", "message"),
    [
        ([], {}, "there are no phrases"),
        (["a", " "], {}, "is not a non-empty string"),
        (["a", "\u200b"], {}, "holds nothing that is seen"),
        (["a", "\ud800b"], {}, "holds half of a character"),
        (["a"], {"fold": "txt"}, "did you mean 'text'"),
        (["a"], {"fold": "case", "case_sensitive": True}, "exclude each other; use fold='none'"),
        (["a"], {"at_least": 2}, "give an integer 1..1"),
        (["a"], {"vote": "PLACE"}, "'PLACE'"),
    ],
)
def test_bad_input_is_one_clear_line(phrases, settings, message):
    with pytest.raises(lw.LabelingFunctionError, match=message) as caught:
        lw.gazetteer("g", phrases, **{"on": "text", "vote": 1, "space": SPACE, **settings})
    assert "\n" not in str(caught.value)
    assert "'g'" in str(caught.value)


def test_a_column_without_texts_is_a_schema_error():
    lf = lw.gazetteer("g", ["a"], on="n", vote=1, space=SPACE)
    with pytest.raises(lw.SchemaError, match="'n', which is Int64; cast it to String"):
        lw.apply([lf], {"n": [1]})
