"""How often the ranges of shares hold the truth, and what looking into many votes costs.

Run: ``python benchmarks/understanding.py`` (half a minute, 1 GB).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

import labelwright as lw
from labelwright.analysis import Resampling, coverage_by_class, lf_classes, lf_statistics, pair_table

PLANTED = ((100, 0.05), (200, 0.3), (500, 0.9), (1000, 0.02))
SAMPLES, LFS, ROWS = 60, 20, 1_000_000


def held(n: int, p: float) -> float:
    """Return how often the 95% range of a planted share held it."""
    inside = []
    for seed in range(SAMPLES):
        votes = np.where(np.random.default_rng(seed).random((n, LFS)) < p, 0, -1).astype(np.int8)
        drawn = Resampling.of(votes)
        _, low, high = drawn.shares(drawn.patterns.votes >= 0)
        inside.append((low <= p) & (p <= high))
    return float(np.mean(inside))


def many_votes() -> tuple[lw.LabelMatrix, np.ndarray]:
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 2, ROWS)
    right = generator.random((ROWS, LFS)) < 0.8
    cast = np.where(right, gold[:, None], 1 - gold[:, None])
    votes = np.where(generator.random((ROWS, LFS)) < 0.15, cast, -1).astype(np.int8)
    return lw.LabelMatrix(votes, space=["a", "b"]), gold


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    for n, p in PLANTED:
        print(f"share {p} of {n:,} rows: {held(n, p):.1%} of {SAMPLES * LFS:,} ranges hold it")
    L, gold = many_votes()
    steps: dict[str, Callable[[], object]] = {
        "lf_statistics": lambda: lf_statistics(L, gold),
        "lf_classes": lambda: lf_classes(L, gold),
        "coverage_by_class": lambda: coverage_by_class(L, gold),
        "pair_table, 30 pairs": lambda: pair_table(L, most=30, confidence=0.95),
        "compare, one LF out": lambda: lw.compare(L, L.drop_lf("lf_3")),
    }
    for name, step in steps.items():
        print(f"{name}: {seconds(step):.1f} s on {ROWS:,} rows of {LFS} LFs")


if __name__ == "__main__":
    main()
