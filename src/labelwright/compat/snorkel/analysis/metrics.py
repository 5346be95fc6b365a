"""Measures of predictions by Snorkel's names; unlike `labelwright.analysis`, ties are not shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN
from labelwright._validate import did_you_mean
from labelwright.compat.snorkel.utils import filter_labels, to_int_label_array


class Metric(NamedTuple):
    """A measure and what it is computed of."""

    func: Callable[..., float]
    inputs: tuple[str, ...] = ("golds", "preds")


def _of_sklearn(name: str, **settings: Any) -> Callable[..., float]:
    def measure(golds: Any, preds: Any, **kwargs: Any) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(golds, preds, **settings, **kwargs))

    return measure


def _coverage(preds: Any) -> float:
    return float(np.mean(preds != ABSTAIN)) if len(preds) else 0.0


def _f1(golds: Any, preds: Any, **kwargs: Any) -> float:
    if golds.max() > 1:
        raise SchemaError("f1 is for two classes; choose f1_micro or f1_macro")
    return _of_sklearn("f1_score")(golds, preds, **kwargs)


def _roc_auc(golds: Any, probs: Any) -> float:
    if np.shape(probs)[1:] != (2,):
        raise SchemaError(f"roc_auc is for two classes; the probabilities have shape {np.shape(probs)}")
    return _of_sklearn("roc_auc_score")(golds, np.asarray(probs)[:, 1])


METRICS: Final[dict[str, Metric]] = {
    "accuracy": Metric(_of_sklearn("accuracy_score")),
    "coverage": Metric(_coverage, ("preds",)),
    "precision": Metric(_of_sklearn("precision_score")),
    "recall": Metric(_of_sklearn("recall_score")),
    "f1": Metric(_f1),
    "f1_micro": Metric(_of_sklearn("f1_score", average="micro")),
    "f1_macro": Metric(_of_sklearn("f1_score", average="macro")),
    "fbeta": Metric(_of_sklearn("fbeta_score")),
    "matthews_corrcoef": Metric(_of_sklearn("matthews_corrcoef")),
    "roc_auc": Metric(_roc_auc, ("golds", "probs")),
}
"""The measures by name."""


def metric_score(
    golds: Any = None,
    preds: Any = None,
    probs: Any = None,
    metric: str = "accuracy",
    filter_dict: Mapping[str, Sequence[int]] | None = None,
    **kwargs: Any,
) -> float:
    """Return one measure of predictions.

    Parameters
    ----------
    golds, preds : (n,) or (n, 1) integers
        Gold labels and predictions.
    probs : (n, k) floats
        Probabilities.
    metric : str, default "accuracy"
        A key of `METRICS`.
    filter_dict : mapping of str to sequence of int, optional
        Labels whose rows are left out, by "golds" or "preds".
    **kwargs
        Passed to scikit-learn's function; ``"fbeta"`` needs ``beta``.

    Raises
    ------
    SchemaError
        An unknown measure, an input that it lacks, or no row left.

    Examples
    --------
    >>> metric_score(golds=[1, 0, 1], preds=[1, 1, 1], metric="f1")
    0.8
    """
    measure = METRICS[check_metric(metric)]
    given = {
        "golds": None if golds is None else to_int_label_array(golds),
        "preds": None if preds is None else to_int_label_array(preds),
        "probs": probs if probs is None else np.asarray(probs),
    }
    kept = filter_labels(given, filter_dict) if filter_dict else given
    inputs: list[Any] = [kept[name] for name in measure.inputs]
    for name, values in zip(measure.inputs, inputs, strict=True):
        if values is None:
            raise SchemaError(f"metric {metric!r} needs {name}; pass {name}=")
    if not len(inputs[0]):
        raise SchemaError(f"metric {metric!r} has no rows: each lacks a gold label or a prediction")
    if metric == "fbeta" and "beta" not in kwargs:
        raise SchemaError("metric 'fbeta' needs beta; call metric_score(..., metric='fbeta', beta=2)")
    return measure.func(*inputs, **kwargs)


def check_metric(metric: str) -> str:
    """Return the name of a measure that there is.

    Raises
    ------
    SchemaError
        There is none of that name.
    """
    if metric not in METRICS:
        raise SchemaError(
            f"metric {metric!r} is unknown{did_you_mean(metric, METRICS)}; choose one of {', '.join(METRICS)}"
        )
    return metric
