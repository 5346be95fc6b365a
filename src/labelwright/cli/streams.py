"""Rows from stdin and to stdout: ``labelwright predict -``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import typer

from labelwright.cli.exit import Output, handled
from labelwright.cli.terminal import Visible, is_terminal

if TYPE_CHECKING:
    import polars as pl

    from labelwright.pipeline import Project

STANDARD = Path("-")
FORMATS = ("jsonl", "csv")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How rows are written: the format ("jsonl" without), which rows, CSV for spreadsheets, over a file."""

    format: str | None
    skip_empty: bool
    csv_safe: bool
    overwrite: bool


def is_standard(path: Path | None) -> bool:
    """Say whether a path stands for stdin or stdout."""
    return path == STANDARD


def check_format(name: str | None) -> str:
    """Return a format, "jsonl" where none was given; a usage error where there is none of that name."""
    from labelwright._validate import did_you_mean

    if name is not None and name not in FORMATS:
        hint = did_you_mean(name, FORMATS) or "; expected jsonl or csv"
        raise typer.BadParameter(f"there is no format {name!r}{hint}", param_hint="--format")
    return name or "jsonl"


def predict(project: Project, source: Path, target: Path | None, wishes: Wishes, output: Output) -> None:
    """Label rows where at least one of input and output is a standard stream."""
    chosen = check_format(wishes.format)
    if output.as_json:
        raise typer.BadParameter("rows go to stdout as they are; use --format jsonl", param_hint="--json")
    if wishes.csv_safe and chosen != "csv":
        raise typer.BadParameter("is for CSV; add --format csv", param_hint="--safe-csv")
    if is_standard(source) and target is not None and not is_standard(target):
        _from_stdin_to_file(project, target, chosen, wishes)
        return
    with _sink() as sink:
        if is_standard(source):
            _serve(project, chosen, wishes, sink)
        else:
            found = project.predict(source, skip_empty=wishes.skip_empty)
            sink.write(_written(found.frame, chosen, wishes).encode())


def _serve(project: Project, chosen: str, wishes: Wishes, sink: BinaryIO) -> None:
    from labelwright.pipeline.streaming import serve

    predictor = project.predictor()
    with handled():
        serve(
            predictor,
            sys.stdin.buffer,
            sink,
            format=chosen,
            skip_empty=wishes.skip_empty,
            csv_safe=wishes.csv_safe,
        )


def _from_stdin_to_file(project: Project, target: Path, chosen: str, wishes: Wishes) -> None:
    """Label all rows of stdin, and write them to a file."""
    import tempfile

    from labelwright.cli import as_text

    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / f"stdin.{chosen}"
        with handled():
            rows.write_bytes(sys.stdin.buffer.read())
        as_text.predicted(
            project.predict(
                rows,
                output=target,
                skip_empty=wishes.skip_empty,
                csv_safe=wishes.csv_safe,
                overwrite=wishes.overwrite,
            )
        )


def _written(frame: pl.DataFrame, chosen: str, wishes: Wishes) -> str:
    from labelwright.io.table_writing import csv_text, json_lines
    from labelwright.pipeline.export import no_formulas

    if chosen == "jsonl":
        return json_lines(frame)
    return csv_text(no_formulas(frame) if wishes.csv_safe else frame)


@contextlib.contextmanager
def _sink() -> Iterator[BinaryIO]:
    """Lend stdout to rows alone: what code of the project prints goes to stderr."""
    sink: BinaryIO = sys.stdout.buffer
    if is_terminal(sys.stdout):
        sink = cast(BinaryIO, Visible(sink))
    with contextlib.redirect_stdout(sys.stderr):
        yield sink
    sink.flush()
