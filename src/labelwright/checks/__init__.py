"""Tests of labeling functions: their own examples, and a lint of how they behave on data."""

from __future__ import annotations

from labelwright.checks.checking import check
from labelwright.checks.report import CheckReport

__all__ = ["CheckReport", "check"]
