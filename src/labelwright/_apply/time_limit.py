"""How long a call of somebody's code may take: code that never ends is a fault, not a hang.

Asking before and after each call would cost as much as a quick call. So a timer asks now and then how many
calls have ended, and raises in one that is late. On the main thread it is the alarm of the system, which
also ends what waits and searches by regular expressions. Elsewhere and on Windows another thread asks Python
to raise before its next instruction: loops end, and what waits in C does so once it comes back.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Sized
from types import FrameType
from typing import Any, Final, Self

from labelwright._stops import OvertimeError

SECONDS: Final = 60.0
"""What a call may take where nobody says."""

ASKED: Final = 4
"""How often the timer asks within a limit, which is so kept to within a quarter."""

MORE_TIME: Final = "mend it, give it more time with timeout=seconds (0: no limit)"

GIVEN_UP: Final = 3
"""Calls that did not end after which code is not called any more: a million of them would be a hang again."""

BATCH_TIMES: Final = 10
BATCH_ROWS: Final = 100
"""A call for many rows has ten times as long, or as long as for a hundredth of them, where nobody says."""

SOONEST: Final = 1e-6
LONGEST: Final = 1e6
"""Seconds that timers take."""


def limit_of(lf: Any, default: float | None, rows: int | None = None) -> float:
    """Return the seconds that a call of an LF or preprocessor may take, 0 without a limit.

    Parameters
    ----------
    lf : LabelingFunction or Preprocessor
        May say ``timeout``.
    default : float or None
        For those that do not.
    rows : int, optional
        How many rows a call is for.
    """
    own = getattr(lf, "timeout", None)
    if own is not None:
        return float(own)
    return (default or 0.0) * (1 if rows is None else max(BATCH_TIMES, rows / BATCH_ROWS))


class TimeLimit:
    """Ends calls that take too long, one after the other; a context. This one itself never asks."""

    def __init__(self) -> None:
        self._calls: Sized | None = None
        self._seconds = 0.0
        self._tick = 0.0
        self._at, self._spent = -1, 0.0
        self.late: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()

    def start(self, seconds: float, calls: Sized = ()) -> None:
        """Begin to watch calls, each of which adds one to the length of a list that it ends.

        Parameters
        ----------
        seconds : float
            What each may take; 0 sets no limit.
        calls : sized, optional
            As long as there were calls. Without, there is only one.
        """
        self.late.clear()
        self._seconds, self._at, self._spent = seconds, len(calls), 0.0
        self._tick = min(seconds / ASKED, LONGEST)
        self._calls = calls if seconds else None

    def stop(self) -> None:
        """Watch nothing any more."""
        self._calls = None

    def is_over(self, error: BaseException) -> bool:
        """Say whether an exception is that a call was ended here; others of its kind end what is around."""
        return isinstance(error, OvertimeError) and bool(self.late)

    def fault(self, error: BaseException | None = None) -> OvertimeError:
        """Return what is recorded of a call that took too long, with the traceback of an exception."""
        made = OvertimeError(f"it had not ended after {self._seconds:g} s")
        return made if error is None else made.with_traceback(error.__traceback__)

    def given_up(self) -> OvertimeError:
        """Return what is recorded of the rows on which code is not called any more."""
        return OvertimeError(
            f"{GIVEN_UP} calls before had not ended after {self._seconds:g} s; it was given up"
        )

    def _ask(self) -> bool:
        """Say whether the call that runs is over its time."""
        if self._calls is None:
            return False
        at = len(self._calls)
        if at != self._at:
            self._at, self._spent = at, 0.0
            return False
        # Not by the clock: where the program was suspended, the timer has asked once.
        self._spent += self._tick
        if self._spent < 0.99 * self._seconds:
            return False
        if at not in self.late:
            self.late.append(at)
        return True


class _Alarm(TimeLimit):
    """Asks when the alarm of the system rings. A timer that was set before rings as it was to."""

    def __enter__(self) -> Self:
        self._handler = signal.signal(signal.SIGALRM, self._rings)
        self._take_over()
        return self

    def _take_over(self) -> None:
        """Note when the timer is to ring that was set before."""
        left, self._interval = signal.setitimer(signal.ITIMER_REAL, 0)
        self._rings_at = time.monotonic() + left if left else None

    def __exit__(self, *raised: object) -> None:
        self.stop()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        if self._rings_at is not None:
            signal.setitimer(
                signal.ITIMER_REAL, max(self._rings_at - time.monotonic(), SOONEST), self._interval
            )

    def start(self, seconds: float, calls: Sized = ()) -> None:
        super().start(seconds, calls)
        signal.signal(signal.SIGALRM, self._rings)  # the code of users may have set an alarm of its own
        self._set()

    def _set(self) -> None:
        """Let the alarm ring once: for the call that runs, or before, as it was to anyway."""
        self._tick = min(self._seconds / ASKED, LONGEST)
        if self._rings_at is not None:
            left = max(self._rings_at - time.monotonic(), SOONEST)
            self._tick = min(self._tick, left) if self._tick else left
        signal.setitimer(signal.ITIMER_REAL, self._tick)

    def _rings(self, number: int, frame: FrameType | None) -> None:
        if self._rings_at is not None and time.monotonic() >= self._rings_at:
            signal.setitimer(signal.ITIMER_REAL, self._interval, self._interval)
            try:
                if callable(self._handler):
                    self._handler(number, frame)
                elif self._handler == signal.SIG_DFL:
                    signal.signal(number, signal.SIG_DFL)
                    signal.raise_signal(number)
            finally:  # as it may have set itself for another time
                self._take_over()
        over = self._ask()
        self._set()
        if over:
            raise self.fault()


class _Thread(TimeLimit):
    """Asks from a thread, which lets Python raise in the one that runs the code."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()
        self._raises_in = ctypes.c_ulong(threading.get_ident())
        self._sent = self._ended = False
        self._thread: threading.Thread | None = None

    def __exit__(self, *raised: object) -> None:
        self.stop()
        with self._changed:
            self._ended = True
            self._changed.notify()

    def start(self, seconds: float, calls: Sized = ()) -> None:
        with self._changed:
            before = self._tick
            super().start(seconds, calls)
            self._at = -1  # the thread asks in a time of its own
            if self._tick != before:
                self._changed.notify()
        if seconds and self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="labelwright-time-limit", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        with self._changed:
            super().stop()
            if self._sent:  # and was not raised yet, perhaps
                self._sent = False
                self._raise_there(None)

    def _watch(self) -> None:
        with self._changed:
            while not self._ended:
                if not self._changed.wait(self._tick or None) and self._ask():
                    self._sent = True
                    self._raise_there(OvertimeError)

    def _raise_there(self, error: type[BaseException] | None) -> None:
        given = None if error is None else ctypes.py_object(error)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(self._raises_in, given)


def time_limit(wanted: bool) -> TimeLimit:
    """Return what ends calls that take too long, as this thread and system allow.

    Parameters
    ----------
    wanted : bool
        Whether anything has a limit.
    """
    if not wanted:
        return TimeLimit()
    on_main = threading.current_thread() is threading.main_thread()
    if on_main and hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) is not None:
        return _Alarm()
    return _Thread() if sys.implementation.name == "cpython" else TimeLimit()
