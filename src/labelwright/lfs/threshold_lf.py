"""Labeling functions that compare a number with a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from labelwright._errors import LabelingFunctionError
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    as_column,
    as_description,
    as_vote,
    common_arguments,
    source_vote,
    vote_index,
    vote_name,
    vote_where,
)
from labelwright.lfs._bounds import Number, as_number, unless_nan
from labelwright.lfs._column_types import require_number
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF, LabelingFunction

if TYPE_CHECKING:
    import polars as pl

SIDES = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThresholdLF(ExpressionLF):
    """Votes one class where a number lies on one side of a threshold; made by `threshold`.

    Parameters
    ----------
    on : str
        The column of numbers.
    side : {"above", "at_least", "below", "at_most"}
        Which side.
    level : int or float
        The threshold.
    vote : int or str
        The class.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "threshold"

    on: str
    side: str
    level: Number
    vote: int | str
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        import polars as pl

        column = pl.col(self.on)
        hit = {
            "above": column > self.level,
            "at_least": column >= self.level,
            "below": column < self.level,
            "at_most": column <= self.level,
        }[self.side]
        return vote_where(unless_nan(hit, self.on), self.vote, space=space, lf=self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no numbers."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_number(schema, self.on, self.name)
        vote_index(self.vote, space, self.name)

    @property
    def source(self) -> str:
        """The canonical definition."""
        vote = source_vote(self.vote, self.space)
        return f"threshold({self.name!r}, on={self.on!r}, {self.side}={self.level!r}, vote={vote})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        cls = vote_name(self.vote, self.space)
        return f"votes {cls} where the {self.on} is {SIDES[self.side]} {self.level:,}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.on, self.side, self.level, self.vote)


def threshold(
    name: str,
    *,
    on: str,
    vote: int | str,
    above: Number | None = None,
    at_least: Number | None = None,
    below: Number | None = None,
    at_most: Number | None = None,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> ThresholdLF:
    """Make an LF that votes one class where a number is large, or small, enough.

    Nulls and NaN abstain.

    Parameters
    ----------
    name : str
        The LF's name.
    on : str
        The column of numbers.
    vote : int or str
        The class, by index or name.
    above, at_least, below, at_most : int or float, optional
        The threshold: exactly one of the four. For both sides at once there is `interval`.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    ThresholdLF
        An `ExpressionLF`: one comparison.

    Raises
    ------
    LabelingFunctionError
        Not exactly one threshold, one that is no number, or a class that ``space`` lacks. When it is
        applied, a SchemaError: the column is missing or holds no numbers.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["<=50K", ">50K"])
    >>> studied = threshold("studied", on="years", at_least=16, vote=">50K", space=space)
    >>> pl.DataFrame({"years": [10, 16, None]}).select(studied.expr(space))["studied"].to_list()
    [-1, 1, -1]
    >>> studied.describe()
    'votes >50K where the years is at least 16'
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    sides = {"above": above, "at_least": at_least, "below": below, "at_most": at_most}
    given = {side: level for side, level in sides.items() if level is not None}
    if len(given) != 1:
        raise LabelingFunctionError(
            f"LF {lf!r}: {len(given)} thresholds are given; give exactly one of above=, at_least=, below= "
            "and at_most=, or use lw.interval for two"
        )
    [(side, level)] = given.items()
    return ThresholdLF(
        **common,
        columns=(as_column(on, lf),),
        on=on,
        side=side,
        level=as_number(level, lf, parameter=side),
        vote=as_vote(vote, known, lf),
        description=as_description(description, lf),
    )
