"""How much labeling functions are worth: the hand labels that they replace, measured.

`measure_worth` needs hand labels of training rows (to train beside the labeling functions) and of test rows;
the labeling functions, the label model and the end model are used as they always are, without any.
"""

from __future__ import annotations

from labelwright.worth._measure import default_sizes, measure_worth
from labelwright.worth.value import HandLabels, LabelWorth, LearningCurve

__all__ = ["HandLabels", "LabelWorth", "LearningCurve", "default_sizes", "measure_worth"]
