"""What is looked at in the votes and labels of a fitted model: each thing once, and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.counts import VoteCounts, overlap_parts
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.near_duplicates import Likeness, duplicate_groups, near_duplicates
from labelwright.core.votes.patterns import thinned, weighted_rows
from labelwright.diagnostics.fitted import FittedModel
from labelwright.diagnostics.label_shift import LabelShift
from labelwright.diagnostics.peers import Peers, peers

MAX_PAIRS: Final = 1 << 21
"""Pairs of votes looked at for near duplicates: some 0.05 s. Beyond, evenly spaced patterns stand for all."""

NEAR_DUPLICATES: Final = Likeness(0.95, of_both=0.98, rows=50)
"""Stricter than the default label model, which bets where a report asserts: LFs written apart rarely agree on
98% of the rows where both vote, and on fewer than 50 rows two may be alike by chance."""

MAX_LABELED: Final = 1 << 15
"""Patterns whose labels are looked at: a share of rows is off by 0.4 percent at most (one standard error)."""

MAX_GLANCED: Final = 1 << 11
"""Patterns looked at before it is decided whether all are: a share is off by 2 percent or so."""

GLANCE_ROUNDS: Final = 2


@dataclass(frozen=True, eq=False)
class Examination:
    """What is found in the votes and in the labels of a fitted model, as numbers.

    Attributes
    ----------
    model : FittedModel
        Who is examined.
    patterns : VotePatterns
        The u patterns that it learned from.
    posterior : (u, k) float64, optional
        Its probabilities of them, where they are known already.

    Notes
    -----
    Cost: O(u m) and, of bounded numbers of patterns and votes, sums and `predict_proba`.
    """

    model: FittedModel
    patterns: VotePatterns
    posterior: FloatArray | None = None

    @property
    def k(self) -> int:
        """The number of classes."""
        return self.model.n_classes_

    @property
    def model_name(self) -> str:
        """What the model is called."""
        return type(self.model).__name__

    @property
    def names(self) -> tuple[str, ...]:
        """The LFs in order."""
        return self.model.statistics_.lf_names

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The k classes."""
        return class_names(self.model)

    @cached_property
    def hand_labels(self) -> int:
        """Rows whose class was known."""
        return int(self.patterns.counts[KnownClasses.of(self.patterns).classes >= 0].sum())

    @cached_property
    def counts(self) -> VoteCounts:
        """The votes, counted."""
        return VoteCounts.of_votes(self.patterns.votes, self.k, counts=self.patterns.counts)

    @cached_property
    def parts(self) -> IntArray:
        """(m,): the connected part of the overlap graph that each LF is in; -1 for an LF that never votes."""
        return overlap_parts(self.patterns.votes)

    @cached_property
    def groups(self) -> IntArray:
        """(m,): the lowest LF that each LF is a near duplicate of, or itself."""
        return near_duplicate_groups(self.patterns)

    @cached_property
    def peers(self) -> Peers:
        """LFs as the others see them."""
        return peers(self.patterns, self.k, self.groups)

    @cached_property
    def glance(self) -> Peers:
        """LFs as the others see them on some patterns, after few rounds: enough to rule trouble out."""
        if len(self.patterns) <= MAX_GLANCED:
            return self.peers
        kept, counts = weighted_rows(self.patterns.counts, MAX_GLANCED)
        part = VotePatterns(self.patterns.votes[kept], counts, self.patterns.inverse[:0])
        return peers(part, self.k, self.groups, rounds=GLANCE_ROUNDS)

    @cached_property
    def labels(self) -> LabelShift:
        """The labels beside majority vote's."""
        kept, counts = weighted_rows(self.patterns.counts, MAX_LABELED)
        votes = self.patterns.votes[kept]
        P = self.model._pattern_proba(votes) if self.posterior is None else self.posterior[kept]
        return LabelShift.of(votes, counts, P)

    @cached_property
    def several(self) -> BoolArray:
        """(m,): LFs that vote several classes, each in more than 2% of their votes."""
        several: BoolArray = self.counts.classes_meant > 1
        return several

    @property
    def copies(self) -> list[list[int]]:
        """Groups of near duplicates."""
        members: dict[int, list[int]] = {}
        for j, first in enumerate(self.groups.tolist()):
            members.setdefault(first, []).append(j)
        return [group for group in members.values() if len(group) > 1]


def near_duplicate_groups(patterns: VotePatterns) -> IntArray:
    """Return (m,) the group of each LF: the lowest LF of those that it is a near duplicate of, or itself.

    Examples
    --------
    >>> import numpy as np
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]], dtype=np.int8)
    >>> near_duplicate_groups(VotePatterns(votes, np.array([50, 50]), np.zeros(0, dtype=np.int64))).tolist()
    [0, 0, 2]
    """
    part = thinned(patterns, (patterns.votes != ABSTAIN).sum(axis=1) ** 2, MAX_PAIRS)
    k = int(part.votes.max(initial=0)) + 1
    pairs = near_duplicates(indicators(part.votes, k), part.counts, k=k, likeness=NEAR_DUPLICATES)
    return duplicate_groups(pairs, m=part.votes.shape[1])


def class_names(model: FittedModel) -> tuple[str, ...]:
    """Return the names of the k classes, their indices where they have none."""
    space = model.space_
    known = len(space) if space else 0
    return tuple(space.name(c) if space and c < known else str(c) for c in range(model.n_classes_))
