"""Times our label models and the yardsticks on one label matrix, in one process; started by `processes.py`.

    python -m label_speed.worker JOB.json

A job names a file of votes and one of gold labels, the models, how often to take turns, the seconds that one
step may take, and where to write the result.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import labelwright as lw
from label_quality.peer_worker import at_most
from label_speed.tables import STATISTICS
from label_speed.yardsticks import co_occurrence, read_once
from labelwright.label_models import REGISTRY

WARM_UP_ROWS = 300
Step = Callable[[], object]


def model_steps(name: str, L: lw.LabelMatrix, keep: dict[str, Any]) -> dict[str, Step]:
    """Return the steps of one model; what they make goes to `keep`, for the step after."""

    def fit() -> None:
        keep["model"] = REGISTRY[name]().fit(L)

    def predict() -> None:
        keep["P"] = keep["model"].predict_proba(L)

    return {"fit": fit, "predict": predict}


def statistics_steps(name: str, L: lw.LabelMatrix, keep: dict[str, Any]) -> dict[str, Step]:
    """Return the two parts of a fit."""

    def count() -> None:
        keep["statistics"] = lw.VoteStatistics.of(L)

    def fit() -> None:
        REGISTRY[name]().fit_statistics(keep["statistics"])

    return dict(zip(STATISTICS, (count, fit), strict=True))


def yardstick_steps(L: lw.LabelMatrix) -> dict[str, dict[str, Step]]:
    return {
        "read": {"work": lambda: read_once(L.votes)},
        "BLAS": {"work": lambda: co_occurrence(L.votes, L.k)},
    }


def timed(steps: dict[str, Step], limit: int, *, clock: Callable[[], float]) -> dict[str, float]:
    """Run the steps of one side in order and return their seconds."""
    seconds = {}
    for name, step in steps.items():
        gc.collect()
        started = clock()
        with at_most(limit):
            step()
        seconds[name] = clock() - started
    return seconds


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Let all sides take turns; one that fails or takes too long is left out from then on."""
    votes, gold = np.load(job["votes"]), np.load(job["gold"])
    L = lw.LabelMatrix(votes, space=[f"class {c}" for c in range(job["k"])])
    del votes
    warm_up(job["models"], L[:WARM_UP_ROWS])
    turns: dict[str, list[dict[str, float]]] = {}
    failures: dict[str, str] = {}
    accuracies: dict[str, float] = {}
    for _ in range(job["turns"]):
        keep: dict[str, Any] = {}
        sides = yardstick_steps(L) | {"statistics": statistics_steps(job["models"][0], L, keep)}
        sides |= {name: model_steps(name, L, keep) for name in job["models"]}
        for name, steps in sides.items():
            if name in failures:
                continue
            try:
                # The bar in seconds is one of work: on a busy machine a wall clock tells of others too.
                clock = time.process_time if name == "statistics" else time.perf_counter
                turns.setdefault(name, []).append(timed(steps, job["limit"], clock=clock))
            except (lw.LabelwrightError, TimeoutError, MemoryError) as error:
                failures[name] = f"{type(error).__name__}: {error}"
                continue
            if name in REGISTRY:
                accuracies[name] = float((keep.pop("P").argmax(axis=1) == gold).mean())
    return {"turns": turns, "failures": failures, "accuracies": accuracies}


def warm_up(models: list[str], L: lw.LabelMatrix) -> None:
    """Have every model import what it imports."""
    for name in models:
        REGISTRY[name]().fit(L).predict_proba(L)
    co_occurrence(L.votes, L.k)


def main(path: str) -> None:
    job = json.loads(Path(path).read_text())
    warnings.simplefilter("ignore")  # what a model warns of is not measured here
    Path(job["result"]).write_text(json.dumps(run(job)))


if __name__ == "__main__":
    main(sys.argv[1])
