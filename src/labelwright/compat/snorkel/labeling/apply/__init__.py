"""Appliers under Snorkel's names."""

from __future__ import annotations

from labelwright.compat.snorkel.labeling.apply.core import ApplierMetadata, LFApplier
from labelwright.compat.snorkel.labeling.apply.pandas import PandasLFApplier

__all__ = ["ApplierMetadata", "LFApplier", "PandasLFApplier"]
