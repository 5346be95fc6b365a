"""The decorator that makes a labeling function of Python code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, overload

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import as_time_limit, check_callable, common_arguments
from labelwright.lfs._columns import declared_columns, inferred_columns
from labelwright.lfs._examples import Examples
from labelwright.lfs.preprocessors import Preprocessor
from labelwright.lfs.python_lf import PythonBatchLF, PythonLF, names_whole_columns

Function = Callable[..., Any]


@overload
def labeling_function(space: Function, /) -> PythonLF: ...
@overload
def labeling_function(
    space: LabelSpace | Task | None = None,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    resources: Mapping[str, object] | None = None,
    pre: Iterable[Preprocessor] = (),
    abstain: int | None = None,
    first_class: int = 0,
    should: Examples = (),
    should_not: Examples = (),
    timeout: float | None = None,
    batch: Literal[False] = False,
    deterministic: bool = False,
    version: str | int | None = None,
) -> Callable[[Function], PythonLF]: ...
@overload
def labeling_function(
    space: LabelSpace | Task | None = None,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    resources: Mapping[str, object] | None = None,
    abstain: int | None = None,
    first_class: int = 0,
    should: Examples = (),
    should_not: Examples = (),
    timeout: float | None = None,
    batch: Literal[True],
    row_local: bool | None = None,
    deterministic: bool = False,
    version: str | int | None = None,
) -> Callable[[Function], PythonBatchLF]: ...
def labeling_function(
    space: LabelSpace | Task | Function | None = None,
    *,
    name: str | None = None,
    columns: Iterable[str] | None = None,
    resources: Mapping[str, object] | None = None,
    pre: Iterable[Preprocessor] = (),
    abstain: int | None = None,
    first_class: int = 0,
    should: Examples = (),
    should_not: Examples = (),
    timeout: float | None = None,
    batch: bool = False,
    row_local: bool | None = None,
    deterministic: bool = False,
    version: str | int | None = None,
) -> PythonLF | PythonBatchLF | Callable[[Function], PythonLF | PythonBatchLF]:
    """Make a labeling function of any Python code; a decorator, bare or with arguments.

    The function takes a row (``x.text``, ``x["text"]`` or ``x.get("text")``) and returns a class index, a
    class name, or ABSTAIN (-1) or None to abstain. It may also say how probable the classes are, as
    ``[.1, .8, .1]`` or ``{"SPAM": .8}`` (a scored vote for the most probable class, none at a tie; classes
    left out share the rest), or which classes it leaves possible, as ``{"ad", "scam"}`` (a vote for a set of
    classes). Anything else is an error that names LF and row.

    Parameters
    ----------
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    name : str, optional
        The function's own name by default.
    columns : iterable of str, optional
        The input columns that it reads. By default they are inferred from the source; where the source
        does not show them (the row is passed on whole, say), all columns count.
    resources : mapping of str to object, optional
        Passed as keyword arguments on every call. Their content is part of the fingerprint.
    pre : iterable of Preprocessor, default ()
        Run on the row first, left to right; each runs once a row however many LFs share it.
    abstain : int, optional
        A further value that abstains, such as 0 for functions that say 0 for "no vote". Other values keep
        their meaning: with ``abstain=0`` a 1 is still the class of index 1, and class 0 is voted by its
        name. ABSTAIN (-1) and None always abstain.
    first_class : int, default 0
        The number that the function gives to the first class. Functions written for Snorkel MeTaL return
        0 for "no vote" and 1..k for the classes: ``abstain=0, first_class=1``.
    should : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows on which it must vote, for that class where one is given. A row
        is a dictionary; where the LF reads one column, a bare string will do. They are no part of the
        fingerprint, so adding some runs nothing again.
    should_not : list of rows, or mapping from class to list of rows, optional
        Rows on which it must not vote, or not for that class.
    timeout : float, optional
        The seconds that a call may take: for one row, or with ``batch=True`` for all rows that it is given.
        Longer is a fault like an exception, in loops, where it waits, and in searches of regular expressions;
        only code in C that never looks back cannot be ended. 0 sets no limit. By default what `apply` or the
        project says, which is 60 s for a row. No part of the fingerprint.
    batch : bool, default False
        The function takes a polars DataFrame instead of a row and returns one vote a row of it.
    row_local : bool, optional
        With ``batch=True``: whether the vote on a row depends on that row alone. The function then gets
        blocks of at most 65,536 rows, and where it raises only the rows that do it lose their votes. A
        function that looks at whole columns - at a mean, at duplicates, at a document's other rows - says
        False, and gets all rows at once. By default False where its code, or that of a function of yours
        that it calls, names what looks at whole columns (``mean``, ``rank``, ``is_duplicated``, ``over``,
        ...), else True; `labelwright.check` tries whether that is so.
    deterministic : bool, default False
        It votes the same on the same row although it asks for what no record can hold: a server, a process,
        the clock, chance. Without, the votes of such a function are made anew in every run of a project.
        Files, environment variables and packages need no word: votes hold while these stay as they were.
    version : str or int, optional
        The same, under a version, such as that of a model on a server: give another one, and the votes are
        made anew.

    Returns
    -------
    PythonLF or PythonBatchLF
        Call it on a row-like object, a dictionary (or a frame) to test it.

    Raises
    ------
    LabelingFunctionError
        What is decorated is no plain function of one row and the resources; a wrong space, column,
        resource, preprocessor, or abstain value.

    Examples
    --------
    >>> space = LabelSpace(["HAM", "SPAM"])
    >>> @labeling_function(space)
    ... def check_out(x):
    ...     return space.SPAM if "check out" in x.text.lower() else None
    >>> check_out({"text": "Check out my channel"})
    1
    >>> @labeling_function(space, resources={"limit": 20}, batch=True)
    ... def short(frame, limit):
    ...     return [space.HAM if len(text) < limit else None for text in frame["text"]]
    >>> short.kind
    'batch'
    """

    def decorate(f: Function) -> PythonLF | PythonBatchLF:
        own = getattr(f, "__name__", type(f).__name__) if name is None else name
        classes = None if bare else space
        common = common_arguments(
            own, classes, should, should_not, deterministic=deterministic, version=version
        )
        lf = common["name"]
        given = _as_resources(resources, lf)
        check_callable(f, f"LF {lf!r}", resources=given)
        steps = _as_preprocessors(pre, lf)
        _check_numbers(abstain, first_class, lf)
        code: dict[str, Any] = {
            "columns": _columns(f, columns, steps, lf=lf, batch=batch),
            "f": f,
            "resources": given,
            "abstain": abstain,
            "first_class": first_class,
            "timeout": as_time_limit(timeout, f"LF {lf!r}"),
        }
        if not batch and row_local is False:
            raise LabelingFunctionError(
                f"LF {lf!r} gets one row at a time, so row_local=False cannot be; add batch=True"
            )
        if not batch:
            return PythonLF(**common, **code, pre=steps)
        if steps:
            raise LabelingFunctionError(
                f"LF {lf!r} takes whole columns (batch=True), preprocessors take rows; "
                "add the columns to the data, or compute them inside the LF"
            )
        local = not names_whole_columns(f) if row_local is None else row_local
        return PythonBatchLF(**common, **code, row_local=local)

    bare = callable(space) and not isinstance(space, (LabelSpace, Task))
    return decorate(space) if bare else decorate  # type: ignore[arg-type]


def _as_resources(resources: Mapping[str, object] | None, lf: str) -> dict[str, object]:
    if resources is None:
        return {}
    if not isinstance(resources, Mapping) or not all(isinstance(name, str) for name in resources):
        raise LabelingFunctionError(
            f"LF {lf!r}: resources={type(resources).__name__} is no mapping of argument names to values; "
            "pass resources={'name': value}"
        )
    return dict(resources)


def _as_preprocessors(pre: Iterable[Preprocessor], lf: str) -> tuple[Preprocessor, ...]:
    steps = (pre,) if isinstance(pre, Preprocessor) else tuple(pre)
    for step in steps:
        if not isinstance(step, Preprocessor):
            raise LabelingFunctionError(
                f"LF {lf!r}: pre holds {step!r}, which is no preprocessor; decorate it with @preprocessor"
            )
    return steps


def _check_numbers(abstain: object, first_class: object, lf: str) -> None:
    if abstain is not None and not _is_index(abstain):
        raise LabelingFunctionError(
            f"LF {lf!r}: abstain={abstain!r} is no integer; give the integer that means no vote, such as 0"
        )
    if not _is_index(first_class):
        raise LabelingFunctionError(f"LF {lf!r}: first_class={first_class!r} is no integer; give 0 or 1")


def _is_index(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _columns(
    f: Function, declared: Iterable[str] | None, pre: tuple[Preprocessor, ...], *, lf: str, batch: bool
) -> tuple[str, ...] | None:
    """Return the input columns of an LF and its preprocessors, less the fields that those add."""
    own = declared_columns(declared, f"LF {lf!r}")
    if own is not None:
        return own
    read = inferred_columns(f, attributes=not batch)
    for step in reversed(pre):
        if read is None or step.columns is None or step.fields is None:
            return None
        read = tuple(dict.fromkeys([*step.columns, *(c for c in read if c not in step.fields)]))
    return read
