"""Every kind of table comes in as the same polars frame, and what is no table gets a plain error."""

import dataclasses
import datetime as dt
import gzip
import json
import re
import subprocess
import sys
from collections import namedtuple

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import labelwright as lw
from labelwright.io import read_table, scan_table

ROWS = [
    {"text": "free prizes", "likes": 3, "score": 0.5, "good": True},
    {"text": 'say "hi", ü', "likes": None, "score": None, "good": None},
    {"text": None, "likes": -1, "score": 2.0, "good": False},
]
FRAME = pl.DataFrame(ROWS)


@dataclasses.dataclass
class Comment:
    text: str | None
    likes: int | None
    score: float | None
    good: bool | None


Named = namedtuple("Named", ["text", "likes", "score", "good"])


def pandas_frame(**types):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({name: [row[name] for row in ROWS] for name in FRAME.columns}, index=[7, 5, 5])
    return frame.astype({"likes": "Int64", "good": "boolean", **types})


def pyarrow_table():
    return pytest.importorskip("pyarrow").Table.from_pylist(ROWS)


def gzipped(path, text):
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


def json_lines():
    return (
        "\n".join(json.dumps({name: v for name, v in row.items() if v is not None}) for row in ROWS) + "\n\n"
    )


def written(path, write):
    write(FRAME, path)
    return path


TABLES = {
    "polars": lambda folder: FRAME,
    "polars lazy": lambda folder: FRAME.lazy(),
    "pandas": lambda folder: pandas_frame(),
    "pandas objects": lambda folder: pandas_frame(text=object),
    "pandas strings": lambda folder: pandas_frame(text="string"),
    "pyarrow": lambda folder: pyarrow_table(),
    "list of dicts": lambda folder: ROWS,
    "dicts with missing keys": lambda folder: [
        {name: value for name, value in row.items() if value is not None} for row in ROWS
    ],
    "generator of dicts": lambda folder: (row for row in ROWS),
    "dataclasses": lambda folder: [Comment(**row) for row in ROWS],
    "named tuples": lambda folder: tuple(Named(**row) for row in ROWS),
    "columns": lambda folder: {name: [row[name] for row in ROWS] for name in FRAME.columns},
    "columns of arrays": lambda folder: {name: FRAME[name] for name in FRAME.columns},
    "parquet": lambda folder: written(folder / "t.parquet", pl.DataFrame.write_parquet),
    "path as str": lambda folder: str(written(folder / "t.parquet", pl.DataFrame.write_parquet)),
    "capital suffix": lambda folder: written(folder / "t.PARQUET", pl.DataFrame.write_parquet),
    "odd file name": lambda folder: written(folder / "a*[1].2.parquet", pl.DataFrame.write_parquet),
    "csv": lambda folder: written(folder / "t.csv", pl.DataFrame.write_csv),
    "odd csv name": lambda folder: written(folder / "t[1]*.csv", pl.DataFrame.write_csv),
    "csv.gz": lambda folder: gzipped(folder / "t.csv.gz", FRAME.write_csv()),
    "tsv": lambda folder: written(
        folder / "t.tsv", lambda frame, path: frame.write_csv(path, separator="\t")
    ),
    "jsonl": lambda folder: written(folder / "t.jsonl", lambda frame, path: path.write_text(json_lines())),
    "ndjson": lambda folder: written(folder / "t.ndjson", pl.DataFrame.write_ndjson),
    "odd ndjson name": lambda folder: written(folder / "[t].ndjson", pl.DataFrame.write_ndjson),
    "jsonl.gz": lambda folder: gzipped(folder / "t.jsonl.gz", json_lines()),
    "json": lambda folder: written(folder / "t.json", lambda frame, path: path.write_text(json.dumps(ROWS))),
    "json.gz": lambda folder: gzipped(folder / "t.json.gz", json.dumps(ROWS)),
    "json of columns": lambda folder: written(
        folder / "t.json", lambda frame, path: path.write_text(json.dumps(frame.to_dict(as_series=False)))
    ),
}


@pytest.fixture(params=TABLES)
def table(request, tmp_path):
    return TABLES[request.param](tmp_path)


def test_every_kind_of_table_gives_the_same_frame(table):
    assert_frame_equal(read_table(table), FRAME)


def test_every_kind_of_table_opens_lazily(table):
    lazy = scan_table(table)
    assert isinstance(lazy, pl.LazyFrame)
    assert_frame_equal(lazy.select("likes", "text").collect(), FRAME.select("likes", "text"))


def test_a_polars_frame_is_not_copied():
    big = pl.DataFrame({"i": np.arange(10)})
    assert read_table(big)["i"].to_numpy().ctypes.data == big["i"].to_numpy().ctypes.data


def test_pandas_categories_dates_and_nulls_of_every_kind():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "category": pandas.Categorical(["x", None, "y"]),
            "when": pandas.to_datetime(["2024-01-01", None, "2024-01-03"]),
            "float": [1.0, float("nan"), 3.0],
            "object": pandas.Series(["a", float("nan"), None], dtype=object).array,
            "nullable": pandas.array([1, None, 3], dtype="Int64"),
        },
        index=["q", "r", "s"],
    )
    table = read_table(frame)
    assert table.columns == ["category", "when", "float", "object", "nullable"]
    assert table["category"].cast(pl.String).to_list() == ["x", None, "y"]
    assert table["when"].to_list() == [dt.datetime(2024, 1, 1), None, dt.datetime(2024, 1, 3)]
    assert table["float"].to_list() == [1.0, None, 3.0]
    assert table["object"].to_list() == ["a", None, None]
    assert table["nullable"].to_list() == [1, None, 3]


def test_pandas_without_pyarrow():
    pytest.importorskip("pandas")
    program = """
import sys
sys.modules["pyarrow"] = None
import pandas
from labelwright.io import read_table
frame = pandas.DataFrame({"text": pandas.Series(["a", None, float("nan")], dtype=object), "n": [1, 2, 3]})
frame["category"] = pandas.Categorical(["x", None, "y"])
frame["count"] = pandas.array([1, None, 3], dtype="Int64")
table = read_table(frame)
assert table.to_dict(as_series=False) == {
    "text": ["a", None, None], "n": [1, 2, 3], "category": ["x", None, "y"], "count": [1, None, 3]
}, table
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("native", [FRAME, FRAME.lazy()])
def test_narwhals_frames(native):
    """A lazy one stands for the lazy frames of other libraries."""
    assert_frame_equal(read_table(nw.from_native(native)), FRAME)


def test_whole_and_broken_numbers_make_one_column():
    assert read_table([{"x": 1}, {"x": 2.5}, {}])["x"].to_list() == [1.0, 2.5, None]


def test_nested_values_and_python_objects_are_kept():
    rows = [{"tags": ["a", "b"], "at": dt.date(2024, 1, 1)}, {"tags": [], "at": None}]
    assert read_table(rows).to_dicts() == rows


def test_values_as_data_frames_give_them_row_by_row():
    """``frame.to_dict("records")`` of pandas holds NaN for texts that are missing, and numbers of numpy."""
    rows = [
        {
            "text": "free",
            "n": np.int64(1),
            "x": np.float32(0.5),
            "ok": np.bool_(True),
            "v": np.array([1.0, 2.0]),
        },
        {"text": float("nan"), "n": 2, "x": float("nan"), "ok": False, "v": np.array([3.0, 4.0])},
    ]
    found = read_table(rows)
    assert found["text"].to_list() == ["free", None]
    assert found.select("n", "x", "ok").dtypes == [pl.Int64, pl.Float64, pl.Boolean]
    assert np.isnan(found["x"][1])
    assert found["v"].to_list() == [[1.0, 2.0], [3.0, 4.0]]


def test_csv_types_come_from_all_rows_where_the_first_do_not_suffice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id\n" + "1\n" * 10_001 + "x1\n")
    assert read_table(path)["id"].to_list()[-2:] == ["1", "x1"]


def test_a_json_key_may_appear_late(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n' * 20_000 + '{"a": 1, "b": "late"}\n')
    assert read_table(path)["b"].to_list()[-2:] == [None, "late"]


READ = {
    "blank lines": (b"\n\na,b\n1,2\n\n  \n3,4\n\n\n", [(1, 2), (3, 4)]),
    "blank lines of Windows": (b"a,b\r\n1,2\r\n\r\n3,4\r\n\r\n", [(1, 2), (3, 4)]),
    "an empty text in the one column": (b'a\n\n""\n  \nx\n', [("",), ("  ",), ("x",)]),
    "rows of empty fields": (b"a,b\n,\n1,2\n", [(None, None), (1, 2)]),
    "old Macs": (b'a,b\r1,"x\ny"\r2,"q\rz"\r', [(1, "x\ny"), (2, "q\rz")]),
    "line ends written twice": (b"a,b\r\r\n1,2\r\r\n3,4\r\r\n", [(1, 2), (3, 4)]),
    "a carriage return in a field": (b"a,b\n1,foo\rbar\n2,z\r\n", [(1, "foo\rbar"), (2, "z")]),
    "quoted line breaks": (b'a,b\r\n1,"x\r\ny"\r\n', [(1, "x\r\ny")]),
    "bare quotation marks": (
        b'a,b\nsay "hi" there,5" pipe\n2",3\n',
        [('say "hi" there', '5" pipe'), ('2"', "3")],
    ),
    "marks in quotes": (b'a,b\n"1""2",""""\n"""",""\n', [('1"2', '"'), ('"', "")]),
    "empty and null": (b'a,b\n"",1\n,2\n', [("", 1), (None, 2)]),
    "Excel's first line": (b'sep=;\r\na;b\r\n"1;5";2\r\n', [("1;5", 2)]),
    "semicolons": (b'a;"b,c"\n1,5;2\n', [("1,5", 2)]),
    "tabs": (b"a\tb\n1,5\t2\n", [("1,5", 2)]),
    "a header with a semicolon": (
        b"text;x\nhello\nworld, no\n".replace(b", no", b""),
        [("hello",), ("world",)],
    ),
    "utf-16": ("a,b\ncaf\xe9,2\n".encode("utf-16"), [("caf\xe9", 2)]),
    "utf-16 without its mark": ("a,b\ncaf\xe9,2\n".encode("utf-16-le"), [("caf\xe9", 2)]),
    "two byte order marks": ("\ufeff\ufeffa,b\n\ufeffx,2\n".encode(), [("\ufeffx", 2)]),
    "a zero byte": (b"a,b\nx\x00y,2\n", [("x\x00y", 2)]),
    "gzip without its suffix": (gzip.compress(b"a,b\n1,2\n"), [(1, 2)]),
    "ids": (b"a,b\n007,12\n8,+491\n", [("007", "12"), ("8", "+491")]),
    "hashes": (b"a,b\n12e4,1\n1e5,2\n", [("12e4", 1), ("1e5", 2)]),
    "long whole numbers": (
        b"a,b\n9223372036854775807,1\n-9223372036854775808,9223372036854775808\n",
        [(2**63 - 1, "1"), (-(2**63), "9223372036854775808")],
    ),
    "fractions": (b"a,b\n1.5,1e-7\n-2,.5\n", [(1.5, 1e-7), (-2.0, 0.5)]),
    "not finite": (b"a,b\n1,inf\ninf,-inf\n", [(1.0, float("inf")), (float("inf"), -float("inf"))]),
    "truth": (b"a,b\ntrue,True\nfalse,\n", [(True, True), (False, None)]),
    "NA and null": (b"a,b\n1,NA\nNone,null\n", [("1", "NA"), ("None", "null")]),
    "dates": (b"a,b\n2024-01-02,2024-01-02T10:00\n", [("2024-01-02", "2024-01-02T10:00")]),
    "quoted numbers": (b'a,b\n"7",1\n"8",2\n', [("7", 1), ("8", 2)]),
    "everything quoted": (b'"a","b"\n"7","x"\n"8",""\n', [(7, "x"), (8, "")]),
    "texts and header quoted": (b'"a","b"\n7,"12"\n8,"13"\n', [(7, "12"), (8, "13")]),
    "an index of pandas": (b",a\n0,x\n", [(0, "x")]),
    "empty columns behind": (b"a,b,,\n1,2,,\n", [(1, 2)]),
    "blanks around numbers": (b"a, b\n 1, 2\n", [(1, 2)]),
}


@pytest.mark.parametrize("case", READ)
def test_csv_as_people_write_it(case, tmp_path):
    content, rows = READ[case]
    (tmp_path / "t.csv").write_bytes(content)
    found = read_table(tmp_path / "t.csv").rows()
    assert found == rows
    assert [[type(value) for value in row] for row in found] == [[type(v) for v in row] for row in rows]


def test_rows_that_lack_fields_are_told_and_null(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\nhello\n3\n")
    with pytest.warns(
        UserWarning, match=r"2 rows with fewer fields than the header, first line 3 with 1 of 2"
    ):
        assert read_table(tmp_path / "t.csv").rows() == [("1", 2), ("hello", None), ("3", None)]


def test_columns_stay_text_where_that_is_wanted(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1.50,2\n7,3\n")
    assert read_table(tmp_path / "t.csv", as_text=["a"]).rows() == [("1.50", 2), ("7", 3)]


JSON_LINES = {
    "line ends of old Macs": (b'{"a": 1}\r{"a": 2}\r', [1, 2]),
    "byte order mark": (b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}\r\n', [1, 2]),
    "not finite": (b'{"a": Infinity}\n{"a": -0.0}\n{"a": 2}\n', [float("inf"), -0.0, 2.0]),
    "line separators in texts": ('{"a": "x\u2028y\u0085z"}\n'.encode(), ["x\u2028y\u0085z"]),
    "a surrogate pair": (b'{"a": "\\ud83d\\ude00"}\n', ["\U0001f600"]),
    "one list": (b'[\n{"a": 1},\n{"a": 2}\n]\n', [1, 2]),
    "keys that differ inside lists": (
        b'{"a": [{"b": 1}]}\n{"a": [{"c": "x"}]}\n',
        [[{"b": 1, "c": None}], [{"b": None, "c": "x"}]],
    ),
    "fractions in later lists": (b'{"a": [1]}\n{"a": [1.5]}\n', [[1.0], [1.5]]),
    "whole numbers of any size": (b'{"a": 18446744073709551616}\n', [2**64]),
    "a number in quotes": (b'{"a": "007"}\n', ["007"]),
}


NESTED = [
    {"text": "a", "meta": {"source": {"lang": "en"}, "tags": ["x"]}, "no": {}},
    {"text": "b", "meta": None},
    {"text": "c", "meta": {"source": None}, "no": {}},
]


@pytest.mark.parametrize("name", ["t.jsonl", "t.json"])
def test_what_is_nested_in_json_has_dotted_names(name, tmp_path):
    lines = [json.dumps(row) for row in NESTED]
    (tmp_path / name).write_text("\n".join(lines) if name == "t.jsonl" else f"[{','.join(lines)}]")
    frame = read_table(tmp_path / name)
    assert frame.columns == ["text", "meta.source.lang", "meta.tags", "no"]
    assert frame["meta.source.lang"].to_list() == ["en", None, None]
    english = lw.regex("english", "en", on="meta.source.lang", vote=0)
    assert lw.apply([english], frame, space=["a", "b"], progress=False).votes.ravel().tolist() == [0, -1, -1]


def test_a_nested_name_that_is_taken_stays_nested(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"a": {"b": 1}, "a.b": 2}\n')
    assert read_table(tmp_path / "t.jsonl").to_dicts() == [{"a": {"b": 1}, "a.b": 2}]


@pytest.mark.parametrize("case", JSON_LINES)
def test_json_lines_as_people_write_them(case, tmp_path):
    content, values = JSON_LINES[case]
    (tmp_path / "t.jsonl").write_bytes(content)
    assert read_table(tmp_path / "t.jsonl")["a"].to_list() == values


def test_json_files_may_hold_lines(tmp_path):
    (tmp_path / "t.json").write_text('{"a": 1}\n{"a": 2}\n')
    assert read_table(tmp_path / "t.json")["a"].to_list() == [1, 2]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbftext,n\na,1\n")
    assert read_table(path).columns == ["text", "n"]


def test_parquet_stays_on_disk(tmp_path):
    FRAME.write_parquet(tmp_path / "t.parquet")
    assert "Parquet SCAN" in scan_table(tmp_path / "t.parquet").explain()


def test_the_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    FRAME.write_parquet(tmp_path / "t.parquet")
    assert read_table("~/t.parquet").height == 3


FILES = {
    "missing": ("t.parquet", None, "no file"),
    "misspelt": ("coments.csv", None, "did you mean 'comments.csv'?"),
    "empty": ("t.csv", b"", "is empty"),
    "empty parquet": ("t.parquet", b"", "is empty"),
    "blank": ("t.jsonl", b"\n\n", "holds no lines; expected one JSON object a line"),
    "header only": ("t.csv", b"a,b\n", "has 0 rows"),
    "empty list": ("t.json", b"[]", "0 rows"),
    "no parquet": ("t.parquet", b"nothing like it, at all", "it is no Parquet file, or it is cut short"),
    "unknown suffix": ("t.pdf", b"x", "ends in '.pdf'; expected one of .parquet, .csv"),
    "no suffix": ("table", b"x", "ends in 'no suffix'; expected one of .parquet, .csv"),
    "only gz": ("t.gz", b"x", "ends in '.gz'; expected one of .parquet, .csv"),
    "gz of something": ("t.txt.gz", b"x", "ends in '.txt.gz'; expected one of"),
    "ragged": ("t.csv", b"a,b\n1,2\n3,4,5\n", "line 3: 3 fields where the header names 2"),
    "ragged behind a quoted line break": ("t.csv", b'a,b\n"1\n",2\n3,4,5\n', "line 4: 3 fields"),
    "ragged behind sep=": ("t.csv", b"sep=;\na;b\n1;2;3\n", "line 3: 3 fields"),
    "bare commas in one column": (
        "t.csv",
        b"text\nhello, world\n",
        "line 2: 2 fields where the header names 1",
    ),
    "open quote": ("t.csv", b'a,b\n"1,2\n3,4\n', "line 2 column 1: a quoted field is not closed"),
    "half a quote": ("t.csv", b'a,b\n1,"free" prizes\n', "line 2 column 3: a quoted field goes on after its"),
    "json in a csv": ("t.csv", b'{"a": 1}\n{"a": 2}\n', "it holds JSON; name it .jsonl"),
    "nothing but zero bytes": ("t.csv", b"\0" * 100, "holds nothing but zero bytes"),
    "a column twice": ("t.csv", b"a,b,a\n1,2,3\n", "several columns named 'a'; rename all but one"),
    "columns without names": ("t.csv", b"a,,\n1,2,3\n", "columns 2, 3 of"),
    "cut utf-16": ("t.csv", b"\xff\xfe\x00", "begins as UTF-16 text and does not go on so"),
    "latin 1": (
        "t.csv",
        b"a,b\n1,2\ncaf\xe9,2\n",
        "line 3 column 4: byte 0xE9 is not UTF-8 text; it may be Windows-1252 ('caf\xe9'): save it as UTF-8, "
        "or convert it with: iconv -f WINDOWS-1252 -t UTF-8 t.csv",
    ),
    "parquet in a csv": ("t.csv", b"PAR1\x15\x04PAR1", "it is a Parquet file; name it .parquet"),
    "a workbook": ("t.csv", b"PK\x03\x04\x00 xl/workbook.xml", "it is an Excel workbook"),
    "an old workbook": ("t.tsv", b"\xd0\xcf\x11\xe0", "an old Excel file (.xls); save it as CSV UTF-8"),
    "a zip file": ("t.jsonl", b"PK\x03\x04", "it is a zip file; unpack it"),
    "a web page": ("t.csv", b"\n<!DOCTYPE html><html>", "it is a web page"),
    "a pdf in parquet": ("t.parquet", b"%PDF-1.7 and so on", "it is a PDF document"),
    "a key twice": (
        "t.jsonl",
        b'{"a": 1}\n{"b": {"a": 1, "a": 2}}\n',
        "line 2 has the key 'a' twice in one object",
    ),
    "half a surrogate pair": (
        "t.jsonl",
        b'{"a": "x\\ud83d!"}\n',
        "line 1 column 9: \\ud83d is half a surrogate",
    ),
    "true beside 0": (
        "t.jsonl",
        b'{"a": true}\n\n{"a": 0}\n',
        "column 'a' holds values of types bool, int; give all its values one type (line 1: True; line 3: 0)",
    ),
    "true beside 0 in lists": ("t.jsonl", b'{"a": [true]}\n{"a": [0]}\n', "a list in column 'a' holds"),
    "text beside a number inside": (
        "t.jsonl",
        b'{"a": [{"b": 1}]}\n{"a": [{"b": "x"}]}\n',
        "'b' in a list in column 'a' holds",
    ),
    "an id beside a fraction": (
        "t.jsonl",
        b'{"a": 9007199254740993}\n{"a": 0.5}\n',
        "in line 1 beside fractions",
    ),
    "thousands of digits": (
        "t.jsonl",
        b'{"a": ' + b"1" * 5000 + b"}\n",
        "line 1 holds a number of thousands of",
    ),
    "a deep nest": (
        "t.jsonl",
        b'{"a": ' + b"[" * 100_000 + b"}\n",
        "line 1 is nested too deeply",
    ),
    "a comma too many": (
        "t.jsonl",
        b'{"a": 1,}\n',
        "line 1 is no valid JSON: column 9: expected a key in double",
    ),
    "lines of a list": (
        "t.jsonl",
        b'{"a": 1},\n{"a": 2}\n',
        "line 1 is no valid JSON: column 9: more follows",
    ),
    "an open text": (
        "t.jsonl",
        b'{"a": 1}\n{"a": "x\n',
        "line 2 is no valid JSON: column 7: a text begins here and",
    ),
    "an open list": (
        "t.json",
        b'[{"a": 1},\n{"a": 2}}',
        "line 2 column 9: expected a comma or a closing bracket",
    ),
    "invalid json line": ("t.jsonl", b'{"a": 1}\n{"a": oops}\n', "line 2 is no valid JSON"),
    "json line of a list": ("t.jsonl", b'{"a": 1}\n\n[1]\n', "line 3 holds a JSON list"),
    "latin 1 json": ("t.jsonl", b'{"a": "caf\xe9"}\n', "line 1"),
    "invalid json": ("t.json", b'[{"a": 1},', "is no valid JSON"),
    "json number": ("t.json", b"3", "holds a JSON number; expected a list of objects"),
    "json of texts": ("t.json", b'["a"]', "item 0 is a JSON text; expected an object a row"),
    "latin 1 in json": ("t.json", b'[{"a": "caf\xe9"}]', "line 1 column 12: byte 0xE9 is not"),
    "no gzip json": ("t.jsonl.gz", b"plain text", "cannot read"),
    "cut gzip": ("t.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1000)[:40], "cannot read"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_table_is_one_plain_line(case, tmp_path):
    name, content, message = FILES[case]
    (tmp_path / "comments.csv").write_text("a\n1\n")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises((lw.DataError, lw.SchemaError), match=re.escape(message)) as info:
        read_table(tmp_path / name)
    assert "\n" not in str(info.value)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("https://host/t.csv", "is an address; download the file"),
        ("", "is a folder"),
        ("x" * 300 + ".csv", "file name too long"),
        ("a\0b.csv", "no file 'a\\x00b.csv'"),
        ("no/such/folder/t.csv", "no file"),
    ],
)
def test_a_path_to_nothing_is_one_plain_line(path, message):
    with pytest.raises(lw.DataError, match=re.escape(message)):
        read_table(path)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(lw.DataError, match="is a folder; name one table file in it"):
        read_table(tmp_path)


def test_a_parquet_file_whose_rows_are_spoilt_is_named(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": np.random.default_rng(0).integers(0, 2**60, 100)}).write_parquet(path)
    spoilt = bytearray(path.read_bytes())
    spoilt[4:200] = b"\xff" * 196
    path.write_bytes(spoilt)
    with pytest.raises(lw.DataError, match=re.escape(f"cannot read {str(path)!r}")) as info:
        read_table(path)
    assert "\n" not in str(info.value)


VALUES = {
    "None": (None, "data is a NoneType; expected a polars, pandas or pyarrow table"),
    "a number": (3, "data is a int"),
    "bytes": (b"text", "data is a bytes"),
    "an array": (np.zeros((2, 2)), "data is a numpy ndarray"),
    "a series": (pl.Series([1]), "data is a polars Series"),
    "texts and rows": (["a", {"text": "b"}], "item 0 of the data is a str; expected a dictionary"),
    "a mixed list": ([{"a": 1}, 3], "item 1 of the data is a int"),
    "no rows": ([], "the list has 0 rows"),
    "an empty frame": (FRAME[:0], "the polars DataFrame has 0 rows"),
    "no columns": (pl.DataFrame(), "has no columns"),
    "no keys": ([{}, {}], "has no columns"),
    "an empty dictionary": ({}, "has no columns"),
    "unequal columns": ({"a": [1, 2], "b": [1]}, "columns have different lengths (a: 2, b: 1)"),
    "a text for a column": ({"a": "xyz"}, "column 'a' is a str; expected a list, one value a row"),
    "a number for a column": ({"a": 3}, "column 'a' is a int"),
    "a column that is a number": ({1: [1]}, "column name 1 is a int; name columns with strings"),
    "mixed types": ([{"a": 1}, {"a": "x"}], "column 'a' holds values of types int, str; give all its values"),
    "true beside 0": (
        [{"a": True}, {"a": 0}],
        "column 'a' holds values of types bool, int; give all its values",
    ),
    "half a surrogate pair": (
        [{"a": "x"}, {"a": "\ud800"}],
        "column 'a' holds half a surrogate pair in row 1",
    ),
    "half a pair in a name": ({"\ud800": [1]}, "holds half a surrogate pair, which is no text; rename it"),
    "mixed lists": ({"a": [[1], ["x"]]}, "a list in column 'a' holds values of types int, str"),
    "a broken lazy frame": (pl.LazyFrame({"a": [1]}).select("b"), "cannot read the polars LazyFrame"),
}


@pytest.mark.parametrize("case", VALUES)
def test_a_value_that_is_no_table_is_one_plain_line(case):
    data, message = VALUES[case]
    with pytest.raises((lw.DataError, lw.SchemaError), match=re.escape(message)) as info:
        read_table(data)
    assert "\n" not in str(info.value)


def pandas_mistakes():
    pandas = pytest.importorskip("pandas")
    return {
        "mixed types": (
            pandas.DataFrame({"ok": ["a", "b"], "mix": pandas.Series([1, "x"], dtype=object)}),
            "column 'mix' holds values of types int, str",
        ),
        "numbers for names": (
            pandas.DataFrame([[1, 2]]),
            "column name 0 is a int; name columns with strings",
        ),
        "names twice": (pandas.DataFrame([[1, 2]], columns=["a", "a"]), "a"),
        "a series": (pandas.Series([1]), "data is a pandas Series of Int64 without a name"),
        "no rows": (pandas.DataFrame({"a": []}), "the pandas DataFrame has 0 rows"),
        "no columns": (pandas.DataFrame(index=[1, 2]), "has no columns"),
    }


@pytest.mark.parametrize(
    "case", ["mixed types", "numbers for names", "names twice", "a series", "no rows", "no columns"]
)
def test_a_pandas_mistake_is_one_plain_line(case):
    data, message = pandas_mistakes()[case]
    with pytest.raises((lw.DataError, lw.SchemaError), match=re.escape(message)) as info:
        read_table(data)
    assert "\n" not in str(info.value)


@pytest.mark.parametrize("case", ["header only", "no rows", "parquet"])
def test_no_rows_are_found_before_anything_is_collected(case, tmp_path):
    path = tmp_path / "t.parquet"
    FRAME[:0].write_parquet(path)
    (tmp_path / "t.csv").write_text("a,b\n")
    data = {"header only": tmp_path / "t.csv", "no rows": FRAME[:0], "parquet": path}[case]
    with pytest.raises(lw.DataError, match="has 0 rows; expected at least one data point"):
        scan_table(data)
