"""Functions from data point to data point, under Snorkel's names."""

from __future__ import annotations

from labelwright.compat.snorkel.map.core import BaseMapper, LambdaMapper, Mapper, lambda_mapper

__all__ = ["BaseMapper", "LambdaMapper", "Mapper", "lambda_mapper"]
