"""How the labeling functions interact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from labelwright._text import count, percent
from labelwright.analysis import PairCounts, pair_counts, pair_table
from labelwright.core import LabelMatrix
from labelwright.report.charts import Label, Rect, Shape, column_chart, svg
from labelwright.report.data import ReportData
from labelwright.report.elements import Table, ranged, section
from labelwright.report.words import clip

MAX_MAPPED: Final = 40
"""A map of more LFs than this is a carpet that nobody reads."""

MAX_PAIRS: Final = 8
"""Pairs in the table of conflicts; the map shows the others."""

MAX_VOTES: Final = 10
"""Rows with this many votes or more share the last bar."""

NAMES, LONGEST_NAME = 190, 26
SHADES: Final = 5
MIN_SIDE: Final = 3.0


def interactions(data: ReportData) -> Markup:
    """Return the agreement map and the number of votes a row."""
    chart, lonely = _votes_per_row(data)
    agreement, cut = _map(data) if data.matrix.m > 1 else (None, "")
    return section(
        "interactions",
        votes=chart,
        lonely=lonely,
        map=agreement,
        cut=cut,
        shades=range(SHADES),
        quarrels=_quarrels(data),
    )


def _votes_per_row(data: ReportData) -> tuple[Markup, str]:
    """Return rows by their number of votes, and what to say of those with few."""
    votes = (data.matrix.votes >= 0).sum(axis=1)
    last = min(MAX_VOTES, max(int(votes.max(initial=0)), 1))
    counts = np.bincount(np.minimum(votes, last), minlength=last + 1).tolist()
    names = [str(i) for i in range(last + 1)]
    if int(votes.max(initial=0)) > last:
        names[-1] = f"{last}+"
    chart = column_chart(names, counts, title="Rows by number of votes", axis="votes on the row", dim=0)
    return chart, _lonely(counts[0], counts[1])


def _lonely(none: int, single: int) -> str:
    uncovered = f"{count(none, 'row')} got no vote" if none else "Every row got a vote"
    confirmed = f"{count(single, 'row')} got a single vote, which nothing confirms" if single else ""
    return "; ".join(filter(None, (uncovered, confirmed))) + "."


def _map(data: ReportData) -> tuple[Markup, str]:
    """Return the map of the LFs that meet others most, and how many those are where some are left out."""
    pairs = pair_counts(data.matrix)
    chosen = _by_class(data.matrix, _most_met(pairs))
    names = [data.matrix.lf_names[j] for j in chosen]
    part = PairCounts(
        overlaps=pairs.overlaps[np.ix_(chosen, chosen)], agreements=pairs.agreements[np.ix_(chosen, chosen)]
    )
    left = len(chosen) < data.matrix.m
    cut = f"Of {data.matrix.m} labeling functions, the {MAX_MAPPED} that meet others most often are shown."
    return agreement_map(names, part), cut if left else ""


def _quarrels(data: ReportData) -> Table | None:
    """Return the pairs that contradict each other most often."""
    found = pair_table(data.matrix, most=MAX_PAIRS, confidence=0.95)
    quarrels = found.filter(found["conflicts"] > 0)
    if quarrels.is_empty():
        return None
    rows = [
        (
            row["a"],
            row["b"],
            f"{row['overlaps']:,}",
            f"{row['conflicts']:,}",
            ranged(row, "agreement"),
        )
        for row in quarrels.iter_rows(named=True)
    ]
    caption = "The pairs with most conflicts: on how many rows both vote, and how often they then agree."
    heads = ("Labeling function", "and", "Both vote", "Contradict", "Agree")
    return Table(caption, heads, rows, numbers=(2, 3, 4), kind="cards")


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


def agreement_map(names: Sequence[str], pairs: PairCounts) -> Markup:
    """Return the lower triangle of pairs, from contradiction to agreement; blank where two never meet."""
    m = len(names)
    cell = 26 if m <= 12 else 18 if m <= 24 else 14
    clipped = [clip(name, LONGEST_NAME) for name in names]
    shapes: list[Shape] = []
    for i, name in enumerate(clipped):
        shapes.append(Label(NAMES - 8, (i + 0.5) * cell + 4, f"{name}  {i + 1}", "rowname", "end"))
        shapes += [_square(i, j, clipped, pairs, cell) for j in range(i) if pairs.overlaps[i, j]]
    shapes += [
        Label(NAMES + (j + 0.5) * cell, m * cell + 14, str(j + 1), "tiny", "middle") for j in range(m - 1)
    ]
    title = f"Agreement of {m} labeling functions, pair by pair"
    return svg(NAMES + m * cell + 4, m * cell + 22, title, shapes, fixed=True)


def _square(i: int, j: int, names: Sequence[str], pairs: PairCounts, cell: float) -> Rect:
    both, same = int(pairs.overlaps[i, j]), int(pairs.agreements[i, j])
    x, y = NAMES + j * cell, i * cell
    # The area says how much there is to go on: a chance meeting must not look like a quarrel.
    share = both / min(int(pairs.overlaps[i, i]), int(pairs.overlaps[j, j]))
    side = max((cell - 2) * math.sqrt(share), MIN_SIDE)
    inset = (cell - side) / 2
    shade = min(int(SHADES * same / both), SHADES - 1)
    said = f"{names[i]} and {names[j]}: agree on {same:,} of {both:,} common rows ({percent(same / both)})"
    return Rect(x + inset, y + inset, side, side, f"h{shade}", said)
