"""Which modelling is worth it, and what to write next: the rule-based optimizer of data programming.

Names are loaded when they are asked for: what reads the code of LFs needs none of the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelwright.advisor.modelling._advise import advise as advise
    from labelwright.advisor.modelling.advantage_bound import Advantage as Advantage
    from labelwright.advisor.modelling.advantage_bound import modelling_advantage as modelling_advantage
    from labelwright.advisor.modelling.examination import ClassVotes as ClassVotes
    from labelwright.advisor.modelling.modelling_advice import ModellingAdvice as ModellingAdvice
    from labelwright.advisor.modelling.strength_sweep import StrengthSweep as StrengthSweep
    from labelwright.advisor.modelling.strength_sweep import sweep_strengths as sweep_strengths
    from labelwright.advisor.modelling.trial_fit import Trial as Trial
    from labelwright.advisor.next_steps._advice import advice as advice
    from labelwright.core.finding import Finding as Finding

_HOME = {
    "Advantage": "advisor.modelling.advantage_bound",
    "ClassVotes": "advisor.modelling.examination",
    "Finding": "core.finding",
    "ModellingAdvice": "advisor.modelling.modelling_advice",
    "StrengthSweep": "advisor.modelling.strength_sweep",
    "Trial": "advisor.modelling.trial_fit",
    "advice": "advisor.next_steps._advice",
    "advise": "advisor.modelling._advise",
    "modelling_advantage": "advisor.modelling.advantage_bound",
    "sweep_strengths": "advisor.modelling.strength_sweep",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'labelwright.advisor' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"labelwright.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
