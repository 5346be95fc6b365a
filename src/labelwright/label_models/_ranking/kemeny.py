"""Weighted Kemeny: the ranking that agrees most with weighted votes on the order of item pairs.

Given (n, d, d) margins, antisymmetric, ``margins[i, p, q]`` = evidence that p comes before q in row i, the
score of a ranking is half the sum of the margins of its pairs. As log probabilities these scores are the
posterior of a Mallows centre: exact by dynamic programming over sets of items, 2^d of them, and a local
search beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from labelwright._types import BoolArray, FloatArray, IntArray

BLOCK_CELLS = 1 << 20
EQUAL = 1e-9  # scores this close are equal, and the item of the lower index goes first
MAX_PASSES = 100
TIE_BREAK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Subsets:
    """The sets of d items as bit masks.

    Attributes
    ----------
    outside : (2^d, d) bool
        Whether an item is not in a set.
    layers : list of (sets, items, before)
        By size 1..d: the masks (k,), and for each of their items (k, size) the item and the set without it.
    """

    outside: BoolArray
    layers: list[tuple[IntArray, IntArray, IntArray]]

    @property
    def d(self) -> int:
        """Items."""
        return int(self.outside.shape[1])


@lru_cache(maxsize=8)
def subsets(d: int) -> Subsets:
    """Return the sets of d items."""
    masks = np.arange(1 << d)
    inside = (masks[:, None] >> np.arange(d)) & 1 == 1
    layers: list[tuple[IntArray, IntArray, IntArray]] = []
    for size in range(1, d + 1):
        sets = masks[inside.sum(axis=1) == size]
        items = np.nonzero(inside[sets])[1].reshape(len(sets), size)
        layers.append((sets, items, sets[:, None] ^ (1 << items)))
    return Subsets(~inside, layers)


def exact_rankings(margins: FloatArray) -> IntArray:
    """Return (n, d) ranks of the best ranking of each row; of equal ones, items of lower index go first.

    Cost: O(n 2^d d).

    Examples
    --------
    >>> margins = np.array([[[0.0, -1.0, 2.0], [1.0, 0.0, 3.0], [-2.0, -3.0, 0.0]]])
    >>> exact_rankings(margins).tolist()
    [[1, 0, 2]]
    """
    tables = subsets(margins.shape[1])
    blocks = [_best(block, tables) for block in _blocks(margins)]
    return np.concatenate(blocks)


def order_probabilities(margins: FloatArray) -> FloatArray:
    """Return (n, d, d) P(p before q) where a ranking has probability ∝ exp(its score); ½ on the diagonal.

    Cost: O(n 2^d d²).

    Examples
    --------
    >>> margins = np.array([[[0.0, np.log(3)], [-np.log(3), 0.0]]])
    >>> order_probabilities(margins).round(3).tolist()
    [[[0.5, 0.75], [0.25, 0.5]]]
    """
    tables = subsets(margins.shape[1])
    return np.concatenate([_orders(block, tables) for block in _blocks(margins)])


def _blocks(margins: FloatArray) -> list[FloatArray]:
    d = margins.shape[1]
    step = max(BLOCK_CELLS // ((1 << d) * d), 1)
    return [margins[start : start + step] for start in range(0, max(len(margins), 1), step)]


def _gains(margins: FloatArray, tables: Subsets) -> FloatArray:
    """Return (n, 2^d, d): what an item adds to the score that comes next after a set."""
    gains: FloatArray = 0.5 * tables.outside.astype(np.float64) @ margins.transpose(0, 2, 1)
    return gains


def _best(margins: FloatArray, tables: Subsets) -> IntArray:
    gains = _gains(margins, tables)
    best = np.zeros(gains.shape[:2])
    for sets, items, before in tables.layers:
        best[:, sets] = (best[:, before] + gains[:, before, items]).max(axis=2)
    n, d = len(margins), tables.d
    ranks, left, rows = np.empty((n, d), dtype=np.int64), np.full(n, (1 << d) - 1), np.arange(n)
    for place in range(d - 1, -1, -1):
        item = _last_item(best, gains, left, tables)
        ranks[rows, item] = place
        left = left ^ (1 << item)
    return ranks


def _last_item(best: FloatArray, gains: FloatArray, left: IntArray, tables: Subsets) -> IntArray:
    """Return (n,) the item that the best ranking of the items `left` ends with."""
    items, rows = np.arange(tables.d), np.arange(len(left))[:, None]
    before = left[:, None] & ~(1 << items)
    scores = np.where(tables.outside[left], -np.inf, best[rows, before] + gains[rows, before, items])
    size = np.maximum(np.abs(best[:, -1:]), 1.0)
    equal = scores >= scores.max(axis=1, keepdims=True) - EQUAL * size
    last: IntArray = tables.d - 1 - equal[:, ::-1].argmax(axis=1)
    return last


def _orders(margins: FloatArray, tables: Subsets) -> FloatArray:
    gains = _gains(margins, tables)
    above, below = np.zeros(gains.shape[:2]), np.zeros(gains.shape[:2])
    for sets, items, before in tables.layers:
        above[:, sets] = np.logaddexp.reduce(above[:, before] + gains[:, before, items], axis=2)
    shares = np.zeros_like(gains)  # log of the weight of rankings in which an item comes next after a set
    for sets, items, before in reversed(tables.layers):
        shares[:, before, items] = gains[:, before, items] + below[:, sets][:, :, None]
        _add_below(below, shares, before, tables)
    weights = np.exp(shares + above[:, :, None] - above[:, -1][:, None, None]) * tables.outside
    before_q = np.swapaxes(weights, 1, 2) @ tables.outside.astype(np.float64)
    d = tables.d
    before_q[:, np.arange(d), np.arange(d)] = 0.5
    probabilities: FloatArray = np.clip(before_q, 0.0, 1.0)
    return probabilities


def _add_below(below: FloatArray, shares: FloatArray, before: IntArray, tables: Subsets) -> None:
    """Set the weight of all that can follow the sets that the layer's sets come after."""
    sets = np.unique(before)
    follow = np.where(tables.outside[sets], shares[:, sets], -np.inf)
    below[:, sets] = np.logaddexp.reduce(follow, axis=2)


def with_ties_broken(margins: FloatArray) -> FloatArray:
    """Return margins that differ by a millionth: of equal rankings, the one nearest to Borda's wins."""
    points = margins.sum(axis=2)
    nudged: FloatArray = margins + TIE_BREAK * (points[:, :, None] - points[:, None, :])
    return nudged


def borda_rankings(margins: FloatArray) -> IntArray:
    """Return (n, d) ranks by the sum of an item's margins; of equal ones, the lower index goes first."""
    return ranks_of(np.argsort(-margins.sum(axis=2), axis=1, kind="stable"))


def ranks_of(orders: IntArray) -> IntArray:
    """Return (n, d) ranks of items from items in order, or the other way round."""
    ranks = np.empty_like(orders)
    np.put_along_axis(ranks, orders, np.arange(orders.shape[1])[None, :], axis=1)
    return ranks


def scores(margins: FloatArray, ranks: IntArray) -> FloatArray:
    """Return (n,) the scores of rankings."""
    before = np.sign(ranks[:, None, :] - ranks[:, :, None])
    total: FloatArray = 0.25 * (margins * before).sum(axis=(1, 2))
    return total


def improved_rankings(margins: FloatArray, ranks: IntArray) -> IntArray:
    """Move single items to where they score most until no move helps: a local maximum, O(n d²) a pass."""
    orders = ranks_of(ranks)
    size = EQUAL * np.maximum(np.abs(margins).max(axis=(1, 2)), 1e-300)
    for _ in range(MAX_PASSES):
        moved = False
        for item in range(margins.shape[1]):
            orders, any_better = _moved(margins, orders, item, size)
            moved = moved or any_better
        if not moved:
            break
    return ranks_of(orders)


def _moved(margins: FloatArray, orders: IntArray, item: int, least: FloatArray) -> tuple[IntArray, bool]:
    """Take an item out of each order and put it where it scores most, where that is better by `least`."""
    n, d = orders.shape
    place = (orders == item).argmax(axis=1)
    others = orders[orders != item].reshape(n, d - 1)
    ahead = np.cumsum(np.take_along_axis(margins[:, item], others, axis=1), axis=1)
    gain = -np.concatenate([np.zeros((n, 1)), ahead], axis=1)  # of standing behind the first 0..d-1 others
    best = gain.argmax(axis=1)
    rows = np.arange(n)
    better = gain[rows, best] > gain[rows, place] + least
    best = np.where(better, best, place)
    slots = np.arange(d)[None, :]
    source = np.minimum(slots - (slots > best[:, None]), d - 2)
    fresh = np.where(slots == best[:, None], item, np.take_along_axis(others, source, axis=1))
    return fresh, bool(better.any())
