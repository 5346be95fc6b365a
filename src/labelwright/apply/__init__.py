"""Run labeling functions over data: plan, run, record faults.

The room has the name of the function that people call, and Python binds an imported submodule to its name
in the package. So that ``labelwright.apply(...)`` works whichever was imported first, the room itself can
be called.
"""

from __future__ import annotations

import sys
from types import ModuleType

from labelwright.apply.blocks import VoteBlock, apply_blocks
from labelwright.apply.memory import PreprocessorMemory
from labelwright.apply.report import ApplyReport, Fault
from labelwright.apply.whole import apply

__all__ = ["ApplyReport", "Fault", "PreprocessorMemory", "VoteBlock", "apply", "apply_blocks"]


class _Room(ModuleType):
    __call__ = staticmethod(apply)


sys.modules[__name__].__class__ = _Room
