"""Checks of a project's labeling functions, without a run: nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from labelwright._errors import LabelwrightError, ProjectError
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace
from labelwright.core.finding import Finding, most_pressing_first
from labelwright.pipeline.class_changes import ClassChanges
from labelwright.pipeline.gold import check_gold_unread
from labelwright.pipeline.lf_module import LFModule, load_lf_module, values_of
from labelwright.pipeline.other_process import elsewhere_findings
from labelwright.pipeline.row_reader import RowReader
from labelwright.pipeline.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from labelwright.advisor.lint import CheckReport


def check_project(settings: Settings, *, split: str | None, rows: int) -> CheckReport:
    """Check the LFs of a project on a split, or by their examples alone where that is None."""
    module = load_lf_module(settings.lfs).of_task(settings)
    module = replace(module, lfs=tuple(_limited(lf, settings.lfs.timeout) for lf in module.lfs))
    check_gold_unread(module.lfs, settings.gold_columns)
    if split is None:
        return _with(_checked(module, settings.space, None, None, rows), _lost(settings))
    reader = RowReader(settings, module.prepare)
    if split not in reader.splits():
        hint = did_you_mean(split, reader.splits()) or f"; it has {', '.join(reader.splits())}"
        raise ProjectError(f"the project has no {split!r} data{hint}")
    frame = reader.read(split).frame
    report = _checked(module, reader.space, frame, reader.text_column(frame), rows)
    elsewhere = _elsewhere(module, reader.space, frame, settings, report)
    return _with(report, [*_shared(reader, split, frame), *elsewhere, *_lost(settings)])


def _elsewhere(
    module: LFModule, space: LabelSpace | None, frame: pl.DataFrame, settings: Settings, report: CheckReport
) -> list[Finding]:
    """Find LFs that vote otherwise in another process, unless something else says why their votes differ."""
    known = {lf for one in report.findings if one.kind in TOLD for lf in one.lfs}
    changes = None if space is None else ClassChanges(space, module.changes)
    lfs = [lf for lf in module.lfs if lf.name not in known]
    groups = [(space, lfs)] if changes is None else changes.by_space(lfs)
    return [
        found
        for own, group in groups
        for found in elsewhere_findings(group, frame, space=own, settings=settings.lfs)
    ]


TOLD: Final = frozenset({"draws-at-random", "not-repeatable", "wrong-vote", "wrong-data"})


def _limited(lf: Any, seconds: float) -> Any:
    """Return an LF or preprocessor that takes no longer than the settings say, where it does not say."""
    if getattr(lf, "pre", ()):
        lf = replace(lf, pre=tuple(_limited(step, seconds) for step in lf.pre))
    many = lf.runs == "frame" if hasattr(lf, "runs") else False
    open_to = not many and hasattr(lf, "timeout") and lf.timeout is None
    return replace(lf, timeout=seconds) if open_to else lf


def _with(report: CheckReport, more: Iterable[Finding]) -> CheckReport:
    return replace(report, findings=most_pressing_first(_once([*report.findings, *more])))


def _lost(settings: Settings) -> list[Finding]:
    """Find LFs that the file of LFs defines and loses, also where none in it is Python code."""
    from labelwright.advisor.lint.lost import lost_findings

    return list(lost_findings(settings.lfs.module, values_of(settings.lfs.module)))


def _shared(reader: RowReader, split: str, frame: pl.DataFrame) -> list[Finding]:
    """Find rows of other splits that train has, too; a split that cannot be read says so in its own check."""
    from labelwright.advisor.lint.rows import split_findings

    if (text := reader.text_column(frame)) is None:
        return []
    frames = {split: frame}
    for other in reader.splits():
        if "train" in (other, split) and other != split:
            with suppress(LabelwrightError):
                frames[other] = reader.read(other).frame
    return list(split_findings(frames, [text]))


def _checked(
    module: LFModule, space: LabelSpace | None, frame: pl.DataFrame | None, text: str | None, rows: int
) -> CheckReport:
    from labelwright.advisor.lint import check
    from labelwright.advisor.lint.report import joined

    if space is None:  # only the WRENCH folder, which is not read, knows the classes
        return check(module.lfs, frame, text=text, rows=rows)
    changes = ClassChanges(space, module.changes)
    changes.check(module.lfs)
    groups = changes.by_space(module.lfs)
    report = joined([check(lfs, frame, space=own, text=text, rows=rows) for own, lfs in groups])
    report = replace(report, findings=_once(report.findings))
    return replace(report, findings=most_pressing_first([*report.findings, *_asked(changes, module)]))


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leave out what one group of LFs after the other found of the same rows."""
    return tuple({one.message: one for one in findings}.values())


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
