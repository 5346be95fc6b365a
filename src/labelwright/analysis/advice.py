"""What to fix next: concrete sentences, each with the numbers behind it, the most pressing first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from labelwright.analysis.evaluation import Evaluation
from labelwright.core import LabelMatrix

Urgency: TypeAlias = Literal["fix", "check", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do.

    Attributes
    ----------
    kind : str
        What it is about, a stable short name such as "never-votes".
    urgency : "fix", "check" or "note"
        Surely harms the labels; probably does; good to know.
    message : str
        The finding and what to do, in plain words.
    evidence : mapping of str to (float, int or str)
        The numbers behind it.
    lfs : tuple of str
        The LFs it is about.
    weight : float
        The share of rows concerned, by which advice of one urgency is ranked.
    """

    kind: str
    urgency: Urgency
    message: str
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    lfs: tuple[str, ...] = ()
    weight: float = 0.0


def advice(
    matrix: LabelMatrix,
    *,
    accuracies: object = None,
    test: Evaluation | None = None,
    faults: Mapping[str, int] | None = None,
) -> tuple[Advice, ...]:
    """Say what to fix next."""
    return ()
