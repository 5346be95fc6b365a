"""How sure a measured share is."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from labelwright._display.shown import Shown
from labelwright._errors import SchemaError
from labelwright._types import FloatArray


@dataclass(frozen=True, slots=True)
class Interval(Shown):
    """An estimate and the range that holds the truth with the given confidence.

    Attributes
    ----------
    estimate, low, high : float
        The estimate and the ends of the range.
    """

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:.3g} ({self.low:.3g} to {self.high:.3g})"

    @property
    def half_width(self) -> float:
        """Half the length of the range."""
        return (self.high - self.low) / 2


def wilson_interval(
    correct: npt.ArrayLike, total: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the ends of Wilson's score interval for shares ``correct / total``.

    Unlike the textbook interval it stays inside 0..1, does not collapse at 0 or 1, and holds its confidence
    for small counts.

    Parameters
    ----------
    correct : array of float
        How many were right; tied rows may count fractionally.
    total : array of float
        How many were judged; where 0, the interval is 0..1.
    confidence : float, default 0.95
        How often the interval is to hold the true share.

    Returns
    -------
    low, high : arrays of float64
        Of the broadcast shape of the input.

    Raises
    ------
    SchemaError
        A confidence outside 0..1, or counts with not 0 <= correct <= total.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(float(low), 4), round(float(high), 4)
    (0.4902, 0.9433)
    """
    right, n = np.broadcast_arrays(np.asarray(correct, dtype=np.float64), np.asarray(total, dtype=np.float64))
    # Sums of shared ties carry rounding errors, hence the slack.
    if not ((right >= -1e-9) & (right <= n + 1e-9)).all():
        raise SchemaError("counts do not fit; expected 0 <= correct <= total for every share")
    z2 = normal_quantile(confidence) ** 2
    safe = np.where(n > 0, n, 1.0)
    share = np.clip(right / safe, 0.0, 1.0)
    centre = (share + z2 / (2 * safe)) / (1 + z2 / safe)
    spread = np.sqrt(z2) * np.sqrt(share * (1 - share) / safe + z2 / (4 * safe**2)) / (1 + z2 / safe)
    low = np.where(n > 0, np.clip(centre - spread, 0.0, 1.0), 0.0)
    high = np.where(n > 0, np.clip(centre + spread, 0.0, 1.0), 1.0)
    return low, high


def normal_quantile(confidence: float) -> float:
    """Return z such that a standard normal lies within -z..z with this confidence."""
    if not 0 < confidence < 1:
        raise SchemaError(f"confidence is {confidence}; expected a number between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf((1 + confidence) / 2)
