"""Run labeling functions over data."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from labelwright.core import LabelMatrix, LabelSpace
from labelwright.lfs import KeywordsLF


def apply(lfs: Sequence[KeywordsLF], data: pl.DataFrame, *, space: LabelSpace) -> LabelMatrix:
    """Run all LFs in one polars select and return their label matrix."""
    return LabelMatrix.from_polars(data.select(lf.expr(space) for lf in lfs), space=space)
