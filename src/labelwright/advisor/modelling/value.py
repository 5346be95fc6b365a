"""What the advisor says goes by, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Ties: TypeAlias = Literal["shared", "wrong"]
Choice: TypeAlias = Literal["majority vote", "label model"]
Evidence: TypeAlias = Mapping[str, "float | int | str"]


@dataclass(frozen=True, slots=True)
class Advantage:
    """How much accuracy weighing the votes could add to majority vote, at most.

    Attributes
    ----------
    bound : float
        The predicted upper bound, a share of all rows: A~* of Snorkel's optimizer, for k classes.
    contested : float
        Rows with votes for several classes. Whatever the LFs are like, no model that lets votes speak for
        their own class can gain more.
    tied : float
        Rows on which several classes have the most votes.
    density : float
        Votes a row.
    low_density, high_density : float
        Ratner's two bounds on the advantage by density alone, ``d² a (1 - a)`` and
        ``exp(-2 p (a - 1/2)² d)`` with a the assumed accuracy and p the mean coverage; 1 where they are
        larger.
    accuracies : (float, float, float)
        The lowest, mean and highest accuracy assumed.
    ties : "shared" or "wrong"
        Whether a tie counts for majority vote by chance, or never.
    """

    bound: float
    contested: float
    tied: float
    density: float
    low_density: float
    high_density: float
    accuracies: tuple[float, float, float]
    ties: Ties


@dataclass(frozen=True, slots=True)
class StrengthSweep:
    """How many dependencies there are, at each least strength.

    Attributes
    ----------
    thresholds : tuple of float
        Least strengths, ascending.
    counts : tuple of int
        The number of direct dependencies at least as strong.
    at : int
        The position of the elbow.
    """

    thresholds: tuple[float, ...]
    counts: tuple[int, ...]
    at: int

    @property
    def elbow(self) -> float:
        """The least strength at the elbow."""
        return self.thresholds[self.at]


@dataclass(frozen=True, slots=True)
class Trial:
    """A label model fitted to a part of the rows, beside majority vote.

    Attributes
    ----------
    model : str
        The model's name.
    rows : int
        Rows it was fitted to.
    seconds : float
        What that took.
    all_seconds : float
        What fitting all rows will take, by the votes in their patterns.
    moved : float
        Share of all rows whose label changes: the gain cannot be more.
    expected : float
        The gain in accuracy that the model itself expects, a share of all rows; often too much.
    contradicted : tuple of str
        LFs that the others contradict.
    """

    model: str
    rows: int
    seconds: float
    all_seconds: float
    moved: float
    expected: float
    contradicted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassVotes:
    """What votes a class gets.

    Attributes
    ----------
    name : str
        The class.
    lfs : int
        LFs that ever vote for it.
    reached : float
        Share of the rows with a vote for it.
    contested : float
        Share of those rows that have votes for another class too.
    rival : str
        The class it meets there most often; empty where there is none.
    """

    name: str
    lfs: int
    reached: float
    contested: float
    rival: str
