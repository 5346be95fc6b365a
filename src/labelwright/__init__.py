"""Labelwright: weak supervision - labeling functions in, probabilistic labels and trained models out.

Everything public is reached from here (``import labelwright as lw``). Names load their room when they are
first used, so the import itself costs next to nothing and heavy libraries load only where they are needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from labelwright._types import ABSTAIN
from labelwright._version import __version__

if TYPE_CHECKING:
    from labelwright import advisor as advisor
    from labelwright import analysis as analysis
    from labelwright import end_models as end_models
    from labelwright import engines as engines
    from labelwright import io as io
    from labelwright import label_models as label_models
    from labelwright._apply import apply as apply
    from labelwright._apply import count_votes as count_votes
    from labelwright._errors import CancelledError as CancelledError
    from labelwright._errors import DataError as DataError
    from labelwright._errors import DependencyError as DependencyError
    from labelwright._errors import EndModelError as EndModelError
    from labelwright._errors import EndModelWarning as EndModelWarning
    from labelwright._errors import EngineError as EngineError
    from labelwright._errors import LabelingFunctionError as LabelingFunctionError
    from labelwright._errors import LabelingFunctionFaultError as LabelingFunctionFaultError
    from labelwright._errors import LabelMatrixError as LabelMatrixError
    from labelwright._errors import LabelModelError as LabelModelError
    from labelwright._errors import LabelModelWarning as LabelModelWarning
    from labelwright._errors import LabelSpaceError as LabelSpaceError
    from labelwright._errors import LabelwrightError as LabelwrightError
    from labelwright._errors import MissingExtraError as MissingExtraError
    from labelwright._errors import NotFittedError as NotFittedError
    from labelwright._errors import ProjectError as ProjectError
    from labelwright._errors import SchemaError as SchemaError
    from labelwright._errors import StoreError as StoreError
    from labelwright._rules import rules as rules
    from labelwright.advisor import advise as advise
    from labelwright.advisor.lint import check as check
    from labelwright.analysis import compare as compare
    from labelwright.core import DependencyGraph as DependencyGraph
    from labelwright.core import LabelMatrix as LabelMatrix
    from labelwright.core import LabelSpace as LabelSpace
    from labelwright.core import Task as Task
    from labelwright.core import VoteStatistics as VoteStatistics
    from labelwright.dependencies import learn_dependencies as learn_dependencies
    from labelwright.end_models import NoiseAwareClassifier as NoiseAwareClassifier
    from labelwright.end_models import NoiseAwareNet as NoiseAwareNet
    from labelwright.io import candidates as candidates
    from labelwright.io import read_crowd as read_crowd
    from labelwright.io import read_wrench as read_wrench
    from labelwright.label_models import LabelModel as LabelModel
    from labelwright.lfs import LabelingFunction as LabelingFunction
    from labelwright.lfs import classifier as classifier
    from labelwright.lfs import crowd as crowd
    from labelwright.lfs import expression as expression
    from labelwright.lfs import from_votes as from_votes
    from labelwright.lfs import fuzzy as fuzzy
    from labelwright.lfs import gazetteer as gazetteer
    from labelwright.lfs import interval as interval
    from labelwright.lfs import keywords as keywords
    from labelwright.lfs import labeling_function as labeling_function
    from labelwright.lfs import lookup as lookup
    from labelwright.lfs import nearest as nearest
    from labelwright.lfs import preprocessor as preprocessor
    from labelwright.lfs import probabilities as probabilities
    from labelwright.lfs import regex as regex
    from labelwright.lfs import spacy_doc as spacy_doc
    from labelwright.lfs import spacy_entities as spacy_entities
    from labelwright.lfs import spacy_pattern as spacy_pattern
    from labelwright.lfs import threshold as threshold
    from labelwright.pipeline import Project as Project
    from labelwright.pipeline.serving import load_predictor as load_predictor


_HOME = {
    **dict.fromkeys(
        (
            "CancelledError",
            "DataError",
            "DependencyError",
            "EndModelError",
            "EndModelWarning",
            "EngineError",
            "LabelMatrixError",
            "LabelModelError",
            "LabelModelWarning",
            "LabelSpaceError",
            "LabelingFunctionError",
            "LabelingFunctionFaultError",
            "LabelwrightError",
            "MissingExtraError",
            "NotFittedError",
            "ProjectError",
            "SchemaError",
            "StoreError",
        ),
        "labelwright._errors",
    ),
    **dict.fromkeys(
        ("DependencyGraph", "LabelMatrix", "LabelSpace", "Task", "VoteStatistics"), "labelwright.core"
    ),
    **dict.fromkeys(
        (
            "LabelingFunction",
            "classifier",
            "crowd",
            "expression",
            "from_votes",
            "fuzzy",
            "gazetteer",
            "interval",
            "keywords",
            "labeling_function",
            "lookup",
            "nearest",
            "preprocessor",
            "probabilities",
            "regex",
            "spacy_doc",
            "spacy_entities",
            "spacy_pattern",
            "threshold",
        ),
        "labelwright.lfs",
    ),
    **dict.fromkeys(("candidates", "read_crowd", "read_wrench"), "labelwright.io"),
    "rules": "labelwright._rules",
    "learn_dependencies": "labelwright.dependencies",
    "advise": "labelwright.advisor",
    **dict.fromkeys(("apply", "count_votes"), "labelwright._apply"),
    "check": "labelwright.advisor.lint",
    "compare": "labelwright.analysis",
    "LabelModel": "labelwright.label_models",
    **dict.fromkeys(("NoiseAwareClassifier", "NoiseAwareNet"), "labelwright.end_models"),
    "Project": "labelwright.pipeline",
    "load_predictor": "labelwright.pipeline.serving",
}
_ROOMS = ("advisor", "analysis", "end_models", "engines", "io", "label_models")

__all__ = ["ABSTAIN", "__version__", *_HOME, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"labelwright.{name}")
    else:
        from labelwright._validate import did_you_mean

        raise AttributeError(f"module 'labelwright' has no attribute {name!r}{did_you_mean(name, __all__)}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
