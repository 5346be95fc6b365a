"""One thing that was found in votes, a model, an LF or a project, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from labelwright._display.notebook import Part, Point, Points
from labelwright._display.shown import Shown
from labelwright._text import listed

Urgency: TypeAlias = Literal["fix", "check", "note"]

_RANK: Final = {"fix": 0, "check": 1, "note": 2}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Finding(Shown):
    """One thing to know, and to do.

    Attributes
    ----------
    kind : str
        What it is about, a stable short name such as "near-duplicates".
    urgency : "fix", "check" or "note"
        It surely harms the labels; it probably does; it is good to know. A fit warns of all but notes.
    finding : str
        What was found, in words and with its numbers.
    action : str
        What to do about it; empty where there is nothing to do.
    lfs : tuple of str
        The LFs it is about.
    evidence : mapping of str to (float, int or str)
        The numbers behind it.
    weight : float
        The share of rows concerned, by which findings of one urgency are ranked.

    Examples
    --------
    >>> found = Finding(kind="wide", urgency="check", finding="Votes everywhere.", action="Narrow it.")
    >>> print(found)
    [check] Votes everywhere. Narrow it.
    """

    kind: str
    urgency: Urgency
    finding: str
    action: str = ""
    lfs: tuple[str, ...] = ()
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    weight: float = 0.0

    @property
    def message(self) -> str:
        """The finding and the action, in one line."""
        if not self.action:
            return self.finding
        return f"{self.finding}{' ' if self.finding.endswith('.') else '; '}{self.action}"

    def _display_parts(self) -> list[Part]:
        kind = "" if self.urgency == "note" else "warning"
        about = f"about {listed(self.lfs)}" if self.lfs else ""
        return [Points([Point(self.message, mark=f"{self.urgency.capitalize()}:", kind=kind, numbers=about)])]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON.

        Examples
        --------
        >>> Finding(kind="no-gold", urgency="note", finding="There are no hand labels.").to_dict()["action"]
        ''
        """
        return {
            "kind": self.kind,
            "urgency": self.urgency,
            "finding": self.finding,
            "action": self.action,
            "labeling_functions": list(self.lfs),
            "evidence": dict(self.evidence),
            "weight": self.weight,
        }

    def __str__(self) -> str:
        return f"[{self.urgency}] {self.message}"

    __repr__ = __str__


def most_pressing_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by urgency, and among equals by the rows concerned.

    Examples
    --------
    >>> kinds = {"few": 0.1, "many": 0.9}
    >>> found = [Finding(kind=kind, urgency="fix", finding="", weight=rows) for kind, rows in kinds.items()]
    >>> [one.kind for one in most_pressing_first(found)]
    ['many', 'few']
    """
    return tuple(sorted(findings, key=lambda one: (_RANK[one.urgency], -one.weight)))
