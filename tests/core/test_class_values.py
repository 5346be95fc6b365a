"""Classes as people write them: names, numbers, and all that says there is no label."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import labelwright as lw

MAIL = lw.LabelSpace(["HAM", "SPAM"])
STARS = lw.LabelSpace(["1", "2", "3", "4", "5"])
SIGNS = lw.LabelSpace(["-1", "0", "1"])


class Kind(enum.Enum):
    SPAM = "SPAM"
    HAM = 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["SPAM", None, "HAM", float("nan"), "", "ABSTAIN", 1, -1], [1, -1, 0, -1, -1, -1, 1, -1]),
        (np.array(["SPAM", ""]), [1, -1]),
        (np.array([b"SPAM", b"HAM"]), [1, 0]),
        (np.array(["SPAM", None, np.nan], dtype=object), [1, -1, -1]),
        (np.array([1.0, np.nan, 0.0]), [1, -1, 0]),
        (np.array([1, 0, -1], dtype=np.int8), [1, 0, -1]),
        (np.ma.array([1, 0], mask=[False, True]), [1, -1]),
        (pd.Series(["SPAM", None, "HAM"], index=[7, 3, 1]), [1, -1, 0]),
        (pd.Series(["SPAM", None, "HAM"], dtype="category"), [1, -1, 0]),
        (pd.Series(["SPAM", pd.NA, "HAM"], dtype="string"), [1, -1, 0]),
        (pd.Series([1, pd.NA, 0], dtype="Int64"), [1, -1, 0]),
        (pd.array([1, None, 0], dtype="Int64"), [1, -1, 0]),
        (pd.Series([pd.NaT, "HAM"], dtype=object), [-1, 0]),
        (pd.Index(["SPAM", "HAM"]), [1, 0]),
        (pl.Series(["SPAM", None, "HAM"]), [1, -1, 0]),
        (pl.Series(["SPAM", None], dtype=pl.Categorical), [1, -1]),
        (pl.Series(["SPAM", None], dtype=pl.Enum(["HAM", "SPAM"])), [1, -1]),
        (pl.Series([1.0, None, float("nan")]), [1, -1, -1]),
        (pl.Series(["1", "0", "-1"]), [1, 0, -1]),
        (pl.Series([None, None]), [-1, -1]),
        (pa.array(["SPAM", None]), [1, -1]),
        (pa.chunked_array([[1, None], [0]]), [1, -1, 0]),
        (iter(["HAM", Kind.SPAM, Kind.HAM, np.str_("SPAM"), np.int16(1)]), [0, 1, 0, 1, 1]),
        ([], []),
    ],
)
def test_whatever_holds_labels_is_read(values: Any, expected: list[int]) -> None:
    found = MAIL.encode(values)
    assert found.tolist() == expected
    assert found.dtype == np.int64


@pytest.mark.parametrize(
    ("space", "values", "expected"),
    [
        (STARS, pl.Series([1, None, 5]), [0, -1, 4]),
        (STARS, pd.Series([1, None, 5]), [0, -1, 4]),
        (STARS, pd.Series([1, pd.NA, 5], dtype="Int64"), [0, -1, 4]),
        (STARS, pd.Categorical([1, None, 5]), [0, -1, 4]),
        (STARS, pa.array([1, 5]), [0, 4]),
        (STARS, ["1", "2.0", "05"], [0, 1, 4]),
        (STARS, [Decimal(1), None], [1, -1]),
        (STARS, np.array([1, 5], dtype=object), [0, 4]),  # a column of frame.to_numpy(); 5 is no index
        (STARS, ["", 1, "ABSTAIN"], [-1, 1, -1]),
        (STARS, np.array([1, 2]), [1, 2]),
        (STARS, [1, None, 2], [1, -1, 2]),
        (STARS, np.array([1.0, np.nan, 5.0]), [0, -1, 4]),  # 5 is no index
        (STARS, pl.Series([-1, 1]), [-1, 0]),
        (SIGNS, pl.Series([-1, 0, 1, None]), [0, 1, 2, -1]),
        (SIGNS, pd.Series([-1.0, 0.0, np.nan]), [0, 1, -1]),
        (SIGNS, ["-1", "0", "1", "\N{MINUS SIGN}1"], [0, 1, 2, 0]),
        (SIGNS, np.array([-1, 0, 1]), [-1, 0, 1]),
        (lw.LabelSpace.of_size(3), np.array([0.0, 2.0, -1.0, np.nan]), [0, 2, -1, -1]),
        (lw.LabelSpace(["0.5", "1.0"]), pl.Series([0.5, 1.0]), [0, 1]),
        (lw.LabelSpace(["false", "true"]), pl.Series([True, None, False]), [1, -1, 0]),
        (lw.LabelSpace(["1", "10"]), pl.Series(["10", "1"]), [1, 0]),
    ],
)
def test_numbers_are_names_where_names_are_numbers(
    space: lw.LabelSpace, values: Any, expected: list[int]
) -> None:
    assert space.encode(values).tolist() == expected


@pytest.mark.parametrize("space", [STARS, SIGNS])
def test_floats_that_could_be_both_are_refused(space: lw.LabelSpace) -> None:
    with pytest.raises(
        lw.LabelSpaceError, match=r"ambiguous: 1.0 is class '1' by name and class '\d' by ind"
    ):
        space.encode([1.0, float("nan")])


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2, None], dtype=object),
        pd.DataFrame({"stars": [1, 2], "text": ["a", "b"]}).to_numpy()[:, 0],
        ["5", 1],
    ],
)
def test_what_may_have_been_a_column_is_no_list_of_indices(values: Any) -> None:
    with pytest.raises(lw.LabelSpaceError, match="ambiguous: 1 is class '1' by name and class '2' by index"):
        STARS.encode(values)


def test_mixed_names_are_read_only_where_it_is_clear() -> None:
    space = lw.LabelSpace(["other", "1", "2"])
    assert space.encode(["other", "2"]).tolist() == [0, 2]
    assert space.encode(pl.Series([1, 2])).tolist() == [1, 2]  # both readings agree
    shifted = lw.LabelSpace(["1", "2", "other"])
    with pytest.raises(lw.LabelSpaceError, match="ambiguous: 1 is class '1' by name and class '2' by index"):
        shifted.encode(pl.Series([1, 2]))


def test_all_unknown_values_are_named_at_once() -> None:
    with pytest.raises(lw.LabelSpaceError) as caught:
        MAIL.encode(["ham", "junk", "ham", "HAM", 7, "x\x1b[2J"])
    said = str(caught.value)
    assert (
        "4 values that are no class: 'ham' (2 rows, first 0, did you mean 'HAM'?), 'junk' (row 1), 7 (row 4)"
        in said
    )
    assert "mapping={'ham': 'HAM', 'junk': None, 7: None}" in said
    assert "\x1b" not in said
    many = [f"w{i}" for i in range(1000)]
    with pytest.raises(lw.LabelSpaceError, match=r"1,000 values .* and 980 others \(980 rows\)"):
        MAIL.encode(many)


def test_blanks_around_names_do_not_count_unless_they_tell_classes_apart() -> None:
    assert MAIL.encode([" SPAM", "HAM\t", " ", "ham "], mapping={"ham": "HAM"}).tolist() == [1, 0, -1, 0]
    assert lw.LabelSpace([" a", "b"]).encode(["a", " a", "b "]).tolist() == [0, 0, 1]
    two = lw.LabelSpace(["a", "a "])
    assert two.encode(["a", "a "]).tolist() == [0, 1]
    with pytest.raises(lw.LabelSpaceError, match=r"' a' .row 0"):
        two.encode([" a"])


def test_names_are_equal_however_their_accents_are_composed() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert lw.LabelSpace([composed, "bar"]).encode([decomposed, "bar"]).tolist() == [0, 1]
    assert lw.LabelSpace([decomposed, "bar"]).encode(pl.Series([composed])).tolist() == [0]
    assert lw.LabelSpace([composed, decomposed]).encode([decomposed, composed]).tolist() == [1, 0]


def test_many_unknown_values_are_told_at_once_and_soon() -> None:
    with pytest.raises(lw.LabelSpaceError, match="20,000 values") as caught:
        MAIL.encode([f"{number} of many" for number in range(20_000)])
    assert len(str(caught.value)) < 2000
    with pytest.raises(lw.LabelSpaceError) as caught:
        lw.LabelSpace([f"class {c}" for c in range(200)]).encode(["x" * 100_000])
    assert len(str(caught.value)) < 1000


def test_unknown_values_can_be_left_out_or_mapped() -> None:
    assert MAIL.encode(["ham", "SPAM", 9], unknown="abstain").tolist() == [-1, 1, -1]
    mapping = {"ham": "HAM", "junk": 1, "unsure": None, "": "HAM"}
    assert MAIL.encode(["ham", "junk", "unsure", None, "SPAM"], mapping=mapping).tolist() == [0, 1, -1, 0, 1]
    one_based = {1: "HAM", "2": "SPAM"}
    for values in ([1, 2, 2], np.array([1.0, 2.0, 2.0]), pl.Series(["1", "2", "2.0"])):
        assert MAIL.encode(values, mapping=one_based).tolist() == [0, 1, 1]
    assert MAIL.encode(np.array([True, False]), mapping={True: "SPAM", False: "HAM"}).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MAIL.encode("SPAM"), r"labels are 'SPAM' \(str\); expected one value a row"),
        (lambda: MAIL.encode({"a": 1}), "one value a row"),
        (lambda: MAIL.encode(None), "labels are a NoneType"),
        (lambda: MAIL.encode(pd.DataFrame({"g": [1]})), r"a table \(DataFrame\); .* such as frame\['gold'\]"),
        (lambda: MAIL.encode(np.zeros((3, 1), int)), r"shape \(3, 1\); expected \(n,\).*\.ravel\(\)"),
        (lambda: MAIL.encode([["SPAM"], "HAM"]), r"hold a list at row 0, \['SPAM'\]"),
        (lambda: MAIL.encode([True, False]), "mapping={True: 'SPAM', False: 'HAM'}"),
        (lambda: MAIL.encode([0.5, float("inf"), 1j]), "3 values that are no class"),
        (lambda: MAIL.encode(["a"], unknown="ignore"), "unknown='ignore'; expected 'error' or 'abstain'"),
        (
            lambda: MAIL.encode(["a"], mapping={"a": "SPAN"}),
            "'a' into 'SPAN', which is no class; did you mean",
        ),
        (lambda: MAIL.encode(["a"], mapping=["a"]), "mapping is a list; expected a dictionary"),
        (lambda: STARS.encode(pl.Series([0, 1])), r"0 \(row \d\).*numbers in a column are names here"),
        (lambda: STARS.encode([1, 5]), r"5 \(row \d\).*integers are class indices; pass names as text"),
        (lambda: MAIL.decode([2]), "decode got 2; expected 0..1, or -1"),
        (lambda: MAIL.decode(["HAM"]), "expected class indices"),
    ],
)
def test_errors_say_how_to_write_it(call: Any, message: str) -> None:
    with pytest.raises(lw.LabelSpaceError, match=message):
        call()


def test_decode_is_the_way_back() -> None:
    indices = np.array([[1, -1], [0, 1]])
    names = MAIL.decode(indices)
    assert names.tolist() == [["SPAM", None], ["HAM", "SPAM"]]
    assert names.dtype == object
    for gaps in (
        pl.Series([1, None]),
        pd.Series([1, None]),
        pd.Series([1, pd.NA], dtype="Int64"),
        [1.0, None],
    ):
        assert MAIL.decode(gaps).tolist() == ["SPAM", None]
    for space in (MAIL, STARS, SIGNS):
        every = np.arange(-1, len(space))
        assert space.encode(space.decode(every)).tolist() == every.tolist()
    assert MAIL.decode([]).tolist() == []
