"""Results on disk: votes in Parquet, models, and the ledger of what was run, each safe against a kill."""

from __future__ import annotations

from labelwright._files import content_key, file_digest, remove_partials, write_atomically, write_text
from labelwright.store.labels import SoftLabels, SoftLabelStore, check_distributions
from labelwright.store.ledger import Ledger, LFRun, LFVersion, Metric, RunRecord, opened_ledger
from labelwright.store.lock import ProjectLock
from labelwright.store.models import ModelStore
from labelwright.store.values import ValueStore
from labelwright.store.votes import FaultRecord, StoredVotes, VoteStore

__all__ = [
    "FaultRecord",
    "LFRun",
    "LFVersion",
    "Ledger",
    "Metric",
    "ModelStore",
    "ProjectLock",
    "RunRecord",
    "SoftLabelStore",
    "SoftLabels",
    "StoredVotes",
    "ValueStore",
    "VoteStore",
    "check_distributions",
    "content_key",
    "file_digest",
    "opened_ledger",
    "remove_partials",
    "write_atomically",
    "write_text",
]
