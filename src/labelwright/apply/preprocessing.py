"""Preprocessors: each chain of them runs once a row, however many labeling functions share it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from labelwright.apply.memory import PreprocessorMemory
from labelwright.apply.outcomes import outcomes
from labelwright.apply.remembering import Remembered
from labelwright.lfs import Preprocessor, PythonLF
from labelwright.lfs.fingerprint import fingerprint_of

Chain: TypeAlias = tuple[str, ...]
"""The fingerprints of preprocessors that run one after the other."""


class Chains:
    """The preprocessors of some LFs as a tree: LFs that start with the same ones share their results.

    Parameters
    ----------
    lfs : iterable of PythonLF
        The LFs whose preprocessors are run.
    memory : PreprocessorMemory, optional
        Where results are kept.
    """

    __slots__ = ("_memory", "_of", "_remembered", "_steps")

    def __init__(self, lfs: Iterable[PythonLF], memory: PreprocessorMemory | None = None) -> None:
        self._memory = memory
        self._remembered: dict[Chain, Remembered] = {}
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
                started = time.perf_counter()
                done[chain] = self._run(chain, before, rows)
                name = self._steps[chain[-1]].name
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started
            return done[chain]

        return prepared

    def close(self) -> None:
        """Close the files of the memory."""
        if self._memory is not None:
            self._memory.close()

    def _run(self, chain: Chain, before: list[Any], rows: list[Any]) -> list[Any]:
        step = self._steps[chain[-1]]
        if self._memory is None or step.keep is False:
            return [result for result, _ in outcomes(step, before)]
        if chain not in self._remembered:
            steps = [self._steps[one] for one in chain]
            self._remembered[chain] = Remembered(steps, self._memory.shelf(fingerprint_of(chain)))
        return self._remembered[chain].run(before, rows)
