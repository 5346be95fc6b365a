"""Checks of a project's labeling functions, without a run: nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelwright._errors import ProjectError
from labelwright._validate import did_you_mean
from labelwright.pipeline.lf_module import load_lf_module
from labelwright.pipeline.rows import RowReader
from labelwright.pipeline.settings import Settings
from labelwright.pipeline.voting import check_gold_unread

if TYPE_CHECKING:
    from labelwright.checks import CheckReport


def check_project(settings: Settings, *, split: str | None, rows: int) -> CheckReport:
    """Check the LFs of a project on a split, or by their examples alone where that is None."""
    from labelwright.checks import check

    module = load_lf_module(settings.lfs)
    check_gold_unread(module.lfs, settings.data.gold)
    if split is None:
        return check(module.lfs, space=settings.space)
    reader = RowReader(settings, module.prepare)
    if split not in reader.splits():
        hint = did_you_mean(split, reader.splits()) or f"; it has {', '.join(reader.splits())}"
        raise ProjectError(f"the project has no {split!r} data{hint}")
    return check(module.lfs, reader.read(split).frame, space=reader.space, rows=rows)
