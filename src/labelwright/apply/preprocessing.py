"""Preprocessors: each chain of them runs once a row, however many labeling functions share it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from labelwright.lfs import Preprocessor, PythonLF, Row

Chain: TypeAlias = tuple[str, ...]
"""The fingerprints of preprocessors that run one after the other."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Stands for a row on which a preprocessor raised."""

    step: str
    error: Exception


class Chains:
    """The preprocessors of some LFs as a tree: LFs that start with the same ones share their results.

    Parameters
    ----------
    lfs : iterable of PythonLF
        The LFs whose preprocessors are run.
    """

    __slots__ = ("_of", "_steps")

    def __init__(self, lfs: Iterable[PythonLF]) -> None:
        self._steps: dict[str, Preprocessor] = {}
        self._of: dict[str, Chain] = {}
        prints: dict[int, str] = {}
        for lf in lfs:
            chain = tuple(prints.setdefault(id(step), step.fingerprint) for step in lf.pre)
            self._steps.update(zip(chain, lf.pre, strict=True))
            self._of[lf.name] = chain

    def of(self, lf: PythonLF) -> Chain:
        """Return the chain of an LF."""
        return self._of[lf.name]

    def prepare(self, rows: list[Any], seconds: dict[str, float]) -> Callable[[Chain], list[Any]]:
        """Return a function that gives the rows as a chain leaves them, each chain run when first asked for.

        Parameters
        ----------
        rows : list of rows
            The data points.
        seconds : dict of str to float
            Gets the time of each preprocessor.
        """
        done: dict[Chain, list[Any]] = {(): rows}

        def prepared(chain: Chain) -> list[Any]:
            if chain not in done:
                before = prepared(chain[:-1])
                done[chain] = _run(self._steps[chain[-1]], before, seconds)
            return done[chain]

        return prepared


def _run(step: Preprocessor, rows: list[Any], seconds: dict[str, float]) -> list[Any]:
    started = time.perf_counter()
    prepared = [_prepare(step, row) for row in rows]
    seconds[step.name] = seconds.get(step.name, 0.0) + time.perf_counter() - started
    return prepared


def _prepare(step: Preprocessor, row: Any) -> Any:
    if isinstance(row, Failure):
        return row
    # Other chains go on from this row too, so a step that sets attributes gets one of its own.
    own = Row(row) if isinstance(row, Row) else row
    try:
        return step(own)
    except Exception as error:
        return Failure(step.name, error)
