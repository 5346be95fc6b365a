"""Forked processes: they lack the threads of polars, for which its work would wait for ever."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from labelwright._errors import ForkError

_TASKS: Final = Path("/proc/self/task")
_POOL: Final = "polars-0"
"""The first thread of polars' pool, which begins with its first work."""

_pool_before = False
_pool_lost = False


def check_threads() -> None:
    """Raise where this process was forked from one in which polars had begun its threads.

    Raises
    ------
    ForkError
        It was. What is called then would wait for ever.
    """
    if _pool_lost:
        raise ForkError(
            f"process {os.getpid()} was forked after polars had begun its threads, which a fork does "
            'not copy; begin processes with multiprocessing.get_context("spawn"), or before the first work'
        )


def _look() -> None:
    """Note before a fork whether polars has its threads; where the system does not tell, take it for no."""
    global _pool_before
    _pool_before = _pool_lost
    if not _pool_lost and "polars" in sys.modules:
        with suppress(OSError):
            _pool_before = any(_named(task) for task in _TASKS.iterdir())


def _named(task: Path) -> bool:
    with suppress(OSError):  # a thread that has ended since
        return (task / "comm").read_text().strip() == _POOL
    return False


def _forked() -> None:
    global _pool_lost
    _pool_lost = _pool_before


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_look, after_in_child=_forked)
