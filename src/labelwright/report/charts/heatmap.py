"""How often each pair of LFs agrees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelwright.analysis import PairCounts
from labelwright.report.charts.svg import label, rect, svg
from labelwright.report.markup import Markup, el
from labelwright.report.words import clip, percent

NAMES, LONGEST_NAME = 190, 26
SHADES = 5


def agreement_map(names: Sequence[str], pairs: PairCounts) -> Markup:
    """Return the lower triangle of pairs, from contradiction to agreement; blank where two never meet."""
    m = len(names)
    cell = 26 if m <= 12 else 18 if m <= 24 else 14
    rows = [_row(i, names, pairs, cell) for i in range(m)]
    feet = [
        label(NAMES + (j + 0.5) * cell, m * cell + 14, str(j + 1), "tick", "middle") for j in range(m - 1)
    ]
    title = f"Agreement of {m} labeling functions, pair by pair"
    return svg(NAMES + m * cell + 4, m * cell + 22, title, rows, feet, fixed=True)


def legend() -> Markup:
    """Return what the shades mean."""
    steps = [el("i", class_=f"key h{shade}") for shade in range(SHADES)]
    return el("p", "always disagree ", steps, " always agree", class_="legend", aria_hidden="true")


def _row(i: int, names: Sequence[str], pairs: PairCounts, cell: float) -> list[Markup]:
    name = label(
        NAMES - 8, (i + 0.5) * cell + 4, f"{clip(names[i], LONGEST_NAME)}  {i + 1}", "rowname", "end"
    )
    met = np.flatnonzero(pairs.overlaps[i, :i])
    cells = [_cell(i, int(j), names, pairs, cell) for j in range(i)]
    return [name, *cells] if len(met) or i else [name]


def _cell(i: int, j: int, names: Sequence[str], pairs: PairCounts, cell: float) -> Markup:
    both, same = int(pairs.overlaps[i, j]), int(pairs.agreements[i, j])
    x, y, side = NAMES + j * cell + 1, i * cell + 1, cell - 2
    if not both:
        return rect(x, y, side, side, "none")
    shade = min(int(SHADES * same / both), SHADES - 1)
    pair = f"{clip(names[i], LONGEST_NAME)} and {clip(names[j], LONGEST_NAME)}"
    said = f"{pair}: agree on {same:,} of {both:,} common rows ({percent(same / both)})"
    return rect(x, y, side, side, f"h{shade}", el("title", said))
