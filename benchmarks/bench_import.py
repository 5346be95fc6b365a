"""What `import labelwright` costs over `import numpy, polars`, in fresh processes.

Run ``python benchmarks/bench_import.py --repeats 20``; it ends with exit code 1 where the ratio is above 1.3.
Each process reports the time of its import statement alone, without the start of Python; processes take
turns, and the first round only fills the file cache.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys

LIMIT = 1.3
OURS, THEIRS = "import labelwright", "import numpy, polars"
FIRST_USE = "import labelwright as lw; lw.apply, lw.keywords, lw.LabelMatrix"

PROGRAM = "import time; started = time.perf_counter(); {code}; print(time.perf_counter() - started)"


def seconds(code: str) -> float:
    program = PROGRAM.format(code=code)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}")
    times: dict[str, list[float]] = {OURS: [], THEIRS: [], FIRST_USE: []}
    for turn in range(given.repeats + 1):
        for code, taken in times.items():
            measured = seconds(code)
            if turn:
                taken.append(measured)
    for code, taken in times.items():
        print(f"  {code:70s} best {min(taken):.3f} s   median {statistics.median(taken):.3f} s")
    ratio = statistics.median(times[OURS]) / statistics.median(times[THEIRS])
    first = statistics.median(times[FIRST_USE]) / statistics.median(times[THEIRS])
    kept = ratio <= LIMIT
    print(f"  {OURS} / {THEIRS}: {ratio:.2f} (medians)   limit {LIMIT}: {'kept' if kept else 'BROKEN'}")
    print(f"  with the first use of apply, keywords and LabelMatrix: {first:.2f}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
