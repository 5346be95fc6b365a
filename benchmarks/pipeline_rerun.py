"""What a project costs when it is run, and when it is run again with nothing changed.

    python benchmarks/pipeline_rerun.py --rows 1000000 --against OTHER_CHECKOUT/src

Makes a project of N generated texts with 54 labeling functions (50 of them declarative), 2,000 rows with gold
labels beside them, then runs it three times, each time in a fresh process: the first run, and two runs with
nothing changed. Of each it tells the processor time before the project is opened (start-up: the interpreter
and the imports of labelwright and scikit-learn), the processor time after that (the run, with what else it
imports), the seconds on the clock, and the most memory that it held. ``--against`` names the source folder of
another version, which runs a copy of the same project; the last column is this version's share of its
processor time after start-up.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

import labelwright

GOLD_ROWS = 2_000
WORDS = 3_000
WORDS_A_TEXT = 14
SIGNALS = 54
RUNS = ("first run", "run again", "and again")

TOML = """
[project]
name = "Benchmark"
[task]
name = "spam"
classes = ["HAM", "SPAM"]
[data]
train = "train.parquet"
test = "test.parquet"
gold = "label"
"""

CHILD = """
import json, resource, sys, time
import labelwright.label_models
from labelwright.pipeline import Project
started = time.process_time()
clock = time.perf_counter()
result = Project.open(sys.argv[1], progress=False).run()
print(json.dumps({
    "start_up": started,
    "processor": time.process_time() - started,
    "clock": time.perf_counter() - clock,
    "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    "ran": result.applied.ran,
    "kept": [result.fitted.cached, result.trained.cached],
    "accuracy": result.scores["test"]["end model"].accuracy,
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost: seconds of processor time and on the clock, and GiB of memory."""

    start_up: float
    processor: float
    clock: float
    memory: float
    ran: int
    kept: list[bool]
    accuracy: float


def write_project(folder: Path, *, rows: int, seed: int) -> None:
    """Write settings, labeling functions and rows."""
    folder.mkdir(parents=True)
    (folder / "labelwright.toml").write_text(TOML)
    (folder / "lfs.py").write_text(lf_module())
    rng = np.random.default_rng(seed)
    texts(rng, rows).drop("label").write_parquet(folder / "train.parquet")
    texts(rng, GOLD_ROWS).write_parquet(folder / "test.parquet")


def texts(rng: np.random.Generator, n: int) -> pl.DataFrame:
    """Return texts of common words, some with a signal word that one class has more often than the other."""
    words = np.array([f"w{i}" for i in range(WORDS)] + [f"sig{j}" for j in range(SIGNALS)])
    spam = rng.random(n) < 0.4
    drawn = (WORDS * rng.random((n, WORDS_A_TEXT)) ** 3).astype(np.int64)
    for j in range(SIGNALS):
        right = spam == (j % 2 == 1)
        holds = rng.random(n) < np.where(right, 0.06, 0.012)
        drawn[holds, rng.integers(WORDS_A_TEXT, size=int(holds.sum()))] = WORDS + j
    columns = [pl.Series(str(i), words[drawn[:, i]]) for i in range(WORDS_A_TEXT)]
    text = pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=" ").alias("text"))
    return text.with_columns(label=pl.Series(np.where(spam, "SPAM", "HAM")))


def lf_module() -> str:
    """Return the labeling functions: keywords, regular expressions, expressions, and four in Python."""
    lines = ["import labelwright as lw", "import polars as pl", ""]
    for j in range(SIGNALS):
        vote = "SPAM" if j % 2 else "HAM"
        if j >= SIGNALS - 4:
            lines += [
                '@lw.labeling_function(columns=["text"])',
                f"def python_{j}(x):",
                f"    return {vote!r} if 'sig{j}' in x.text else None",
                "",
            ]
        elif j % 5 == 4:
            lines.append(
                f"lf_{j} = lw.expression('lf_{j}', pl.col('text').str.contains('sig{j}', literal=True), "
                f"vote={vote!r})"
            )
        elif j % 5 == 3:
            lines.append(f"lf_{j} = lw.regex('lf_{j}', r'\\bsig{j}\\b', on='text', vote={vote!r})")
        else:
            lines.append(f"lf_{j} = lw.keywords('lf_{j}', ['sig{j}'], on='text', vote={vote!r})")
    return "\n".join(lines) + "\n"


def cost(source: Path, folder: Path) -> Cost:
    """Run a project in a fresh process with the labelwright of a source folder."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(source),
        "PYTHONWARNINGS": "ignore",
        "LABELWRIGHT_STATE": str(folder.parent / "state"),  # what is remembered of the user is left alone
    }
    command = [sys.executable, "-c", CHILD, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run the benchmark and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", type=Path, help="the src folder of another version")
    arguments = parser.parse_args()
    ours = Path(labelwright.__file__).parents[1]
    sources = {"this": ours} if arguments.against is None else {"other": arguments.against, "this": ours}
    print(f"| version | run | start-up | processor | clock | memory | share |\n|{' --- |' * 7}")
    with tempfile.TemporaryDirectory() as place:
        others: dict[str, float] = {}
        for version, source in sources.items():
            folder = Path(place) / version
            write_project(folder, rows=arguments.rows, seed=arguments.seed)
            for run in RUNS:
                found = cost(source.absolute(), folder)
                share = f"{found.processor / others[run]:.1%}" if run in others else ""
                print(
                    f"| {version} | {run} | {found.start_up:.2f} s | {found.processor:.2f} s "
                    f"| {found.clock:.2f} s | {found.memory:.2f} GiB | {share} |",
                    flush=True,
                )
                if run != RUNS[0] and (found.ran or found.kept != [True, True]):
                    raise SystemExit(f"the {run} made anew what nothing had changed: {found}")
                if version == "other":
                    others[run] = found.processor


if __name__ == "__main__":
    main()
