"""What becomes of one labeling function when the classes change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self, TypeAlias

import numpy as np

from labelwright._display.notebook import Part, Point, Points
from labelwright._display.shown import Shown
from labelwright._types import ABSTAIN, BoolArray, VoteArray
from labelwright.core.votes.vote_sets import allowed_classes


class Voter(Protocol):
    """What a change needs to know of a labeling function."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def space(self) -> Any:
        """The classes that it votes for, where it says so."""

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for; None where its code decides."""


class Votes(Protocol):
    """What a change needs to know of a label matrix."""

    @property
    def space(self) -> Any:
        """The classes that votes are for."""

    @property
    def lf_names(self) -> tuple[str, ...]:
        """The LF names in column order."""

    @property
    def votes(self) -> VoteArray:
        """(n, m) votes."""

    @property
    def vote_sets(self) -> BoolArray | None:
        """The sets of classes that later votes stand for."""

    def over(self, space: Any, allowed: BoolArray) -> Self:
        """Return the votes over other classes."""


Action: TypeAlias = Literal["keep", "map", "partial", "silent", "look"]


@dataclass(frozen=True, slots=True, repr=False)
class LFChange(Shown):
    """What becomes of one labeling function when the classes change; its text is one line.

    Attributes
    ----------
    lf : str
        Its name.
    action : {"keep", "map", "partial", "silent", "look"}
        Its votes stay; or are for renamed or merged classes now; or some are for sets of classes; or some are
        for no class any more; or it is not known what it votes for.
    why : str
        That in words.
    """

    lf: str
    action: Action
    why: str

    @property
    def asked(self) -> bool:
        """Whether somebody should look at it: its votes say less than they did, or nobody knows."""
        return self.action in ("partial", "silent", "look")

    def _display_parts(self) -> list[Part]:
        return [
            Points([Point(self.why, mark=f"{self.lf}: {self.action}", kind="warning" if self.asked else "")])
        ]

    def __str__(self) -> str:
        return f"{self.lf}: {self.action} - {self.why}"

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class VoteChange:
    """What one vote becomes: its name, the new one, the number of new classes it allows (0: no vote)."""

    before: str
    after: str
    classes: int


def lf_change(lf: str, votes: Sequence[VoteChange] | None) -> LFChange:
    """Return what becomes of an LF that casts some votes; None where it is not known which.

    Examples
    --------
    >>> print(lf_change("url", [VoteChange("spam", "ad or scam", 2)]))
    url: partial - spam becomes ad or scam; say which, and its votes say more
    """
    if votes is None:
        return LFChange(lf, "look", "its code decides what it votes for")
    moved = ", ".join(f"{vote.before} becomes {vote.after}" for vote in votes if vote.before != vote.after)
    silent = [vote.classes == 0 for vote in votes]
    if any(vote.classes > 1 for vote in votes):
        return LFChange(lf, "partial", f"{moved}; say which, and its votes say more")
    if any(silent):
        cure = "remove it" if all(silent) else "its other votes stay"
        return LFChange(lf, "silent", f"{moved}; {cure}, or let it vote for the new classes")
    if moved:
        return LFChange(lf, "map", moved)
    return LFChange(lf, "keep", f"votes {', '.join(vote.before for vote in votes) or 'nothing'}")


def voted_sets(
    lf: Voter, votes: Votes | None, *, index: Callable[[object], int], k: int
) -> list[tuple[int, ...]] | None:
    """Return the sets of classes, by index, that an LF votes for, by its definition or else by its votes."""
    if lf.votes_for is not None:
        return [(index(vote),) for vote in lf.votes_for]
    if votes is None or lf.name not in votes.lf_names:
        return None
    column = votes.votes[:, votes.lf_names.index(lf.name)]
    allowed = allowed_classes(votes.vote_sets, k=k)
    codes = np.unique(column[column != ABSTAIN])
    return [tuple(np.flatnonzero(allowed[code]).tolist()) for code in codes]
