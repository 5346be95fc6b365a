"""Maximum likelihood of the one-factor Gaussian model by EM over rows, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labelwright._types import BoolArray, FloatArray
from labelwright.diagnostics.fitted import Search
from labelwright.label_models._em.em import Arrays, largest_change, run_em
from labelwright.label_models._numeric.repeats import repeat_weights

BLOCK_CELLS = 1 << 16
MAX_LEAP = 5.0  # of a leap: in log variance, or in units of the typical noise


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Votes of some rows without their biases, and the precision that each adds, 0 where there is none."""

    centred: FloatArray
    precisions: FloatArray

    @classmethod
    def of(cls, votes: FloatArray, biases: FloatArray, variances: FloatArray, repeats: BoolArray) -> Weighted:
        """Take (n, m) votes; LFs with variance nan, which nothing is known about, do not count."""
        counted = ~np.isnan(votes) & ~np.isnan(variances)
        precisions = np.divide(
            repeat_weights(counted, repeats), variances, where=counted, out=np.zeros(votes.shape)
        )
        return cls(np.where(counted, votes - biases, 0.0), precisions)

    def posterior(self, mean: float, variance: float) -> tuple[FloatArray, FloatArray]:
        """Return (n,) means and variances of y, given its prior; inf variances where nothing is known."""
        total = self.precisions.sum(axis=1) + (1.0 / variance)
        with np.errstate(divide="ignore"):
            spread = 1.0 / total
        pulled = (self.precisions * (self.centred - mean)).sum(axis=1)
        return mean + np.where(total > 0, pulled / np.where(total > 0, total, 1.0), 0.0), spread

    def log_likelihood(self, mean: float, variance: float) -> FloatArray:
        """Return (n,) the log density of the votes, y integrated out, up to the votes' own constants."""
        away = self.centred - mean
        pulled = (self.precisions * away).sum(axis=1)
        loose = 1.0 + variance * self.precisions.sum(axis=1)
        squares = (self.precisions * away**2).sum(axis=1)
        value: FloatArray = -0.5 * (np.log(loose) + squares - variance * pulled**2 / loose)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class GaussianEM:
    """EM for ``vote = y + b_j + noise``, ``y ~ N(mu, tau²)``; rows with gold have a known y.

    LFs that repeat each other share a weight, which enters the likelihood as an exponent. `prior_weight` is
    the inverse variance of ``log s²`` around the log of the variance `typical`. `fixed` holds the prior's
    mean and variance, nan where they are learned.
    """

    votes: FloatArray
    gold: FloatArray
    repeats: BoolArray
    prior_weight: float
    typical: float
    fixed: tuple[float, float]
    learn_biases: bool

    def run(self, start: Arrays, *, max_iter: int, tol: float) -> tuple[Arrays, Search]:
        """Go on from (log variances, biases, (mean, log variance of y)), in units of the typical noise."""
        return run_em(self._leap, start, change=largest_change, max_iter=max_iter, tol=tol)

    def _leap(self, parameters: Arrays) -> tuple[Arrays, float]:
        """Take two EM steps, go on in their direction, and step from there if that is no lower (SQUAREM)."""
        first, objective = self._step(parameters)
        second, after_one = self._step(first)
        far = extrapolated(parameters, first, second)
        landed, there = self._step(far)
        return (landed if there >= after_one else second), objective

    def _blocks(self) -> Iterator[tuple[FloatArray, FloatArray]]:
        step = max(BLOCK_CELLS // self.votes.shape[1], 1)
        unit = np.sqrt(self.typical)
        for start in range(0, len(self.votes), step):
            rows = slice(start, start + step)
            yield self.votes[rows] / unit, self.gold[rows] / unit

    def _step(self, parameters: Arrays) -> tuple[Arrays, float]:
        logs, biases, (mean, log_spread) = parameters
        variances, spread = np.exp(logs), float(np.exp(log_spread))
        sums, truth = np.zeros((3, len(logs))), np.zeros(3)
        objective = -0.5 * self.prior_weight * float((logs**2).sum())
        for votes, gold in self._blocks():
            weighted = Weighted.of(votes, biases, variances, self.repeats)
            shares = weighted.precisions * variances
            y, left = weighted.posterior(float(mean), spread)
            known = ~np.isnan(gold)
            y, left = np.where(known, gold, y), np.where(known, 0.0, left)
            objective += self._objective(weighted, shares, logs, gold, (float(mean), spread))
            away = np.where(shares > 0, votes - y[:, None], 0.0)
            sums += np.stack(
                [s.sum(axis=0) for s in (shares, shares * away, shares * (away**2 + left[:, None]))]
            )
            told = known | (shares > 0).any(axis=1)
            truth += [told.sum(), y[told].sum(), (y[told] ** 2 + left[told]).sum()]
        return self._improved(parameters, sums, truth), objective

    def _objective(
        self,
        weighted: Weighted,
        shares: FloatArray,
        logs: FloatArray,
        gold: FloatArray,
        prior: tuple[float, float],
    ) -> float:
        mean, spread = prior
        known = ~np.isnan(gold)
        away = weighted.centred - np.where(known, gold, 0.0)[:, None]
        given = -0.5 * ((weighted.precisions * away**2).sum(axis=1) + np.log(spread))
        given -= 0.5 * (np.where(known, gold, mean) - mean) ** 2 / spread
        rows = np.where(known, given, weighted.log_likelihood(mean, spread))
        return float(rows.sum() - 0.5 * (shares.sum(axis=0) @ logs))

    def _improved(self, before: Arrays, sums: FloatArray, truth: FloatArray) -> Arrays:
        weight, away, squares = sums
        some = np.maximum(weight, 1e-300)
        biases = np.where(weight > 0, away / some, before[1]) if self.learn_biases else before[1]
        left = np.maximum(squares - 2 * biases * away + biases**2 * weight, 0.0)
        return self._log_variances(weight, left, before[0]), biases, self._prior(truth)

    def _log_variances(self, weight: FloatArray, left: FloatArray, start: FloatArray) -> FloatArray:
        """Maximise ``-weight l - left exp(-l) - prior_weight l²``, concave in l, by Newton steps."""
        logs = np.log(np.maximum(left, 1e-6 * np.maximum(weight, 1.0)) / np.maximum(weight, 1.0))
        logs = np.where(weight > 0, logs, start)
        for _ in range(20):
            scaled = left * np.exp(-logs)
            slope = -weight + scaled - 2 * self.prior_weight * logs
            logs = logs + np.clip(slope / (scaled + 2 * self.prior_weight), -1.0, 1.0)
        return np.maximum(logs, np.log(1e-6))

    def _prior(self, truth: FloatArray) -> FloatArray:
        """Return the mean and log variance of y; what is fixed stays."""
        rows, total, squares = truth
        mean, variance = self.fixed[0] / np.sqrt(self.typical), self.fixed[1] / self.typical
        if np.isnan(mean):
            mean = total / rows
        if np.isnan(variance):
            variance = max(squares / rows - 2 * mean * total / rows + mean**2, 1e-6)
        return np.array([mean, np.log(variance)])


def extrapolated(start: Arrays, first: Arrays, second: Arrays) -> Arrays:
    """Return where steps that shrink by one factor end: R. Varadhan, C. Roland (2008), their third scheme."""
    x, one, two = (np.concatenate(parameters) for parameters in (start, first, second))
    step, bend = one - x, two - 2 * one + x
    steepness = float(np.linalg.norm(bend))
    length = max(1.0, float(np.linalg.norm(step)) / steepness) if steepness > 0 else 1.0
    ends = two + np.clip(2 * length * step + length**2 * bend + x - two, -MAX_LEAP, MAX_LEAP)
    cuts = np.cumsum([len(part) for part in start])[:-1]
    return tuple(np.split(ends, cuts))
