"""Any scikit-learn classifier, trained on probabilistic labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from labelwright._types import BoolArray, FloatArray, IntArray


class NoiseAwareClassifier(BaseEstimator):
    """Minimise the expected loss under soft labels by weighting one copy of each row a class."""

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: Any, P: FloatArray, *, covered: BoolArray | None = None) -> NoiseAwareClassifier:
        """Fit on the covered rows, each repeated once a class with its probability as weight."""
        rows = np.flatnonzero(np.ones(len(P), dtype=bool) if covered is None else covered)
        k = P.shape[1]
        self.estimator_ = clone(self.estimator)
        self.estimator_.fit(
            X[np.repeat(rows, k)], np.tile(np.arange(k), len(rows)), sample_weight=P[rows].ravel()
        )
        return self

    def predict(self, X: Any) -> IntArray:
        """Return the most probable class of each row."""
        classes: IntArray = self.estimator_.predict(X)
        return classes
