"""Why the rows on the page are labeled as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelwright.analysis import contested_rows, disagreements
from labelwright.report.data import ReportData
from labelwright.report.sections.examples import CONTESTED, DISPUTED

if TYPE_CHECKING:
    from labelwright.label_models.base import BaseLabelModel


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
