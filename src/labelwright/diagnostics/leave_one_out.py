"""What each vote of a row adds to its label, and which votes the label hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelwright._types import ABSTAIN, TIE_TOLERANCE, FloatArray, IntArray, VoteArray
from labelwright.diagnostics.fitted import FittedModel

ADDS_UP = 1e-6  # largest error, for its size, of a sum that counts as exact


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why a model labels one row as it does.

    Attributes
    ----------
    label, other : int
        The most probable class and the next one; of equal ones the lower index first.
    probabilities : (k,) float64
        What the model gives.
    tied : bool
        Whether both are equally probable.
    lfs : (v,) int64
        The LFs that vote.
    added : (v,) float64
        What each vote adds to the score of `label` over that of `other`.
    prior, rest : float
        The same for a row without votes, and what votes do together beyond what each does alone.
    exact : bool
        Whether the votes simply add up, so that `rest` is zero.
    flip : tuple of int, flip_to : int or None
        A smallest set of LFs without whose votes another class is as probable or more, and that class.
    alone : tuple of int
        The LFs each of which flips the label by abstaining.
    turned : tuple of int
        The LFs each of which flips the label by voting `other` instead.
    """

    label: int
    other: int
    probabilities: FloatArray
    tied: bool
    lfs: IntArray
    added: FloatArray
    prior: float
    rest: float
    exact: bool
    flip: tuple[int, ...]
    flip_to: int | None
    alone: tuple[int, ...]
    turned: tuple[int, ...]


def reasons(model: FittedModel, votes: VoteArray) -> Reasons:
    """Explain one row of (m,) votes.

    Cost: three model calls on a handful of rows: one an LF that votes, without it and with it turned, and
    at most as many more in search of what flips the label.
    """
    lfs = np.flatnonzero(votes != ABSTAIN)
    without = _without(votes, [[int(j)] for j in lfs])
    P = model._pattern_proba(votes[None])[0]
    label, other = _first_two(P)
    scores = model._scores(np.concatenate([votes[None], np.full_like(votes[None], ABSTAIN), without]))
    taken = scores[0] - scores[2:]
    rest = scores[0] - scores[1] - taken.sum(axis=0)
    gap = (label, other)
    scale = 1.0 + np.abs(scores[:2]).max() + np.abs(taken).sum()
    exact = bool(np.abs(rest - rest.mean()).max() <= ADDS_UP * scale)
    tied = bool(P[label] - P[other] < TIE_TOLERANCE)
    turned = np.repeat(votes[None], len(lfs), axis=0)
    turned[np.arange(len(lfs)), lfs] = other
    found = _Flips(model, votes, lfs, label)
    flip, to = (tuple[int, ...](), None) if tied else found.smallest(taken)
    return Reasons(
        label=label,
        other=other,
        probabilities=P,
        tied=tied,
        lfs=lfs,
        added=_between(taken, gap),
        prior=float(_between(scores[1:2], gap)[0]),
        rest=0.0 if exact else float(_between(rest[None], gap)[0]),
        exact=exact,
        flip=flip,
        flip_to=to,
        alone=() if tied else tuple(lfs[found.flipped(without)].tolist()),
        turned=() if tied else tuple(lfs[found.flipped(turned)].tolist()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Flips:
    """Looks for votes without which a row gets another label."""

    model: FittedModel
    votes: VoteArray
    lfs: IntArray
    label: int

    def flipped(self, rows: VoteArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return which rows do not clearly get the label."""
        P = self.model._pattern_proba(rows).copy()
        own = P[:, self.label].copy()
        P[:, self.label] = -np.inf
        lost: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
            own - P.max(axis=1, initial=-np.inf) < TIE_TOLERANCE
        )
        return lost

    def smallest(self, taken: FloatArray) -> tuple[tuple[int, ...], int | None]:
        """Return the fewest LFs whose abstaining flips the label, and the class it flips to.

        For each other class, votes are taken out from the one that speaks most for the label against it;
        where votes add up no smaller set exists. Every candidate is put to the model.
        """
        best: tuple[tuple[int, ...], int | None] = ((), None)
        for c in range(taken.shape[1]):
            if c == self.label or not len(self.lfs):
                continue
            order = np.argsort(-_between(taken, (self.label, c)), kind="stable")
            most = len(best[0]) - 1 if best[0] else len(order)
            out = [self.lfs[order[: size + 1]].tolist() for size in range(most)]
            found = np.flatnonzero(self.flipped(_without(self.votes, out))) if out else np.zeros(0, int)
            if len(found):
                best = (tuple(out[found[0]]), self._next(out[found[0]]))
        return best

    def _next(self, out: Sequence[int]) -> int:
        P = self.model._pattern_proba(_without(self.votes, [out]))[0].copy()
        P[self.label] = -np.inf
        return int(P.argmax())


def _without(votes: VoteArray, sets: Sequence[Sequence[int]]) -> VoteArray:
    """Return one copy of a row a set of LFs, which abstain in it."""
    rows = np.repeat(votes[None], len(sets), axis=0)
    for row, lfs in zip(rows, sets, strict=True):
        row[list(lfs)] = ABSTAIN
    return rows


def _between(scores: FloatArray, gap: tuple[int, int]) -> FloatArray:
    difference: FloatArray = scores[:, gap[0]] - scores[:, gap[1]]
    return difference


def _first_two(P: FloatArray) -> tuple[int, int]:
    label, other = np.argsort(-np.round(P / TIE_TOLERANCE), kind="stable")[:2].tolist()
    return label, other
