"""From probabilities to one class a row: what happens where several are largest."""

from __future__ import annotations

import hashlib
from typing import get_args

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import ABSTAIN, TIE_TOLERANCE, BoolArray, FloatArray, IntArray, TiePolicy
from labelwright._validate import did_you_mean


def break_ties(P: FloatArray, policy: TiePolicy, generator: np.random.Generator | None = None) -> IntArray:
    """Return (n,) int64 classes of (n, k) probabilities.

    Parameters
    ----------
    P : (n, k) float64
        Rows of probabilities.
    policy : {"abstain", "random", "first", "wrench"}
        Where several classes are within 1e-5 of the row's largest probability: give -1; draw one with
        equal chances; take the lowest index; or take the one that a SHA-1 hash of the row number picks,
        which is how Snorkel and the WRENCH benchmark do it.
    generator : numpy.random.Generator, optional
        Draws for ``"random"``.

    Raises
    ------
    LabelModelError
        An unknown policy.

    Examples
    --------
    >>> P = np.array([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]])
    >>> [break_ties(P, policy).tolist() for policy in ("abstain", "first", "wrench")]
    [[-1, 2], [0, 2], [0, 2]]
    """
    if policy not in get_args(TiePolicy):
        known = ", ".join(get_args(TiePolicy))
        raise LabelModelError(
            f"ties={policy!r} is unknown{did_you_mean(policy, get_args(TiePolicy))}; choose one of {known}"
        )
    chosen: IntArray = P.argmax(axis=1).astype(np.int64)
    tied = np.flatnonzero(largest(P).sum(axis=1) > 1)
    if len(tied):
        chosen[tied] = _choose(largest(P[tied]), tied, policy, generator)
    return chosen


def largest(P: FloatArray) -> BoolArray:
    """Return (n, k) bool: the classes that share a row's largest probability."""
    shared: BoolArray = P.max(axis=1, keepdims=True) - P < TIE_TOLERANCE
    return shared


def decision_shares(P: FloatArray) -> FloatArray:
    """(n, k): the chance that each class is chosen when a row's largest probabilities share the choice."""
    among = P.max(axis=1, keepdims=True) - TIE_TOLERANCE <= P
    shares: FloatArray = among / among.sum(axis=1, keepdims=True)
    return shares


def _choose(
    candidates: BoolArray, rows: IntArray, policy: TiePolicy, generator: np.random.Generator | None
) -> IntArray:
    """Pick one of each row's candidate classes."""
    if policy == "abstain":
        return np.full(len(rows), ABSTAIN)
    sizes = candidates.sum(axis=1)
    if policy == "first":
        ranks = np.zeros(len(rows), dtype=np.int64)
    elif policy == "wrench":
        ranks = np.array([_row_hash(row) % int(size) for row, size in zip(rows, sizes, strict=True)])
    else:
        ranks = (generator or np.random.default_rng()).integers(0, sizes)
    # The (r+1)-th candidate is the first column where the running count reaches r+1.
    chosen: IntArray = (candidates.cumsum(axis=1) > ranks[:, None]).argmax(axis=1)
    return chosen


def _row_hash(row: int) -> int:
    return int(hashlib.sha1(str(int(row)).encode(), usedforsecurity=False).hexdigest(), 16)
