"""An LF that raises is an error or a recorded fault, never a silent abstain."""

import warnings

import polars as pl
import pytest

import labelwright as lw
from labelwright._apply import ApplyReport, Fault

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame({"i": range(10), "text": [str(i) for i in range(8)] + ["x", "y"]})


@lw.labeling_function(SPACE)
def fragile(x):
    return int(x.text) % 2


@lw.labeling_function(SPACE)
def sound(x):
    return 1


def test_the_first_fault_is_an_error_with_its_cause():
    with pytest.raises(
        lw.LabelingFunctionFaultError, match="LF 'fragile' raised on row 8: ValueError"
    ) as info:
        lw.apply([sound, fragile], FRAME, progress=False)
    assert isinstance(info.value.__cause__, ValueError)
    assert "\n" not in str(info.value)


def test_faults_abstain_and_are_recorded():
    matrix, report = lw.apply([sound, fragile], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert matrix.votes[:, 0].tolist() == [1] * 10
    assert matrix.votes[:, 1].tolist() == [0, 1] * 4 + [-1, -1]
    assert [(fault.lf, fault.row, fault.rows) for fault in report.faults] == [
        ("fragile", 8, 1),
        ("fragile", 9, 1),
    ]
    assert report.faults[0].error == "ValueError: invalid literal for int() with base 10: 'x'"
    assert report.fault_lines() == [
        "LF 'fragile' raised on 2 rows and abstained there: ValueError: invalid literal for int() with "
        "base 10: 'x' (first at row 8)"
    ]
    assert report.fault_lines()[0] in str(report)


def test_the_traceback_shows_the_lf_and_not_labelwright():
    _, report = lw.apply([fragile], FRAME, progress=False, on_fault="abstain", return_report=True)
    text = report.faults[0].traceback
    assert "int(x.text) % 2" in text
    assert "in fragile" in text
    assert "rowwise" not in text
    assert text is report.faults[1].traceback


def test_a_chained_exception_keeps_its_chain():
    @lw.labeling_function(SPACE)
    def chained(x):
        try:
            return int("no")
        except ValueError as error:
            raise LookupError("no number") from error

    _, report = lw.apply([chained], FRAME[:1], progress=False, on_fault="abstain", return_report=True)
    assert report.faults[0].error == "LookupError: no number"
    assert "invalid literal" in report.faults[0].traceback


def test_every_row_is_tried_once_however_many_raise():
    seen = []

    @lw.labeling_function(SPACE)
    def picky(x):
        seen.append(x.i)
        if x.i % 3 == 0:
            raise RuntimeError(f"row {x.i}")
        return 1

    frame = pl.DataFrame({"i": range(5000)})
    matrix, report = lw.apply([picky], frame, progress=False, on_fault="abstain", return_report=True)
    assert seen == list(range(5000))
    assert [fault.row for fault in report.faults] == list(range(0, 5000, 3))
    assert [fault.error for fault in report.faults[:2]] == ["RuntimeError: row 0", "RuntimeError: row 3"]
    assert matrix.votes.ravel().tolist() == [-1 if i % 3 == 0 else 1 for i in range(5000)]


def test_stop_iteration_is_a_fault_like_any_other():
    """It would end the loop over the rows without a word."""

    @lw.labeling_function(SPACE)
    def first_word(x):
        next(iter([])) if x.i == 3 else None
        return 1

    matrix, report = lw.apply([first_word], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert [fault.row for fault in report.faults] == [3]
    assert "StopIteration" in report.faults[0].error
    assert matrix.votes.ravel().tolist() == [1, 1, 1, -1, 1, 1, 1, 1, 1, 1]


def test_without_a_report_faults_are_summed_up_in_a_warning():
    with pytest.warns(RuntimeWarning, match="LF 'fragile' raised on 2 rows") as caught:
        lw.apply([fragile], FRAME, progress=False, on_fault="abstain")
    assert caught[0].filename == __file__


def test_no_faults_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lw.apply([sound], FRAME, progress=False, on_fault="abstain")


def test_a_batch_lf_that_raises_abstains_on_its_rows():
    broken = lw.labeling_function(SPACE, name="broken", batch=True)(lambda frame: frame["i"] + object())
    with pytest.raises(lw.LabelingFunctionFaultError, match="LF 'broken' raised on row 0"):
        lw.apply([broken], FRAME, progress=False)
    matrix, report = lw.apply([broken, sound], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert matrix.votes.tolist() == [[-1, 1]] * 10
    assert [(fault.lf, fault.row, fault.rows) for fault in report.faults] == [("broken", 0, 10)]


def test_a_declarative_lf_that_fails_names_its_first_row():
    number = pl.col("text").str.to_integer()
    cast = lw.expression("cast", number > 4, vote=1, space=SPACE)
    with pytest.raises(lw.LabelingFunctionFaultError, match="LF 'cast' raised on row 8"):
        lw.apply([cast], FRAME, progress=False)
    key = lw.regex("three", "3", on="text", vote=1, space=SPACE)
    matrix, report = lw.apply([cast, key], FRAME, progress=False, on_fault="abstain", return_report=True)
    assert matrix.votes[:, 0].tolist() == [-1] * 10
    assert matrix.votes[:, 1].tolist() == [-1, -1, -1, 1, -1, -1, -1, -1, -1, -1]
    assert [(fault.lf, fault.row, fault.rows) for fault in report.faults] == [("cast", 8, 10)]


def test_a_report_says_how_many_kinds_of_errors_there_were():
    report = ApplyReport(rows=9, seconds={"a": 2.0, "b": 1.0})
    report.faults += [Fault("a", 4, "KeyError: 1", ""), Fault("a", 2, "ValueError: 2", "")]
    assert str(report).splitlines() == [
        "2 LFs over 9 rows in 3.0 s of LF time; slowest: a 2.0 s, b 1.0 s",
        "LF 'a' raised on 2 rows and abstained there: ValueError: 2 "
        "(first at row 2, 2 kinds of errors in all)",
    ]
