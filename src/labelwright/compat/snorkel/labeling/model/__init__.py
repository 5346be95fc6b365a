"""Label models under Snorkel's names."""

from __future__ import annotations

from labelwright.compat.snorkel.labeling.model.base_labeler import BaseLabeler
from labelwright.compat.snorkel.labeling.model.baselines import (
    MajorityClassVoter,
    MajorityLabelVoter,
    RandomVoter,
)
from labelwright.compat.snorkel.labeling.model.label_model import LabelModel

__all__ = ["BaseLabeler", "LabelModel", "MajorityClassVoter", "MajorityLabelVoter", "RandomVoter"]
