"""Labeling functions written as Python code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labelwright._types import ABSTAIN
from labelwright.lfs.labeling_function import BatchLF, LabelingFunction
from labelwright.lfs.preprocessor import Preprocessor
from labelwright.lfs.row import as_row
from labelwright.lfs.source import summary_line, source_text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PythonLF(LabelingFunction):
    """A labeling function that is any Python code, run row by row.

    Made by `labeling_function`; call it on a row-like object or a dictionary to test it.

    Parameters
    ----------
    f : callable
        ``f(row, **resources)`` returns a class index, a class name, or ABSTAIN or None.
    resources : mapping of str to object
        Passed to ``f`` as keyword arguments.
    pre : tuple of Preprocessor
        Run on the row first, left to right.
    abstain : int or None
        A further value that abstains.
    """

    kind: ClassVar[str] = "python"

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    pre: tuple[Preprocessor, ...] = ()
    abstain: int | None = None

    def __call__(self, x: Any) -> Any:
        """Return what the function returns on a row, after its preprocessors; a dictionary is a row."""
        row = as_row(x)
        for preprocess in self.pre:
            row = preprocess(row)
        return self.f(row, **self.resources)

    @property
    def bound(self) -> Callable[[Any], Any]:
        """The function with its resources bound and its own abstain value turned into ABSTAIN.

        Preprocessors are not run by it: whoever runs many LFs runs them once a row.
        """
        plain = functools.partial(self.f, **self.resources) if self.resources else self.f
        return plain if self.abstain is None else _abstaining(plain, self.abstain)

    @property
    def source(self) -> str:
        """The source text of the function, or what is known of it where there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code: {self.name}"

    def _identity(self) -> tuple[object, ...]:
        return (self.f, dict(self.resources), [step.fingerprint for step in self.pre], self.abstain)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PythonBatchLF(BatchLF):
    """A labeling function that is Python code over whole columns; made by `labeling_function`."""

    kind: ClassVar[str] = "batch"

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    abstain: int | None = None

    def __call__(self, frame: pl.DataFrame) -> Any:
        """Return what the function returns on a frame."""
        return self.f(frame, **self.resources)

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``."""
        votes = self(frame)
        if self.abstain is None:
            return votes
        return [ABSTAIN if _is_value(vote, self.abstain) else vote for vote in votes]

    @property
    def source(self) -> str:
        """The source text of the function, or what is known of it where there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code over whole columns: {self.name}"

    def _identity(self) -> tuple[object, ...]:
        return (self.f, dict(self.resources), self.abstain)


def _abstaining(f: Callable[[Any], Any], abstain: int) -> Callable[[Any], Any]:
    def vote(x: Any) -> Any:
        raw = f(x)
        return ABSTAIN if _is_value(raw, abstain) else raw

    return vote


def _is_value(raw: object, value: int) -> bool:
    """Compare integers only: False == 0 and 0.0 == 0, but neither is a vote."""
    return (raw.__class__ is int or isinstance(raw, np.integer)) and raw == value
