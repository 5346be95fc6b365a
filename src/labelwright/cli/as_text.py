"""Results for people: tables that fit 80 columns, without colours where nobody sees them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.lint import CheckReport
    from labelwright.analysis import Scores
    from labelwright.cli.starter import Made
    from labelwright.pipeline import Applied, Exported, Fitted, Predictions, RunResult, Trained, WorthResult

NOTHING = "-"


class _Terminal(Console):
    """A console that leaves a closed pipe to the command to end on."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def initialized(made: Made) -> None:
    """Say what ``init`` made and what comes next."""
    for path in made.files:
        print(f"made {_short(path)}")
    where = "" if made.folder == Path.cwd() else f" -C {_short(made.folder)}"
    print(f"next: put your data and labeling functions there, then: labelwright run{where}")


def applied(result: Applied) -> None:
    """Show coverage, time and faults of each LF."""
    first = next(iter(result.matrices))
    matrix, outcomes = result.matrices[first], result.outcomes[first]
    covered = (matrix.votes >= 0).mean(axis=0)
    rows = [
        (
            lf.name,
            lf.kind,
            _percent(covered[j]),
            "kept" if lf.cached else f"{lf.seconds:.2f} s",
            str(sum(found[j].faults for found in result.outcomes.values()) or NOTHING),
        )
        for j, lf in enumerate(outcomes)
    ]
    _table(f"votes on {first}", ("LF", "kind", "coverage", "time", "faults"), rows)
    _faults(result)
    for path in result.paths.values():
        print(f"votes: {_short(path)}")


def checked(result: CheckReport) -> None:
    """Show what is wrong with the LFs, the most pressing first."""
    print(result)


def advised(result: ModellingAdvice) -> None:
    """Show what modelling the votes is worth, and what to write next."""
    print(result)


def fitted(result: Fitted) -> None:
    """Show whether to trust the label model, the estimated accuracy of each LF, and the class balance."""
    # A fit that was done just now has warned on stderr.
    print(result.report.summary(warnings=result.cached))
    rows = [
        (lf.name, NOTHING if lf.accuracy is None else _percent(lf.accuracy), _range(lf.low, lf.high))
        for lf in result.report.lf_trust
    ]
    title = f"{result.label_model}: how right each LF is when it votes (with its 95 % range)"
    _table(title, ("LF", "estimated accuracy", "range"), rows)
    balance = zip(result.space, result.class_balance, strict=True)
    print("class balance: " + ", ".join(f"{name} {_percent(share)}" for name, share in balance))
    print(f"labels: {_short(result.path)}")


def trained(result: Trained) -> None:
    """Say where the end model is."""
    how = "kept, nothing changed" if result.cached else f"trained in {result.seconds:.1f} s"
    print(f"end model: {result.end_model} on {result.rows:,} covered rows, {how}")
    print(f"model: {_short(result.path)}")


def ran(result: RunResult) -> None:
    """Show the scores, and where the report is."""
    _faults(result.applied)
    if result.split is None:
        print("no gold labels, so no scores; name a test file with gold labels in [data] test and gold")
    else:
        _scores(result.split, result.scores[result.split], result.before)
    print(f"report: {_short(result.report)}  ({result.seconds:.1f} s)")


def demonstrated(result: RunResult) -> None:
    """Show the scores, and last the line that says how good the end model is."""
    ran(result)
    print(f"end model test accuracy {result.scores['test']['end model'].accuracy:.3f}")


def worth(result: WorthResult) -> None:
    """Show errors by rows, and the hand labels that the LFs replace."""
    found = result.worth
    print(
        f"hand labels to train on: {result.labeled_split}; judged on: {result.judged_split} "
        f"({found.test_rows:,} rows)"
    )
    table, _, said = str(found).rpartition("\n\n")
    print(f"{table}\n\n{fill(said, 80)}")
    print(f"kept in {_short(result.path)}; show it in the report with: labelwright run")


def predicted(result: Predictions) -> None:
    """Print labels and probabilities as CSV, or say where they were written."""
    if result.path is not None:
        print(f"{len(result.labels):,} rows with labels: {_short(result.path)}")
        return
    columns = ["label", "probability", *(f"p_{name}" for name in result.space)]
    print(result.frame.select(columns).write_csv(float_precision=6), end="")


def exported(result: Exported) -> None:
    """Say where the soft labels are."""
    print(f"{result.rows:,} rows with soft labels: {_short(result.path)}")


def _scores(split: str, scores: Mapping[str, Scores], before: Mapping[str, float]) -> None:
    binary = all(score.all_rows.f1 is not None for score in scores.values())
    heads = ["", "accuracy", "95 % interval", "on covered", "F1" if binary else "macro F1", "log loss"]
    heads += ["last run"] if before else []
    rows = [_score_row(name, score, binary, before) for name, score in scores.items()]
    n = next(iter(scores.values())).n
    _table(f"{n:,} {split} rows with gold labels", heads, rows)


def _score_row(name: str, scores: Scores, binary: bool, before: Mapping[str, float]) -> list[str]:
    rows, covered = scores.all_rows, scores.covered_rows
    row = [
        name,
        f"{rows.accuracy:.3f}",
        f"{rows.accuracy_low:.3f} - {rows.accuracy_high:.3f}",
        NOTHING if covered is None else f"{covered.accuracy:.3f}",
        f"{rows.f1 if binary else rows.macro_f1:.3f}",
        f"{rows.log_loss:.3f}",
    ]
    if before:
        change = rows.accuracy - before[name] if name in before else math.nan
        row.append(NOTHING if math.isnan(change) else "same" if abs(change) < 5e-4 else f"{change:+.3f}")
    return row


def _faults(result: Applied) -> None:
    for split, outcomes in result.outcomes.items():
        for lf in outcomes:
            if lf.faults:
                print(f"LF {lf.name!r} raised on {lf.faults:,} {split} rows and abstained; {lf.first_fault}")


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, head in enumerate(heads):
        table.add_column(
            head,
            justify="left" if position == 0 or head in ("votes for", "kind") else "right",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    _Terminal(highlight=False, markup=False).print(table, end="\n")


def _percent(share: Any) -> str:
    return NOTHING if share is None or math.isnan(share) else f"{share:.1%}"


def _range(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{100 * low:.0f} - {100 * high:.0f}%"


def _short(path: Path) -> str:
    """Return a path as people would type it from where they are."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative
