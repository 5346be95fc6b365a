"""What was measured on one case, and all cases as plain values for JSON."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from label_quality.cases import Block, Case, Measure
from label_quality.models import BASELINE, Run
from label_quality.scoring import Quality, measure_all

ORACLE = "oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How the results came about.

    Attributes
    ----------
    draws : int
        Bootstrap draws.
    command : str
        The command, without folders of one machine.
    versions : mapping of str to str
        Of what the numbers depend on, peers included.
    """

    draws: int
    command: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One set under one protocol, with every model that was measured on it.

    Attributes
    ----------
    block, name, measure : str
        As in `Case`.
    rows_fit, rows, lfs, classes : int
        Rows fitted on; rows with gold scored on; LFs and classes.
    coverage, votes_per_row : float
        Of the rows scored on: the share with a vote, and the mean number of votes.
    qualities : mapping of model to Quality
        What each model reached.
    seconds : mapping of model to (fit, predict)
        Wall-clock seconds.
    failures : mapping of model to str
        Why a model gave no probabilities.
    """

    block: Block
    name: str
    measure: Measure
    rows_fit: int
    rows: int
    lfs: int
    classes: int
    coverage: float
    votes_per_row: float
    qualities: dict[str, Quality]
    seconds: dict[str, tuple[float, float]]
    failures: dict[str, str]


def result_of(case: Case, runs: Mapping[str, Run], *, draws: int) -> Result:
    """Measure the runs of all models on a case, the oracle's beside them where there is one."""
    probabilities = {name: run.P for name, run in runs.items() if run.P is not None}
    if case.oracle is not None:
        probabilities[ORACLE] = case.oracle
    known = case.gold >= 0
    return Result(
        block=case.block,
        name=case.name,
        measure=case.measure,
        rows_fit=case.fit.n,
        rows=int(known.sum()),
        lfs=case.score.m,
        classes=case.score.k,
        coverage=float(case.score.covered[known].mean()),
        votes_per_row=float((case.score.votes[known] >= 0).sum(axis=1).mean()),
        qualities=measure_all(case, probabilities, baseline=BASELINE, draws=draws),
        seconds={
            name: (run.fit_seconds, run.predict_seconds) for name, run in runs.items() if not run.failure
        },
        failures={name: run.failure for name, run in runs.items() if run.failure},
    )


def versions() -> dict[str, str]:
    """Return the versions of what our own numbers depend on."""
    return {
        "labelwright": importlib.metadata.version("labelwright"),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def as_json(results: Sequence[Result], setting: Setting) -> dict[str, object]:
    """Return everything that was measured as plain values; shares from 0 to 1."""
    return {
        "setting": asdict(setting),
        "baseline": BASELINE,
        "results": [asdict(result) for result in results],
    }
