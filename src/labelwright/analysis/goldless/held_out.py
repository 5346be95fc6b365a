"""How well a label model tells a vote that it has not seen from the other votes on the row.

A label model that finds the classes better tells better what the next LF says of a row. Each vote on a row
with others is taken out, near duplicates of its LF with it; the model, fitted on other rows, gives P(y | the
rest), and is scored on the class of the vote that was taken out, *whichever LF cast it*: an LF that votes one
class only would give the class away.

Votes are not labels: a share of them is wrong, and that is not the model's fault. So P is mixed with the
shares of the votes and tempered, ``(1 - w) share + w P**t / sum P**t``, with w >= 0 and t fitted to votes
taken out of the rows that the model was fitted on. A model that is merely too sure of itself loses nothing,
one that has the classes the wrong way round does not get them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._types import ABSTAIN, FloatArray, IntArray, VoteArray
from labelwright.core import LabelMatrix
from labelwright.core.votes.ties import decision_shares

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel

MAX_CELLS: Final = 20_000
"""Votes taken out a fold for scoring, and as many for tempering: drawn at random where there are more."""

TEMPERS: Final = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)
WEIGHTS: Final = np.linspace(0.0, 0.98, 50)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The votes that were taken out: a row number, a class, what the rest of the row says.

    Attributes
    ----------
    rows : (t,) int64
        The row of each vote in the label matrix.
    votes : (t,) int64
        Its class.
    rest : LabelMatrix
        (t, m) the row without it.
    """

    rows: IntArray
    votes: IntArray
    rest: LabelMatrix

    @classmethod
    def of(
        cls, L: LabelMatrix, rows: IntArray, *, groups: IntArray, generator: np.random.Generator
    ) -> HeldOut:
        """Take each vote for one class out of the rows in turn, at most `MAX_CELLS` of them.

        `groups` (m,) tells near duplicates, which are taken out together.
        """
        if len(rows) > MAX_CELLS:
            rows = np.sort(generator.choice(rows, MAX_CELLS, replace=False))
        part = L.votes[rows]
        i, j = np.nonzero((part != ABSTAIN) & (part < L.k))
        others = _met_by_others(part, groups)[i, j]
        i, j = i[others], j[others]
        if len(i) > MAX_CELLS:
            kept = np.sort(generator.choice(len(i), MAX_CELLS, replace=False))
            i, j = i[kept], j[kept]
        rest = part[i].copy()
        rest[groups[None, :] == groups[j][:, None]] = ABSTAIN
        return cls(rows[i], part[i, j].astype(np.int64), like(L, rest))


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """What was guessed of each vote taken out.

    Attributes
    ----------
    rows : (t,) int64
        Its row.
    losses : (t,) float64
        Minus the log probability of the vote.
    hits : (t,) float64
        Whether the model's label is the vote; tied labels count in part.
    """

    rows: IntArray
    losses: FloatArray
    hits: FloatArray


def guesses(model: BaseLabelModel, train: LabelMatrix, tuning: HeldOut, scored: HeldOut) -> Guesses:
    """Fit on the training rows, temper on votes taken out of them, guess the others."""
    model.fit(train)
    counts = np.bincount(tuning.votes, minlength=train.k) + 1.0
    shares: FloatArray = counts / counts.sum()
    temper, weight = _tempered(model.predict_proba(tuning.rest), tuning.votes, shares)
    P = model.predict_proba(scored.rest)
    own = np.arange(len(P)), scored.votes
    chances = (1 - weight) * shares[scored.votes] + weight * _power(P, temper)[own]
    return Guesses(scored.rows, -np.log(chances), decision_shares(P)[own])


def like(L: LabelMatrix, votes: VoteArray) -> LabelMatrix:
    """Return other votes of the same LFs over the same classes."""
    return LabelMatrix(votes, space=L.task or L.space, lf_names=L.lf_names, vote_sets=L.vote_sets)


def _met_by_others(votes: VoteArray, groups: IntArray) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return (n, m) whether an LF that is no near duplicate votes on the row, too."""
    voted = votes != ABSTAIN
    kinds, place = np.unique(groups, return_inverse=True)
    by_group = np.zeros((len(votes), len(kinds)), dtype=bool)
    for j, group in enumerate(place):
        by_group[:, group] |= voted[:, j]
    beside: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = by_group.sum(axis=1)[:, None] - by_group > 0
    return beside[:, place]


def _tempered(P: FloatArray, votes: IntArray, shares: FloatArray) -> tuple[float, float]:
    """Return the temper and the weight with the least loss, of a grid."""
    best = (np.inf, 1.0, 0.0)
    for temper in TEMPERS:
        own = _power(P, temper)[np.arange(len(P)), votes]
        base = shares[votes]
        losses = [-float(np.log((1 - w) * base + w * own).mean()) if len(own) else 0.0 for w in WEIGHTS]
        at = int(np.argmin(losses))
        best = min(best, (losses[at], temper, float(WEIGHTS[at])))
    return best[1], best[2]


def _power(P: FloatArray, temper: float) -> FloatArray:
    powered = P**temper
    tempered: FloatArray = powered / powered.sum(axis=1, keepdims=True)
    return tempered
