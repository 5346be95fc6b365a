"""Which modelling is worth it, and what to write next: the rule-based optimizer of data programming.

Names are loaded when they are asked for: what reads the code of LFs needs none of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright._lazy import loaded

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
    "Advantage": ".modelling.advantage_bound",
    "ClassVotes": ".modelling.examination",
    "Finding": "labelwright.core.finding",
    "ModellingAdvice": ".modelling.modelling_advice",
    "StrengthSweep": ".modelling.strength_sweep",
    "Trial": ".modelling.trial_fit",
    "advice": ".next_steps._advice",
    "advise": ".modelling._advise",
    "modelling_advantage": ".modelling.advantage_bound",
    "sweep_strengths": ".modelling.strength_sweep",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    return loaded(__name__, _HOME, name)


def __dir__() -> list[str]:
    return sorted(__all__)
