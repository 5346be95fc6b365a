"""How well `lw.learn_dependencies` finds planted dependencies, and how long it takes.

Labeling functions copy each other on 90% of the rows, in pairs, stars, chains, cliques (with a hidden
source) and overlapping cliques, one such group for every ten LFs. Bipolar LFs vote both classes with accuracy
0.6 to 0.85 on 70% of the rows; unipolar ones vote one class on 3 to 25%, with precision 0.6 to 0.9.

Run ``python benchmarks/structure.py --write benchmarks/structure.md``; ``--quick`` leaves out 200 LFs and a
million rows.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

import labelwright as lw
from labelwright.testing import Structure, one_coin_table, sample_correlated_votes, unipolar_table

SHAPES: dict[str, Callable[[int, int], Structure]] = {
    "none": lambda m, count: Structure(),
    "pairs": lambda m, count: Structure.pairs_of(m, count=count),
    "stars of 4": lambda m, count: Structure.stars(m, size=4, count=count),
    "chains of 4": lambda m, count: Structure.chains(m, size=4, count=count),
    "cliques of 3": lambda m, count: Structure.cliques(m, size=3, count=count),
    "overlapping cliques": lambda m, count: Structure.overlapping(m, size=3, count=count),
}
SIZES = [
    (10, 1_000),
    (10, 10_000),
    (10, 1_000_000),
    (50, 1_000),
    (50, 10_000),
    (50, 100_000),
    (200, 10_000),
]
QUICK = [(10, 1_000), (10, 10_000), (50, 10_000)]
METHODS = ("auto", "robust_pca", "pseudolikelihood")
POLARITIES = ("bipolar", "unipolar")
THREE_PAIRS, TEN_CLIQUES = Structure.pairs_of(10, count=3), Structure.cliques(100, size=3, count=10)
Draw: TypeAlias = tuple[Structure, lw.LabelMatrix]


@dataclass(frozen=True, slots=True)
class Score:
    """Edges found, over several draws."""

    right: int
    found: int
    planted: int
    draws_with_false: int
    seconds: float

    @property
    def precision(self) -> float:
        """Share of the edges found that were planted."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the edges planted that were found."""
        return self.right / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / (self.found + self.planted) if self.found + self.planted else 1.0

    def cell(self) -> str:
        """Return precision and recall for a table."""
        return f"{self.precision:.2f} / {self.recall:.2f}"


def votes_of(structure: Structure, m: int, n: int, polarity: str, seed: int) -> lw.LabelMatrix:
    """Draw votes with a planted structure."""
    rng = np.random.default_rng(seed)
    if polarity == "bipolar":
        table = one_coin_table(rng.uniform(0.6, 0.85, m), propensities=0.7)
    else:
        precisions, coverages = rng.uniform(0.6, 0.9, m), rng.uniform(0.03, 0.25, m)
        classes = np.arange(m) * 2 // m
        table = unipolar_table(classes, precisions=precisions, coverages=coverages, class_balance=[0.5, 0.5])
    return sample_correlated_votes(table, n, structure, random_state=rng).label_matrix


def score(draws: Iterable[Draw], method: Any) -> Score:
    """Learn the graph of every draw and compare it with the planted one."""
    right = found = planted = false = many = 0
    seconds = 0.0
    for structure, matrix in draws:
        start = time.perf_counter()
        pairs, wanted = set(lw.learn_dependencies(matrix, method=method).pairs()), set(structure.pairs())
        seconds += time.perf_counter() - start
        many, right, found, planted = (
            many + 1,
            right + len(pairs & wanted),
            found + len(pairs),
            planted + len(wanted),
        )
        false += bool(pairs - wanted)
    return Score(right, found, planted, false, seconds / max(many, 1))


def by_size(sizes: Sequence[tuple[int, int]], draws: int) -> Iterator[str]:
    """Yield the table of "auto" by polarity, number of LFs and of rows."""
    yield "| LFs | m | n | " + " | ".join(SHAPES) + " | slowest |"
    yield "| --- " * (len(SHAPES) + 4) + "|"
    for polarity in POLARITIES:
        for m, n in sizes:
            scores = [_score_of(shape, m, n, polarity, "auto", draws) for shape in SHAPES]
            cells = [entry.cell() for entry in scores]
            slowest = max(entry.seconds for entry in scores)
            yield f"| {polarity} | {m} | {n:,} | " + " | ".join(cells) + f" | {slowest:.1f} s |"


def by_method(draws: int) -> Iterator[str]:
    """Yield the table of the methods at 20 LFs and 10,000 rows."""
    yield "| method | LFs | " + " | ".join(SHAPES) + " | slowest |"
    yield "| --- " * (len(SHAPES) + 3) + "|"
    for method in METHODS:
        for polarity in POLARITIES:
            scores = [_score_of(shape, 20, 10_000, polarity, method, draws) for shape in SHAPES]
            cells = [entry.cell() for entry in scores]
            slowest = max(entry.seconds for entry in scores)
            yield f"| {method} | {polarity} | " + " | ".join(cells) + f" | {slowest:.1f} s |"


def promises(draws: int) -> Iterator[str]:
    """Yield the table of what the project promises."""
    yield "| planted | draws | F1 | draws with a false edge | mean time |"
    yield "| --- | --- | --- | --- | --- |"
    cases: list[tuple[str, int, Callable[[int], Draw]]] = [
        ("nothing, m = 10, n = 10,000", draws, lambda seed: _drawn(Structure(), 10, 10_000, seed)),
        ("3 pairs, m = 10, n = 10,000", draws, lambda seed: _drawn(THREE_PAIRS, 10, 10_000, seed)),
        ("10 cliques of 3, m = 100, n = 50,000", 5, lambda seed: _drawn(TEN_CLIQUES, 100, 50_000, seed)),
        ("LF 7 copies 6, LFs 8 and 9 the worst of 0 to 5; n = 5,000", draws, _copies_of_the_worst),
    ]
    for name, many, draw in cases:
        found = score((draw(seed) for seed in range(many)), "auto")
        yield f"| {name} | {many} | {found.f1:.3f} | {found.draws_with_false} | {found.seconds:.2f} s |"


def _drawn(structure: Structure, m: int, n: int, seed: int, polarity: str = "bipolar") -> Draw:
    return structure, votes_of(structure, m, n, polarity, seed)


def _copies_of_the_worst(seed: int) -> Draw:
    rng = np.random.default_rng(seed)
    accuracies = rng.uniform(0.6, 0.85, 10)
    worst = int(np.argmin(accuracies[:6]))
    structure = Structure(copies=((7, 6, 0.9), (8, worst, 0.9), (9, worst, 0.9)))
    table = one_coin_table(accuracies, propensities=0.7)
    return structure, sample_correlated_votes(table, 5_000, structure, random_state=rng).label_matrix


def _score_of(shape: str, m: int, n: int, polarity: str, method: str, draws: int) -> Score:
    structure = SHAPES[shape](m, m // 10)
    many = draws if n < 1_000_000 and m < 200 else 1
    return score((_drawn(structure, m, n, seed, polarity) for seed in range(many)), method)


def report(*, quick: bool, draws: int) -> Iterator[str]:
    """Yield the lines of the report, section by section."""
    command = (
        "python benchmarks/structure.py" + (" --quick" if quick else "") + " --write benchmarks/structure.md"
    )
    yield from ("# Planted dependencies", "", f"Made by `{command}`;")
    yield f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}."
    yield from ((__doc__ or "").partition("\n\n")[2].partition("\n\nRun")[0], "")
    yield from ("## What is promised", "", *promises(20 if quick else 100), "")
    yield from ("## The default method", "", "Precision / recall of edges.", "")
    yield from by_size(QUICK if quick else SIZES, draws)
    yield ""
    yield from ("## The methods", "", "m = 20, n = 10,000; precision / recall of edges.", "")
    yield from by_method(draws)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--draws", type=int, default=5, help="draws a cell")
    parser.add_argument("--write", type=Path, help="file for the report")
    settings = parser.parse_args()
    lines = []
    for line in report(quick=settings.quick, draws=settings.draws):
        print(line, flush=True)
        lines.append(line)
    if settings.write:
        settings.write.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
