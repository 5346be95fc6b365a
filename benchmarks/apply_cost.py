"""What it costs to keep votes right: processor time of `apply` against another version of labelwright.

    python benchmarks/apply_cost.py --against OTHER_CHECKOUT/src [--turns N] [--cases NAME ...]

Each turn is a fresh process of each version; it applies the LFs of a case to its rows several times, each
time with nothing kept, and tells the processor time of each. Told are the least and the median of all, and
how much more this version takes. What others do on the machine only adds to the least. Cases: ten LFs over
texts (quick ones and slower ones), over a column of lists, behind a preprocessor that makes lists, each on
1e5 rows; and 50 declarative ones on 1e6. With ``--plain`` they run by ``lw.apply``, without a project.
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

TOML = '[task]\nname = "spam"\nclasses = ["HAM", "SPAM"]\n[data]\ntrain = "train.parquet"\n'
HEAD = """
import labelwright as lw
import polars as pl

WORDS = {"check", "subscribe", "http", "free"}


@lw.preprocessor(columns=["text"])
def tokens(x):
    x.words = x.text.lower().split()
    return x


"""
PYTHON = """def make(i):
    @lw.labeling_function(name=f"lf{{i}}"{arguments})
    def lf(x):
        return "SPAM" if {condition} else None
    return lf


lfs = [make(i) for i in range({m})]
"""
DECLARATIVE = """
import labelwright as lw
import polars as pl

lfs = [lw.keywords(f"lf{i}", [f"word{i}", f"word{i + 40}"], on="text", vote="SPAM") for i in range(30)]
lfs += [lw.regex(f"re{i}", rf"word{i}\\b.*word", on="text", vote="HAM") for i in range(10)]
for i in range(10):
    has = pl.col("text").str.contains(f"word{i}", literal=True)
    lfs.append(lw.expression(f"ex{i}", has, vote="HAM"))
"""


def _python(condition: str, arguments: str = "", m: int = 10) -> str:
    return HEAD + PYTHON.format(condition=condition, arguments=arguments, m=m)


CASES = {
    "quick": (_python('i and "check" in x.text', ', columns=["text"]'), 100_000),
    "slower": (_python("sum(w in WORDS for w in x.text.split()) > i % 3", ', columns=["text"]'), 100_000),
    "lists": (_python("i and any(tag in WORDS for tag in x.tags)"), 100_000),
    "prepared": (_python("sum(w in WORDS for w in x.words) > i % 3", ", pre=[tokens]"), 100_000),
    "prepared, 50": (_python("sum(w in WORDS for w in x.words) > i % 3", ", pre=[tokens]", 50), 100_000),
    "declarative": (DECLARATIVE, 1_000_000),
}

CHILD = """
import json, os, resource, shutil, sys, warnings
warnings.simplefilter("ignore")
import labelwright as lw
import polars as pl

def seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

folder, repeats, plain = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "plain"
if plain:
    sys.path.insert(0, folder)
    import lfs
    rows = pl.read_parquet(folder + "/train.parquet")
else:
    project = lw.Project.open(folder, progress=False)
times = []
for _ in range(repeats):
    shutil.rmtree(folder + "/.labelwright", ignore_errors=True)
    began = seconds()
    if plain:
        lw.apply(lfs.lfs, rows, space=lw.LabelSpace(["HAM", "SPAM"]), progress=False)
    else:
        project.apply()
    times.append(seconds() - began)
print(json.dumps(times))
"""


def write_project(folder: Path, lfs: str, rows: int) -> None:
    """Write short texts, lists of words beside them, and labeling functions."""
    import numpy as np
    import polars as pl

    folder.mkdir(parents=True)
    (folder / "labelwright.toml").write_text(TOML)
    (folder / "lfs.py").write_text(lfs)
    words = np.array([f"word{i}" for i in range(200)] + ["check", "free", "http", "subscribe"])
    drawn = np.random.default_rng(0).integers(len(words), size=(rows, 8))
    frame = pl.DataFrame({f"w{j}": words[drawn[:, j]] for j in range(8)})
    tags = pl.concat_list("w0", "w1", "w2", "w3", "w4")
    wanted = [pl.concat_str(pl.all(), separator=" ").alias("text")] + [tags.alias("tags")] * ("x.tags" in lfs)
    frame.select(wanted).write_parquet(folder / "train.parquet")


def times(source: Path, folder: Path, repeats: int, way: str) -> list[float]:
    """Return the processor times of a fresh process of one version."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(source.absolute()),
        "LABELWRIGHT_STATE": str(folder.parent / "state"),  # what is remembered of the user is left alone
        "POLARS_MAX_THREADS": "1",
    }
    command = [sys.executable, "-c", CHILD, str(folder), str(repeats), way]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return list(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print a table."""
    import labelwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--against", type=Path, required=True, help="the src folder of another version")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--plain", action="store_true", help="by lw.apply, without a project")
    given = parser.parse_args()
    sources = {"other": given.against, "this": Path(labelwright.__file__).parents[1]}
    print("| LFs | rows | other: least, median | this: least, median | more |\n|" + " --- |" * 5)
    with tempfile.TemporaryDirectory() as place:
        for case in given.cases:
            lfs, rows = CASES[case]
            found: dict[str, list[float]] = {version: [] for version in sources}
            for version in sources:
                write_project(Path(place) / case / version, lfs, rows)
            for turn in range(given.turns):
                for version in sorted(sources, reverse=turn % 2 == 1):
                    repeats = 3 if rows <= 100_000 else 1
                    folder = Path(place) / case / version
                    way = "plain" if given.plain else "project"
                    found[version] += times(sources[version], folder, repeats, way)
            least = {version: min(seconds) for version, seconds in found.items()}
            median = {version: statistics.median(seconds) for version, seconds in found.items()}
            shown = [f"{least[version]:.2f} s, {median[version]:.2f} s" for version in sources]
            more = [f"{100 * (one['this'] / one['other'] - 1):+.1f} %" for one in (least, median)]
            print(f"| {case} | {rows:,} | {shown[0]} | {shown[1]} | {more[0]}, {more[1]} |", flush=True)


if __name__ == "__main__":
    main()
