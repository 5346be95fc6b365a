"""Majority vote."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator

from labelwright._types import FloatArray
from labelwright.core import LabelMatrix


class MajorityVote(BaseEstimator):
    """Each class gets the share of the votes cast for it; an uncovered row gets equal shares."""

    def fit(self, L: LabelMatrix, y: object = None) -> MajorityVote:
        """Learn the number of classes."""
        self.n_classes_ = L.k
        return self

    def predict_proba(self, L: LabelMatrix) -> FloatArray:
        """Return (n, k) shares of the votes."""
        counts = np.stack([(L.votes == c).sum(axis=1) for c in range(self.n_classes_)], axis=1)
        counts = np.where(L.covered[:, None], counts, 1)
        shares: FloatArray = counts / counts.sum(axis=1, keepdims=True)
        return shares
