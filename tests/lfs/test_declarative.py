"""`regex`, `expression`, `lookup` and `crowd`: their votes, on data with nulls."""

from __future__ import annotations

import pickle
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame(
    {
        "text": ["see https://a.b", "HTTPS", None, "short"],
        "n": [1, 5, None, 7],
        "label": ["HAM", None, "SPAM", "HAM"],
        "id": [1, 2, None, 4],
        "kind": ["a", "b", "c", None],
    }
)


def votes(lf: lw.LabelingFunction, frame: pl.DataFrame = FRAME) -> list[int]:
    found = frame.select(lf.expr(SPACE))
    assert found.schema == {lf.name: pl.Int16}
    assert frame.lazy().select(lf.expr(SPACE)).collect().equals(found)
    return found[lf.name].to_list()


def test_regex_is_case_sensitive_and_null_abstains() -> None:
    assert votes(lw.regex("r", "https?", on="text", vote="SPAM")) == [1, -1, -1, -1]
    assert votes(lw.regex("r", "(?i)https?", on="text", vote="SPAM")) == [1, 1, -1, -1]


@pytest.mark.parametrize(
    ("predicate", "vote", "expected"),
    [
        (pl.col("n") > 3, "HAM", [-1, 0, -1, 0]),
        (pl.col("label"), None, [0, -1, 1, 0]),
        (pl.col("label").cast(pl.Categorical), None, [0, -1, 1, 0]),
        (pl.when(pl.col("n") > 3).then(1), None, [-1, 1, -1, 1]),
        (pl.when(pl.col("n") > 3).then(0).otherwise(-1).cast(pl.Int8), None, [-1, 0, -1, 0]),
        (pl.all_horizontal(pl.col("n", "id") > 1), 1, [-1, 1, -1, 1]),
    ],
)
def test_expressions_vote_a_class_or_hold_votes(predicate: pl.Expr, vote: Any, expected: list[int]) -> None:
    lf = lw.expression("e", predicate, vote=vote)
    assert FRAME.with_columns(lf.expr(SPACE))["e"].to_list() == expected


def test_an_expression_knows_its_columns() -> None:
    assert lw.expression("e", pl.col("n") > pl.col("id"), vote=0).columns == ("n", "id")
    assert lw.expression("e", pl.all_horizontal(pl.all().is_null()), vote=0).columns is None


@pytest.mark.parametrize(
    ("table", "keys", "how", "expected"),
    [
        ({1, 4, 9}, "id", {"vote": "SPAM"}, [1, -1, -1, 1]),
        ([1, None], ["id"], {"vote": 0}, [0, -1, -1, -1]),
        ({(1, "a"), (2, "a"), (4, "d")}, ["id", "kind"], {"vote": 1}, [1, -1, -1, -1]),
        ({1: "SPAM", 2: "HAM", 4: None}, "id", {}, [1, 0, -1, -1]),
        ({(2, "b"): 1}, ["id", "kind"], {}, [-1, 1, -1, -1]),
        (pl.DataFrame({"id": [4, 2], "y": ["HAM", "SPAM"]}), "id", {"votes": "y"}, [-1, 1, -1, 0]),
        (pd.DataFrame({"key": [4, 2]}), {"id": "key"}, {"vote": 1}, [-1, 1, -1, 1]),
        ([{"id": 2, "y": 0}, {"id": 2, "y": 0}], "id", {"votes": "y"}, [-1, 0, -1, -1]),
        (pl.DataFrame({"id": [1]}, schema={"id": pl.UInt8}), "id", {"vote": 1}, [1, -1, -1, -1]),
        (pl.DataFrame({"id": [1]}, schema={"id": pl.UInt64}), "id", {"vote": 1}, [1, -1, -1, -1]),
        (
            pl.DataFrame({"kind": ["b"]}, schema={"kind": pl.Categorical}),
            "kind",
            {"vote": 1},
            [-1, 1, -1, -1],
        ),
    ],
)
def test_lookup_matches_exactly_and_never_null(table: Any, keys: Any, how: Any, expected: list[int]) -> None:
    assert votes(lw.lookup("l", table=table, keys=keys, **how)) == expected


@settings(max_examples=40, deadline=None)
@given(
    known=st.dictionaries(st.tuples(st.integers(0, 3), st.sampled_from("ab")), st.integers(0, 1), min_size=1),
    rows=st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from("ab")), max_size=8),
)
def test_lookup_agrees_with_a_dictionary(known: dict[Any, int], rows: list[Any]) -> None:
    frame = pl.DataFrame(rows, schema={"x": pl.Int64, "y": pl.String}, orient="row")
    assert votes(lw.lookup("l", table=known, keys=["x", "y"]), frame) == [known.get(row, -1) for row in rows]


ENTRIES = pl.DataFrame({"id": [1, 3], "code": ["a", "b"]})


@pytest.mark.parametrize(
    "table",
    [
        ENTRIES,
        ENTRIES.lazy(),
        ENTRIES.to_pandas(),
        ENTRIES.to_arrow(),
        ENTRIES.to_dicts(),
        ENTRIES.to_dict(as_series=False),
        dict.fromkeys(ENTRIES.rows(), "of no interest"),
        set(ENTRIES.rows()),
        frozenset(ENTRIES.rows()),
        ENTRIES.rows(),
    ],
    ids=["polars", "lazy", "pandas", "arrow", "records", "columns", "keys", "set", "frozenset", "list"],
)
def test_lookup_takes_one_class_for_every_kind_of_table(table: Any) -> None:
    frame = pl.DataFrame({"id": [1, 1, 3, None], "code": ["a", "b", "b", "b"]})
    lf = lw.lookup("known", table=table, keys=["id", "code"], vote=1, space=SPACE)
    assert votes(lf, frame) == [1, -1, 1, -1]
    assert lf.fingerprint == lw.lookup("kb", table=ENTRIES, keys=lf.keys, vote=1, space=SPACE).fingerprint


def test_lookup_says_which_types_do_not_meet() -> None:
    lf = lw.lookup("kb", table={"1", "2"}, keys="id", vote=1)
    with pytest.raises(
        lw.LabelwrightError, match="LF 'kb': key column 'id' is Int64 in the data but String in the table"
    ):
        lf.check_schema(FRAME.schema, space=SPACE)
    with pytest.raises(lw.LabelwrightError, match="key column 'id' is Int64 in the data"):
        FRAME.select(lf.expr(SPACE))


ANSWERS = pl.DataFrame(
    {
        "task": [1, 2, 2, 4, 1, 1],
        "worker": ["ann", "ann", "bob", "bob", "cy", "cy"],
        "label": ["HAM", "SPAM", "HAM", "SPAM", "HAM", "HAM"],
    }
)


def test_crowd_makes_one_lf_a_worker() -> None:
    lfs = lw.crowd(ANSWERS, on="id", space=SPACE)
    assert [lf.name for lf in lfs] == ["ann", "bob", "cy"]
    assert [votes(lf) for lf in lfs] == [[0, 1, -1, -1], [-1, 0, -1, 1], [0, -1, -1, -1]]
    assert lfs[0].describe() == "votes what worker ann answered (2 tasks)"
    assert {lf.kind for lf in lfs} == {"crowd"}


def test_crowd_takes_other_names_numbers_and_missing_labels() -> None:
    table = pd.DataFrame({"t": [1, 2, 2], "w": [7, 7, 8], "y": [1.0, 0.0, None]})
    [one] = lw.crowd(pl.from_pandas(table).cast({"y": pl.Int8}), task="t", worker="w", label="y", on="id")
    assert (one.name, votes(one)) == ("7", [1, 0, -1, -1])


@pytest.mark.parametrize(
    ("tasks", "data"),
    [
        (["001", "002"], [1, 2]),
        ([1, 2], ["001", "2.0"]),
        ([1.0, 2.0], [1, 2]),
        ([1, 2], [1.0, 2.0]),
        ([" a", "b"], ["a ", "b"]),
    ],
)
def test_crowd_tasks_meet_their_rows_where_they_are_one_number(tasks: list[Any], data: list[Any]) -> None:
    answers = pl.DataFrame({"item": tasks, "annotator": " ann", "label": ["HAM", " SPAM"]})
    [ann] = lw.crowd(answers, space=SPACE)
    frame = pl.DataFrame({"item": data})
    ann.check_schema(frame.schema, space=SPACE)
    assert (ann.name, frame.select(ann.expr(SPACE))["ann"].to_list()) == ("ann", [0, 1])


def test_crowd_tasks_that_are_one_number_are_told_apart_only_by_text() -> None:
    [ann] = lw.crowd({"task": ["1", "01"], "worker": "ann", "label": "HAM"}, space=SPACE)
    with pytest.raises(lw.SchemaError, match=r"some are one number: '01', '1'; make column 'task' text"):
        ann.check_schema({"task": pl.Int64()}, space=SPACE)
    assert pl.DataFrame({"task": ["01", "001"]}).select(ann.expr(SPACE))["ann"].to_list() == [0, -1]


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ("first", {"ann": [0, 1]}),
        ("last", {"ann": [1, 1]}),
        ("abstain", {"ann": [-1, 1]}),
        ("all", {"ann": [0, 1], "ann (2)": [1, -1]}),
    ],
)
def test_two_answers_of_a_worker_to_one_task(repeats: Any, expected: dict[str, list[int]]) -> None:
    answers = pl.DataFrame({"task": [1, 1, 2], "worker": "ann", "label": ["HAM", "SPAM", "SPAM"]})
    lfs = lw.crowd(answers, space=SPACE, repeats=repeats)
    frame = pl.DataFrame({"task": [1, 2]}).select(lf.expr(SPACE) for lf in lfs)
    assert frame.to_dict(as_series=False) == expected


def test_numbers_in_a_column_of_votes_are_names_where_class_names_are_numbers() -> None:
    stars, frame = lw.LabelSpace(["1", "2", "3"]), pl.DataFrame({"task": [7, 8]})
    table = pl.DataFrame({"task": [7, 8], "worker": "ann", "label": [1.0, 3.0]})
    signs = lw.LabelSpace(["-1", "0", "1"])
    for space in (stars, None):
        [ann] = lw.crowd(table, space=space)
        known = lw.lookup("known", table=table, keys="task", votes="label", space=space)
        found = frame.select(ann.expr(stars), known.expr(stars))
        assert found.to_dict(as_series=False) == {"ann": [0, 2], "known": [0, 2]}
    [ann] = lw.crowd(table.with_columns(label=pl.Series([-1, 1])), space=signs)
    assert frame.select(ann.expr(signs))["ann"].to_list() == [0, 2]
    index = lw.lookup("index", table={7: 0, 8: 1}, keys="task", space=stars)
    assert frame.select(index.expr(stars))["index"].to_list() == [0, 1]


def test_crowd_takes_what_crowd_kit_users_hand_over() -> None:
    series = ANSWERS.unique(maintain_order=True).to_pandas().set_index(["task", "worker"])["label"]
    assert [votes(lf) for lf in lw.crowd(series, on="id", space=SPACE)] == [
        votes(lf) for lf in lw.crowd(ANSWERS, on="id", space=SPACE)
    ]


@pytest.mark.parametrize(
    ("lf", "said"),
    [
        (
            lw.regex("r", "a+", on="text", vote=1, space=SPACE),
            "votes SPAM where the text matches the pattern a+",
        ),
        (
            lw.expression("e", pl.col("n") > 3, vote="HAM"),
            "votes HAM where a condition on the n holds (see its source)",
        ),
        (
            lw.expression("e", pl.col("n") + 1, vote=None),
            "votes what a formula over the n gives (see its source)",
        ),
        (
            lw.expression("e", pl.col("n") > 3, vote="HAM", description="votes HAM\n for long ones"),
            "votes HAM for long ones",
        ),
        (
            lw.regex("r", "a" * 41, on="text", vote="SPAM"),
            "votes SPAM where the text matches a pattern (see its source)",
        ),
        (
            lw.regex("r", "a", on="text", vote="SPAM", description="votes SPAM for an a"),
            "votes SPAM for an a",
        ),
        (
            lw.lookup("l", table={(1, 2)}, keys=["a", "b"], vote=1),
            "votes class 1 where the a and b is in a table of 1 known entries",
        ),
        (
            lw.lookup("l", table={1: 1, 2: 0}, keys="id"),
            "votes what a table of 2 known entries says about the id",
        ),
    ],
)
def test_says_what_it_does(lf: lw.LabelingFunction, said: str) -> None:
    assert lf.describe() == said
    assert lf.name in lf.source


@pytest.mark.parametrize(
    "lf",
    [
        lw.keywords("k", ["a"], on="text", vote=1),
        lw.regex("r", "a", on="text", vote=1),
        lw.expression("e", pl.col("n") > 3, vote=1),
        lw.lookup("l", table={1}, keys="id", vote=1),
    ],
)
def test_travels_to_another_process(lf: lw.LabelingFunction) -> None:
    again = pickle.loads(pickle.dumps(lf))
    assert (again.fingerprint, votes(again)) == (lf.fingerprint, votes(lf))


@pytest.mark.parametrize(
    ("lf", "message"),
    [
        (
            lw.keywords("k", ["a"], on="txt", vote=1),
            "LF 'k' reads column 'txt', which the data lack; did you mean 'text'",
        ),
        (
            lw.keywords("k", ["a"], on="n", vote=1),
            "LF 'k' reads texts from column 'n', which is Int64; cast it to String",
        ),
        (
            lw.expression("e", pl.col("text") + 1 > 2, vote=1),
            "LF 'e' cannot read these columns ('text' is String)",
        ),
        (lw.expression("e", pl.col("n").max() > 1, vote=1), "LF 'e' does not give one vote a row"),
        (lw.expression("e", pl.col("n"), vote=1), "LF 'e' cannot read these columns ('n' is Int64)"),
    ],
)
def test_data_that_do_not_fit_are_named(lf: lw.LabelingFunction, message: str) -> None:
    with pytest.raises(lw.LabelwrightError) as caught:
        lf.check_schema(FRAME.schema, space=SPACE)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("predicate", "message"),
    [
        (
            pl.col("label").replace("SPAM", "SPAN"),
            "LF 'e' at row 2: unknown class 'SPAN'; did you mean 'SPAM'?",
        ),
        (pl.col("n"), "LF 'e' at row 1: class 5 is out of range"),
        (pl.col("n") * 0.5, "LF 'e' at row 0: 0.5 (float) is no vote"),
        (pl.col("n") > 2, "LF 'e' gives booleans; say which class they stand for"),
    ],
)
def test_votes_outside_the_space_name_lf_and_row(predicate: pl.Expr, message: str) -> None:
    with pytest.raises(lw.LabelingFunctionError) as caught:
        FRAME.select(lw.expression("e", predicate, vote=None).expr(SPACE))
    assert str(caught.value).startswith(message)
