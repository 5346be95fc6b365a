"""One thing that a fit shows, and the words it is said in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

MAX_NAMED: Final = 5
"""A sentence that lists more names than this is no longer read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know of a fit.

    Attributes
    ----------
    kind : str
        A stable short name such as "near-duplicates".
    urgency : "warning" or "note"
        Whether `fit` warns of it, or the report only tells it.
    message : str
        What was found, with its numbers, and what to do about it, in one line.
    lfs : tuple of str
        The LFs it is about.
    numbers : mapping of str to float
        The numbers in the message.
    """

    kind: str
    urgency: Literal["warning", "note"]
    message: str
    lfs: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"[{self.urgency}] {self.message}"


def percent(share: float) -> str:
    """Write a share as people read it.

    Examples
    --------
    >>> [percent(share) for share in (0.0, 0.0042, 0.4567, 0.9962, 1.0)]
    ['0 %', '0.4 %', '46 %', '99.6 %', '100 %']
    """
    near_an_end = 0 < share < 0.01 or 0.99 < share < 1
    return f"{100 * share:.{1 if near_an_end else 0}f} %".replace(".0 %", " %")


def named(names: Sequence[str], most: int = MAX_NAMED) -> str:
    """Join names as a sentence does, cutting a long list.

    Examples
    --------
    >>> named(["a"]), named(["a", "b", "c"]), named(list("abcdefgh"))
    ("'a'", "'a', 'b' and 'c'", "'a', 'b', 'c', 'd', 'e' and 3 more")
    """
    quoted = [repr(name) for name in names]
    if len(quoted) > most:
        return f"{', '.join(quoted[:most])} and {len(quoted) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def number(amount: float, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> number(1, "LF"), number(1600, "row"), number(2, "class", "classes")
    ('1 LF', '1,600 rows', '2 classes')
    """
    return f"{amount:,.0f} {noun if amount == 1 else plural or noun + 's'}"
