"""Blocks in this process, or in several of this machine."""

from __future__ import annotations

import functools
import itertools
import operator
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from labelwright._display.shown import Shown
from labelwright._errors import EngineError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Block = TypeVar("Block")
Made = TypeVar("Made")

AHEAD = 2  # blocks a process that are read before they are needed


@dataclass(frozen=True, slots=True)
class LocalEngine(Shown):
    """Works on blocks in this process, or in several of this machine.

    Parameters
    ----------
    processes : int, optional
        How many processes, at least 1; they start anew and import what they need, so what they run must be
        picklable: functions of modules, not of a notebook. Without: this process.

    Raises
    ------
    EngineError
        ``processes`` is no count. While it runs: what is to run cannot be sent, or a process ended.

    Examples
    --------
    >>> LocalEngine().reduce(len, [[1, 2], [3]])
    3
    """

    processes: int | None = None

    def __post_init__(self) -> None:
        count = self.processes
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
            raise EngineError(f"processes={count!r}; expected an integer of at least 1, or None")

    def map(self, function: Callable[[Block], Made], blocks: Iterable[Block]) -> Iterator[Made]:
        """Give what the function makes of each block, in order; `AHEAD` blocks a process are under way.

        Raises
        ------
        EngineError
            A process ended before its work was done, or something cannot be sent to one.
        """
        if self.processes is None:
            yield from map(function, blocks)
            return
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        try:
            with ProcessPoolExecutor(self.processes, mp_context=get_context("spawn")) as pool:
                yield from _in_order(pool, function, iter(blocks), self.processes * AHEAD)
        except BrokenProcessPool as error:
            raise EngineError(
                "a process ended before its work was done: it ran out of memory, crashed or could not import "
                "what it was to run; run without processes= to see where, and keep what starts processes "
                "under if __name__ == '__main__':"
            ) from error

    def reduce(self, function: Callable[[Block], Made], blocks: Iterable[Block]) -> Made:
        """Return the sum of what the function makes of all blocks."""
        return functools.reduce(operator.add, self.map(function, blocks))


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[Block], Made], blocks: Iterator[Block], ahead: int
) -> Iterator[Made]:
    waiting: deque[Future[Made]] = deque(
        pool.submit(function, one) for one in itertools.islice(blocks, ahead)
    )
    try:
        while waiting:
            yield _result(waiting.popleft())
            waiting.extend(pool.submit(function, one) for one in itertools.islice(blocks, 1))
    finally:
        for future in waiting:
            future.cancel()


def _result(future: Future[Made]) -> Made:
    try:
        return future.result()
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        if "pickle" not in str(error):
            raise
        raise EngineError(
            f"what was to run cannot be sent to another process: {error}; define LFs, and what they use, in "
            "a module, or leave processes= out"
        ) from error
