"""Checks of a project's labeling functions, without a run: nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from labelwright._errors import ProjectError
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace
from labelwright.core.finding import Finding, most_pressing_first
from labelwright.pipeline.class_changes import ClassChanges
from labelwright.pipeline.lf_module import LFModule, load_lf_module
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.voting import check_gold_unread

if TYPE_CHECKING:
    import polars as pl

    from labelwright.advisor.lint import CheckReport


def check_project(settings: Settings, *, split: str | None, rows: int) -> CheckReport:
    """Check the LFs of a project on a split, or by their examples alone where that is None."""
    module = load_lf_module(settings.lfs).of_task(settings)
    check_gold_unread(module.lfs, settings.gold_columns)
    if split is None:
        return _checked(module, settings.space, None, rows)
    reader = RowReader(settings, module.prepare)
    if split not in reader.splits():
        hint = did_you_mean(split, reader.splits()) or f"; it has {', '.join(reader.splits())}"
        raise ProjectError(f"the project has no {split!r} data{hint}")
    return _checked(module, reader.space, reader.read(split).frame, rows)


def _checked(
    module: LFModule, space: LabelSpace | None, frame: pl.DataFrame | None, rows: int
) -> CheckReport:
    from labelwright.advisor.lint import check
    from labelwright.advisor.lint.report import joined

    if space is None:  # only the WRENCH folder, which is not read, knows the classes
        return check(module.lfs, frame, rows=rows)
    changes = ClassChanges(space, module.changes)
    changes.check(module.lfs)
    groups = changes.by_space(module.lfs)
    report = joined([check(lfs, frame, space=own, rows=rows) for own, lfs in groups])
    return replace(report, findings=most_pressing_first([*report.findings, *_asked(changes, module)]))


def _asked(changes: ClassChanges, module: LFModule) -> Iterator[Finding]:
    """Name the LFs over older classes whose votes say less than they did."""
    for one in changes.asked(module.lfs):
        yield Finding(
            kind="older-classes",
            urgency="note",
            finding=f"{one.lf} votes for classes that have changed since: {one.why}.",
            action="Until it is rewritten, its votes are mapped.",
            evidence={"action": one.action},
            lfs=(one.lf,),
        )
