"""Snorkel 0.10's names, signatures and conventions on labelwright's engine.

Replace ``snorkel`` by ``labelwright.compat.snorkel`` in the imports of a notebook; modules have the places
that they have there (``labeling``, ``labeling.model``, ``labeling.lf.nlp``, ``preprocess``, ``analysis``,
``utils``). Where results differ on purpose is said in the documentation, page "From Snorkel", and in each
docstring. Augmentation, slicing and the classifiers of Snorkel are not here.

Examples
--------
>>> from labelwright.compat.snorkel import LFApplier, MajorityLabelVoter, labeling_function
>>> @labeling_function()
... def shouts(x):
...     return 1 if x.isupper() else -1
>>> @labeling_function()
... def short(x):
...     return 0 if len(x) < 8 else -1
>>> L = LFApplier([shouts, short]).apply(["SUBSCRIBE", "nice", "see you there"], progress_bar=False)
>>> L.tolist(), MajorityLabelVoter().predict(L).tolist()
([[1, -1], [-1, 0], [-1, -1]], [1, 0, -1])
"""

from __future__ import annotations

from labelwright.compat.snorkel.labeling import (
    LabelingFunction,
    LFAnalysis,
    LFApplier,
    PandasLFApplier,
    filter_unlabeled_dataframe,
    labeling_function,
)
from labelwright.compat.snorkel.labeling.model import LabelModel, MajorityLabelVoter
from labelwright.compat.snorkel.preprocess import preprocessor
from labelwright.compat.snorkel.utils import probs_to_preds

__all__ = [
    "LFAnalysis",
    "LFApplier",
    "LabelModel",
    "LabelingFunction",
    "MajorityLabelVoter",
    "PandasLFApplier",
    "filter_unlabeled_dataframe",
    "labeling_function",
    "preprocessor",
    "probs_to_preds",
]
