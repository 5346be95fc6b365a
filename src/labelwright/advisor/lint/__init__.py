"""Tests of labeling functions: their own examples, and a lint of how they behave on data.

The names load when they are first used: who only asks what code reads needs none of the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelwright.advisor.lint._check import check as check
    from labelwright.advisor.lint.report import CheckReport as CheckReport

_HOME = {"CheckReport": "report", "check": "_check"}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'labelwright.advisor.lint' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"labelwright.advisor.lint.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
