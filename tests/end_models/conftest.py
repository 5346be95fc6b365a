"""Planted data for the end models: two Gaussian classes, and soft labels of known quality."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def soft_data():
    """300 rows, 4 features, 3 classes, soft labels with every class possible."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(300, 4))
    logits = X @ rng.normal(size=(4, 3)) + rng.normal(size=(300, 3))
    P = np.exp(logits)
    return X, P / P.sum(axis=1, keepdims=True)


@pytest.fixture
def graded_data():
    """Rows whose soft label is the true posterior, often an unsure one; and a test set."""
    rng = np.random.default_rng(3)
    X, X_test = rng.normal(size=(400, 2)), rng.normal(size=(4000, 2))
    p, p_test = (1 / (1 + np.exp(2 - 3 * x[:, 0])) for x in (X, X_test))
    return X, np.column_stack([1 - p, p]), X_test, np.column_stack([1 - p_test, p_test])
