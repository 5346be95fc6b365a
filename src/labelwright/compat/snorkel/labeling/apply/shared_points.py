"""Data points on their way through the labeling functions of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Chain: TypeAlias = "tuple[Any, ...]"
"""Preprocessors that run one after the other."""


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

    __slots__ = ("_alive", "_lfs", "_make", "_shared")

    def __init__(self, make: Callable[[int], Any], chains: Iterable[Chain]) -> None:
        self._make = make
        own = list(chains)
        self._lfs, self._shared = len(own), len(own) > 1
        self._alive: dict[int, tuple[list[int], dict[Chain, Any]]] = {}

    def after(self, chain: Chain, row: int) -> Any:
        """Return the data point of a row as a chain of preprocessors leaves it."""
        if not self._shared:
            return _run(chain, {(): self._make(row)})
        if row not in self._alive:
            self._alive[row] = ([self._lfs], {(): self._make(row)})
        left, done = self._alive[row]
        left[0] -= 1
        if not left[0]:
            del self._alive[row]
        return _run(chain, done)


def _run(chain: Chain, done: dict[Chain, Any]) -> Any:
    if chain not in done:
        done[chain] = chain[-1](_run(chain[:-1], done))
    return done[chain]
