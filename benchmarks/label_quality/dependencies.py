"""What learned dependencies change on real votes: the default with them and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import labelwright as lw
from label_quality.cases import Case, find_sets, read_cases
from label_quality.scoring import measure_all

WITHOUT, WITH = "without", "with"


@dataclass(frozen=True, slots=True)
class Gain:
    """One set: its measure in percent without and with learned dependencies, the edges, and its rows."""

    name: str
    measure: str
    without: float
    with_them: float
    edges: int
    rows: int


def gains(folder: Path, *, say: Callable[[str], None]) -> Iterator[Gain]:
    """Fit the default to the training votes of every set, with and without, and score it on its test rows."""
    for case in read_cases(folder, find_sets(folder), say=say):
        if case.block == "test split":
            yield _gain(case)


def _gain(case: Case) -> Gain:
    models = {WITHOUT: lw.LabelModel(), WITH: lw.LabelModel(dependencies="auto")}
    P = {name: model.fit(case.fit).predict_proba(case.score) for name, model in models.items()}
    found = measure_all(case, P, baseline=WITHOUT, draws=2)
    edges = models[WITH].dependencies_
    return Gain(
        case.name,
        case.measure,
        100 * found[WITHOUT].value,
        100 * found[WITH].value,
        0 if edges is None else len(edges),
        int((case.gold >= 0).sum()),
    )


def real_votes(folder: Path, *, say: Callable[[str], None]) -> Iterator[str]:
    """Yield the table."""
    yield "| set | measure | test rows | without | with | difference | edges |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    found = list(gains(folder, say=say))
    for gain in found:
        difference = gain.with_them - gain.without
        yield (
            f"| {gain.name} | {gain.measure} | {gain.rows:,} | {gain.without:.2f} | {gain.with_them:.2f} "
            f"| {difference:+.2f} | {gain.edges} |"
        )
    mean = float(np.mean([gain.with_them - gain.without for gain in found])) if found else 0.0
    yield f"| mean | | | | | {mean:+.2f} | |"
