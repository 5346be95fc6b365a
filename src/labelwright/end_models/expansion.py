"""One weighted copy of a row for each class it may have, and fitting on those copies."""

from __future__ import annotations

import inspect
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.base import is_regressor
from sklearn.pipeline import Pipeline

from labelwright._errors import EndModelError, LabelwrightError
from labelwright._types import FloatArray, IntArray
from labelwright.end_models.rows import count_rows, take_rows

NEGLIGIBLE: Final = 2.0**-53
"""Share of a row's weight below which a class is left out: half a unit in the last place of 1.

The probabilities of a row carry rounding errors of that size themselves, so leaving such a class out
changes the expected loss by less than the labels can say.
"""


@dataclass(frozen=True, slots=True)
class Expansion:
    """Weighted examples that stand for soft labels, in row order.

    Attributes
    ----------
    rows : (e,) int
        Row that the example copies.
    classes : (e,) int
        Its class.
    weights : (e,) float64
        Its weight.
    """

    rows: IntArray
    classes: IntArray
    weights: FloatArray

    @property
    def unweighted(self) -> bool:
        """Whether every weight is 1, so that a learner without sample weights gives the same."""
        return bool(np.all(self.weights == 1))


def expand(weights: FloatArray, *, negligible: float = NEGLIGIBLE) -> Expansion:
    """Turn (n, k) weights into one example a row and class, leaving out classes of negligible weight.

    Parameters
    ----------
    weights : (n, k) float64
        What `target_weights` returns.
    negligible : float, default 2**-53
        A class with at most this share of its row's weight is left out, and the row's other classes
        take its weight over in proportion. Up to the default that is exact to rounding.

    Returns
    -------
    Expansion
        At most n * k examples. One-hot weights give each row once, in order, with weight 1.

    Examples
    --------
    >>> expand(np.array([[1.0, 0.0], [0.2, 0.8]]))
    Expansion(rows=array([0, 1, 1]), classes=array([0, 0, 1]), weights=array([1. , 0.2, 0.8]))
    """
    total = weights.sum(axis=1, keepdims=True)
    kept = np.where(weights > negligible * total, weights, 0.0)
    kept_total = kept.sum(axis=1, keepdims=True)
    scale = np.divide(total, kept_total, out=np.ones_like(total), where=kept_total > 0)
    rows, classes = np.nonzero(kept)
    return Expansion(rows, classes, (kept * scale)[rows, classes])


def fit_expanded(estimator: Any, X: Any, expansion: Expansion) -> Any:
    """Fit a scikit-learn classifier, or a pipeline that ends in one, on weighted examples.

    Transformers of a pipeline are fitted on the rows as they are, once each, so document frequencies,
    means and the like are those of the data; only what they return is expanded, for the last step.

    Parameters
    ----------
    estimator : classifier or sklearn.pipeline.Pipeline
        Fitted in place.
    X : rows that `expansion` refers to
        What the first step takes.
    expansion : Expansion
        The examples.

    Returns
    -------
    The fitted estimator.

    Raises
    ------
    EndModelError
        It cannot take sample weights and needs them, or it refuses the data.
    """
    if isinstance(estimator, Pipeline):
        X = _fit_transformers(estimator, X, expansion)
        fit_expanded(estimator.steps[-1][1], X, expansion)
    else:
        _fit_weighted(estimator, take_rows(X, expansion.rows), expansion)
    return estimator


def final_step(estimator: Any) -> Any:
    """Return the classifier that a (nested) pipeline ends in, or the estimator itself."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator


def check_classifier(estimator: Any) -> None:
    """Refuse what cannot be a classifier, and warn about one that splits its rows itself.

    Raises
    ------
    EndModelError
        A class in place of an instance, or an object without ``fit`` and ``predict``.
    """
    last = final_step(estimator)
    name = last.__name__ if inspect.isclass(last) else type(last).__name__
    if inspect.isclass(last):
        raise EndModelError(
            f"estimator is the class {name}; pass an instance: NoiseAwareClassifier({name}())"
        )
    if not (hasattr(last, "fit") and hasattr(last, "predict")):
        raise EndModelError(
            f"estimator ends in {last if isinstance(last, str) else name!r}, which is no classifier; "
            "pass a scikit-learn-compatible classifier or a Pipeline that ends in one"
        )
    if hasattr(last, "__sklearn_tags__") and is_regressor(last):
        raise EndModelError(f"estimator ends in {name}, a regressor; pass a classifier")
    if "cv" in getattr(last, "get_params", dict)():
        warnings.warn(
            f"{name} cross-validates over weighted copies of rows, so copies of one row fall on both sides "
            f"of a split; put the search outside: {name}(NoiseAwareClassifier(...)).fit(X, P)",
            stacklevel=4,
        )


def _fit_transformers(pipeline: Pipeline, X: Any, expansion: Expansion) -> Any:
    if len(pipeline.steps) == 1:
        return X
    head = pipeline[:-1]
    # Supervised transformers (feature selection) see each row once, with its heaviest class.
    heaviest = np.zeros(count_rows(X), dtype=np.intp)
    order = np.argsort(expansion.weights, kind="stable")
    heaviest[expansion.rows[order]] = expansion.classes[order]
    with one_line(f"the steps of the pipeline before {type(pipeline.steps[-1][1]).__name__}"):
        transformed = head.fit_transform(X, heaviest)
    pipeline.steps[:-1] = head.steps
    return transformed


def _fit_weighted(estimator: Any, X: Any, expansion: Expansion) -> None:
    name = type(estimator).__name__
    if not _takes_weights(estimator):
        if not expansion.unweighted:
            raise EndModelError(_no_weights(name))
        with one_line(name):
            estimator.fit(X, expansion.classes)
        return
    try:
        with one_line(name):
            estimator.fit(X, expansion.classes, sample_weight=expansion.weights)
    except TypeError as error:
        # Meta-estimators take any keyword and find out later that what they wrap takes no weights.
        if "sample_weight" not in str(error) and "sample weight" not in str(error):
            raise
        raise EndModelError(_no_weights(name)) from error


def _takes_weights(estimator: Any) -> bool:
    parameters = inspect.signature(estimator.fit).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)


def _no_weights(name: str) -> str:
    return (
        f"{name} takes no sample_weight, so it cannot minimise the expected loss under soft labels; "
        "use a classifier that does (LogisticRegression, HistGradientBoostingClassifier, ...), or "
        "NoiseAwareClassifier(..., targets='sampled'), or targets='hard' where no row ties"
    )


@contextmanager
def one_line(name: str) -> Iterator[None]:
    """Turn a ValueError of scikit-learn into a one-line `EndModelError` that names who refused the data."""
    try:
        yield
    except LabelwrightError:
        raise
    except ValueError as error:
        reason = textwrap.shorten(str(error) or repr(error), 400)
        raise EndModelError(f"{name} refused the data: {reason}") from error
