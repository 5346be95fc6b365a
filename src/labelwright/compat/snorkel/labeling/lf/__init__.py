"""Labeling functions under Snorkel's names; the ones over spaCy documents are in ``nlp``."""

from __future__ import annotations

from labelwright.compat.snorkel.labeling.lf.core import LabelingFunction, labeling_function

__all__ = ["LabelingFunction", "labeling_function"]
