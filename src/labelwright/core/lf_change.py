"""What becomes of one labeling function when the classes change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np

from labelwright._errors import LabelSpaceError
from labelwright._types import ABSTAIN
from labelwright.core.label_space import LabelSpace
from labelwright.core.votes.vote_sets import allowed_classes

if TYPE_CHECKING:
    from labelwright.core.label_matrix import LabelMatrix
    from labelwright.core.space_change import SpaceChange

Action: TypeAlias = Literal["keep", "map", "partial", "silent", "look"]


class Voter(Protocol):
    """What a change needs to know of a labeling function."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def space(self) -> LabelSpace | None:
        """The classes that it votes for, where it says so."""

    @property
    def votes_for(self) -> tuple[int | str, ...] | None:
        """The classes that it can vote for; None where its code decides."""


@dataclass(frozen=True, slots=True)
class LFChange:
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

    def __str__(self) -> str:
        return f"{self.lf}: {self.action} - {self.why}"


def change_of(change: SpaceChange, lf: Voter, votes: LabelMatrix | None) -> LFChange:
    """Return what becomes of an LF, by its definition or else by its votes."""
    if lf.space is not None and lf.space == change.space != change.before:
        return LFChange(lf.name, "keep", "votes for the new classes already")
    if lf.space is not None and lf.space != change.before:
        raise LabelSpaceError(
            f"LF {lf.name!r} votes for {lf.space}, the change is from {change.before}; leave it "
            "out, or begin the change at its classes"
        )
    voted = _voted(change, lf, votes)
    if voted is None:
        return LFChange(lf.name, "look", "its code decides what it votes for")
    return _judged(change, lf.name, voted)


def _voted(change: SpaceChange, lf: Voter, votes: LabelMatrix | None) -> list[tuple[int, ...]] | None:
    """Return the sets of old classes that an LF votes for."""
    if lf.votes_for is not None:
        return [(change.before.index(vote),) for vote in lf.votes_for]
    if votes is None or lf.name not in votes.lf_names:
        return None
    column = votes.votes[:, votes.lf_names.index(lf.name)]
    allowed = allowed_classes(votes.vote_sets, k=votes.k)
    codes = np.unique(column[column != ABSTAIN])
    return [tuple(np.flatnonzero(allowed[code]).tolist()) for code in codes]


def _judged(change: SpaceChange, lf: str, voted: Sequence[tuple[int, ...]]) -> LFChange:
    new = [sorted({one for old in classes for one in change.meanings[old]}) for classes in voted]
    said = [
        (" or ".join(change.before.name(old) for old in classes), change.becomes(possible))
        for classes, possible in zip(voted, new, strict=True)
    ]
    moved = ", ".join(f"{old} becomes {now}" for old, now in said if old != now)
    silent = [now == "no vote" for _, now in said]
    if any(len(possible) > 1 and not gone for possible, gone in zip(new, silent, strict=True)):
        return LFChange(lf, "partial", f"{moved}; say which, and its votes say more")
    if any(silent):
        cure = "remove it" if all(silent) else "its other votes stay"
        return LFChange(lf, "silent", f"{moved}; {cure}, or let it vote for the new classes")
    if moved:
        return LFChange(lf, "map", moved)
    return LFChange(lf, "keep", f"votes {', '.join(old for old, _ in said) or 'nothing'}")
