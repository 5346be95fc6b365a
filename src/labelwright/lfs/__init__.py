"""Labeling functions of every kind."""

from __future__ import annotations

from labelwright.lfs.decorator import labeling_function
from labelwright.lfs.expression import expression
from labelwright.lfs.keywords import KeywordsLF, keywords
from labelwright.lfs.labeling_function import BatchLF, ExpressionLF, LabelingFunction
from labelwright.lfs.preprocessor import Preprocessor, preprocessor
from labelwright.lfs.python_lf import PythonLF
from labelwright.lfs.regex import regex
from labelwright.lfs.row import Row

__all__ = [
    "BatchLF",
    "ExpressionLF",
    "KeywordsLF",
    "LabelingFunction",
    "Preprocessor",
    "PythonLF",
    "Row",
    "expression",
    "keywords",
    "labeling_function",
    "preprocessor",
    "regex",
]
