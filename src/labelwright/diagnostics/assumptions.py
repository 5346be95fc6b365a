"""What each label model takes for granted: the reason to choose it, and where it goes wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel

ASSUMES: Final = {
    "LabelModel": "votes are more often right than not, and the others' agreement says by how much; "
    "estimates stay near an assumed precision, because votes that LFs cast for shared reasons mislead more "
    "than few rows do; abstaining says nothing",
    "MajorityVote": "all votes are equally good; nothing is learned",
    "WeightedMajorityVote": "a class counts for less the more often it is voted; nothing is learned of LFs",
    "OneCoin": "an LF errs equally often whatever the class, and LFs err independently",
    "DawidSkene": "given the class LFs err independently, each in its own way; needs many votes a row",
    "IBCC": "given the class LFs err independently, each in its own way, under a prior that fades with rows",
    "EBCC": "each class has subtypes, given which LFs err independently; needs many votes a row",
    "Generative": "an LF errs equally often whatever the class, and LFs err independently",
    "MACE": "an LF either knows the class or votes by habit, and LFs do so independently",
    "GLAD": "an LF errs equally often whatever the class, more on hard rows, and LFs err independently",
    "MatrixCompletion": "given the class LFs err independently, so that pairs of votes tell their rates",
    "Triplet": "given the class LFs err independently, so that triples of LFs tell their rates",
    "PartialLabels": "given the class LFs are right independently, and wrong votes favour no class",
}

EQUAL_CLASSES: Final = {
    "LabelModel": (),
    "OneCoin": ("learn_balance",),
    "PartialLabels": ("learn_balance",),
    "MACE": (),
    "GLAD": (),
    "Generative": ("learn_balance",),
    "MatrixCompletion": ("estimate_balance",),
    "Triplet": ("estimate_balance",),
}
"""Models that start from classes equally common unless told otherwise, and the settings that tell them."""


INDEPENDENT: Final = "given the class LFs err and abstain independently, each in its own way"


def assumption(model: BaseLabelModel) -> str:
    """Return what a model assumes, in words; empty for a model from elsewhere."""
    said = next((ASSUMES[kind.__name__] for kind in type(model).__mro__ if kind.__name__ in ASSUMES), "")
    if getattr(model, "dependencies_", None):
        said = said.replace("LFs err", "LFs without a dependency err")
    if not hasattr(model, "method_"):
        return said
    return f"{_independent(model) if model.method_ == 'independent' else said}; {_choice(model)}"


def _independent(model: Any) -> str:
    if not getattr(model, "dependencies_", None):
        return INDEPENDENT
    return INDEPENDENT.replace("LFs", "groups of dependent LFs") + ", and so do other LFs"


def _choice(model: Any) -> str:
    """Say why the default took the one of its two models that it took."""
    if model.method != "auto":
        return f"taken because method={model.method!r} says so"
    if math.isnan(model.lack_of_fit_):
        return "taken because LFs or votes are too few to fit tables to them and to judge these"
    missed = f"{math.sqrt(max(model.lack_of_fit_, 0.0)):.0%}".replace("%", " %")
    if model.method_ == "independent":
        return f"taken because pairs of votes occur as often as they then must ({missed} off beyond chance)"
    return f"taken because pairs of votes occur {missed} more or less often than they would independently"


def learns(model: BaseLabelModel) -> bool:
    """Whether the model learns anything of its LFs that could be wrong."""
    return type(model).__name__ != "MajorityVote"


def takes_classes_as_equal(model: BaseLabelModel) -> bool:
    """Whether nobody told the model how common the classes are, and it did not set out to learn that."""
    switches = EQUAL_CLASSES.get(type(model).__name__)
    told = model.class_balance is not None or model._gold_used
    return switches is not None and not told and not any(getattr(model, name) for name in switches)
