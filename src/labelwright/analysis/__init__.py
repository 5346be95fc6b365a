"""How good the votes, the labels and the models are: pure functions on arrays."""

from __future__ import annotations

from labelwright.analysis import plots as plots
from labelwright.analysis._calibration import calibration_curve, expected_calibration_error
from labelwright.analysis._metrics import (
    accuracy,
    brier_score,
    confusion_matrix,
    expected_accuracy,
    f1_binary,
    log_loss,
    macro_f1,
)
from labelwright.analysis._pairs import pair_counts, pair_table
from labelwright.analysis._scores import Metrics, Scores, accuracy_difference, score
from labelwright.analysis.buckets import error_buckets
from labelwright.analysis.class_coverage import coverage_by_class
from labelwright.analysis.comparison import Comparison
from labelwright.analysis.evaluation import Evaluation, GoldRows
from labelwright.analysis.gaps import coverage_gaps
from labelwright.analysis.goldless.evaluate import evaluate_without_gold
from labelwright.analysis.goldless.evaluation import GoldlessEvaluation, ModelEvidence, PairEvidence
from labelwright.analysis.intervals import Interval, wilson_interval
from labelwright.analysis.lf_accuracy import lf_accuracies
from labelwright.analysis.per_class import lf_classes
from labelwright.analysis.per_lf import lf_statistics
from labelwright.analysis.resampling import Resampling
from labelwright.analysis.rows import contested_rows, disagreements, uncovered_terms
from labelwright.analysis.versions import compare
from labelwright.core.votes.counts import PairCounts

__all__ = [
    "Comparison",
    "Evaluation",
    "GoldRows",
    "GoldlessEvaluation",
    "Interval",
    "Metrics",
    "ModelEvidence",
    "PairCounts",
    "PairEvidence",
    "Resampling",
    "Scores",
    "accuracy",
    "accuracy_difference",
    "brier_score",
    "calibration_curve",
    "compare",
    "confusion_matrix",
    "contested_rows",
    "coverage_by_class",
    "coverage_gaps",
    "disagreements",
    "error_buckets",
    "evaluate_without_gold",
    "expected_accuracy",
    "expected_calibration_error",
    "f1_binary",
    "lf_accuracies",
    "lf_classes",
    "lf_statistics",
    "log_loss",
    "macro_f1",
    "pair_counts",
    "pair_table",
    "score",
    "uncovered_terms",
    "wilson_interval",
]
