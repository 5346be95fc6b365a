"""Measures by how much a process grows while a label model fits and predicts; started by `processes.py`.

    python -m label_speed.memory JOB.json

The growth is that of the largest resident set over what it was with the label matrix in memory and all
modules imported. Fit and predict run once, in this order, and the probabilities are kept. Linux only.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np

import labelwright as lw
from labelwright.label_models import REGISTRY


def largest() -> int:
    """Return the largest resident set of this process so far, in bytes.

    Not from `resource.getrusage`, whose figure a process inherits from the one that started it.
    """
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise SystemExit("no VmHWM in /proc/self/status")
    return int(found[1]) * 1024


def main(path: str) -> None:
    job = json.loads(Path(path).read_text())
    warnings.simplefilter("ignore")
    name = job["models"][0]
    votes = np.load(job["votes"])  # stays: were it freed, its room would be there for nothing
    L = lw.LabelMatrix(votes, space=[f"class {c}" for c in range(job["k"])])
    REGISTRY[name]().fit(L[:300]).predict_proba(L[:300])
    before = largest()
    model = REGISTRY[name]().fit(L)
    fitted = largest()
    P = model.predict_proba(L)
    grown = {
        "fit": fitted - before,
        "all": largest() - before,
        "matrix": votes.nbytes,
        "probabilities": P.nbytes,
    }
    Path(job["result"]).write_text(json.dumps(grown))


if __name__ == "__main__":
    main(sys.argv[1])
