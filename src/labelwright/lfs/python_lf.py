"""Labeling functions written as Python code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import ABSTAIN
from labelwright.lfs._fingerprint.code import names_reached
from labelwright.lfs._fingerprint.parts import Named
from labelwright.lfs._source import set_state, source_text, state_of, summary_line
from labelwright.lfs.base import BatchLF, LabelingFunction
from labelwright.lfs.preprocessors import Preprocessor
from labelwright.lfs.row import as_row

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PythonLF(LabelingFunction):
    """A labeling function that is any Python code, run row by row; made by `labeling_function`.

    Parameters
    ----------
    f : callable
        ``f(row, **resources)`` returns a class index, a class name, or ABSTAIN or None; or a distribution
        over the classes; or a set of classes one of which is right.
    resources : mapping of str to object
        Passed to ``f`` as keyword arguments.
    pre : tuple of Preprocessor
        Run on the row first, left to right.
    abstain : int or None
        A further value that abstains.
    first_class : int
        The number that ``f`` gives to the first class.
    timeout : float or None
        The seconds that a call may take; 0 sets no limit, None leaves it to whoever runs it. No part of the
        fingerprint.
    """

    kind: ClassVar[str] = "python"
    reads_text: ClassVar[bool] = True
    runs: ClassVar[str] = "rows"
    is_code: ClassVar[bool] = True

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    pre: tuple[Preprocessor, ...] = ()
    abstain: int | None = None
    first_class: int = 0
    timeout: float | None = None

    def __getstate__(self) -> list[object]:
        return state_of(self)

    def __setstate__(self, state: list[object]) -> None:
        set_state(self, state)

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
        counting = _counting(self)
        return plain if counting is None else _recounted(plain, counting)

    @property
    def source(self) -> str:
        """The source text of the function, or a comment that says why there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code: {self.name}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        resources = _unordered(self.resources)
        return (self.f, resources, self.pre, self.abstain, self.first_class, Named("columns", self.columns))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PythonBatchLF(BatchLF):
    """A labeling function that is Python code over whole columns; made by `labeling_function`.

    Parameters
    ----------
    f : callable
        ``f(frame, **resources)`` returns one class index, class name, ABSTAIN or None a row.
    resources, abstain, first_class, timeout
        As for `PythonLF`; a call is for many rows.
    row_local : bool, default True
        Whether the vote on a row depends on that row alone. Without, ``f`` gets all rows at once.
    """

    kind: ClassVar[str] = "batch"
    reads_text: ClassVar[bool] = True
    is_code: ClassVar[bool] = True

    f: Callable[..., Any]
    resources: Mapping[str, object] = field(default_factory=dict)
    abstain: int | None = None
    first_class: int = 0
    row_local: bool = True
    timeout: float | None = None

    def __getstate__(self) -> list[object]:
        return state_of(self)

    def __setstate__(self, state: list[object]) -> None:
        set_state(self, state)

    def __call__(self, frame: pl.DataFrame) -> Any:
        """Return what the function returns on a frame."""
        return self.f(frame, **self.resources)

    def vote_batch(self, frame: pl.DataFrame) -> object:
        """Return a sequence of raw votes (indices, names, None), one a row of ``frame``."""
        votes = self(frame)
        counting = _counting(self)
        if counting is None or not isinstance(votes, Iterable):  # whoever checks the votes says so
            return votes
        return [counting.from_zero(vote) for vote in votes]

    @property
    def source(self) -> str:
        """The source text of the function, or a comment that says why there is none."""
        return source_text(self.f)

    def describe(self) -> str:
        """Return the first line of the docstring, or that this is Python code."""
        return summary_line(self.f) or f"Python code over whole columns: {self.name}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        resources, whole = _unordered(self.resources), () if self.row_local else ("all rows at once",)
        return (self.f, resources, self.abstain, self.first_class, Named("columns", self.columns), *whole)


WHOLE_COLUMNS: Final = (
    "Counter arg_sort argsort cum_count cum_max cum_min cum_prod cum_sum cumsum describe diff "
    "drop_duplicates duplicated group_by groupby is_duplicated is_first_distinct is_last_distinct is_unique "
    "join_asof mean median mode n_unique over pct_change qcut quantile rank rle shift sort sort_by std "
    "top_k unique unique_counts value_counts var zscore"
)
"""Names in code that most likely looks at whole columns."""


def names_whole_columns(f: Callable[..., Any]) -> bool:
    """Say whether a function, or one of the user's that it calls, names what looks at whole columns.

    Examples
    --------
    >>> names_whole_columns(lambda frame: frame["x"] > frame["x"].mean())
    True
    >>> names_whole_columns(lambda frame: frame["x"] > 3)
    False
    """
    return not names_reached(f).isdisjoint(WHOLE_COLUMNS.split())


def _unordered(resources: Mapping[str, object]) -> dict[str, object]:
    """Return the resources by name: keyword arguments have no order."""
    return {name: Named(f"resource {name}", value) for name, value in sorted(resources.items())}


@dataclass(frozen=True, slots=True)
class _Counting:
    """How a function numbers the classes, and which number it abstains with."""

    abstain: int | None
    first: int
    classes: int | None  # how many, where that is known

    def from_zero(self, raw: Any) -> Any:
        """Return a raw vote with classes counted from 0; what is no integer passes unchanged.

        False == 0 and 0.0 == 0, but neither is a vote, so only integers are compared.
        """
        if isinstance(raw, (set, frozenset)):
            return {self.from_zero(one) for one in raw}
        if isinstance(raw, Mapping):
            return {self.from_zero(one): share for one, share in raw.items()}
        if raw.__class__ is not int and not isinstance(raw, np.integer):
            return raw
        if raw in (self.abstain, ABSTAIN):
            return ABSTAIN
        vote = raw - self.first
        if vote < 0 or (self.classes is not None and vote >= self.classes):
            raise LabelingFunctionError(self._message(raw))
        return vote

    def _message(self, raw: object) -> str:
        last = "" if self.classes is None else f" to {self.first + self.classes - 1}"
        hint = (
            "; if the LF counts classes from 1, say first_class=1" if self.abstain == 0 == self.first else ""
        )
        silent = "None" if self.abstain is None else self.abstain
        return f"{raw} is no vote: its classes count from {self.first}{last}, and {silent} abstains{hint}"


def _counting(lf: PythonLF | PythonBatchLF) -> _Counting | None:
    """Return how an LF counts, or None where it counts as everybody does."""
    if lf.abstain is None and lf.first_class == 0:
        return None
    return _Counting(lf.abstain, lf.first_class, None if lf.space is None else len(lf.space))


def _recounted(f: Callable[[Any], Any], counting: _Counting) -> Callable[[Any], Any]:
    def vote(x: Any) -> Any:
        return counting.from_zero(f(x))

    return vote
