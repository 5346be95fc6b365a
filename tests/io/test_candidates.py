import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labelwright as lw
from labelwright.io import candidates

SPANS = {"chemical": "chem", "disease": "dis"}
SENTENCE = "Aspirin may cause ulcers."


def sentence(**columns):
    return pl.DataFrame({"text": [SENTENCE], "chem": [[0, 7]], "dis": [[18, 24]], **columns})


def test_the_text_around_the_two_mentions_becomes_columns():
    row = candidates(sentence(pmid=["1"]), SPANS).row(0, named=True)
    assert row == {
        "text": SENTENCE,
        "chem": [0, 7],
        "dis": [18, 24],
        "pmid": "1",
        "chemical_start": 0,
        "chemical_end": 7,
        "disease_start": 18,
        "disease_end": 24,
        "chemical": "Aspirin",
        "disease": "ulcers",
        "left": "",
        "between": " may cause ",
        "right": ".",
        "distance": 3,
    }


def test_columns_have_the_documented_types():
    schema = candidates(sentence(), SPANS).schema
    assert [schema[name] for name in ("left", "between", "right", "chemical")] == [pl.String] * 4
    assert schema["distance"] == pl.Int32
    assert schema["chemical_start"] == schema["disease_end"] == pl.Int64


def test_distance_is_negative_where_the_second_argument_comes_first():
    swapped = candidates(sentence(), {"disease": "dis", "chemical": "chem"})
    assert swapped["distance"].to_list() == [-3]
    assert swapped["between"].to_list() == [" may cause "]


@pytest.mark.parametrize(
    ("between", "distance"), [(" ", 1), ("", 1), ("-induced ", 2), (", and, ", 2), (" - ", 1), (" a b c ", 4)]
)
def test_distance_counts_words_and_not_punctuation(between, distance):
    df = pl.DataFrame({"text": ["A" + between + "B"], "chem": [[0, 1]]})
    df = df.with_columns(dis=pl.Series([[len(between) + 1, len(between) + 2]]))
    assert candidates(df, SPANS)["distance"].to_list() == [distance]


ONE = {"text": [SENTENCE]}
FORMS = {
    "lists": (pl.DataFrame({**ONE, "chem": [[0, 7]], "dis": [[18, 24]]}), SPANS),
    "arrays": (
        pl.DataFrame(
            {**ONE, "chem": [[0, 7]], "dis": [[18, 24]]},
            schema_overrides={"chem": pl.Array(pl.Int16, 2), "dis": pl.Array(pl.UInt32, 2)},
        ),
        SPANS,
    ),
    "structs": (
        pl.DataFrame({**ONE, "chem": [{"start": 0, "end": 7}], "dis": [{"end": 24, "start": 18}]}),
        SPANS,
    ),
    "two columns": (
        pl.DataFrame({**ONE, "c0": [0], "c1": [7], "d0": [18], "d1": [24]}),
        {"chemical": ("c0", "c1"), "disease": ("d0", "d1")},
    ),
    "lists of pairs": (pl.DataFrame({**ONE, "chem": [[[0, 7]]], "dis": [[[18, 24]]]}), SPANS),
    "list of dicts": ([{"text": SENTENCE, "chem": [0, 7], "dis": [18, 24]}], SPANS),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_spans_gives_the_same_candidate(form):
    df, spans = FORMS[form]
    found = candidates(df, spans).select("left", "chemical", "between", "disease", "right", "distance")
    assert found.row(0) == ("", "Aspirin", " may cause ", "ulcers", ".", 3)


def test_a_sequence_of_two_columns_names_the_arguments():
    found = candidates(sentence(), ["chem", "dis"])
    assert found.select("arg1", "arg2").row(0) == ("Aspirin", "ulcers")


def mentions():
    return pl.DataFrame(
        {
            "text": ["a b C D", "no chemical D", "C d"],
            "chems": [
                [{"start": 0, "end": 1, "id": "1"}, {"start": 2, "end": 3, "id": "2"}],
                [],
                [{"start": 0, "end": 1, "id": "3"}],
            ],
            "diseases": [
                [{"start": 4, "end": 5, "id": "x"}, {"start": 6, "end": 7, "id": "y"}],
                [{"start": 12, "end": 13, "id": "y"}],
                [{"start": 2, "end": 3, "id": "z"}],
            ],
        }
    )


def test_lists_of_mentions_make_every_pair_in_order_with_ids():
    found = candidates(mentions(), {"chemical": "chems", "disease": "diseases"})
    assert found.select("chemical_id", "disease_id", "distance").rows() == [
        ("1", "x", 2),
        ("1", "y", 3),
        ("2", "x", 1),
        ("2", "y", 2),
        ("3", "z", 1),
    ]
    assert found["chems"].list.len().to_list() == [2, 2, 2, 2, 1]


def test_one_list_for_both_arguments_makes_each_unordered_pair_once():
    df = pl.DataFrame({"text": ["Ann Bob Cy"], "people": [[[0, 3], [4, 7], [8, 10]]]})
    found = candidates(df, {"person": "people", "spouse": "people"})
    assert found.select("person", "spouse").rows() == [("Ann", "Bob"), ("Ann", "Cy"), ("Bob", "Cy")]


def test_a_list_of_mentions_pairs_with_one_mention_a_row():
    df = pl.DataFrame({"text": ["x y z"], "chem": [[2, 3]], "dis": [[[0, 1], [4, 5]]]})
    assert candidates(df, SPANS)["distance"].to_list() == [-1, 1]


def test_spans_count_characters_and_not_bytes():
    df = pl.DataFrame({"text": ["β-carotin → naïveté"], "chem": [[0, 9]], "dis": [[12, 19]]})
    assert candidates(df, SPANS).select("chemical", "between", "disease").row(0) == (
        "β-carotin",
        " → ",
        "naïveté",
    )


def test_texts_without_pairs_give_no_candidates_with_all_columns():
    texts = mentions().with_columns(chems=pl.col("chems").list.head(0))
    empty = candidates(texts, {"chemical": "chems", "disease": "diseases"})
    assert empty.height == 0
    assert empty.schema == candidates(mentions(), {"chemical": "chems", "disease": "diseases"}).schema


def test_no_rows_at_all_are_an_error():
    with pytest.raises(lw.DataError, match="0 rows"):
        candidates(sentence().clear(), SPANS)


def test_overlapping_mentions_can_be_left_out():
    df = pl.DataFrame({"text": ["lead poisoning by lead"], "chem": [[[0, 4], [18, 22]]], "dis": [[[0, 14]]]})
    with pytest.raises(lw.SchemaError, match=r"overlap at row 0.*overlaps=\"drop\""):
        candidates(df, SPANS)
    assert candidates(df, SPANS, overlaps="drop")["chemical_start"].to_list() == [18]


WRONG = {
    "one argument": (sentence(), {"chemical": "chem"}, "spans has 1 argument"),
    "three arguments": (sentence(), ["chem", "dis", "chem"], "spans has 3 argument"),
    "a string": (sentence(), "chem", "is no pair of arguments"),
    "no column name": (sentence(), {"chemical": 3, "disease": "dis"}, "expected a column of spans"),
    "no argument name": (sentence(), {"": "chem", "disease": "dis"}, "name both arguments"),
    "misspelt column": (sentence(), {"a": "chme", "b": "dis"}, "lack; did you mean 'chem'"),
    "no text": (sentence().drop("text"), SPANS, "needs column 'text'"),
    "text of numbers": (sentence().with_columns(text=1), SPANS, "candidates need strings"),
    "null text": (sentence().with_columns(text=pl.lit(None, pl.String)), SPANS, "null at row 0"),
    "null span": (sentence().with_columns(chem=pl.lit(None, pl.List(pl.Int64))), SPANS, "null at row 0"),
    "spans of strings": (sentence(chem=["0-7"]), SPANS, "of type String"),
    "floats": (sentence(chem=[[0.0, 7.0]]), SPANS, "integers"),
    "a struct without end": (sentence(chem=[{"start": 0}]), SPANS, "fields start and end"),
    "three numbers": (sentence(chem=[[0, 7, 9]]), SPANS, r"span \[0, 7, 9\] at row 0"),
    "beyond the text": (sentence(dis=[[18, 26]]), SPANS, r"\[18, 26\] at row 0, whose text has 25"),
    "before the text": (sentence(chem=[[-1, 3]]), SPANS, r"\[-1, 3\] at row 0"),
    "empty span": (sentence(chem=[[3, 3]]), SPANS, r"\[3, 3\] at row 0"),
    "backwards": (sentence(chem=[[7, 0]]), SPANS, r"\[7, 0\] at row 0"),
    "a null end": (sentence(chem=[[0, None]]), SPANS, r"\[0, None\] at row 0"),
    "overlap": (sentence(dis=[[6, 9]]), SPANS, "overlap at row 0"),
    "the same mention": (sentence(dis=[[0, 7]]), SPANS, "overlap at row 0"),
    "a column taken": (sentence(left=["x"]), SPANS, "overwrite column 'left'"),
    "an argument taken": (sentence(), {"chem": "chem", "disease": "dis"}, "overwrite column 'chem'"),
    "an argument twice": (sentence(), {"left": "chem", "disease": "dis"}, "column 'left' twice"),
    "float columns": (sentence(s=[0.0], e=[7.0]), {"a": ("s", "e"), "b": "dis"}, "expected integers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_gets_one_line_that_says_what_and_where(case):
    df, spans, message = WRONG[case]
    with pytest.raises(lw.SchemaError, match=message) as caught:
        candidates(df, spans)
    assert "\n" not in str(caught.value)


def test_an_unknown_policy_for_overlaps_is_an_error():
    with pytest.raises(lw.SchemaError, match="'raise' or 'drop'"):
        candidates(sentence(), SPANS, overlaps="keep")


def test_the_row_of_a_wrong_span_is_the_row_of_the_data_given():
    df = pl.DataFrame(
        {"text": ["a b", "", "a b"], "chem": [[[0, 1]], [], [[0, 9]]], "dis": [[[2, 3]], [], [[2, 3]]]}
    )
    with pytest.raises(lw.SchemaError, match="at row 2"):
        candidates(df, SPANS)


@st.composite
def texts_with_two_spans(draw):
    text = draw(st.text(st.characters(codec="utf-8"), min_size=2, max_size=30))
    cuts = draw(
        st.lists(st.integers(0, len(text)), min_size=4, max_size=4).filter(
            lambda cuts: sorted(cuts)[0] < sorted(cuts)[1] and sorted(cuts)[2] < sorted(cuts)[3]
        )
    )
    a, b, c, d = sorted(cuts)
    spans = [[a, b], [c, d]]
    return text, spans if draw(st.booleans()) else spans[::-1]


@pytest.mark.slow
@given(st.lists(texts_with_two_spans(), min_size=1, max_size=4))
def test_the_pieces_rebuild_the_text(rows):
    df = pl.DataFrame(
        {
            "text": [text for text, _ in rows],
            "chem": [spans[0] for _, spans in rows],
            "dis": [spans[1] for _, spans in rows],
        }
    )
    for (text, (chem, dis)), row in zip(rows, candidates(df, SPANS).iter_rows(named=True), strict=True):
        assert (row["chemical"], row["disease"]) == (text[slice(*chem)], text[slice(*dis)])
        first, second = ("chemical", "disease") if row["distance"] > 0 else ("disease", "chemical")
        assert "".join(row[part] for part in ("left", first, "between", second, "right")) == text
        assert (row["distance"] > 0) == (chem < dis)


@pytest.mark.wrench
def test_real_candidates_agree_with_the_mentions_that_the_data_name(real_data):
    split = lw.read_wrench(real_data / "cdr_text_lfs").valid.data
    found = candidates(split, {"chemical": "span1", "disease": "span2"})
    assert found.height == split.height
    assert found["chemical"].to_list() == split["entity1"].to_list()
    assert found["disease"].to_list() == split["entity2"].to_list()
