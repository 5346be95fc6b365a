"""Labeling functions written as Python code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN
from labelwright.lfs.labeling_function import BatchLF, LabelingFunction
from labelwright.lfs.preprocessor import Preprocessor
from labelwright.lfs.row import as_row
from labelwright.lfs.source import source_text, summary_line

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PythonLF(LabelingFunction):
    """A labeling function that is any Python code, run row by row; made by `labeling_function`.

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
    first_class : int
        The number that ``f`` gives to the first class.
    """

    kind: ClassVar[str] = "python"

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    pre: tuple[Preprocessor, ...] = ()
    abstain: int | None = None
    first_class: int = 0

    def __call__(self, x: Any) -> Any:
        """Return what the function returns on a row, after its preprocessors; a dictionary is a row."""
        row = as_row(x)
        for preprocess in self.pre:
            row = preprocess(row)
        return self.f(row, **self.resources)

    @property
    def bound(self) -> Callable[[Any], Any]:
        """The function with its resources bound, its votes counted from 0 and -1 for its abstain value.

        Preprocessors are not run by it: whoever runs many LFs runs them once a row.
        """
        plain = functools.partial(self.f, **self.resources) if self.resources else self.f
        if self.abstain is None and self.first_class == 0:
            return plain
        return _recounted(plain, self.abstain, self.first_class)

    @property
    def source(self) -> str:
        """The source text of the function, or a comment that says why there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code: {self.name}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.f, _unordered(self.resources), self.pre, self.abstain, self.first_class)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PythonBatchLF(BatchLF):
    """A labeling function that is Python code over whole columns; made by `labeling_function`.

    Parameters
    ----------
    f : callable
        ``f(frame, **resources)`` returns one class index, class name, ABSTAIN or None a row.
    resources, abstain, first_class
        As for `PythonLF`.
    """

    kind: ClassVar[str] = "batch"

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    abstain: int | None = None
    first_class: int = 0

    def __call__(self, frame: pl.DataFrame) -> Any:
        """Return what the function returns on a frame."""
        return self.f(frame, **self.resources)

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``."""
        votes = self(frame)
        if self.abstain is None and self.first_class == 0:
            return votes
        try:
            return [_from_zero(vote, self.abstain, self.first_class) for vote in votes]
        except TypeError:  # no sequence at all: whoever checks the votes says so
            return votes

    @property
    def source(self) -> str:
        """The source text of the function, or a comment that says why there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code over whole columns: {self.name}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.f, _unordered(self.resources), self.abstain, self.first_class)


def _unordered(resources: Mapping[str, object]) -> dict[str, object]:
    """Return the resources by name: keyword arguments have no order."""
    return dict(sorted(resources.items()))


def _recounted(f: Callable[[Any], Any], abstain: int | None, first: int) -> Callable[[Any], Any]:
    def vote(x: Any) -> Any:
        return _from_zero(f(x), abstain, first)

    return vote


def _from_zero(raw: Any, abstain: int | None, first: int) -> Any:
    """Return a raw vote with classes counted from 0; what is no integer passes unchanged.

    False == 0 and 0.0 == 0, but neither is a vote, so only integers are compared.
    """
    if raw.__class__ is not int and not isinstance(raw, np.integer):
        return raw
    if raw in (abstain, ABSTAIN):
        return ABSTAIN
    if raw < first:  # not a class, and not -1 after subtracting either
        raise LabelingFunctionError(
            f"{raw} is no vote: classes count from {first} (first_class={first}); return "
            f"{'None' if abstain is None else abstain} to abstain"
        )
    return raw - first
