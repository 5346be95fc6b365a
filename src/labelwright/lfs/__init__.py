"""Labeling functions of every kind."""

from __future__ import annotations

from labelwright.lfs.keywords import KeywordsLF, keywords

__all__ = ["KeywordsLF", "keywords"]
