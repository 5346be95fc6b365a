"""Run labeling functions over data: plan, run, record faults."""

from __future__ import annotations

from labelwright._apply.apply import apply, apply_blocks
from labelwright._apply.block import VoteBlock, vote_block
from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.plan import Plan, make_plan
from labelwright._apply.report import ApplyReport, Fault
from labelwright._apply.statistics import count_votes

__all__ = [
    "ApplyReport",
    "Fault",
    "Plan",
    "PreprocessorMemory",
    "VoteBlock",
    "apply",
    "apply_blocks",
    "count_votes",
    "make_plan",
    "vote_block",
]
