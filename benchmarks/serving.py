"""How long a row takes from line to line: ``labelwright predict -``, and `load_predictor` in a program.

Run it from the repository root: ``python benchmarks/serving.py``. It labels the news of the demo first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

import labelwright as lw

ROWS = 300
MANY = 5_000


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as place:
        folder = _trained(Path(place))
        texts = pl.read_parquet(folder / "test.parquet")["text"].to_list()
        _in_a_program(folder, texts)
        _as_a_co_process(folder, texts)


def _trained(folder: Path) -> Path:
    from labelwright.cli import starter

    made = starter.write_demo(folder / "news", notify=lambda line: None)
    lw.Project.open(made.folder, progress=False).train()
    return made.folder


def _in_a_program(folder: Path, texts: list[str]) -> None:
    code = (
        "import time; began = time.perf_counter(); import labelwright as lw; "
        f"model = lw.load_predictor({str(folder)!r}); model.predict(['a song']); "
        "print(time.perf_counter() - began)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    print(f"import, load, first row       {float(done.stdout):8.2f} s")
    model = lw.load_predictor(folder)
    model.predict(texts[:1])
    began = time.perf_counter()
    for text in texts[:ROWS]:
        model.predict([text])
    print(f"one row in a program          {(time.perf_counter() - began) / ROWS * 1e3:8.2f} ms")


def _as_a_co_process(folder: Path, texts: list[str]) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "labelwright.cli", "predict", "-", "-q", "-C", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        times = []
        for text in texts[:ROWS]:
            process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            process.stdin.flush()
            json.loads(process.stdout.readline())
            times.append(time.perf_counter() - began)
            began = time.perf_counter()
        print(f"co-process, until first row   {times[0]:8.2f} s")
        later = np.array(times[1:]) * 1e3
        print(f"co-process, a row, median     {np.median(later):8.2f} ms")
        print(f"co-process, a row, 99 of 100  {np.quantile(later, 0.99):8.2f} ms")
        process.stdin.close()
    rows = "".join(json.dumps({"text": texts[row % len(texts)]}) + "\n" for row in range(MANY))
    began = time.perf_counter()
    subprocess.run(command, input=rows.encode(), stdout=subprocess.DEVNULL, check=True)
    print(f"{MANY:,} rows through a pipe   {time.perf_counter() - began:8.2f} s")


if __name__ == "__main__":
    main()
