"""One thing to do, and the words it is said in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Urgency: TypeAlias = Literal["fix", "check", "note"]

MAX_NAMED: Final = 4
"""A sentence that lists more LFs than this is no longer read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do.

    Attributes
    ----------
    kind : str
        What it is about, a stable short name such as "never-votes".
    urgency : "fix", "check" or "note"
        It surely harms the labels; it probably does; it is good to know.
    finding : str
        What was found, in one plain sentence with its numbers.
    action : str
        What to do about it, in one plain sentence.
    evidence : mapping of str to (float, int or str)
        The numbers behind the finding.
    lfs : tuple of str
        The LFs it is about.
    weight : float
        The share of rows concerned, by which advice of one urgency is ranked.
    """

    kind: str
    urgency: Urgency
    finding: str
    action: str
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    lfs: tuple[str, ...] = ()
    weight: float = 0.0

    @property
    def message(self) -> str:
        """The finding and the action."""
        return f"{self.finding} {self.action}"

    def __str__(self) -> str:
        return f"[{self.urgency}] {self.message}"


def percent(share: float) -> str:
    """Write a share as people read it: whole percents, one decimal where 0 or 100 would mislead.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.004, 0.0099, 0.4567, 0.9962, 1.0)]
    ['0%', '0.4%', '1%', '46%', '99.6%', '100%']
    """
    if 0 < share < 0.01 or 0.99 < share < 1:
        return "under 0.1%" if share < 0.0005 else f"{min(share, 0.999):.1%}".replace(".0%", "%")
    return f"{share:.0%}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> count(1, "row"), count(1600, "row"), count(2, "class", "classes")
    ('1 row', '1,600 rows', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Sequence[str], most: int = MAX_NAMED) -> str:
    """Join items as a sentence does, cutting a long list.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b", "c"]), listed(list("abcdefg"))
    ('a', 'a, b and c', 'a, b, c, d and 3 more')
    """
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
