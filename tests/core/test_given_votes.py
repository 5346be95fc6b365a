"""Votes as people have them, and taking parts of a label matrix as of an array."""

from __future__ import annotations

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
NAMED = {"url": ["SPAM", None, "HAM"], "short": [None, "HAM", None]}
EXPECTED = [[1, -1], [-1, 0], [0, -1]]
_ROWS = [list(row) for row in zip(*NAMED.values(), strict=True)]


@pytest.mark.parametrize(
    ("votes", "has_names"),
    [
        (NAMED, True),
        (pl.DataFrame(NAMED), True),
        (pl.LazyFrame(NAMED), True),
        (pl.DataFrame(NAMED, schema={"url": pl.Categorical, "short": pl.Enum(["HAM", "SPAM"])}), True),
        (pd.DataFrame(NAMED, index=[9, 3, 1]), True),
        (pd.DataFrame(NAMED, dtype="string"), True),
        (pd.DataFrame(NAMED, dtype="category"), True),
        (pa.table(NAMED), True),
        (pl.DataFrame({"url": [1, None, 0], "short": [None, 0, None]}), True),
        (pd.DataFrame({"url": [1, None, 0], "short": [None, 0, None]}), True),
        (pd.DataFrame({"url": [1, None, 0], "short": [None, 0, None]}, dtype="Int64"), True),
        (pd.DataFrame({"url": [1, -1, 0], "short": [-1, 0, -1]}), True),
        (pd.DataFrame(_ROWS), False),
        (_ROWS, False),
        ([["SPAM", float("nan")], [-1, 0], ["HAM", ""]], False),
        (np.array(_ROWS, dtype=object), False),
        (np.array([["SPAM", ""], ["", "HAM"], ["HAM", ""]]), False),
        (np.array([[1, np.nan], [np.nan, 0], [0, np.nan]]), False),
        (np.array(EXPECTED, dtype=np.int16), False),
    ],
)
def test_names_and_gaps_are_votes(votes: Any, has_names: bool) -> None:
    matrix = lw.LabelMatrix(votes, space=MAIL)
    assert matrix.votes.tolist() == EXPECTED
    assert matrix.votes.dtype == np.int8
    assert matrix.lf_names == (("url", "short") if has_names else ("lf_0", "lf_1"))
    assert lw.LabelMatrix(votes, space=MAIL, lf_names=["a", "b"]).lf_names == ("a", "b")


def test_numbers_in_a_table_of_votes_are_never_shifted() -> None:
    indices = lw.LabelMatrix(np.array([[0, 4], [-1, 2]]), space=STARS, lf_names=["a", "b"])
    assert indices.votes.tolist() == [[0, 4], [-1, 2]]
    text = lw.LabelMatrix.from_polars(pl.DataFrame({"a": ["1", None], "b": ["5", "3.0"]}), space=STARS)
    assert text == indices
    assert (
        lw.LabelMatrix(pd.DataFrame({"a": [1, None], "b": [5, 3]}), space=STARS) == indices
    )  # 5 is no index
    for ambiguous in (pl.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]}), indices.to_polars()):
        with pytest.raises(lw.LabelMatrixError, match=r"ambiguous: . is .* by name and class '.' by index"):
            lw.LabelMatrix(ambiguous, space=STARS)
    with pytest.raises(lw.LabelMatrixError, match="ambiguous: -1 is class '-1' by name and class 'ABSTAIN'"):
        lw.LabelMatrix.from_polars(pl.DataFrame({"a": [-1, 0, 1]}), space=SIGNS)
    assert lw.LabelMatrix.from_polars(pl.DataFrame({"a": ["-1", "0", None]}), space=SIGNS).votes.tolist() == [
        [0],
        [1],
        [-1],
    ]


@pytest.mark.parametrize("space", [MAIL, STARS, SIGNS])
def test_what_is_written_comes_back(space: lw.LabelSpace, tmp_path: Any) -> None:
    matrix = lw.LabelMatrix([[0, -1], [1, 1]], space=space, lf_names=["a", "b"])
    assert lw.LabelMatrix.from_polars(matrix.to_polars(names=True), space=space) == matrix
    matrix.to_parquet(tmp_path / "ours.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "ours.parquet") == matrix
    assert lw.LabelMatrix.from_parquet(tmp_path / "ours.parquet", space=space) == matrix
    matrix.to_polars(names=True).write_parquet(tmp_path / "theirs.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "theirs.parquet", space=space) == matrix
    with pytest.raises(lw.LabelMatrixError, match="leave space= out"):
        lw.LabelMatrix.from_parquet(tmp_path / "ours.parquet", space=["x", "y"])


def test_votes_for_sets_have_names_too() -> None:
    matrix = lw.LabelMatrix.from_sets([[{"a", "b"}, None]], space=["a", "b", "c"])
    assert matrix.to_polars(names=True).rows() == [("a or b", None)]


@pytest.mark.parametrize(
    ("votes", "space", "message"),
    [
        ([["SPAM", None]], None, r"class names, such as 'SPAM'; .*LabelMatrix\(votes, space="),
        (
            [["ham", "x"], ["ham", None]],
            MAIL,
            r"'ham' \(2 votes, first LF 0, row 0, did you .*'x' \(LF 1, row 0\)",
        ),
        (pl.DataFrame({"u": ["ham", "HAM"]}), MAIL, r"'ham' \(LF 'u', row 0, did you mean 'HAM'\?\)"),
        ([[0, 1], [1]], None, "row 1 of the votes has 1 of them and row 0 has 2"),
        ([[{"a"}, None]], ["a", "b"], "LabelMatrix.from_sets"),
        ([[["a", "b"], "a"]], ["a", "b"], "LabelMatrix.from_sets"),
        (np.zeros((2, 2, 2)), None, "LabelMatrix.from_scores"),
        ({"a": [0, 1], "b": [0]}, None, r"columns of votes have \[1, 2\] rows"),
        ({}, None, "has no columns"),
        (pd.Series([0, 1]), None, "reshape"),
        ([[True, False]], None, "type bool"),
    ],
)
def test_errors_say_how_to_write_it(votes: Any, space: Any, message: str) -> None:
    with pytest.raises(lw.LabelMatrixError, match=message):
        lw.LabelMatrix(votes, space=space)


def test_one_more_lf_may_vote_by_name() -> None:
    matrix = lw.LabelMatrix([[0], [1]], space=MAIL).with_lf("b", ["SPAM", None])
    assert matrix.votes.tolist() == [[0, 1], [1, -1]]
    assert matrix.with_lf("c", pd.Series(["HAM", pd.NA])).votes[:, 2].tolist() == [0, -1]


# --- parts


@pytest.fixture(scope="module")
def matrix() -> lw.LabelMatrix:
    return lw.LabelMatrix([[0, 1], [1, -1], [0, 0]], space=MAIL, lf_names=["a", "b"])


@pytest.mark.parametrize(
    ("key", "votes"),
    [
        (-1, [[0, 0]]),
        (np.int64(1), [[1, -1]]),
        (slice(None, None, -1), [[0, 0], [1, -1], [0, 1]]),
        ([True, False, True], [[0, 1], [0, 0]]),
        (pl.Series([False, True, False]), [[1, -1]]),
        (pd.Series([2, 0]), [[0, 0], [0, 1]]),
        (..., [[0, 1], [1, -1], [0, 0]]),
        ((0, ...), [[0, 1]]),
        (([0, 2], ...), [[0, 1], [0, 0]]),
        ((..., "b"), [[1], [-1], [0]]),
        ((..., slice(None), [1]), [[1], [-1], [0]]),
        ((slice(None), "b"), [[1], [-1], [0]]),
        (([2, 0], ["b", "a"]), [[0, 0], [1, 0]]),
        ((0, np.array(["b", "a"])), [[1, 0]]),
        ((slice(None), pd.Index(["a"])), [[0], [1], [0]]),
        ((slice(None), [False, True]), [[1], [-1], [0]]),
        ((0, -1), [[1]]),
        ((0, ["a", 1]), [[0, 1]]),
        ([], np.zeros((0, 2)).tolist()),
    ],
)
def test_parts_are_taken_as_of_an_array(matrix: lw.LabelMatrix, key: Any, votes: list[list[int]]) -> None:
    part = matrix[key]
    assert isinstance(part, lw.LabelMatrix)
    assert part.votes.tolist() == votes
    assert part.space == MAIL


@pytest.mark.parametrize(
    "key", [slice("a", None), 3, -4, [0, 3], (0, 2), (0, 0, 0), "a", None, 0.5, [True], (..., ...), (0, "c")]
)
def test_what_is_not_there_is_an_index_error(matrix: lw.LabelMatrix, key: Any) -> None:
    with pytest.raises(IndexError) as caught:
        matrix[key]
    assert isinstance(caught.value, lw.LabelMatrixError)


def test_a_label_matrix_is_iterated_by_rows_and_ends(matrix: lw.LabelMatrix) -> None:
    assert [row.votes.tolist() for row in matrix] == [[[0, 1]], [[1, -1]], [[0, 0]]]
    assert list(matrix)[1] == matrix[1]
    assert next(row.votes.tolist() for row in reversed(matrix)) == [[0, 0]]


def test_votes_come_as_records_or_one_by_one() -> None:
    records = pd.DataFrame({"url": [1, -1, 0], "short": [-1, 0, -1]}).to_records(index=False)
    assert lw.LabelMatrix(records, space=MAIL) == lw.LabelMatrix(
        EXPECTED, space=MAIL, lf_names=["url", "short"]
    )
    assert lw.LabelMatrix((row for row in EXPECTED), space=MAIL).votes.tolist() == EXPECTED
    with pytest.raises(lw.LabelMatrixError, match="a list of dictionaries; for rows by LF name pass a data"):
        lw.LabelMatrix([{"url": "SPAM"}], space=MAIL)


def test_names_of_lfs_are_a_list_of_plain_texts() -> None:
    names = lw.LabelMatrix(EXPECTED, lf_names=np.array(["url", "short"])).lf_names  # type: ignore[arg-type]
    assert [type(name) for name in names] == [str, str]
    with pytest.raises(lw.LabelMatrixError, match="lf_names is the text 'ab'; expected a list of names"):
        lw.LabelMatrix(EXPECTED, lf_names="ab")


def test_a_copy_keeps_names_and_never_turns_classes_round() -> None:
    task = lw.Task("mail", ["HAM", "SPAM"])
    matrix = lw.LabelMatrix(EXPECTED, space=task, lf_names=["url", "short"], fingerprints=["1", "2"])
    assert lw.LabelMatrix(matrix) == matrix
    renamed = lw.LabelMatrix(matrix, space=["ham", "spam"])
    assert (renamed.lf_names, renamed.space.names) == (matrix.lf_names, ("ham", "spam"))
    with pytest.raises(lw.LabelMatrixError, match="'HAM' and 'SPAM' would be another class; decode them"):
        lw.LabelMatrix(matrix, space=["SPAM", "HAM"])
    turned = lw.LabelMatrix(matrix.to_polars(names=True), space=["SPAM", "HAM"])
    assert turned.votes.tolist() == [[0, -1], [-1, 1], [1, -1]]
    numbered = lw.LabelMatrix(EXPECTED, space=["1", "0"])
    assert lw.LabelMatrix(numbered, space=lw.LabelSpace.of_size(2)).votes.tolist() == EXPECTED
