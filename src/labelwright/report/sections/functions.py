"""The labeling functions, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from labelwright._text import count, listed, percent
from labelwright.analysis import GoldRows, lf_accuracies, lf_classes, lf_statistics
from labelwright.core import LabelSpace
from labelwright.report.data import LFInfo, ReportData
from labelwright.report.elements import Cell, Table, metered, ranged, section, true_accuracy
from labelwright.report.words import clip, sentence

SHOWN: Final = 100
"""LFs in the open table; the rest is folded away, or a page with 1,000 of them would start with a scroll."""

SOURCE_BUDGET: Final = 120_000
"""Characters of source on the page in all, so that generated LFs do not swell it."""

LONGEST_DESCRIPTION: Final = 240
"""Characters of what an LF does; a pattern or a list of words longer than this is in its source."""

LONGEST_SOURCE: Final = 4_000
"""Characters of one LF's source."""

MAX_PER_CLASS: Final = 100
"""Rows of the folded table of precision and recall; the analysis has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One LF with its numbers."""

    name: str
    description: str
    meta: str
    source: str
    cells: tuple[str | Cell, ...]


def functions(data: ReportData) -> Markup:
    """Return the table of labeling functions."""
    rows = _rows(data)
    heads = ("Labeling function", "Votes for", "Coverage", "Conflicts", "Estimated accuracy", "True accuracy")
    short = ("", "", "covers", "conflicts", "estimated", "true")
    return section(
        "functions",
        heads=heads if data.gold else heads[:-1],
        short=short,
        gold=None if data.gold is None else data.gold.said,
        taught=data.taught,
        rows=rows[:SHOWN],
        rest=rows[SHOWN:],
        more=count(len(rows) - SHOWN, "more labeling function"),
        per_class=_per_class(data.gold) if data.gold else None,
    )


def _rows(data: ReportData) -> list[_Row]:
    infos = {info.name: info for info in data.lfs}
    truths = _truths(data)
    budget = SOURCE_BUDGET
    rows = []
    summary = lf_statistics(data.matrix).to_dicts()
    for j in sorted(range(len(summary)), key=lambda j: -(summary[j]["coverage"] or 0.0)):
        one, name = summary[j], summary[j]["lf"]
        info = infos.get(name) or LFInfo(name=name, kind="", description="")
        source = info.source.strip()[: min(LONGEST_SOURCE, budget)]
        budget -= len(source)
        cells: tuple[str | Cell, ...] = (
            _votes_for(one["votes_for"], data.matrix.space),
            metered(one["coverage"] or 0.0),
            metered(one["conflicts"] or 0.0, kind="warm"),
            percent(float(data.lf_accuracies[j])),
        )
        rows.append(
            _Row(
                name=name,
                description=clip(sentence(info.description), LONGEST_DESCRIPTION),
                meta=" · ".join(_meta(info)),
                source=source,
                cells=(*cells, true_accuracy(truths.get(name))) if data.gold else cells,
            )
        )
    return rows


def _votes_for(classes: list[str], space: LabelSpace) -> str:
    if len(classes) == len(space) > 2:
        return f"all {len(space)} classes"
    return listed(classes) if classes else "nothing"


def _truths(data: ReportData) -> dict[str, dict[str, Any]]:
    if data.gold is None:
        return {}
    return {row["lf"]: row for row in lf_accuracies(data.gold.matrix, data.gold.labels).to_dicts()}


def _meta(info: LFInfo) -> list[str]:
    said = [info.kind] if info.kind else []
    if info.cached:
        said.append("votes kept from an earlier run")
    elif info.seconds is not None:
        said.append("under 0.1 s" if info.seconds < 0.1 else f"{info.seconds:,.1f} s")
    if info.faults:
        said.append(f"stopped with an error on {count(info.faults, 'row')}")
    return said


def _per_class(gold: GoldRows) -> Table:
    """Return precision and recall of each LF on each class it votes for, least precise first."""
    found = lf_classes(gold.matrix, gold.labels).sort("precision", nulls_last=True, maintain_order=True)
    left = found.height - MAX_PER_CLASS
    more = f" {count(left, 'more line')} not shown." if left > 0 else ""
    caption = (
        f"By {gold.said}, least precise first. Precision is how often a vote for the class is right; recall "
        f"is how much of the class it finds, which is little by design. Ranges hold with 95% certainty.{more}"
    )
    rows = [
        (
            row["lf"],
            row["class"],
            f"{row['votes']:,}",
            ranged(row, "precision"),
            ranged(row, "recall"),
            row["mostly_wrong_on"] or "–",
        )
        for row in found.head(MAX_PER_CLASS).iter_rows(named=True)
    ]
    heads = ("Labeling function", "Class", "Votes", "Precision", "Recall", "Mostly wrong on")
    return Table(caption, heads, rows, numbers=(2, 3, 4), kind="cards")
