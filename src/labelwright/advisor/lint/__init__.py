"""Tests of labeling functions: their own examples, and a lint of how they behave on data.

The names load when they are first used: who only asks what code reads needs none of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labelwright._lazy import loaded

if TYPE_CHECKING:
    from labelwright.advisor.lint._check import check as check
    from labelwright.advisor.lint.report import CheckReport as CheckReport

_HOME = {"CheckReport": ".report", "check": "._check"}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    return loaded(__name__, _HOME, name)


def __dir__() -> list[str]:
    return sorted(__all__)
