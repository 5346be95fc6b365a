"""What becomes of one labeling function when the classes change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Action: TypeAlias = Literal["keep", "map", "partial", "silent", "look"]


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
