"""Expectation maximization: the loop, and the parameters of LFs with a confusion matrix each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

import numpy as np

from labelwright._types import FloatArray
from labelwright.core.votes.indicators import Outcomes
from labelwright.core.votes.log_space import safe_log
from labelwright.diagnostics.fitted import Search

State = TypeVar("State")
Step: TypeAlias = Callable[[State], tuple[State, float]]
"""From parameters (and what goes with them) to better ones, and the objective of the one or of the other."""
Arrays: TypeAlias = tuple[FloatArray, ...]


def run_em(
    step: Step[State],
    start: State,
    *,
    change: Callable[[State, State], float],
    max_iter: int,
    tol: float,
) -> tuple[State, Search]:
    """Repeat a step until it changes the parameters by less than `tol`, or `max_iter` steps are taken.

    Parameters
    ----------
    step : callable
        One E step and one M step, in the order that suits the model.
    start : State
        Where to start.
    change : callable
        How far apart the parameters before and after a step are.
    max_iter : int
        Most steps, at least 1.
    tol : float
        The change that counts as standing still.

    Returns
    -------
    State, Search
        What the last step returned, and the objective of each step.

    Examples
    --------
    >>> halve = lambda x: (x / 2, -x)
    >>> found, search = run_em(halve, 1.0, change=lambda a, b: abs(a - b), max_iter=100, tol=0.1)
    >>> found, search.converged, search.objective.tolist()
    (0.0625, True, [-1.0, -0.5, -0.25, -0.125])
    """
    objectives: list[float] = []
    while True:
        before, (start, objective) = start, step(start)
        objectives.append(objective)
        converged = change(before, start) < tol
        if converged or len(objectives) == max_iter:
            return start, Search(np.array(objectives), converged, len(objectives))


def best_run(runs: Sequence[tuple[State, Search]]) -> tuple[State, Search]:
    """Return the run whose objective ended highest, the first of several, knowing where all of them ended."""
    ends = tuple(float(search.objective[-1]) for _, search in runs)
    found, search = runs[ends.index(max(ends))]
    return found, replace(search, starts=ends if len(ends) > 1 else ())


def largest_change(before: Arrays, after: Arrays) -> float:
    """Return the largest absolute difference of any parameter.

    Examples
    --------
    >>> largest_change((np.array([1.0, 2.0]), np.array([3.0])), (np.array([1.5, 2.0]), np.array([3.1])))
    0.5
    """
    return max(
        (float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True) if a.size), default=0.0
    )


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionTable:
    """What LFs do in each class: (k,) balance, and (m*v, k) P(LF j gives outcome l | class) at j*v + l."""

    balance: FloatArray
    confusion: FloatArray

    @classmethod
    def unknown(cls) -> ConfusionTable:
        """Return what stands for a table before the first M step: its distance to any other is nan."""
        return cls(np.array(np.nan), np.array(np.nan))

    def joint_log(self, outcomes: Outcomes) -> FloatArray:
        """Return (u, k) log P(y, what the LFs did)."""
        return safe_log(self.balance) + outcomes.sums(safe_log(self.confusion))

    def distance(self, other: ConfusionTable) -> float:
        """Return the larger of the two summed absolute differences."""
        balances = np.abs(self.balance - other.balance).sum()
        return float(max(balances, np.abs(self.confusion - other.confusion).sum()))
