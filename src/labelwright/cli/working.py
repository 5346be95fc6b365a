"""A line that says what a command is at, where somebody watches and it takes long."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TextIO

from labelwright._text import one_line
from labelwright.cli.terminal import is_terminal

if TYPE_CHECKING:
    from labelwright.pipeline.events import Event

DELAY: Final = 1.0
"""Seconds for which nothing is said; what is done by then flickers no line."""

TICK: Final = 0.25
COLUMNS: Final = 80

STEPS: Final = {
    "votes": "running labeling functions",
    "label model": "fitting the label model",
    "labels": "making soft labels",
    "end model": "training the end model",
    "report": "writing the report",
    "worth": "training on ever more rows",
}
COMMANDS: Final = {
    "apply": "reading rows",
    "check": "checking labeling functions",
    "analyze": "looking into the votes",
    "advise": "weighing which modelling is worth it",
    "export": "writing rows",
    "init": "reading your rows",
    "label": "picking rows",
    "predict": "labeling rows",
    "worth": "measuring",
}


class Working:
    """Shows on standard error what is going on, once that took a second in which nothing else was written.

    The line is rubbed out before anything else is written, and at the end. Bars of labeling functions and of
    nets write all the time, so that it never stands beside one.

    Parameters
    ----------
    command : str
        What is done while no step is told of.
    terminal : TextIO
        Where the line goes.
    """

    def __init__(self, command: str, terminal: TextIO) -> None:
        self._otherwise = COMMANDS.get(command, "working")
        self._terminal, self._lock = terminal, threading.Lock()
        self._doing, self._shown = self._otherwise, ""
        self._since = self._quiet_since = time.monotonic()
        self._ended = threading.Event()

    def run(self) -> None:
        """Draw the line anew until the end; what a thread of its own does."""
        while not self._ended.wait(TICK):
            with self._lock:
                if not self._ended.is_set() and time.monotonic() - self._quiet_since >= DELAY:
                    self._draw()

    def tell(self, event: Event) -> None:
        """Note what a run is at."""
        doing = STEPS.get(event.step, self._otherwise)
        if event.state in ("done", "kept", "refused", "outdated"):
            doing = self._otherwise
        split = f" on {event.split} rows" if event.split and doing != self._otherwise else ""
        numbers = event.numbers
        told = ""
        if event.state == "progress" and {"done", "of"} <= numbers.keys():
            told = f", {numbers['done']:,.0f} of {numbers['of']:,.0f}"
        with self._lock:
            if not self._doing.startswith(doing + split):
                self._since = time.monotonic()
            self._doing = doing + split + told

    def clear(self) -> None:
        """Rub the line out, for something else is written."""
        with self._lock:
            self._rub_out()
            self._quiet_since = time.monotonic()

    def end(self) -> None:
        """Show nothing any more."""
        self._ended.set()
        with self._lock:
            self._rub_out()

    def _draw(self) -> None:
        # Letters of ASCII and spaces over the old line: every terminal shows them, that of Windows too.
        try:
            width = os.get_terminal_size(self._terminal.fileno()).columns or COLUMNS
        except (OSError, ValueError, AttributeError):
            width = COLUMNS
        seconds = f" {time.monotonic() - self._since:,.0f} s"
        text = one_line(f"{self._doing} ...", None)[: max(width - 1 - len(seconds), 0)] + seconds
        text = text[: width - 1]
        if text != self._shown:
            self._write(f"\r{text:<{min(len(self._shown), width - 1)}}")
            self._shown = text

    def _rub_out(self) -> None:
        if self._shown:
            self._write(f"\r{'':<{len(self._shown)}}\r")
            self._shown = ""

    def _write(self, text: str) -> None:
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except (OSError, ValueError):  # nobody watches any more
            self._ended.set()


class _Cleared:
    """A stream that rubs the line out before it writes."""

    def __init__(self, stream: TextIO, working: Working) -> None:
        self._stream, self._working = stream, working

    def write(self, text: str) -> int:
        """Write a text where no line stands."""
        self._working.clear()
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        """Write lines where no line stands."""
        self._working.clear()
        self._stream.writelines(lines)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def working(command: str, *, wanted: bool) -> Iterator[Working | None]:
    """Show what a command is at while the block runs, where it is wanted and standard error is a terminal.

    Parameters
    ----------
    command : str
        Its name.
    wanted : bool
        Whether people want to read it: not with ``--quiet`` or ``--json``.
    """
    if not wanted or not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield None
        return
    stdout, stderr = sys.stdout, sys.stderr
    shown = Working(command, stderr)
    thread = threading.Thread(target=shown.run, name="labelwright-working", daemon=True)
    sys.stderr = _Cleared(stderr, shown)
    if is_terminal(stdout):
        sys.stdout = _Cleared(stdout, shown)
    thread.start()
    try:
        yield shown
    finally:
        shown.end()
        sys.stdout, sys.stderr = stdout, stderr
        thread.join(timeout=2 * TICK)
