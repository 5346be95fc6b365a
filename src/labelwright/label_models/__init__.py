"""Label models: from votes to probabilistic labels.

Every algorithm is a scikit-learn estimator with the same face (`BaseLabelModel`); `REGISTRY` holds them by
name, with those that other packages add by the entry point ``labelwright.label_models``, and the contract
suite in `labelwright.testing` runs over it.
"""

from __future__ import annotations

from labelwright.core.finding import Finding
from labelwright.diagnostics.explanation import Explanation
from labelwright.diagnostics.fit_report import ClassTrust, FitReport, LFTrust
from labelwright.label_models._registry import REGISTRY
from labelwright.label_models._saving import load, save
from labelwright.label_models._settings import Constraint
from labelwright.label_models.base import BaseLabelModel
from labelwright.label_models.class_balance import ClassBalance, estimate_class_balance
from labelwright.label_models.dawid_skene import DawidSkene
from labelwright.label_models.ebcc import EBCC
from labelwright.label_models.generative import Generative
from labelwright.label_models.glad import GLAD
from labelwright.label_models.ibcc import IBCC
from labelwright.label_models.label_model import LabelModel
from labelwright.label_models.mace import MACE
from labelwright.label_models.majority_vote import MajorityVote, WeightedMajorityVote
from labelwright.label_models.matrix_completion import MatrixCompletion
from labelwright.label_models.numeric import NumericLabelModel
from labelwright.label_models.one_coin import OneCoin
from labelwright.label_models.partial_labels import PartialLabels
from labelwright.label_models.ranking import RankingLabelModel
from labelwright.label_models.triplet import Triplet

REGISTRY.add(
    LabelModel,
    MajorityVote,
    WeightedMajorityVote,
    DawidSkene,
    OneCoin,
    Generative,
    MACE,
    GLAD,
    EBCC,
    IBCC,
    MatrixCompletion,
    Triplet,
    PartialLabels,
)
REGISTRY.add_others(NumericLabelModel, RankingLabelModel)

__all__ = [
    "EBCC",
    "GLAD",
    "IBCC",
    "MACE",
    "REGISTRY",
    "BaseLabelModel",
    "ClassBalance",
    "ClassTrust",
    "Constraint",
    "DawidSkene",
    "Explanation",
    "Finding",
    "FitReport",
    "Generative",
    "LFTrust",
    "LabelModel",
    "MajorityVote",
    "MatrixCompletion",
    "NumericLabelModel",
    "OneCoin",
    "PartialLabels",
    "RankingLabelModel",
    "Triplet",
    "WeightedMajorityVote",
    "estimate_class_balance",
    "load",
    "save",
]
