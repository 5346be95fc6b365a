"""Data points on their way through the labeling functions of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Chain: TypeAlias = "tuple[Any, ...]"
"""Preprocessors that run one after the other."""


class _Alive:
    """A data point, how many LFs have yet to see it, and what preprocessors have made of it."""

    __slots__ = ("done", "left", "point")

    def __init__(self, point: Any, left: int) -> None:
        self.point, self.left = point, left
        self.done: dict[Chain, Any] = {(): point}


class SharedPoints:
    """Makes each data point when it is first asked for, and keeps it until its last LF has had it.

    Preprocessors run once a data point however many LFs share them.

    Parameters
    ----------
    make : callable
        Row number -> data point.
    chains : iterable of tuples of preprocessors
        What each LF runs first; every LF is expected to ask once for every row.

    Examples
    --------
    >>> calls = []
    >>> step = lambda x: calls.append(x) or x.upper()
    >>> points = SharedPoints(["spam", "ham"].__getitem__, [(step,), (step,), ()])
    >>> [points.after(chain, 0) for chain in ((step,), (step,), ())], calls
    (['SPAM', 'SPAM', 'spam'], ['spam'])
    """

    __slots__ = ("_alive", "_lfs", "_make")

    def __init__(self, make: Callable[[int], Any], chains: Iterable[Chain]) -> None:
        self._make = make
        self._lfs = len(list(chains))
        self._alive: dict[int, _Alive] = {}

    def after(self, chain: Chain, row: int) -> Any:
        """Return the data point of a row as a chain of preprocessors leaves it."""
        alive = self._alive.get(row)
        if alive is None:
            alive = self._alive[row] = _Alive(self._make(row), self._lfs)
        alive.left -= 1
        if not alive.left:
            del self._alive[row]
        return _run(chain, alive.done) if chain else alive.point


def _run(chain: Chain, done: dict[Chain, Any]) -> Any:
    if chain not in done:
        done[chain] = chain[-1](_run(chain[:-1], done))
    return done[chain]
