"""A column has one type in all splits, or the run names the files; `place` is in this room's conftest."""

import polars as pl
import pytest

import labelwright as lw
from labelwright.pipeline.column_types import SplitFiles


def split_files(folder, **content):
    for name, text in content.items():
        if isinstance(text, pl.DataFrame):
            text.write_parquet(folder / f"{name}.parquet")
        else:
            (folder / f"{name}.{'jsonl' if text.startswith('{') else 'csv'}").write_text(text)
    files = {name: next(folder.glob(f"{name}.*")) for name in content}
    return SplitFiles(files, ["gold"], None)


ONE_TYPE = {
    "numbers and texts": (("x\n1\n2.0\n", "x\n1\nA7\n"), ["1", "2.0"], ["1", "A7"]),
    "leading zeros in one": (("x\n1\n2\n", "x\n01\n2\n"), ["1", "2"], ["01", "2"]),
    "beyond 64 bits in one": (("x\n1\n", "x\n9223372036854775808\n"), ["1"], ["9223372036854775808"]),
    "truth and texts": (("x\ntrue\n", "x\nunsure\n"), ["true"], ["unsure"]),
    "whole numbers and fractions": (("x\n1\n", "x\n1.5\n"), [1.0], [1.5]),
    "nothing in one": (("x,y\n,a\n,b\n", "x,y\n1,a\n"), [None, None], [1]),
    "guessed and known": (("x\n1\n", '{"x": "01"}\n'), ["1"], ["01"]),
    "guessed and Parquet": ((pl.DataFrame({"x": ["01"]}), "x\n1\n"), ["01"], ["1"]),
    "gold labels": (("x,gold\n1,0\n", "x,gold\n2,SPAM\n"), [1], [2]),
}


@pytest.mark.filterwarnings("ignore:column 'x' is text")
@pytest.mark.parametrize("case", ONE_TYPE)
def test_a_column_has_one_type_in_all_splits(case, tmp_path):
    (train, test), of_train, of_test = ONE_TYPE[case]
    files = split_files(tmp_path, train=train, test=test)
    assert files.read("train")["x"].to_list() == of_train
    assert files.read("test")["x"].to_list() == of_test


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("x\ntrue\n", "x\n0\n", r"true and false in .*train.csv' and whole numbers in .*test.csv'"),
        ('{"x": 1}\n', '{"x": "1"}\n', r"whole numbers in .*train.jsonl' and text in .*test.jsonl'"),
        (pl.DataFrame({"x": [1]}), "x\nA7\n", r"whole numbers in .*train.parquet' and text in .*test.csv'"),
        ('{"x": [1]}\n', '{"x": "1"}\n', r"List\(Int64\) in .*train.jsonl' and text in .*test.jsonl'"),
    ],
)
def test_other_differences_name_both_files(train, test, message, tmp_path):
    files = split_files(tmp_path, train=train, test=test)
    with pytest.raises(lw.SchemaError, match=rf"column 'x' is {message}; write it with one type"):
        files.read("train")


def test_a_column_that_becomes_text_is_told(tmp_path):
    files = split_files(tmp_path, train="x\n1\n", test="x\nA7\n")
    with pytest.warns(UserWarning, match=r"column 'x' is text in 'test.csv' and whole numbers elsewhere"):
        files.read("train")


@pytest.mark.filterwarnings("ignore:column 'x' is text")
def test_an_lf_votes_on_ids_that_look_like_numbers_in_one_split_only(place):
    (place.folder / "train.csv").write_text("text,x\nfree,7\nlove,8\n")
    (place.folder / "test.csv").write_text("text,x,label\nfree,A7,SPAM\nlove,07,HAM\n")
    place.change_toml("train.parquet", "train.csv")
    place.change_toml("test.parquet", "test.csv")
    (place.folder / "lfs.py").write_text(
        'import labelwright as lw\nspace = lw.LabelSpace(["HAM", "SPAM"])\n'
        'lfs = [lw.regex("seven", "7$", on="x", vote=space.SPAM), '
        'lw.keywords("love", ["love"], on="text", vote=space.HAM)]\n'
    )
    found = place.open().apply().matrices
    assert found["train"].votes.tolist() == [[1, -1], [-1, 0]]
    assert found["test"].votes.tolist() == [[1, -1], [1, 0]]
    (place.folder / "test.csv").write_text("text,x,label\nfree,7,SPAM\nlove,8,HAM\n")
    with pytest.raises(lw.LabelwrightError, match="'x'"):
        place.open().apply()


def test_the_text_column_is_text_whatever_it_holds(place):
    for name, gold in (("train", ""), ("test", ",label")):
        rows = "".join(f"{row}{',SPAM' if gold else ''}\n" for row in ("12", "1.50", "7"))
        (place.folder / f"{name}.csv").write_text(f"text{gold}\n{rows}")
    place.change_toml("train.parquet", "train.csv")
    place.change_toml("test.parquet", "test.csv")
    (place.folder / "lfs.py").write_text(
        'import labelwright as lw\nspace = lw.LabelSpace(["HAM", "SPAM"])\n'
        'lfs = [lw.regex("zero", "0$", on="text", vote=space.SPAM)]\n'
    )
    assert place.open().apply().matrices["train"].votes.tolist() == [[-1], [1], [-1]]
