"""What looking at a fit costs while nobody reads its report, and how long a fit takes in all.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/report_cost.py
        [--rows 100000] [--lfs 10,40] [--models MajorityVote,OneCoin] [--against OTHER/src] [--turns 5]

Planted one-coin votes of two classes, LFs that are right on 60 to 90% and vote on 30% of the rows. Processes
of this tree, and of the tree whose sources are in OTHER/src, take turns; each fits a model a few times and
gives the least processor seconds of a whole fit and of what is done at its end to warn of it (or, in trees
before, to report on it). The table has the least of all turns.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

OURS = Path(__file__).parents[1] / "src"
MODELS = (
    "MajorityVote,WeightedMajorityVote,OneCoin,DawidSkene,LabelModel,MACE,GLAD,IBCC,Generative,"
    "MatrixCompletion,Triplet,PartialLabels"
)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--lfs", default="10,40", help="numbers of LFs, with commas")
    parser.add_argument("--models", default=MODELS, help="label models, with commas")
    parser.add_argument("--against", type=Path, help="the src folder of another version")
    parser.add_argument("--turns", type=int, default=5, help="processes a tree")
    parser.add_argument("--fits", type=int, default=3, help="fits a model in a process, after one to warm up")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.worker:
        print(json.dumps(measured(options)))
        return
    for m in options.lfs.split(","):
        print(f"\n{options.rows:,} rows x {m} LFs\n")
        print(table(options, m))


def table(options: argparse.Namespace, m: str) -> str:
    """Let the trees take turns, and return the least seconds of each as Markdown."""
    trees = {"now": OURS} | ({"before": options.against} if options.against else {})
    least: dict[str, dict[str, list[float]]] = {tree: {} for tree in trees}
    for _ in range(options.turns):
        for tree, src in trees.items():
            for model, (fit, looking) in turn(options, m, src).items():
                known = least[tree].get(model, [np.inf, np.inf])
                least[tree][model] = [min(known[0], fit), min(known[1], looking)]
    heads = ["model", "fit, ms", "looked at, ms", "share"]
    heads += ["fit before, ms", "share before", "times as fast"] if options.against else []
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' + ' ---: |' * (len(heads) - 1)}"]
    for model, (fit, looking) in least["now"].items():
        cells = [model, f"{1e3 * fit:.1f}", f"{1e3 * looking:.1f}", f"{looking / fit:.0%}"]
        if options.against:
            old, reported = least["before"][model]
            cells += [f"{1e3 * old:.1f}", f"{reported / old:.0%}", f"{old / fit:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def turn(options: argparse.Namespace, m: str, src: Path) -> dict[str, list[float]]:
    """Return what one process of a tree measures."""
    command = [sys.executable, __file__, "--worker", "--rows", str(options.rows), "--lfs", m]
    command += ["--models", options.models, "--fits", str(options.fits)]
    environment = {**os.environ, "PYTHONPATH": str(src)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def measured(options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the least processor seconds of a fit and of its end, a model."""
    from labelwright import label_models
    from labelwright.label_models import base
    from labelwright.testing import one_coin_table, sample_votes

    m = int(options.lfs)
    accuracies = np.random.default_rng(0).uniform(0.6, 0.9, m)
    L = sample_votes(one_coin_table(accuracies, propensities=0.3), options.rows, random_state=0).label_matrix
    spent = _timed(base, "warn" if hasattr(base, "warn") else "reported")
    warnings.simplefilter("ignore")
    found = {}
    for name in options.models.split(","):
        fits, ends = [], []
        for _ in range(1 + options.fits):
            spent[0] = 0.0
            start = time.process_time()
            getattr(label_models, name)().fit(L)
            fits.append(time.process_time() - start)
            ends.append(spent[0])
        found[name] = [min(fits[1:]), min(ends[1:])]
    return found


def _timed(module: Any, name: str) -> list[float]:
    """Let a function of a module add up the seconds that it takes."""
    spent, plain = [0.0], getattr(module, name)

    def timed(*given: Any, **more: Any) -> Any:
        start = time.process_time()
        made = plain(*given, **more)
        spent[0] += time.process_time() - start
        return made

    setattr(module, name, timed)
    return spent


if __name__ == "__main__":
    main()
