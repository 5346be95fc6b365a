"""The commands. Each calls the public API and shows what comes back; heavy imports wait until then."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelwright.cli.exit import WRONG, guarded

if TYPE_CHECKING:
    from labelwright.pipeline import Project

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Weak supervision: labeling functions in, probabilistic labels and trained models out.",
    epilog="Exit codes: 0 done, 1 project, data or LFs wrong, 2 command line wrong, 70 bug, 130 interrupted.",
)

ProjectFolder = Annotated[
    Path, typer.Option("-C", "--project", metavar="FOLDER", help="The project folder.", show_default="here")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, to stdout.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress, no step by step lines, no warnings.")
]
Train = Annotated[Path | None, typer.Option(metavar="FILE", help="Rows to label, instead of the project's.")]
Valid = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Validation rows, instead of the project's.")
]
Test = Annotated[Path | None, typer.Option(metavar="FILE", help="Test rows, instead of the project's.")]
Data = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Folder of data, instead of the project's.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from labelwright._version import __version__

        print(f"labelwright {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Weak supervision: labeling functions in, probabilistic labels and trained models out."""


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where to.", show_default="here")
    ] = Path(),
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
    project: ProjectFolder = Path(),
) -> None:
    """Make a project to begin with.

    Settings, a few labeling functions and a few rows; it runs as it is.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs, starter

        made = starter.write(project / folder)
        output.show(made, as_text.initialized, programs.initialized)


@app.command()
def apply(
    project: ProjectFolder = Path(),
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Run new and edited labeling functions.

    The votes of the others are kept. Results: .labelwright/votes/.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).apply()
        output.show(result, as_text.applied, programs.applied)


@app.command()
def check(
    project: ProjectFolder = Path(),
    split: Annotated[str, typer.Option(metavar="SPLIT", help="train, valid or test.")] = "train",
    rows: Annotated[int, typer.Option(metavar="N", min=1, help="Rows to look at, drawn at random.")] = 2_000,
    examples: Annotated[
        bool, typer.Option("--examples", help="Only run the examples; no data are read.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on findings to check, too.")] = False,
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Test the labeling functions.

    Runs their examples (should=, should_not=) and looks for what is wrong with them on a sample of the rows.
    Nothing is kept. Exit code 1 where something is to be fixed.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        opened = _open(project, train, valid, test, data, quiet)
        result = opened.check(split=None if examples else split, rows=rows)
        output.show(result, as_text.checked, programs.checked)
        if result.failed(strict=strict):
            raise typer.Exit(WRONG)


@app.command()
def analyze(
    project: ProjectFolder = Path(),
    split: Annotated[str, typer.Option(metavar="SPLIT", help="train, valid or test.")] = "train",
    topics: Annotated[
        list[str] | None,
        typer.Option(
            "--show",
            metavar="TOPIC",
            help="Only this, at length: functions, pairs, classes, mistakes, rows, gaps, changes or all.",
        ),
    ] = None,
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Show what the LFs do, miss and get wrong.

    Coverage, conflicts and pairs; rows on which LFs disagree most and why; words of rows without a vote; what
    the last edit changed; with gold labels accuracy, precision, recall and mistakes. Runs labeling functions
    that have no votes yet, and fits the label model.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        asked = topics or []
        as_text.check_topics(asked)
        result = _open(project, train, valid, test, data, quiet).analyze(split=split)
        output.show(result.of(split), lambda found: as_text.analyzed(found, asked), programs.analyzed)


@app.command()
def advise(
    project: ProjectFolder = Path(),
    split: Annotated[str, typer.Option(metavar="SPLIT", help="train, valid or test.")] = "train",
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Say which modelling is worth it.

    Majority vote or a label model, how much accuracy is at stake, which labeling functions depend on each
    other, and what to write next. Needs no gold labels. Runs labeling functions that have no votes yet.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.advisor import advise
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).analyze().of(split)
        output.show(advise(result.matrices[split]), as_text.advised, programs.advised)


@app.command()
def fit(
    project: ProjectFolder = Path(),
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Make the probabilistic labels.

    Fits the label model on the training votes, without gold labels. Runs labeling functions that have no
    votes yet. Results: .labelwright/labels/.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).fit()
        output.show(result, as_text.fitted, programs.fitted)


@app.command(name="train")
def train_(
    project: ProjectFolder = Path(),
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Train the end model on the labels.

    Makes votes and labels first where they are missing. Result: .labelwright/models/.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).train()
        output.show(result, as_text.trained, programs.trained)


@app.command()
def run(
    project: ProjectFolder = Path(),
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Do all of it, and write the report.

    Votes, labels, end model, scores where gold labels are known, report.html. What has not changed since
    the last run is kept; what a killed run has finished, too.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).run()
        output.show(result, as_text.ran, programs.ran)


@app.command()
def worth(
    project: ProjectFolder = Path(),
    draws: Annotated[
        int, typer.Option(metavar="N", min=2, help="Random draws of training rows a size.")
    ] = 10,
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Say how many hand labels the LFs replace.

    Trains the end model on ever more unlabeled rows and on ever more hand labels. Needs hand labels of rows
    to train on and of rows to judge by. The next report shows the curves. Result: .labelwright/worth.json.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, train, valid, test, data, quiet).worth(draws=draws)
        output.show(result, as_text.worth, programs.worth)


@app.command()
def predict(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="New rows: .parquet, .csv or .jsonl.")],
    output_file: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write rows and labels there, not to stdout."),
    ] = None,
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Label new rows with the end model.

    Labels and probabilities go to stdout as CSV, or with the rows to a file.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        result = _open(project, quiet=quiet).predict(data, output=output_file)
        output.show(result, as_text.predicted, programs.predicted)


@app.command()
def export(
    output_file: Annotated[Path, typer.Argument(metavar="FILE", help="To write: .parquet, .csv or .jsonl.")],
    split: Annotated[str, typer.Option(metavar="SPLIT", help="train, valid or test.")] = "train",
    file_format: Annotated[
        str, typer.Option("--format", help="table, hugging-face, label-studio, prodigy or wrench.")
    ] = "table",
    covered_only: Annotated[bool, typer.Option("--covered-only", help="Only rows with a vote.")] = False,
    project: ProjectFolder = Path(),
    train: Train = None,
    valid: Valid = None,
    test: Test = None,
    data: Data = None,
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Write rows with probabilistic labels.

    For training elsewhere: Parquet, CSV or JSON lines, by the suffix; or in the format of another tool.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs

        opened = _open(project, train, valid, test, data, quiet)
        result = opened.export(output_file, split=split, covered_only=covered_only, format=file_format)
        output.show(result, as_text.exported, programs.exported)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where the demo project is made.")
    ] = Path("labelwright-demo"),
    as_json: AsJson = False,
    debug: Debug = False,
    quiet: Quiet = False,
    project: ProjectFolder = Path(),
) -> None:
    """Run it all on 2,225 news articles.

    Makes a project folder, labels the articles without hand labels, trains a model on the labels, and
    writes the report. The folder is yours to edit and run again.
    """
    with guarded(debug=debug, as_json=as_json, quiet=quiet) as output:
        from labelwright.cli import as_text, programs, starter

        made = starter.write_demo(project / folder, notify=_notify(quiet))
        result = _open(made, quiet=quiet).run()
        output.show(result, as_text.demonstrated, programs.ran)


def _open(
    folder: Path,
    train: Path | None = None,
    valid: Path | None = None,
    test: Path | None = None,
    data: Path | None = None,
    quiet: bool = False,
) -> Project:
    from labelwright.pipeline import Project

    return Project.open(
        folder,
        train=train,
        valid=valid,
        test=test,
        data=data,
        progress=False if quiet else None,
        notify=_notify(quiet),
    )


def _notify(quiet: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    return (lambda line: None) if quiet else tell
