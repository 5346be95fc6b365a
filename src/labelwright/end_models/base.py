"""What every end model shares: the score against gold or soft labels, and the word on use before fit."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import sklearn.exceptions
from sklearn.base import BaseEstimator, ClassifierMixin

from labelwright._display.estimator import ShownEstimator
from labelwright._display.notebook import Facts, Part
from labelwright._errors import EndModelError, NotFittedError
from labelwright._text import count, listed, one_line
from labelwright._types import FloatArray, IntArray
from labelwright.core.class_values import ObjectArray, decode, index_names
from labelwright.core.gold_sets import GoldSets
from labelwright.core.task import as_space
from labelwright.end_models.rows import count_rows
from labelwright.end_models.targets import Classes, Labels, informative, is_multi_label, read_labels


class EndModelNotFittedError(NotFittedError, sklearn.exceptions.NotFittedError):
    """An end model was asked to predict before `fit`; also scikit-learn's error of that name."""


class EndModel(ShownEstimator, ClassifierMixin, BaseEstimator):
    """Base of the classifiers that train on soft labels.

    Attributes
    ----------
    classes_ : (k,) array
        The names of the classes where they are known, else 0..k-1, whether or not every class occurs in the
        training labels. `predict` gives members of it.
    """

    classes_: np.ndarray[Any, Any]
    space: Classes

    @abstractmethod
    def fit(self, X: Any, P: Any, *, covered: Any = None) -> EndModel:
        """Learn from the covered rows of X and their soft labels P."""

    @abstractmethod
    def predict(self, X: Any) -> IntArray | ObjectArray:
        """Return the (n,) most probable classes, by name where names are known."""

    @abstractmethod
    def _predict_index(self, X: Any) -> IntArray:
        """Return the (n,) indices of the most probable classes."""

    @abstractmethod
    def predict_proba(self, X: Any) -> FloatArray:
        """Return (n, k) float64 class probabilities."""

    def _learned_parts(self) -> tuple[str, list[Part]]:
        if not hasattr(self, "classes_"):
            return "not fitted yet; fit it with rows and soft labels", []
        names = [one_line(name, None) for name in self.classes_.tolist()]
        return f"fitted to {count(len(names), 'class', 'classes')}", [Facts([("classes", listed(names, 12))])]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy against gold labels, or the expected accuracy under soft labels.

        Parameters
        ----------
        X : n rows
            What `fit` takes.
        y : (n,) labels or (n, k) float
            Gold classes by name or index, None or -1 where unknown (left out); lists of them, or 0 and 1 a
            class, any of which is right; or soft labels, uniform rows left out. The last makes
            ``GridSearchCV(NoiseAwareClassifier(...), ...).fit(X, P)`` choose settings without gold.
        sample_weight : (n,) float, optional
            Weights of the rows.

        Raises
        ------
        EndModelError
            Labels that fit neither form, or none that says anything.
        """
        self._check_fitted()
        if is_multi_label(y):
            sets = GoldSets.of(
                y,
                self._class_names() or index_names(len(self.classes_)),
                n=count_rows(X),
                error=EndModelError,
            )
            probabilities, rows = sets.sets.astype(np.float64), sets.known
        else:
            probabilities = self._labels_for_score(X, y)
            rows = informative(probabilities)
        if not rows.any():
            raise EndModelError(f"none of the {len(rows)} labels is known, so there is no score")
        right = probabilities[np.arange(len(probabilities)), self._predict_index(X)]
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)[rows]
        return float(np.average(right[rows], weights=weights))

    def _labels_for_score(self, X: Any, y: Any) -> FloatArray:
        k, names = len(self.classes_), self._class_names()
        if names is not None:
            return read_labels(y, n=count_rows(X), space=names).probabilities
        labels = read_labels(y, n=count_rows(X)).probabilities
        if np.ndim(y) == 1 and labels.shape[1] <= k:
            # Gold labels need not hold every class: unknown rows stay uniform over all k.
            unknown = np.ptp(labels, axis=1) == 0
            labels = np.pad(labels, ((0, 0), (0, k - labels.shape[1])))
            labels[unknown] = 1 / k
        if labels.shape[1] != k:
            raise EndModelError(f"labels have {labels.shape[1]} classes; this end model was fitted on {k}")
        return labels

    def _keep_classes(self, labels: Labels) -> None:
        """Remember the classes that the model was trained on."""
        k = labels.probabilities.shape[1]
        self.classes_ = np.arange(k) if labels.names is None else np.array(labels.names)

    def _class_names(self) -> tuple[str, ...] | None:
        """Return the names of the classes, None where they have none."""
        if (known := as_space(self.space)) is not None:
            return known.names
        return None if self.classes_.dtype.kind in "iu" else tuple(self.classes_.tolist())

    def _by_name(self, classes: IntArray) -> IntArray | ObjectArray:
        """Return class indices as members of `classes_`."""
        names = self._class_names()
        return classes if names is None else decode(classes, names)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({"space": None, **state})  # older pickles know of no names

    def _check_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            raise EndModelNotFittedError(
                f"this {type(self).__name__} is not fitted yet; call fit(X, P) with soft labels first"
            )
