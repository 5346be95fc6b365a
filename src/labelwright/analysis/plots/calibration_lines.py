"""Whether probabilities mean what they say."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelwright.analysis._calibration import BINS, calibration_curve
from labelwright.analysis._inputs import Classes
from labelwright.analysis.plots.canvas import FIVE, GREY, altair, by_name, rows_of, styled

SIDE = 300


def calibration(P: object, gold: object, *, bins: int = BINS, space: Classes = None) -> Any:
    """Plot how often labels of each confidence are right, with 95% intervals.

    On the dashed line a model is as sure as it is right; below it surer. The larger a dot, the more rows.

    Parameters
    ----------
    P : (n, k) float, or mapping of str to (n, k) float
        Probabilities of one model, or of several by their names.
    gold : (n,) labels
        Hand labels by class name or index, None or -1 where unknown.
    bins : int, default 10
        Bins of equal width.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Returns
    -------
    altair.Chart

    Raises
    ------
    MissingExtraError
        Altair is not installed.
    SchemaError, LabelMatrixError
        As `calibration_curve`.

    Examples
    --------
    >>> from labelwright.analysis import plots
    >>> chart = plots.calibration([[0.9, 0.1], [0.4, 0.6]], [0, 1])  # doctest: +SKIP
    """
    alt = altair()
    models = by_name(P, "labels")
    frame = pl.concat(
        [
            pl.DataFrame(calibration_curve(values, gold, bins=bins, space=space)).with_columns(
                model=pl.lit(name)
            )
            for name, values in models.items()
        ]
    )
    share = alt.Scale(domain=[0, 1])
    x = alt.X("confidence:Q", scale=share, title="confidence of the label", axis=alt.Axis(format="%"))
    y = alt.Y("accuracy:Q", scale=share, title="how often it is right", axis=alt.Axis(format="%", grid=True))
    legend = None if len(models) == 1 else alt.Legend(title=None, symbolType="circle")
    colour = alt.Color("model:N", scale=alt.Scale(domain=list(models), range=list(FIVE)), legend=legend)
    base = alt.Chart(rows_of(frame)).encode(x=x, color=colour)
    diagonal = alt.Chart(rows_of(pl.DataFrame({"confidence": [0.0, 1.0], "accuracy": [0.0, 1.0]})))
    whole = alt.layer(
        diagonal.mark_line(color=GREY, strokeDash=[4, 4]).encode(x=x, y=y),
        base.mark_rule(opacity=0.5).encode(y=alt.Y("low:Q", scale=share, title=""), y2="high:Q"),
        base.mark_line(strokeWidth=1, opacity=0.6).encode(y=y),
        base.mark_circle(opacity=1).encode(
            y=y,
            size=alt.Size("rows:Q", scale=alt.Scale(range=[25, 220]), legend=None),
            tooltip=["model:N", *(alt.Tooltip(f"{name}:Q", format=".1%") for name in _SHARES), "rows:Q"],
        ),
    )
    return styled(whole.properties(width=SIDE, height=SIDE, title="Calibration"))


_SHARES = ("confidence", "accuracy", "low", "high")
