"""Rows as bars: by number of votes, by confidence of the label, and how much of each class is covered."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelwright._types import ABSTAIN
from labelwright.analysis._inputs import as_mask, as_probabilities
from labelwright.analysis.class_coverage import coverage_by_class as table_of
from labelwright.analysis.plots.canvas import ACCENT, FIVE, GREY, WARM, altair, by_name, rows_of, styled
from labelwright.core import LabelMatrix
from labelwright.core.votes.counts import conflicting

BINS = 20
STEP = 24


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


def confidence(P: object, *, covered: object = None) -> Any:
    """Plot how many rows have a label of which confidence, its largest probability.

    Parameters
    ----------
    P : (n, k) float, or mapping of str to (n, k) float
        Probabilities of one model, or of several by their names, beneath each other.
    covered : (n,) bool, optional
        Rows to look at, ``LabelMatrix.covered``; all without.

    Returns
    -------
    altair.Chart

    Raises
    ------
    MissingExtraError
        Altair is not installed.
    SchemaError
        Probabilities or mask of a wrong shape.

    Examples
    --------
    >>> from labelwright.analysis import plots
    >>> chart = plots.confidence([[0.9, 0.1], [0.5, 0.5]])  # doctest: +SKIP
    """
    alt = altair()
    frames = [_bars(name, values, covered) for name, values in by_name(P, "labels").items()]
    names = [frame["model"][0] for frame in frames]
    bars = (
        alt.Chart(width=380, height=150 if len(names) > 1 else 220)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("from:Q", bin="binned", title="confidence of the label", axis=alt.Axis(format="%")),
            x2="to:Q",
            y=alt.Y("rows:Q", title="rows", axis=alt.Axis(grid=True, format=",d")),
            color=alt.Color("model:N", scale=alt.Scale(domain=names, range=list(FIVE)), legend=None),
            tooltip=[
                "model:N",
                alt.Tooltip("from:Q", format=".0%"),
                alt.Tooltip("to:Q", format=".0%"),
                "rows:Q",
            ],
        )
    )
    whole = bars.properties(data=rows_of(pl.concat(frames)))
    if len(names) == 1:
        return styled(whole.properties(title="How sure the labels are"))
    rows = whole.facet(row=alt.Row("model:N", sort=names, title=None, header=_header(alt)))
    return styled(rows.properties(title="How sure the labels are"))


def _header(alt: Any) -> Any:
    return alt.Header(labelAngle=0, labelAlign="left", labelOrient="top", labelAnchor="start")


def _bars(name: str, P: object, covered: object) -> pl.DataFrame:
    probabilities = as_probabilities(P)
    n, k = probabilities.shape
    mask = as_mask(np.ones(n, bool) if covered is None else covered, n=n, what="covered")
    counts, edges = np.histogram(probabilities[mask].max(axis=1), bins=BINS, range=(1 / k, 1 + 1e-9))
    return pl.DataFrame(
        {"model": [name] * BINS, "from": edges[:-1], "to": edges[1:].clip(max=1.0), "rows": counts}
    )


def coverage_by_class(matrix: LabelMatrix, labels: object) -> Any:
    """Plot which share of the rows of each class gets at least one vote, and how many votes are right.

    Parameters
    ----------
    matrix : LabelMatrix
        The votes.
    labels : (n,) integers
        Gold labels, -1 where unknown; or a model's classes, which say more of the model.

    Returns
    -------
    altair.Chart
        Full bars: rows with a vote *for their class*; pale: only with votes for others.

    Raises
    ------
    MissingExtraError
        Altair is not installed.
    LabelMatrixError, SchemaError
        As `labelwright.analysis.coverage_by_class`.

    Examples
    --------
    >>> from labelwright.analysis import plots
    >>> chart = plots.coverage_by_class(LabelMatrix([[0, 0], [0, 1]]), [0, 1])  # doctest: +SKIP
    """
    alt = altair()
    frame = table_of(matrix, labels)
    names = frame["class"].to_list()
    y = alt.Y("class:N", sort=names, title=None)
    share = alt.Scale(domain=[0, 1])
    said = alt.Title("Rows with a vote, by class", subtitle="pale: only votes for other classes")
    base = alt.Chart(rows_of(frame), width=380, height=alt.Step(STEP), title=said)
    tip = ["class:N", "rows:Q", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in ("coverage", "found"))]
    whole = alt.layer(
        base.mark_bar(color=ACCENT, opacity=0.35).encode(
            x=alt.X("coverage:Q", scale=share, title="share of the class", axis=alt.Axis(format="%")),
            y=y,
            tooltip=tip,
        ),
        base.mark_bar(color=ACCENT).encode(x=alt.X("found:Q", scale=share), y=y, tooltip=tip),
        base.mark_rule(color="black", opacity=0.6).encode(x="coverage_low:Q", x2="coverage_high:Q", y=y),
    )
    return styled(whole)
