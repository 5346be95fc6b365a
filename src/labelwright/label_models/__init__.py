"""Label models: from votes to probabilistic labels."""

from __future__ import annotations

from labelwright.label_models.base import BaseLabelModel
from labelwright.label_models.dawid_skene import DawidSkene
from labelwright.label_models.majority_vote import MajorityVote
from labelwright.label_models.weighted_majority_vote import WeightedMajorityVote

__all__ = ["BaseLabelModel", "DawidSkene", "MajorityVote", "WeightedMajorityVote"]
