"""End models: classifiers trained on probabilistic labels.

The names load when they are first used, and torch only when a net is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright._lazy import loaded

if TYPE_CHECKING:
    from labelwright.end_models._saving import load as load
    from labelwright.end_models._saving import save as save
    from labelwright.end_models.base import EndModel as EndModel
    from labelwright.end_models.loss import soft_cross_entropy as soft_cross_entropy
    from labelwright.end_models.noise_aware_classifier import NoiseAwareClassifier as NoiseAwareClassifier
    from labelwright.end_models.noise_aware_net import NoiseAwareNet as NoiseAwareNet
    from labelwright.end_models.text import TextFeatures as TextFeatures
    from labelwright.end_models.text import text_classifier as text_classifier

_HOME = {
    "EndModel": ".base",
    "NoiseAwareClassifier": ".noise_aware_classifier",
    "NoiseAwareNet": ".noise_aware_net",
    "TextFeatures": ".text",
    "load": "._saving",
    "save": "._saving",
    "soft_cross_entropy": ".loss",
    "text_classifier": ".text",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    return loaded(__name__, _HOME, name)


def __dir__() -> list[str]:
    return sorted(__all__)
