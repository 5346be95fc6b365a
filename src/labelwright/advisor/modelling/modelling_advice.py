"""The advisor's answer: what to model, why, and what to write next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from labelwright.advisor.modelling.value import Advantage, Choice, ClassVotes, StrengthSweep, Trial
from labelwright.core import DependencyGraph
from labelwright.core.finding import Finding

if TYPE_CHECKING:
    from labelwright.label_models import BaseLabelModel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModellingAdvice:
    """What modelling is worth, and what to write next; made by `advise`.

    Printed it fits 80 columns, in notebooks it is a table, and `to_dict` is for programs.

    Attributes
    ----------
    choice : "majority vote" or "label model"
        What to use.
    model : str
        The same as code.
    rows : int
        Rows looked at.
    lf_names, class_names : tuple of str
        The LFs and the classes.
    reasons : tuple of Finding
        What speaks for it, each sentence with its numbers.
    next_steps : tuple of Finding
        What to write, merge, fix and drop, the most pressing first; each with its numbers.
    classes : tuple of ClassVotes
        What votes each class gets.
    rows_to_read : mapping of str to tuple of int
        Numbers of up to ten rows each that are "uncovered", "contested" or have "one vote"; empty where
        statistics were given, which hold no rows.
    advantage : Advantage
        How much accuracy is at stake.
    trial : Trial or None
        What the label model made of a part of the rows; None where no LF votes.
    dependencies : DependencyGraph
        Which LFs depend on each other.
    sweep : StrengthSweep or None
        How many do at each strength; None where dependencies were stated or not wanted.
    """

    choice: Choice
    model: str
    rows: int
    lf_names: tuple[str, ...]
    class_names: tuple[str, ...]
    reasons: tuple[Finding, ...]
    next_steps: tuple[Finding, ...]
    classes: tuple[ClassVotes, ...]
    advantage: Advantage
    trial: Trial | None
    dependencies: DependencyGraph
    sweep: StrengthSweep | None
    rows_to_read: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def label_model(self) -> BaseLabelModel:
        """Return the estimator that is advised, unfitted.

        Examples
        --------
        >>> from labelwright import advise
        >>> advise([[0, -1], [1, -1], [-1, 1]]).label_model()
        MajorityVote()
        """
        from labelwright.advisor.modelling.examination import label_model
        from labelwright.label_models import MajorityVote

        if self.choice == "majority vote":
            return MajorityVote()
        return label_model(self.dependencies, sets=self.reason("vote-sets") is not None)

    def reason(self, kind: str) -> Finding | None:
        """Return the reason of a kind, None where there is none."""
        return next((one for one in self.reasons if one.kind == kind), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON holds."""
        return {
            "choice": self.choice,
            "model": self.model,
            "rows": self.rows,
            "labeling_functions": list(self.lf_names),
            "reasons": [one.to_dict() for one in self.reasons],
            "next_steps": [one.to_dict() for one in self.next_steps],
            "classes": [asdict(one) for one in self.classes],
            "rows_to_read": {name: list(rows) for name, rows in self.rows_to_read.items()},
            "advantage": {**asdict(self.advantage), "accuracies": list(self.advantage.accuracies)},
            "trial": None
            if self.trial is None
            else {**asdict(self.trial), "contradicted": list(self.trial.contradicted)},
            "dependencies": self.dependencies.to_polars().to_dicts(),
            "sweep": None
            if self.sweep is None
            else {
                "thresholds": list(self.sweep.thresholds),
                "counts": list(self.sweep.counts),
                "elbow": self.sweep.elbow,
            },
        }

    def __str__(self) -> str:
        from labelwright.advisor.modelling.text import advice_text

        return advice_text(self)

    def __repr__(self) -> str:
        return f"ModellingAdvice: {self.model}, at most {100 * self.advantage.bound:.1f} points at stake"

    def _repr_html_(self) -> str:
        from labelwright.advisor.modelling.text import advice_page

        return advice_page(self)
