"""Any scikit-learn classifier, trained on probabilistic labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from sklearn.base import clone
from sklearn.utils.metaestimators import available_if

from labelwright._errors import EndModelError
from labelwright._types import FloatArray, IntArray, RandomState
from labelwright._validate import as_generator
from labelwright.core.class_values import ObjectArray
from labelwright.end_models.base import EndModel
from labelwright.end_models.expansion import (
    NEGLIGIBLE,
    Expansion,
    check_classifier,
    expand,
    final_step,
    fit_expanded,
    one_line,
)
from labelwright.end_models.rows import count_rows, take_rows
from labelwright.end_models.targets import (
    Classes,
    ClassWeight,
    TargetKind,
    check_classes,
    read_labels,
    target_weights,
    training_rows,
)

Method = TypeVar("Method", bound=Callable[..., Any])


def _where_it_has(method: str) -> Callable[[Method], Method]:
    def check(model: NoiseAwareClassifier) -> bool:
        learned = getattr(model, "estimator_", model.estimator)
        if not hasattr(learned, method):
            name = type(final_step(learned)).__name__
            raise AttributeError(f"{name} has no {method}, so this end model has none")
        return True

    decorator: Callable[[Method], Method] = available_if(check)
    return decorator


class NoiseAwareClassifier(EndModel):
    r"""Train any scikit-learn-compatible classifier on soft labels, by minimising the expected loss.

    Soft labels :math:`P` say how probable each class is for each row. The noise-aware objective is the
    loss that the classifier :math:`f` is expected to have under them,

    .. math:: \sum_{i \text{ covered}} \sum_{c=0}^{k-1} P_{ic} \, \ell(f(x_i), c) + \text{regulariser},

    so each covered row becomes one example a class with its probability as ``sample_weight``. For a
    learner whose loss is a weighted sum over examples (logistic regression, linear SVM, naive Bayes,
    gradient boosting, SGD, nets) this is exact, and the weights of a row sum to 1, so a regulariser
    keeps its strength. One-hot labels give an ordinary fit. Learners that sample or split rows
    themselves (random forests, early stopping) treat the copies of a row as rows.

    Where the estimator is a `Pipeline`, its transformers see each covered row once and only their
    output is expanded. A transformer that is itself supervised is given each row's heaviest class.

    Parameters
    ----------
    estimator : classifier or sklearn.pipeline.Pipeline that ends in one
        Cloned, never changed. Its ``fit`` must take ``sample_weight``, unless all weights are 1. It should
        not cross-validate by itself (``GridSearchCV``, ``LogisticRegressionCV``): copies of a row would
        fall on both sides of a split, so it warns; ``GridSearchCV(NoiseAwareClassifier(...))`` is right.
    targets : {"soft", "hard", "sampled"}, default "soft"
        "soft": the expected loss. "hard": each row's most probable class alone, evenly shared where
        classes tie; better where the label model is over-confident in the wrong degree but right in the
        order. "sampled": one class a row drawn from its probabilities, unbiased but noisier; for
        learners without ``sample_weight``.
    confidence_weighting : bool, default False
        Weigh each row by ``1 - entropy / log k``, rescaled to mean 1.
    class_weight : "balanced", {class: weight} or sequence of k, optional
        Weigh the classes' terms, by name or index. "balanced" weighs rows instead: by the inverse frequency
        of their most probable class, at most 10-fold. The shares of the classes among covered rows say what
        the LFs cover, not how common the classes are, so "balanced" often predicts better.
    negligible : float, default 2**-53
        Share of a row's weight at or below which a class gets no copy. The default is exact to rounding;
        1e-3, say, saves time with many classes and shifts each row's target by at most ``k * 1e-3``.
    random_state : int, numpy.random.Generator or None, default None
        For ``targets="sampled"`` only; the estimator keeps its own.
    space : LabelSpace or iterable of str, optional
        The classes. With it `predict` gives names, `classes_` are names, and labels may be given by name;
        labels that are names alone do the same, their names sorted.

    Attributes
    ----------
    estimator_ : the fitted clone
    classes_ : (k,) array
        Names, else 0..k-1. A class without any weight in training has probability 0.
    n_training_rows_ : int
        Covered rows that were trained on.
    n_examples_ : int
        Weighted copies of them.
    n_features_in_, feature_names_in_ :
        Where the fitted estimator has them.

    Notes
    -----
    Cost: the estimator's own on at most k times the covered rows, and their copies in memory.

    Scikit-learn's scorers of probabilities (``scoring="neg_log_loss"``, ``"roc_auc_ovr"``) take columns to be
    sorted by class name, and these are in the order of `space`. Give them labels by index, which is right in
    any order, or name the classes in alphabetical order.

    References
    ----------
    A. Ratner, C. De Sa, S. Wu, D. Selsam, C. Ré, "Data Programming: Creating Large Training Sets,
    Quickly", NeurIPS 2016, section 3 (the noise-aware empirical risk).

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])
    >>> P = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.5, 0.5]])
    >>> model = NoiseAwareClassifier(LogisticRegression()).fit(X, P)
    >>> model.n_training_rows_, model.predict(X).tolist()
    (4, [0, 0, 1, 1, 1])
    >>> named = NoiseAwareClassifier(LogisticRegression(), space=["HAM", "SPAM"]).fit(X, P)
    >>> named.predict(X[:2]).tolist(), named.score(X, ["HAM", "HAM", "SPAM", "SPAM", None])
    (['HAM', 'HAM'], 1.0)
    """

    def __init__(
        self,
        estimator: Any,
        *,
        targets: TargetKind = "soft",
        confidence_weighting: bool = False,
        class_weight: ClassWeight = None,
        negligible: float = NEGLIGIBLE,
        random_state: RandomState = None,
        space: Classes = None,
    ) -> None:
        self.estimator = estimator
        self.targets = targets
        self.confidence_weighting = confidence_weighting
        self.class_weight = class_weight
        self.negligible = negligible
        self.random_state = random_state
        self.space = space

    def fit(self, X: Any, P: Any, *, covered: Any = None) -> NoiseAwareClassifier:
        """Fit a clone of the estimator on the covered rows.

        Parameters
        ----------
        X : n rows
            Whatever the estimator takes: dense or sparse array, polars or pandas table, list of str.
        P : (n, k) float, or (n,) labels
            Soft labels, rows that sum to 1 (to 0.001; then rescaled). Or classes by name or index, None or
            -1 where unknown, for a fully supervised fit; without a `space` the classes are the names that
            occur, sorted, or 0 to the largest index, at least two.
        covered : (n,) bool, optional
            Rows to train on, such as ``L.covered``. Without it, all rows whose soft label is not uniform:
            right for label models that give uncovered rows the uniform label, apart from rows whose
            votes tie. Where they get the class prior instead, pass `covered`.

        Returns
        -------
        self

        Raises
        ------
        EndModelError
            Labels that are no probabilities or do not fit X, no covered row, a single class, a bad
            setting, or an estimator that is no classifier, takes no weights or refuses the data.
        """
        check_classifier(self.estimator)
        labels = read_labels(P, n=count_rows(X), space=self.space)
        rows = training_rows(labels.probabilities, covered)
        examples = self._examples(labels.probabilities[rows], labels.names)
        self.estimator_ = fit_expanded(clone(self.estimator), take_rows(X, rows), examples)
        self._keep_classes(labels)
        self.n_training_rows_, self.n_examples_ = len(rows), len(examples.rows)
        return self

    def predict(self, X: Any) -> IntArray | ObjectArray:
        """Return the (n,) classes that the estimator predicts: names where they are known, else indices.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        return self._by_name(self._predict_index(X))

    def _predict_index(self, X: Any) -> IntArray:
        classes: IntArray = self._ask("predict", X)
        return classes

    @_where_it_has("predict_proba")
    def predict_proba(self, X: Any) -> FloatArray:
        """Return (n, k) float64 probabilities; 0 for a class without weight in training.

        Raises
        ------
        NotFittedError
            Before `fit`.
        AttributeError
            The estimator has no ``predict_proba``.
        """
        learned = np.asarray(self._ask("predict_proba", X), dtype=np.float64)
        return self._spread(learned, 0.0)

    @_where_it_has("decision_function")
    def decision_function(self, X: Any) -> FloatArray:
        """Return the estimator's scores: (n,) for two classes, else (n, k), -inf for a class it never saw.

        Raises
        ------
        NotFittedError
            Before `fit`.
        AttributeError
            The estimator has no ``decision_function``.
        """
        scores = np.asarray(self._ask("decision_function", X), dtype=np.float64)
        if len(self._seen) == len(self.classes_):
            return scores
        return self._spread(np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores, -np.inf)

    @property
    def n_features_in_(self) -> int:
        """Number of features, where the fitted estimator knows it."""
        return int(self._learned("n_features_in_"))

    @property
    def feature_names_in_(self) -> Any:
        """Names of the features, where the fitted estimator knows them."""
        return self._learned("feature_names_in_")

    @property
    def _seen(self) -> IntArray:
        seen: IntArray = np.asarray(self.estimator_.classes_)
        return seen

    def _examples(self, labels: FloatArray, names: tuple[str, ...] | None) -> Expansion:
        if not 0 <= self.negligible < 1 / labels.shape[1]:
            raise EndModelError(
                f"negligible is {self.negligible!r}; expected 0 to 1/k = {1 / labels.shape[1]:g}"
            )
        weights = target_weights(
            labels,
            targets=self.targets,
            confidence_weighting=self.confidence_weighting,
            class_weight=self.class_weight,
            generator=as_generator(self.random_state),
            names=names,
        )
        examples = expand(weights, negligible=self.negligible)
        check_classes(np.unique(examples.classes), names)
        return examples

    def _ask(self, method: str, X: Any) -> Any:
        self._check_fitted()
        with one_line(type(final_step(self.estimator_)).__name__):
            return getattr(self.estimator_, method)(X)

    def _spread(self, columns: FloatArray, fill: float) -> FloatArray:
        spread = np.full((len(columns), len(self.classes_)), fill)
        spread[:, self._seen] = columns
        return spread

    def _learned(self, attribute: str) -> Any:
        if "estimator_" not in vars(self):
            raise AttributeError(f"NoiseAwareClassifier has no {attribute} before fit")
        return getattr(self.estimator_, attribute)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        learner = final_step(self.estimator) if not isinstance(self.estimator, type) else None
        if hasattr(learner, "__sklearn_tags__") and learner is self.estimator:
            tags.input_tags = learner.__sklearn_tags__().input_tags
        return tags
