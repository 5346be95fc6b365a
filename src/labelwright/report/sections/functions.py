"""The labeling functions, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from labelwright._display.markup import Child, Markup, el
from labelwright.analysis import lf_accuracies, lf_statistics
from labelwright.core import LabelSpace
from labelwright.report.data import LFInfo, ReportData
from labelwright.report.elements import lead, meter, missing, section, td, th
from labelwright.report.sections.per_class import per_class
from labelwright.report.words import clip, count, listed, percent, percent_range, sentence

SHOWN: Final = 40
"""LFs in the open table; the rest is folded away, or a page with 200 of them would start with a scroll."""

SOURCE_BUDGET: Final = 120_000
"""Characters of source on the page in all, so that generated LFs do not swell it."""

LONGEST_DESCRIPTION: Final = 240
"""Characters of what an LF does; a pattern or a list of words longer than this is in its source."""

LONGEST_SOURCE: Final = 4_000
"""Characters of one LF's source."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One LF with its numbers."""

    info: LFInfo
    votes_for: str
    shares: dict[str, Any]
    estimated: float
    truth: dict[str, Any] | None
    source: str


def functions(data: ReportData) -> Markup:
    """Return the table of labeling functions."""
    rows = _rows(data)
    rest = rows[SHOWN:]
    folded = el(
        "details", el("summary", f"Show {count(len(rest), 'more labeling function')}"), _table(rest, data)
    )
    return section(
        "functions",
        "The labeling functions",
        lead(
            "Those that vote most come first. Coverage and conflicts are shares of all rows, with the range "
            "that the number of rows supports (95% certainty). Estimated accuracy is what the label model "
            "worked out from the votes alone, without hand labels."
        ),
        None if data.test else missing("True accuracy is not shown. ", "It needs rows with hand labels."),
        _table(rows[:SHOWN], data),
        folded if rest else None,
        per_class(data.test) if data.test else None,
    )


def _rows(data: ReportData) -> list[_Row]:
    infos = {info.name: info for info in data.lfs}
    truths = _truths(data)
    budget = SOURCE_BUDGET
    rows = []
    summary = lf_statistics(data.matrix).to_dicts()
    order = sorted(range(len(summary)), key=lambda j: -(summary[j]["coverage"] or 0.0))
    for j in order:
        one, name = summary[j], summary[j]["lf"]
        info = infos.get(name) or LFInfo(name=name, kind="", description="")
        source = info.source.strip()[: min(LONGEST_SOURCE, budget)]
        budget -= len(source)
        rows.append(
            _Row(
                info,
                _votes_for(one["votes_for"], data.matrix.space),
                one,
                float(data.lf_accuracies[j]),
                truths.get(name),
                source,
            )
        )
    return rows


def _votes_for(classes: list[str], space: LabelSpace) -> str:
    if len(classes) == len(space) > 2:
        return f"all {len(space)} classes"
    return listed(classes) if classes else "nothing"


def _truths(data: ReportData) -> dict[str, dict[str, Any]]:
    if data.test is None:
        return {}
    return {row["lf"]: row for row in lf_accuracies(data.test.matrix, data.test.gold).to_dicts()}


def _table(rows: list[_Row], data: ReportData) -> Markup:
    heads = [th("Labeling function"), th("Votes for"), th("Coverage", number=True)]
    heads += [th("Conflicts", number=True), th("Estimated accuracy", number=True)]
    heads += [th("True accuracy", number=True)] if data.test else []
    return el(
        "table",
        el("caption", "Labeling functions, those that vote most first", class_="hidden"),
        el("thead", el("tr", heads)),
        el("tbody", [_line(row, data) for row in rows]),
        class_="cards functions",
    )


def _line(row: _Row, data: ReportData) -> Markup:
    return el(
        "tr",
        el("th", _what(row), scope="row"),
        td(row.votes_for, label="Votes for"),
        td(*_metered(row.shares, "coverage"), number=True, label="Coverage"),
        td(*_metered(row.shares, "conflicts", "warm"), number=True, label="Conflicts"),
        td(_share(row.estimated), number=True, label="Estimated accuracy"),
        td(_truth(row.truth), number=True, label="True accuracy") if data.test else None,
    )


def _metered(row: dict[str, Any], name: str, kind: str = "") -> list[Markup]:
    spread = percent_range(row[f"{name}_low"], row[f"{name}_high"])
    return [meter(row[name] or 0.0, kind), el("small", spread, class_="range")]


def _what(row: _Row) -> list[Child]:
    info = row.info
    description = clip(sentence(info.description), LONGEST_DESCRIPTION)
    return [
        el("span", info.name, class_="lf"),
        el("p", description) if description else None,
        _fold(" · ".join(_meta(info)), row.source),
    ]


def _fold(meta: str, source: str) -> Markup | None:
    """Return how the LF ran, which unfolds to its source."""
    if source:
        said = [el("span", f"{meta} · " if meta else "", class_="meta"), "source"]
        return el("details", el("summary", said), el("pre", el("code", source)))
    return el("p", meta, class_="meta") if meta else None


def _meta(info: LFInfo) -> list[str]:
    said = [info.kind] if info.kind else []
    if info.cached:
        said.append("votes kept from an earlier run")
    elif info.seconds is not None:
        said.append("under 0.1 s" if info.seconds < 0.1 else f"{info.seconds:,.1f} s")
    if info.faults:
        said.append(f"stopped with an error on {count(info.faults, 'row')}")
    return said


def _share(share: float) -> str:
    return "–" if np.isnan(share) else percent(share)


def _truth(truth: dict[str, Any] | None) -> Markup:
    if not truth or not truth["judged"]:
        return el("span", "no test votes", class_="quiet")
    spread = f"{percent_range(truth['low'], truth['high'])} of {truth['judged']:,}"
    return el("span", percent(truth["accuracy"]), el("small", spread))
