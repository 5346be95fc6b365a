"""What the labeling functions were found to be worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelwright._display.notebook import Grid, Heading, Note, Part
from labelwright._display.shown import Shown
from labelwright._display.text_table import Column, text_table
from labelwright._text import percent
from labelwright.analysis import Interval


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LearningCurve(Shown):
    """Test errors of an end model by the number of rows that it learned from.

    Attributes
    ----------
    sizes : tuple of int
        Numbers of rows, ascending.
    errors : tuple of Interval
        Share of the test rows that it gets wrong, mean over draws, with its 95% range.
    slope : Interval
        Of log error over log rows, least squares over all sizes: -0.5 halves the error with four times
        the rows.
    """

    sizes: tuple[int, ...]
    errors: tuple[Interval, ...]
    slope: Interval

    def _display_parts(self) -> list[Part]:
        wrong = [percent(error.estimate, 1) for error in self.errors]
        spread = [_spread(error) for error in self.errors]
        columns = [
            Column("rows", [f"{size:,}" for size in self.sizes], number=True),
            Column("wrong", wrong, number=True, ranges=spread),
        ]
        return [Heading("LearningCurve"), Grid(columns)]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HandLabels(Shown):
    """The fewest hand labels that lead to an error, known only as far as hand labels were there to train on.

    Attributes
    ----------
    estimate, low, high : float
        The number and its 95% range; infinite for "more than `most`", 0 for "fewer than `least`".
    least, most : int
        The fewest and the most hand labels that were trained on.

    Examples
    --------
    >>> str(HandLabels(estimate=312.4, low=120.0, high=math.inf, least=16, most=1686))
    '310 (120 to more than 1,686)'
    >>> str(HandLabels(estimate=1680.0, low=1000.0, high=math.inf, least=16, most=1686))
    '1,686 (1,000 to more than 1,686)'
    >>> str(HandLabels(estimate=math.inf, low=900.0, high=math.inf, least=16, most=1686))
    'more than 1,686 (at least 900)'
    """

    estimate: float
    low: float
    high: float
    least: int
    most: int

    def __str__(self) -> str:
        said = self.words(self.estimate)
        if self.low == self.high:
            return said
        if math.isinf(self.estimate) and self.low > 0:
            return f"{said} (at least {self.words(self.low)})"
        if self.estimate == 0 and math.isfinite(self.high):
            return f"{said} (at most {self.words(self.high)})"
        return f"{said} ({self.words(self.low)} to {self.words(self.high)})"

    __repr__ = __str__

    def _display_parts(self) -> list[Part]:
        return [Heading(f"Worth {self} hand labels")]

    def words(self, number: float) -> str:
        """Return one of the three numbers as it is read, to two digits."""
        if math.isinf(number):
            return f"more than {self.most:,}"
        return f"fewer than {self.least:,}" if number == 0 else f"{min(_two_digits(number), self.most):,}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LabelWorth(Shown):
    """Two learning curves, and where one meets the other.

    Attributes
    ----------
    unlabeled : LearningCurve
        Trained on n rows labeled by the LFs and the label model, which saw only these n rows' votes.
    supervised : LearningCurve
        Trained on n hand labels.
    hand_labels : HandLabels
        So many hand labels lead to the error that all unlabeled rows lead to.
    slope_difference : Interval
        Slope in unlabeled rows minus slope in hand labels, over the sizes of both; a range around 0 is
        the same rate.
    draws, test_rows : int
        Draws of training rows a size, and rows that errors were counted on.

    Notes
    -----
    Slopes are NaN where fewer than 2 sizes were tried.

    ``str(worth)`` and ``worth.frame()`` show it; `to_dict` and `from_dict` keep it as JSON.
    """

    unlabeled: LearningCurve
    supervised: LearningCurve
    hand_labels: HandLabels
    slope_difference: Interval
    draws: int
    test_rows: int

    def frame(self) -> pl.DataFrame:
        """Return one row a curve and size: labels (which curve), rows, error, low, high."""
        rows = [
            (name, size, error.estimate, error.low, error.high)
            for name, curve in (("unlabeled rows", self.unlabeled), ("hand labels", self.supervised))
            for size, error in zip(curve.sizes, curve.errors, strict=True)
        ]
        return pl.DataFrame(rows, schema=["labels", "rows", "error", "low", "high"], orient="row")

    def __str__(self) -> str:
        return f"{_table(self)}\n\n{self.said()}"

    __repr__ = __str__

    def _display_parts(self) -> list[Part]:
        return [Heading("What the labeling functions are worth"), Note(self.said()), Grid(_columns(self))]

    def said(self) -> str:
        """Return the result in a sentence."""
        rows, error = self.unlabeled.sizes[-1], self.unlabeled.errors[-1]
        return (
            f"With {rows:,} unlabeled rows the labeling functions lead to {percent(error.estimate, 1)} wrong "
            f"({percent(error.low, 1)} to {percent(error.high, 1)}); by training on hand labels it takes "
            f"{self.hand_labels} of them to get there."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; None stands for infinity, in slopes for NaN."""
        labels = self.hand_labels
        return {
            "unlabeled": _curve_as_dict(self.unlabeled),
            "supervised": _curve_as_dict(self.supervised),
            "hand_labels": {
                **{name: _finite(getattr(labels, name)) for name in ("estimate", "low", "high")},
                "least": labels.least,
                "most": labels.most,
            },
            "slope_difference": _as_list(self.slope_difference),
            "draws": self.draws,
            "test_rows": self.test_rows,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LabelWorth:
        """Return what `to_dict` was made of."""
        labels = dict(values["hand_labels"])
        for name in ("estimate", "low", "high"):
            labels[name] = math.inf if labels[name] is None else labels[name]
        return cls(
            unlabeled=_curve_from(values["unlabeled"]),
            supervised=_curve_from(values["supervised"]),
            hand_labels=HandLabels(**labels),
            slope_difference=_slope_from(values["slope_difference"]),
            draws=values["draws"],
            test_rows=values["test_rows"],
        )


def _table(worth: LabelWorth) -> str:
    return text_table(_columns(worth))


def _columns(worth: LabelWorth) -> list[Column]:
    """Return errors by rows, one column a curve, and at the foot how fast they fall."""
    curves = (worth.unlabeled, worth.supervised)
    sizes = sorted({size for curve in curves for size in curve.sizes})
    sloped = not math.isnan(sum(curve.slope.estimate for curve in curves))
    columns = [
        Column("rows", [*(f"{size:,}" for size in sizes), *(["slope"] if sloped else [])], number=True)
    ]
    for head, curve in zip(("wrong, by the LFs", "wrong, by hand labels"), curves, strict=True):
        found = dict(zip(curve.sizes, curve.errors, strict=True))
        cells = [
            (percent(found[size].estimate, 1), _spread(found[size])) if size in found else ("", "")
            for size in sizes
        ]
        if sloped:
            slope = curve.slope
            cells.append((f"{slope.estimate:.2f}", f"{slope.low:.2f} to {slope.high:.2f}"))
        columns.append(
            Column(head, [cell for cell, _ in cells], number=True, ranges=[spread for _, spread in cells])
        )
    return columns


def _spread(error: Interval) -> str:
    return f"{percent(error.low, 1)} to {percent(error.high, 1)}"


def _two_digits(number: float) -> int:
    step = 10 ** max(math.floor(math.log10(number)) - 1, 0)
    return int(round(number / step) * step)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _as_list(interval: Interval) -> list[float | None]:
    return [_finite(end) for end in (interval.estimate, interval.low, interval.high)]


def _slope_from(values: Sequence[float | None]) -> Interval:
    return Interval(*(math.nan if value is None else value for value in values))


def _curve_as_dict(curve: LearningCurve) -> dict[str, Any]:
    errors = [_as_list(error) for error in curve.errors]
    return {"sizes": list(curve.sizes), "errors": errors, "slope": _as_list(curve.slope)}


def _curve_from(values: Mapping[str, Any]) -> LearningCurve:
    return LearningCurve(
        sizes=tuple(values["sizes"]),
        errors=tuple(Interval(*error) for error in values["errors"]),
        slope=_slope_from(values["slope"]),
    )
