"""Votes in the numbers of Snorkel before 0.9: 0 abstains, classes are 1..k, or -1 and 1 of two.

Read as they are here, where -1 abstains, such votes are a label matrix too, and a wrong one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labelwright._errors import LabelMatrixError
from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright._validate import shorten

MIN_ROWS = 20
MOSTLY = 0.5  # of each LF's votes are 0: an LF votes on fewer rows than it leaves
MIN_MEETINGS = 50  # of votes beside 0 that would differ by chance; fewer do not tell whether LFs agree
AGREE = 0.3  # agreement beyond chance of votes beside 0, at least
SCATTERED = 0.1  # agreement beyond chance on where 0 stands, at most
MAX_LFS = 20
BLOCK_CELLS = 1 << 20

CURE = (
    "here -1 abstains and 0 is the first class; where 0 means no vote, convert them with "
    "LabelMatrix.from_old_snorkel(votes)"
)


def looks_old(votes: VoteArray, counts: IntArray | None = None) -> str | None:
    """Return what makes votes look as if 0 meant no vote; None where nothing does.

    In sparse votes of the older kind, every LF has 0 on most rows, and most LFs have one further number: of
    two classes some have -1 alone and others 1 alone; of more, some have one class alone and others another.
    Read as they are here, some LFs would then never abstain and the rest abstain seldom, and all of them
    would vote the first class on most rows, which no set of labeling functions does that abstains by -1.

    Where LFs vote several classes, agreement tells: votes beside 0 agree wherever they meet, while where 0
    stands in one LF says nothing of where it stands in another. Were 0 a class, LFs would agree on it.

    Parameters
    ----------
    votes : (u, m) votes
        Rows, or distinct rows.
    counts : (u,) int, optional
        How often each occurs; once without.

    Examples
    --------
    >>> old = np.array([[0, 0, 0], [1, 0, 0], [0, -1, 0], [0, 0, 1], [0, -1, 0]] * 10)
    >>> looks_old(old)
    '0 is 73% of all votes, and beside it vote 2 LFs 1 alone, 1 LF -1 alone'
    >>> looks_old(old - 1 * (old == 0)) is None
    True
    """
    weights = np.ones(len(votes)) if counts is None else counts.astype(np.float64)
    n, m = float(weights.sum()), votes.shape[1]
    if n < MIN_ROWS or m < 2:
        return None
    step = max(BLOCK_CELLS // m, 1)  # as floats, all cells at once would take eight times the votes' memory
    blocks = (slice(start, start + step) for start in range(0, len(votes), step))
    zeros = sum((weights[rows] @ (votes[rows] == 0) for rows in blocks), np.zeros(m)) / n
    if (zeros <= MOSTLY).any():
        return None
    found = [np.unique(column) for column in votes.T]
    alone = [int(values[values != 0][0]) for values in found if np.count_nonzero(values) == 1]
    kinds, sizes = np.unique(alone, return_counts=True)
    several = {int(value) for values in found for value in values} - {0}
    counts_classes = several != {1} and min(several, default=-1) >= 1
    signed = several == {ABSTAIN, 1}
    if not (signed or counts_classes):
        return None
    if len(kinds) < 2 or len(alone) < max(2, m / 2):
        both = [j for j, values in enumerate(found) if np.count_nonzero(values) > 1][:MAX_LFS]
        if len(both) < 2 or not _agree_beside_zeros(votes[:, both], weights):
            return None
        listed = " and ".join(map(str, sorted(several)))
        return f"0 is {zeros.mean():.0%} of all votes and falls anywhere, while votes of {listed} agree"
    told = [
        f"{size} LF{'' if size == 1 else 's'} {kind} alone"
        for kind, size in sorted(zip(kinds.tolist(), sizes.tolist(), strict=True), reverse=True)
    ]
    return f"0 is {zeros.mean():.0%} of all votes, and beside it vote {shorten(told, 4)}"


def _agree_beside_zeros(votes: VoteArray, weights: FloatArray) -> bool:
    """Say whether LFs agree where two of them vote beside 0, and not on where 0 stands."""
    zero = (votes == 0).astype(np.int8)
    beside = np.unique(votes[votes != 0]).tolist()
    two_classes = _agreement(votes, weights, [0, 1]) if ABSTAIN in beside else 0.0
    if _agreement(zero, weights, [0, 1]) > SCATTERED or two_classes > AGREE / 2:
        return False
    return _agreement(votes, weights, beside) >= AGREE


def _agreement(votes: VoteArray, weights: FloatArray, values: list[int]) -> float:
    """Return how much more often than by chance pairs of LFs agree on rows where both have certain values.

    1 is always, 0 is chance or too few rows to tell; Cohen's kappa, over all pairs at once.
    """
    cast = np.isin(votes, values).astype(np.float64)
    pairs = np.triu_indices(votes.shape[1], 1)
    met = ((cast.T * weights) @ cast)[pairs]
    same, chance = np.zeros(len(met)), np.zeros(len(met))
    for value in values:
        own = (votes == value).astype(np.float64)
        same += ((own.T * weights) @ own)[pairs]
        beside = (own.T * weights) @ cast
        chance += (beside * beside.T)[pairs] / np.maximum(met, 1.0)
    by_chance = float((met - chance).sum())
    return float((same - chance).sum()) / by_chance if by_chance >= MIN_MEETINGS else 0.0


def from_old(votes: Any) -> IntArray:
    """Return (n, m) votes of the older kind as votes: 0 becomes -1, and 1..k or -1, 1 become 0..k-1.

    Raises
    ------
    LabelMatrixError
        No whole numbers, or some that neither kind has.

    Examples
    --------
    >>> from_old([[0, 1], [2, 0]]).tolist(), from_old([[0, 1], [-1, 0]]).tolist()
    ([[-1, 0], [1, -1]], [[-1, 1], [0, -1]])
    """
    array = np.asarray(votes.toarray() if hasattr(votes, "toarray") else votes)
    if array.ndim != 2 or array.dtype.kind not in "iuf" or not np.array_equal(array, np.floor(array)):
        raise LabelMatrixError(
            f"votes have shape {array.shape} and type {array.dtype}; expected (rows, LFs) whole numbers, 0 "
            "to abstain"
        )
    lowest, highest = array.min(initial=0), array.max(initial=0)
    if lowest < ABSTAIN or (lowest == ABSTAIN and highest > 1):
        raise LabelMatrixError(
            f"votes go from {lowest:g} to {highest:g}; the older kind has 0 to abstain beside 1..k, or "
            "beside -1 and 1"
        )
    whole = array.astype(np.int64)
    if lowest == ABSTAIN:
        return np.select([whole == 0, whole == 1], [ABSTAIN, 1], 0)
    return whole - 1
