"""A project folder, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright.pipeline.events import Cancel, Event
from labelwright.pipeline.hand_labeling import HandLabeled, HandLabeling
from labelwright.pipeline.project import Project
from labelwright.pipeline.results import (
    Applied,
    AppliedTasks,
    Exported,
    Fitted,
    LFOutcome,
    Predictions,
    Reported,
    RunResult,
    Trained,
)
from labelwright.pipeline.serving import Predictor, load_predictor

if TYPE_CHECKING:
    from labelwright.pipeline.inspection import Analyzed as Analyzed
    from labelwright.pipeline.inspection import View as View
    from labelwright.pipeline.new_project import NewProject as NewProject
    from labelwright.pipeline.new_project import create_project as create_project
    from labelwright.pipeline.why import Why as Why
    from labelwright.pipeline.worth import WorthResult as WorthResult

__all__ = [
    "Analyzed",
    "Applied",
    "AppliedTasks",
    "Cancel",
    "Event",
    "Exported",
    "Fitted",
    "HandLabeled",
    "HandLabeling",
    "LFOutcome",
    "NewProject",
    "Predictions",
    "Predictor",
    "Project",
    "Reported",
    "RunResult",
    "Trained",
    "View",
    "Why",
    "WorthResult",
    "create_project",
    "load_predictor",
]


def __getattr__(name: str) -> Any:
    """Return what only some commands need, loaded when it is asked for: others start sooner without."""
    if name in ("Analyzed", "View"):
        from labelwright.pipeline import inspection

        return getattr(inspection, name)
    if name in ("NewProject", "create_project"):
        from labelwright.pipeline import new_project

        return getattr(new_project, name)
    if name == "Why":
        from labelwright.pipeline.why import Why

        return Why
    if name == "WorthResult":
        from labelwright.pipeline.worth import WorthResult

        return WorthResult
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
