"""Preprocessors run once a row, share prefixes, and never leak into other LFs."""

import polars as pl
import pytest

import labelwright as lw

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame({"text": ["Buy NOW", "hello", "now or never", "x"]})


class Counter:
    def __init__(self):
        self.calls = {}

    def step(self, name, f):
        self.calls[name] = 0

        @lw.preprocessor(name=name, columns=["text"])
        def counted(x):
            self.calls[name] += 1
            return f(x)

        return counted


def lf(name, f, pre):
    return lw.labeling_function(SPACE, name=name, columns=["text"], pre=pre)(f)


def test_shared_preprocessors_and_prefixes_run_once_a_row():
    count = Counter()
    lower = count.step("lower", lambda x: {"lower": x.text.lower()})
    words = count.step("words", lambda x: {"words": x.lower.split()})
    length = count.step("length", lambda x: {"length": len(x.lower)})
    lfs = [
        lf("a", lambda x: 1 if "now" in x.lower else -1, [lower]),
        lf("b", lambda x: 1 if "now" in x.words else -1, [lower, words]),
        lf("c", lambda x: 1 if x.words[-1] == "now" else -1, [lower, words]),
        lf("d", lambda x: 0 if x.length < 3 else -1, [lower, length]),
        lf("e", lambda x: 0 if x.text == "x" else -1, []),
    ]
    matrix, report = lw.apply(lfs, FRAME, progress=False, return_report=True)
    assert matrix.votes.tolist() == [
        [1, 1, 1, -1, -1],
        [-1, -1, -1, -1, -1],
        [1, 1, -1, -1, -1],
        [-1, -1, -1, 0, 0],
    ]
    assert count.calls == {"lower": 4, "words": 4, "length": 4}
    assert set(report.preprocessor_seconds) == {"lower", "words", "length"}


def test_a_preprocessor_may_set_attributes_without_touching_other_lfs():
    def shout(x):
        x.text = x.text.upper()
        x.loud = True
        return x

    step = lw.preprocessor(shout)
    again = lw.preprocessor(name="again", columns=["text"])(lambda x: {"text": x.text + "!"})
    lfs = [
        lf("plain", lambda x: 1 if x.text == "hello" else -1, []),
        lf("loud", lambda x: 1 if x.text == "HELLO" and x.loud else -1, [step]),
        lf("louder", lambda x: 1 if x.text == "HELLO!" else -1, [step, again]),
        lf("loud too", lambda x: 1 if x.text == "HELLO" and "loud" in x else -1, [step]),
    ]
    assert lw.apply(lfs, FRAME, progress=False).votes[1].tolist() == [1, 1, 1, 1]


def test_a_chain_gives_each_step_a_row_of_its_own():
    def add(field):
        def f(x):
            setattr(x, field, field)
            return x

        return lw.preprocessor(name=field, columns=["text"])(f)

    first, left, right = add("first"), add("left"), add("right")
    lfs = [
        lf("left", lambda x: 1 if "left" in x and "right" not in x else 0, [first, left]),
        lf("right", lambda x: 1 if "right" in x and "left" not in x else 0, [first, right]),
        lf("first", lambda x: 1 if "left" not in x and "right" not in x else 0, [first]),
    ]
    assert lw.apply(lfs, FRAME[:1], progress=False).votes.tolist() == [[1, 1, 1]]


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: 1 / 0 if x.text == "hello" else {"n": 1}, "preprocessor 'step': ZeroDivisionError"),
        (lambda x: None if x.text == "hello" else {"n": 1}, "preprocessor 'step' returned None"),
    ],
)
def test_a_preprocessor_that_fails_is_a_fault_of_every_lf_that_uses_it(f, message):
    step = lw.preprocessor(name="step", columns=["text"])(f)
    lfs = [lf("a", lambda x: x.n, [step]), lf("b", lambda x: 0, []), lf("c", lambda x: x.n, [step])]
    with pytest.raises(
        lw.LabelingFunctionFaultError, match="LF 'a' raised on row 1: preprocessor 'step'"
    ) as info:
        lw.apply(lfs, FRAME, progress=False)
    assert info.value.__cause__ is not None
    matrix, report = lw.apply(lfs, FRAME, progress=False, on_fault="abstain", return_report=True)
    assert matrix.votes.tolist() == [[1, 0, 1], [-1, 0, -1], [1, 0, 1], [1, 0, 1]]
    assert [(fault.lf, fault.row) for fault in report.faults] == [("a", 1), ("c", 1)]
    assert all(message in fault.error for fault in report.faults)


def test_a_later_step_is_not_tried_after_a_failure():
    seen = []
    first = lw.preprocessor(name="first", columns=["text"])(lambda x: {"n": 1 // (x.text != "hello")})
    second = lw.preprocessor(name="second", columns=["text"])(lambda x: seen.append(x.text) or {})
    _, report = lw.apply(
        [lf("a", lambda x: x.n, [first, second])],
        FRAME,
        progress=False,
        on_fault="abstain",
        return_report=True,
    )
    assert seen == ["Buy NOW", "now or never", "x"]
    assert [fault.row for fault in report.faults] == [1]


def test_a_field_that_a_preprocessor_adds_is_no_missing_column():
    @lw.preprocessor
    def words(x):
        return {"words": x.text.split()}

    @lw.labeling_function(SPACE, pre=[words])
    def wordy(x):
        return 1 if len(x.words) > 2 else -1

    assert lw.apply([wordy], FRAME, progress=False).votes.ravel().tolist() == [-1, -1, 1, -1]


def test_what_a_preprocessor_reads_must_be_in_the_data():
    @lw.preprocessor(columns=["txt"])
    def words(x):
        return {"words": x.txt.split()}

    @lw.labeling_function(SPACE, pre=[words])
    def wordy(x):
        return 1 if len(x.words) > 2 else -1

    message = (
        "preprocessor 'words' of LF 'wordy' reads column 'txt', which the data lack; did you mean 'text'"
    )
    with pytest.raises(lw.SchemaError, match=message):
        lw.apply([wordy], FRAME, progress=False)
