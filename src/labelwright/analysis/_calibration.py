"""Whether a probability of 80% is right 80% of the time."""

from __future__ import annotations

from typing import Final

import numpy as np

from labelwright._display.table import Table
from labelwright._errors import SchemaError
from labelwright.analysis._inputs import Classes, judged
from labelwright.analysis.intervals import wilson_interval
from labelwright.core.votes.ties import decision_shares

BINS: Final = 10
"""Ten bins of width 0.1: what most published calibration errors use."""


def calibration_curve(P: object, gold: object, *, bins: int = BINS, space: Classes = None) -> Table:
    """Compare the confidence of predictions with how often they are right, bin by bin.

    A row's confidence is its largest probability; tied rows count in expectation.

    Parameters
    ----------
    P : (n, k) float
        Probabilities.
    gold : (n,) labels
        Hand labels by class name or index; rows with None or -1 are left out.
    bins : int, default 10
        Bins of equal width over 0..1; a confidence on an edge belongs to the lower bin.
    space : LabelSpace or iterable of str, optional
        The classes, where labels are given by name.

    Returns
    -------
    Table
        One row a bin that is not empty: ``from``, ``to``, ``rows``, ``confidence`` (mean), ``accuracy``,
        and ``low``, ``high``, the accuracy's 95% Wilson interval.

    Raises
    ------
    SchemaError
        Fewer than one bin, or input as in `expected_accuracy`.

    Examples
    --------
    >>> import polars as pl
    >>> curve = calibration_curve([[0.9, 0.1], [0.88, 0.12], [0.4, 0.6]], [0, 1, 1])
    >>> curve.select("rows", pl.col("confidence").round(2), "accuracy").rows()
    [(1, 0.6, 1.0), (2, 0.89, 0.5)]
    """
    if bins < 1:
        raise SchemaError(f"bins is {bins}; expected at least 1")
    probabilities, labels = judged(P, gold, space)
    confidence = probabilities.max(axis=1)
    right = decision_shares(probabilities)[np.arange(len(labels)), labels]
    # The small step down keeps 0.6 = 6/10 in its bin although 0.6 * 10 may come out above 6.
    bin_of = np.clip(np.ceil(confidence * bins - 1e-9).astype(np.int64) - 1, 0, bins - 1)
    rows, sums, correct = (np.bincount(bin_of, w, bins) for w in (None, confidence, right))
    used = np.flatnonzero(rows)
    low, high = wilson_interval(correct[used], rows[used])
    return Table(
        {
            "from": used / bins,
            "to": (used + 1) / bins,
            "rows": rows[used].astype(np.int64),
            "confidence": sums[used] / rows[used],
            "accuracy": correct[used] / rows[used],
            "low": low,
            "high": high,
        }
    )


def expected_calibration_error(P: object, gold: object, *, bins: int = BINS, space: Classes = None) -> float:
    """Return the mean gap between confidence and accuracy over the bins of `calibration_curve`, by rows.

    0 is perfectly calibrated. It depends on the bins and is biased upwards on few rows, so compare it
    between models on the same rows only. Takes and raises what `calibration_curve` does.

    References
    ----------
    M. P. Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning" (AAAI 2015).

    Examples
    --------
    >>> round(expected_calibration_error([[0.9, 0.1], [0.88, 0.12], [0.4, 0.6]], [0, 1, 1]), 4)
    0.3933
    """
    curve = calibration_curve(P, gold, bins=bins, space=space)
    gaps = (curve["confidence"] - curve["accuracy"]).abs()
    return float(np.average(gaps.to_numpy(), weights=curve["rows"].to_numpy()))
