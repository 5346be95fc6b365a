"""What all plots share: the library, the colours, and which inputs they take."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

import polars as pl

from labelwright._errors import MissingExtraError

ACCENT: Final = "#3f6fc0"
WARM: Final = "#c8621b"
GREY: Final = "#8a94a3"
FIVE: Final = ("#3f6fc0", "#c8621b", "#2e7d4f", "#8d5aa8", "#8a94a3")
"""Colours of models, in their order; a sixth model gets the first again."""


def altair() -> ModuleType:
    """Return the plotting library.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import altair as alt
    except ImportError:
        raise MissingExtraError("altair", extra="plot", purpose="plotting") from None
    return alt


def rows_of(frame: pl.DataFrame) -> Any:
    """Return a frame as the inline data of a chart: no row limit, no pandas, one format in every version."""
    return altair().Data(values=frame.to_dicts())


def styled(chart: Any) -> Any:
    """Return a chart without a frame, its texts in the reader's own font size."""
    return (
        chart.configure_view(stroke=None)
        .configure_axis(grid=False, labelLimit=220, titleFontWeight="normal", titlePadding=8)
        .configure_legend(titleFontWeight="normal", labelLimit=200)
        .configure_title(anchor="start", fontWeight="normal", fontSize=13, offset=10)
    )


def by_name(P: object, alone: str) -> Mapping[str, object]:
    """Return probabilities of models by name; those of one model get the name `alone`."""
    return P if isinstance(P, Mapping) else {alone: P}
