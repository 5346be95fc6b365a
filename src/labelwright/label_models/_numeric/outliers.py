"""Votes so far from the others on their rows that normal noise cannot explain them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelwright._errors import warn_user
from labelwright._text import count
from labelwright._types import BoolArray, FloatArray, IntArray
from labelwright.label_models._numeric.differences import DifferenceMoments
from labelwright.label_models._numeric.noise import PairVariances, biases, noise

FAR: Final = 8.0  # standard deviations: of normal noise, one vote in 10^15 lies further off
MAX_ROWS, MAX_DIFFERENCES = 5_000, 1 << 24  # of which the spread is taken: it need not be precise
BLOCK_CELLS: Final = 1 << 18
NAMED: Final = 3
HUGE: Final = 1e150  # the square of which is a number


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far votes lie apart where nothing is wrong with them.

    Attributes
    ----------
    biases, variances : (m,) float64
        Of the LFs; nan where nothing is known.
    mean, variance : float
        Of the truth; variance inf where nothing is known.
    """

    biases: FloatArray
    variances: FloatArray
    mean: float
    variance: float

    @classmethod
    def of(
        cls, votes: FloatArray, gold: FloatArray | None, *, prior_weight: float, learn_biases: bool
    ) -> Spread | None:
        """Take it of quantiles, which a tenth of wild votes do not move; None where LFs agree.

        It solves for the LFs' noise as `noise` does, from pairs whose variances come of the larger of the
        median and the 80% quantile of how far they are apart.
        """
        n, m = votes.shape
        known = np.full(n, np.nan) if gold is None else gold
        rows = max(min(MAX_ROWS, MAX_DIFFERENCES // (m + 1) ** 2), 100)
        part = np.linspace(0, n - 1, min(n, rows)).astype(np.int64)
        columns = np.column_stack([votes[part], known[part]])
        together, middles, scales = _apart(columns, about_zero=not learn_biases)
        np.fill_diagonal(together, 0.0)
        pairs = PairVariances(scales**2, np.maximum(together - 1.0, 0.0))
        found = noise(pairs, prior_weight=prior_weight)
        if not found.typical > 0:
            return None
        off = np.zeros(m)
        if learn_biases:
            none = np.zeros_like(together)
            moments = DifferenceMoments(len(part), together, none, none, middles, none)
            off = biases(moments, found, anchor="median")
        centred = votes[part] - off
        covered = ~np.isnan(centred).all(axis=1)
        centres = np.nanmedian(centred[covered], axis=1)
        mean = float(np.median(centres))
        return cls(
            off, found.variances, mean, float(_scale(np.abs(centres - mean)[:, None])[0] ** 2) or np.inf
        )

    def wild(self, votes: FloatArray, gold: FloatArray | None = None) -> BoolArray:
        """Return (n, m) bool: votes that are far from more than half of what else is known of their row.

        That is the other votes, and what is known of the truth overall. Gold, where there is some, decides.

        Cost: O(n m), and O(m²) for each row whose votes lie far apart.
        """
        centred = votes - self.biases
        centred[:, np.isnan(self.variances)] = np.nan
        present = ~np.isnan(centred)
        low, high = (
            np.where(present, centred, np.inf).min(axis=1),
            np.where(present, centred, -np.inf).max(axis=1),
        )
        away = np.maximum(high - self.mean, self.mean - low)
        nearest = FAR * np.sqrt(np.nanmin(self.variances, initial=np.inf))
        at = np.flatnonzero((high - low > nearest) | (away > FAR * np.sqrt(self.variance)))
        found = np.zeros(votes.shape, dtype=bool)
        step = max(BLOCK_CELLS // votes.shape[1] ** 2, 1)
        for start in range(0, len(at), step):
            rows = at[start : start + step]
            found[rows] = self._wild(centred[rows])
        if gold is not None:
            told = ~np.isnan(gold)
            off = np.abs(centred[told] - gold[told, None]) > FAR * np.sqrt(self.variances)
            found[told] = off
        return found

    def _wild(self, centred: FloatArray) -> BoolArray:
        bounds = FAR * np.sqrt(self.variances[:, None] + self.variances[None, :])
        far = (np.abs(centred[:, :, None] - centred[:, None, :]) > bounds).sum(axis=2)
        others = (~np.isnan(centred)).sum(axis=1, keepdims=True) - 1
        if np.isfinite(self.variance):
            far = far + (np.abs(centred - self.mean) > FAR * np.sqrt(self.variance + self.variances))
            others = others + 1
        wild: BoolArray = 2 * far > others
        return wild


def _apart(columns: FloatArray, *, about_zero: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (p, p) rows together, medians of ``column j - column k``, and scales of what is left."""
    p = columns.shape[1]
    together, middles, scales = np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    for j in range(p):
        apart = columns[:, j, None] - columns
        together[j] = (~np.isnan(apart)).sum(axis=0)
        if not about_zero:
            middles[j] = _quantile(np.sort(apart, axis=0), 0.5)
            apart = apart - middles[j]
        scales[j] = _scale(np.abs(apart))
    return together, middles, scales


def _scale(distances: FloatArray) -> FloatArray:
    """Return (p,) standard deviations of normal numbers whose distances from the middle these are.

    By the median, or where it is larger the 80% quantile; by the mean square where both are 0.

    Examples
    --------
    >>> _scale(np.array([[0.0, 1.0], [0.0, 1.0], [3.0, 1.0]])).round(2).tolist()
    [1.73, 1.48]
    """
    ordered = np.sort(distances, axis=0)
    scales = np.maximum(_quantile(ordered, 0.5) / 0.6745, _quantile(ordered, 0.8) / 1.2816)
    squares = np.minimum(np.where(np.isnan(distances), 0.0, distances), HUGE) ** 2
    means = squares.sum(axis=0) / np.maximum((~np.isnan(distances)).sum(axis=0), 1)
    found: FloatArray = np.where(scales > 0, scales, np.sqrt(means))
    return found


def _quantile(ordered: FloatArray, share: float) -> FloatArray:
    """Return (p,) quantiles of sorted columns, of those present, rounded down; 0 for an empty column."""
    present = (~np.isnan(ordered)).sum(axis=0)
    at = (share * np.maximum(present - 1, 0)).astype(np.int64)
    found: FloatArray = np.where(present > 0, ordered[at, np.arange(ordered.shape[1])], 0.0)
    return found


def warn_of_outliers(votes: FloatArray, outliers: IntArray) -> None:
    """Warn the user of the votes that were set aside, naming the first of them."""
    if len(outliers):
        cast = int((~np.isnan(votes)).sum())
        named = ", ".join(f"{votes[i, j]:g} (row {i}, LF {j})" for i, j in outliers[:NAMED].tolist())
        more = ", ..." if len(outliers) > NAMED else ""
        warn_user(
            f"{count(len(outliers), 'vote')} of {cast:,} too far from all that is known of the row, "
            f"set aside: {named}{more}; outliers_ lists them, and outliers='keep' learns from them",
            UserWarning,
        )
