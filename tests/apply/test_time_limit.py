"""Code that never ends is a fault with LF and row, not a hang."""

import contextlib
import re
import signal
import threading
import time

import polars as pl
import pytest

import labelwright as lw
from labelwright._apply.time_limit import limit_of, time_limit

SPACE = lw.LabelSpace(["HAM", "SPAM"])
FRAME = pl.DataFrame({"i": range(5), "text": ["a", "b", "a" * 40 + "!", "d", "e"]})
LIMIT = 0.08


def endless(x):
    while True:
        pass


def waiting(x):
    time.sleep(60)


def locked(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def searching(x):
    return re.match(r"(a|aa)+$", "a" * 40 + "!")


def holding_back(x):
    try:
        endless(x)
    except BaseException:
        return 1


def passing_over(x):
    while True:
        with contextlib.suppress(Exception):
            endless(x)


def only_on_the_third_row(f):
    return lambda x: f(x) if x.i == 2 else 1


def faults_of(lfs, **how):
    votes, report = lw.apply(lfs, FRAME, progress=False, on_fault="abstain", return_report=True, **how)
    return votes.votes.T.tolist(), [(fault.lf, fault.row, fault.rows, fault.error) for fault in report.faults]


OVER = f"OvertimeError: it had not ended after {LIMIT:g} s"


@pytest.mark.parametrize("f", [endless, waiting, locked, searching, holding_back, passing_over])
def test_a_call_that_does_not_end_is_a_fault_of_its_row(f):
    lf = lw.labeling_function(SPACE, name="slow", timeout=LIMIT)(only_on_the_third_row(f))
    assert faults_of([lf]) == ([[1, 1, -1, 1, 1]], [("slow", 2, 1, OVER)])
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_it_is_an_error_that_says_what_to_do():
    lf = lw.labeling_function(SPACE, name="slow", timeout=LIMIT)(endless)
    with pytest.raises(lw.LabelingFunctionFaultError, match=r"LF 'slow' raised on row 0: .* timeout=seconds"):
        lw.apply([lf], FRAME, progress=False)


@pytest.mark.parametrize("f", [endless, holding_back, passing_over])
def test_off_the_main_thread_loops_are_ended_too(f):
    lf = lw.labeling_function(SPACE, name="slow", timeout=LIMIT)(only_on_the_third_row(f))
    quick = lw.labeling_function(SPACE, name="quick")(lambda x: 0)
    found = []
    thread = threading.Thread(target=lambda: found.append(faults_of([lf, quick])))
    thread.start()
    thread.join(30)
    assert found == [([[1, 1, -1, 1, 1], [0] * 5], [("slow", 2, 1, OVER)])]


def test_a_preprocessor_that_does_not_end_is_a_fault_of_those_that_use_it():
    step = lw.preprocessor(name="step", timeout=LIMIT)(lambda x: {"one": only_on_the_third_row(endless)(x)})
    lf = lw.labeling_function(SPACE, name="slow", pre=[step])(lambda x: x.one)
    votes, [(name, row, rows, error)] = faults_of([lf])
    assert votes == [[1, 1, -1, 1, 1]]
    assert (name, row, rows, error) == ("slow", 2, 1, f"preprocessor 'step': {OVER}")


@pytest.mark.parametrize("lazy", [False, True], ids=["at once", "while its votes are read"])
def test_a_call_for_many_rows_is_a_fault_of_all_of_them(lazy):
    def forever(frame):
        return (time.sleep(0.001) for _ in iter(int, 1))

    slow = lw.labeling_function(SPACE, name="slow", batch=True, timeout=LIMIT)(forever if lazy else endless)
    quick = lw.labeling_function(SPACE, name="quick", batch=True)(lambda frame: [0] * frame.height)
    assert faults_of([slow, quick]) == ([[-1] * 5, [0] * 5], [("slow", 0, 5, OVER)])


def test_what_nobody_limits_has_the_limit_of_the_run():
    lf = lw.labeling_function(SPACE, name="slow")(only_on_the_third_row(endless))
    assert faults_of([lf], timeout=LIMIT)[1] == [("slow", 2, 1, OVER)]
    own = lw.labeling_function(SPACE, name="slow", timeout=0)(lambda x: time.sleep(LIMIT) or 1)
    assert faults_of([own], timeout=LIMIT / 4) == ([[1] * 5], [])
    assert [limit_of(own, 60.0), limit_of(lf, 60.0), limit_of(lf, None), limit_of(lf, 60.0, 5000)] == [
        0.0,
        60.0,
        0.0,
        3000.0,
    ]


def test_code_that_never_ends_is_given_up_after_three_calls():
    lf = lw.labeling_function(SPACE, name="slow", timeout=LIMIT / 2)(endless)
    votes, faults = faults_of([lf])
    assert votes == [[-1] * 5]
    assert [(row, rows) for _, row, rows, _ in faults] == [(0, 1), (1, 1), (2, 1), (3, 2)]
    assert faults[3][3].endswith("3 calls before had not ended after 0.04 s; it was given up")


def test_a_preprocessor_that_never_ends_is_given_up_after_three_calls():
    step = lw.preprocessor(name="step", timeout=LIMIT / 2)(endless)
    lf = lw.labeling_function(SPACE, name="slow", pre=[step])(lambda x: 1)
    votes, faults = faults_of([lf])
    assert votes == [[-1] * 5]
    assert ["given up" in error for *_, error in faults] == [False] * 3 + [True] * 2


def test_many_calls_may_take_longer_than_one():
    lf = lw.labeling_function(SPACE, timeout=LIMIT)(lambda x: time.sleep(LIMIT / 2) or 1)
    assert faults_of([lf]) == ([[1] * 5], [])


def test_a_limit_within_a_limit():
    """Of LFs that apply others; each ends what it times."""
    inner = lw.labeling_function(SPACE, name="inner", timeout=LIMIT)(endless)
    slower = lw.labeling_function(SPACE, name="inner", timeout=60)(endless)

    def outer(x):
        return int(
            lw.apply([inner], FRAME[:1], progress=False, on_fault="abstain", return_report=True)[0].votes[
                0, 0
            ]
        )

    def ended(x):
        lw.apply([slower], FRAME[:1], progress=False, on_fault="abstain", return_report=True)

    one = lw.labeling_function(SPACE, name="outer", timeout=60)(outer)
    other = lw.labeling_function(SPACE, name="ended", timeout=LIMIT)(ended)
    assert faults_of([one, other])[1][:3] == [("ended", row, 1, OVER) for row in range(3)]


def test_a_timer_that_was_set_before_rings_and_stays():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(time.monotonic()))
    signal.setitimer(signal.ITIMER_REAL, LIMIT / 2, LIMIT / 2)
    try:
        lf = lw.labeling_function(SPACE, name="slow", timeout=2 * LIMIT)(only_on_the_third_row(endless))
        assert faults_of([lf])[0] == [[1, 1, -1, 1, 1]]
        assert len(rung) >= 2
        rung.clear()
        time.sleep(LIMIT)
        assert rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_an_lf_may_set_an_alarm_of_its_own():
    def own(x):
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.alarm(100)
        return 1

    own_alarm = lw.labeling_function(SPACE, name="own", timeout=LIMIT)(own)
    slow = lw.labeling_function(SPACE, name="slow", timeout=LIMIT)(only_on_the_third_row(endless))
    assert faults_of([own_alarm, slow]) == ([[1] * 5, [1, 1, -1, 1, 1]], [("slow", 2, 1, OVER)])


@pytest.mark.parametrize("timeout", [-1, "1", True, float("nan")])
def test_what_is_no_limit_is_refused(timeout):
    with pytest.raises(lw.LabelingFunctionError, match="expected seconds"):
        lw.labeling_function(SPACE, name="a", timeout=timeout)(endless)
    with pytest.raises(lw.LabelingFunctionError, match="expected seconds"):
        lw.preprocessor(name="a", timeout=timeout)(endless)
    with pytest.raises(lw.LabelingFunctionError, match="expected seconds"):
        lw.apply([lw.labeling_function(SPACE)(waiting)], FRAME, timeout=timeout)


def test_nothing_is_timed_where_nothing_has_a_limit():
    with time_limit(False) as clock:
        clock.start(0.0)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_it_is_no_part_of_the_fingerprint():
    assert (
        lw.labeling_function(SPACE, name="a", timeout=1)(waiting).fingerprint
        == lw.labeling_function(SPACE, name="a")(waiting).fingerprint
    )
