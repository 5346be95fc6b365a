"""Label models: from votes to probabilistic labels."""

from __future__ import annotations

from labelwright.label_models.majority_vote import MajorityVote

__all__ = ["MajorityVote"]
