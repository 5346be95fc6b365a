"""The tables of the page, as plain values that Markdown and HTML render alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from label_quality.models import BASELINE
from label_quality.references import REFERENCES, SETS
from label_quality.results import Result
from label_quality.scoring import Quality

NOT_IN_MEANS = ("sms",)
"""Its votes do not belong to its texts: kept for comparison with published figures only."""
NAMED_MEAN = ("youtube", "trec", "semeval", "sms_fixed", "chemprot", "cdr_text_lfs")
"""The sets of a second mean, without census, whose F1 swings by 30 points and drowns the others."""
NOTHING = "–"
Cell = Callable[[Quality], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A title, a line of explanation, a header, and rows of text; the first column is the model."""

    title: str
    words: str
    header: list[str]
    rows: list[list[str]]


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100 * share:.1f}"


def points(share: float) -> str:
    """Return a difference of shares as signed points with one decimal."""
    return f"{100 * share:+.1f}"


def models_of(results: Iterable[Result]) -> list[str]:
    """Return the models in the order in which they were measured."""
    return list(dict.fromkeys(name for result in results for name in (*result.qualities, *result.failures)))


def block_tables(results: Sequence[Result]) -> list[Table]:
    """Return the tables of one block: sets, values, own policies, calibration, means."""
    tables = [means_table(results), value_table(results), own_table(results), probability_table(results)]
    return [table for table in tables if table.rows]


def sets_table(results: Sequence[Result]) -> Table:
    """Return what was measured on."""
    header = [
        "set",
        "protocol",
        "measure",
        "fitted on",
        "scored on",
        "LFs",
        "classes",
        "coverage",
        "votes a row",
    ]
    rows = [
        [
            result.name,
            result.block,
            result.measure,
            f"{result.rows_fit:,}",
            f"{result.rows:,}",
            str(result.lfs),
            str(result.classes),
            percent(result.coverage),
            f"{result.votes_per_row:.1f}",
        ]
        for result in results
    ]
    return Table(
        title="Sets",
        words="Scored on: rows with a gold label. Coverage and votes of those.",
        header=header,
        rows=rows,
    )


def value_table(results: Sequence[Result]) -> Table:
    """Return the measure of each model on each set, with its difference to the baseline."""

    def cell(quality: Quality) -> str:
        gap = quality.difference
        if gap is None:
            return percent(quality.value)
        return f"{percent(quality.value)} ({points(gap.estimate)}: {points(gap.low)} to {points(gap.high)})"

    return Table(
        title="Quality",
        words=(
            "Percent, ties shared, uncovered rows uniform for every model. In brackets: points above "
            f"{BASELINE}, and the 95% interval over resampled rows."
        ),
        header=["model", *(f"{result.name} ({result.measure})" for result in results)],
        rows=_rows(results, cell),
    )


def own_table(results: Sequence[Result]) -> Table:
    """Return the measure with the models' own answers on uncovered rows, for models where it differs."""
    rows = _rows(results, lambda quality: percent(quality.value_own))
    even = _rows(results, lambda quality: percent(quality.value))
    return Table(
        title="Quality by each model's own policy for uncovered rows",
        words="Only models whose figures differ from those above.",
        header=["model", *(result.name for result in results)],
        rows=[own for own, same in zip(rows, even, strict=True) if own != same],
    )


def probability_table(results: Sequence[Result]) -> Table:
    """Return calibration error and log-loss on covered rows."""
    return Table(
        title="Probabilities on covered rows",
        words="Expected calibration error in points, ten bins / log-loss in nats.",
        header=["model", *(result.name for result in results)],
        rows=_rows(results, lambda q: f"{percent(q.calibration_error)} / {q.log_loss:.2f}"),
    )


def _rows(results: Sequence[Result], cell: Cell) -> list[list[str]]:
    return [
        [model, *(cell(r.qualities[model]) if model in r.qualities else NOTHING for r in results)]
        for model in models_of(results)
    ]


def means_table(results: Sequence[Result]) -> Table:
    """Return means over the sets, for models that were measured on all of them."""
    counted = [result for result in results if result.name not in NOT_IN_MEANS]
    named = [result for result in counted if result.name in NAMED_MEAN]
    split = len(named) == len(NAMED_MEAN)
    header = ["model", "mean", "mean difference", "worst difference", "calibration error", "log-loss"]
    extra = [f"mean difference, {len(named)} sets", f"mean difference in accuracy, {len(named)} sets"]
    rows = [
        [model, *_means(counted, model), *(_named_means(named, model) if split else [])]
        for model in models_of(results)
        if all(model in result.qualities for result in counted)
    ]
    words = f"Over {', '.join(result.name for result in counted)}; differences to {BASELINE} in points."
    if split:
        words += f" The last two columns: over {', '.join(NAMED_MEAN)}."
    return Table(title="Means", words=words, header=header + (extra if split else []), rows=rows)


def _means(results: Sequence[Result], model: str) -> list[str]:
    found = [result.qualities[model] for result in results]
    gaps = [quality.difference.estimate for quality in found if quality.difference]
    return [
        percent(fmean([quality.value for quality in found])),
        points(fmean(gaps)) if gaps else NOTHING,
        points(min(gaps)) if gaps else NOTHING,
        percent(fmean([quality.calibration_error for quality in found])),
        f"{fmean(quality.log_loss for quality in found):.2f}",
    ]


def _named_means(results: Sequence[Result], model: str) -> list[str]:
    if any(BASELINE not in result.qualities for result in results) or model == BASELINE:
        return [NOTHING, NOTHING]
    pairs = [(result.qualities[model], result.qualities[BASELINE]) for result in results]
    return [
        points(fmean([one.value - base.value for one, base in pairs])),
        points(fmean([one.accuracy - base.accuracy for one, base in pairs])),
    ]


def reference_table(results: Sequence[Result]) -> Table:
    """Return the figures of label models that are not run here, for the sets of the test split."""
    here = [r.name for r in results if r.block == "test split" and r.name in SETS]
    return Table(
        title="Figures from another run",
        words=(
            "Test split, same measures, measured once on these sets with the projects' own code, patched to "
            "run on current Python; they are not run here and have no intervals."
        ),
        header=["model", *here],
        rows=[[model, *(f"{row[name]:.1f}" for name in here)] for model, row in REFERENCES.items()]
        if here
        else [],
    )


def seconds_table(results: Sequence[Result]) -> Table:
    """Return seconds to fit and to predict, summed over the sets of a block."""
    blocks = list(dict.fromkeys(result.block for result in results))
    models = [name for name in models_of(results) if any(name in r.seconds for r in results)]
    rows = [
        [model, *(_seconds([r for r in results if r.block == block], model) for block in blocks)]
        for model in models
    ]
    return Table(
        title="Seconds",
        words=(
            "Fit + predict, summed over the sets of a protocol on which the model ended. These vary from run "
            "to run."
        ),
        header=["model", *blocks],
        rows=rows,
    )


def _seconds(results: Sequence[Result], model: str) -> str:
    taken = [result.seconds[model] for result in results if model in result.seconds]
    if not taken:
        return NOTHING
    some = "" if len(taken) == len(results) else f" ({len(taken)} of {len(results)} sets)"
    return f"{sum(fit for fit, _ in taken):.2f} + {sum(predict for _, predict in taken):.2f}{some}"


def failures_table(results: Sequence[Result]) -> Table:
    """Return which model gave nothing on which set, and why."""
    rows = [
        [model, f"{result.name}, {result.block}", why]
        for result in results
        for model, why in result.failures.items()
    ]
    return Table(
        title="Failures",
        words="Models that gave no probabilities.",
        header=["model", "set", "why"],
        rows=rows,
    )
