"""Results for people: tables that fit 80 columns, without colours where nobody sees them."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from labelwright._display.text_table import columns_of_rows, text_table
from labelwright._exact import picked
from labelwright._text import count, listed, one_line, percent
from labelwright._validate import did_you_mean
from labelwright.cli.terminal import is_terminal, put, put_rows

if TYPE_CHECKING:
    from labelwright._display.table import Table
    from labelwright.advisor import ModellingAdvice
    from labelwright.advisor.lint import CheckReport
    from labelwright.analysis import Scores
    from labelwright.cli.starter import Made
    from labelwright.cli.trust import AllTrusted, Trusted
    from labelwright.pipeline import (
        Analyzed,
        Applied,
        AppliedTasks,
        Exported,
        Fitted,
        Predictions,
        Reported,
        RunResult,
        Trained,
        Why,
        WorthResult,
    )
    from labelwright.pipeline.gold import GoldCounts
    from labelwright.pipeline.hand_labeling import HandLabeled
    from labelwright.pipeline.inspection import View
    from labelwright.pipeline.new_project import NewProject

NOTHING: Final = "-"
TOPICS: Final = ("functions", "pairs", "classes", "mistakes", "rows", "gaps", "changes")
ALL_OF_THEM: Final = "all"
BRIEF: Final = {"functions": 100, "pairs": 5, "classes": 8, "mistakes": 5, "rows": 2, "gaps": 3, "changes": 5}
"""Lines of each topic where all are shown."""

BY_SAMPLING_ALONE: Final = (
    "by sampling alone: how far luck in the rows moves the estimate if all that the model assumes is true; "
    "no confidence interval of the true accuracy, which only hand labels give"
)
FULL: Final = 1000
LONGEST_TEXT: Final = 400
MAX_PROPOSED: Final = 12
NEEDS_GOLD: Final = "needs gold labels that score; see labelwright label"
NEEDS_TEXTS: Final = "needs texts; name their column in [data] text"


def initialized(made: Made) -> None:
    """Say what ``init`` made and what comes next."""
    for path in made.files:
        put(f"made {_short(path)}")
    where = "" if made.folder == Path.cwd() else f" -C {_short(made.folder)}"
    put(f"next: put your data and labeling functions there, then: labelwright run{where}")


def trusted(found: Trusted) -> None:
    """Say whose code runs from now on, or no longer."""
    if found.trusted:
        put(f"trusted {_short(found.folder)}: commands run {listed(found.code) or 'its code'} from now on")
    else:
        put(f"forgotten {_short(found.folder)}: you are asked before its code runs")


def all_trusted(found: AllTrusted) -> None:
    """Show the trusted folders, one a line."""
    for folder in found.folders:
        put(one_line(str(folder), None))
    if not found.folders:
        put("no folder is trusted yet")


def begun(made: NewProject) -> None:
    """Say what ``init`` made of somebody's file, and what comes next."""
    put(f"made {_short(made.folder)}")
    for split, rows in made.rows.items():
        gold = f", {made.gold_rows[split]:,} with gold labels" if made.gold is not None else ""
        put(f"  {split}: {count(rows, 'row')}{gold}")
    stand_ins = " (stand-ins: write yours into labelwright.toml)" if made.placeholders else ""
    _say(f"classes: {listed([one_line(name, 60) for name in made.classes], 12)}{stand_ins}")
    terms = [lf for lf in made.lfs.lfs if lf.terms]
    _say(f"lfs.py: {count(len(made.lfs.lfs), 'labeling function')} proposed from the training rows")
    for lf in terms[:MAX_PROPOSED]:
        right = "" if lf.right is None else f", right on {percent(lf.right)}"
        heard = listed([one_line(term, 40) for term in lf.terms])
        _say(f"  {one_line(lf.vote, 60)}: {heard} ({count(lf.rows, 'row')}{right})")
    if len(terms) > MAX_PROPOSED:
        put(f"  and {len(terms) - MAX_PROPOSED} more")
    if made.lfs.guessed:
        _say("  stand-ins by the length of texts, so that it runs: write your own")
    if made.lfs.without:
        _say(f"  none for {listed([one_line(name, 60) for name in made.lfs.without], 12)} yet")
    for note in made.notes:
        _say(f"note: {one_line(note)}")
    where = "" if made.folder == Path.cwd() else f" -C {shlex.quote(_short(made.folder))}"
    split = "" if made.gold is not None or "test" not in made.rows else " --split test"
    put(f"next: edit {_short(made.folder / 'lfs.py')}")
    put(f"      labelwright label{where}{split}   gold labels by hand")
    put(f"      labelwright run{where}   labels, end model, report")


def applied(result: Applied) -> None:
    """Show coverage, time and faults of each LF."""
    first = next(iter(result.matrices))
    matrix, outcomes = result.matrices[first], result.outcomes[first]
    covered = (matrix.votes >= 0).mean(axis=0)
    rows = [
        (
            lf.name,
            lf.kind,
            percent(covered[j], 1, unknown=NOTHING),
            "kept" if lf.cached else f"{lf.seconds:.2f} s",
            str(sum(found[j].faults for found in result.outcomes.values()) or NOTHING),
        )
        for j, lf in enumerate(outcomes)
    ]
    _print_rows(f"votes on {first}", ("LF", "kind", "coverage", "time", "faults"), rows, texts=(0, 1))
    _faults(result)
    for path in result.paths.values():
        put(f"votes: {_short(path)}")


def applied_tasks(result: AppliedTasks) -> None:
    """Show the votes of each task."""
    for name, votes in result.tasks.items():
        put(f"task {one_line(name)}")
        applied(votes)


def checked(result: CheckReport) -> None:
    """Show what is wrong with the LFs, the most pressing first."""
    put(result)


def why(result: Why) -> None:
    """Show what the votes of an LF are kept by, and what has changed."""
    put(result)


def check_topics(topics: Sequence[str]) -> None:
    """Raise a usage error for a topic that there is not."""
    for topic in topics:
        if topic not in (*TOPICS, ALL_OF_THEM):
            hint = did_you_mean(topic, TOPICS) or f"; there are {', '.join(TOPICS)} and all"
            raise typer.BadParameter(f"there is no topic {topic!r}{hint}", param_hint="--show")


def analyzed(result: Analyzed, topics: Sequence[str]) -> None:
    """Print the topics asked for at length, or all of them in brief."""
    width = _terminal_width()
    asked = TOPICS if ALL_OF_THEM in topics else topics
    for split, view in result.views.items():
        title = f"{result.matrices[split].m} labeling functions on {result.matrices[split].n:,} {split} rows"
        by = "" if view.gold is None else f"; by {view.gold.said}"
        elsewhere = [one for one in (result.gold.scoring if result.gold else {}) if one != split]
        for topic in asked or TOPICS:
            _SHOWN[topic](view, _Title(title, by, elsewhere), width, FULL if asked else BRIEF[topic])
        put(f"\n{percent(result.matrices[split].coverage, 1)} of the rows have at least one vote")
        _gold(result.gold)
        if not asked:
            put(f"more: analyze --show {'|'.join(TOPICS)}|all")


def advised(result: ModellingAdvice) -> None:
    """Show what modelling the votes is worth, and what to write next."""
    put(result.to_text(python=False))


def fitted(result: Fitted) -> None:
    """Show whether to trust the label model, the estimated accuracy of each LF, and the class balance."""
    # A fit that was done just now has warned on stderr.
    put(result.report.summary(warnings=result.cached, toml=True))
    rows = [
        (lf.name, percent(lf.accuracy, 1, unknown=NOTHING), _range(lf.sampling_low, lf.sampling_high))
        for lf in result.report.lf_trust
    ]
    title = f"{result.label_model}: how right it takes each LF to be when it votes"
    _print_rows(title, ("LF", "estimated accuracy", "by sampling alone"), rows)
    for line in wrap(BY_SAMPLING_ALONE, _terminal_width()):
        put(line)
    balance = zip(result.space, result.class_balance, strict=True)
    put(
        "class balance: "
        + ", ".join(f"{name} {percent(share, 1, unknown=NOTHING)}" for name, share in balance)
    )
    _gold(result.gold)
    put(f"labels: {_short(result.path)}")


def trained(result: Trained) -> None:
    """Say where the end model is."""
    how = "kept, nothing changed" if result.cached else f"trained in {result.seconds:.1f} s"
    put(f"end model: {result.end_model} on {result.rows:,} covered rows, {how}")
    put(f"model: {_short(result.path)}")


def ran(result: RunResult) -> None:
    """Show the scores, and where the report is."""
    _faults(result.applied)
    if result.split is None:
        none = "no gold labels" if not result.fitted.gold.taught else "no gold label is left to score by"
        _say(f"{none}, so no scores; label rows with: labelwright label, or name their column in [data] gold")
    else:
        _scores(result.split, result.scores[result.split], result.before)
    _gold(result.fitted.gold)
    put(f"report: {_short(result.report)}  ({result.seconds:.1f} s)")


def reported(result: Reported) -> None:
    """Say where the report is, after the scores that it shows."""
    if result.split is not None:
        _scores(result.split, result.scores[result.split], {})
    put(f"report: {_short(result.path)}")


def demonstrated(result: RunResult) -> None:
    """Show the scores, and last the line that says how good the end model is."""
    ran(result)
    put(f"end model test accuracy {result.scores['test']['end model'].accuracy:.3f}")


def worth(result: WorthResult) -> None:
    """Show errors by rows, and the hand labels that the LFs replace."""
    found = result.worth
    halved = ", half of them each" if result.labeled_split == result.judged_split else ""
    put(
        f"hand labels to train on: {result.labeled_split} ({result.labeled_rows:,} rows); judged on: "
        f"{result.judged_split} ({found.test_rows:,} rows{halved})"
    )
    table, _, said = str(found).rpartition("\n\n")
    put(f"{table}\n\n{fill(said, 80)}")
    put(f"kept in {_short(result.path)}; show it in the report with: labelwright run")


def labeled(result: HandLabeled, folder: Path, task: str | None) -> None:
    """Say what was labeled by hand, and what comes next."""
    where = "" if folder.resolve() == Path.cwd() else f" -C {shlex.quote(_short(folder.absolute()))}"
    where += "" if task is None else f" --task {shlex.quote(task)}"
    if not (result.labeled or result.skipped or result.rows_left):
        put(f"every {result.split} row that says something has a gold label")
    done = f"labeled {count(result.labeled, 'row')}"
    done += f", skipped {result.skipped:,}" if result.skipped else ""
    put("\n" + fill(f"{done}; {result.rows_left:,} left without a gold label", _terminal_width()))
    if not result.classes:
        return
    total = sum(result.classes.values())
    classes = ", ".join(f"{number:,} {one_line(name, 60)}" for name, number in result.classes.items())
    put(fill(f"hand labels on {result.split}: {total:,} ({classes})", _terminal_width()))
    if result.picked != "random":
        put(
            fill(
                f"rows picked by {result.picked} are harder than most: scores on them are too low; "
                "label some with --by random to know how good it all is",
                _terminal_width(),
            )
        )
    put(f"kept in {_short(result.path)}")
    split = "" if result.split == "train" else f" --split {result.split}"
    put(f"next: labelwright analyze{where}{split}   what the LFs get wrong on them")
    put(f"      labelwright run{where}   scores and report")


def predicted(result: Predictions, file_format: str = "csv", *, csv_safe: bool = False) -> None:
    """Print labels and probabilities, or say where they were written."""
    if result.path is not None:
        put(f"{count(len(result.labels), 'row')} with labels: {_short(result.path)}")
        _renamed(result.columns)
        if result.unjudged:
            put(f"{count(result.unjudged, 'row')} without a label: nothing to judge by")
        return
    from labelwright.pipeline.export import no_formulas

    own = picked(result.frame, result.columns.values()).rename({v: k for k, v in result.columns.items()})
    if file_format == "jsonl":
        put_rows(own.write_ndjson())
    else:
        put_rows((no_formulas(own) if csv_safe else own).write_csv(float_precision=6))


def exported(result: Exported) -> None:
    """Say where the soft labels are."""
    left = f" ({result.left_out:,} left out)" if result.left_out else ""
    put(f"{count(result.rows, 'row')} with soft labels{left}: {_short(result.path)}")
    _renamed(result.names)


def _renamed(names: Mapping[str, str]) -> None:
    """Say which columns of labels have another name than usual, as the rows have one of that name."""
    if other := {name: new for name, new in names.items() if name != new}:
        given = ", ".join(f"{new!r} for {name!r}" for name, new in other.items())
        put(f"under other names, so that no column is lost: {one_line(given)}")


class _Title(NamedTuple):
    """What is shown: LFs on which rows, by which hand labels, and the other splits that have some."""

    what: str
    by: str
    elsewhere: Sequence[str]


def _gold(counts: GoldCounts | None) -> None:
    """Say how many hand labels teach and score, where some do."""
    for line in counts.said() if counts is not None else ():
        for part in wrap(line, _terminal_width(), subsequent_indent="  "):
            put(part)


def _functions(view: View, title: _Title, width: int, most: int) -> None:
    shown = view.functions.drop("judged", strict=False)
    accuracy = f", accuracy{title.by[1:]}" if title.by else ""
    _print_frame(f"{title.what}{accuracy}; small figures are 95% ranges", shown, width, most)


def _pairs(view: View, title: _Title, width: int, most: int) -> None:
    _print_frame("pairs of LFs, most conflicts first", view.pairs, width, most)


def _classes(view: View, title: _Title, width: int, most: int) -> None:
    if view.classes is None or view.coverage is None:
        put(f"\nprecision and recall: {NEEDS_GOLD}")
        return
    worst = view.classes if most == FULL else view.classes.sort("precision", maintain_order=True)
    order = "" if most == FULL else ", least precise first"
    _print_frame(f"each LF on each class it votes for{order}{title.by}", worst, width, most)
    found = f"how much of each class gets a vote, and one for the class{title.by}"
    _print_frame(found, view.coverage, width, most)


def _mistakes(view: View, title: _Title, width: int, most: int) -> None:
    if view.mistakes is None:
        where = " or ".join(f"--split {split}" for split in title.elsewhere)
        lacks = f"the hand labels that score are of other rows; see {where}" if where else NEEDS_GOLD
        put(f"\nmistakes: {lacks}")
        return
    _print_frame("mistakes of the label model, most rows first", view.mistakes, width, most)


def _rows(view: View, title: _Title, width: int, most: int) -> None:
    rows = view.contested["row"].to_list()[:most]
    put("\nrows on which LFs disagree most, and why they are labeled as they are")
    if not rows:
        put("none: no two LFs contradict each other")
    for row in rows:
        if view.texts is not None:
            for line in wrap(_excerpt(view.texts[row]), width - 2):
                put(f"| {line}")
        put(view.why.of(row), end="\n\n" if row != rows[-1] else "\n")


def _gaps(view: View, title: _Title, width: int, most: int) -> None:
    if view.gaps is None:
        put(f"\ngaps: {NEEDS_TEXTS}")
    elif view.gaps.is_empty():
        put("\nno word marks the rows without a vote")
    else:
        _print_frame("write an LF here: words of rows without a vote", view.gaps, width, most)


def _changes(view: View, title: _Title, width: int, most: int) -> None:
    changes = view.changes
    if changes is None:
        put("\nchanges: no earlier version of the LFs voted on these rows")
        return
    put("\nsince the LFs were last changed")
    put(changes.to_text(width, most=most))


_SHOWN: Final[Mapping[str, Callable[[View, _Title, int, int], None]]] = {
    "functions": _functions,
    "pairs": _pairs,
    "classes": _classes,
    "mistakes": _mistakes,
    "rows": _rows,
    "gaps": _gaps,
    "changes": _changes,
}


def _scores(split: str, scores: Mapping[str, Scores], before: Mapping[str, float]) -> None:
    binary = all(score.all_rows.f1 is not None for score in scores.values())
    heads = ["", "accuracy", "95% interval", "on covered", "F1" if binary else "macro F1", "log loss"]
    heads += ["last run"] if before else []
    rows = [_score_row(name, score, binary, before) for name, score in scores.items()]
    n = next(iter(scores.values())).n
    _print_rows(f"{n:,} {split} rows with gold labels", heads, rows)


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
                put(f"LF {lf.name!r} raised on {lf.faults:,} {split} rows and abstained; {lf.first_fault}")


def _print_rows(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, texts: Sequence[int] = (0,)
) -> None:
    columns = columns_of_rows(heads, rows, texts=texts)
    put(f"\n{title}")
    table = text_table(columns, _terminal_width(), colour=is_terminal(sys.stdout))
    sys.stdout.write(f"{table}\n")  # whose cells are clean, and whose colours are ours


def _print_frame(title: str, table: Table, width: int, most: int) -> None:
    put("\n" + fill(title, width))
    put(table.to_text(width, most=most))


def _say(text: str) -> None:
    """Print a sentence, folded at the width of the terminal."""
    indent = "  " * (text.startswith("  ") + 1)
    put(fill(text, _terminal_width(), subsequent_indent=indent, break_long_words=False))


def _terminal_width() -> int:
    from rich.console import Console

    return Console().width


def _range(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{100 * low:.0f} - {100 * high:.0f}%"


def _short(path: Path) -> str:
    """Return a path as people would type it from where they are."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative


def _excerpt(text: str) -> str:
    flat = one_line(text, None)
    return flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1] + "…"
