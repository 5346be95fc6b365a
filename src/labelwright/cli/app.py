"""The commands. Each calls the public API and shows what comes back; heavy imports wait until then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelwright.cli.exit import USAGE, WRONG
from labelwright.cli.options import Call, CsvSafe, Force, Forced, OneTask, Overwrite, Split, command, forced
from labelwright.cli.terminal import put

app = typer.Typer(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Weak supervision: labeling functions in, probabilistic labels and trained models out.",
    epilog="Exit codes: 0 done, 1 project, data or LFs wrong, 2 command line wrong, 70 bug, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from labelwright import __version__

        put(f"labelwright {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Weak supervision: labeling functions in, probabilistic labels and trained models out."""
    if context.invoked_subcommand is None:
        put(context.get_help())
        raise typer.Exit(USAGE)


@command(app, data=False, code=False)
def init(
    call: Call,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to.", show_default="here")] = Path(),
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="Your rows: .csv, .tsv, .jsonl or .parquet."),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="COLUMN", help="The column of texts in it.")
    ] = None,
    gold: Annotated[
        str | None,
        typer.Option("--gold", metavar="COLUMN", help="The column of gold labels, of some or all rows."),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option("--classes", metavar="A,B", help="The class names; by default those of --gold."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Of the project.")] = None,
) -> None:
    """Make a project to begin with.

    Settings, a few labeling functions and a few rows; it runs as it is. With --data a project of your own
    rows: proposes classes and labeling functions, and splits a test set off. Your file stays as it is.
    """
    from labelwright.cli import as_text, starter
    from labelwright.cli.trust import trust_new

    if data is None:
        given = {"--text": text, "--gold": gold, "--classes": classes, "--name": name}
        if option := next((option for option, value in given.items() if value is not None), None):
            raise typer.BadParameter("it goes with --data FILE only", param_hint=option)
        begun = starter.write(call.folder / folder)
        trust_new(begun.folder, begun.files)
        call.show(begun, as_text.initialized)
        return
    from labelwright.pipeline.new_project import class_names, create_project

    named = None if classes is None else class_names(classes)
    made = create_project(call.folder / folder, data, text=text, gold=gold, classes=named, name=name)
    trust_new(made.folder, made.files)
    call.show(made, as_text.begun)


@command(app)
def apply(call: Call, lfs: Forced = None, force: Force = False) -> None:
    """Run new and edited labeling functions.

    The votes of the others are kept; --force runs them, too, or those that are named. Results:
    .labelwright/votes/.
    """
    from labelwright.cli import as_text

    project, anew = call.open(), forced(force, lfs)
    if project.settings.task is None:
        call.show(project.apply_tasks(force=anew), as_text.applied_tasks)
    else:
        call.show(project.apply(force=anew), as_text.applied)


@command(app)
def why(
    call: Call,
    lf: Annotated[str, typer.Argument(metavar="LF", help="The labeling function.", show_default=False)],
) -> None:
    """Say what a labeling function's votes are kept by.

    Its code, helpers, values, packages, and what it read when it ran; and what has changed of it since the
    last run, so that it runs again.
    """
    from labelwright.cli import as_text

    call.show(call.open().why(lf), as_text.why)


@command(app)
def check(
    call: Call,
    split: Split = "train",
    rows: Annotated[int, typer.Option(metavar="N", min=1, help="Rows to look at, drawn at random.")] = 2_000,
    examples: Annotated[
        bool, typer.Option("--examples", help="Only run the examples; no data are read.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on findings to check, too.")] = False,
) -> None:
    """Test the labeling functions.

    Runs their examples (should=, should_not=) and looks for what is wrong with them on a sample of the rows.
    Nothing is kept. Exit code 1 where something is to be fixed.
    """
    from labelwright.cli import as_text

    result = call.open().check(split=None if examples else split, rows=rows)
    call.show(result, as_text.checked, {"failed": result.failed()})
    if result.failed(strict=strict):
        raise typer.Exit(WRONG)


@command(app)
def analyze(
    call: Call,
    split: Split = "train",
    topics: Annotated[
        list[str] | None,
        typer.Option(
            "--show",
            metavar="TOPIC",
            help="Only this, at length: functions, pairs, classes, mistakes, rows, gaps, changes or all.",
        ),
    ] = None,
) -> None:
    """Show what the LFs do, miss and get wrong.

    Coverage, conflicts and pairs; rows on which LFs disagree most and why; words of rows without a vote; what
    the last edit changed; with gold labels accuracy, precision, recall and mistakes. Runs labeling functions
    that have no votes yet, and fits the label model.
    """
    from labelwright.cli import as_text

    asked = topics or []
    as_text.check_topics(asked)
    result = call.open().analyze(split=split).of(split)
    call.show(result, lambda found: as_text.analyzed(found, asked))


@command(app)
def advise(call: Call, split: Split = "train") -> None:
    """Say which modelling is worth it.

    Majority vote or a label model, how much accuracy is at stake, which labeling functions depend on each
    other, and what to write next. Needs no gold labels; where there are some, it holds its promise against
    them and says what they would bring to the label model. Runs labeling functions that have no votes yet.
    """
    from labelwright.cli import as_text

    call.show(call.open().advise(split=split), as_text.advised)


@command(app)
def fit(call: Call, lfs: Forced = None, force: Force = False) -> None:
    """Make the probabilistic labels.

    Fits the label model on the training votes, without gold labels unless [label_model] gold says whose shall
    teach it. Runs labeling functions that have no votes yet. Results: .labelwright/labels/.
    """
    from labelwright.cli import as_text

    call.show(call.open().fit(force=forced(force, lfs)), as_text.fitted)


@command(app, name="train")
def train_(call: Call, lfs: Forced = None, force: Force = False) -> None:
    """Train the end model on the labels.

    Makes votes and labels first where they are missing. Result: .labelwright/models/.
    """
    from labelwright.cli import as_text

    call.show(call.open().train(force=forced(force, lfs)), as_text.trained)


@command(app)
def run(call: Call, lfs: Forced = None, force: Force = False) -> None:
    """Do all of it, and write the report.

    Votes, labels, end model, scores where gold labels are known, report.html. What has not changed since
    the last run is kept; what a killed run has finished, too.
    """
    from labelwright.cli import as_text

    call.show(call.open().run(force=forced(force, lfs)), as_text.ran)


@command(app)
def report(
    call: Call,
    output_file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the page there, too.")
    ] = None,
    force: Overwrite = False,
) -> None:
    """Say where the report is, or copy it.

    On finished results no code of the project runs, and nothing is written to its folder; where something has
    changed, it is made anew.
    """
    from labelwright.cli import as_text

    call.show(call.open().report(output=output_file, overwrite=force), as_text.reported)


@command(app)
def label(
    call: Call,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The project.", show_default="here")
    ] = Path(),
    split: Split = "train",
    by: Annotated[
        str, typer.Option("--by", metavar="ORDER", help="random, disagreement or uncertainty.")
    ] = "random",
    n: Annotated[int, typer.Option("-n", "--n", metavar="N", min=1, help="Labels to give.")] = 50,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", min=0, help="Of chance.", show_default="the project's"),
    ] = None,
) -> None:
    """Label rows by hand, by single keys.

    Shows rows without a gold label, one after the other: at random, by how much the labeling functions
    contradict each other, or by how unsure the label model is. Every answer is kept at once, in
    hand_labels.csv; what all other commands know of gold labels comes from there, too. Quit at any time: the
    same command goes on from there.
    """
    from labelwright.cli import as_text
    from labelwright.cli.label import sit

    labeling = call.open(call.folder / folder).label(split=split, by=by, count=n, seed=seed)
    call.alone()
    sit(labeling)
    task = call.data.get("task")
    call.show(labeling.result(), lambda found: as_text.labeled(found, call.folder / folder, task))


@command(app)
def worth(
    call: Call,
    draws: Annotated[
        int, typer.Option(metavar="N", min=2, help="Random draws of training rows a size.")
    ] = 10,
) -> None:
    """Say how many hand labels the LFs replace.

    Trains the end model on ever more unlabeled rows and on ever more hand labels. Needs hand labels of rows
    to train on and of rows to judge by. The next report shows the curves. Result: .labelwright/worth.json.
    """
    from labelwright.cli import as_text

    call.show(call.open().worth(draws=draws), as_text.worth)


@command(app, data=False)
def predict(
    call: Call,
    data: Annotated[
        Path, typer.Argument(metavar="FILE", help="New rows: .parquet, .csv or .jsonl; - reads stdin.")
    ],
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write rows and labels there; - is stdout."),
    ] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="Of stdin and stdout: jsonl or csv.")
    ] = None,
    skip_empty: Annotated[
        bool, typer.Option("--skip-empty", help="Leave out rows without text, or with missing numbers.")
    ] = False,
    csv_safe: CsvSafe = False,
    force: Overwrite = False,
    task: OneTask = None,
) -> None:
    """Label new rows with the end model.

    Labels and probabilities go to stdout as CSV, or with the rows to a file. A row without text gets no
    label, and "problem" says so. With - as FILE, rows are read from stdin and answered on stdout as they
    come, as JSON lines or CSV.
    """
    from labelwright.cli import as_text, streams

    project = call.open(task=task)
    if streams.is_standard(data) or streams.is_standard(output_file):
        call.alone()
        streams.predict(
            project,
            data,
            output_file,
            streams.Wishes(file_format, skip_empty=skip_empty, csv_safe=csv_safe, overwrite=force),
            call.output,
        )
        return
    streams.check_format(file_format)
    result = project.predict(
        data, output=output_file, skip_empty=skip_empty, csv_safe=csv_safe, overwrite=force
    )
    call.show(result, lambda found: as_text.predicted(found, file_format or "csv", csv_safe=csv_safe))


@command(app)
def export(
    call: Call,
    output_file: Annotated[Path, typer.Argument(metavar="FILE", help="To write: .parquet, .csv or .jsonl.")],
    split: Split = "train",
    file_format: Annotated[
        str, typer.Option("--format", help="table, hugging-face, label-studio, prodigy or wrench.")
    ] = "table",
    covered_only: Annotated[bool, typer.Option("--covered-only", help="Only rows with a vote.")] = False,
    skip_empty: Annotated[bool, typer.Option("--skip-empty", help="Leave out rows without text.")] = False,
    csv_safe: CsvSafe = False,
    force: Overwrite = False,
) -> None:
    """Write rows with probabilistic labels.

    For training elsewhere: Parquet, CSV or JSON lines, by the suffix; or in the format of another tool. A
    file that is there stays, unless --force says otherwise.
    """
    from labelwright.cli import as_text

    result = call.open().export(
        output_file,
        split=split,
        covered_only=covered_only,
        skip_empty=skip_empty,
        format=file_format,
        csv_safe=csv_safe,
        overwrite=force,
    )
    call.show(result, as_text.exported)


@command(app, data=False)
def demo(
    call: Call,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the demo project is made.")] = Path(
        "labelwright-demo"
    ),
) -> None:
    """Run it all on 2,225 news articles.

    Makes a project folder, labels the articles without hand labels, trains a model on the labels, and
    writes the report. The folder is yours to edit and run again.
    """
    from labelwright.cli import as_text, starter
    from labelwright.cli.trust import trust_new

    made = starter.write_demo(call.folder / folder, notify=call.notify)
    trust_new(made.folder, made.files)
    call.show(call.open(made.folder).run(), as_text.demonstrated)


@command(app, data=False, code=False)
def trust(
    call: Call,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The project.", show_default="here")
    ] = Path(),
    listing: Annotated[bool, typer.Option("--list", help="Show the trusted folders.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Ask again before its code runs.")] = False,
) -> None:
    """Let the code of a project run.

    Its lfs.py can do whatever you can, so no command runs it before you said so, once a folder: here, when
    you are asked, or with --yes. Projects that init and demo make are trusted. Nothing is run.
    """
    from labelwright.cli import as_text, trust

    if listing:
        call.show(trust.all_trusted(), as_text.all_trusted)
        return
    place = call.folder / folder
    call.show(trust.forget(place) if forget else trust.trust(place), as_text.trusted)
