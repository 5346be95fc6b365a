"""What every label model must tell of itself: a report of its fit, and why rows get their labels."""

from __future__ import annotations

import json

import numpy as np
from sklearn.base import clone

from labelwright._types import ABSTAIN
from labelwright.label_models import BaseLabelModel
from labelwright.testing.hand_label_checks import K, planted_rows

WIDTH = 80


def check_fit_report(model: BaseLabelModel) -> None:
    """Fit reports read as text, as plain values and as HTML, and tell what was predicted."""
    votes, _ = planted_rows()
    fitted = clone(model).set_params(n_classes=K).fit(votes)
    report = fitted.fit_report_
    assert (report.rows, report.lfs, len(report.classes)) == (len(votes), votes.shape[1], K)
    assert max(map(len, str(report).splitlines())) <= WIDTH, "the report is wider than 80 columns"
    json.dumps(report.to_dict(), allow_nan=False)
    assert report._repr_html_().startswith("<div")
    covered = (votes != ABSTAIN).any(axis=1)
    sure = fitted.predict_proba(votes)[covered].max(axis=1).mean()
    np.testing.assert_allclose(report.confidence, sure, atol=1e-6, err_msg="fit_report_.confidence")


def check_explanation(model: BaseLabelModel) -> None:
    """Votes, prior and rest sum to the score of the label over the runner-up's."""
    votes, _ = planted_rows()
    told = clone(model).set_params(n_classes=K).fit(votes).explain(votes, rows=range(20))
    added = np.zeros(20)
    np.add.at(added, told.votes["row"].to_numpy(), told.votes["adds"].to_numpy())
    summed = told.rows["prior"].to_numpy() + told.rows["rest"].to_numpy() + added
    np.testing.assert_allclose(summed, told.rows["score"].to_numpy(), atol=1e-8, err_msg="explain")
    assert told.votes.height == (votes[:20] != ABSTAIN).sum(), "explain leaves votes out"
    assert max(map(len, str(told).splitlines())) <= WIDTH, "the explanation is wider than 80 columns"
