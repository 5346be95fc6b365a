"""What the report shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import FloatArray, IntArray
from labelwright.analysis import Comparison, Evaluation, GoldRows, contested_rows, disagreements
from labelwright.core import LabelMatrix, Task
from labelwright.core.gold_sets import has_several

if TYPE_CHECKING:
    from labelwright.advisor import ModellingAdvice
    from labelwright.label_models import Explanation, FitReport
    from labelwright.label_models.base import BaseLabelModel
    from labelwright.worth import LabelWorth

CONTESTED: Final = 8
DISPUTED: Final = 8
"""How many rows of each kind a person reads before they repeat themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LFInfo:
    """One labeling function as the report shows it.

    Attributes
    ----------
    name, kind : str
        Its name, and what it is: "python", "batch", "keywords", "regex", ...
    description : str
        What it does, in one sentence for people who read no code.
    source : str, default ""
        Its source text or definition; shown folded away.
    seconds : float, optional
        Time spent in it, None where nothing ran.
    faults : int, default 0
        On how many rows it raised.
    cached : bool, default False
        Whether its votes were kept from an earlier run.
    """

    name: str
    kind: str
    description: str
    source: str = ""
    seconds: float | None = None
    faults: int = 0
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvaluatedSplit(Evaluation):
    """The rows that models are judged on: gold labels, votes, what every model says of them, and their texts.

    Attributes
    ----------
    texts : sequence of str, optional
        The rows as people read them.
    reasons : Explanation, optional
        Why the label model labels the rows on the page as it does; `with_reasons` adds it.
    """

    texts: Sequence[str] | None = None
    reasons: Explanation | None = None

    def __post_init__(self) -> None:
        matrix = self.matrix
        if not has_several(self.gold):
            _check_shape(f"gold of the {self.split} split", self.gold, (matrix.n,))
        for name in ("majority_vote", "label_model", "end_model"):
            _check_shape(f"{name} of the {self.split} split", getattr(self, name), (matrix.n, matrix.k))
        Evaluation.__post_init__(self)
        _check_texts(self.texts, matrix.n)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportData:
    """Everything on the page; what is None is said to be missing there.

    Attributes
    ----------
    title : str
        The page's title.
    task : Task
        The labeling question.
    created : str
        ISO 8601 time of the run.
    matrix : LabelMatrix
        The votes on the n training rows.
    texts : sequence of str, optional
        The n training rows as people read them.
    lfs : tuple of LFInfo
        One an LF, in any order; an LF of the matrix without one is shown by its name alone.
    label_model_name : str
        The label model, as people call it.
    lf_accuracies : (m,) float64
        Estimated P(vote right | LF votes), NaN where it never votes.
    soft_labels : (n, k) float64
        The label model's probabilities for the training rows.
    majority_vote : (n, k) float64
        Majority vote's shares for the training rows.
    fit_report : FitReport, optional
        Whether to trust the label model.
    modelling : ModellingAdvice, optional
        Which modelling is worth it.
    end_model_name : str, default ""
        The end model, as people call it; empty without one.
    end_model_train : (n, k) float64, optional
        The end model's probabilities for the training rows.
    reasons : Explanation, optional
        Why the label model labels the training rows on the page as it does; `with_reasons` adds it.
    changes : Comparison, optional
        What changed since the version of the LFs before.
    test : EvaluatedSplit, optional
        The rows with gold labels that models are judged on: of the test split, else another.
    gold : GoldRows, optional
        The rows with gold labels that LFs are judged by, of as many splits as have some; those of `test`
        without.
    hand_labels : str, default ""
        How many hand labels there are and what each is for, in a sentence.
    taught : int, default 0
        How many hand labels the label model learned from, which score nothing.
    worth : LabelWorth, optional
        How many hand labels the LFs replace, where that was measured.
    data_description : str, default ""
        Where the rows come from, in a sentence.
    settings : mapping of str to str
        Settings and versions, shown at the foot of the page.

    Raises
    ------
    SchemaError
        Arrays or texts that do not fit the rows, LFs and classes of the label matrix.
    """

    title: str
    task: Task
    created: str
    matrix: LabelMatrix
    texts: Sequence[str] | None = None
    lfs: tuple[LFInfo, ...] = ()
    label_model_name: str
    lf_accuracies: FloatArray
    soft_labels: FloatArray
    majority_vote: FloatArray
    fit_report: FitReport | None = None
    modelling: ModellingAdvice | None = None
    end_model_name: str = ""
    end_model_train: FloatArray | None = None
    reasons: Explanation | None = None
    changes: Comparison | None = None
    test: EvaluatedSplit | None = None
    gold: GoldRows | None = None
    hand_labels: str = ""
    taught: int = 0
    worth: LabelWorth | None = None
    data_description: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        matrix = self.matrix
        _check_shape("lf_accuracies", self.lf_accuracies, (matrix.m,))
        for name in ("soft_labels", "majority_vote", "end_model_train"):
            _check_shape(name, getattr(self, name), (matrix.n, matrix.k))
        _check_texts(self.texts, matrix.n)
        if self.gold is None and self.test is not None:
            known = GoldRows.of({self.test.split: (self.test.matrix, self.test.labels)})
            object.__setattr__(self, "gold", known)


def with_reasons(data: ReportData, model: BaseLabelModel) -> ReportData:
    """Return the report's values with what each vote adds on the rows that the page shows.

    Parameters
    ----------
    data : ReportData
        The values.
    model : label model
        The fitted label model of ``data.soft_labels``.
    """
    contested = contested_rows(data.matrix, most=CONTESTED)["row"].to_list()
    train = replace(data, reasons=model.explain(data.matrix, rows=contested))
    test = data.test
    if test is None or test.end_model is None:
        return train
    found = disagreements(test.label_model, test.end_model, rows=test.matrix.covered, most=DISPUTED)
    reasons = model.explain(test.matrix, rows=found["row"].to_list())
    return replace(train, test=replace(test, reasons=reasons))


def _check_shape(name: str, array: FloatArray | IntArray | None, expected: tuple[int, ...]) -> None:
    if array is not None and np.shape(array) != expected:
        raise SchemaError(f"{name} has shape {np.shape(array)}; expected {expected}")


def _check_texts(texts: Sequence[str] | None, n: int) -> None:
    if texts is not None and len(texts) != n:
        raise SchemaError(f"the report has {len(texts)} texts for {n} rows; pass one text a row, or None")
