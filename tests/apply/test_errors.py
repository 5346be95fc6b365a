"""Every foreseeable mistake is one line that says what, where, and what to do."""

import re

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
OTHER = lw.LabelSpace(["NO", "YES"])
FRAME = pl.DataFrame({"text": ["a", "b", "c"], "likes": [1, 2, 3]})


def returning(value, **settings):
    lf = lw.labeling_function(SPACE, name="bad", columns=["likes"], **settings)
    return lf(lambda x: value if x.likes == 2 else 0)


def batch(result):
    return lw.labeling_function(SPACE, name="bad", batch=True)(lambda frame: result)


def plain(x):
    return 1


def ok(name="ok", space=SPACE):
    return lw.regex(name, "a", on="text", vote=1, space=space)


def votes(expression):
    return lw.expression("bad", expression, vote=None, space=SPACE)


BAD_VOTES = {
    "a float": (returning(1.0), "LF 'bad' returned 1.0 (float) at row 1; expected classes 0..1 (HAM, SPAM)"),
    "a bool": (returning(True), "LF 'bad' returned True (bool) at row 1; expected classes 0..1 (HAM, SPAM)"),
    "NaN": (returning(float("nan")), "LF 'bad' returned nan (float) at row 1"),
    "a class above": (returning(7), "LF 'bad' returned 7 at row 1; expected classes 0..1 (HAM, SPAM)"),
    "a class below": (returning(-2), "LF 'bad' returned -2 at row 1"),
    "a huge int": (returning(2**80), "LF 'bad' returned 1208925819614629174706176 at row 1"),
    "an unknown name": (
        returning("SPAN"),
        "LF 'bad' returned 'SPAN' at row 1: unknown class 'SPAN'; did you mean",
    ),
    "a list": (returning([1]), "LF 'bad' returned [1] (list) at row 1"),
    "a long text": (returning(b"x" * 500), "LF 'bad' returned b'xxxx"),
    "a batch float": (batch([0, 0, 0.5]), "LF 'bad' returned 0.5 (float) at row 2"),
    "a batch of floats": (batch(pl.Series([0.0, 1.0, 1.0])), "LF 'bad' returned 0.0 (float) at row 0"),
    "a batch of bools": (batch(pl.Series([True, False, True])), "LF 'bad' returned True (bool) at row 0"),
    "a batch class": (batch([0, 0, 2]), "LF 'bad' returned 2 at row 2; expected classes 0..1 (HAM, SPAM)"),
    "a batch name": (batch(["HAM", "HAN", None]), "LF 'bad' returned 'HAN' at row 1"),
    "too few": (batch([0, 0]), "batch LF 'bad' returned 2 votes for 3 rows (rows 0..2)"),
    "no sequence": (batch(1), "batch LF 'bad' returned a int; return a sequence of votes"),
    "nothing": (batch(None), "batch LF 'bad' returned a NoneType"),
    "a name for all": (batch("HAM"), "batch LF 'bad' returned a str"),
    "a frame": (batch(FRAME), "batch LF 'bad' returned a DataFrame"),
    "an array of 2 dimensions": (
        batch(pl.DataFrame({"a": [1] * 3, "b": [0] * 3}).to_numpy()),
        "batch LF 'bad' returned an array of shape (3, 2)",
    ),
    "an expression class": (
        votes(pl.col("likes")),
        "LF 'bad' votes wrongly at row 1: class 2 is out of range",
    ),
    "an expression name": (
        votes(pl.col("text").replace({"a": "HAM"})),
        "LF 'bad' votes wrongly at row 1: unknown class 'b'",
    ),
}


@pytest.mark.parametrize("case", BAD_VOTES)
@pytest.mark.parametrize("on_fault", ["raise", "abstain"])
def test_a_wrong_vote_is_an_error_whatever_on_fault_says(case, on_fault):
    lf, message = BAD_VOTES[case]
    with pytest.raises(lw.LabelingFunctionError, match=re.escape(message)) as info:
        lw.apply([ok(), lf], FRAME, progress=False, on_fault=on_fault)
    assert not isinstance(info.value, lw.LabelingFunctionFaultError)
    assert "\n" not in str(info.value)


MISTAKES = {
    "no LFs": (lambda: lw.apply([], FRAME), "no labeling functions were given"),
    "one LF": (lambda: lw.apply(ok(), FRAME), "lfs is the single LF 'ok'; pass a list"),
    "None": (lambda: lw.apply(None, FRAME), "lfs is a NoneType; pass a list"),
    "a bare function": (
        lambda: lw.apply([plain], FRAME),
        "item 0 of lfs is the plain function 'plain'; make it an LF by putting @lw.labeling_function(space)",
    ),
    "a nested list": (
        lambda: lw.apply([ok(), [ok("b")]], FRAME),
        "item 1 of lfs is a list; unpack it with *",
    ),
    "a number": (lambda: lw.apply([3], FRAME), "item 0 of lfs is a int; expected a labeling function"),
    "names twice": (lambda: lw.apply([ok(), ok()], FRAME), "LF names occur twice: ok"),
    "two spaces": (
        lambda: lw.apply([ok("a"), ok("b", OTHER)], FRAME),
        "LF 'b' votes for classes 0..1 (NO, YES), but LF 'a' has classes 0..1 (HAM, SPAM)",
    ),
    "another space": (
        lambda: lw.apply([ok()], FRAME, space=OTHER),
        "LF 'ok' votes for classes 0..1 (HAM, SPAM), but apply(space=) has classes 0..1 (NO, YES)",
    ),
    "one class": (lambda: lw.apply([ok(space=None)], FRAME, space=["HAM"]), "label space has 1 class"),
    "a name without a space": (
        lambda: lw.apply([lw.labeling_function(lambda x: "SPAM")], FRAME),
        "at row 0: class name 'SPAM' needs a label space; pass space=",
    ),
    "a declared name without a space": (
        lambda: lw.apply([lw.regex("url", "a", on="text", vote="SPAM")], FRAME),
        "LF 'url': vote: class name 'SPAM' needs a label space",
    ),
    "a missing column": (
        lambda: lw.apply([lw.regex("url", "a", on="txt", vote=1)], FRAME),
        "LF 'url' reads column 'txt', which the data lack; did you mean 'text'?",
    ),
    "a missing declared column": (
        lambda: lw.apply([lw.labeling_function(columns=["txt"], name="lf")(lambda x: 1)], FRAME),
        "LF 'lf' reads column 'txt', which the data lack; did you mean 'text'?",
    ),
    "a missing attribute": (
        lambda: lw.apply([lw.labeling_function(name="lf")(lambda x: len(getattr(x, "te" + "x")))], FRAME),
        "LF 'lf' reads column 'tex' at row 0, which the data lack; did you mean 'text'?",
    ),
    "a missing item": (
        lambda: lw.apply([lw.labeling_function(name="lf")(lambda x: len(x["te" + "x"]))], FRAME),
        "LF 'lf' reads column 'tex' at row 0, which the data lack; did you mean 'text'?",
    ),
    "an undeclared column": (
        lambda: lw.apply([lw.labeling_function(columns=["likes"], name="lf")(lambda x: x.text)], FRAME),
        "LF 'lf' reads column 'text' at row 0, but it declares other columns; add 'text' to its columns=",
    ),
    "a column of another type": (
        lambda: lw.apply([lw.regex("url", "a", on="likes", vote=1)], FRAME),
        "LF 'url'",
    ),
    "0 rows": (lambda: lw.apply([ok()], FRAME[:0]), "0 rows"),
    "0 rows of a file": (lambda: lw.apply([ok()], FRAME[:0].lazy()), "0 rows"),
    "no such policy": (
        lambda: lw.apply([ok()], FRAME, on_fault="ignore"),
        "on_fault='ignore'; expected 'raise'",
    ),
    "data of another type": (lambda: lw.apply([ok()], 3), "data is a int; expected a polars"),
    "no such file": (lambda: lw.apply([ok()], "nowhere.parquet"), "no file 'nowhere.parquet'"),
    "several votes a row": (
        lambda: lw.apply([lw.expression("two", pl.col("likes").head(2) > 0, vote=1)], FRAME),
        "LF 'two' gave 2 votes for 3 rows",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(case):
    call, message = MISTAKES[case]
    with pytest.raises(lw.LabelwrightError, match=re.escape(message)) as info:
        call()
    assert "\n" not in str(info.value)
    assert isinstance(info.value, ValueError)
