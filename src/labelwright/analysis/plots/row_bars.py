"""How many votes rows get."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelwright._types import ABSTAIN
from labelwright.analysis.plots.canvas import ACCENT, GREY, WARM, altair, rows_of, styled
from labelwright.core import LabelMatrix
from labelwright.core.votes.counts import conflicting


def votes_per_row(matrix: LabelMatrix) -> Any:
    """Plot how many rows get 0, 1, 2, ... votes, and on how many of them votes contradict each other.

    Rows without a vote teach nothing; a single vote is confirmed by nothing.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.

    Returns
    -------
    altair.Chart

    Raises
    ------
    MissingExtraError
        Altair is not installed.

    Examples
    --------
    >>> from labelwright.analysis import plots
    >>> chart = plots.votes_per_row(LabelMatrix([[0, 0], [0, 1]]))  # doctest: +SKIP
    """
    alt = altair()
    kinds = ["no vote", "votes agree", "votes contradict each other"]
    colours = alt.Scale(domain=kinds, range=[GREY, ACCENT, WARM])
    chart = (
        alt.Chart(rows_of(vote_counts(matrix, kinds)), width=380, height=220, title="Rows by number of votes")
        .mark_bar()
        .encode(
            x=alt.X("votes:O", title="votes on the row", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("rows:Q", title="rows", axis=alt.Axis(grid=True, format=",d")),
            color=alt.Color("kind:N", scale=colours, title=None),
            order=alt.Order("place:Q"),
            tooltip=["votes:O", "kind:N", alt.Tooltip("rows:Q", format=",")],
        )
    )
    return styled(chart)


def vote_counts(matrix: LabelMatrix, kinds: list[str]) -> pl.DataFrame:
    """Return the rows by number of votes and kind: without a vote, in agreement, in conflict."""
    votes = (matrix.votes != ABSTAIN).sum(axis=1)
    against = conflicting(matrix.votes, matrix.vote_sets).any(axis=1)
    kind = np.where(votes == 0, 0, 1 + against)
    width = int(votes.max(initial=0)) + 1
    table = np.bincount(kind * width + votes, minlength=3 * width).reshape(3, width)
    place, number = np.nonzero(table)
    return pl.DataFrame(
        {
            "votes": number,
            "kind": [kinds[p] for p in place],
            "place": place,
            "rows": table[place, number],
        }
    )
