"""How the labeling functions interact."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from labelwright._display.markup import Markup, el
from labelwright.analysis import PairCounts, pair_counts, pair_table
from labelwright.core import LabelMatrix
from labelwright.report.charts.bars import column_chart
from labelwright.report.charts.heatmap import agreement_map, legend
from labelwright.report.data import ReportData
from labelwright.report.elements import figure, lead, missing, scrolled, section, table, td, th
from labelwright.report.words import count, percent, percent_range

MAX_MAPPED: Final = 40
"""A map of more LFs than this is a carpet that nobody reads."""

MAX_PAIRS: Final = 8
"""Pairs in the table of conflicts; the map shows the others."""

MAX_VOTES: Final = 10
"""Rows with this many votes or more share the last bar."""


def interactions(data: ReportData) -> Markup:
    """Return the agreement map and the number of votes a row."""
    return section(
        "interactions",
        "How they interact",
        lead("The label model learns from rows where labeling functions meet: it sees who agrees with whom."),
        _votes_per_row(data),
        _map(data) if data.matrix.m > 1 else missing("One labeling function alone has none to agree with."),
        _quarrels(data),
    )


def _votes_per_row(data: ReportData) -> Markup:
    votes = (data.matrix.votes >= 0).sum(axis=1)
    last = min(MAX_VOTES, max(int(votes.max(initial=0)), 1))
    counts = np.bincount(np.minimum(votes, last), minlength=last + 1).tolist()
    names = [str(i) for i in range(last + 1)]
    if int(votes.max(initial=0)) > last:
        names[-1] = f"{last}+"
    chart = column_chart(names, counts, title="Rows by number of votes", axis="votes on the row", dim=0)
    return figure(
        chart,
        "Votes per row",
        _lonely(counts[0], counts[1]),
    )


def _lonely(none: int, single: int) -> str:
    uncovered = f"{count(none, 'row')} got no vote" if none else "Every row got a vote"
    confirmed = f"{count(single, 'row')} got a single vote, which nothing confirms" if single else ""
    return "; ".join(filter(None, (uncovered, confirmed))) + "."


def _map(data: ReportData) -> Markup:
    pairs = pair_counts(data.matrix)
    chosen = _by_class(data.matrix, _most_met(pairs))
    names = [data.matrix.lf_names[j] for j in chosen]
    part = PairCounts(
        overlaps=pairs.overlaps[np.ix_(chosen, chosen)], agreements=pairs.agreements[np.ix_(chosen, chosen)]
    )
    cut = (
        f" Of {data.matrix.m} labeling functions, the {MAX_MAPPED} that meet others most often are shown."
        if len(chosen) < data.matrix.m
        else ""
    )
    return figure(
        el("div", legend(), scrolled(agreement_map(names, part), label="Agreement map")),
        "Who agrees with whom",
        "Each square is a pair, coloured by how often the two vote alike where both vote, and the "
        "larger, the more of their rows they share; no square means that they never meet. The numbers at "
        "the foot are those beside the names." + cut,
    )


def _quarrels(data: ReportData) -> Markup | None:
    """Return the pairs that contradict each other most often."""
    found = pair_table(data.matrix, most=MAX_PAIRS, confidence=0.95)
    quarrels = found.filter(found["conflicts"] > 0)
    if quarrels.is_empty():
        return None
    heads = [th("Labeling function"), th("and"), th("Both vote", number=True)]
    heads += [th("Contradict", number=True), th("Agree", number=True)]
    lines = [_quarrel(row) for row in quarrels.iter_rows(named=True)]
    caption = "The pairs with most conflicts: on how many rows both vote, and how often they then agree."
    return el(
        "figure",
        el("h3", "Who contradicts whom"),
        table(caption, heads, lines, class_="cards"),
    )


def _quarrel(row: dict[str, Any]) -> Markup:
    spread = percent_range(row["agreement_low"], row["agreement_high"])
    return el(
        "tr",
        th(row["a"], row=True),
        td(row["b"], label="and"),
        td(f"{row['overlaps']:,}", number=True, label="Both vote"),
        td(f"{row['conflicts']:,}", number=True, label="Contradict"),
        td(el("span", percent(row["agreement"]), el("small", spread)), number=True, label="Agree"),
    )


def _by_class(matrix: LabelMatrix, lfs: list[int]) -> list[int]:
    """Put LFs for the same class side by side, so that agreement shows as blocks."""
    votes = matrix.votes[:, lfs]
    counts = np.stack([(votes == c).sum(axis=0) for c in range(matrix.k)], axis=1)
    order = np.argsort(counts.argmax(axis=1), kind="stable")
    return [lfs[int(at)] for at in order]


def _most_met(pairs: PairCounts) -> list[int]:
    """Return the LFs for the map, in their own order."""
    met = pairs.overlaps.sum(axis=1) - np.diagonal(pairs.overlaps)
    chosen: list[int] = sorted(np.argsort(-met, kind="stable")[:MAX_MAPPED].tolist())
    return chosen
