"""One point of a learning curve: a model trained on some rows, and what it gets wrong."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelwright._errors import EndModelError
from labelwright._types import FloatArray, IntArray
from labelwright.core import LabelMatrix
from labelwright.end_models.rows import take_rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestRows:
    """Rows with hand labels that errors are counted on.

    Attributes
    ----------
    X : t rows
        What the end model reads.
    gold : (t,) int
        Their classes.
    """

    X: Any
    gold: IntArray

    def wrong(self, model: Any) -> FloatArray:
        """Return (t,) 1 where a model is wrong, else 0."""
        wrong: FloatArray = (np.asarray(model.predict_proba(self.X)).argmax(axis=1) != self.gold) * 1.0
        return wrong

    def wrong_without_model(self, probabilities: FloatArray) -> FloatArray:
        """Return (t,) the chance to be wrong by choosing among the likeliest classes of (n, k) labels."""
        shares = probabilities.mean(axis=0)
        likeliest = shares >= shares.max() - 1e-12
        wrong: FloatArray = 1 - likeliest[self.gold] / likeliest.sum()
        return wrong


def wrong_by_votes(
    X: Any, L: LabelMatrix, rows: IntArray, test: TestRows, *, label_model: Any, end_model: Any
) -> FloatArray:
    """Train on the votes on some rows alone: label model, then end model; return (t,) what is wrong."""
    matrix = L[rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few rows give cause for many, and this is what is measured
        probabilities = _fresh(label_model).fit(matrix).predict_proba(matrix)
    return _wrong(take_rows(X, rows), probabilities, matrix.covered, test, end_model)


def wrong_by_hand(
    X: Any, gold: IntArray, rows: IntArray, k: int, test: TestRows, end_model: Any
) -> FloatArray:
    """Train on the hand labels of some rows; return (t,) what is wrong."""
    probabilities = np.eye(k)[gold[rows]]
    return _wrong(take_rows(X, rows), probabilities, np.ones(len(rows), dtype=bool), test, end_model)


def _wrong(X: Any, probabilities: FloatArray, covered: Any, test: TestRows, end_model: Any) -> FloatArray:
    labels = probabilities[covered]
    if not len(labels) or ((labels > 0).any(axis=0).sum() < 2):
        return test.wrong_without_model(labels if len(labels) else probabilities)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = _fresh(end_model).fit(X, probabilities, covered=covered)
    except EndModelError as error:
        if "hold no terms" not in str(error):
            raise
        return test.wrong_without_model(labels)
    return test.wrong(model)


def _fresh(model: Any) -> Any:
    from sklearn.base import clone

    return clone(model)
