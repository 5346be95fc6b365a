"""What it costs to watch labeling functions while they run: processor time of ``Project.apply``.

    python benchmarks/watching.py [--turns N]

In one process, with and without watching by turns, every LF forced to run: what is measured is all that
notes, hashes and looks through code for what votes hold beside their key (ADR 30). Processor time of all
threads, the least of all turns: what others do on the machine only adds to it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest.mock import patch

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


def main() -> None:
    """Print times for Python LFs on 1e5 rows and declarative ones on 1e6."""
    from labelwright.pipeline import Project

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=9)
    turns = parser.parse_args().turns
    for name, lfs, rows in (("Python", PYTHON, 100_000), ("declarative", DECLARATIVE, 1_000_000)):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "labelwright.toml").write_text(TOML)
            (folder / "lfs.py").write_text(lfs)
            write_rows(folder / "train.parquet", rows)
            project = Project.open(folder, progress=False)
            project.apply()
            times: dict[bool, list[float]] = {False: [], True: []}
            for turn in range(turns):
                for watch in (turn % 2 == 0, turn % 2 == 1):
                    times[watch].append(seconds(project, watch=watch))
        without, watched = min(times[False]), min(times[True])
        more = 100 * (watched / without - 1)
        print(f"{name} LFs, {rows:,} rows: {without:.2f} s without, {watched:.2f} s watched, {more:+.1f} %")


def seconds(project: object, *, watch: bool) -> float:
    """Return the processor time of one run of all LFs."""
    with nullcontext() if watch else unwatched():
        began = time.process_time()
        project.apply(force=True)  # type: ignore[attr-defined]
        return time.process_time() - began


@contextmanager
def unwatched() -> Iterator[None]:
    """Run LFs as before their votes held what was read for them."""
    from labelwright import _apply
    from labelwright._reads import Reads
    from labelwright.pipeline.voting import Voting

    def blocks(*arguments: object, plain: object = _apply.apply_blocks, **named: object) -> object:
        return plain(*arguments, **{**named, "watch": False})  # type: ignore[operator]

    with patch.object(_apply, "apply_blocks", blocks), patch.object(Voting, "_asked", lambda *_: Reads()):
        yield


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
