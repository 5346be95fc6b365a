"""Whatever code raises is a fault of the code; only what stops the program from outside goes through."""

import os
import signal
import threading
import time

import numpy as np
import polars as pl
import pytest

import labelwright as lw
from labelwright._stops import is_stop

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame({"i": range(6), "text": list("abcdef")})


class Panic(BaseException):
    """As a library in Rust raises it."""


RAISED = [
    SystemExit(0),
    KeyboardInterrupt(),
    MemoryError("full"),
    RecursionError("deep"),
    GeneratorExit(),
    Panic("a panic"),
    StopIteration(),
    BaseExceptionGroup("both", [SystemExit(0), ValueError("x")]),
]


def fails(error):
    def fail(i):
        if i == 3:
            raise error
        return 1

    return fail


def row_lf(error):
    return lw.labeling_function(SPACE, name="bad")(lambda x: fails(error)(x.i))


def batch_lf(error):
    return lw.labeling_function(SPACE, name="bad", batch=True)(
        lambda frame: list(map(fails(error), frame["i"].to_list()))
    )


def lazy_batch_lf(error):
    """Raises while its votes are read."""

    def votes(values):
        for one in values:
            yield fails(error)(one)

    return lw.labeling_function(SPACE, name="bad", batch=True, row_local=True)(
        lambda frame: votes(frame["i"].to_list())
    )


def prepared_lf(error):
    step = lw.preprocessor(name="step")(lambda x: {"one": fails(error)(x.i)})
    return lw.labeling_function(SPACE, name="bad", pre=[step])(lambda x: x.one)


def classifier_lf(error):
    class Model:
        classes_ = (0, 1)

        def predict_proba(self, X):
            return np.array([[0.0, fails(error)(int(i))] for i in X[:, 0]])

    return lw.classifier("bad", Model(), features=["i"], space=SPACE)


def expression_lf(error):
    votes = pl.col("i").map_elements(fails(error), return_dtype=pl.Int16)
    return lw.expression("bad", votes > 0, vote="SPAM", space=SPACE)


def odd_vote_lf(error):
    """Its votes raise when somebody asks which number they are."""

    class Vote:
        def __init__(self, i):
            self.i = i

        def __index__(self):
            return fails(error)(self.i)

        def __repr__(self):
            return str(fails(error)(self.i))

        __hash__ = None

        def __eq__(self, other):
            return fails(error)(self.i) == other

    return lw.labeling_function(SPACE, name="bad")(lambda x: Vote(x.i) if x.i == 3 else 1)


MAKERS = [row_lf, batch_lf, lazy_batch_lf, prepared_lf, classifier_lf, expression_lf, odd_vote_lf]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_it_is_an_error_with_lf_and_row_or_a_recorded_fault(make, error):
    if make in (batch_lf, lazy_batch_lf) and isinstance(error, StopIteration):
        pytest.skip("what ends loops")
    lf = make(error)
    with pytest.raises(lw.LabelingFunctionError, match="LF 'bad'") as raised:
        lw.apply([lf], FRAME, progress=False)
    votes, report = lw.apply([lf], FRAME, progress=False, on_fault="abstain", return_report=True)
    [fault] = report.faults
    assert type(error).__name__ in fault.error
    whole = make is expression_lf  # it loses all rows of its call
    assert (raised.value.row, fault.row, fault.rows) == (3, 3, 6 if whole else 1)
    assert votes.votes[:, 0].tolist() == ([-1] * 6 if whole else [1, 1, 1, -1, 1, 1])


def test_what_a_vote_reading_lf_raises_is_a_fault():
    from labelwright.lfs import VoteReadingLF

    class Reader(VoteReadingLF):
        __slots__ = ()
        kind = "own"
        source = "own"

        def describe(self):
            return "own"

        def _fingerprint_parts(self):
            return ()

        def vote_on(self, frame, votes, *, space):
            raise SystemExit(0)

    lf = Reader(name="bad", of=(lw.keywords("a", ["a"], on="text", vote="HAM", space=SPACE),), space=SPACE)
    with pytest.raises(lw.LabelingFunctionFaultError, match="LF 'bad' raised on row 0: SystemExit: 0"):
        lw.apply([lf], FRAME, progress=False)


def interrupts(x):
    signal.raise_signal(signal.SIGINT)
    return 1


def interrupts_and_tidies_up(x):
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        str(x)


def interrupts_and_says_so(x):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped") from None


def interrupts_and_exits(x):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise SystemExit(3) from None


@pytest.mark.parametrize(
    "f", [interrupts, interrupts_and_tidies_up, interrupts_and_says_so, interrupts_and_exits]
)
def test_ctrl_c_stops(f):
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        lw.apply([lw.labeling_function(SPACE)(f)], FRAME, progress=False, on_fault="abstain")


@pytest.mark.parametrize("how", [{}, {"batch": True}], ids=["rows", "batch"])
def test_ctrl_c_stops_a_loop(how):
    def endless(x):
        while True:
            pass

    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        lw.apply([lw.labeling_function(SPACE, **how)(endless)], FRAME, progress=False, on_fault="abstain")
    timer.join()


def test_ctrl_c_stops_code_in_an_expression():
    """polars gives it on as it gives on what the code raises itself."""
    pressed = []

    def once(value):
        if not pressed:
            pressed.append(value)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)  # until it arrives
        return 1

    votes = pl.col("i").map_elements(once, return_dtype=pl.Int16) > 0
    lf = lw.expression("bad", votes, vote="SPAM", space=SPACE)
    with pytest.raises(KeyboardInterrupt):
        lw.apply([lf], FRAME, progress=False, on_fault="abstain")


def test_what_a_handler_of_a_signal_raises_stops():
    def stop(*_):
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        lf = lw.labeling_function(SPACE, name="a")(lambda x: signal.raise_signal(signal.SIGTERM))
        with pytest.raises(SystemExit):
            lw.apply([lf], FRAME, progress=False, on_fault="abstain")
    finally:
        signal.signal(signal.SIGTERM, before)


def test_exceptions_are_never_stops():
    assert not is_stop(ValueError())
    assert not is_stop(SystemExit())
    assert is_stop(KeyboardInterrupt())
