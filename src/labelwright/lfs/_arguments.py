"""The one class that a declarative labeling function votes for, and its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from labelwright._errors import LabelingFunctionError, LabelSpaceError
from labelwright._types import ABSTAIN
from labelwright.core import LabelSpace, Task
from labelwright.core.task import as_space, as_task

if TYPE_CHECKING:
    import polars as pl


def as_lf_name(name: object) -> str:
    """Return the name of an LF, or raise where it is no non-empty string."""
    if not isinstance(name, str) or not name.strip():
        raise LabelingFunctionError(f"LF name {name!r} is not a non-empty string; name every LF")
    return name


class Common(TypedDict):
    """What every labeling function is given, whatever its kind: the fields of `LabelingFunction`."""

    name: str
    space: LabelSpace | None
    task: Task | None
    should: Any
    should_not: Any


def common_arguments(name: object, space: object, should: object = (), should_not: object = ()) -> Common:
    """Return the arguments that all kinds share as fields of the LF, which checks the examples itself."""
    lf = as_lf_name(name)
    if space is not None and not isinstance(space, (LabelSpace, Task)):
        raise LabelingFunctionError(
            f"LF {lf!r}: space is {space!r} ({type(space).__name__}); pass a LabelSpace or a Task"
        )
    return Common(name=lf, space=as_space(space), task=as_task(space), should=should, should_not=should_not)


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


def vote_index(vote: object, space: LabelSpace, lf: str) -> int:
    """Return the class index of a vote; an unknown class is an error that names the LF."""
    try:
        return space.index(vote)
    except LabelSpaceError as error:
        wrong = LabelingFunctionError(f"LF {lf!r}: vote: {error}")
        wrong.lf, wrong.kind = lf, "vote"
        raise wrong from None


def vote_name(vote: int | str, space: LabelSpace | None) -> str:
    """Return the class a vote stands for, as people read it."""
    if isinstance(vote, str):
        return vote
    return f"class {vote}" if space is None else space.name(vote)


def source_vote(vote: int | str | None, space: LabelSpace | None) -> str:
    """Return the vote as a definition writes it: by class name where that is known."""
    return repr(vote_name(vote, space) if space is not None and vote is not None else vote)


def vote_where(hit: pl.Expr, vote: int | str, *, space: LabelSpace, lf: str) -> pl.Expr:
    """Return the Int16 votes of an LF: the class where ``hit`` is true, else (or null) abstain."""
    import polars as pl

    index = vote_index(vote, space, lf)
    return pl.when(hit).then(pl.lit(index, pl.Int16)).otherwise(pl.lit(ABSTAIN, pl.Int16)).alias(lf)
