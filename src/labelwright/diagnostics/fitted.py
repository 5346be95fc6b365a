"""What a fitted label model shows to what judges and explains it, and the record of its search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from labelwright._types import BoolArray, FloatArray, VoteArray
from labelwright.core import DependencyGraph, LabelSpace, VoteStatistics


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """How an iterative fit was found.

    Attributes
    ----------
    objective : (t,) float64
        What was maximised, once a step, the larger the better; empty where the steps follow none.
    converged : bool
        Whether the search came to rest before its steps ran out.
    steps : int
        The steps taken.
    starts : tuple of float
        The objective at the end of each start, the larger the better; empty unless there were several.

    Examples
    --------
    >>> Search(np.array([-9.0, -7.5]), converged=True, steps=2, starts=(-7.5, -8.2)).starts_agree
    False
    """

    objective: FloatArray
    converged: bool
    steps: int
    starts: tuple[float, ...] = ()

    @property
    def agreeing(self) -> int:
        """How many starts ended as well as the best one, but for a ten-thousandth of it."""
        best = max(self.starts, default=0.0)
        return int((np.asarray(self.starts) >= best - 1e-4 * max(abs(best), 1e-12)).sum())

    @property
    def starts_agree(self) -> bool | None:
        """Whether all starts ended as well as the best one; None without several."""
        return self.agreeing == len(self.starts) if self.starts else None


class FittedModel(Protocol):
    """What a fitted label model shows: all that diagnostics know of it.

    `BaseLabelModel` has all of this, with defaults that hold for a model which says nothing of itself.
    """

    assumes: ClassVar[str]
    """What the model takes for granted whatever it is fitted to, in words; empty where it does not say."""
    learns: ClassVar[bool]
    """Whether it learns anything of its LFs that could be wrong. What speaks against a model that learns is
    warned of at the fit; what there is to say of another is read in the report only."""
    discounts_duplicates: ClassVar[bool]
    """Whether LFs that vote alike share one vote."""
    _score_unit: ClassVar[str]
    """What `_scores` are differences of, such as "log odds"."""

    @property
    def n_classes_(self) -> int:
        """The number of classes k."""

    @property
    def lf_names_(self) -> tuple[str, ...] | None:
        """The names of the LFs, where they have any."""

    @property
    def space_(self) -> LabelSpace | None:
        """The classes, where they have names."""

    @property
    def statistics_(self) -> VoteStatistics:
        """What was learned from."""

    @property
    def lf_accuracies_(self) -> FloatArray:
        """(m,) estimated P(vote right | LF votes); nan for an LF that never votes."""

    @property
    def search_(self) -> Search | None:
        """The record of the search; None for a model that does not search."""

    @property
    def dependencies_(self) -> DependencyGraph | None:
        """Which LFs the model takes together, if it was told."""

    @property
    def vote_sets_(self) -> BoolArray | None:
        """(c, k) what votes k, k+1, ... allow, for a model that takes votes for sets of classes."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings by name."""

    @property
    def _reads_scores(self) -> bool:
        """Whether scores of votes are read, or the votes alone."""

    def _assumption(self) -> str:
        """Return what this fit takes for granted, in words: `assumes`, and how it was chosen."""

    def _takes_classes_as_equal(self) -> bool:
        """Whether nobody told how common the classes are, and the model did not set out to learn it."""

    def _reading(self, L: object) -> Self:
        """Return the model as it reads the sets of classes that are voted for in a label matrix."""

    def _checked_votes(self, L: object) -> VoteArray:
        """Return the (n, m) votes of a label matrix or an array, known to be votes of the same LFs."""

    def _pattern_proba(self, votes: VoteArray) -> FloatArray:
        """Return (u, k) P(y | votes) of distinct rows of votes."""

    def _scores(self, votes: VoteArray) -> FloatArray:
        """Return (u, k) what the votes of each row add up to by class."""
