"""How sure labels are."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from labelwright.analysis._inputs import as_mask, as_probabilities
from labelwright.analysis.plots.canvas import FIVE, altair, by_name, rows_of, styled

BINS = 20


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
