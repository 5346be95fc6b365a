"""Labelwright: weak supervision - labeling functions in, probabilistic labels and trained models out.

Everything public is reached from here (``import labelwright as lw``). Names load their room when they are
first used, so the import itself costs next to nothing and heavy libraries load only where they are needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from labelwright._types import ABSTAIN

if TYPE_CHECKING:
    from labelwright import label_models as label_models
    from labelwright._errors import DataError as DataError
    from labelwright._errors import EndModelError as EndModelError
    from labelwright._errors import LabelingFunctionError as LabelingFunctionError
    from labelwright._errors import LabelingFunctionFaultError as LabelingFunctionFaultError
    from labelwright._errors import LabelMatrixError as LabelMatrixError
    from labelwright._errors import LabelModelError as LabelModelError
    from labelwright._errors import LabelSpaceError as LabelSpaceError
    from labelwright._errors import LabelwrightError as LabelwrightError
    from labelwright._errors import MissingExtraError as MissingExtraError
    from labelwright._errors import NotFittedError as NotFittedError
    from labelwright._errors import ProjectError as ProjectError
    from labelwright._errors import SchemaError as SchemaError
    from labelwright._errors import StoreError as StoreError
    from labelwright.apply import apply as apply
    from labelwright.core import LabelMatrix as LabelMatrix
    from labelwright.core import LabelSpace as LabelSpace
    from labelwright.core import Task as Task
    from labelwright.end_models import NoiseAwareClassifier as NoiseAwareClassifier
    from labelwright.lfs import keywords as keywords

__version__ = "0.1.0.dev0"

_HOME = {
    **dict.fromkeys(
        (
            "DataError",
            "EndModelError",
            "LabelMatrixError",
            "LabelModelError",
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
    **dict.fromkeys(("LabelMatrix", "LabelSpace", "Task"), "labelwright.core"),
    "keywords": "labelwright.lfs",
    "apply": "labelwright.apply",
    "NoiseAwareClassifier": "labelwright.end_models",
}
_ROOMS = ("label_models",)

__all__ = ["ABSTAIN", "__version__", *_HOME, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"labelwright.{name}")
    else:
        raise AttributeError(f"module 'labelwright' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
