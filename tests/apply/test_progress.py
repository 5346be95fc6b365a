"""The progress bar shows where somebody can see it, and breaks nothing elsewhere."""

import io
import sys
import time

import pytest

import labelwright as lw
from labelwright._apply.progress import progress_bar
from labelwright._display import delayed

SPACE = lw.LabelSpace(["HAM", "SPAM"])
DATA = {"text": ["a"] * 50}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def lfs():
    python = lw.labeling_function(SPACE, name="python")(lambda x: 1)
    batch = lw.labeling_function(SPACE, name="batch", batch=True)(lambda frame: [0] * len(frame))
    return [python, batch, lw.regex("a", "a", on="text", vote=1, space=SPACE)]


def plain_terminal(monkeypatch):
    """Put a terminal in place of standard error, which pytest replaces between fixtures and tests."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    for variable in ("NO_COLOR", "TTY_INTERACTIVE", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return terminal


def test_what_is_done_at_once_shows_no_bar(lfs, monkeypatch):
    terminal = plain_terminal(monkeypatch)
    monkeypatch.setattr(delayed, "DELAY", 60.0)
    lw.apply(lfs, DATA)
    assert terminal.getvalue() == ""


def test_a_bar_comes_late_and_goes_with_an_error(monkeypatch):
    terminal = plain_terminal(monkeypatch)
    monkeypatch.setattr(delayed, "DELAY", 0.01)

    def fails() -> None:
        with progress_bar(None, lfs=1, rows=10):
            until = time.monotonic() + 120
            while "1 LF x 10 rows" not in terminal.getvalue():
                assert time.monotonic() < until
                time.sleep(0.005)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fails()
    before = terminal.getvalue()
    time.sleep(0.3)
    assert terminal.getvalue() == before
    assert before.endswith("\x1b[?25h")  # the cursor is shown again


def test_a_terminal_gets_a_bar_that_ends_at_all_rows_of_all_lfs(lfs, monkeypatch):
    terminal = plain_terminal(monkeypatch)
    monkeypatch.setattr(delayed, "DELAY", 0.0)
    lw.apply(lfs, DATA)
    shown = terminal.getvalue()
    assert "3 LFs x 50 rows" in shown
    assert "100%" in shown


def test_false_is_silent_on_a_terminal(lfs, monkeypatch):
    terminal = plain_terminal(monkeypatch)
    lw.apply(lfs, DATA, progress=False)
    assert terminal.getvalue() == ""


def test_no_terminal_no_bar(lfs, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    lw.apply(lfs, DATA)
    assert stream.getvalue() == ""


def test_true_shows_it_without_a_terminal(lfs, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    lw.apply(lfs, DATA, progress=True)
    assert "3 LFs x 50 rows" in stream.getvalue()


@pytest.mark.parametrize("progress", [None, True, False])
def test_a_process_without_standard_error_is_no_problem(lfs, monkeypatch, progress):
    monkeypatch.setattr(sys, "stderr", None)
    assert lw.apply(lfs, DATA, progress=progress).n == 50


def test_a_closed_stream_is_no_problem(lfs, monkeypatch):
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert lw.apply(lfs, DATA).n == 50


def test_the_bar_stops_when_an_lf_raises(monkeypatch):
    terminal = plain_terminal(monkeypatch)
    broken = lw.labeling_function(SPACE, name="broken")(lambda x: 1 / 0)
    with pytest.raises(lw.LabelingFunctionFaultError):
        lw.apply([broken], DATA)
    with progress_bar(True, lfs=1, rows=1) as advance:  # rich allows one live bar at a time
        advance(1)
    assert "1 LF x 1 rows" in terminal.getvalue()
