"""Climbing an objective step by step, with a record of how it went."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._types import FloatArray

Parameters: TypeAlias = tuple[FloatArray, ...]
Step: TypeAlias = Callable[[Parameters], tuple[Parameters, float]]
"""From parameters to better ones, and the objective before the step."""


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """Where the climb ended, whether the parameters had come to rest, and the objective before each step."""

    parameters: Parameters
    converged: bool
    objective: FloatArray


def climb(step: Step, start: Parameters, *, max_iter: int, tol: float) -> Climb:
    """Repeat a step until no parameter changes by `tol` or more.

    Examples
    --------
    >>> halve = lambda parameters: ((parameters[0] / 2,), -float(parameters[0][0]))
    >>> ended = climb(halve, (np.array([1.0]),), max_iter=100, tol=0.1)
    >>> ended.parameters[0].tolist(), ended.converged, ended.objective.tolist()
    ([0.0625], True, [-1.0, -0.5, -0.25, -0.125])
    """
    parameters, trace = start, []
    while True:
        updated, objective = step(parameters)
        trace.append(objective)
        converged = _largest_change(parameters, updated) < tol
        parameters = updated
        if converged or len(trace) == max_iter:
            return Climb(parameters, converged, np.array(trace))


def _largest_change(before: Parameters, after: Parameters) -> float:
    return max(
        (float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True) if a.size), default=0.0
    )


def warn_not_converged(model: object, max_iter: int, *, raised: str = "max_iter or tol") -> None:
    """Warn whoever called labelwright that a model stopped short, and which settings to raise."""
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"{type(model).__name__} did not converge in max_iter={max_iter} steps; raise {raised}",
        ConvergenceWarning,
        stacklevel=frames_within() + 1,
    )


def frames_within() -> int:
    """Return how many frames of this package lie between here and its user, for a warning to skip."""
    package, frame, depth = __name__.partition(".")[0] + ".", sys._getframe(1), 0
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(package):
        frame, depth = frame.f_back, depth + 1
    return depth


def check_climb_settings(max_iter: int, tol: float) -> None:
    """Raise LabelModelError for settings that no climb can have."""
    if not max_iter >= 1:
        raise LabelModelError(f"max_iter={max_iter!r}; expected at least 1")
    if not tol >= 0:
        raise LabelModelError(f"tol={tol!r}; expected at least 0")
