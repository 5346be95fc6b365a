"""Whether two counts of votes are about the same LFs and classes, and what they are then about together.

Names and classes that were made up from positions give way to those that a user gave.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._types import BoolArray
from labelwright.core.label_space import LabelSpace
from labelwright.core.task import Task, go_together

Sets: TypeAlias = tuple[LabelSpace, BoolArray | None]


def common_space(one: LabelSpace, other: LabelSpace) -> LabelSpace:
    """Return the classes of both, or raise LabelMatrixError.

    Examples
    --------
    >>> common_space(LabelSpace.of_size(2), LabelSpace(["a", "b", "c"])).names
    ('a', 'b', 'c')
    """
    small, large = sorted((one, other), key=len)
    if small == large or small == LabelSpace.of_size(len(small)):
        return large
    if large == LabelSpace.of_size(len(small)):
        return small
    raise LabelMatrixError(
        f"statistics over {one} and over {other} do not add; count both over the same label space"
    )


def common_task(one: Task | None, other: Task | None, *, over: LabelSpace) -> Task | None:
    """Return the task of both over their common classes, or raise LabelMatrixError."""
    if not go_together(one, other):
        raise LabelMatrixError(
            f"statistics of {one} and of {other} do not add: they answer different questions; "
            "keep the statistics of each task"
        )
    task = one or other
    return None if task is None else task.over(over)


def common_names(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return the LF names of both, or raise LabelMatrixError.

    Examples
    --------
    >>> common_names(("lf_0", "lf_1"), ("url", "short"))
    ('url', 'short')
    """
    if len(one) != len(other):
        raise LabelMatrixError(
            f"statistics of {len(one)} and of {len(other)} LFs do not add; count both over the same LFs"
        )
    made_up = tuple(f"lf_{j}" for j in range(len(one)))
    if other in (one, made_up):
        return one
    if one == made_up:
        return other
    mine, its = next(pair for pair in zip(one, other, strict=True) if pair[0] != pair[1])
    raise LabelMatrixError(
        f"statistics of other LFs do not add: {mine!r} stands in one where {its!r} stands in the other; "
        "count both over the same LFs in the same order"
    )


def common_sets(one: Sets, other: Sets) -> BoolArray | None:
    """Return the sets of classes that codes from k on stand for in both, or raise LabelMatrixError."""
    (space, sets), (other_space, other_sets) = one, other
    if sets is None and other_sets is None:
        return None
    alike = sets is None or other_sets is None or np.array_equal(sets, other_sets)
    if alike and len(space) == len(other_space):
        return other_sets if sets is None else sets
    raise LabelMatrixError(
        "statistics over different vote_sets do not add: a code would stand for two sets of classes; "
        "make both label matrices with the same vote_sets"
    )
