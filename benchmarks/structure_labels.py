"""How much dependencies between labeling functions are worth to label models: accuracy of their labels.

Votes are planted as in ``structure.py``: LFs copy each other on 90% of the rows, accuracies are 0.6 to 0.85,
30% of the votes abstentions. Ties count in shares. "True graph" is given the edges that were planted,
"learned" finds its own, "no copies" sees the votes of the LFs that copy nobody.

Run ``python benchmarks/structure_labels.py --data FOLDER --write benchmarks/structure_labels.md``; FOLDER
holds WRENCH folders, and without it real votes are left out.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

import labelwright as lw
from label_quality.dependencies import real_votes
from labelwright.label_models import DawidSkene, MajorityVote, MatrixCompletion, Triplet
from labelwright.testing import PlantedVotes, Structure, one_coin_table, sample_correlated_votes

Drawn: TypeAlias = tuple[Structure, PlantedVotes]
BLIND: dict[str, Callable[..., Any]] = {
    "default": lw.LabelModel,
    "default, anchored": lambda **settings: lw.LabelModel(method="anchored", **settings),
    "MatrixCompletion": MatrixCompletion,
    "Triplet": Triplet,
}
SHAPES: dict[str, tuple[Structure, int, int, float, int]] = {
    "4 pairs, m = 12": (Structure.pairs_of(12, count=4), 12, 5_000, 0.7, 2),
    "2 stars of 4, m = 12": (Structure.stars(12, size=4, count=2), 12, 5_000, 0.7, 2),
    "2 cliques of 4, m = 12": (Structure.cliques(12, size=4, count=2), 12, 5_000, 0.7, 2),
    "overlapping cliques of 3, m = 12": (Structure.overlapping(12, size=3, count=1), 12, 5_000, 0.7, 2),
    "a clique of 12, m = 20": (Structure.cliques(20, size=12, count=1), 20, 5_000, 0.7, 2),
    "2 stars of 4, m = 12, four classes": (Structure.stars(12, size=4, count=2), 12, 5_000, 0.7, 4),
    "20 cliques of 4, m = 200, 90% abstain": (Structure.cliques(200, size=4, count=20), 200, 10_000, 0.1, 2),
}


def accuracy(model: Any, votes: Any, gold: Any) -> float:
    """Return the percentage of rows that a model labels right, fitted on the same rows."""
    P = model.fit(votes).predict_proba(votes)
    best = P.max(axis=1, keepdims=True) - P <= 1e-6
    return float(100 * (best / best.sum(axis=1, keepdims=True))[np.arange(len(gold)), gold].mean())


def copies_of_the_worst(seed: int) -> Drawn:
    """LF 7 copies LF 6, LFs 8 and 9 the worst of the first six."""
    rng = np.random.default_rng(seed)
    accuracies = rng.uniform(0.6, 0.85, 10)
    worst = int(np.argmin(accuracies[:6]))
    structure = Structure(copies=((7, 6, 0.9), (8, worst, 0.9), (9, worst, 0.9)))
    table = one_coin_table(accuracies, propensities=0.7)
    return structure, sample_correlated_votes(table, 5_000, structure, random_state=rng)


def nine_copies(seed: int) -> Drawn:
    """Six LFs of accuracies 0.7 to 0.85, one of 0.62, and nine that copy that one on 95% of the rows."""
    rng = np.random.default_rng(seed)
    accuracies = np.concatenate([rng.uniform(0.7, 0.85, 6), np.full(10, 0.62)])
    structure = Structure(copies=tuple((j, 6, 0.95) for j in range(7, 16)))
    table = one_coin_table(accuracies, propensities=0.7)
    return structure, sample_correlated_votes(table, 5_000, structure, random_state=rng)


def promises(draws: int) -> Iterator[str]:
    """Yield the table of what the project promises: means over draws, and the worst draw."""
    columns = ("majority vote", "DawidSkene", "default", "learned", "true graph", "no copies")
    yield "| planted | " + " | ".join(columns) + " | least gain over majority vote | most below true graph |"
    yield "| --- " * (len(columns) + 3) + "|"
    for name, draw in (("copies of the worst", copies_of_the_worst), ("nine copies", nine_copies)):
        found = np.array([_promised(*draw(seed)) for seed in range(draws)])
        cells = " | ".join(f"{mean:.1f}" for mean in found.mean(axis=0))
        gain, lag = (found[:, 3] - found[:, 0]).min(), (found[:, 4] - found[:, 3]).max()
        yield f"| {name} | {cells} | {gain:+.1f} | {lag:.1f} |"


def _promised(structure: Structure, drawn: PlantedVotes) -> list[float]:
    L, gold = drawn.label_matrix, drawn.gold
    graph = structure.graph(L.lf_names)
    copiers = {copier for copier, _, _ in structure.copies}
    originals = [j for j in range(len(L.lf_names)) if j not in copiers]
    return [
        accuracy(MajorityVote(), L, gold),
        accuracy(DawidSkene(), L, gold),
        accuracy(lw.LabelModel(), L, gold),
        accuracy(lw.LabelModel(dependencies="auto"), L, gold),
        accuracy(lw.LabelModel(dependencies=graph), L, gold),
        accuracy(lw.LabelModel(), L.votes[:, originals], gold),
    ]


def by_shape(draws: int) -> Iterator[str]:
    """Yield the table of models without and with the true graph, and of the default with a learned one."""
    yield "| planted | majority vote | " + " | ".join(BLIND) + " | default, learned |"
    yield "| --- " * (len(BLIND) + 3) + "|"
    for name, shape in SHAPES.items():
        found = np.array([_by_model(*shape, seed) for seed in range(draws)]).mean(axis=0)
        pairs = [f"{blind:.1f} / {told:.1f}" for blind, told in found[1:-1].reshape(-1, 2)]
        yield f"| {name} | {found[0]:.1f} | " + " | ".join(pairs) + f" | {found[-1]:.1f} |"


def _by_model(structure: Structure, m: int, n: int, share: float, k: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    table = one_coin_table(rng.uniform(0.6, 0.85, m), k=k, propensities=share)
    drawn = sample_correlated_votes(table, n, structure, random_state=rng)
    L, gold = drawn.label_matrix, drawn.gold
    graph = structure.graph(L.lf_names)
    found = [accuracy(MajorityVote(), L, gold)]
    for make in BLIND.values():
        found += [accuracy(make(), L, gold), accuracy(make(dependencies=graph), L, gold)]
    return [*found, accuracy(lw.LabelModel(dependencies="auto"), L, gold)]


def report(folder: Path | None, *, draws: int) -> Iterator[str]:
    """Yield the lines of the report, section by section."""
    data = "" if folder is None else " --data FOLDER"
    command = f"python benchmarks/structure_labels.py{data} --write benchmarks/structure_labels.md"
    yield from ("# Labels where labeling functions depend on each other", "", f"Made by `{command}`;")
    yield f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}."
    yield from ((__doc__ or "").partition("\n\n")[2].partition("\n\nRun")[0], "")
    yield from ("## What is promised", "", f"Accuracy in percent, means over {draws} draws.", "")
    yield from (*promises(draws), "")
    yield from ("## Models and graphs", "", "Accuracy in percent without / with the true graph; 3 draws.", "")
    yield from (*by_shape(3), "")
    if folder is not None:
        yield from ("## Real votes", "", "The default, fitted to the training votes, in percent.", "")
        yield from real_votes(folder, say=lambda words: print(words, file=sys.stderr))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of WRENCH folders")
    parser.add_argument("--draws", type=int, default=10, help="draws of what is promised")
    parser.add_argument("--write", type=Path, help="file for the report")
    settings = parser.parse_args()
    lines = []
    for line in report(settings.data, draws=settings.draws):
        print(line, flush=True)
        lines.append(line)
    if settings.write:
        settings.write.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
