"""Checks of settings that several label models have."""

from __future__ import annotations

import numpy as np

from labelwright._errors import LabelModelError
from labelwright._validate import did_you_mean


def check_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """Raise LabelModelError for a name that is not known."""
    if value not in known:
        raise LabelModelError(
            f"{name}={value!r} is unknown{did_you_mean(value, known)}; choose one of {', '.join(known)}"
        )


def check_positive(name: str, value: float) -> None:
    """Raise LabelModelError for what is not a finite number above 0."""
    if not 0 < value < np.inf:
        raise LabelModelError(f"{name}={value!r}; expected a number above 0")
