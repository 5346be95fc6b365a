"""All that is looked at when a fit ends, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelwright._types import BoolArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.counts import VoteCounts, overlap_parts
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.diagnostics.copies import near_duplicates
from labelwright.diagnostics.label_shift import Outcome
from labelwright.diagnostics.peers import Peers, peers

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

MIN_ROWS = 20  # shares of fewer rows than this are noise


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What was found in the votes and in the labels of a fitted model, as numbers.

    Attributes
    ----------
    names, classes : tuple of str
        The LFs in order; the k classes.
    patterns : int
        Distinct rows that were learned from.
    hand_labels : int
        Rows whose class was known.
    counts, peers, outcome
        The votes counted; LFs as the others see them; the labels beside majority vote's.
    parts : (m,) int64
        The connected part of the overlap graph that each LF is in; -1 for an LF that never votes.
    groups : (m,) int64
        The lowest LF that each LF is a near duplicate of, or itself.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    patterns: int
    hand_labels: int
    counts: VoteCounts
    parts: IntArray
    groups: IntArray
    peers: Peers
    outcome: Outcome

    @classmethod
    def of(cls, model: BaseLabelModel, patterns: VotePatterns) -> Examination:
        """Look at a model and the patterns it learned from.

        Cost: O(patterns * m), and `predict_proba` and sums over bounded numbers of patterns and votes.
        """
        k, groups = model.n_classes_, near_duplicates(patterns)
        return cls(
            names=model.statistics_.lf_names,
            classes=class_names(model),
            patterns=len(patterns),
            hand_labels=int(patterns.counts[KnownClasses.of(patterns).classes >= 0].sum()),
            counts=VoteCounts.of_votes(patterns.votes, k, counts=patterns.counts),
            parts=overlap_parts(patterns.votes),
            groups=groups,
            peers=peers(patterns, k, groups),
            outcome=Outcome.of(model, patterns),
        )

    @property
    def several(self) -> BoolArray:
        """(m,): LFs that vote several classes, each in more than 2 % of their votes."""
        several: BoolArray = self.counts.classes_meant > 1
        return several

    @property
    def copies(self) -> list[list[int]]:
        """Groups of near duplicates."""
        members: dict[int, list[int]] = {}
        for j, first in enumerate(self.groups.tolist()):
            members.setdefault(first, []).append(j)
        return [group for group in members.values() if len(group) > 1]


def class_names(model: BaseLabelModel) -> tuple[str, ...]:
    """Return the names of the k classes, their indices where they have none."""
    space = model.space_
    known = len(space) if space else 0
    return tuple(space.name(c) if space and c < known else str(c) for c in range(model.n_classes_))
