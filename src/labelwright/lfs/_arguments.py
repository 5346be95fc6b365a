"""What labeling functions are given - names, classes, columns, numbers, code - and the checks of it."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import numpy as np

from labelwright._errors import LabelingFunctionError, LabelSpaceError, SchemaError
from labelwright._types import ABSTAIN
from labelwright._validate import is_number
from labelwright.core import LabelSpace, Task
from labelwright.core.task import as_space, as_task

if TYPE_CHECKING:
    import polars as pl


def as_lf_name(name: object) -> str:
    """Return the name of an LF, or raise where it is no non-empty string."""
    if not isinstance(name, str) or not name.strip():
        raise LabelingFunctionError(f"LF name {name!r} is not a non-empty string; name every LF")
    return name


Number: TypeAlias = int | float


class Common(TypedDict):
    """What every labeling function is given, whatever its kind: the fields of `LabelingFunction`."""

    name: str
    space: LabelSpace | None
    task: Task | None
    should: Any
    should_not: Any
    deterministic: bool
    version: str | None


def common_arguments(
    name: object,
    space: object,
    should: object = (),
    should_not: object = (),
    *,
    deterministic: object = False,
    version: object = None,
) -> Common:
    """Return the arguments that all kinds share as fields of the LF, which checks the examples itself."""
    lf = as_lf_name(name)
    if space is not None and not isinstance(space, (LabelSpace, Task)):
        raise LabelingFunctionError(
            f"LF {lf!r}: space is {space!r} ({type(space).__name__}); pass a LabelSpace or a Task"
        )
    return Common(
        name=lf,
        space=as_space(space),
        task=as_task(space),
        should=should,
        should_not=should_not,
        **declared_repeats(deterministic, version, f"LF {lf!r}"),
    )


class Repeats(TypedDict):
    """What is said of code that asks for more than a key can hold."""

    deterministic: bool
    version: str | None


def declared_repeats(deterministic: object, version: object, who: str) -> Repeats:
    """Return whether code gives the same for the same row, and under which version, or raise."""
    if not isinstance(deterministic, bool):
        raise LabelingFunctionError(f"{who}: deterministic={deterministic!r}; expected True or False")
    if version is not None and (isinstance(version, bool) or not isinstance(version, (str, int))):
        raise LabelingFunctionError(f"{who}: version={version!r}; expected a text, such as '2', or a number")
    return Repeats(deterministic=deterministic, version=None if version is None else str(version))


def as_column(column: object, lf: str, *, parameter: str = "on") -> str:
    """Return a column name, or raise where it is no non-empty string."""
    if not isinstance(column, str) or not column:
        raise LabelingFunctionError(f"LF {lf!r}: {parameter}={column!r} is no column name; pass a string")
    return column


def as_description(description: object, lf: str) -> str | None:
    """Return the description of an LF on one line, or None; raise where it is no text."""
    if description is None:
        return None
    if not isinstance(description, str):
        raise LabelingFunctionError(f"LF {lf!r}: description={description!r} is no text; pass a sentence")
    return " ".join(description.split())


def as_vote(vote: object, space: LabelSpace | None, lf: str) -> int | str:
    """Return a vote for one class, checked against the space where that is known.

    With a space the result is the class index; without one an index >= 0 or a name is kept as it is.
    """
    if space is not None:
        index = vote_index(vote, space, lf)
        if index != ABSTAIN:
            return index
    elif isinstance(vote, str) and vote:
        return vote
    elif isinstance(vote, (int, np.integer)) and not isinstance(vote, (bool, np.bool_)) and vote >= 0:
        return int(vote)
    raise LabelingFunctionError(f"LF {lf!r}: vote={vote!r} is no class; pass a class index or name")


Vote: TypeAlias = int | str | tuple[int | str, ...]
"""The class that an LF votes for where it fires, or several, one of which is right."""


def as_vote_or_set(vote: object, space: LabelSpace | None, lf: str) -> Vote:
    """Return a vote for one class, or for a set of classes as a tuple of them in the order of the classes."""
    if not isinstance(vote, (list, tuple, set, frozenset)):
        return as_vote(vote, space, lf)
    classes = {as_vote(one, space, lf) for one in vote}
    if len(classes) == 1:
        return classes.pop()
    if not classes or (space is not None and len(classes) == len(space)):
        raise LabelingFunctionError(
            f"LF {lf!r}: vote={vote!r} is a set of {'no class' if not classes else 'all classes'}, which "
            "says nothing; give at least one class, and not all"
        )
    return tuple(sorted(classes, key=lambda one: (isinstance(one, str), one)))


def vote_index(vote: object, space: LabelSpace, lf: str) -> int:
    """Return the class index of a vote; an unknown class is an error that names the LF.

    Of a set it is the first, and all are checked: whoever runs the LF makes the set of it.
    """
    if isinstance(vote, tuple):
        first, *_ = [vote_index(one, space, lf) for one in vote]
        return first
    try:
        return space.index(vote)
    except LabelSpaceError as error:
        wrong = LabelingFunctionError(f"LF {lf!r}: vote: {error}")
        wrong.lf, wrong.kind = lf, "vote"
        raise wrong from None


def vote_name(vote: Vote, space: LabelSpace | None) -> str:
    """Return the class a vote stands for, as people read it; of a set all with "or" between them."""
    if isinstance(vote, tuple):
        return " or ".join(vote_name(one, space) for one in vote)
    if isinstance(vote, str):
        return vote
    return f"class {vote}" if space is None else space.name(vote)


def source_vote(vote: Vote | None, space: LabelSpace | None) -> str:
    """Return the vote as a definition writes it: by class name where that is known."""
    if isinstance(vote, tuple):
        return f"[{', '.join(source_vote(one, space) for one in vote)}]"
    return repr(vote_name(vote, space) if space is not None and vote is not None else vote)


def vote_where(hit: pl.Expr, vote: Vote, *, space: LabelSpace, lf: str) -> pl.Expr:
    """Return the Int16 votes of an LF: the class where ``hit`` is true, else (or null) abstain."""
    import polars as pl

    index = vote_index(vote, space, lf)
    return pl.when(hit).then(pl.lit(index, pl.Int16)).otherwise(pl.lit(ABSTAIN, pl.Int16)).alias(lf)


def as_number(value: object, lf: str, *, parameter: str) -> Number:
    """Return a number to compare with, or raise where it is none."""
    if not is_number(value) or math.isnan(value):
        raise LabelingFunctionError(f"LF {lf!r}: {parameter}={value!r} is no number; give an int or a float")
    return value.item() if isinstance(value, np.generic) else value


def require_text(schema: Mapping[str, pl.DataType], column: str, lf: str) -> None:
    """Raise a SchemaError where a column that an LF reads as text holds something else."""
    import polars as pl

    if schema[column] not in (pl.String, pl.Null):
        raise SchemaError(
            f"LF {lf!r} reads texts from column {column!r}, which is {schema[column]}; cast it to String"
        )


def require_number(schema: Mapping[str, pl.DataType], column: str, lf: str) -> None:
    """Raise a SchemaError where a column that an LF reads as numbers holds something else."""
    import polars as pl

    if not schema[column].is_numeric() and schema[column] != pl.Null:
        raise SchemaError(
            f"LF {lf!r} reads numbers from column {column!r}, which is {schema[column]}; "
            "cast it to a number, or use lw.expression for other comparisons"
        )


def check_callable(f: Any, who: str, *, resources: Mapping[str, object] | None = None) -> None:
    """Raise where ``f`` cannot be called as ``f(row, **resources)`` and return a vote."""
    if inspect.isclass(f):
        raise LabelingFunctionError(f"{who} is the class {f.__name__!r}; decorate a function")
    if not callable(f):
        raise LabelingFunctionError(f"{who} got {f!r} ({type(f).__name__}); decorate a function")
    if inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f):
        raise LabelingFunctionError(f"{who} is a coroutine function; write it with def, not async def")
    if inspect.isgeneratorfunction(f):
        raise LabelingFunctionError(f"{who} is a generator; return one vote instead of yielding")
    _check_arguments(f, who, resources or {})


def _check_arguments(f: Any, who: str, resources: Mapping[str, object]) -> None:
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # some builtins have none
        return
    try:
        signature.bind(None, **resources)
    except TypeError as error:
        given = f" and the resources {', '.join(resources)}" if resources else ""
        raise LabelingFunctionError(
            f"{who} takes {signature}; it is called with one row{given} ({error})"
        ) from None


def as_time_limit(timeout: object, who: str) -> float | None:
    """Return the seconds that a call may take, 0 for no limit; None, where nobody says, stays None.

    Raises
    ------
    LabelingFunctionError
        It is no number of at least 0.
    """
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout >= 0:
        raise LabelingFunctionError(f"{who}: timeout={timeout!r}; expected seconds, or 0 for no limit")
    return 0.0 if timeout == float("inf") else float(timeout)
