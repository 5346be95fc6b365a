"""What is looked at in the votes and labels of a fitted model: each thing once, and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from labelwright._types import ABSTAIN, BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.core.votes.counts import VoteCounts, overlap_parts
from labelwright.core.votes.hand_labels import KnownClasses
from labelwright.core.votes.indicators import indicators
from labelwright.core.votes.near_duplicates import Likeness, duplicate_groups, near_duplicates
from labelwright.core.votes.patterns import spaced_rows, thinned, weighted_rows
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

GLANCED_ROWS: Final = 1 << 12
"""Rows looked at before it is decided whether to look at all: a share is off by 0.8 percent at most."""

GLANCED_VOTES: Final = 60
"""Votes that must be among them for an LF to be judged by them."""

NEARLY_ALIKE: Final = Likeness(0.85)
"""What near duplicates are at least on some of the rows: four standard errors below, with so many votes."""

GLANCE_ROUNDS: Final = 2

MIN_JUDGED: Final = 20
"""Votes on rows with a hand label from which on these tell an LF's accuracy better than agreement does."""


@dataclass(frozen=True, slots=True, eq=False)
class JudgedVotes:
    """Votes on rows with a hand label.

    Attributes
    ----------
    votes, right : (m,) float64
        Votes of each LF on such rows, and those that are right.
    chance : float
        The share of right votes of one that guesses.
    """

    votes: FloatArray
    right: FloatArray
    chance: float

    @property
    def told(self) -> BoolArray:
        """(m,): whether hand labels are enough to tell how right an LF is."""
        enough: BoolArray = self.votes >= MIN_JUDGED
        return enough

    @property
    def accuracies(self) -> FloatArray:
        """(m,): the share of right votes; nan without any."""
        share: FloatArray = np.full(len(self.votes), np.nan)
        return np.divide(self.right, self.votes, out=share, where=self.votes > 0)

    @property
    def surely_right(self) -> BoolArray:
        """(m,): LFs that are right more often than guessing, by two standard errors of enough votes."""
        share = np.nan_to_num(self.accuracies)
        error = np.sqrt(share * (1.0 - share) / np.maximum(self.votes, 1.0))
        return self.told & (share - 2.0 * error > self.chance)


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
    def judged(self) -> JudgedVotes:
        """What hand labels tell of each LF."""
        known = KnownClasses.of(self.patterns).classes
        rows = np.flatnonzero(known >= 0)
        votes, weight = self.patterns.votes[rows], self.patterns.counts[rows]
        cast = (votes != ABSTAIN) & (votes < self.k)
        return JudgedVotes(weight @ cast, weight @ (cast & (votes == known[rows, None])), 1.0 / self.k)

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
        few = _few_rows(self.patterns)
        return peers(few or self.patterns, self.k, self.groups, rounds=GLANCE_ROUNDS)

    @cached_property
    def labels(self) -> LabelShift:
        """The labels beside majority vote's."""
        kept, counts = weighted_rows(self.patterns.counts, MAX_LABELED)
        votes = self.patterns.votes[kept]
        P = self.model._pattern_proba(votes) if self.posterior is None else self.posterior[kept]
        return LabelShift.of(votes, counts, P)

    @cached_property
    def votes_several_classes(self) -> BoolArray:
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
    >>> votes = np.array([[1, 1, -1], [0, 0, 1]], dtype=np.int8)
    >>> near_duplicate_groups(VotePatterns(votes, np.array([50, 50]), np.zeros(0, dtype=np.int64))).tolist()
    [0, 0, 2]
    """
    m, few = patterns.votes.shape[1], _few_rows(patterns)
    if few is not None and not _may_hold_duplicates(few):
        return np.arange(m)
    part = thinned(patterns, (patterns.votes != ABSTAIN).sum(axis=1) ** 2, MAX_PAIRS)
    pairs = _pairs_alike(part, NEAR_DUPLICATES)
    return duplicate_groups(pairs, m=m) if len(pairs) else np.arange(m)


def _pairs_alike(patterns: VotePatterns, likeness: Likeness) -> IntArray:
    k = int(patterns.votes.max(initial=0)) + 1
    return near_duplicates(indicators(patterns.votes, k), patterns.counts, k=k, likeness=likeness)


def _few_rows(patterns: VotePatterns) -> VotePatterns | None:
    """Return evenly spaced rows; None where to look at all patterns takes hardly longer."""
    kept, rows = spaced_rows(patterns.counts, GLANCED_ROWS)
    if 2 * len(kept) > len(patterns):
        return None
    return VotePatterns(patterns.votes[kept], rows, patterns.inverse[:0])


def _may_hold_duplicates(few: VotePatterns) -> bool:
    """Whether LFs are nearly alike on some of the rows, or too few of their votes are there to tell."""
    seldom = few.counts @ (few.votes != ABSTAIN) < GLANCED_VOTES
    return int(seldom.sum()) > 1 or len(_pairs_alike(few, NEARLY_ALIKE)) > 0


def class_names(model: FittedModel) -> tuple[str, ...]:
    """Return the names of the k classes, their indices where they have none."""
    space = model.space_
    known = len(space) if space else 0
    return tuple(space.name(c) if space and c < known else str(c) for c in range(model.n_classes_))
