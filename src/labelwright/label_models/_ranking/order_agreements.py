"""How often two LFs order the same items alike, and what that tells of how far to trust each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.label_models._numeric.repeats import repeat_each_other, set_aside, told_by_pairs
from labelwright.label_models._ranking.mallows import (
    MAX_THETA,
    gap_shares,
    mean_agreement,
    order_agreement,
    order_agreement_slope,
    theta_of_agreement,
)

BLOCK_CELLS = 1 << 22
MAX_STEPS = 200
STILL = 1e-12
ROUNDS = 5
MIN_VARIANCE = 0.02  # of one row's agreement: LFs that always agree have a finite weight


def item_pairs(d: int) -> tuple[IntArray, IntArray]:
    """Return the items of the d(d-1)/2 pairs, first < second."""
    first, second = np.triu_indices(d, 1)
    return first, second


def pair_orders(ranks: IntArray) -> FloatArray:
    """Return (..., pairs) float32: 1 where the first item of a pair is ranked before the second, -1 after.

    0 where one of them is not ranked, or both are at the same rank.

    Examples
    --------
    >>> pair_orders(np.array([0, 1, 1, -1])).tolist()
    [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    first, second = item_pairs(ranks.shape[-1])
    one, two = ranks[..., first], ranks[..., second]
    orders: FloatArray = (np.sign(two - one) * ((one >= 0) & (two >= 0))).astype(np.float32)
    return orders


@dataclass(frozen=True, slots=True, eq=False)
class OrderAgreements:
    """Counts over item pairs that two LFs both order; gold is the last LF. They add.

    Attributes
    ----------
    n, d : int
        Rows and items.
    together : (p, p) float64
        Item pairs, over all rows, that both order; p = m + 1.
    agreements : (p, p) float64
        How many of them they order alike, minus how many they do not.
    rows : (p, p) float64
        Rows with such a pair.

    Examples
    --------
    >>> counts = OrderAgreements.of(np.array([[[0, 1, 2], [1, 0, 2]], [[0, 1, -1], [0, 1, 2]]]))
    >>> float(counts.together[0, 1]), float(counts.agreements[0, 1]), float(counts.rows[0, 1])
    (4.0, 2.0, 2.0)
    """

    n: int
    d: int
    together: FloatArray
    agreements: FloatArray
    rows: FloatArray

    @classmethod
    def of(cls, ranks: IntArray, gold: IntArray | None = None) -> OrderAgreements:
        """Count (n, m, d) ranks and (n, d) gold. Cost: two products (m, n d²/2) x (n d²/2, m), in blocks."""
        n, m, d = ranks.shape
        known = np.full((n, d), -1, dtype=ranks.dtype) if gold is None else gold
        step = max(BLOCK_CELLS // ((m + 1) * d * d), 1)
        total = cls(0, d, *(np.zeros((m + 1, m + 1)) for _ in range(3)))
        for start in range(0, n, step):
            rows = slice(start, start + step)
            total = total + cls._block(np.concatenate([ranks[rows], known[rows][:, None]], axis=1))
        return total

    @classmethod
    def _block(cls, ranks: IntArray) -> OrderAgreements:
        orders = pair_orders(ranks)
        n, p, pairs = orders.shape
        flat = orders.transpose(1, 0, 2).reshape(p, n * pairs)
        known = np.abs(flat)
        ranked = (orders != 0).any(axis=2).astype(np.float64)
        return cls(
            n,
            ranks.shape[2],
            (known @ known.T).astype(np.float64),
            (flat @ flat.T).astype(np.float64),
            ranked.T @ ranked,
        )

    def __add__(self, other: OrderAgreements) -> OrderAgreements:
        """Return the counts of both sets of rows together."""
        if not isinstance(other, OrderAgreements):
            return NotImplemented
        return OrderAgreements(
            self.n + other.n,
            self.d,
            self.together + other.together,
            self.agreements + other.agreements,
            self.rows + other.rows,
        )

    @property
    def means(self) -> FloatArray:
        """(p, p): mean agreement, in -1..1; 0 where two LFs have no item pair in common."""
        mean: FloatArray = self.agreements / np.maximum(self.together, 1.0)
        return mean

    @property
    def weights(self) -> FloatArray:
        """(p, p): rows in common, which item pairs of one ranking are not independent within."""
        kept = np.where(self.together > 0, self.rows, 0.0)
        kept[np.diag_indices(len(kept))] = 0.0
        return kept


@dataclass(frozen=True, slots=True, eq=False)
class Trust:
    """Dispersions of m LFs, which repeat each other, and which dispersions the data tell."""

    thetas: FloatArray
    repeats: BoolArray
    identified: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """``mean agreement of j and k = sum over gaps h of share_h mu_h(theta_j) mu_h(theta_k)``, weighted.

    `agreements` and `weights` are (p, p), gold last; theta is held near `prior` with the weight of
    `prior_votes` rows of gold.
    """

    agreements: FloatArray
    weights: FloatArray
    d: int
    prior: float
    prior_votes: float

    def mu(self, thetas: FloatArray) -> FloatArray:
        """Return (p, gaps) agreements with the truth, of gold 1; times the roots of the gaps' shares."""
        found = np.concatenate([order_agreement(thetas, self.d), np.ones((1, self.d - 1))])
        scaled: FloatArray = found * np.sqrt(gap_shares(self.d))
        return scaled

    def predicted(self, thetas: FloatArray) -> FloatArray:
        """Return (p, p) the agreements that dispersions lead to."""
        mu = self.mu(thetas)
        return mu @ mu.T

    def loss(self, thetas: FloatArray) -> float:
        """Return half the weighted squares."""
        squares = self.weights * (self.agreements - self.predicted(thetas)) ** 2
        own = (mean_agreement(thetas, self.d) - self.prior) ** 2
        return float(
            0.25 * (squares[:-1, :-1].sum() + 2 * squares[-1].sum()) + 0.5 * self.prior_votes * own.sum()
        )

    def step(self, thetas: FloatArray, damping: float) -> FloatArray:
        """Return (m,) a Gauss-Newton step in ``tanh(theta / 2)``, damped."""
        mu, bend = self.mu(thetas), self._slopes(thetas)
        lever = bend @ mu.T  # (m, p): how a pair's agreement moves with the first LF
        left = self.weights * (self.agreements - mu @ mu.T)
        own = bend @ np.sqrt(gap_shares(self.d))
        pull = self.prior_votes * own * (self.prior - mean_agreement(thetas, self.d))
        slope = (left[:-1] * lever).sum(axis=1) + pull
        m = len(thetas)
        matrix = self.weights[:m, :m] * lever[:, :m] * lever[:, :m].T
        inner = (self.weights[:m] * lever**2).sum(axis=1) + self.prior_votes * own**2
        matrix += np.diag(inner * (1.0 + damping) + 1e-12)
        solved: FloatArray = np.linalg.solve(matrix, slope)
        return solved

    def _slopes(self, thetas: FloatArray) -> FloatArray:
        chain = 2.0 / np.maximum(1.0 - np.tanh(thetas / 2.0) ** 2, 1e-12)
        scaled: FloatArray = (
            order_agreement_slope(thetas, self.d) * chain[:, None] * np.sqrt(gap_shares(self.d))
        )
        return scaled


def trust(counts: OrderAgreements, *, prior: float, prior_votes: float, additive: bool) -> Trust:
    """Solve for the dispersions, LFs that repeat each other set aside.

    Twice: with rows in common as weights, then over the variance that the first solution gives a row.
    """
    weights, means = counts.weights, counts.means
    m = len(means) - 1
    repeats = np.zeros((m, m), dtype=bool)
    start = _first_guess(means, weights, counts.d, prior)
    thetas = start
    for _ in range(ROUNDS):
        kept = set_aside(weights, repeats)
        equations = Equations(means, kept, counts.d, prior, prior_votes)
        thetas = _solve(equations, thetas)
        weighted = kept / np.maximum(1.0 - equations.predicted(thetas) ** 2, MIN_VARIANCE)
        thetas = _solve(Equations(means, weighted, counts.d, prior, prior_votes), thetas)
        before, repeats = repeats, _repeats(equations, thetas, weights)
        if (before == repeats).all():
            break
    kept = set_aside(weights, repeats)
    if additive:
        thetas = _additive(means, kept, counts.d, prior, prior_votes)
    return Trust(thetas, repeats, told_by_pairs(kept))


def _repeats(equations: Equations, thetas: FloatArray, rows: FloatArray) -> BoolArray:
    """Return LFs that order pairs apart far less often than their errors would have it."""
    apart, expected = 1.0 - equations.agreements, 1.0 - equations.predicted(thetas)
    return repeat_each_other(apart[:-1, :-1], expected[:-1, :-1], rows[:-1, :-1])


def _first_guess(means: FloatArray, weights: FloatArray, d: int, prior: float) -> FloatArray:
    """Return (m,) from the leading eigenvector of the agreements, most LFs taken to be right."""
    known = weights > 0
    filled = np.where(known, means, np.where(np.eye(len(means), dtype=bool), 0.0, prior**2))[:-1, :-1]
    for _ in range(5):  # the diagonal is what the vector itself makes it
        values, vectors = np.linalg.eigh(filled)
        loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        filled[np.diag_indices(len(filled))] = np.minimum(loadings**2, 0.95)
    towards = 1.0 if loadings.sum() >= 0 else -1.0
    if (known[-1, :-1] * means[-1, :-1] * loadings * towards).sum() < 0:
        towards = -towards
    found = np.where(known[:-1].any(axis=1), towards * loadings, prior)
    return theta_of_agreement(np.clip(found, -0.95, 0.95), d)


def _solve(equations: Equations, start: FloatArray) -> FloatArray:
    """Minimise the loss by Levenberg and Marquardt's method."""
    thetas, loss, damping = start, equations.loss(start), 1e-3
    limit = float(np.tanh(MAX_THETA / 2.0))
    for _ in range(MAX_STEPS):
        along = np.tanh(thetas / 2.0) + equations.step(thetas, damping)
        tried = 2.0 * np.arctanh(np.clip(along, -limit, limit))
        fallen = loss - equations.loss(tried)
        if fallen < 0:
            damping *= 4.0
            if damping > 1e8:
                break
            continue
        thetas, loss, damping = tried, loss - fallen, damping / 3.0
        if fallen <= STILL * max(loss, 1.0):
            break
    return thetas


def _additive(means: FloatArray, weights: FloatArray, d: int, prior: float, prior_votes: float) -> FloatArray:
    """Solve ``D_jk = D_j + D_k`` for expected distances, as triplets do, and invert these."""
    apart, m = 0.5 * (1.0 - means), len(means) - 1
    kept = weights[:m, :m]
    own = weights[:m, m]
    matrix = kept + np.diag(kept.sum(axis=1) + own + prior_votes)
    pulls = (kept * apart[:m, :m]).sum(axis=1) + own * apart[:m, m] + 0.5 * prior_votes * (1.0 - prior)
    distances = np.linalg.solve(matrix, pulls)
    return theta_of_agreement(np.clip(1.0 - 2.0 * distances, -1.0, 1.0), d)
