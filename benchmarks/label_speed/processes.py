"""The processes in which things are timed: ours, the one that is measured for memory, and the peers'."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import labelwright as lw
from label_quality.cases import Case
from label_quality.peers import run_peers
from label_speed.draws import Size, draw

LIBRARIES = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "POLARS_MAX")
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in LIBRARIES[:3]} | {
    f"{name}_THREADS": "1" for name in LIBRARIES[3:]
}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to run at every size.

    Attributes
    ----------
    models : sequence of str
        Registered label models; the first is the one that the bars are about.
    peers_python : Path or None
        An interpreter that has the peers; None for no peers.
    peers : sequence of str
        Names of peers, as in `label_quality.peers`.
    rounds, turns : int
        In each round our sides take so many turns, then each peer runs once.
    limit : int
        Seconds that one step of one of our sides, or one peer, may take.
    most_bytes : int
        What is estimated to need more is left out.
    """

    models: Sequence[str]
    peers_python: Path | None
    peers: Sequence[str]
    rounds: int
    turns: int
    limit: int
    most_bytes: int


@dataclass(slots=True, kw_only=True)
class Measured:
    """What was measured at one size.

    Attributes
    ----------
    size : Size
    turns : dict of side to list of dict of step to seconds
    failures : dict of side to str
        Why a side was left out.
    accuracies : dict of side to float
        Share of rows whose most probable class is the one drawn.
    memory : dict
        Bytes grown after ``fit`` and after ``all``; bytes of the ``matrix`` and the ``probabilities``.
    """

    size: Size
    turns: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    accuracies: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def measure(size: Size, plan: Plan, say: Say) -> Measured:
    """Draw the votes of one size and time everything on them."""
    found = Measured(size=size)
    if size.own_bytes > plan.most_bytes:
        found.failures["all"] = _too_large(size.own_bytes, plan)
        say(f"{size}: {found.failures['all']}")
        return found
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        votes, gold = draw(size)
        np.save(folder / "votes.npy", votes)
        np.save(folder / "gold.npy", gold)
        for turn in range(plan.rounds):
            say(f"{size}: round {turn + 1} of {plan.rounds}, ours")
            _merge(found, _process("label_speed.worker", folder, size, plan))
            _peers(found, votes, gold, plan, say)
        if sys.platform == "linux":
            found.memory = _process("label_speed.memory", folder, size, plan)
    return found


def _process(module: str, folder: Path, size: Size, plan: Plan) -> dict[str, Any]:
    job = {
        "votes": str(folder / "votes.npy"),
        "gold": str(folder / "gold.npy"),
        "result": str(folder / "result.json"),
        "k": size.k,
        "models": list(plan.models),
        "turns": plan.turns,
        "limit": plan.limit,
    }
    (folder / "job.json").write_text(json.dumps(job))
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    subprocess.run([sys.executable, "-m", module, str(folder / "job.json")], env=environment, check=True)
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return result


def _merge(found: Measured, result: dict[str, Any]) -> None:
    for side, turns in result["turns"].items():
        found.turns.setdefault(side, []).extend(turns)
    found.failures |= result["failures"]
    found.accuracies |= result["accuracies"]


def _peers(found: Measured, votes: Any, gold: Any, plan: Plan, say: Say) -> None:
    """Let every peer that has not failed yet fit and predict once."""
    names = [name for name in plan.peers if name not in found.failures]
    if not names or plan.peers_python is None:
        return
    if found.size.peer_bytes > plan.most_bytes:
        found.failures |= {name: _too_large(found.size.peer_bytes, plan) for name in names}
        return
    matrix = lw.LabelMatrix(votes, space=[f"class {c}" for c in range(found.size.k)])
    case = Case(block="planted votes", name=str(found.size), fit=matrix, score=matrix, gold=gold)
    os.environ.update(ONE_THREAD)  # which the peers' process inherits
    (runs,) = run_peers(plan.peers_python, [case], names, cache=None, limit=plan.limit, say=say)
    for name, run in runs.items():
        if run.P is None:
            found.failures[name] = run.failure
            continue
        seconds = {"fit": run.fit_seconds, "predict": run.predict_seconds}
        found.turns.setdefault(name, []).append(seconds)
        found.accuracies[name] = float((run.P.argmax(axis=1) == gold).mean())


def _too_large(needed: int, plan: Plan) -> str:
    return f"left out: needs about {needed / 1e9:.1f} GB, more than {plan.most_bytes / 1e9:.1f} GB"
