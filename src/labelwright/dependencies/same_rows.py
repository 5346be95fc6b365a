"""Labeling functions whose common votes never differ: which of them vote on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.core import VotePatterns
from labelwright.dependencies.class_factor import ASSUMED, fit_loadings
from labelwright.dependencies.pair_counts import ClassPairCounts
from labelwright.dependencies.screening import presumed_copies

ONE_CLASS = 0.99  # share of the votes from which on an LF votes one class
MIN_SHARE = 0.5  # of the rows of the narrower LF beyond what the class explains
MIN_COMMON = 10.0
MIN_PEERS = 5  # LFs for a class, from which on the others show what is usual among them
MIN_ROOM = 0.5  # of the narrower LF's rows that the class must leave open, of LFs of several classes
STANDARD_ERRORS = 4.5
TWINS = 0.5  # of the rows on which either votes, from which on neither follows the other


@dataclass(frozen=True, slots=True, eq=False)
class SameRows:
    """Pairs of LFs, one-class ones first of all, that vote on the same rows.

    Attributes
    ----------
    pairs : (m, m) bool
        Symmetric.
    share : (m, m) float64
        Share of the rows of the narrower LF on which both vote, beyond what the class explains.
    correlation : (m, m) float64
        Of voting, given the class.
    voted : (m, m) float64
        The rows that the correlation rests on.
    against : (m, m) bool
        Whether they vote for one class each, and not the same.
    twins : (m, m) bool
        Whether neither is much broader.
    size : (m,) float64
        Votes of each LF.
    """

    pairs: BoolArray
    share: FloatArray
    correlation: FloatArray
    voted: FloatArray
    against: BoolArray
    twins: BoolArray
    size: FloatArray


def class_reach(patterns: VotePatterns, k: int) -> FloatArray:
    """Return (k,) how large each class is taken to be: the rows on which it gets a vote, 1/k at most."""
    weight = patterns.counts / max(patterns.counts.sum(), 1)
    voted = np.array([(patterns.votes == c).any(axis=1) @ weight for c in range(k)])
    reach: FloatArray = np.clip(voted, 1e-9, 1.0 / k)
    return reach


def same_rows(counts: ClassPairCounts, reach: FloatArray) -> SameRows:
    """Find pairs of LFs that vote one class each, on the same rows more than their class explains.

    LFs that vote one class cannot be seen to err together: two of them that vote the same class agree
    wherever they meet. What they can share is the rows. Overlap alone means nothing, since texts that hold
    one keyword hold others, and rows of a class attract its LFs; at most::

        N_i N_j / (n reach[c])       common rows of two LFs for class c, were both always right

    and where there are five LFs for a class or more, also at most what is usual among them: the voting of LFs
    that are independent given the class has one factor, as their votes have. A pair is one where the common
    rows exceed the smaller of these by half of what the narrower LF could add, and by 4.5 standard errors.
    For LFs of different classes the class explains fewer than ``N_i N_j / n`` common rows. Where one of the
    two votes several classes, rows of equal votes count, the bound is summed over classes, and it must leave
    half of the narrower LF's rows: broad LFs vote everywhere.

    Parameters
    ----------
    counts : ClassPairCounts
        Of the rows.
    reach : (k,) float64
        Size of each class at least, as a share of the rows, as of `class_reach`.
    """
    votes = np.einsum("aii->ia", counts.beside)
    size, choice = votes.sum(axis=1), votes.argmax(axis=1)
    single = (size > 0) & (votes.max(axis=1) >= ONE_CLASS * size)
    against = np.outer(single, single) & (choice[:, None] != choice[None, :])
    common = np.where(against, counts.overlaps, counts.agreements)
    explained = np.where(
        against, np.outer(size, size) / max(counts.n, 1.0), (votes / (reach * max(counts.n, 1.0))) @ votes.T
    )
    alike = np.outer(single, single) & ~against
    explained = np.minimum(explained, _usual(counts, size, alike))
    narrower = np.minimum.outer(size, size)
    room = narrower - explained
    share = np.where(room > 0, (common - explained) / np.maximum(room, 1e-9), 0.0)
    score = (common - explained) / np.sqrt(explained + 1.0)
    pairs = (share >= MIN_SHARE) & (score > STANDARD_ERRORS) & (common >= MIN_COMMON)
    pairs &= np.outer(single, single) | (np.logical_or.outer(single, single) & (room >= MIN_ROOM * narrower))
    np.fill_diagonal(pairs, False)
    either = size[:, None] + size[None, :] - counts.overlaps
    return SameRows(
        pairs=pairs,
        share=np.clip(share, -1.0, 1.0),
        correlation=_correlation(counts.overlaps, size, _rows_of_class(choice, reach, counts.n)),
        voted=np.where(pairs, either, 0.0),
        against=against,
        twins=counts.overlaps >= TWINS * np.maximum(either, 1.0),
        size=size,
    )


def _usual(counts: ClassPairCounts, size: FloatArray, alike: BoolArray) -> FloatArray:
    """Return (m, m) common rows as all pairs of LFs for one class have them; infinite where unknown.

    Voting of LFs that are independent given the class has one factor, as their votes have.
    """
    n = max(counts.n, 1.0)
    share = size / n
    spread = np.sqrt(np.clip(share * (1 - share), 1e-12, None))
    phi = np.clip((counts.overlaps / n - np.outer(share, share)) / np.outer(spread, spread), -1.0, 1.0)
    known = alike & (alike.sum(axis=1) >= MIN_PEERS)[:, None]
    np.fill_diagonal(known, False)
    if not known.any():
        return np.full_like(phi, np.inf)
    near = presumed_copies(phi, known)
    fitted = fit_loadings(phi, np.where(known, n, 0.0), near, np.full(len(phi), ASSUMED))
    common = n * (np.outer(share, share) + np.outer(fitted * spread, fitted * spread))
    return np.where(known, np.maximum(common, 0.0), np.inf)


def _rows_of_class(choice: IntArray, reach: FloatArray, n: float) -> FloatArray:
    """Return (m, m) the rows on which two LFs might vote: those of their class, or all."""
    equal = choice[:, None] == choice[None, :]
    return np.maximum(np.where(equal, n * reach[choice][:, None], n), 1.0)


def _correlation(both: FloatArray, size: FloatArray, base: FloatArray) -> FloatArray:
    """Return the phi coefficient of voting among `base` rows."""
    one, other = np.minimum(size[:, None] / base, 0.999), np.minimum(size[None, :] / base, 0.999)
    spread = np.sqrt(one * (1 - one) * other * (1 - other))
    phi = (both / base - one * other) / np.maximum(spread, 1e-9)
    return np.asarray(np.clip(phi, -1.0, 1.0), dtype=np.float64)
