"""Hand labels beside votes: rows whose class is known are evidence about the LFs that vote on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelwright._types import FloatArray, IntArray, VoteArray
from labelwright.core.votes.indicators import VoteTable
from labelwright.core.votes.patterns import VotePatterns, vote_patterns
from labelwright.core.votes.vote_shares import vote_counts, vote_shares

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ASSUMED_VOTES = 4.0  # how many hand labels it takes to doubt a vote as much as to believe it


@dataclass(frozen=True, slots=True, eq=False)
class KnownClasses:
    """The class of each vote pattern, where a hand label gives it.

    Attributes
    ----------
    classes : (u,) int64
        The class, or -1 where it is unknown.
    """

    classes: IntArray

    @classmethod
    def of(cls, patterns: VotePatterns) -> KnownClasses:
        """Return what is known of patterns: of plain ones nothing."""
        if isinstance(patterns, LabeledPatterns):
            return cls(patterns.known)
        return cls(np.full(len(patterns), -1))

    def __bool__(self) -> bool:
        """Whether any class is known."""
        return bool((self.classes >= 0).any())

    def clamp(self, P: FloatArray) -> FloatArray:
        """Return (u, k) probabilities with those of the patterns of known class at 0 and 1.

        Examples
        --------
        >>> KnownClasses(np.array([-1, 1])).clamp(np.array([[0.3, 0.7], [0.6, 0.4]])).tolist()
        [[0.3, 0.7], [0.0, 1.0]]
        """
        if not self:
            return P
        one_hot = (self.classes[:, None] == np.arange(P.shape[1])).astype(np.float64)
        return np.where((self.classes >= 0)[:, None], one_hot, P)

    def restrict(self, joint: FloatArray) -> FloatArray:
        """Return (u, k, ...) log P(y, votes) with -inf for the classes that are known to be wrong.

        The softmax of the rows is the clamped posterior then, and their `log_sum_exp` the log likelihood of
        votes and hand labels, so that whatever raises the one of the votes raises that.

        Examples
        --------
        >>> KnownClasses(np.array([-1, 1])).restrict(np.array([[-1.0, -2.0], [-3.0, -4.0]])).tolist()
        [[-1.0, -2.0], [-inf, -4.0]]
        """
        if not self:
            return joint
        wrong = (self.classes[:, None] >= 0) & (self.classes[:, None] != np.arange(joint.shape[1]))
        return np.where(wrong.reshape(wrong.shape + (1,) * (joint.ndim - 2)), -np.inf, joint)


@dataclass(frozen=True, slots=True, eq=False)
class LabeledPatterns(VotePatterns):
    """Distinct rows of votes and hand labels: rows of equal votes are apart where their labels are.

    Attributes
    ----------
    known : (u,) int64
        The class of each pattern, -1 where it is unknown.
    """

    known: IntArray

    @classmethod
    def of(cls, unlabeled: VotePatterns, labeled: VotePatterns) -> LabeledPatterns:
        """Join patterns of rows without a label and (g, m + 1) patterns of rows whose last entry is one.

        Examples
        --------
        >>> labeled = label_patterns(np.array([[0, 1], [0, 1], [1, 1]], dtype=np.int8), np.array([1, -1, 0]))
        >>> found = LabeledPatterns.of(vote_patterns(np.array([[0, 1]], dtype=np.int8)), labeled)
        >>> found.votes.tolist(), found.known.tolist()
        ([[0, 1], [0, 1], [1, 1]], [-1, 1, 0])
        """
        return cls(
            votes=np.concatenate([unlabeled.votes, labeled.votes[:, :-1]]),
            counts=np.concatenate([unlabeled.counts, labeled.counts]),
            inverse=np.zeros(0, dtype=np.int64),
            known=np.concatenate([np.full(len(unlabeled), -1), labeled.votes[:, -1].astype(np.int64)]),
        )


def label_patterns(votes: VoteArray, labels: IntArray) -> VotePatterns:
    """Return the distinct (g, m + 1) rows of votes and label of (n, m) votes and (n,) labels, -1 unknown."""
    known = labels >= 0
    rows = np.concatenate([votes[known], labels[known].astype(votes.dtype)[:, None]], axis=1)
    return replace(vote_patterns(rows), inverse=np.zeros(0, dtype=np.int64))


def votes_of(labeled: VotePatterns) -> VotePatterns:
    """Return (g, m + 1) patterns of votes and label without the label; equal votes may stand apart."""
    return VotePatterns(labeled.votes[:, :-1], labeled.counts, labeled.inverse)


@dataclass(frozen=True, slots=True, eq=False)
class LabeledVotes:
    """How often votes are cast on the rows of each hand label.

    Attributes
    ----------
    cast : (a, k) float64
        Rows of each class on which each vote is cast.
    rows : (k,) float64
        Rows of each class.
    """

    cast: FloatArray
    rows: FloatArray

    @classmethod
    def of(cls, patterns: VotePatterns, table: VoteTable) -> LabeledVotes:
        """Count the votes of patterns, laid out."""
        one_hot = KnownClasses.of(patterns).clamp(np.zeros((len(patterns), table.k)))
        return cls(table.totals(one_hot), table.counts @ one_hot)

    def mixed(self, rates: FloatArray, *, rows: float) -> tuple[FloatArray, FloatArray]:
        """Return (a, k) P(vote is cast | y), the assumed ones counting for some rows, and (k,) rows of both.

        Examples
        --------
        >>> votes = LabeledVotes(cast=np.array([[6.0, 0.0]]), rows=np.array([10.0, 0.0]))
        >>> rates, rows = votes.mixed(np.array([[0.8, 0.1]]), rows=10.0)
        >>> rates.round(2).tolist(), rows.tolist()
        ([[0.7, 0.1]], [20.0, 10.0])
        """
        total = self.rows + rows
        return np.where(self.rows > 0, (self.cast + rows * rates) / np.maximum(total, 1e-300), rates), total

    def one_vs_rest(self, c: int, merge: csr_array) -> LabeledVotes:
        """Return the same for class c and all others, of votes added up by a (b, a) matrix."""
        two = np.stack([self.cast[:, c], self.cast.sum(axis=1) - self.cast[:, c]], axis=1)
        return LabeledVotes(merge @ two, np.array([self.rows[c], self.rows.sum() - self.rows[c]]))

    def differences(self) -> tuple[FloatArray, FloatArray]:
        """Return (a,) P(vote is cast | first class) - P(it is | second), and its inverse variance.

        Half a row with the vote and half a row without are added to each class, so that no rate is certain;
        the inverse variance is 0 where a class has no rows.
        """
        if not self.rows.all():
            return np.zeros(len(self.cast)), np.zeros(len(self.cast))
        rates = (self.cast + 0.5) / (self.rows + 1.0)
        variance = (rates * (1.0 - rates) / (self.rows + 1.0)).sum(axis=1)
        return rates[:, 0] - rates[:, 1], 1.0 / variance


def starting_shares(patterns: VotePatterns, k: int) -> FloatArray:
    """Return (u, k) posteriors to start EM from: the mean of what a row's votes say.

    Without hand labels a vote says its own class, which makes the shares of the votes. With some it says
    how often each class is found on the labeled rows where it is cast, four further ones being of its own
    class. So EM starts near the solution in which the classes are those of the labels, and not near its
    mirror image.
    """
    known = KnownClasses.of(patterns)
    if not known:
        return vote_shares(vote_counts(patterns.votes, k))
    table = VoteTable.of(patterns.votes, k, counts=patterns.counts)
    found = table.totals(known.clamp(np.zeros((len(patterns), k))))
    return known.clamp(vote_shares(table.indicators @ vote_shares(found + ASSUMED_VOTES * table.own)))
