"""Whether the advisor is right: its bound, its choices, and how long it takes.

Planted votes are drawn within the assumptions of the bound, far beyond them, and after the five tasks of the
published table: one-class LFs, as many as the task had, with its votes a row and its share of positives, as
precise as the labels were that were made of them. Of Radiology only the area under the curve was published;
precision and recall are set to 0.75. Real votes are read from the folders under ``--data``, if given; labels
are scored on the test split, rows without votes and ties by chance.

Run ``python benchmarks/advisor.py --data DATA --write benchmarks/advisor.md``; ``--quick`` draws less.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import labelwright as lw
from labelwright._types import FloatArray, IntArray
from labelwright.advisor import modelling_advantage
from labelwright.advisor.modelling.advantage_bound import ASSUMED
from labelwright.label_models import BaseLabelModel, MajorityVote
from labelwright.testing import PlantedVotes, one_coin_table, sample_votes, unipolar_table

TIE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A task of the published table."""

    lfs: int
    rows: int
    positives: float
    density: float
    precision: float
    recall: float
    bound: float
    choice: str

    def draw(self, *, seed: int = 0, most: int = 20_000) -> lw.LabelMatrix:
        """Return votes of its density."""
        generator = np.random.default_rng(seed)
        labeled = self.positives * self.recall / self.precision
        classes, weights = np.arange(self.lfs) % 2, generator.uniform(0.5, 1.5, self.lfs)
        share = np.where(classes == 1, labeled, 1 - labeled) / np.bincount(classes, weights=weights)[classes]
        negatives = 1 - self.positives * (1 - self.recall) / (1 - labeled)
        balance = [1 - self.positives, self.positives]
        table = unipolar_table(
            classes,
            precisions=np.where(classes == 1, self.precision, negatives),
            coverages=self.density * weights * share,
            class_balance=balance,
        )
        n = min(self.rows, most)
        return sample_votes(table, n, class_balance=balance, random_state=generator).label_matrix


MV, LM = "majority vote", "label model"
TASKS = {
    "Radiology": Published(
        lfs=18, rows=3851, positives=0.36, density=2.3, precision=0.75, recall=0.75, bound=0.124, choice=LM
    ),
    "CDR": Published(
        lfs=33, rows=8272, positives=0.246, density=1.8, precision=0.523, recall=0.304, bound=0.079, choice=LM
    ),
    "Spouses": Published(
        lfs=11,
        rows=22195,
        positives=0.083,
        density=1.4,
        precision=0.535,
        recall=0.621,
        bound=0.046,
        choice=LM,
    ),
    "Chem": Published(
        lfs=16,
        rows=65398,
        positives=0.041,
        density=1.2,
        precision=0.786,
        recall=0.216,
        bound=0.003,
        choice=MV,
    ),
    "EHR": Published(
        lfs=24,
        rows=225607,
        positives=0.368,
        density=1.2,
        precision=0.771,
        recall=0.729,
        bound=0.048,
        choice=LM,
    ),
}


# --- planted votes


def within(generator: np.random.Generator) -> tuple[PlantedVotes, FloatArray]:
    """Return votes that the bound assumes, and the accuracies of the LFs."""
    k, m, n = (int(generator.choice(o)) for o in ((2, 2, 2, 3, 5, 10), range(2, 31), (300, 1000, 3000)))
    accuracies = generator.uniform(ASSUMED[0], ASSUMED[2], m)
    table = one_coin_table(accuracies, k=k, propensities=10 ** generator.uniform(-1.7, 0, m))
    return sample_votes(table, n, random_state=generator), accuracies


def of_any_kind(generator: np.random.Generator) -> PlantedVotes:
    """Return votes of few or many LFs, of one class or several, over skewed classes, good and bad."""
    k, m, n = (int(generator.choice(options)) for options in ((2, 2, 3, 5), range(2, 16), (500, 3000)))
    balance = np.maximum(generator.dirichlet(np.full(k, generator.choice([2, 50]))), 0.02)
    balance /= balance.sum()
    propensities = 10 ** generator.uniform(-2.8, -0.5, m)
    if generator.random() < 0.4:
        classes, precisions = generator.integers(0, k, m), generator.uniform(0.5, 0.98, m)
        most = 0.9 * np.minimum(balance[classes] / precisions, (1 - balance[classes]) / (1 - precisions))
        table = unipolar_table(
            classes,
            precisions=precisions,
            coverages=np.minimum(propensities, most),
            class_balance=balance,
        )
    else:
        table = one_coin_table(generator.uniform(0.4, 0.98, m), k=k, propensities=propensities)
    return sample_votes(table, n, class_balance=balance, random_state=generator)


# --- what is gained


def credit(scores: FloatArray, gold: IntArray) -> float:
    """Return the accuracy on rows with gold labels, ties broken by chance."""
    first = scores.max(axis=1, keepdims=True) - TIE <= scores
    known = gold >= 0
    return float((first[known, gold[known]] / first[known].sum(axis=1)).mean())


def optimal_gain(planted: PlantedVotes, accuracies: FloatArray) -> float:
    """Return what the weights that votes were drawn with gain over majority vote."""
    votes, k = planted.label_matrix.votes, planted.label_matrix.k
    weights = np.log(accuracies * (k - 1) / (1 - accuracies))
    hits = [votes == c for c in range(k)]
    weighted, counted = (
        np.stack([(hit * w).sum(axis=1) for hit in hits], axis=1) for w in (weights, np.ones_like(weights))
    )
    return credit(weighted, planted.gold) - credit(counted, planted.gold)


def gain(
    fit: lw.LabelMatrix, score: lw.LabelMatrix, gold: IntArray, model: BaseLabelModel | None = None
) -> float:
    """Return what a label model, the default without, gains over majority vote."""

    def accuracy(model: BaseLabelModel) -> float:
        return credit(model.fit(fit).predict_proba(score), gold)

    return accuracy(lw.LabelModel() if model is None else model) - accuracy(MajorityVote())


# --- the report


def the_bound(draws: int) -> Iterator[str]:
    generator = np.random.default_rng(0)
    gains, bounds = [], []
    for _ in range(draws):
        planted, accuracies = within(generator)
        gains.append(optimal_gain(planted, accuracies))
        bounds.append(modelling_advantage(planted.label_matrix).bound)
    over = np.maximum(np.array(gains) - bounds, 0.0)
    yield (
        f"{draws} draws of 2 to 30 LFs with 62 to 82% accuracy over 2 to 10 classes: the bound holds in "
        f"{100 * np.mean(over <= 1e-12):.2f} %, and fails by {100 * over.max():.3f} points at most. Mean "
        f"bound {100 * np.mean(bounds):.1f} points, mean gain of the best weights {100 * np.mean(gains):.1f}."
    )


def the_choices(draws: int) -> Iterator[str]:
    generator = np.random.default_rng(1)
    found: dict[str, list[float]] = {MV: [], LM: []}
    for _ in range(draws):
        planted = of_any_kind(generator)
        L = planted.label_matrix
        found[lw.advise(L, dependencies=None).choice].append(gain(L, L, planted.gold))
    yield "| advised | draws | mean gain of `LabelModel` | largest | gains 0.5 or more | loses 0.5 or more |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for choice, listed in found.items():
        gains = 100 * np.array(listed)
        more, less = (gains >= 0.5).sum(), (gains <= -0.5).sum()
        yield f"| {choice} | {len(gains)} | {gains.mean():+.2f} | {gains.max():+.2f} | {more} | {less} |"


def the_table() -> Iterator[str]:
    yield "| task | votes a row | published bound | bound, ties wrong | bound | published choice | advised |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, task in TASKS.items():
        L = task.draw()
        advice = lw.advise(L, dependencies=None)
        wrong = modelling_advantage(L, ties="wrong").bound
        yield (
            f"| {name} | {advice.advantage.density:.1f} | {100 * task.bound:.1f} | {100 * wrong:.1f} | "
            f"{100 * advice.advantage.bound:.1f} | {task.choice} | {advice.choice} |"
        )


def the_sets(folder: Path) -> Iterator[str]:
    heads = (
        "contested",
        "bound",
        "trial changes",
        "trial expects",
        "pairs",
        "advised",
        "`LabelModel()` gains",
    )
    yield f"| set | {' | '.join(heads)} | the advised gains |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for path in sorted(p for p in folder.iterdir() if p.is_dir()):
        try:
            found = lw.read_wrench(path)
        except lw.LabelwrightError:
            continue  # another format
        L, test = found.train.label_matrix, found.test
        advice = lw.advise(L)
        assert advice.trial is not None
        numbers = (
            advice.advantage.contested,
            advice.advantage.bound,
            advice.trial.moved,
            advice.trial.expected,
        )
        shown = " | ".join(f"{100 * number:.1f}" for number in numbers)
        default, advised = (
            f"{100 * gain(L, test.label_matrix, test.gold, model):+.1f}"
            for model in (None, advice.label_model())
        )
        said = f"{len(advice.dependencies)} | {advice.choice} | {default} | {advised}"
        yield f"| {path.name} | {shown} | {said} |"


def the_time() -> Iterator[str]:
    yield "| rows | LFs | classes | counting | advise | of it: learning dependencies |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for n, m, k in ((10_000, 20, 2), (1_000_000, 50, 2), (1_000_000, 50, 10)):
        generator = np.random.default_rng(0)
        table = one_coin_table(
            generator.uniform(0.6, 0.9, m), k=k, propensities=generator.uniform(0.02, 0.6, m)
        )
        L = sample_votes(table, n, random_state=generator).label_matrix
        start = time.perf_counter()
        stats = lw.VoteStatistics.of(L)
        counted = time.perf_counter()
        advice = lw.advise(stats)
        done = time.perf_counter()
        reason = advice.reason("time")
        assert reason is not None
        learned = float(reason.evidence["dependencies seconds"])
        yield f"| {n:,} | {m} | {k} | {counted - start:.1f} s | {done - counted:.1f} s | {learned:.1f} s |"


def report(*, quick: bool, data: Path | None) -> Iterator[str]:
    """Yield the lines of the report, section by section."""
    options = (" --quick" if quick else "") + (" --data DATA" if data else "")
    yield from (
        "# The advisor",
        "",
        f"Made by `python benchmarks/advisor.py{options} --write benchmarks/advisor.md`;",
    )
    yield f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}."
    yield from (
        (__doc__ or "").partition("\n\n")[2].partition("\n\nRun")[0],
        "",
        "Gains and bounds in points.",
        "",
    )
    yield from ("## The bound", "", *the_bound(200 if quick else 2000), "")
    yield from ("## The choice, on votes of any kind", "", *the_choices(60 if quick else 600), "")
    yield from ("## The published table", "", *the_table(), "")
    if data:
        yield from ("## Real votes", "", *the_sets(data), "")
    yield from ("## Time", "", *the_time())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", type=Path, help="folder of WRENCH sets")
    parser.add_argument("--write", type=Path, help="file for the report")
    settings = parser.parse_args()
    warnings.simplefilter("ignore", lw.LabelModelWarning)
    lines = []
    for line in report(quick=settings.quick, data=settings.data):
        print(line, flush=True)
        lines.append(line)
    if settings.write:
        settings.write.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
