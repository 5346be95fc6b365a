"""Tests of labeling functions: their own examples, and a lint of how they behave on data."""

from __future__ import annotations

from labelwright.advisor.lint._check import check
from labelwright.advisor.lint.report import CheckReport

__all__ = ["CheckReport", "check"]
