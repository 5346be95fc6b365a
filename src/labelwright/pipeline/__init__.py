"""A project folder, end to end."""

from __future__ import annotations

from labelwright.pipeline.events import Cancel, Event
from labelwright.pipeline.inspection import Analyzed, View
from labelwright.pipeline.project import Project
from labelwright.pipeline.results import (
    Applied,
    AppliedTasks,
    Exported,
    Fitted,
    LFOutcome,
    Predictions,
    RunResult,
    Trained,
)
from labelwright.pipeline.worth import WorthResult

__all__ = [
    "Analyzed",
    "Applied",
    "AppliedTasks",
    "Cancel",
    "Event",
    "Exported",
    "Fitted",
    "LFOutcome",
    "Predictions",
    "Project",
    "RunResult",
    "Trained",
    "View",
    "WorthResult",
]
