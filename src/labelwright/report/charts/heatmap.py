"""How often each pair of LFs agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence

from labelwright._display.markup import Markup, el
from labelwright.analysis import PairCounts
from labelwright.report.charts.svg import label, rect, svg
from labelwright.report.words import clip, percent

NAMES, LONGEST_NAME = 190, 26
SHADES, MIN_SIDE = 5, 3.0


def agreement_map(names: Sequence[str], pairs: PairCounts) -> Markup:
    """Return the lower triangle of pairs, from contradiction to agreement; blank where two never meet."""
    m = len(names)
    cell = 26 if m <= 12 else 18 if m <= 24 else 14
    rows = [_row(i, names, pairs, cell) for i in range(m)]
    feet = [
        label(NAMES + (j + 0.5) * cell, m * cell + 14, str(j + 1), "tiny", "middle") for j in range(m - 1)
    ]
    title = f"Agreement of {m} labeling functions, pair by pair"
    return svg(NAMES + m * cell + 4, m * cell + 22, title, rows, feet, fixed=True)


def legend() -> Markup:
    """Return what the shades mean."""
    steps = [el("i", class_=f"key h{shade}") for shade in range(SHADES)]
    return el("p", "always disagree ", steps, " always agree", class_="legend", aria_hidden="true")


def _row(i: int, names: Sequence[str], pairs: PairCounts, cell: float) -> list[Markup]:
    name = f"{clip(names[i], LONGEST_NAME)}  {i + 1}"
    cells = [_cell(i, j, names, pairs, cell) for j in range(i) if pairs.overlaps[i, j]]
    return [label(NAMES - 8, (i + 0.5) * cell + 4, name, "rowname", "end"), *cells]


def _cell(i: int, j: int, names: Sequence[str], pairs: PairCounts, cell: float) -> Markup:
    both, same = int(pairs.overlaps[i, j]), int(pairs.agreements[i, j])
    x, y = NAMES + j * cell, i * cell
    # The area says how much there is to go on: a chance meeting must not look like a quarrel.
    share = both / min(int(pairs.overlaps[i, i]), int(pairs.overlaps[j, j]))
    side = max((cell - 2) * math.sqrt(share), MIN_SIDE)
    inset = (cell - side) / 2
    shade = min(int(SHADES * same / both), SHADES - 1)
    pair = f"{clip(names[i], LONGEST_NAME)} and {clip(names[j], LONGEST_NAME)}"
    said = f"{pair}: agree on {same:,} of {both:,} common rows ({percent(same / both)})"
    return rect(x + inset, y + inset, side, side, f"h{shade}", el("title", said))
