"""What it costs to watch labeling functions while they run: processor time of ``Project.apply``.

    python benchmarks/watching.py [BEFORE]

BEFORE is a checkout from before votes held what was read for them, such as
``git worktree add /tmp/before 7f67326``; without it, the same code is timed twice, which shows the noise.
Versions take turns, each in a process of its own; the time is that of the process in `apply`, of all threads.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parents[1]
TOML = '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.parquet"\n'
PYTHON = """
import re
import labelwright as lw

WORDS = {"check", "subscribe", "http", "free"}


def make(i):
    @lw.labeling_function(name=f"lf{i}", columns=["text"])
    def lf(x):
        words = x.text.lower().split()
        return "SPAM" if sum(word in WORDS for word in words) > i % 3 else None
    return lf


lfs = [make(i) for i in range(10)]
"""
DECLARATIVE = """
import labelwright as lw

lfs = [lw.keywords(f"lf{i}", [f"word{i}", f"word{i + 10}"], on="text", vote="SPAM") for i in range(8)]
lfs += [lw.regex(f"re{i}", rf"word{i}\\\\b.*word", on="text", vote="HAM") for i in range(2)]
"""
TIMED = """
import json, sys, time
from labelwright.pipeline import Project
project = Project.open(sys.argv[1], progress=False)
wall, began = time.perf_counter(), time.process_time()
project.apply()
print(json.dumps([time.process_time() - began, time.perf_counter() - wall]))
"""


def main() -> None:
    """Print medians for Python LFs on 1e5 rows and declarative ones on 1e6."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", nargs="?", type=Path, default=HERE)
    parser.add_argument("--turns", type=int, default=7)
    given = parser.parse_args()
    for name, lfs, rows in (("Python", PYTHON, 100_000), ("declarative", DECLARATIVE, 1_000_000)):
        times: dict[str, list[float]] = {"before": [], "now": []}
        for _ in range(given.turns):
            for version, checkout in (("before", given.before), ("now", HERE)):
                times[version].append(seconds(checkout, lfs, rows))
        before, now = (statistics.median(found) for found in times.values())
        ratios = [b / a for a, b in zip(*times.values(), strict=True)]
        print(f"{name} LFs, {rows:,} rows: {before:.2f} s before, {now:.2f} s now, "
              f"{100 * (statistics.median(ratios) - 1):+.1f} % ({given.turns} turns)")  # fmt: skip


def seconds(checkout: Path, lfs: str, rows: int) -> float:
    """Return the processor time of one fresh `apply`."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "labelwright.toml").write_text(TOML)
        (folder / "lfs.py").write_text(lfs)
        write_rows(folder / "train.parquet", rows)
        environment = {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}
        found = subprocess.run(
            [sys.executable, "-c", TIMED, str(folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return float(json.loads(found.stdout)[0])


def write_rows(path: Path, rows: int) -> None:
    """Write short texts."""
    import numpy as np
    import polars as pl

    words = np.array([f"word{i}" for i in range(200)] + ["check", "free", "http", "subscribe"])
    drawn = np.random.default_rng(0).integers(len(words), size=(rows, 8))
    frame = pl.DataFrame({f"w{j}": words[drawn[:, j]] for j in range(8)})
    frame.select(text=pl.concat_str(pl.all(), separator=" ")).write_parquet(path)


if __name__ == "__main__":
    main()
