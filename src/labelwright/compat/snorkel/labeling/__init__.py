"""Labeling functions, their application and their analysis, under Snorkel's names."""

from __future__ import annotations

from labelwright.compat.snorkel.labeling.analysis import LFAnalysis
from labelwright.compat.snorkel.labeling.apply import LFApplier, PandasLFApplier
from labelwright.compat.snorkel.labeling.coverage import filter_unlabeled_dataframe
from labelwright.compat.snorkel.labeling.lf import LabelingFunction, labeling_function

__all__ = [
    "LFAnalysis",
    "LFApplier",
    "LabelingFunction",
    "PandasLFApplier",
    "filter_unlabeled_dataframe",
    "labeling_function",
]
