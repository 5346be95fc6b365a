"""The line that says what a command is at: where somebody watches, late, and gone without a trace."""

from __future__ import annotations

import os
import sys
import time
from io import StringIO

import pytest

from labelwright.cli import working as module
from labelwright.cli.working import working
from labelwright.pipeline.events import Event


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def watched(monkeypatch) -> Terminal:
    """Let a test write to a terminal; not a fixture, as pytest sets the streams anew behind those."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setattr(module, "DELAY", 0.03)
    monkeypatch.setattr(module, "TICK", 0.005)
    monkeypatch.setenv("TERM", "xterm")
    return made


def wait_for(terminal: Terminal, text: str) -> None:
    until = time.monotonic() + 120
    while text not in terminal.getvalue():
        assert time.monotonic() < until, terminal.getvalue()
        time.sleep(0.002)


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows in the end."""
    lines = []
    for line in written.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


def test_what_is_done_at_once_shows_nothing(monkeypatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(module, "DELAY", 5.0)
    with working("check", wanted=True):
        print("done")
    assert terminal.getvalue() == "done\n"


def test_what_takes_long_is_told_and_leaves_no_trace(monkeypatch) -> None:
    terminal = watched(monkeypatch)
    with working("advise", wanted=True) as line:
        wait_for(terminal, "weighing which modelling is worth it ... 0 s")
        print("votes on train: 6 LFs", file=sys.stderr)
        line.tell(Event(step="end model", state="started"))
        wait_for(terminal, "training the end model ... 0 s")
        print("result")
        line.tell(Event(step="votes", split="train", state="progress", numbers={"done": 1500, "of": 2000}))
        wait_for(terminal, "running labeling functions on train rows, 1,500 of 2,000 ... 0 s")
        line.tell(Event(step="votes", split="train", state="done"))
        wait_for(terminal, "0 s")
    assert screen(terminal.getvalue()) == ["votes on train: 6 LFs", "result", ""]
    assert terminal.getvalue().isascii()
    assert "\x1b" not in terminal.getvalue()


def test_an_error_and_an_interrupt_leave_streams_as_they_were(monkeypatch) -> None:
    terminal = watched(monkeypatch)

    def interrupted() -> None:
        with working("run", wanted=True):
            wait_for(terminal, "working ...")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert sys.stderr is terminal
    assert sys.stdout is terminal
    before = terminal.getvalue()
    time.sleep(0.05)
    assert terminal.getvalue() == before
    assert screen(before) == [""]


def test_nothing_is_told_where_nobody_watches(monkeypatch) -> None:
    watched(monkeypatch)
    with working("run", wanted=False) as quiet:
        assert quiet is None
    monkeypatch.setenv("TERM", "dumb")
    with working("run", wanted=True) as dumb:
        assert dumb is None
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", StringIO())
    with working("run", wanted=True) as piped:
        assert piped is None
        assert isinstance(sys.stderr, StringIO)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_a_narrow_terminal_is_not_wrapped(monkeypatch) -> None:
    import fcntl
    import struct
    import termios

    main, side = os.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    monkeypatch.setattr(module, "DELAY", 0.01)
    monkeypatch.setattr(module, "TICK", 0.005)
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(side, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        with working("advise", wanted=True):
            shown = os.read(main, 1000).decode()
        monkeypatch.undo()
    os.close(main)
    assert shown.startswith("\rweighing which")
    assert max(map(len, shown.split("\r"))) <= 19
