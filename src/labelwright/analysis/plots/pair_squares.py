"""How often each pair of LFs meets, agrees or conflicts."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
import polars as pl

from labelwright._errors import SchemaError
from labelwright._validate import did_you_mean
from labelwright.analysis._pairs import pair_counts
from labelwright.analysis.plots.canvas import ACCENT, WARM, altair, rows_of, styled
from labelwright.core import LabelMatrix

MAX_SHOWN: Final = 40
"""More LFs than this make squares that nobody can tell apart."""

CELL: Final = 18
READINGS: Final = {
    "agreement": "share of common rows with the same vote",
    "overlaps": "share of all rows on which both vote",
    "conflicts": "share of all rows on which they contradict each other",
}


def pairs(
    matrix: LabelMatrix,
    *,
    show: Literal["agreement", "overlaps", "conflicts"] = "agreement",
    most: int = MAX_SHOWN,
) -> Any:
    """Plot the matrix of all pairs of LFs; the mouse over a square gives its numbers.

    The paler a square of agreement, the smaller the part of their rows on which the two meet: a chance
    meeting does not look like a quarrel.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    show : {"agreement", "overlaps", "conflicts"}, default "agreement"
        What the colour says. Pairs that never meet have no square.
    most : int, default 40
        LFs to show at most, those that meet others most often.

    Returns
    -------
    altair.Chart

    Raises
    ------
    MissingExtraError
        Altair is not installed.
    SchemaError
        Another `show`.

    Examples
    --------
    >>> from labelwright.analysis import plots
    >>> chart = plots.pairs(LabelMatrix([[0, 0], [0, 1]], lf_names=["a", "b"]))  # doctest: +SKIP
    """
    if show not in READINGS:
        hint = did_you_mean(show, READINGS) or f"; expected one of {', '.join(READINGS)}"
        raise SchemaError(f"show={show!r} is nothing that pairs have{hint}")
    alt = altair()
    frame, names = _squares(matrix, most)
    side = max(CELL * len(names), CELL)
    scale = (
        alt.Scale(domain=[0, 0.5, 1], range=[WARM, "#e1e5ea", ACCENT], interpolate="rgb")
        if show == "agreement"
        else alt.Scale(domain=[0, max(frame[show].max() or 0, 1e-9)], range=["#e8eff9", ACCENT])
    )
    percents = ("overlaps", "conflicts", "agreement")
    chart = (
        alt.Chart(rows_of(frame), width=side, height=side, title=f"Pairs of LFs: {READINGS[show]}")
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("a:N", sort=names, title=None, axis=alt.Axis(labelAngle=-90)),
            y=alt.Y("b:N", sort=names, title=None),
            color=alt.Color(f"{show}:Q", scale=scale, legend=alt.Legend(format="%", title=show)),
            opacity=alt.Opacity("weight:Q", scale=alt.Scale(domain=[0, 1], range=[0.25, 1]), legend=None)
            if show == "agreement"
            else alt.value(1),
            tooltip=["a:N", "b:N", "rows:Q", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in percents)],
        )
    )
    return styled(chart)


def _squares(matrix: LabelMatrix, most: int) -> tuple[pl.DataFrame, list[str]]:
    """Return one row a pair that meets, in both orders, and the LFs in the order of the axes."""
    counts = pair_counts(matrix)
    met = counts.overlaps.sum(axis=1) - np.diagonal(counts.overlaps)
    chosen = np.sort(np.argsort(-met, kind="stable")[:most])
    part = np.ix_(chosen, chosen)
    overlaps, agreements = counts.overlaps[part], counts.agreements[part]
    i, j = np.nonzero(overlaps * ~np.eye(len(chosen), dtype=bool))
    names = [matrix.lf_names[c] for c in chosen]
    votes = np.diagonal(overlaps)
    n = max(matrix.n, 1)
    frame = pl.DataFrame(
        {
            "a": pl.Series([names[c] for c in i], dtype=pl.String),
            "b": pl.Series([names[c] for c in j], dtype=pl.String),
            "rows": overlaps[i, j],
            "overlaps": overlaps[i, j] / n,
            "conflicts": (overlaps - agreements)[i, j] / n,
            "agreement": agreements[i, j] / overlaps[i, j],
            "weight": np.sqrt(overlaps[i, j] / np.minimum(votes[i], votes[j])),
        }
    )
    return frame, names
