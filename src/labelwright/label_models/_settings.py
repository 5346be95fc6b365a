"""What settings may be: declared by each label model, checked once by the frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from labelwright._display.notebook import Heading, Part
from labelwright._display.shown import Shown
from labelwright._errors import LabelModelError
from labelwright._text import one_line
from labelwright._types import MAX_CLASSES
from labelwright._validate import did_you_mean

MAX_SHOWN = 100  # characters of a value that an error shows


@dataclass(frozen=True, slots=True, repr=False)
class Constraint(Shown):
    """What one setting may be.

    Attributes
    ----------
    holds : callable
        Whether a value may be; a TypeError or ValueError of it is a no.
    expected : str
        What is expected, in words.
    names : tuple of str
        The words that are known, for a hint where another is given.

    Examples
    --------
    >>> at_least(1).check("max_iter", 0)
    Traceback (most recent call last):
        ...
    labelwright._errors.LabelModelError: max_iter=0; expected at least 1
    """

    holds: Callable[[Any], bool]
    expected: str
    names: tuple[str, ...] = ()

    def _display_parts(self) -> list[Part]:
        return [Heading(f"Constraint: {self.expected}")]

    def allows(self, value: object) -> bool:
        """Whether a value may be."""
        try:
            return bool(self.holds(value))
        except (TypeError, ValueError, OverflowError):
            return False

    def check(self, name: str, value: object) -> None:
        """Let a value pass that may be.

        Raises
        ------
        LabelModelError
            It may not; the message is one line that names the setting.
        """
        if self.allows(value):
            return
        given = one_line(repr(value), MAX_SHOWN)
        if self.names and isinstance(value, str):
            hint, known = did_you_mean(value, self.names), ", ".join(self.names)
            raise LabelModelError(f"{name}={given} is unknown{hint}; choose one of {known}")
        raise LabelModelError(f"{name}={given}; expected {self.expected}")


def check_settings(model: object) -> None:
    """Raise LabelModelError for the first setting of a model that cannot be."""
    for name, constraint in constraints(type(model)).items():
        constraint.check(name, getattr(model, name))


def constraints(kind: type) -> dict[str, Constraint]:
    """Return what the settings of a class of models may be, as it and those it is derived from declare."""
    declared: dict[str, Constraint] = {}
    for base in reversed(kind.__mro__):
        declared.update(vars(base).get("_constraints", {}))
    return declared


def one_of(*names: str) -> Constraint:
    """Allow some words."""
    return Constraint(
        lambda value: isinstance(value, str) and value in names, f"one of {', '.join(names)}", names
    )


def at_least(least: float, *, infinite: bool = False) -> Constraint:
    """Allow numbers from `least` on, inf only where it makes sense."""
    top = f"at least {least}, or inf" if infinite else f"at least {least}"
    return Constraint(lambda value: least <= value < math.inf or (infinite and value == math.inf), top)


def integer(least: int) -> Constraint:
    """Allow integers from `least` on."""
    return Constraint(lambda value: is_integer(value) and value >= least, f"an integer of at least {least}")


def positive(*, infinite: bool = False) -> Constraint:
    """Allow numbers above 0, inf only where it makes sense."""
    top = "a number above 0, or inf" if infinite else "a number above 0"
    return Constraint(lambda value: 0 < value < math.inf or (infinite and value == math.inf), top)


def between(low: float, high: float, words: str) -> Constraint:
    """Allow numbers between two others, these left out."""
    return Constraint(lambda value: low < value < high, words)


def numbers(count: int, holds: Callable[[Any], bool], words: str) -> Constraint:
    """Allow so many numbers of which something holds."""
    return Constraint(lambda value: len(value) == count and holds(value), words)


def flag() -> Constraint:
    """Allow True and False."""
    return Constraint(lambda value: isinstance(value, (bool, np.bool_)), "True or False")


def or_none(constraint: Constraint) -> Constraint:
    """Allow None beside what a constraint allows."""
    holds, expected = constraint.holds, constraint.expected
    return replace(
        constraint, holds=lambda value: value is None or holds(value), expected=f"{expected}, or None"
    )


def is_integer(value: object) -> bool:
    """Whether a value is an integer, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


ANYTHING: Final = Constraint(lambda value: True, "anything")
"""A setting that is checked where it is used, with the votes or names that it is about."""

N_CLASSES: Final = or_none(
    Constraint(
        lambda value: is_integer(value) and 2 <= value <= MAX_CLASSES,
        f"an integer of at least 2 and at most {MAX_CLASSES}",
    )
)

RANDOM_STATE: Final = Constraint(
    lambda value: np.random.default_rng(value) is not None, "an integer from 0 on, a Generator, or None"
)
