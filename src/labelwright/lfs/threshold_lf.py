"""Labeling functions that compare a number with a threshold, or with the ends of an interval."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from labelwright._errors import LabelingFunctionError
from labelwright._exact import exact
from labelwright._validate import did_you_mean
from labelwright.core import LabelSpace, Task
from labelwright.lfs._arguments import (
    Number,
    Vote,
    as_column,
    as_description,
    as_number,
    as_vote_or_set,
    common_arguments,
    require_number,
    source_vote,
    vote_index,
    vote_name,
    vote_where,
)
from labelwright.lfs._examples import Examples
from labelwright.lfs.base import ExpressionLF, LabelingFunction

if TYPE_CHECKING:
    import polars as pl

Closed = Literal["both", "left", "right", "none"]
SIDES = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
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
    vote: Vote
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        column = exact(self.on)
        hit = {
            "above": column > self.level,
            "at_least": column >= self.level,
            "below": column < self.level,
            "at_most": column <= self.level,
        }[self.side]
        return vote_where(_unless_nan(hit, self.on), self.vote, space=space, lf=self.name)

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
    vote: Vote | Collection[int | str],
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
    vote : int, str, or collection of them
        The class, by index or name; several where one of them is right (a vote for a set of classes).
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
        vote=as_vote_or_set(vote, known, lf),
        description=as_description(description, lf),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class IntervalLF(ExpressionLF):
    """Votes one class where a number lies in an interval, or outside of it; made by `interval`.

    Parameters
    ----------
    on : str
        The column of numbers.
    low, high : int or float
        The ends.
    closed : {"both", "left", "right", "none"}
        Which ends belong to the interval.
    outside : bool
        Whether it votes outside of the interval.
    vote : int or str
        The class.
    description : str or None
        What it does, for people.
    """

    kind: ClassVar[str] = "interval"

    on: str
    low: Number
    high: Number
    closed: Closed
    outside: bool
    vote: Vote
    description: str | None = None

    def expr(self, space: LabelSpace) -> pl.Expr:
        """Return the votes as an Int16 expression named after the LF; -1 abstains."""
        inside = exact(self.on).is_between(self.low, self.high, closed=self.closed)
        hit = _unless_nan(~inside if self.outside else inside, self.on)
        return vote_where(hit, self.vote, space=space, lf=self.name)

    def check_schema(self, schema: Mapping[str, pl.DataType], *, space: LabelSpace) -> None:
        """Raise a SchemaError where the column is missing or holds no numbers."""
        LabelingFunction.check_schema(self, schema, space=space)
        require_number(schema, self.on, self.name)
        vote_index(self.vote, space, self.name)

    @property
    def source(self) -> str:
        """The canonical definition."""
        extra = f", closed={self.closed!r}" if self.closed != "both" else ""
        extra += ", outside=True" if self.outside else ""
        vote = source_vote(self.vote, self.space)
        ends = f"low={self.low!r}, high={self.high!r}"
        return f"interval({self.name!r}, on={self.on!r}, {ends}, vote={vote}{extra})"

    def describe(self) -> str:
        """Say in one plain sentence what the LF does."""
        if self.description:
            return self.description
        where = "outside" if self.outside else "in"
        left, right = "[("[self.closed in ("right", "none")], "])"[self.closed in ("left", "none")]
        span = f"{left}{self.low:,}, {self.high:,}{right}"
        return f"votes {vote_name(self.vote, self.space)} where the {self.on} is {where} {span}"

    def _fingerprint_parts(self) -> tuple[object, ...]:
        return (self.on, self.low, self.high, self.closed, self.outside, self.vote)


def interval(
    name: str,
    *,
    on: str,
    low: Number,
    high: Number,
    vote: Vote | Collection[int | str],
    closed: Closed = "both",
    outside: bool = False,
    space: LabelSpace | Task | None = None,
    description: str | None = None,
    should: Examples = (),
    should_not: Examples = (),
) -> IntervalLF:
    """Make an LF that votes one class where a number lies between two others, or does not.

    Nulls and NaN abstain, also with ``outside=True``.

    Parameters
    ----------
    name : str
        The LF's name.
    on : str
        The column of numbers.
    low, high : int or float
        The ends, low <= high. For one end there is `threshold`.
    vote : int, str, or collection of them
        The class, by index or name; several where one of them is right (a vote for a set of classes).
    closed : {"both", "left", "right", "none"}, default "both"
        Which ends belong to the interval.
    outside : bool, default False
        Vote outside of the interval instead.
    space : LabelSpace or Task, optional
        The classes; without it they come from ``apply(space=)``.
    description : str, optional
        What the LF does, in a sentence for people; the report shows it.
    should, should_not : list of rows, or mapping from class to list of rows, optional
        Examples for `labelwright.check`: rows that it must, or must not, vote on; see `labeling_function`.

    Returns
    -------
    IntervalLF
        An `ExpressionLF`: two comparisons.

    Raises
    ------
    LabelingFunctionError
        Ends that are no numbers or hold no number between them, an unknown ``closed``, or a class that
        ``space`` lacks. When it is applied, a SchemaError: the column is missing or holds no numbers.

    Examples
    --------
    >>> import polars as pl
    >>> space = LabelSpace(["HEALTHY", "FEVER"])
    >>> normal = interval("normal", on="celsius", low=36, high=37.5, vote="HEALTHY", space=space)
    >>> pl.DataFrame({"celsius": [36.0, 39.1, None]}).select(normal.expr(space))["normal"].to_list()
    [0, -1, -1]
    >>> normal.describe()
    'votes HEALTHY where the celsius is in [36, 37.5]'
    """
    common = common_arguments(name, space, should, should_not)
    lf, known = common["name"], common["space"]
    first, last = as_number(low, lf, parameter="low"), as_number(high, lf, parameter="high")
    _check_interval(first, last, closed, lf)
    return IntervalLF(
        **common,
        columns=(as_column(on, lf),),
        on=on,
        low=first,
        high=last,
        closed=closed,
        outside=bool(outside),
        vote=as_vote_or_set(vote, known, lf),
        description=as_description(description, lf),
    )


def _check_interval(low: Number, high: Number, closed: str, lf: str) -> None:
    if closed not in get_args(Closed):
        hint = did_you_mean(closed, get_args(Closed))
        raise LabelingFunctionError(
            f"LF {lf!r}: closed={closed!r} is unknown{hint}; use 'both', 'left', 'right' or 'none'"
        )
    if low > high or (low == high and closed != "both"):
        raise LabelingFunctionError(
            f"LF {lf!r}: no number lies between low={low!r} and high={high!r} (closed={closed!r}); "
            "give low below high"
        )


def _unless_nan(hit: pl.Expr, on: str) -> pl.Expr:
    """Return a comparison of a column's numbers, false at NaN, which polars takes for larger than all."""
    import polars as pl

    return hit & exact(on).cast(pl.Float64).is_not_nan()
