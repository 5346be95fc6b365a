"""The votes that are timed: drawn block by block, so that ten million rows fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK_ROWS = 1 << 16
ACCURACIES = (0.55, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One label matrix: n rows of m LFs over k classes, each LF silent on a share of the rows."""

    n: int
    m: int
    k: int
    abstain: float

    @classmethod
    def parse(cls, text: str, *, abstain: float) -> Size:
        """Read ``1e6x50x2``.

        Examples
        --------
        >>> Size.parse("1e6x50x2", abstain=0.7)
        Size(n=1000000, m=50, k=2, abstain=0.7)
        """
        try:
            n, m, k = (int(float(part)) for part in text.split("x"))
        except ValueError:
            raise SystemExit(f"size {text!r}: expected rows x LFs x classes, such as 1e6x50x2") from None
        if n < 1 or m < 1 or not 2 <= k <= 127:
            raise SystemExit(f"size {text!r}: expected at least 1 row and 1 LF, and 2 to 127 classes")
        return cls(n=n, m=m, k=k, abstain=abstain)

    def __str__(self) -> str:
        return f"{self.n:,} x {self.m} x {self.k}"

    @property
    def matrix_bytes(self) -> int:
        """What the votes take as int8."""
        return self.n * self.m

    @property
    def own_bytes(self) -> int:
        """About what a process takes in which one of our models fits and predicts."""
        return 5 * self.matrix_bytes + 24 * self.n * self.k + 10**9

    @property
    def peer_bytes(self) -> int:
        """About what a peer's process takes: int64 votes, and two float copies of the one-hot votes."""
        return self.matrix_bytes * (18 + 12 * self.k)


def draw(size: Size, *, seed: int = 0) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Return (n, m) votes and the (n,) classes they are about.

    LFs are right with one probability each, spread evenly from .55 to .9, whatever the class; wrong votes
    spread over the other classes, all of which are equally frequent.
    """
    rng = np.random.default_rng(seed)
    votes, gold = np.empty((size.n, size.m), np.int8), np.empty(size.n, np.int8)
    right = (1.0 - size.abstain) * rng.permutation(np.linspace(*ACCURACIES, size.m)).astype(np.float32)
    for start in range(0, size.n, BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        gold[block] = rng.integers(0, size.k, len(gold[block]))
        votes[block] = _block(size, gold[block], right, rng)
    return votes, gold


def _block(
    size: Size, gold: npt.NDArray[np.int8], right: npt.NDArray[np.float32], rng: np.random.Generator
) -> npt.NDArray[Any]:
    shape = (len(gold), size.m)
    chance = rng.random(shape, dtype=np.float32)
    wrong = (gold[:, None] + rng.integers(1, size.k, shape, dtype=np.int16)) % size.k
    return np.where(chance < right, gold[:, None], np.where(chance < 1.0 - size.abstain, wrong, -1))
