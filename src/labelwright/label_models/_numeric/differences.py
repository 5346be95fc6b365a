"""Moments of numeric votes over the rows that two LFs have in common: exact, and additive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelwright._types import FloatArray

BLOCK_CELLS = 1 << 17  # votes taken together: a few times 1 MiB, which stays in the cache


@dataclass(frozen=True, slots=True, eq=False)
class DifferenceMoments:
    """First and second moments of pairs of columns, each pair over the rows where both have a number.

    The last column is gold, nan where unknown. Moments of differences are taken about each row's own mean,
    so that votes that lie far apart from row to row lose no digits; sums of two add by the formulas of Chan,
    Golub and LeVeque (1983), which do not cancel either.

    Attributes
    ----------
    n : int
        Rows.
    together : (p, p) float64
        Rows where both have a number; p = m + 1.
    means : (p, p) float64
        ``means[j, k]``: the mean of column j over the rows that it shares with k.
    products : (p, p) float64
        Sums of products of both columns' deviations from these means.
    differences : (p, p) float64
        The mean of ``column j - column k``.
    squares : (p, p) float64
        Sums of squares of the differences' deviations from their mean.

    Examples
    --------
    >>> nan = float("nan")
    >>> moments = DifferenceMoments.of(np.array([[1.0, 2.0], [3.0, 6.0], [nan, 1.0]]))
    >>> moments.together[:2, :2].tolist(), float(moments.differences[1, 0]), float(moments.squares[1, 0])
    ([[2.0, 2.0], [2.0, 3.0]], 2.0, 2.0)
    """

    n: int
    together: FloatArray
    means: FloatArray
    products: FloatArray
    differences: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, votes: FloatArray, gold: FloatArray | None = None) -> DifferenceMoments:
        """Count (n, m) votes and (n,) gold. Cost: five products (p, n) x (n, p), in blocks of rows."""
        n, m = votes.shape
        known = np.full(n, np.nan) if gold is None else gold
        step = max(BLOCK_CELLS // (m + 1), 1)
        total = cls._none(m + 1)
        for start in range(0, n, step):
            rows = slice(start, start + step)
            total = total + cls._block(np.column_stack([votes[rows], known[rows]]))
        return total

    @classmethod
    def _none(cls, p: int) -> DifferenceMoments:
        return cls(0, *(np.zeros((p, p)) for _ in range(5)))

    @classmethod
    def _block(cls, columns: FloatArray) -> DifferenceMoments:
        given = ~np.isnan(columns)
        present = given.astype(np.float64)
        together = present.T @ present
        per = 1.0 / np.maximum(together, 1.0)
        centred = np.where(given, columns, 0.0)
        centre = centred.sum(axis=0) * np.diagonal(per)
        centred -= centre
        centred *= present
        sums = centred.T @ present
        row_means = centred.sum(axis=1) / np.maximum(present.sum(axis=1), 1.0)
        within = centred - row_means[:, None]
        within *= present
        apart = sums - sums.T
        own = (within**2).T @ present
        squares = own + own.T - 2.0 * (within.T @ within) - apart**2 * per
        some = together > 0
        return cls(
            len(columns),
            together,
            np.where(some, centre[:, None] + sums * per, 0.0),
            centred.T @ centred - sums * sums.T * per,
            np.where(some, centre[:, None] - centre[None, :] + apart * per, 0.0),
            np.maximum(squares, 0.0),
        )

    def __add__(self, other: DifferenceMoments) -> DifferenceMoments:
        """Return the moments of both sets of rows together."""
        if not isinstance(other, DifferenceMoments):
            return NotImplemented
        together = self.together + other.together
        per = 1.0 / np.maximum(together, 1.0)
        shift = other.means - self.means
        drift = other.differences - self.differences
        both = self.together * other.together * per
        share = other.together * per
        return DifferenceMoments(
            self.n + other.n,
            together,
            self.means + share * shift,
            self.products + other.products + both * shift * shift.T,
            self.differences + share * drift,
            self.squares + other.squares + both * drift**2,
        )
