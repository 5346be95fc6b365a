"""Whether there is memory for what a label model is about to lay out, said before it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from labelwright import _memory
from labelwright._errors import LabelModelError
from labelwright._memory import gigabytes
from labelwright._text import count
from labelwright._types import ABSTAIN, VoteArray

NUMBER: Final = 8
"""Bytes of a number."""

STRAY: Final = 1 << 30
"""Bytes from which on classes that nobody votes for are taken for a mistake, where no space names them."""

Numbers = Callable[[int, int, int, int], float]
"""From patterns, LFs, classes and different votes (LF, class) to the numbers that a fit holds at its peak."""


def check_fit(model: str, needed: Numbers, votes: VoteArray, k: int, *, named: bool) -> None:
    """Let a fit to (u, m) patterns of k classes pass that there is memory for.

    Parameters
    ----------
    model : str
        Who asks, for the message.
    needed : callable
        What it holds.
    votes : (u, m) votes
    k : int
    named : bool
        Whether somebody said which classes there are; without, k is the highest vote.

    Raises
    ------
    LabelModelError
        There is not, with what it takes, what is left, and how many classes would go; or most classes are
        voted by nobody, and it takes a gigabyte.
    """
    u, m = votes.shape
    if NUMBER * needed(u, m, k, min(m * k, u * m)) < _memory.SMALL:
        return
    cast = np.unique((np.arange(m) * (k + 1) + votes)[votes != ABSTAIN])
    size, left = NUMBER * needed(u, m, k, len(cast)), _memory.available()
    voted = np.unique(cast % (k + 1))
    what = f"{model} takes about {gigabytes(size)} for {count(k, 'class', 'classes')}, {count(m, 'LF')} and "
    what += count(u, "distinct row")
    if not named and size > STRAY and len(voted) * 2 < k:
        lf, row = (int(at[0]) for at in np.nonzero((votes == voted[-1]).T))
        raise LabelModelError(
            f"{what}, though only {len(voted):,} of the classes are voted: is class {voted[-1]} of LF {lf} "
            f"(pattern {row}) a mistake? Name the classes (a LabelMatrix with its space, or n_classes={k}) "
            "if it is none"
        )
    if size > _memory.SHARE * left:
        most = _largest(lambda classes: NUMBER * needed(u, m, classes, len(cast)) <= _memory.SHARE * left, k)
        unused = k - len(voted)
        raise LabelModelError(
            f"{what}, and {gigabytes(left)} are left; "
            + (f"it can take {most:,} classes here" if most > 1 else "take fewer LFs or rows")
            + (f" ({unused:,} of these are never voted: leave them out)" if unused else "")
            + "; or use MajorityVote, which takes least"
        )


def check_predict(model: str, n: int, k: int) -> None:
    """Let a prediction of (n, k) probabilities pass that there is memory for.

    Raises
    ------
    LabelModelError
        There is not.
    """
    size = 2.0 * NUMBER * n * k
    if size < _memory.SMALL or size <= _memory.SHARE * (left := _memory.available()):
        return
    rows = int(_memory.SHARE * left / (2 * NUMBER * k))
    raise LabelModelError(
        f"{model} takes about {gigabytes(size)} for the probabilities of {n:,} rows and {k:,} classes, and "
        f"{gigabytes(left)} are left; predict at most {rows:,} rows at a time"
    )


def _largest(goes: Callable[[int], bool], most: int) -> int:
    """Return the largest number up to `most` that goes, given that all smaller ones do; 0 where none does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if goes(middle) else (low, middle - 1)
    return low
