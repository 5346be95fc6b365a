"""Measures of probabilities against gold labels; tied rows count in expectation.

Where two classes of a row are equally probable, any choice between them is arbitrary, and so is a measure
that depends on the choice. Here a tied row counts as the average over its tied classes: half a right answer
where one of two is right. Rows whose gold label is unknown (-1) are left out.
"""

from __future__ import annotations

import numpy as np

from labelwright._errors import SchemaError
from labelwright._types import ABSTAIN, FloatArray
from labelwright.analysis._inputs import Classes, as_probabilities, class_names, judged, rightness
from labelwright.core import LabelSpace
from labelwright.core.class_values import as_gold, names_in
from labelwright.core.gold_sets import GoldSets, has_several
from labelwright.core.task import space_of
from labelwright.core.votes.ties import decision_shares


def accuracy(predicted: object, gold: object, *, space: Classes = None) -> float:
    """Return the share of rows with the right class; a prediction of -1 (abstain) counts as wrong.

    Parameters
    ----------
    predicted : (n,) labels
        Classes by name or index, None or -1 where the model abstains.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    space : LabelSpace or iterable of str, optional
        The classes; needed where one of the two holds names and the other indices.

    Raises
    ------
    SchemaError
        No row has a gold label.
    LabelMatrixError
        The two have other shapes, or hold what is no class.

    Examples
    --------
    >>> accuracy([1, 0, -1, 1], [1, 1, 1, -1])
    0.3333333333333333
    >>> accuracy(["SPAM", None], ["SPAM", "HAM"])
    0.5
    """
    names = names_in(predicted, gold) if space is None else space_of(space).names
    guesses = as_gold(predicted, names, what="predicted classes")
    if has_several(gold):
        labels = GoldSets.of(gold, names, n=len(guesses)).judging(np.eye(len(names))[guesses])
    else:
        labels = as_gold(gold, names, n=len(guesses))
    known = labels >= 0
    if not known.any():
        raise SchemaError(f"none of the {len(labels)} rows has a gold label; accuracy needs at least one")
    return float(np.mean(guesses[known] == labels[known]))


def expected_accuracy(P: object, gold: object, *, space: Classes = None) -> float:
    """Return the share of rows whose most probable class is right, ties shared.

    The mean over rows of 1{gold in T} / |T| with T the classes of largest probability: the expected value
    over random tie breaks, so an all-equal row of k classes counts 1/k.

    Parameters
    ----------
    P : (n, k) float
        Probabilities.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Raises
    ------
    SchemaError
        Probabilities of another shape or not finite, or no row with a gold label.
    LabelMatrixError
        Gold labels of another length, or that are no classes.

    Examples
    --------
    >>> expected_accuracy([[0.9, 0.1], [0.5, 0.5]], [0, 1])
    0.75
    """
    judged(P, gold, space)
    return float(np.nanmean(rightness(as_probabilities(P, space), gold, space)))


def confusion_matrix(P: object, gold: object, *, space: Classes = None) -> FloatArray:
    """Count (gold class, predicted class) pairs; a tied row is spread evenly over its tied classes.

    Takes and raises what `expected_accuracy` does.

    Returns
    -------
    (k, k) float64
        ``[g, c]`` is the number of rows of gold class g predicted as c.

    Examples
    --------
    >>> confusion_matrix([[0.9, 0.1], [0.5, 0.5]], [0, 1]).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    probabilities, labels = judged(P, gold, space)
    counts = np.zeros((probabilities.shape[1],) * 2)
    np.add.at(counts, labels, decision_shares(probabilities))
    return counts


def f1_binary(P: object, gold: object, *, positive: int | str = 1, space: Classes = None) -> float:
    """Return F1 of one class, 2 TP / (2 TP + FP + FN), from expected counts.

    A tied row counts fractionally in each of the three counts. This is F1 of the expected counts, which
    differs from the expected F1 over tie breaks by O(1/n). Without any such row, gold or predicted, it is 0.

    Parameters
    ----------
    P : (n, k) float
        Probabilities.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    positive : int or str, default 1
        The class whose F1 it is.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Raises
    ------
    SchemaError
        ``positive`` is no class, or as in `expected_accuracy`.

    Examples
    --------
    >>> f1_binary([[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]], [1, 1, 0])  # 2 * 1.5 / (2 * 1.5 + 0 + 0.5)
    0.8571428571428571
    """
    counts = confusion_matrix(P, gold, space=space)
    index = LabelSpace(class_names(space, k=len(counts))).encode([positive], unknown="abstain")[0]
    if index == ABSTAIN:
        raise SchemaError(f"positive class is {positive!r}; expected 0..{len(counts) - 1}, or a name")
    return float(_f1_per_class(counts)[index])


def macro_f1(P: object, gold: object, *, space: Classes = None) -> float:
    """Return the mean F1 over the classes that occur, in gold or among the predictions.

    From expected counts, as `f1_binary`; a class that is never right has F1 0. Takes and raises what
    `expected_accuracy` does.

    Examples
    --------
    >>> macro_f1([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 1, 1])
    0.6666666666666666
    """
    counts = confusion_matrix(P, gold, space=space)
    occurs = counts.sum(axis=0) + counts.sum(axis=1) > 0
    return float(_f1_per_class(counts)[occurs].mean())


def log_loss(P: object, gold: object, *, space: Classes = None) -> float:
    """Return the mean of -log P(gold class), in nats; probabilities below 1e-15 count as 1e-15.

    Takes and raises what `expected_accuracy` does.

    Examples
    --------
    >>> round(log_loss([[0.5, 0.5], [0.75, 0.25]], [0, 1]), 4)
    1.0397
    """
    probabilities, labels = judged(P, gold, space)
    right = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(right, 1e-15, 1.0)).mean())


def brier_score(P: object, gold: object, *, space: Classes = None) -> float:
    """Return the mean squared distance between the probabilities and the truth, 0 (best) to 2.

    The sum over classes of (p_c - 1{gold = c})^2, as G. W. Brier defined it (1950); for two classes twice
    the value that one-column definitions give. Takes and raises what `expected_accuracy` does.

    Examples
    --------
    >>> brier_score([[0.5, 0.5], [1.0, 0.0]], [0, 0])
    0.25
    """
    probabilities, labels = judged(P, gold, space)
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def _f1_per_class(counts: FloatArray) -> FloatArray:
    right = np.diagonal(counts)
    total = counts.sum(axis=0) + counts.sum(axis=1)
    f1: FloatArray = np.divide(2 * right, total, out=np.zeros(len(counts)), where=total > 0)
    return f1
