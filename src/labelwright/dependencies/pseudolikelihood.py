"""Dependencies by l1-regularised pseudolikelihood, the class summed out exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labelwright._types import BoolArray, FloatArray
from labelwright.core import Dependency, VotePatterns
from labelwright.dependencies.screening import screen
from labelwright.dependencies.votes_seen import VotesSeen

MAX_CELLS = 1 << 22  # classes² x rows x LFs of a gradient; where there are more rows, a sample of them
ROUNDS, TOLERANCE = 200, 1e-4
PENALTY = 1.0  # in multiples of sqrt(log(m) / n)
MIN_WEIGHT = 0.4
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Ising:
    """The votes of a block of patterns, laid out for the gradient.

    Attributes
    ----------
    cast : (k, u, m) float32
        Whether each LF votes each class.
    share : (u,) float32
        Patterns' shares of the rows.
    evidence : (m,) float32
        Weight of each LF's vote for the class, fixed.
    rows : float
        Rows in all.
    """

    cast: Floats
    share: Floats
    evidence: Floats
    rows: float

    def gradient(self, theta: Floats, accuracy: Floats) -> tuple[Floats, Floats]:
        """Return the gradients of the mean log pseudolikelihood by theta (m, m) and accuracy (m,)."""
        votes = self.cast.sum(axis=0)
        scores = np.einsum("aui,i->ua", self.cast, self.evidence)
        pulls = self.cast @ theta.T  # (k, u, m): what the others' votes add to LF j voting a
        joint = self._joint(scores, pulls, accuracy)  # (k votes, k classes, u, m)
        expected = joint.sum(axis=1)
        right = np.einsum("aauj->uj", joint) - self._right_given_vote(joint)
        weight = (votes * self.share[:, None])[None]
        surprise = (self.cast - expected) * weight
        slope: Floats = (surprise.transpose(0, 2, 1) @ self.cast).sum(axis=0)
        np.fill_diagonal(slope, 0.0)
        return slope, -(right * weight[0]).sum(axis=0)

    def _joint(self, scores: Floats, pulls: Floats, accuracy: Floats) -> Floats:
        """Return P(vote of j, class | votes of the others), (k, k, u, m)."""
        k = len(self.cast)
        own = np.einsum("yuj,j->yuj", self.cast, self.evidence)
        prior = scores.T[:, :, None] - own  # the other LFs' evidence for each class
        log = pulls[:, None] + prior[None]
        log[np.arange(k), np.arange(k)] += accuracy
        log -= log.max(axis=(0, 1), keepdims=True)
        np.exp(log, out=log)
        joint: Floats = log / log.sum(axis=(0, 1), keepdims=True)
        return joint

    def _right_given_vote(self, joint: Floats) -> Floats:
        """Return P(class is the vote | all votes), (u, m)."""
        given = (joint * self.cast[:, None]).sum(axis=0)
        total = np.maximum(given.sum(axis=0), 1e-30)
        right: Floats = (given * self.cast).sum(axis=0) / total
        return right


def pseudolikelihood_edges(votes: VotesSeen, generator: np.random.Generator) -> list[Dependency]:
    """Find LFs whose vote is predicted by another LF's vote beside the class.

    For each LF j, over the rows on which it votes, with the class y summed out exactly::

        P(vote_j | other votes)  ∝  sum_y exp( a_j 1{vote_j = y} + sum_i w_i 1{vote_i = y}
                                               + sum_i theta[j, i] 1{vote_j = vote_i} )

        maximise  mean log P(vote_j | other votes)  -  penalty sum_i |theta[j, i]|   over theta[j], a_j

    An edge is a pair with ``(theta[j, i] + theta[i, j]) / 2`` of 0.4 or more; its strength is the hyperbolic
    tangent of half of it, the correlation that it makes of two fair votes.

    Notes
    -----
    Source: S. Bach, B. He, A. Ratner and C. Ré, "Learning the structure of generative models without labeled
    data" (2017), section 3. Deviations: the weights w of the other LFs are those of the class factor that
    `screen` fits, not a constant, since an overrated or underrated LF shows as a dependency; the penalty is
    ``sqrt(log(m) / n)``; conditional on who votes; accelerated proximal gradients in place of stochastic
    ones; the two directions of a pair are averaged, not joined. Cost of a round: O(u m k (m + k)) for u
    patterns, of which some are drawn where there are more than 2**22 / (m k²).
    """
    r, rows = votes.counts.correlations()
    k = len(votes.reach)
    fitted = screen(r, rows).residuals.loadings
    data = _laid_out(votes.patterns, k, _evidence(fitted, k), generator)
    penalty = PENALTY * float(np.sqrt(np.log(max(len(r), 2)) / max(data.rows, 1.0)))
    theta = _fit(data, penalty=penalty, possible=rows > 0)
    return _edges(theta)


def _edges(theta: FloatArray) -> list[Dependency]:
    both = (theta + theta.T) / 2
    found = np.argwhere(np.triu(np.abs(both) >= MIN_WEIGHT, 1))
    return [_edge(i, j, float(np.tanh(both[i, j] / 2))) for i, j in found.tolist()]


def _fit(data: Ising, *, penalty: float, possible: BoolArray) -> FloatArray:
    """Return (m, m) theta by accelerated proximal gradients (A. Beck and M. Teboulle, 2009)."""
    m = len(data.evidence)
    theta = ahead = np.zeros((m, m), dtype=np.float32)
    accuracy = data.evidence.copy()
    votes = data.cast.sum(axis=0)
    common = votes.T @ (votes * data.share[:, None])
    step = 4.0 / np.maximum(common.sum(axis=1), 1e-6)  # a quarter of the squared length bounds the curvature
    momentum = 1.0
    for _ in range(ROUNDS):
        slope, rise = data.gradient(ahead, accuracy)
        raw = ahead + step[:, None] * slope
        least = step[:, None] * penalty
        updated = np.where(possible, np.sign(raw) * np.maximum(np.abs(raw) - least, 0.0), 0.0)
        accuracy = np.clip(accuracy + step * rise, 0.0, 8.0).astype(np.float32)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = (updated + (momentum - 1) / following * (updated - theta)).astype(np.float32)
        moved = float(np.abs(updated - theta).max(initial=0.0))
        theta, momentum = updated.astype(np.float32), following
        if moved < TOLERANCE:
            break
    return theta.astype(np.float64)


def _laid_out(patterns: VotePatterns, k: int, evidence: FloatArray, generator: np.random.Generator) -> Ising:
    votes, counts = patterns.votes, patterns.counts
    most = max(MAX_CELLS // (k * k * max(votes.shape[1], 1)), 1000)
    if len(counts) > most:
        counts = generator.multinomial(most, counts / counts.sum())
        votes, counts = votes[counts > 0], counts[counts > 0]
    cast = np.stack([(votes == a) for a in range(k)]).astype(np.float32)
    share = (counts / max(counts.sum(), 1)).astype(np.float32)
    return Ising(cast, share, evidence.astype(np.float32), float(counts.sum()))


def _evidence(loadings: FloatArray, k: int) -> FloatArray:
    """Return (m,) log odds of a right vote of LFs that correlate so with the class."""
    accuracy = np.clip(loadings * (1 - 1 / k) + 1 / k, 0.5 / k, 0.97)
    evidence: FloatArray = np.log(accuracy * (k - 1) / (1 - accuracy))
    return evidence


def _edge(i: int, j: int, strength: float) -> Dependency:
    return Dependency(i, j, "similar" if strength > 0 else "exclusive", strength, origin="pseudolikelihood")
