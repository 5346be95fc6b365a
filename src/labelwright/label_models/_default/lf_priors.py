"""What is known of single LFs beforehand: how often they are right, and how firmly to believe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray
from labelwright._validate import did_you_mean

Prior: TypeAlias = float | tuple[float, float]
"""P(right | the LF votes), or that and the number of votes it counts for."""


@dataclass(frozen=True, slots=True, eq=False)
class LFPriors:
    """Priors of m LFs.

    Attributes
    ----------
    precision : (m,) float64
        P(right | the LF votes); nan where nothing is known.
    votes : (m,) float64
        Votes that it counts for; nan where that is left to the model.
    """

    precision: FloatArray
    votes: FloatArray

    @classmethod
    def of(
        cls, given: Mapping[str | int, Prior] | None, *, m: int, names: tuple[str, ...] | None
    ) -> LFPriors:
        """Look up LFs by name or number.

        Raises
        ------
        LabelModelError
            An LF that is not there, a precision outside 0..1, or votes that are not positive.

        Examples
        --------
        >>> LFPriors.of({"kb": (0.95, 1000), 2: 0.6}, m=3, names=("url", "kb", "crowd")).precision
        array([ nan, 0.95, 0.6 ])
        """
        precision, votes = np.full(m, np.nan), np.full(m, np.nan)
        if given is not None and not isinstance(given, Mapping):
            raise LabelModelError(
                f"lf_priors is a {type(given).__name__}; expected a mapping of LFs to shares of right votes"
            )
        for lf, prior in (given or {}).items():
            j = _place(lf, m, names)
            precision[j], votes[j] = _checked(lf, prior)
        return cls(precision, votes)

    def precision_or(self, usual: float) -> FloatArray:
        """Return (m,) precisions, `usual` where nothing is known."""
        return np.where(np.isnan(self.precision), usual, self.precision)

    def votes_or(self, usual: FloatArray) -> FloatArray:
        """Return (m,) votes that priors count for, (m,) `usual` where nobody said."""
        return np.where(np.isnan(self.votes), usual, self.votes)


def _place(lf: str | int, m: int, names: tuple[str, ...] | None) -> int:
    if isinstance(lf, str):
        known = names or ()
        if lf in known:
            return known.index(lf)
        have = f"the LFs are {', '.join(known[:6])}" if known else "the votes have no LF names; use numbers"
        raise LabelModelError(f"lf_priors: no LF is called {lf!r}{did_you_mean(lf, known)}; {have}")
    if not 0 <= lf < m:
        raise LabelModelError(f"lf_priors: there is no LF {lf!r}; the votes have LFs 0..{m - 1}")
    return int(lf)


def _checked(lf: str | int, prior: Prior) -> tuple[float, float]:
    precision, votes = prior if isinstance(prior, tuple) else (prior, np.nan)
    if not 0 < precision < 1:
        raise LabelModelError(
            f"lf_priors: LF {lf!r} has {precision!r}; expected a share of right votes between 0 and 1"
        )
    if votes <= 0:
        raise LabelModelError(f"lf_priors: LF {lf!r} counts {votes!r} votes; expected a number above 0")
    return precision, votes
