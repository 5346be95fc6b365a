"""Which modelling is worth it, and what to write next: the rule-based optimizer of data programming."""

from __future__ import annotations

from labelwright.advisor.modelling._advise import advise
from labelwright.advisor.modelling.advantage_bound import Advantage, modelling_advantage
from labelwright.advisor.modelling.examination import ClassVotes
from labelwright.advisor.modelling.modelling_advice import ModellingAdvice
from labelwright.advisor.modelling.strength_sweep import StrengthSweep, sweep_strengths
from labelwright.advisor.modelling.trial_fit import Trial
from labelwright.advisor.next_steps._advice import advice
from labelwright.core.finding import Finding

__all__ = [
    "Advantage",
    "ClassVotes",
    "Finding",
    "ModellingAdvice",
    "StrengthSweep",
    "Trial",
    "advice",
    "advise",
    "modelling_advantage",
    "sweep_strengths",
]
