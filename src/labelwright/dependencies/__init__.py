"""Which labeling functions copy or correct each other, learned from votes without labels."""

from __future__ import annotations

from labelwright.dependencies._learn import learn_dependencies
from labelwright.dependencies.things_read import Reader

__all__ = ["Reader", "learn_dependencies"]
