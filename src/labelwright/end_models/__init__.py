"""End models: classifiers trained on probabilistic labels."""

from __future__ import annotations

from labelwright.end_models.noise_aware_classifier import NoiseAwareClassifier

__all__ = ["NoiseAwareClassifier"]
