"""From a classifier's scores to votes: thresholds a class, and the abstain band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelwright._errors import LabelingFunctionError
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright._validate import did_you_mean, is_number, shorten


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Votes the best-scored class where its score reaches the threshold of that class.

    Parameters
    ----------
    levels : tuple of float
        One a class, in the model's order; infinity for a class that is never voted.
    """

    levels: tuple[float, ...]

    def choose(self, scores: FloatArray) -> IntArray:
        """Return the chosen column of each row of (n, k) scores, -1 for none. NaN chooses none."""
        best = scores.argmax(axis=1)
        enough: BoolArray = scores[np.arange(len(scores)), best] >= np.asarray(self.levels)[best]
        return np.where(enough, best, -1)


@dataclass(frozen=True, slots=True)
class Band:
    """Votes for or against the second of two classes, unless its score lies strictly inside the band."""

    low: float
    high: float

    def choose(self, scores: FloatArray) -> IntArray:
        """Return the chosen column of each row of (n, 2) scores, -1 for none. NaN chooses none."""
        positive = scores[:, 1]
        return np.where(positive >= self.high, 1, np.where(positive <= self.low, 0, -1))


def as_rule(
    threshold: float | Mapping[Any, float] | None,
    band: tuple[float, float] | None,
    classes: tuple[object, ...],
    *,
    default: float,
    lf: str,
) -> Thresholds | Band:
    """Return the rule that a threshold or a band states, checked against the model's classes."""
    if band is None:
        return Thresholds(_levels(threshold, classes, default=default, lf=lf))
    if threshold is not None:
        raise LabelingFunctionError(f"LF {lf!r}: threshold= and abstain_band= exclude each other; give one")
    if len(classes) != 2:
        raise LabelingFunctionError(
            f"LF {lf!r}: abstain_band= is for models of 2 classes, this has {len(classes)}; use threshold="
        )
    return _as_band(band, lf)


def _as_band(band: object, lf: str) -> Band:
    if isinstance(band, (tuple, list)) and len(band) == 2 and all(map(is_number, band)):
        low, high = map(float, band)
        if low < high:
            return Band(low, high)
    raise LabelingFunctionError(f"LF {lf!r}: abstain_band={band!r} is no band; give (low, high), low < high")


def _levels(
    threshold: float | Mapping[Any, float] | None, classes: tuple[object, ...], *, default: float, lf: str
) -> tuple[float, ...]:
    if not isinstance(threshold, Mapping):
        level = default if threshold is None else _as_level(threshold, lf)
        return (level,) * len(classes)
    for given in threshold:
        if given not in classes:
            hint = did_you_mean(given, map(str, classes))
            raise LabelingFunctionError(
                f"LF {lf!r}: threshold= names {given!r}, which is no class of the model{hint}; "
                f"it has {shorten(classes)}"
            )
    return tuple(_as_level(threshold[c], lf) if c in threshold else float("inf") for c in classes)


def _as_level(threshold: object, lf: str) -> float:
    if not is_number(threshold) or np.isnan(float(threshold)):
        raise LabelingFunctionError(
            f"LF {lf!r}: threshold={threshold!r} is no number; give a score or {{class: score}}"
        )
    return float(threshold)
