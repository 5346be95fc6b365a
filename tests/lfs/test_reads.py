"""What labeling functions of every kind say that they read."""

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
KNOWN = frozenset({"a", "b"})


def cleaned(text):
    return text.lower()


@lw.preprocessor
def lower(x):
    return {"lower": x.text.lower()}


@lw.labeling_function(SPACE, pre=[lower])
def python_lf(x):
    """Docstring words tell nothing."""
    return SPACE.SPAM if "check out" in cleaned(x.lower) and x.text in KNOWN else lw.ABSTAIN


@lw.labeling_function(SPACE, resources={"kb": ["x", "y"]})
def with_kb(x, kb):
    return 1 if x.text in kb else None


@lw.labeling_function(SPACE, resources={"words": ["x", "y"]})
def with_words(x, words):
    return 1 if x.text in words else None


def test_python_code_reads_what_it_names():
    reads = python_lf.reads
    assert {"column:text", "word:check", "word:out", "name:function:cleaned", "name:frozenset:KNOWN"} <= reads
    assert not any("docstring" in thing or "SPACE" in thing for thing in reads)
    assert sum(thing.startswith("preprocessor:") for thing in reads) == 1


def test_equal_resources_are_one_thing_under_any_name():
    assert with_kb.reads == with_words.reads
    assert any(thing.startswith("data:") for thing in with_kb.reads)


@pytest.mark.parametrize(
    "lf",
    [
        lw.keywords("k", ["Subscribe", "to"], on="text", vote=1, space=SPACE),
        lw.regex("r", r"(?i)\bsubscribe\d+", on="text", vote=1, space=SPACE),
        lw.expression("e", pl.col("text").str.contains("subscribe"), vote="SPAM", space=SPACE),
        lw.gazetteer("g", ["Subscribe to"], on="text", vote=1, space=SPACE),
    ],
    ids=["keywords", "regex", "expression", "gazetteer"],
)
def test_declarative_lfs_read_columns_and_words(lf):
    assert lf.reads == {"column:text", "word:subscribe"}


def test_a_lookup_reads_its_table_by_content():
    one, two, other = (
        lw.lookup(name, table=table, keys="text", vote=1)
        for name, table in (("a", {"x"}), ("b", {"x"}), ("c", {"y"}))
    )
    assert one.reads == two.reads
    assert one.reads != other.reads


def test_what_lfs_read_is_a_graph_of_its_own():
    lfs = [python_lf, with_kb, with_words]
    L = lw.LabelMatrix([[0, 1, 1]], lf_names=[lf.name for lf in lfs])
    graph = lw.learn_dependencies(L, method="static", lfs=lfs)
    assert graph.named_pairs() == [("with_kb", "with_words")]
    assert graph.edges[0].origin == "static"


def test_lookups_tell_the_texts_among_their_keys_and_workers_of_a_crowd_none():
    table = pl.DataFrame({"word": ["Fever", "flu"], "year": [1918, 2020]})
    known = lw.lookup("known", table=table, keys=["word", "year"], vote=1, space=SPACE)
    assert {"word:fever", "word:flu", "column:word", "column:year"} <= known.reads
    answers = pl.DataFrame({"task": ["fever", "cough"], "worker": "ann", "label": "HAM"})
    [ann] = lw.crowd(answers, space=SPACE)
    assert not any(thing.startswith("word:") for thing in ann.reads)


def test_fuzzy_lfs_tell_their_phrases():
    pytest.importorskip("rapidfuzz")
    assert "word:subscribe" in lw.fuzzy("f", ["subscribe"], on="text", vote=1, space=SPACE).reads


def test_spacy_lfs_tell_the_words_of_their_patterns_and_the_kinds_of_entities():
    from labelwright.lfs.spacy_lf import _texts

    pattern = [{"LOWER": "buy", "OP": "?"}, {"POS": "NOUN"}, {"LEMMA": {"IN": ["now", "today"]}}]
    assert list(_texts((pattern,))) == ["buy", "now", "today"]
    assert list(_texts(("PERSON", "ORG"))) == ["PERSON", "ORG"]


def test_two_gazetteers_with_a_phrase_in_common_read_the_same_thing():
    """So `learn_dependencies` is told that they may err together."""
    first = lw.gazetteer("a", ["influenza", "fever"], on="text", vote=1, space=SPACE)
    second = lw.gazetteer("b", ["influenza", "cough"], on="text", vote=1, space=SPACE)
    assert "word:influenza" in first.reads & second.reads
