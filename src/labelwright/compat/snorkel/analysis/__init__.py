"""Scores and label buckets under Snorkel's names."""

from __future__ import annotations

from labelwright.compat.snorkel.analysis.error_analysis import get_label_buckets, get_label_instances
from labelwright.compat.snorkel.analysis.metrics import METRICS, metric_score
from labelwright.compat.snorkel.analysis.scorer import Scorer

__all__ = ["METRICS", "Scorer", "get_label_buckets", "get_label_instances", "metric_score"]
