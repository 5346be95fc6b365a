import numpy as np
import polars as pl
import pytest

import labelwright as lw

VOTES = np.array([[1, -1, 0], [0, 1, -1], [-1, -1, -1], [1, 1, 1]])


@pytest.fixture
def matrix():
    return lw.LabelMatrix(VOTES, space=lw.LabelSpace(["HAM", "SPAM"]), lf_names=["a", "b", "c"])


def test_votes_are_stored_narrow_and_cannot_be_written(matrix):
    assert matrix.votes.dtype == np.int8
    assert np.array_equal(matrix.votes, VOTES)
    with pytest.raises(ValueError, match="read-only"):
        matrix.votes[0, 0] = 0


def test_the_input_is_copied():
    votes = VOTES.astype(np.int8)
    matrix = lw.LabelMatrix(votes)
    votes[:] = 0
    assert np.array_equal(matrix.votes, VOTES)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_any_integer_type_is_taken(dtype):
    assert np.array_equal(lw.LabelMatrix(VOTES.astype(dtype)).votes, VOTES)


def test_unsigned_votes_and_many_classes():
    matrix = lw.LabelMatrix(np.array([[200], [3]], dtype=np.uint8))
    assert matrix.votes.dtype == np.int16
    assert matrix.k == 201


def test_without_a_space_there_are_at_least_two_classes():
    assert lw.LabelMatrix([[0], [-1]]).space.names == ("0", "1")
    assert lw.LabelMatrix([[4], [-1]]).k == 5


def test_covered_coverage_and_shape(matrix):
    assert matrix.covered.tolist() == [True, True, False, True]
    assert matrix.coverage == 0.75
    assert (matrix.shape, matrix.n, matrix.m, matrix.k, len(matrix)) == ((4, 3), 4, 3, 2, 4)


def test_no_rows_is_a_label_matrix():
    empty = lw.LabelMatrix(np.zeros((0, 2), dtype=int))
    assert (empty.coverage, empty.k, len(empty.patterns())) == (0.0, 2, 0)
    assert empty.summary()["coverage"].to_list() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("votes", "settings", "says"),
    [
        (
            [[0, 2]],
            {"space": ["a", "b"], "lf_names": ["f", "g"]},
            "LF 'g' has vote 2 at row 0; expected classes 0..1",
        ),
        ([[0], [-2]], {}, "vote -2 at row 1"),
        ([[0.5, 1.0]], {}, r"floats \(float64\).*astype\(int\)"),
        ([[0.0, float("inf")]], {}, "inf"),
        ([["a", "b"]], {}, r"class names, such as 'a' and 'b'; .* LabelMatrix\(votes, space="),
        ([[True, False]], {}, "type bool"),
        ([0, 1], {}, r"shape \(2,\); expected \(rows, LFs\)"),
        (np.zeros((3, 0), dtype=int), {}, "no LFs"),
        ([[0, 1]], {"lf_names": ["a", "a"]}, "twice: a"),
        ([[0, 1]], {"lf_names": ["a"]}, "1 LF names for 2 columns"),
        ([[0, 1]], {"lf_names": ["a", ""]}, "non-empty"),
        ([[0, 1]], {"fingerprints": ["x"]}, "1 fingerprints for 2"),
        ([[40000]], {}, "at most 32767"),
    ],
)
def test_bad_input_is_refused_with_the_reason(votes, settings, says):
    with pytest.raises(lw.LabelMatrixError, match=says):
        lw.LabelMatrix(votes, **settings)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (slice(1, 3), VOTES[1:3]),
        (0, VOTES[:1]),
        (-1, VOTES[-1:]),
        ([2, 0], VOTES[[2, 0]]),
        (VOTES[:, 0] == 1, VOTES[VOTES[:, 0] == 1]),
        ([], VOTES[:0]),
        ((slice(None), "b"), VOTES[:, [1]]),
        ((slice(None), ["c", "a"]), VOTES[:, [2, 0]]),
        ((slice(None), slice(1, None)), VOTES[:, 1:]),
        ((slice(None), np.array([True, False, True])), VOTES[:, [0, 2]]),
        (([0, 3], [0, 2]), VOTES[np.ix_([0, 3], [0, 2])]),
    ],
)
def test_parts(matrix, key, expected):
    part = matrix[key]
    assert np.array_equal(part.votes, expected)
    assert part.space == matrix.space


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (9, "position 9 is outside the 4"),
        (np.array([True, False]), "mask has 2 entries for 4"),
        ((slice(None), "bb"), "no LF 'bb'; did you mean 'b'"),
        ("a", "cannot take 'a'"),
        ([0.5], "cannot take"),
    ],
)
def test_parts_that_are_not_there(matrix, key, says):
    with pytest.raises(lw.LabelMatrixError, match=says):
        matrix[key]


def test_one_more_lf_another_version_of_one_and_one_less(matrix):
    more = matrix.with_lf("d", [0, 0, 0, -1], fingerprint="v1")
    assert more.lf_names == ("a", "b", "c", "d")
    assert more.fingerprints == (None, None, None, "v1")
    other = more.with_lf("b", [0, 0, 0, 0], fingerprint="v2")
    assert other.votes[:, 1].tolist() == [0, 0, 0, 0]
    assert other.fingerprints == (None, "v2", None, "v1")
    assert more.drop_lf("a", "d").lf_names == ("b", "c")
    assert matrix.lf_names == ("a", "b", "c")
    with pytest.raises(lw.LabelMatrixError, match="LF 'd' has 2 votes; expected 4"):
        matrix.with_lf("d", [0, 0])
    with pytest.raises(lw.LabelMatrixError, match="no LF 'e'"):
        matrix.drop_lf("e")


def test_to_and_from_numpy_and_polars(matrix):
    assert np.array_equal(np.asarray(matrix), VOTES)
    assert lw.LabelMatrix(matrix, space=matrix.space, lf_names=matrix.lf_names) == matrix
    copy = matrix.to_numpy()
    copy[:] = 0
    assert np.array_equal(matrix.votes, VOTES)
    frame = matrix.to_polars()
    assert frame.schema == dict.fromkeys("abc", pl.Int8)
    assert lw.LabelMatrix.from_polars(frame, space=matrix.space) == matrix


def test_null_in_a_frame_abstains_and_what_is_no_class_is_refused():
    assert lw.LabelMatrix.from_polars(pl.DataFrame({"a": [1, None]})).votes.tolist() == [[1], [-1]]
    with pytest.raises(lw.LabelMatrixError, match=r"no class: 0.5 .LF 'a', row 0."):
        lw.LabelMatrix.from_polars(pl.DataFrame({"a": [0.5]}))
    with pytest.raises(lw.SchemaError, match="column 'a' has type Date"):
        lw.LabelMatrix.from_polars(pl.DataFrame({"a": [None]}, schema={"a": pl.Date}))
    with pytest.raises(lw.LabelMatrixError, match="no columns"):
        lw.LabelMatrix.from_polars(pl.DataFrame())


def test_parquet_keeps_classes_names_and_fingerprints(matrix, tmp_path):
    matrix = matrix.with_lf("a", [1, 1, 1, 1], fingerprint="abc")
    matrix.to_parquet(tmp_path / "votes.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "votes.parquet") == matrix
    assert [path.name for path in tmp_path.iterdir()] == ["votes.parquet"]


def test_parquet_of_another_tool_is_read_by_its_integer_columns(tmp_path):
    pl.DataFrame({"f": [0, 1]}).write_parquet(tmp_path / "plain.parquet")
    assert lw.LabelMatrix.from_parquet(tmp_path / "plain.parquet").lf_names == ("f",)


def test_parquet_that_cannot_be_read_or_written_says_so(matrix, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    for name in ("broken.parquet", "missing.parquet"):
        with pytest.raises(lw.StoreError, match=name):
            lw.LabelMatrix.from_parquet(tmp_path / name)
    with pytest.raises(lw.StoreError, match="cannot write"):
        matrix.to_parquet(tmp_path / "no folder" / "votes.parquet")
    newer = matrix.to_polars()
    newer.write_parquet(tmp_path / "newer.parquet", metadata={"labelwright": '{"version": 99}'})
    with pytest.raises(lw.StoreError, match="upgrade labelwright"):
        lw.LabelMatrix.from_parquet(tmp_path / "newer.parquet")


def test_text_and_html_for_people(matrix):
    assert repr(matrix) == "LabelMatrix: 4 rows x 3 LFs, classes 0..1 (HAM, SPAM), 75.0% of rows covered"
    html = lw.LabelMatrix([[0]], lf_names=["<script>"])._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
