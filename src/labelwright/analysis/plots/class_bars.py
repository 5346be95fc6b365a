"""How much of each class is covered."""

from __future__ import annotations

from typing import Any

from labelwright.analysis.class_coverage import coverage_by_class as table_of
from labelwright.analysis.plots.canvas import ACCENT, altair, rows_of, styled
from labelwright.core import LabelMatrix

STEP = 24


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
