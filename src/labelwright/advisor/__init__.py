"""Which modelling is worth it, and what to write next: the rule-based optimizer of data programming."""

from __future__ import annotations

from labelwright.advisor.advantage_bound import modelling_advantage
from labelwright.advisor.advising import advise
from labelwright.advisor.modelling_advice import ModellingAdvice
from labelwright.advisor.strength_sweep import sweep_strengths
from labelwright.advisor.value import Advantage, ClassVotes, Statement, StrengthSweep, Trial

__all__ = [
    "Advantage",
    "ClassVotes",
    "ModellingAdvice",
    "Statement",
    "StrengthSweep",
    "Trial",
    "advise",
    "modelling_advantage",
    "sweep_strengths",
]
