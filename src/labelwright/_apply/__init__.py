"""Run labeling functions over data: plan, run, record faults."""

from __future__ import annotations

from labelwright._apply.apply import apply
from labelwright._apply.blocks import VoteBlock, apply_blocks
from labelwright._apply.memory import PreprocessorMemory
from labelwright._apply.report import ApplyReport, Fault

__all__ = ["ApplyReport", "Fault", "PreprocessorMemory", "VoteBlock", "apply", "apply_blocks"]
