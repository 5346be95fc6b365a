"""Results on disk: votes in Parquet, models, and the ledger of what was run, each safe against a kill."""

from __future__ import annotations

from labelwright._files import content_key, remove_partials, write_atomically, write_text
from labelwright.store.artifacts import ModelStore, SoftLabels, SoftLabelStore
from labelwright.store.ledger import Ledger, LFRun, LFVersion, Metric, Run
from labelwright.store.lock import ProjectLock
from labelwright.store.votes import FaultRecord, StoredVotes, VoteStore

__all__ = [
    "FaultRecord",
    "LFRun",
    "LFVersion",
    "Ledger",
    "Metric",
    "ModelStore",
    "ProjectLock",
    "Run",
    "SoftLabelStore",
    "SoftLabels",
    "StoredVotes",
    "VoteStore",
    "content_key",
    "remove_partials",
    "write_atomically",
    "write_text",
]
