"""Bars that begin late, so that what is done at once shows none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress

DELAY: Final = 1.0
"""Seconds until a bar is shown that nobody asked for."""


@contextmanager
def shown_late(bar: Progress, *, at_once: bool = False) -> Iterator[None]:
    """Show a bar while the block runs, at once or after a second."""
    lock, ended = threading.Lock(), threading.Event()

    def start() -> None:
        with lock:
            if not ended.is_set():
                bar.start()

    timer = threading.Timer(DELAY, start)
    timer.daemon = True
    if at_once or DELAY <= 0:
        start()
    else:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        ended.set()
        with lock:
            bar.stop()
